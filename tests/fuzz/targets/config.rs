//! Configuration files: profiles, and the list of tenants.

use std::cell::RefCell;
use std::fs;

use hdr::fuzz::{is_of_tenant_list, profile};
use tempfile::TempDir;

use crate::random::Random;

pub(crate) const CHANGES: u64 = 1500;
pub(crate) const WORDS: &[&str] = &[
    "[profiles.a]\n",
    "[profiles.a.hdr-bearer-refresh]\n",
    "server = \"https://mcp.example.com\"\n",
    "environment = false\n",
    "token-url = \"https://login.example.com/t\"\n",
    "client-secret = \"file:x\"\n",
    "scope = [\"a\", \"b\"]\n",
    "no-cache = true\n",
    "timeout = 5\n",
    "[[rules]]\n",
    "tenant = \"acme\"\n",
    "[tenants.acme]\n",
    "directory = \"/x\"\n",
    "default = \"acme\"\n",
    "\"\"\"",
    "{ a = 1 }",
    "1979-05-27",
    "0x1f",
    "[",
    "]",
    "= ",
    "inf",
];

thread_local! {
    /// Where the file lies: profiles are read from files alone.
    static FOLDER: RefCell<Option<TempDir>> = const { RefCell::new(None) };
}

pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(error) = is_of_tenant_list(&text) {
        assert_eq!(error.exit_code(), 2, "{error}");
    }
    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(|| tempfile::tempdir().expect("a folder"));
        let file = folder.path().join("config.toml");
        fs::write(&file, bytes).expect("a file");
        let mut random = Random::of(bytes);
        let name = *random.one_of(&[None, Some("a"), Some("internal")]);
        match profile(&file, "https://mcp.example.com/team/x", name) {
            // What a profile gives is options, and each is one word.
            Ok(Some((chosen, words))) => {
                assert!(name.is_none_or(|name| name == chosen));
                assert!(words.iter().all(|word| word.starts_with("--")), "{words:?}");
            }
            Ok(None) => assert_eq!(name, None),
            Err(error) => assert_eq!(error.exit_code(), 2, "{error}"),
        }
    });
}
