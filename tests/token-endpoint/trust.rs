//! Whose certificates are believed, and that nothing goes over the network in the clear.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::script::json;
use crate::tls::Certificates;
use crate::{asking, headers, helper};

/// The line that tells why `origin` cannot be reached.
fn unreachable(origin: &str, cause: &str, remedy: &str) -> String {
    format!("{origin} cannot be reached: {cause}; {remedy}")
}

const UNKNOWN: &str = "its certificate comes from an authority that is not trusted here";
const NAME_IT: &str = "give the authority's certificate with --ca-cert FILE";

#[test]
fn an_authority_can_be_named_in_three_ways() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::minting();
    let origin = certificates.in_front_of(&endpoint, "good");
    let url = format!("{origin}/token?tenant=hunter3");
    let authority = certificates.path("ca.pem");

    asking(&url).run().fails(5, &unreachable(&origin, UNKNOWN, NAME_IT));
    assert_eq!(endpoint.requests(), Vec::<String>::new());
    asking(&url).args(["--ca-cert", &authority]).run().prints(&headers(0));
    asking(&url).env("SSL_CERT_FILE", &authority).run().prints(&headers(1));
    asking(&url).env("NODE_EXTRA_CA_CERTS", &authority).run().prints(&headers(2));

    asking(&url).env("SSL_CERT_FILE", "/missing.pem").run().fails(
        2,
        "no server can be trusted: SSL_CERT_FILE names no certificate that can be read, and takes the place of the system's; \
         name PEM files there, or unset it",
    );
    let missing = asking(&url).args(["--ca-cert", "~/missing.pem"]).run();
    missing.fails(2, "--ca-cert ~/missing.pem cannot be used: it does not exist; name a file of certificates in PEM");
    let left_out = "warning: NODE_EXTRA_CA_CERTS was left out: it does not exist; name a PEM file there";
    let half = asking(&url).args(["--ca-cert", &authority]).env("NODE_EXTRA_CA_CERTS", "/missing").run();
    half.prints_saying(&headers(3), &[left_out]);
}

#[test]
fn a_certificate_that_is_wrong_is_told_at_once() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::minting();
    for (name, cause, remedy) in [
        ("own", UNKNOWN, NAME_IT),
        ("expired", "its certificate has expired", "check this machine's clock, or tell who runs the server"),
        ("elsewhere", "its certificate is for another host", "check the host in the URL"),
    ] {
        let origin = certificates.in_front_of(&endpoint, name);
        let helper = asking(&format!("{origin}/token?tenant=hunter3"));
        let outcome = helper.args(["--ca-cert", &certificates.path("ca.pem")]).run();
        outcome.fails(5, &unreachable(&origin, cause, remedy));
        assert!(outcome.elapsed() < Duration::from_secs(1), "{name}: {:?}", outcome.elapsed());
    }
    assert_eq!(endpoint.requests(), Vec::<String>::new());
}

/// The origin of a server that says this to whoever connects, and nothing else.
fn greeting_with(greeting: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            connection.write_all(greeting.as_bytes()).unwrap();
            thread::spawn(move || while connection.read(&mut [0; 4096]).is_ok_and(|length| length > 0) {});
        }
    });
    origin
}

#[test]
fn a_server_that_speaks_no_tls_is_told() {
    for (greeting, message) in [
        (
            "HTTP/1.1 400 X\r\nContent-Length: 0\r\n\r\n",
            "cannot be reached: it does not speak TLS; check the URL and its port",
        ),
        (
            "",
            "did not answer: the 700 ms of --timeout were over before its answer was complete; try again, or give it \
             more with --timeout",
        ),
    ] {
        let origin = greeting_with(greeting);
        let outcome = asking(&format!("{origin}/token")).args(["--timeout", "700ms"]).run();
        outcome.fails(5, &format!("{origin} {message}"));
        assert!(outcome.elapsed() < Duration::from_secs(1), "{:?}", outcome.elapsed());
    }
}

#[test]
fn a_server_may_ask_for_a_certificate() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::minting();
    let origin = certificates.mutual_in_front_of(&endpoint);
    let [url, cert, key, authority] = [
        format!("{origin}/token"),
        certificates.path("good.pem"),
        certificates.path("good.key"),
        certificates.path("ca.pem"),
    ];
    let helper = helper().args(["--token-url", &url, "--client-id", "abc", "--ca-cert", &authority]);
    helper.args(["--tls-cert", &cert, "--tls-key", &key]).run().prints(&headers(0));
    let request = endpoint.requests().remove(0);
    assert!(request.ends_with("\r\n\r\ngrant_type=client_credentials&client_id=abc"), "{request}");
    assert!(!request.to_lowercase().contains("authorization:"), "{request}");

    let helper = asking(&url).args(["--ca-cert", &authority]);
    let cause = "TLS failed: received fatal alert: CertificateRequired";
    let remedy = "check the URL, the proxy, and --tls-cert if the server asks for one";
    helper.run().fails(5, &unreachable(&origin, cause, remedy));
}

#[test]
fn plain_http_stays_on_this_host() {
    let remedy = "write https://; only a loopback host may go without";
    let message = format!("plain HTTP shows credentials to the network; {remedy}");
    asking("http://login.example.com/token?tenant=hunter3")
        .run()
        .fails(2, &format!("--token-url http://login.example.com cannot be used: {message}"));

    let certificates = Certificates::new();
    let endpoint = Endpoint::new(|_, request, connection| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let body = format!(r#"{{"issuer":"https://{host}","token_endpoint":"http://{host}/token?hunter3"}}"#);
        json(200, &body)(connection);
    });
    let origin = certificates.in_front_of(&endpoint, "good");
    let helper = helper().args(["--issuer", &origin, "--client-id", "abc", "--client-secret", "file:~/secret"]);
    let plain = origin.replace("https:", "http:");
    helper.args(["--ca-cert", &certificates.path("ca.pem")]).run().fails(
        2,
        &format!(
            "the token_endpoint that {origin} names cannot be used: {plain} is plain HTTP, which shows credentials to \
             the network; give an https URL with --token-url"
        ),
    );
}

#[test]
fn a_pipe_in_the_place_of_authorities_is_an_error_at_once() {
    for (name, path) in [
        ("SSL_CERT_FILE", "~/pipe"),
        ("SSL_CERT_FILE", "/dev/zero"),
        ("SSL_CERT_DIR", "~/pipe"),
        ("NODE_EXTRA_CA_CERTS", "~/pipe"),
        ("NODE_EXTRA_CA_CERTS", "/dev/zero"),
        ("SSL_CERT_DIR", "/etc/ssl/certs:~/pipe"),
    ] {
        let helper = asking("https://127.0.0.1:9/token").prepared_by("mkfifo ~/pipe");
        let path = path.replace('~', helper.path("").to_str().unwrap().trim_end_matches('/'));
        let outcome = helper.env(name, path).args(["--timeout", "5s"]).run();
        let cause = "it is a pipe or a device, not a regular file; name PEM files there, or unset it";
        outcome.fails(2, &format!("{name} cannot be used: {cause}"));
        assert!(outcome.elapsed() < Duration::from_secs(3), "{name}: {:?}", outcome.elapsed());
    }
}
