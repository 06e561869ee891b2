//! The house of `shared/src`: rooms on storeys. What a module imports lies on its storey or below, and nothing imports in
//! a circle.
#![expect(clippy::disallowed_methods, clippy::expect_used, reason = "the test reads the sources")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The rooms, from the ground up. A new room is a word here and in the map, `lib.rs`.
const STOREYS: [&[&str]; 5] = [
    &["os", "error"],
    &["server", "client", "secret", "config", "run", "header"],
    &["sign", "cache", "oauth"],
    &["hmac", "jwt", "bearer", "tenant", "bridge"],
    &["program"],
];

/// The most rooms that a newcomer can keep in mind.
const MOST_ROOMS: usize = 18;

/// Doors for fuzz targets, which no executable has.
const FUZZ: &str = "fuzz";

/// The path of a module, `["bearer", "serve"]`, and its text.
type Module = (Vec<String>, String);

/// The modules below `folder`, without those of tests.
fn modules(folder: &Path, path: &[String]) -> Vec<Module> {
    let mut modules = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let file = entry.expect("an entry").path();
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        if ["lib", "tests", FUZZ].contains(&name.as_str()) {
            continue;
        }
        let path = [path, &[name]].concat();
        if file.is_dir() {
            modules.extend(self::modules(&file, &path));
        } else {
            modules.push((path, fs::read_to_string(&file).expect("a source")));
        }
    }
    modules
}

/// What `text` names with `crate::`, `self::` and `super::`, as far as it is no test and no comment; each as a path from
/// the root.
fn paths(module: &[String], text: &str) -> Vec<Vec<String>> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code
        .lines()
        .map(|line| if line.starts_with("//") { "" } else { line })
        .map(|line| line.split_once(" //").map_or(line, |(code, _)| code));
    let code = lines.collect::<Vec<_>>().join("\n");
    let mut paths = Vec::new();
    for (base, skipped) in [("crate::", module.len()), ("self::", 0), ("super::", 1)] {
        for (at, _) in code.match_indices(base) {
            let before = code.get(..at).and_then(|before| before.chars().next_back());
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let mut rest = code.get(at.saturating_add(base.len())..).unwrap_or_default();
            let mut from = module.get(..module.len().saturating_sub(skipped)).unwrap_or_default().to_vec();
            while let Some(further) = rest.strip_prefix("super::") {
                from.pop();
                rest = further;
            }
            paths.extend(named(rest).into_iter().map(|path| [from.clone(), path].concat()));
        }
    }
    paths
}

/// The paths at the beginning of `text`: one, or each of a group in braces.
fn named(text: &str) -> Vec<Vec<String>> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len());
    let (path, rest) = text.split_at(end);
    let stem: Vec<String> = path.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let Some(group) = rest.strip_prefix('{').filter(|_| path.is_empty() || path.ends_with("::")) else {
        return vec![stem];
    };
    members(group).into_iter().flat_map(named).map(|path| [stem.clone(), path].concat()).collect()
}

/// The members of a group, `group` being what follows its brace; a member may have a group of its own.
fn members(group: &str) -> Vec<&str> {
    let (mut members, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth = depth.saturating_add(1),
            ',' | '}' if depth == 0 => {
                members.push(group.get(start..at).unwrap_or_default().trim());
                start = at.saturating_add(1);
                if c == '}' {
                    break;
                }
            }
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    members
}

/// The imports between `modules`: from, to.
fn imports(modules: &[Module]) -> BTreeSet<(Vec<String>, Vec<String>)> {
    let known: BTreeSet<&[String]> = modules.iter().map(|(path, _)| path.as_slice()).collect();
    let mut imports = BTreeSet::new();
    for (module, text) in modules {
        for path in paths(module, text) {
            let lengths = (1..=path.len()).rev();
            let found = lengths.filter_map(|length| path.get(..length)).find(|part| known.contains(part));
            imports.extend(found.filter(|found| found != module).map(|found| (module.clone(), found.to_vec())));
        }
    }
    imports
}

/// The storey of a module.
fn storey(module: &[String]) -> Option<usize> {
    STOREYS.iter().position(|rooms| module.first().is_some_and(|room| rooms.contains(&room.as_str())))
}

/// What is wrong with the house, a line each.
fn faults(modules: &[Module]) -> Vec<String> {
    let mut faults = Vec::new();
    let rooms: BTreeSet<_> = modules.iter().filter_map(|(path, _)| path.first()).collect();
    if rooms.len() > MOST_ROOMS {
        faults.push(format!("{} rooms are more than {MOST_ROOMS}", rooms.len()));
    }
    faults.extend(
        rooms.iter().filter(|room| storey(&[(**room).clone()]).is_none()).map(|room| format!("{room} has no storey")),
    );
    let imports = imports(modules);
    for (from, to) in &imports {
        if storey(from) < storey(to) {
            faults.push(format!("{} imports {}, which is above it", from.join("::"), to.join("::")));
        }
    }
    faults.extend(circles(&imports));
    faults
}

/// The circles of imports among modules that are neighbours: rooms, or modules with the same parent. What a module imports
/// counts for those that it stands in.
fn circles(imports: &BTreeSet<(Vec<String>, Vec<String>)>) -> Vec<String> {
    let mut neighbours: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
    for (from, to) in imports {
        let common = from.iter().zip(to).take_while(|(from, to)| from == to).count();
        if let (Some(from), Some(to)) = (from.get(..=common), to.get(..=common)) {
            neighbours.entry(from).or_default().insert(to);
        }
    }
    let reached = |start: &[String]| {
        let mut reached: BTreeSet<&[String]> = BTreeSet::new();
        let mut next: Vec<&[String]> = neighbours.get(start).into_iter().flatten().copied().collect();
        while let Some(module) = next.pop() {
            if reached.insert(module) {
                next.extend(neighbours.get(module).into_iter().flatten().copied());
            }
        }
        reached
    };
    let edges = neighbours.iter().flat_map(|(from, all)| all.iter().map(move |to| (*from, *to)));
    let in_circles = edges.filter(|(from, to)| reached(to).contains(from));
    in_circles.map(|(from, to)| format!("{} imports {} in a circle", from.join("::"), to.join("::"))).collect()
}

fn planted(modules: &[(&str, &str)]) -> Vec<String> {
    let path = |text: &str| text.split("::").map(str::to_owned).collect();
    faults(&modules.iter().map(|(module, text)| (path(module), (*text).to_owned())).collect::<Vec<_>>())
}

#[test]
fn the_house_stands() {
    let modules = modules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &[]);
    assert!(modules.len() > 100, "{} modules", modules.len());
    assert!(imports(&modules).len() > 300);
    let faults = faults(&modules);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_room_has_a_face_and_a_line_in_the_map() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let map = fs::read_to_string(source.join("lib.rs")).expect("the map");
    assert!(!map.contains("pub use"), "what lib.rs names again is imported past the storeys");
    for (path, text) in modules(&source, &[]).iter().filter(|(path, _)| path.len() == 1) {
        let room = path.concat();
        assert!(map.contains(&format!("[`{room}`]")), "lib.rs has no line about {room}");
        assert!(text.starts_with("//! "), "{room} does not say what it is for");
        assert!(text.contains("\n//! Imported by "), "{room} does not say what may import it");
    }
}

#[test]
fn an_import_upward_is_found_with_both_ends() {
    assert_eq!(
        planted(&[("os::clock", "use crate::oauth::grant::{Grant, Kind};\n"), ("oauth::grant", "")]),
        ["os::clock imports oauth::grant, which is above it"]
    );
    assert_eq!(
        planted(&[("cache", "fn f() { crate::program::entry::main() }"), ("program", "")]),
        ["cache imports program, which is above it"]
    );
    assert_eq!(
        planted(&[("os::clock", "use crate::{os::{file, random}, oauth::{grant::Grant, form}};"), ("oauth::form", "")]),
        ["os::clock imports oauth::form, which is above it"]
    );
    assert_eq!(
        planted(&[("os", "const A: &str = \"https://a\"; use crate::oauth;"), ("oauth", "")]),
        ["os imports oauth, which is above it"]
    );
    assert!(planted(&[("oauth", "use crate::os::clock;"), ("os::clock", "// crate::oauth\n")]).is_empty());
    let tests = "#[cfg(test)]\nmod tests {\n    use crate::oauth;\n}";
    assert!(planted(&[("oauth", ""), ("os", tests)]).is_empty());
}

#[test]
fn a_circle_is_found_with_both_ends() {
    let rooms = [
        ("sign", "use crate::cache::{self};"),
        ("cache", "use crate::oauth::form;"),
        ("oauth::form", "use crate::sign;"),
    ];
    assert_eq!(
        planted(&rooms),
        ["cache imports oauth in a circle", "oauth imports sign in a circle", "sign imports cache in a circle"]
    );
    let inside = [
        ("cache", ""),
        ("cache::a", "use super::b::C;"),
        ("cache::b::c", "use super::super::a;"),
        ("cache::b", "mod c;"),
    ];
    assert_eq!(planted(&inside), ["cache::a imports cache::b in a circle", "cache::b imports cache::a in a circle"]);
    assert!(planted(&[("cache::a", "use super::b;"), ("cache::b", "")]).is_empty());
}

#[test]
fn a_room_without_a_storey_is_found() {
    assert_eq!(planted(&[("attic", "")]), ["attic has no storey"]);
}
