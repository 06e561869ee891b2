//! Whether a server's certificate is believed: one that was given itself is, as OpenSSL does it, whoever signed it and
//! whatever it says of authorities; any other by the rules of the web (RFC 5280), which webpki knows.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};

use crate::sign::certificate::Certificate;

/// What is believed.
#[derive(Debug)]
pub(super) struct Verifier {
    /// Judges by the authorities; `None` where none can be used as one.
    by_authority: Option<Arc<WebPkiServerVerifier>>,
    /// Certificates of servers that were given themselves.
    given: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// A certificate that is not believed, and what its reader has to know of it.
#[derive(Debug)]
pub(in crate::oauth) struct Untrusted {
    pub(in crate::oauth) error: CertificateError,
    /// The hosts that it is for.
    pub(in crate::oauth) names: Vec<String>,
    /// Who issued it.
    pub(in crate::oauth) issuer: Option<String>,
    /// Whether it is its own issuer.
    pub(in crate::oauth) is_self_issued: bool,
    /// From when on and until when it is valid.
    pub(in crate::oauth) validity: [DateTime<Utc>; 2],
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the certificate is not believed")
    }
}

impl std::error::Error for Untrusted {}

impl Verifier {
    /// One that believes `authorities`, and each of `given` as it is.
    pub(super) fn new(
        authorities: RootCertStore,
        given: Vec<CertificateDer<'static>>,
        provider: &Arc<CryptoProvider>,
    ) -> Self {
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(authorities), Arc::clone(provider));
        Self { by_authority: builder.build().ok(), given, algorithms: provider.signature_verification_algorithms }
    }

    /// The certificate, if it was given itself.
    fn given<'a>(&self, der: &'a CertificateDer<'_>) -> Option<Certificate<'a>> {
        let is_given = self.given.iter().any(|given| given == der);
        if is_given { Certificate::parse(der) } else { None }
    }

    /// Verifies the signature of a handshake with the key in a certificate that webpki may refuse to read.
    fn verify_signature(
        &self,
        message: &[u8],
        given: &Certificate<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let of_scheme = self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signed.scheme);
        let fitting = of_scheme.into_iter().flat_map(|(_, algorithms)| algorithms.iter());
        let is_valid = fitting
            .filter(|algorithm| algorithm.public_key_alg_id().as_ref() == given.public_key_algorithm())
            .any(|algorithm| algorithm.verify_signature(given.public_key(), message, signed.signature()).is_ok());
        if is_valid { Ok(HandshakeSignatureValid::assertion()) } else { Err(CertificateError::BadSignature.into()) }
    }
}

/// The ways to sign that TLS 1.3 took away (RFC 8446 section 4.2.3).
const OF_TLS_12: [SignatureScheme; 4] = [
    SignatureScheme::RSA_PKCS1_SHA1,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let given = self.given(end_entity);
        let is_given = given.is_some();
        let judged = match (given, &self.by_authority) {
            (Some(given), _) => judge(&given, server_name, now).map(|()| ServerCertVerified::assertion()),
            (None, Some(webpki)) => {
                webpki.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            (None, None) => Err(CertificateError::UnknownIssuer.into()),
        };
        judged.map_err(|error| match error {
            Error::InvalidCertificate(error) => untrusted(error, end_entity, is_given),
            other => other,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.given(cert) {
            Some(given) => self.verify_signature(message, &given, dss),
            None => rustls::crypto::verify_tls12_signature(message, cert, dss, &self.algorithms),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.given(cert) {
            Some(given) if !OF_TLS_12.contains(&dss.scheme) => self.verify_signature(message, &given, dss),
            _ => rustls::crypto::verify_tls13_signature(message, cert, dss, &self.algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Whether a certificate that was given is valid now and for this host.
fn judge(given: &Certificate<'_>, host: &ServerName<'_>, now: UnixTime) -> Result<(), Error> {
    let [not_before, not_after] = given.validity();
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let names = given.names();
    let error = if seconds < not_before.timestamp() {
        CertificateError::NotValidYet
    } else if seconds > not_after.timestamp() {
        CertificateError::Expired
    } else if !names.include(&host.to_str()) {
        CertificateError::NotValidForName
    } else {
        return Ok(());
    };
    Err(error.into())
}

/// The error with what is in the certificate. A common name counts as a host only in one that was given.
fn untrusted(error: CertificateError, certificate: &CertificateDer<'_>, is_given: bool) -> Error {
    let Some(read) = Certificate::parse(certificate) else { return Error::InvalidCertificate(error) };
    let names = read.names();
    let untrusted = Untrusted {
        error,
        names: if is_given { names.shown() } else { names.alternative() },
        issuer: read.issuer(),
        is_self_issued: read.is_self_issued(),
        validity: read.validity(),
    };
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(untrusted))))
}
