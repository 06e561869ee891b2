//! A secret of a profile goes only where the profile says: not to another place that the command line names.

use crate::common::{CANARY, Helper};
use crate::profiles::with_profile;
use crate::{Endpoint, bearer};

const LEAVE: &str = "or move it into the profile";

/// A profile of a place of its own, with these further options and a secret in HOME.
fn internal(own: &Endpoint, options: &str) -> Helper {
    let helper = with_profile(&format!("token-url = '{}'\nclient-id = 'abc'\n{options}\n", own.url()));
    helper.file("secret", CANARY, 0o600).file(".config/hdr/secret", CANARY, 0o600)
}

/// What stands in the requests to `endpoint`, once none of them has the secret.
fn seen(endpoint: &Endpoint) -> Vec<String> {
    let requests = endpoint.requests();
    assert!(requests.iter().all(|request| !request.contains(CANARY)), "{requests:?}");
    let body = |request: &String| request.split("\r\n\r\n").nth(1).unwrap().to_owned();
    requests.iter().map(body).collect()
}

#[test]
fn a_secret_of_a_profile_is_not_sent_to_another_endpoint() {
    for (option, profile) in [
        ("client-secret", "client-secret = 'file:secret'"),
        ("client-secret", "client-secret = 'file:secret'\nclient-auth = 'post'"),
        ("refresh-token", "refresh-token = 'file:secret'"),
        ("subject-token", "subject-token = 'file:secret'"),
        ("assertion-key", "assertion-key = 'file:secret'\niss = 'a'"),
        ("client-key", "client-key = 'file:secret'"),
    ] {
        let (own, other) = (Endpoint::minting(), Endpoint::minting());
        for option_of_place in ["--token-url", "--issuer"] {
            let helper = internal(&own, profile).args([option_of_place, &other.url()]);
            helper.run().fails(
                2,
                &format!(
                    "--{option} is missing: the profile's is not used because {option_of_place} on the command line names \
                     another recipient; give a credential on the command line too, remove {option_of_place}, {LEAVE}"
                ),
            );
        }
        assert_eq!((seen(&own), seen(&other)), (vec![], vec![]), "{profile}");
    }
}

#[test]
fn all_that_a_profile_proves_with_is_named() {
    let (own, other) = (Endpoint::minting(), Endpoint::minting());
    let helper = internal(&own, "client-secret = 'file:secret'\nrefresh-token = 'file:secret'");
    helper.args(["--token-url", &other.url(), "--scope", "a"]).run().fails(
        2,
        &format!(
            "--client-secret and --refresh-token are missing: the profile's are not used because --token-url on the command \
             line names another recipient; give a credential on the command line too, remove --token-url, {LEAVE}"
        ),
    );
}

#[test]
fn what_reads_a_secret_into_the_request_is_left_out_too() {
    let (own, other) = (Endpoint::minting(), Endpoint::minting());
    let profile = "param = ['x={file:secret}', 'y=1']\naudience = ['{file:secret}']\nscope = 'a'\nheader = 'X-T: {token}'\n\
                   add = 'X-S: {server:name}'\nserver-name = 'n'\nclient-secret = 'file:secret'";
    let helper = internal(&own, profile).args(["--token-url", &other.url(), "--client-secret", "env:OTHER"]);
    let warning = "warning: the profile's --param and --audience are not used: --token-url on the command line names \
                   another recipient; give them on the command line too";
    helper.env("OTHER", "other").run().prints_saying(r#"{"X-T":"token-0","X-S":"n"}"#, &[warning]);
    assert_eq!((seen(&own), seen(&other)), (vec![], vec!["grant_type=client_credentials&scope=a".to_owned()]));
}

#[test]
fn what_else_may_read_a_secret_into_it_is_left_out() {
    for (option, profile) in [
        ("--token-header", "token-header = 'X-Key: {file:secret}'"),
        ("--token-header", "token-header = 'X-Key: plain'"),
        ("--param-json", "param-json = 'x=\"{file:secret}\"'\nbody = 'json'"),
    ] {
        let (own, other) = (Endpoint::minting(), Endpoint::minting());
        let warning = format!(
            "warning: the profile's {option} is not used: --token-url on the command line names another recipient; give it on the \
             command line too"
        );
        let helper = internal(&own, profile).args(["--token-url", &other.url(), "--client-auth", "none"]);
        helper.run().prints_saying(&bearer("token-0"), &[&warning]);
        let body = if profile.contains("json") {
            r#"{"grant_type":"client_credentials","client_id":"abc"}"#
        } else {
            "grant_type=client_credentials&client_id=abc"
        };
        assert_eq!((seen(&own), seen(&other)), (vec![], vec![body.to_owned()]));
        assert!(!other.requests()[0].to_lowercase().contains("x-key"));
    }
}

#[test]
fn a_credential_of_the_command_line_goes_where_it_says() {
    let (own, other) = (Endpoint::minting(), Endpoint::minting());
    let helper = internal(&own, "refresh-token = 'file:secret'\nscope = 'a'").env("OTHER", "other");
    let helper = helper.args(["--token-url", &other.url(), "--client-secret", "env:OTHER"]);
    let warning = "warning: the profile's --refresh-token is not used: --token-url on the command line names another recipient; \
                   give it on the command line too";
    helper.again().run().prints_saying(&bearer("token-0"), &[warning]);
    helper.args(["--grant", "refresh-token"]).run().fails(
        2,
        "--refresh-token is missing (the profile's --refresh-token is not used because --token-url on the command line names \
         another recipient): no option says where it is kept; give --refresh-token file:PATH, env:NAME, json:PATH:FIELD or cmd:COMMAND LINE",
    );
    assert_eq!((seen(&own), seen(&other)), (vec![], vec!["grant_type=client_credentials&scope=a".to_owned()]));
}

#[test]
fn a_token_that_is_had_here_needs_no_credential() {
    let own = Endpoint::minting();
    let helper = internal(&own, "client-secret = 'file:secret'\nparam = 'x={file:secret}'").env("OTHER", "other");
    helper.again().args(["--token", "env:OTHER"]).run().prints(&bearer("other"));
    helper.args(["--command", "echo other"]).run().prints(&bearer("other"));
    assert_eq!(seen(&own), Vec::<String>::new());
}

#[test]
fn an_account_on_the_command_line_does_not_bring_its_own_endpoint() {
    // The key of a Google service account names a token endpoint in its file.
    let other = Endpoint::minting();
    let helper = with_profile("client-id = 'abc'\nclient-secret = 'file:secret'\n");
    let key =
        "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null | sed 's/$/\\\\n/' | tr -d '\\n'";
    let account = format!(
        "printf '{{\"type\":\"service_account\",\"client_email\":\"a\",\"private_key_id\":\"i\",\"private_key\":\"%s\",\
         \"token_uri\":\"%s\"}}' \"$({key})\" '{}' >~/account",
        other.url()
    );
    let helper = helper.file(".config/hdr/secret", CANARY, 0o600).prepared_by(&account);
    let warning = "warning: the profile's --client-secret is not used: --assertion-key on the command line names another \
                   recipient; give it on the command line too";
    helper.args(["--assertion-key", "file:~/account"]).run().prints_saying(&bearer("token-0"), &[warning]);
    assert_eq!(seen(&other).len(), 1);
}

#[test]
fn a_proxy_and_an_authority_of_the_command_line_are_another_place_together() {
    let own = Endpoint::minting();
    let helper = internal(&own, "client-secret = 'file:secret'").args(["--proxy", "http://127.0.0.1:9"]);
    helper.again().args(["--ca-cert", "/ca.pem"]).run().fails(
        2,
        &format!(
            "--client-secret is missing: the profile's is not used because --proxy and --ca-cert on the command line name \
             another recipient; give a credential on the command line too, remove --proxy and --ca-cert, {LEAVE}"
        ),
    );
    // TLS goes through a proxy, and an authority alone brings nobody between.
    helper.run().prints(&bearer("token-0"));
}

#[test]
fn what_says_for_what_a_token_is_leaves_the_recipient_alone() {
    let own = Endpoint::minting();
    let options = ["--resource", "https://other.example", "--audience", "x", "--scope", "s", "-H", "X: {token}"];
    let helper = internal(&own, "client-secret = 'file:secret'").args(options);
    helper.args(["--client-id", "other"]).run().prints(r#"{"X":"token-0"}"#);
    assert_eq!(own.requests().len(), 1);
}
