//! What goes over the wire: the request, how a client authenticates without signing, and the grants that it is given.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::common::{CANARY, Helper};
use crate::endpoint::Endpoint;
use crate::script::url;
use crate::{Home, asking, headers, helper};

/// The body of the only request.
#[track_caller]
pub(crate) fn body(endpoint: &Endpoint) -> String {
    let requests = endpoint.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    requests[0].split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// The body of the request that this helper makes, which is to ask a server of its own.
#[track_caller]
pub(crate) fn sent(helper: Helper) -> String {
    let endpoint = Endpoint::minting();
    helper.args(["--token-url", &endpoint.url()]).run().prints(&headers(0));
    body(&endpoint)
}

#[test]
fn a_request_is_this_and_no_more() {
    let endpoint = Endpoint::minting();
    let helper = asking(&url(&endpoint)).args(["--scope", "mcp.read", "--scope", "mcp.write"]);
    helper
        .args(["--audience", "a b", "--resource", "https://mcp.example.com/mcp", "--param", "tenant=t&1"])
        .run()
        .prints(&headers(0));
    let host = endpoint.origin().replace("http://", "");
    let pair = STANDARD.encode(format!("abc:{CANARY}"));
    let version = env!("CARGO_PKG_VERSION");
    let body = "grant_type=client_credentials&scope=mcp.read+mcp.write&audience=a+b&\
                resource=https%3A%2F%2Fmcp.example.com%2Fmcp&tenant=t%261";
    let expected = format!(
        "POST /token?tenant=hunter3 HTTP/1.1\r\naccept-encoding: gzip\r\ncontent-length: {}\r\n\
         user-agent: hdr/{version}\r\nhost: {host}\r\naccept: application/json\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         authorization: Basic {pair}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(endpoint.requests(), [expected]);
}

#[test]
fn basic_is_form_encoded_first() {
    let home = Home::new();
    home.write("odd", "p%+\u{e9}: w\n");
    let endpoint = Endpoint::minting();
    let helper = home.helper().args(["--token-url", &endpoint.url(), "--client-id", "a:b c"]);
    helper.args(["--client-secret", "file:~/odd"]).run().prints(&headers(0));
    let header = format!("\r\nauthorization: Basic {}\r\n", STANDARD.encode("a%3Ab+c:p%25%2B%C3%A9%3A+w"));
    assert!(endpoint.requests()[0].contains(&header), "{:?}", endpoint.requests());
}

#[test]
fn post_and_none_are_in_the_body() {
    let secret = ["--client-id", "abc", "--client-secret", "file:~/secret"];
    let post = helper().args(secret).args(["--client-auth", "post"]);
    assert_eq!(sent(post), format!("grant_type=client_credentials&client_id=abc&client_secret={CANARY}"));
    let none = helper().args(["--client-id", "abc", "--grant", "client-credentials"]);
    assert_eq!(sent(none), "grant_type=client_credentials&client_id=abc");
}

#[test]
fn a_refresh_token_is_sent_as_it_stands_in_its_source() {
    let home = Home::new();
    home.write("refresh", "r+1/x\n");
    let helper = home.helper().args(["--client-id", "abc", "--refresh-token", "file:~/refresh", "--scope", "s"]);
    assert_eq!(sent(helper), "grant_type=refresh_token&refresh_token=r%2B1%2Fx&scope=s&client_id=abc");
}

#[test]
fn a_subject_token_is_exchanged() {
    let kind = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange";
    let of_type = "urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3A";
    let jwt = "eyJhbGciOiJub25lIn0.e30.";
    for (token, arguments, expected) in [
        ("opaque", vec![], format!("{of_type}access_token")),
        (jwt, vec![], format!("{of_type}jwt")),
        (jwt, vec!["--subject-token-type", "urn:x"], "urn%3Ax".to_owned()),
    ] {
        let home = Home::new();
        home.write("subject", token);
        let helper = home.helper().args(["--client-id", "abc", "--subject-token", "file:~/subject"]).args(arguments);
        let expected = format!("{kind}&subject_token={token}&subject_token_type={expected}&audience=mcp&client_id=abc");
        assert_eq!(sent(helper.args(["--audience", "mcp"])), expected);
    }
}
