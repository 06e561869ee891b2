//! Whose certificates are believed, and that nothing goes over the network in the clear.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::openssl;
use crate::script::json;
use crate::tls::Certificates;
use crate::{asking, headers, helper};

/// The line that tells why `origin` cannot be reached.
fn unreachable(origin: &str, cause: &str, remedy: &str) -> String {
    format!("{origin} cannot be reached: {cause}; {remedy}")
}

const UNKNOWN: &str = "its certificate is issued by an authority that is not trusted: ca";
const OWN: &str = "its certificate is self-signed and not trusted";
const GIVE_IT: &str = "get the certificate from the operator of the server, and give it with --ca-cert FILE";
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
        "no server can be trusted: SSL_CERT_FILE names no readable certificate, and replaces the system's certificate authorities; \
         name PEM files there, or unset it",
    );
    let missing = asking(&url).args(["--ca-cert", "~/missing.pem"]).run();
    missing.fails(
        2,
        "--ca-cert ~/missing.pem cannot be used: it does not exist; name a regular file that this user can read",
    );
    let left_out =
        "warning: NODE_EXTRA_CA_CERTS was ignored: it does not exist; name a regular file that this user can read";
    let half = asking(&url).args(["--ca-cert", &authority]).env("NODE_EXTRA_CA_CERTS", "/missing").run();
    half.prints_saying(&headers(3), &[left_out]);
}

#[test]
fn a_certificate_that_is_wrong_is_told_at_once() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::minting();
    for (name, cause, remedy) in [
        ("own", OWN, GIVE_IT),
        (
            "expired",
            "its certificate has expired: it was valid until 2020-01-02T00:00:00Z",
            "check this machine's clock, or report it to the operator of the server",
        ),
        ("elsewhere", "its certificate is for another host: elsewhere.example.com", "check the host in the URL"),
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
            "did not answer: the 700 ms of --timeout ended before its answer was complete; try again, or raise \
             --timeout",
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
    let cause = "it requires a client certificate";
    let remedy = "give one that it accepts with --tls-cert and --tls-key";
    helper.run().fails(5, &unreachable(&origin, cause, remedy));
    // One that signed itself, and whose authority is not known there.
    let unknown = asking(&url).args(["--ca-cert", &authority, "--tls-cert", &certificates.path("own.pem")]);
    let cause = "it does not accept the certificate of --tls-cert: the server does not know its authority";
    let remedy =
        "ask the operator of the server which certificates it accepts, and give one with --tls-cert and --tls-key";
    unknown.args(["--tls-key", &certificates.path("own.key")]).run().fails(5, &unreachable(&origin, cause, remedy));
}

/// `openssl req -x509` makes them, and curl takes them so.
#[test]
fn a_certificate_of_a_server_can_be_given_itself() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::minting();
    for (count, name) in ["own", "req", "bare", "old", "good"].into_iter().enumerate() {
        let origin = certificates.in_front_of(&endpoint, name);
        let url = format!("{origin}/token");
        let given = asking(&url).args(["--ca-cert", &certificates.path(&format!("{name}.pem"))]);
        given.run().prints(&headers(count));
    }
    let second = Endpoint::minting();
    for (count, name) in ["req", "old"].into_iter().enumerate() {
        let origin = certificates.in_front_of_with_tls_1_2(&second, name);
        let url = format!("{origin}/token");
        let given = asking(&url).args(["--ca-cert", &certificates.path(&format!("{name}.pem"))]);
        given.run().prints(&headers(count));
    }
    let third = Endpoint::minting();
    let url = format!("{}/token", certificates.in_front_of(&third, "req"));
    let file = certificates.path("req.pem");
    asking(&url).env("NODE_EXTRA_CA_CERTS", &file).run().prints(&headers(0));
    asking(&url).env("SSL_CERT_FILE", &file).run().prints(&headers(1));
}

#[test]
fn one_that_is_given_is_that_very_one_for_its_host_and_time() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::minting();
    let asked = |name: &str, given: &str| {
        let origin = certificates.in_front_of(&endpoint, name);
        let url = format!("{origin}/token?tenant=hunter3");
        (asking(&url).args(["--ca-cert", &certificates.path(given)]).run(), origin)
    };
    let clock = "check this machine's clock, or report it to the operator of the server";
    for (name, given, cause, remedy) in [
        ("req", "own.pem", OWN, GIVE_IT),
        ("req", "good.pem", OWN, GIVE_IT),
        ("good", "req.pem", UNKNOWN, NAME_IT),
        ("past", "past.pem", "its certificate has expired: it was valid until 2020-01-02T00:00:00Z", clock),
        (
            "other",
            "other.pem",
            "its certificate is for another host: other.example.com, 192.0.2.1",
            "check the host in the URL",
        ),
    ] {
        let (outcome, origin) = asked(name, given);
        outcome.fails(5, &unreachable(&origin, cause, remedy));
    }
    assert_eq!(endpoint.requests(), Vec::<String>::new());
}

/// In the forms in which keys are read, too.
#[test]
fn certificates_are_read_as_they_are_kept() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::minting();
    let url = format!("{}/token", certificates.in_front_of(&endpoint, "good"));
    let authority = certificates.path("ca.pem");
    for (count, line) in [
        "openssl x509 -in \"$1\" -outform DER",
        "openssl x509 -in \"$1\" -outform DER | openssl base64",
        "openssl base64 -in \"$1\" -A",
        "sed /-----/d \"$1\"",
        "tr '\\n' ' ' <\"$1\"",
        "awk '{printf \"%s\\\\n\", $0}' \"$1\"",
        "openssl x509 -in \"$1\" -text",
        "openssl x509 -in \"$1\" -trustout -addtrust serverAuth",
    ]
    .into_iter()
    .enumerate()
    {
        let kept = openssl::shell(line, &[&authority], "");
        asking(&url).file("kept", kept, 0o644).args(["--ca-cert", "~/kept"]).run().prints(&headers(count));
    }
    let packed = "openssl pkcs12 -export -inkey $1 -in $2 -passout pass:x";
    let unpack = "take the certificates out of it: openssl pkcs12 -in FILE -nokeys -passin file:PASSWORD -out NEW";
    let pem = "name a file of certificates in PEM";
    for (line, cause, remedy) in [
        (packed, "it is a PKCS#12 file (.p12, .pfx)", unpack),
        (
            "openssl crl2pkcs7 -nocrl -certfile $2",
            "it is a PKCS#7 file (.p7b)",
            "take the certificates out of it: openssl pkcs7 -print_certs -in FILE -out NEW",
        ),
        ("cat $1", "it is a key, not a certificate", pem),
        ("openssl req -new -key $1 -subj /CN=x", "it is a certificate request, which no authority has signed", pem),
        ("head -5 $2", "the base64 or the END line of a certificate in it is broken", pem),
        ("echo nothing", "there is no certificate in PEM or DER in it", pem),
    ] {
        let kept = openssl::shell(line, &[&certificates.path("good.key"), &certificates.path("good.pem")], "");
        let message = format!("--ca-cert ~/kept cannot be used: {cause}; {remedy}");
        asking(&url).file("kept", kept, 0o644).args(["--ca-cert", "~/kept"]).run().fails(2, &message);
    }
}

/// Certificate and key in one file, in either order; the chain in any order; the key in any form.
#[test]
fn the_certificate_of_the_client_is_found_among_others() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::minting();
    let url = format!("{}/token", certificates.mutual_in_front_of(&endpoint));
    let paths = ["good.pem", "good.key", "ca.pem"].map(|name| certificates.path(name));
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    for (count, (cert, key)) in [
        ("cat $1 $2", "cat $1 $2"),
        ("cat $2 $1", "cat $2 $1"),
        ("cat $3 $1", "cat $2"),
        ("cat $1", "openssl pkey -in $2 -outform DER"),
        ("openssl x509 -in $1 -outform DER", "openssl base64 -in $2 -A"),
        ("cat $1", "openssl ec -in $2 2>&-"),
    ]
    .into_iter()
    .enumerate()
    {
        let [cert, key] = [cert, key].map(|line| openssl::shell(line, &paths, ""));
        let helper = asking(&url).file("cert", cert, 0o600).file("key", key, 0o600);
        let helper = helper.args(["--ca-cert", paths[2], "--tls-cert", "~/cert", "--tls-key", "~/key"]);
        helper.run().prints(&headers(count));
    }
    let both = ["--ca-cert", paths[2], "--tls-cert", "~/both", "--tls-key", "~/both"];
    let helper = asking(&url).file("both", openssl::shell("cat $1 $2", &paths, ""), 0o600).args(both);
    helper.run().prints(&headers(6));
}

#[test]
fn a_certificate_of_another_key_is_told_with_both() {
    let certificates = Certificates::new();
    let [cert, key] = ["good.pem", "own.key"].map(|name| certificates.path(name));
    let url = "https://127.0.0.1:1/token";
    let message = |cert_option: &str, key_option: &str, key: &str| {
        format!(
            "{cert_option} {cert} is not of {key_option}{key}: the certificate of good was made for another key; give the \
             certificate that belongs to {key_option}, or the key that belongs to {cert_option}"
        )
    };
    let mutual = asking(url).args(["--tls-cert", &cert, "--tls-key", &key]).run();
    mutual.fails(3, &message("--tls-cert", "--tls-key", &format!(" {key}")));
    let source = format!("file:{key}");
    let client = helper().args(["--token-url", url, "--client-id", "abc", "--client-key", &source]);
    client.args(["--client-cert", &cert]).run().fails(3, &message("--client-cert", "--client-key", ""));
    let assertion = helper().args(["--token-url", url, "--client-id", "abc", "--assertion-key", &source, "--iss", "a"]);
    let assertion = assertion.args(["--grant", "jwt-bearer", "--assertion-cert", &cert]);
    assertion.run().fails(3, &message("--assertion-cert", "--assertion-key", ""));
}

#[test]
fn a_certificate_of_another_key_is_told_where_the_way_has_no_tls() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::minting();
    let [cert, key, own] = ["good.pem", "good.key", "own.key"].map(|name| certificates.path(name));
    let with = |key: &str| asking(&endpoint.url()).args(["--tls-cert", &cert, "--tls-key", key]);
    let outcome = with(&own).run();
    let said = format!("--tls-cert {cert} is not of --tls-key {own}: ");
    assert!(outcome.code() == Some(3) && outcome.stderr().contains(&said), "{}", outcome.stderr());
    // A certificate where a key is wanted.
    assert_eq!(with(&cert).run().code(), Some(3));
    assert_eq!(endpoint.requests(), Vec::<String>::new());
    with(&key).run().prints(&headers(0));
}

/// A port that speaks TLS where http:// is written, and servers that end the connection.
#[test]
fn what_is_no_tls_or_no_http_is_told() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::minting();
    let origin = certificates.in_front_of(&endpoint, "good").replace("https:", "http:");
    asking(&format!("{origin}/token")).run().fails(
        4,
        &format!(
            "{origin} gave an answer that cannot be used: it is not HTTP; check the URL: another service may answer there; \
             write https:// if it speaks TLS"
        ),
    );
    // TLS 1.1 in a ServerHello; the alerts protocol_version and handshake_failure; a connection that ends.
    let hello = "\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x00\x00\x2f\x00";
    let old = "it speaks neither TLS 1.2 nor TLS 1.3";
    let old_remedy = "report it to the operator of the server, or check the proxy on the way to it";
    for (greeting, cause, remedy) in [
        (hello, old, "report it to the operator of the server: older versions are not safe"),
        ("\x15\x03\x01\x00\x02\x02\x46", old, old_remedy),
        (
            "\x15\x03\x01\x00\x02\x02\x28",
            "it refused the TLS handshake",
            "if it requires a client certificate, give one with --tls-cert and --tls-key; else ask the operator of the \
             server which versions and ciphers it accepts",
        ),
        ("\x15\x03\x01\x00\x02\x02\x70", "it does not serve a host of this name", "check the host in the URL"),
    ] {
        let origin = greeting_with(greeting);
        asking(&format!("{origin}/token")).run().fails(5, &unreachable(&origin, cause, remedy));
    }
}

#[test]
fn plain_http_stays_on_this_host() {
    let remedy = "write https://; plain HTTP is allowed only for a loopback host";
    let message = format!("plain HTTP exposes credentials to the network; {remedy}");
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
            "the token_endpoint in {origin} cannot be used: {plain} is plain HTTP, which exposes credentials \
             to the network; give an https URL with --token-url"
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
