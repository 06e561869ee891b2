//! Assertions that another system signs: sent as they are, read anew for each request, and never once they have expired.

use crate::common::{CANARY, Helper};
use crate::endpoint::Endpoint;
use crate::script::{json, scripted};
use crate::{Home, headers, helper, jwt};

const IN_THE_FUTURE: u64 = 4_102_444_800;

/// The JWT of a pod's service account, its `number`-th.
fn of_pod(number: u64) -> String {
    let life = IN_THE_FUTURE + number;
    jwt(&format!(
        r#"{{"iss":"https://k8s","sub":"system:serviceaccount:a:b","aud":["x"],"exp":{life},"iat":{number},"jti":"{number}"}}"#
    ))
}

/// The bodies of the requests so far.
fn bodies(endpoint: &Endpoint) -> Vec<String> {
    endpoint.requests().iter().map(|request| request.split_once("\r\n\r\n").unwrap().1.to_owned()).collect()
}

/// The helper in `home` with these options.
fn with(home: &Home, endpoint: &Endpoint, line: &str) -> Helper {
    home.helper().args(["--token-url", &endpoint.url()]).args(line.split_whitespace())
}

const USUAL: &str = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
const SPIFFE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";

#[test]
fn a_client_assertion_proves_who_the_client_is() {
    let home = Home::new();
    home.write("jwt", &(of_pod(1) + "\n"));
    let one = of_pod(1);
    for (line, body) in [
        ("", format!("grant_type=client_credentials&client_assertion_type={USUAL}&client_assertion={one}")),
        (
            "--client-id abc --scope s",
            format!(
                "grant_type=client_credentials&scope=s&client_id=abc&client_assertion_type={USUAL}&client_assertion={one}"
            ),
        ),
        (
            &format!("--client-assertion-type {SPIFFE}"),
            format!(
                "grant_type=client_credentials&client_assertion_type={}&client_assertion={one}",
                SPIFFE.replace(':', "%3A")
            ),
        ),
        (
            "--client-auth private-key-jwt --subject-token env:S",
            format!(
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=opaque&\
                 subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token&\
                 client_assertion_type={USUAL}&client_assertion={one}"
            ),
        ),
    ] {
        let endpoint = Endpoint::minting();
        let line = format!("--client-assertion file:~/jwt {line}");
        with(&home, &endpoint, &line).env("S", "opaque").run().prints(&headers(0));
        assert_eq!(bodies(&endpoint), [body], "{line}");
        let head = endpoint.requests()[0].to_lowercase();
        assert!(!head.contains("\r\nauthorization:"), "{head}");
    }
}

#[test]
fn an_assertion_is_the_grant() {
    let home = Home::new();
    home.write("jwt", &of_pod(1));
    let endpoint = Endpoint::minting();
    let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
    with(&home, &endpoint, "--assertion file:~/jwt --scope s").run().prints(&headers(0));
    with(&home, &endpoint, "--assertion file:~/jwt --client-assertion file:~/jwt").run().prints(&headers(1));
    let one = of_pod(1);
    let expected = [
        format!("{grant}&assertion={one}&scope=s"),
        format!("{grant}&assertion={one}&client_assertion_type={USUAL}&client_assertion={one}"),
    ];
    assert_eq!(bodies(&endpoint), expected);
}

#[test]
fn a_renewed_one_is_read_anew_and_finds_what_was_cached() {
    for option in ["--client-assertion", "--assertion"] {
        let home = Home::new();
        let endpoint = Endpoint::minting();
        let line = format!("{option} file:~/jwt");
        home.write("jwt", &of_pod(1));
        with(&home, &endpoint, &line).run().prints(&headers(0));
        home.write("jwt", &of_pod(2));
        with(&home, &endpoint, &line).run().prints(&headers(0));
        with(&home, &endpoint, &line).arg("--fresh").run().prints(&headers(1));
        assert!(bodies(&endpoint)[1].contains(&of_pod(2)), "{:?}", bodies(&endpoint));
        // Another pod's is another one.
        home.write("jwt", &jwt(r#"{"iss":"https://k8s","sub":"system:serviceaccount:a:c","aud":["x"]}"#));
        with(&home, &endpoint, &line).run().prints(&headers(2));
        home.write("jwt", "opaque");
        with(&home, &endpoint, &line).run().prints(&headers(3));
        home.write("jwt", "opaque too");
        with(&home, &endpoint, &line).run().prints(&headers(4));
    }
}

#[test]
fn an_expired_one_is_not_sent() {
    for (option, shown) in [("--client-assertion", "file:~/jwt"), ("--assertion", "file:~/jwt")] {
        let home = Home::new();
        home.write("jwt", &jwt(&format!(r#"{{"sub":"{CANARY}","exp":1700000000}}"#)));
        let endpoint = Endpoint::minting();
        with(&home, &endpoint, &format!("{option} file:~/jwt")).run().fails(
            3,
            &format!(
                "{option}: the assertion in {shown} has expired and was not sent: it was valid until \
                 2023-11-14T22:13:20Z; renew it with the system that issues it"
            ),
        );
        assert_eq!(endpoint.requests(), [""; 0]);
    }
}

#[test]
fn a_cached_token_outlives_the_assertion_that_brought_it() {
    let home = Home::new();
    let endpoint = Endpoint::minting();
    home.write("jwt", &jwt(&format!(r#"{{"sub":"a","exp":{IN_THE_FUTURE}}}"#)));
    with(&home, &endpoint, "--assertion file:~/jwt").run().prints(&headers(0));
    home.write("jwt", &jwt(r#"{"sub":"a","exp":1700000000}"#));
    with(&home, &endpoint, "--assertion file:~/jwt").run().prints(&headers(0));
}

#[test]
fn what_excludes_it_is_refused() {
    let shaping = "it shapes an assertion that is signed here, and this one is ready-made; remove";
    for (line, message) in [
        (
            "--client-assertion env:A --client-key env:A",
            "--client-assertion and --client-key are given: each proves who the client is; remove one of them".into(),
        ),
        (
            "--client-assertion env:A --client-secret env:A",
            "--client-assertion and --client-secret are given: each proves who the client is; remove one of them"
                .into(),
        ),
        (
            "--client-assertion env:A --client-auth basic",
            "--client-auth basic cannot be used with --client-assertion: an assertion is another way to authenticate; \
             remove one of them"
                .into(),
        ),
        (
            "--client-assertion-type a",
            "--client-assertion-type cannot be used here: it says what --client-assertion is, and there is none; give \
             --client-assertion SOURCE, or remove it"
                .into(),
        ),
        (
            "--assertion env:A --assertion-key env:A",
            "--assertion and --assertion-key are given: each is the assertion of the grant; remove one of them".into(),
        ),
        (
            "--assertion env:A --refresh-token env:A",
            "more than one grant is given: --refresh-token, --assertion and --subject-token are a grant each; keep one of \
             them, or choose with --grant"
                .into(),
        ),
        ("--client-assertion env:A --client-kid a", format!("--client-kid cannot be used with --client-assertion: {shaping} --client-kid")),
        ("--client-assertion env:A --client-aud a", format!("--client-aud cannot be used with --client-assertion: {shaping} --client-aud")),
        ("--assertion env:A --iss a", format!("--iss cannot be used with --assertion: {shaping} --iss")),
        ("--assertion env:A --aud a", format!("--aud cannot be used with --assertion: {shaping} --aud")),
        (
            "--assertion env:A --assertion-claim a=b",
            format!("--assertion-claim cannot be used with --assertion: {shaping} --assertion-claim"),
        ),
    ] {
        let endpoint = Endpoint::minting();
        helper().env("A", "a").args(["--token-url", &endpoint.url()]).args(line.split(' ')).run().fails(2, &message);
        assert_eq!(endpoint.requests(), [""; 0], "{line}");
    }
}

#[test]
fn it_displaces_the_key_of_a_profile() {
    let endpoint = Endpoint::minting();
    let profile = format!(
        "[profiles.a.hdr-bearer-refresh]\ntoken-url = '{}'\nclient-key = 'file:none'\nclient-kid = 'k'\nclient-id = 'abc'\n\
         assertion-key = 'file:none'\niss = 'i'\naud = 'a'\n",
        endpoint.url()
    );
    let helper = helper().prepared_by("mkdir -p ~/.config/hdr").file(".config/hdr/config.toml", profile, 0o600);
    let helper =
        helper.env("A", "opaque").args(["--profile", "a", "--client-assertion", "env:A", "--assertion", "env:A"]);
    helper.run().prints(&headers(0));
    let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=opaque";
    let client = format!("client_id=abc&client_assertion_type={USUAL}&client_assertion=opaque");
    assert_eq!(bodies(&endpoint), [format!("{grant}&{client}")]);
}

#[test]
fn a_refusal_says_what_to_check() {
    for (line, error, remedy) in [
        (
            "--client-assertion env:A",
            "invalid_client",
            "check --client-id, and that the server trusts the issuer, subject and audience of --client-assertion",
        ),
        (
            "--assertion env:A",
            "invalid_grant",
            "check that the server trusts the issuer, subject and audience of --assertion",
        ),
    ] {
        let endpoint =
            scripted(vec![json(400, &format!(r#"{{"error":"{error}","error_description":"no {CANARY} here"}}"#))]);
        let outcome = helper().env("A", CANARY).args(["--token-url", &endpoint.url()]).args(line.split(' ')).run();
        assert_eq!(outcome.code(), Some(4));
        let message = outcome.stderr();
        assert!(message.contains(remedy) && !message.contains(CANARY), "{message}");
    }
}
