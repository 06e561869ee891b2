//! `--token`: another program keeps it.

use crate::common::{CANARY, Helper};
use crate::{EXECUTABLE, jwt, now, with_key};

fn keeping(token: &str) -> Helper {
    with_key("file:~/token").file("token", token, 0o600)
}

#[test]
fn whatever_it_is_it_is_printed() {
    let lives = jwt(&format!(r#"{{"sub":"s","exp":{}}}"#, now() + 60));
    for token in [CANARY, "a b", &lives, &jwt(r#"{"sub":"s"}"#), &jwt(r#"{"exp":"soon"}"#), &jwt("{"), "a.b.c"] {
        keeping(token).run().prints(&format!(r#"{{"Authorization":"Bearer {token}"}}"#));
    }
}

#[test]
fn a_jwt_that_has_expired_is_not() {
    for (exp, until) in [("1700000000", "2023-11-14T22:13:20Z"), ("0", "1970-01-01T00:00:00Z")] {
        let message = format!(
            "--token: the token in file:~/token has expired: it was valid until {until}; renew it with the program that writes it"
        );
        let helper = keeping(&jwt(&format!(r#"{{"exp":{exp}}}"#)));
        helper.again().run().fails(3, &message);
        // The clock decides, and not what a signature is reproduced with.
        helper.args(["--now", "1"]).run().fails(3, &message);
    }
    assert_eq!(keeping(&jwt(&format!(r#"{{"exp":{}}}"#, now() - 1))).run().code(), Some(3));
}

#[test]
fn one_that_no_header_may_hold_is_refused() {
    for token in ["a\nb", "caf\u{e9}", "a\u{1}"] {
        keeping(token).run().fails(
            6,
            "header Authorization cannot be sent: its value has a character that is not visible ASCII, space or tab; check it \
             for a line break or an accented letter",
        );
    }
}

#[test]
fn a_variable_that_nothing_expanded_is_refused_and_not_kept() {
    let message = "header Authorization cannot be sent: its {token} is $NAME, a variable that was not expanded; \
                   write the value of the variable there, or name the variable itself with {env:NAME}";
    for value in ["${GITHUB_TOKEN}", "$TOKEN\n", "Bearer $TOKEN"] {
        keeping(value).run().fails(6, message);
        keeping(value).args(["--format", "token"]).run().fails(6, message);
        let printing = Helper::new(EXECUTABLE).args(["--command", "cat ~/o"]).file("o", value, 0o600);
        printing.again().run().fails(6, message);
        printing.prepared_by("echo good > ~/o").run().prints(r#"{"Authorization":"Bearer good"}"#);
    }
    keeping("a$B").run().prints(r#"{"Authorization":"Bearer a$B"}"#);
}

#[test]
fn nothing_is_kept_of_it() {
    let helper = keeping(CANARY);
    helper.again().run().prints(&format!(r#"{{"Authorization":"Bearer {CANARY}"}}"#));
    helper
        .again()
        .args(["--fresh", "--on-reask", "mint"])
        .run()
        .prints(&format!(r#"{{"Authorization":"Bearer {CANARY}"}}"#));
    let files: Vec<_> = helper.path("").read_dir().unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["token"]);
    let message = "there is nothing to forget: a token of --token is not cached; remove forget";
    helper.again().arg("forget").run().fails(2, message);
}

#[test]
fn it_is_read_anew_each_time() {
    let helper = keeping("one");
    helper.again().run().prints(r#"{"Authorization":"Bearer one"}"#);
    std::fs::write(helper.path("token"), "two\n").unwrap();
    helper.run().prints(r#"{"Authorization":"Bearer two"}"#);
}
