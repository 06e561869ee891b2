//! TLS with the server, and the certificate that we show it.
#![expect(clippy::disallowed_methods, reason = "tests run openssl and replace files")]

use std::process::Command;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};
use tempfile::TempDir;

use super::*;

/// An authority; certificates for 127.0.0.1: `good`, `past` (expired) and `elsewhere` (for another host); two for clients,
/// `first` and `second`, each with its key in the file; and `stranger`, which signs itself.
const MAKE: &str = r#"
exec 2>openssl.log
new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$1.key" "${@:2}"; }
new ca -x509 -days 2 -out ca.pem
new stranger -x509 -days 2 -out stranger.pem
printf '[ca]\ndefault_ca=own\n[own]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n' >ca.cnf
: >index
echo 01 >serial
sign() {
    new "$1" -out "$1.csr"
    printf 'subjectAltName=%s\n' "$2" >"$1.ext"
    openssl ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -in "$1.csr" -extfile "$1.ext" -startdate 20200101000000Z -enddate "$3" -out "$1.pem" -notext
    cat "$1.key" >>"$1.pem"
}
sign good IP:127.0.0.1 20490101000000Z
sign elsewhere DNS:elsewhere.example.com 20490101000000Z
sign past IP:127.0.0.1 20200102000000Z
sign first DNS:first 20490101000000Z
sign second DNS:second 20490101000000Z
cat stranger.key >>stranger.pem
"#;

pub(super) struct Certificates(TempDir);

impl Certificates {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let made = Command::new("bash").args(["-ec", MAKE]).current_dir(directory.path()).status().unwrap();
        assert!(made.success(), "{}", std::fs::read_to_string(directory.path().join("openssl.log")).unwrap());
        Self(directory)
    }

    /// The path of a file: `ca.pem`, `good.key`.
    pub(super) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// Who speaks TLS with the certificate `name`; where it is `mutual`, with clients whose certificate the authority signed.
    pub(super) fn config(
        &self,
        name: &str,
        mutual: bool,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Arc<ServerConfig> {
        let provider = Arc::new(ring::default_provider());
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions).unwrap();
        let builder = if mutual {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(self.path("ca.pem")).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let chain = vec![CertificateDer::from_pem_file(self.path(&format!("{name}.pem"))).unwrap()];
        let key = PrivateKeyDer::from_pem_file(self.path(&format!("{name}.key"))).unwrap();
        Arc::new(builder.with_single_cert(chain, key).unwrap())
    }

    /// A server in TLS that answers each request with the name of the client's certificate.
    pub(super) fn serve(&self, name: &str, mutual: bool, versions: &[&'static SupportedProtocolVersion]) -> Server {
        let config = self.config(name, mutual, versions);
        Server::new(move |accepted| {
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(tls, accepted.stream.try_clone().unwrap());
            while let Some(request) = read_request(&mut stream) {
                accepted.requests.send((accepted.number, request)).unwrap();
                let shown = stream.conn.peer_certificates().and_then(|chain| chain.first());
                let is_of =
                    |name: &&str| shown.is_some_and(|der| der.windows(name.len()).any(|part| part == name.as_bytes()));
                let name = ["first", "second"].into_iter().find(is_of).unwrap_or("nobody");
                let length = name.len();
                let _ =
                    stream.write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{name}").as_bytes());
            }
        })
    }

    /// A client that trusts the authority, and shows the certificate `own`.
    pub(super) fn client(
        &self,
        server: &Server,
        proxy: Option<Proxy>,
        own: Option<CertificateFiles>,
    ) -> Result<Client, Error> {
        Client::new(Way {
            url: &Endpoint::typed("URL", &format!("https://127.0.0.1:{}/mcp?a=b", server.port)).unwrap(),
            trust: Trust::new(Some(self.path("ca.pem"))),
            proxy,
            certificate: own,
            connect_timeout: LONG,
            redactor: Rc::default(),
        })
    }

    pub(super) fn files(&self, name: &str) -> CertificateFiles {
        CertificateFiles::new(self.path(&format!("{name}.pem")), None)
    }
}

#[test]
fn connections_in_tls_are_used_again() {
    let certificates = Certificates::new();
    for versions in [rustls::ALL_VERSIONS, &[&rustls::version::TLS12]] {
        let server = certificates.serve("good", false, versions);
        let client = certificates.client(&server, None, None).unwrap();
        run(async {
            client.prepare().await;
            for _ in 0..3 {
                assert_eq!(exchange(&client).await, Ok((200, "nobody".to_owned())));
            }
        });
        assert_eq!(server.connections(), [0, 0, 0]);
    }
}

#[test]
fn a_connection_in_tls_that_the_server_closed_is_not_used() {
    let certificates = Certificates::new();
    for has_notice in [true, false] {
        let config = certificates.config("good", false, rustls::ALL_VERSIONS);
        let (sender, closed) = channel();
        let server = Server::new(move |accepted| {
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(tls, accepted.stream.try_clone().unwrap());
            let request = read_request(&mut stream).unwrap();
            accepted.requests.send((accepted.number, request)).unwrap();
            stream.write_all(OK.as_bytes()).unwrap();
            if has_notice {
                stream.conn.send_close_notify();
                stream.flush().unwrap();
            }
            accepted.stream.shutdown(std::net::Shutdown::Both).unwrap();
            sender.send(()).unwrap();
        });
        let client = certificates.client(&server, None, None).unwrap();
        run(async {
            for _ in 0..10 {
                assert_eq!(exchange(&client).await, ok(), "{has_notice}");
                // The runtime gets no chance to see what has happened.
                closed.recv().unwrap();
            }
        });
        assert_eq!(server.connections(), (0..10).collect::<Vec<_>>(), "{has_notice}");
    }
}

#[test]
fn a_certificate_is_read_again_when_its_file_has_changed_and_a_handshake_is_due() {
    let certificates = Certificates::new();
    for versions in [rustls::ALL_VERSIONS, &[&rustls::version::TLS12]] {
        let server = certificates.serve("good", true, versions);
        let path = certificates.path("own.pem");
        std::fs::copy(certificates.path("first.pem"), &path).unwrap();
        let own = CertificateFiles::new(path.clone(), None);
        let client = certificates.client(&server, None, Some(own)).unwrap();
        let shown = |name: &str| Ok((200, name.to_owned()));
        let exposed = format!("--tls-key {path} can be read by group or others; run chmod 600 on it");
        assert_eq!(client.take_warnings(), [exposed]);
        run(async {
            assert_eq!(exchange(&client).await, shown("first"));
            // Replaced as cert-manager does: by another file.
            std::fs::copy(certificates.path("second.pem"), certificates.path("new.pem")).unwrap();
            std::fs::rename(certificates.path("new.pem"), &path).unwrap();
            assert_eq!(exchange(&client).await, shown("first"));
            client.close();
            assert_eq!(exchange(&client).await, shown("second"));
            assert_eq!(client.take_warnings(), [""; 0]);
            // In the middle of being written.
            std::fs::write(&path, "-----BEGIN").unwrap();
            client.close();
            assert_eq!(exchange(&client).await, shown("second"));
            let warnings = client.take_warnings();
            assert!(
                matches!(&warnings[..], [one] if one.starts_with("the certificate read before is used: --tls-cert ")),
                "{warnings:?}"
            );
            std::fs::copy(certificates.path("first.pem"), &path).unwrap();
            client.close();
            assert_eq!(exchange(&client).await, shown("first"));
        });
        assert_eq!(server.connections(), [0, 0, 1, 2, 3]);
    }
}

#[test]
fn a_handshake_that_fails_is_no_request() {
    let certificates = Certificates::new();
    let ask =
        "ask the operator of the server which certificates it accepts, and give one with --tls-cert and --tls-key";
    for (name, mutual, own, cause, remedy) in [
        (
            "past",
            false,
            None,
            "its certificate has expired: it was valid until 2020-01-02T00:00:00Z",
            "check this machine's clock, or report it to the operator of the server",
        ),
        (
            "elsewhere",
            false,
            None,
            "its certificate is for another host: elsewhere.example.com",
            "check the host in the URL",
        ),
        (
            "stranger",
            false,
            None,
            "its certificate is self-signed and not trusted",
            "get the certificate from the operator of the server, and give it with --ca-cert FILE",
        ),
        (
            "good",
            true,
            None,
            "it requires a client certificate",
            "give one that it accepts with --tls-cert and --tls-key",
        ),
        (
            "good",
            true,
            Some("stranger"),
            "it does not accept the certificate of --tls-cert: it reports a fault in it",
            ask,
        ),
    ] {
        for versions in [rustls::ALL_VERSIONS, &[&rustls::version::TLS12]] {
            let server = certificates.serve(name, mutual, versions);
            let client = certificates.client(&server, None, own.map(|own| certificates.files(own))).unwrap();
            let SendError { failure, written } = run(exchange(&client)).unwrap_err();
            let expected = (Kind::Certificate, cause, remedy, false);
            assert_eq!((failure.kind, &*failure.cause, failure.remedy, written), expected, "{name} {versions:?}");
            assert_eq!(server.connections(), [0; 0]);
        }
    }
    let plain = Server::new(|accepted| {
        let _ = accepted.stream.read(&mut [0; 4096]);
        accepted.answer(OK);
    });
    let client = certificates.client(&plain, None, None).unwrap();
    let SendError { failure, written } = run(exchange(&client)).unwrap_err();
    assert_eq!((failure.kind, &*failure.cause, written), (Kind::Tls, "it does not speak TLS", false));
}

#[test]
fn a_certificate_that_cannot_be_shown_is_an_error_before_anything_is_sent() {
    let certificates = Certificates::new();
    let server = certificates.serve("good", true, rustls::ALL_VERSIONS);
    let error = |own: CertificateFiles| {
        let error = certificates.client(&server, None, Some(own)).unwrap_err();
        (error.to_string(), error.exit_code())
    };
    let (past, first, second) =
        (certificates.path("past.pem"), certificates.path("first.pem"), certificates.path("second.key"));
    let expired = format!(
        "--tls-cert {past} has expired: it was valid until 2020-01-02T00:00:00Z; renew the certificate, and give the new one"
    );
    assert_eq!(error(CertificateFiles::new(past, None)), (expired, 3));
    let other = format!(
        "--tls-cert {first} is not of --tls-key {second}: the certificate of first was made for another key; give the certificate \
         that belongs to --tls-key, or the key that belongs to --tls-cert"
    );
    assert_eq!(error(CertificateFiles::new(first, Some(second))), (other, 3));
    let missing = certificates.path("missing.pem");
    assert_eq!(error(CertificateFiles::new(missing, None)).1, 2);
}
