//! The option that takes a helper's secret. These tests run in the crate of each helper that has one, as those of the
//! contract do.

use crate::common::{CANARY, Helper};
use crate::{SECRET, minimal};

#[test]
fn a_bare_value_is_refused_and_not_repeated() {
    for value in
        [CANARY, "", "K", &format!("ENV:{CANARY}"), &format!("https://u:{CANARY}@h"), &format!(" env:{CANARY}")]
    {
        crate::with_key(value).run().fails(
            2,
            &format!(
                "{SECRET} does not take a bare value: a secret on a command line can be read by every process of the machine; name \
                 where it is kept: env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE"
            ),
        );
    }
}

/// What a slip of quoting makes of a secret, where a source should stand.
#[test]
fn a_secret_in_the_place_of_a_source_is_not_repeated() {
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----");
    let dashes = format!("--{CANARY}");
    for secret in [CANARY, &pem, &dashes, "$SECRET_KEY"] {
        Helper::new(crate::EXECUTABLE).args([SECRET, secret]).run().fails(
            2,
            &format!(
                "{SECRET} does not take a bare value: a secret on a command line can be read by every process of the machine; name \
                 where it is kept: env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE"
            ),
        );
    }
    for stray in [&pem, &dashes] {
        let outcome = minimal().arg(stray).run();
        assert!(!outcome.stderr().contains(CANARY), "{}", outcome.stderr());
    }
}

#[test]
fn one_may_print_64_kib() {
    let helper = crate::with_key("cmd:head -c 65536 /dev/zero").header("X-A: a");
    helper.run().prints(r#"{"X-A":"a"}"#);
}

#[test]
fn a_secret_is_a_file_of_one_mebibyte_or_a_link_to_one() {
    let helper = crate::with_key("file:~/link").file("k", vec![b'x'; 1 << 20], 0o600).prepared_by("ln -s ~/k ~/link");
    helper.header("X-A: b").run().prints(r#"{"X-A":"b"}"#);
}

#[test]
fn an_env_file_serves_it() {
    let helper = crate::with_key("env:K").file("env", format!("export K='{CANARY}' # the key\n"), 0o600);
    let path = helper.path("env");
    helper.arg("--env-file").arg(path).header("X-A: a").run().prints(r#"{"X-A":"a"}"#);
}
