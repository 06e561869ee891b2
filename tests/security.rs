//! The threat model in SECURITY.md: what it says is shown by a test that exists, or it says that nothing shows it.
#![expect(clippy::disallowed_methods, clippy::expect_used, reason = "the test reads the sources")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const NOT_DEFENDED: &str = "not defended";

/// The rows of the last table, without its head: the cells of each.
fn rows() -> Vec<Vec<&'static str>> {
    let (_, table) = include_str!("../SECURITY.md").split_once("\n## Who can do what\n").expect("the threat model");
    let lines = table.lines().filter(|line| line.starts_with('|')).skip(2);
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The names in backticks.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The sources in `folder` and below.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let below = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let skipped = ["node_modules", "peers", "__fuzz__"].map(Some);
    let ours = paths.filter(|path| !skipped.contains(&path.file_name().and_then(|name| name.to_str())));
    ours.flat_map(below).filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// The titles of the tests in Node.
fn titles(text: &str) -> impl Iterator<Item = String> {
    let behind = text.split("test(").skip(1).filter_map(|behind| {
        let quote = behind.chars().next().filter(|first| matches!(first, '\'' | '`'))?;
        behind.split(quote).nth(1)
    });
    behind.map(str::to_owned)
}

/// The names of all tests, each behind the one of its file too, and of all fuzz targets.
fn tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut tests = BTreeSet::new();
    for path in ["tests", "shared/src"].into_iter().flat_map(|folder| sources(&root.join(folder))) {
        let module = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("a source");
        for behind in text.split("#[test]").skip(1) {
            let name = behind.split_once("fn ").and_then(|(_, name)| name.split_once('(')).expect("a function").0;
            tests.extend([name.to_owned(), format!("{module}::{name}")]);
        }
        if path.parent().is_some_and(|folder| folder.ends_with("fuzz/targets")) {
            tests.insert(module);
        }
    }
    for entry in fs::read_dir(root.join("tests/peers")).expect("the tests in Node") {
        let path = entry.expect("an entry").path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            tests.extend(titles(&fs::read_to_string(path).expect("a source")));
        }
    }
    tests
}

#[test]
fn each_row_of_the_threat_model_names_tests_that_exist_or_is_not_defended() {
    let tests = tests();
    let rows = rows();
    assert!(rows.len() > 20, "{} rows", rows.len());
    for row in rows {
        let [_, _, _, shown_by] = row.as_slice() else { unreachable!("four cells: {row:?}") };
        let mut named = names(shown_by).peekable();
        assert_eq!(named.peek().is_none(), *shown_by == NOT_DEFENDED, "{row:?}");
        let unknown: Vec<_> = named.filter(|name| !tests.contains(*name)).collect();
        assert!(unknown.is_empty(), "{unknown:?} of {row:?}");
    }
}

#[test]
fn everybody_is_in_the_threat_model() {
    let rows = rows();
    let who: BTreeSet<_> = rows.iter().filter_map(|row| row.first()).collect();
    for somebody in [
        "another user of the machine",
        "a cloned repository",
        "a repository's settings",
        "an MCP server",
        "an authorization server",
        "a proxy, or whoever is on the way",
        "whoever has a backup",
        "a program of the same user",
        "root",
    ] {
        assert!(who.contains(&somebody), "{somebody} is not in {who:?}");
    }
}
