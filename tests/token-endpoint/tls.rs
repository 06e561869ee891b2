//! TLS in front of a scripted endpoint, with certificates that openssl makes at run time.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use crate::endpoint::{Endpoint, read_request};
use crate::openssl;

/// An authority, and certificates for 127.0.0.1: `good`, `expired`, `elsewhere` (for another host), and those that sign
/// themselves: `own`, which is no authority; `req`, as `openssl req -x509` makes them; `bare`, whose common name alone is the
/// host; `old`, which is of version 1; `past`, which has expired; `other`, which is for another host.
const MAKE: &str = r#"
cd "$1"
new() {
    name=$1
    shift
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" -keyout "$name.key" "$@"
}
new ca -x509 -days 2 -out ca.pem
new own -x509 -days 2 -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE -out own.pem
printf '[ca]\ndefault_ca=own\n[own]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n' >ca.cnf
: >index
echo 01 >serial
sign() {
    new "$1" -out "$1.csr"
    printf 'subjectAltName=%s\n' "$2" >"$1.ext"
    openssl ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -in "$1.csr" -extfile "$1.ext" -startdate 20200101000000Z -enddate "$3" -out "$1.pem" -notext
}
sign good IP:127.0.0.1 20490101000000Z
sign elsewhere DNS:elsewhere.example.com 20490101000000Z
sign expired IP:127.0.0.1 20200102000000Z
new req -x509 -days 2 -addext subjectAltName=IP:127.0.0.1 -out req.pem
new 127.0.0.1 -x509 -days 2 -out bare.pem
mv 127.0.0.1.key bare.key
new 127.0.0.1 -out old.csr
mv 127.0.0.1.key old.key
openssl x509 -req -in old.csr -signkey old.key -days 2 -out old.pem
new other -x509 -days 2 -addext subjectAltName=DNS:other.example.com,IP:192.0.2.1 -out other.pem
new past -out past.csr
printf 'subjectAltName=IP:127.0.0.1\n' >past.ext
openssl ca -batch -config ca.cnf -selfsign -keyfile past.key -in past.csr -extfile past.ext -startdate 20200101000000Z -enddate 20200102000000Z -out past.pem -notext
"#;

pub(crate) struct Certificates(TempDir);

impl Certificates {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        openssl::shell(MAKE, &[directory.path().to_str().unwrap()], "");
        Self(directory)
    }

    /// The path of a file: `ca.pem`, `good.key`.
    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// A server that shows the certificate `name` and hands each request on to `endpoint`.
    pub(crate) fn in_front_of(&self, endpoint: &Endpoint, name: &str) -> String {
        serve(self.config(name, false), endpoint)
    }

    /// The same in TLS 1.2.
    pub(crate) fn in_front_of_with_tls_1_2(&self, endpoint: &Endpoint, name: &str) -> String {
        serve(self.config_of(name, false, &[&rustls::version::TLS12]), endpoint)
    }

    /// The same with `good`, for clients that show a certificate of the authority.
    pub(crate) fn mutual_in_front_of(&self, endpoint: &Endpoint) -> String {
        serve(self.config("good", true), endpoint)
    }

    fn config(&self, name: &str, mutual: bool) -> ServerConfig {
        self.config_of(name, mutual, rustls::ALL_VERSIONS)
    }

    fn config_of(
        &self,
        name: &str,
        mutual: bool,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> ServerConfig {
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
        let key = PrivateKeyDer::from_pem_file(Path::new(&self.path(&format!("{name}.key")))).unwrap();
        // It reads no certificate of version 1, and need not.
        let key = ring::sign::any_supported_type(&key).unwrap();
        builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key))))
    }
}

/// The origin of a server that ends TLS and hands each request on to `endpoint`.
fn serve(config: ServerConfig, endpoint: &Endpoint) -> String {
    let config = Arc::new(config);
    let behind = endpoint.origin().replace("http://", "");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let (config, behind) = (Arc::clone(&config), behind.clone());
            thread::spawn(move || {
                let tls = ServerConnection::new(config).unwrap();
                let mut stream = StreamOwned::new(tls, connection);
                let request = read_request(&mut stream);
                // A client that does not like the certificate has asked for nothing.
                if !request.is_empty() {
                    let mut inner = TcpStream::connect(behind).unwrap();
                    inner.write_all(request.as_bytes()).unwrap();
                    let mut response = Vec::new();
                    inner.read_to_end(&mut response).unwrap();
                    let _ = stream.write_all(&response);
                    stream.conn.send_close_notify();
                    let _ = stream.flush();
                }
                // What is left unread would reset the connection, and the last alert would be lost.
                let _ = std::io::copy(&mut stream.sock, &mut std::io::sink());
            });
        }
    });
    origin
}
