//! What stands in the token.

use crate::{makes, signing};

const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

#[test]
fn each_option_sets_its_claim() {
    for (options, claims) in [
        (vec![], r#"{"exp":1700003600,"iat":1700000000}"#),
        (vec!["--ttl", "90s", "--backdate", "2m"], r#"{"exp":1700000090,"iat":1699999880}"#),
        (vec!["--ttl", "2h", "--iss", "i", "--sub", "s"], r#"{"exp":1700007200,"iat":1700000000,"iss":"i","sub":"s"}"#),
        (vec!["--aud", "a"], r#"{"aud":"a","exp":1700003600,"iat":1700000000}"#),
        (vec!["--aud", "a", "--aud", "b"], r#"{"aud":["a","b"],"exp":1700003600,"iat":1700000000}"#),
        (
            vec!["--claim", "a=x=y", "--claim", "b=", "--claim", "c={nonce}", "--nonce", "n"],
            r#"{"a":"x=y","b":"","c":"n","exp":1700003600,"iat":1700000000}"#,
        ),
        (
            vec!["--claim-json", "a=[1,{\"b\":null}]", "--claim-json", "c=1.5", "--claim-json", "d=\"{uid}\""],
            r#"{"a":[1,{"b":null}],"c":1.5,"d":"{uid}","exp":1700003600,"iat":1700000000}"#,
        ),
        (
            vec!["--iss", "{server:host}", "--sub", "{env:WHO}", "--aud", "{{a}}", "--server-url", "https://H/p"],
            r#"{"aud":"{a}","exp":1700003600,"iat":1700000000,"iss":"h","sub":"caf\u00e9 \"q\""}"#,
        ),
        (vec!["--claim", "nbf={timestamp:unix}"], r#"{"exp":1700003600,"iat":1700000000,"nbf":"1700000000"}"#),
        (vec!["--claim-json", "nbf=1700000000"], r#"{"exp":1700003600,"iat":1700000000,"nbf":1700000000}"#),
    ] {
        let claims = claims.replace("\\u00e9", "\u{e9}");
        makes(signing().env("WHO", "caf\u{e9} \"q\"").args(options), HEADER, &claims);
    }
}

#[test]
fn jti_is_the_uuid_of_the_run() {
    let outcome = signing().args(["--jti"]).header("X-T: {token}").header("X-U: {uuid}").run();
    let json: serde_json::Value = serde_json::from_slice(outcome.stdout()).unwrap();
    let claims = format!(r#"{{"exp":1700003600,"iat":1700000000,"jti":"{}"}}"#, json["X-U"].as_str().unwrap());
    assert_eq!(json["X-T"], crate::hs256(HEADER, &claims));
}

#[test]
fn the_claims_of_a_file_are_overridden() {
    let file = r#"{ "iss": "file", "aud": ["file"], "exp": 1, "iat": 2, "roles": ["a"], "n": 1e3, "jti": "j" }"#;
    let helper = || signing().file("claims", file, 0o600).args(["--claims", "~/claims"]);
    let claims = r#"{"aud":["file"],"exp":1700003600,"iat":1700000000,"iss":"file","jti":"j","n":1e+3,"roles":["a"]}"#;
    makes(helper(), HEADER, claims);
    let claims = r#"{"aud":"b","exp":1700003600,"iat":1700000000,"iss":"option","jti":"j","n":"x","roles":[]}"#;
    let options = ["--iss", "option", "--aud", "b", "--claim", "n=x", "--claim-json", "roles=[]"];
    makes(helper().args(options), HEADER, claims);
}

#[test]
fn a_claim_has_one_origin() {
    let twice = |option, name, other| {
        format!("{option}: the claim {name} cannot be set: {other} sets it already; remove one of them")
    };
    let time = |option, name| {
        format!("{option}: the claim {name} cannot be set: it is computed from the time; use --ttl and --backdate")
    };
    for (options, message) in [
        (vec!["--iss", "a", "--claim", "iss=b"], twice("--claim", "iss", "--iss")),
        (vec!["--claim", "sub=a", "--sub", "b"], twice("--claim", "sub", "--sub")),
        (vec!["--aud", "a", "--claim-json", "aud=[]"], twice("--claim-json", "aud", "--aud")),
        (vec!["--claim", "a=1", "--claim", "a=1"], twice("--claim", "a", "--claim")),
        (vec!["--claim-json", "a=1", "--claim", "a=1"], twice("--claim-json", "a", "--claim")),
        (vec!["--jti", "--claim", "jti=a"], twice("--claim", "jti", "--jti")),
        (vec!["--claim", "iat=1"], time("--claim", "iat")),
        (vec!["--claim-json", "exp=1"], time("--claim-json", "exp")),
    ] {
        signing().args(options).run().fails(2, &message);
    }
}

#[test]
fn a_claim_that_is_written_badly_is_refused() {
    let no_name = |option| format!("{option}: it has no name before a `=`; write NAME=VALUE");
    let no_json =
        |name| format!("--claim-json {name}: the text after `=` is not valid JSON; quote strings: NAME='\"text\"'");
    let lone = "a lone brace: `}` has no `{` before it; write }} for a brace";
    let no_text = |option| {
        format!("{option}: the value is not text: the content of a source is not UTF-8; store UTF-8 text there")
    };
    for (options, code, message) in [
        (["--claim", "a"], 2, no_name("--claim")),
        (["--claim", "=a"], 2, no_name("--claim")),
        (["--claim-json", "{}"], 2, no_name("--claim-json")),
        (["--claim-json", "a="], 2, no_json("a")),
        (["--claim-json", "a=text"], 2, no_json("a")),
        (["--claim-json", "a={} {}"], 2, no_json("a")),
        (["--claim", "a=}"], 2, format!("--claim a: {lone}")),
        (["--iss", "}"], 2, format!("--iss: {lone}")),
        (["--aud", "}"], 2, format!("--aud: {lone}")),
        (["--kid", "}"], 2, format!("--kid: {lone}")),
        (["--jose", "a=}"], 2, format!("--jose a: {lone}")),
        (["--sub", "{file:~/binary}"], 3, no_text("--sub")),
        (["--claim", "a={file:~/binary}"], 3, no_text("--claim a")),
    ] {
        signing().file("binary", b"a\xff", 0o600).args(options).run().fails(code, &message);
    }
}

#[test]
fn a_claims_file_that_is_no_object_is_refused() {
    for (name, cause) in [
        ("missing", "it does not exist"),
        ("folder", "it is a directory"),
        ("array", "it is not a JSON object (line 1)"),
        ("broken", "it is not a JSON object (line 2)"),
        ("empty", "it is not a JSON object (line 1)"),
    ] {
        let helper = signing().prepared_by("mkdir ~/folder").file("array", "[1]", 0o600).file("empty", "", 0o600);
        let helper = helper.file("broken", "{\"a\":1,\n\"canary", 0o600).args(["--claims", &format!("~/{name}")]);
        let message = format!("--claims ~/{name}: {cause}; name a readable file that holds one JSON object");
        helper.run().fails(2, &message);
    }
}

#[test]
fn the_header_of_the_token_takes_texts() {
    let claims = r#"{"exp":1700003600,"iat":1700000000}"#;
    let header = r#"{"typ":"at+jwt","alg":"HS256","kid":"k","x":"1700000000"}"#;
    makes(signing().args(["--jose", "typ=at+jwt", "--jose", "x={timestamp:unix}", "--kid", "k"]), header, claims);
    for (options, name, why) in [
        (vec!["--jose", "alg=none"], "alg", "the key and --alg say which algorithm signs; use --alg"),
        (vec!["--jose", "kid=a"], "kid", "it has an option of its own; use --kid"),
        (vec!["--jose", "crit=a"], "crit", "its value is not text; remove it"),
        (vec!["--jose", "b64=false"], "b64", "its value is not text; remove it"),
        (vec!["--jose", "x=a", "--jose", "x=b"], "x", "it is given twice; remove one"),
    ] {
        signing().args(options).run().fails(2, &format!("--jose: the parameter {name} cannot be set: {why}"));
    }
}

#[test]
fn a_claim_that_is_twice_in_a_file_is_refused() {
    for (file, name) in [
        (r#"{"sub":"a","sub":"b"}"#, "sub"),
        (r#"{"roles":[],"x":1,"roles":[]}"#, "roles"),
        (r#"{"a":1,"\u0061":2}"#, "a"),
    ] {
        let message = format!("--claims ~/c: the claim {name} cannot be set: it is given twice; remove one of them");
        signing().file("c", file, 0o600).args(["--claims", "~/c"]).run().fails(2, &message);
    }
}

/// The server may take the other one.
#[test]
fn a_member_that_is_twice_within_a_claim_is_refused() {
    let message = |place, name| {
        format!("{place}: the member {name} cannot be set: it occurs twice in one object; remove one of them")
    };
    for (json, name) in [
        (r#"{"a":1,"a":2}"#, "a"),
        (r#"[{"admin":false,"x":{},"\u0061dmin":true}]"#, "admin"),
        (r#"{"a":{"b":{"c":1e2,"c":1e2}}}"#, "c"),
    ] {
        let claim = format!("role={json}");
        signing().args(["--claim-json", claim.as_str()]).run().fails(2, &message("--claim-json role", name));
        let file = format!(r#"{{"sub":"s","role":{json}}}"#);
        signing().file("c", file, 0o600).args(["--claims", "~/c"]).run().fails(2, &message("--claims ~/c", name));
    }
}
