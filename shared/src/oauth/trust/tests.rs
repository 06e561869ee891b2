//! TLS against a server with certificates that openssl makes at run time.
#![expect(clippy::disallowed_methods, reason = "tests listen on loopback and run openssl")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use super::*;
use crate::oauth::proxy::Proxy;
use crate::oauth::transport::{Reach, Transport};
use crate::oauth::url::Endpoint;
use crate::os::clock::{Deadline, monotonic};

/// An authority, and certificates for 127.0.0.1: `good`, `expired`, `elsewhere` (for another host) and `own`, which
/// signs itself.
const MAKE: &str = r#"
exec 2>openssl.log
new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$1.key" "${@:2}"; }
new ca -x509 -days 2 -out ca.pem
new own -x509 -days 2 -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE -out own.pem
printf '[ca]\ndefault_ca=own\n[own]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n' >ca.cnf
: >index
echo 01 >serial
sign() {
    new "$1" -out "$1.csr"
    printf 'subjectAltName=%s\n' "$2" >"$1.ext"
    openssl ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -in "$1.csr" -extfile "$1.ext" -startdate "$3" -enddate "$4" -out "$1.pem" -notext
}
sign good IP:127.0.0.1 20200101000000Z 20490101000000Z
sign elsewhere DNS:elsewhere.example.com 20200101000000Z 20490101000000Z
sign expired IP:127.0.0.1 20200101000000Z 20200102000000Z
"#;

fn certificates_of_a_test() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let made = Command::new("bash").args(["-ec", MAKE]).current_dir(directory.path()).status().unwrap();
    assert!(made.success(), "{}", std::fs::read_to_string(directory.path().join("openssl.log")).unwrap());
    directory
}

fn path(directory: &TempDir, name: &str) -> String {
    directory.path().join(name).to_str().unwrap().to_owned()
}

/// A server that shows the certificate `name`, and asks for one of the authority's if `mutual`. It answers any request
/// with an empty JSON object.
fn serve(directory: &TempDir, name: &str, mutual: bool) -> Endpoint {
    let provider = Arc::new(ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let builder = if mutual {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates(&directory.path().join("ca.pem")).unwrap());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    let key = PrivateKeyDer::from_pem_file(directory.path().join(format!("{name}.key"))).unwrap();
    let chain = certificates(&directory.path().join(format!("{name}.pem"))).unwrap();
    let config = Arc::new(builder.with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for connection in listener.incoming() {
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(tls, connection.unwrap());
            // A client that does not like the certificate is gone by now.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 2\r\n\r\n{}");
        }
    });
    Endpoint::typed("--token-url", &url).unwrap()
}

/// A proxy that tunnels one connection, and the URL to reach it by. It refuses whoever does not know the password.
fn tunnel() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for inner in listener.incoming() {
            let mut inner = inner.unwrap();
            let mut head = String::new();
            let mut lines = BufReader::new(&inner).lines();
            while let Some(line) = lines.next().map(Result::unwrap).filter(|line| !line.is_empty()) {
                head.push_str(&line);
                head.push('\n');
            }
            if !head.to_lowercase().contains("proxy-authorization: basic bwu6ahvudgvymg==") {
                let _ = inner.write_all(b"HTTP/1.1 407 X\r\ncontent-length: 0\r\n\r\n");
                continue;
            }
            let target = head.strip_prefix("CONNECT ").unwrap().split(' ').next().unwrap();
            let mut outer = TcpStream::connect(target).unwrap();
            inner.write_all(b"HTTP/1.1 200 X\r\n\r\n").unwrap();
            let (mut from, mut to) = (inner.try_clone().unwrap(), outer.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut from, &mut to));
            thread::spawn(move || std::io::copy(&mut outer, &mut inner));
        }
    });
    address.to_string()
}

/// The status of a request to `endpoint`, or the message and exit code of its failure.
fn get(endpoint: &Endpoint, authority: &str, own: Option<ClientCertificate>) -> Result<u16, (String, u8)> {
    get_through(None, endpoint, authority, own)
}

fn get_through(
    proxy: Option<&str>,
    endpoint: &Endpoint,
    authority: &str,
    own: Option<ClientCertificate>,
) -> Result<u16, (String, u8)> {
    let deadline = Deadline::new(monotonic(), Duration::from_secs(5));
    let proxy = proxy.map(|proxy| Proxy::parse("https_proxy", proxy, None).unwrap());
    let transport = Transport::new(Trust::new(Some(authority.to_owned())), proxy, own, deadline);
    let answer = transport.get(endpoint, Reach::Any, &Notes::default()).map_err(Error::from);
    answer.map(|response| response.status).map_err(|error| (error.to_string(), error.exit_code()))
}

#[test]
fn a_certificate_of_a_trusted_authority_is_believed() {
    let directory = certificates_of_a_test();
    let authority = path(&directory, "ca.pem");
    assert_eq!(get(&serve(&directory, "good", false), &authority, None), Ok(200));
    for (name, cause, remedy) in [
        (
            "own",
            "its certificate is self-signed and not trusted",
            "get the certificate from the operator of the server, and give it with --ca-cert FILE",
        ),
        (
            "expired",
            "its certificate has expired: it was valid until 2020-01-02T00:00:00Z",
            "check this machine's clock, or report it to the operator of the server",
        ),
        ("elsewhere", "its certificate is for another host: elsewhere.example.com", "check the host in the URL"),
    ] {
        let endpoint = serve(&directory, name, false);
        let started_at = monotonic();
        let expected = format!("{endpoint} cannot be reached: {cause}; {remedy}");
        assert_eq!(get(&endpoint, &authority, None), Err((expected, 5)));
        assert!(
            crate::os::clock::elapsed(started_at) < Duration::from_secs(2),
            "{name} took {:?}",
            crate::os::clock::elapsed(started_at)
        );
    }
}

#[test]
fn a_server_can_ask_for_a_certificate() {
    let directory = certificates_of_a_test();
    let authority = path(&directory, "ca.pem");
    let read = |cert: &str, key: &str| {
        ClientCertificate::read(&path(&directory, cert), &path(&directory, key), &Notes::default()).unwrap()
    };
    let endpoint = serve(&directory, "good", true);
    assert_eq!(get(&endpoint, &authority, Some(read("good.pem", "good.key"))), Ok(200));
    let expected = format!(
        "{endpoint} cannot be reached: it requires a client certificate; give one that it accepts with --tls-cert and \
         --tls-key"
    );
    assert_eq!(get(&endpoint, &authority, None), Err((expected, 5)));

    let (cert, key) = (path(&directory, "good.pem"), path(&directory, "own.key"));
    let other = format!(
        "--tls-cert {cert} is not of --tls-key {key}: the certificate of good was made for another key; give the \
         certificate that belongs to --tls-key, or the key that belongs to --tls-cert"
    );
    let none = format!(
        "--tls-key has no private key: --tls-cert {cert} contains certificates only; give the file of the key with --tls-key"
    );
    for (key, expected) in [("own.key", other.as_str()), ("good.pem", &none)] {
        assert_eq!(get(&endpoint, &authority, Some(read("good.pem", key))), Err((expected.to_owned(), 3)));
    }
}

#[test]
fn files_without_certificates_are_refused() {
    let directory = certificates_of_a_test();
    let endpoint = Endpoint::typed("--token-url", "https://127.0.0.1:1").unwrap();
    for (name, cause, remedy) in [
        ("ca.key", "it is a key, not a certificate", "name a file of certificates in PEM"),
        ("missing", "it does not exist", "name a regular file that this user can read"),
    ] {
        let file = path(&directory, name);
        let expected = format!("--ca-cert {file} cannot be used: {cause}; {remedy}");
        assert_eq!(get(&endpoint, &file, None), Err((expected, 2)));
        let error = ClientCertificate::read(&file, &file, &Notes::default()).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }
    let missing = path(&directory, "missing");
    let error = ClientCertificate::read(&path(&directory, "good.pem"), &missing, &Notes::default()).unwrap_err();
    let expected =
        format!("--tls-key {missing} cannot be read: it does not exist; name a regular file that this user can read");
    assert_eq!((error.to_string(), error.exit_code()), (expected, 3));
}

#[test]
fn a_proxy_sees_the_host_alone() {
    let directory = certificates_of_a_test();
    let authority = path(&directory, "ca.pem");
    let endpoint = serve(&directory, "good", false);
    let proxy = tunnel();
    assert_eq!(get_through(Some(&format!("http://me:hunter2@{proxy}")), &endpoint, &authority, None), Ok(200));
    let expected = format!(
        "{endpoint} through http://{proxy} cannot be reached: the proxy did not connect to it; check the URL, the network \
         and the proxy, then try again"
    );
    let wrong = format!("http://me:hunter3@{proxy}");
    assert_eq!(get_through(Some(&wrong), &endpoint, &authority, None), Err((expected, 5)));
}

#[test]
fn a_handshake_ends_at_the_deadline() {
    let directory = certificates_of_a_test();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = Endpoint::typed("--token-url", &format!("https://{}", listener.local_addr().unwrap())).unwrap();
    let started_at = monotonic();
    let deadline = Deadline::new(started_at, Duration::from_millis(700));
    let transport = Transport::new(Trust::new(Some(path(&directory, "ca.pem"))), None, None, deadline);
    let error = Error::from(transport.get(&endpoint, Reach::Any, &Notes::default()).unwrap_err());
    let taken = crate::os::clock::elapsed(started_at);
    assert_eq!(
        error.to_string(),
        format!(
            "{endpoint} did not answer: the 700 ms of --timeout ended before its answer was complete; try again, or \
             raise --timeout"
        )
    );
    assert!(taken < Duration::from_secs(1), "it took {taken:?}");
}
