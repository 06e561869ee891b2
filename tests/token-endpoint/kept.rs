//! A HOME as an earlier version left it: its cache and its state are read as they are.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use crate::common::Helper;
use crate::helper;

/// The files of that HOME. For `http://127.0.0.1:18080/token`, where no server is now, they hold `access-1` for client
/// credentials, `access-2` for a refresh token with the scope `read`, both valid until December 2036, and the refresh
/// token that replaced the one in `~/refresh`.
const HOME: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/token-endpoint/kept/home");

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&to).unwrap();
            copy(&from, &to);
        } else {
            fs::copy(from, &to).unwrap();
            fs::set_permissions(to, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

/// A helper in a copy of that HOME.
fn in_kept_home() -> Helper {
    let helper = helper();
    copy(Path::new(HOME), &helper.path("."));
    let client = ["--client-id", "abc", "--client-secret", "file:~/secret"];
    helper.args(["--token-url", "http://127.0.0.1:18080/token"]).args(client)
}

/// What makes its token another one.
const REFRESH: [&str; 4] = ["--scope", "read", "--refresh-token", "file:~/refresh"];

#[test]
fn cached_tokens_of_an_earlier_version_are_served() {
    let helper = in_kept_home();
    helper.again().run().prints("{\"Authorization\":\"Bearer access-1\"}");
    helper.again().args(REFRESH).run().prints("{\"Authorization\":\"Bearer access-2\"}");
    // A new request is made for a client that had the token refused.
    let refused = helper.args(["--on-reask", "mint", "--fresh", "--timeout", "1s"]).run();
    assert_eq!(refused.code(), Some(5));
}

#[test]
fn status_and_forget_know_what_an_earlier_version_kept() {
    let helper = in_kept_home();
    let status = helper.again().arg("status").run();
    let lines = String::from_utf8(status.stdout().to_vec()).unwrap();
    let known = |line: &str| line.rsplit_once("  ").unwrap().0.to_owned();
    assert_eq!(
        lines.lines().map(known).collect::<Vec<_>>(),
        [
            "access   http://127.0.0.1:18080  client abc  grant client-credentials",
            "access   http://127.0.0.1:18080  client abc  grant refresh-token  scope read",
            "refresh  http://127.0.0.1:18080  client abc  grant refresh-token  scope read",
        ]
    );
    let forget = helper.again().args(REFRESH).args(["forget", "--refresh-token-too"]).run();
    assert_eq!(String::from_utf8_lossy(forget.stdout()), "forgot 1 access token\nforgot 1 refresh token\n");
}

#[test]
fn the_files_of_an_earlier_version_are_not_written_anew() {
    let helper = in_kept_home();
    let name = ".cache/hdr/108322f7ac6eb03aafdb062d2952f9ffc67ff19fa328f081ae40698a7befd9e6.token";
    let before = fs::read(helper.path(name)).unwrap();
    helper.again().run().prints("{\"Authorization\":\"Bearer access-1\"}");
    assert_eq!(fs::read(helper.path(name)).unwrap(), before);
}
