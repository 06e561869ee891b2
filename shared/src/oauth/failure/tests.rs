//! Every error of the libraries, in words.

use std::io;
use std::sync::Arc;

use chrono::DateTime;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{
    AlertDescription, CertRevocationListError, CertificateError, EncryptedClientHelloError, Error as TlsError,
    ExtendedKeyPurpose, InconsistentKeys, InvalidMessage, OtherError, PeerIncompatible, PeerMisbehaved,
};

use super::*;
use crate::oauth::trust::Untrusted;
use crate::os::clock::monotonic;

/// The messages, one a line.
const TABLE: &str = include_str!("tests/messages.txt");

#[derive(Debug)]
struct Foreign;

impl std::fmt::Display for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Foreign(Debug { text: true })")
    }
}

impl std::error::Error for Foreign {}

fn certificate_errors() -> Vec<CertificateError> {
    use CertificateError as Fault;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(1_700_000_000));
    let host = ServerName::try_from("a.example.com").unwrap();
    #[expect(deprecated, reason = "a verifier may say it")]
    let old = Fault::UnsupportedSignatureAlgorithm;
    vec![
        Fault::BadEncoding,
        Fault::Expired,
        Fault::ExpiredContext { time, not_after: time },
        Fault::NotValidYet,
        Fault::NotValidYetContext { time, not_before: time },
        Fault::Revoked,
        Fault::UnhandledCriticalExtension,
        Fault::UnknownIssuer,
        Fault::UnknownRevocationStatus,
        Fault::ExpiredRevocationList,
        Fault::ExpiredRevocationListContext { time, next_update: time },
        Fault::BadSignature,
        old,
        Fault::UnsupportedSignatureAlgorithmContext { signature_algorithm_id: vec![1], supported_algorithms: vec![] },
        Fault::UnsupportedSignatureAlgorithmForPublicKeyContext {
            signature_algorithm_id: vec![1],
            public_key_algorithm_id: vec![2],
        },
        Fault::NotValidForName,
        Fault::NotValidForNameContext { expected: host, presented: vec!["DnsName(\"b\")".to_owned()] },
        Fault::InvalidPurpose,
        Fault::InvalidPurposeContext { required: ExtendedKeyPurpose::ServerAuth, presented: vec![] },
        Fault::InvalidOcspResponse,
        Fault::ApplicationVerificationFailure,
        Fault::Other(OtherError(Arc::new(Foreign))),
    ]
}

fn untrusted(error: CertificateError, is_self_issued: bool, names: &[&str]) -> TlsError {
    let time = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
    let untrusted = Untrusted {
        error,
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        issuer: Some("Example Root CA".to_owned()),
        is_self_issued,
        validity: [time(1_700_000_000), time(1_800_000_000)],
    };
    CertificateError::Other(OtherError(Arc::new(untrusted))).into()
}

/// Every number that an alert can have.
fn alerts() -> impl Iterator<Item = TlsError> {
    (0..=u8::MAX).map(|number| TlsError::AlertReceived(AlertDescription::from(number)))
}

fn tls_errors() -> Vec<TlsError> {
    let mut errors: Vec<_> = certificate_errors().into_iter().map(TlsError::InvalidCertificate).collect();
    errors.extend(certificate_errors().into_iter().map(|error| untrusted(error, false, &["b.example.com"])));
    let self_issued = [CertificateError::UnknownIssuer, CertificateError::Other(OtherError(Arc::new(Foreign)))];
    errors.extend(self_issued.map(|error| untrusted(error, true, &[])));
    errors.push(untrusted(CertificateError::NotValidForName, false, &[]));
    errors.push(untrusted(CertificateError::NotValidForName, false, &["a", "b", "c", "d", "e", "f", "g"]));
    errors.extend([
        TlsError::InappropriateMessage { expect_types: vec![], got_type: rustls::ContentType::Alert },
        TlsError::InappropriateHandshakeMessage { expect_types: vec![], got_type: rustls::HandshakeType::Finished },
        TlsError::InvalidEncryptedClientHello(EncryptedClientHelloError::NoCompatibleConfig),
        TlsError::InvalidMessage(InvalidMessage::InvalidContentType),
        TlsError::InvalidMessage(InvalidMessage::MessageTooLarge),
        TlsError::InvalidMessage(InvalidMessage::MissingData("ServerHello")),
        TlsError::NoCertificatesPresented,
        TlsError::UnsupportedNameType,
        TlsError::DecryptError,
        TlsError::EncryptError,
        TlsError::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13),
        TlsError::PeerIncompatible(PeerIncompatible::Tls12NotOffered),
        TlsError::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
        TlsError::PeerIncompatible(PeerIncompatible::NoKxGroupsInCommon),
        TlsError::PeerIncompatible(PeerIncompatible::ExtendedMasterSecretExtensionRequired),
        TlsError::PeerMisbehaved(PeerMisbehaved::SelectedUnofferedCipherSuite),
        TlsError::PeerMisbehaved(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme),
        TlsError::InvalidCertRevocationList(CertRevocationListError::BadSignature),
        TlsError::General("Some(Debug { text })".to_owned()),
        TlsError::FailedToGetCurrentTime,
        TlsError::FailedToGetRandomBytes,
        TlsError::HandshakeNotComplete,
        TlsError::PeerSentOversizedRecord,
        TlsError::NoApplicationProtocol,
        TlsError::BadMaxFragmentSize,
        TlsError::InconsistentKeys(InconsistentKeys::KeyMismatch),
        TlsError::Other(OtherError(Arc::new(Foreign))),
    ]);
    errors.extend(alerts());
    errors
}

fn connection_errors() -> impl Iterator<Item = io::Error> {
    use io::ErrorKind as Kind;
    let kinds = [
        Kind::ConnectionRefused,
        Kind::ConnectionReset,
        Kind::ConnectionAborted,
        Kind::BrokenPipe,
        Kind::NotConnected,
        Kind::UnexpectedEof,
        Kind::HostUnreachable,
        Kind::NetworkUnreachable,
        Kind::NetworkDown,
        Kind::AddrNotAvailable,
        Kind::TimedOut,
        Kind::PermissionDenied,
        Kind::InvalidData,
        Kind::Other,
    ];
    kinds.into_iter().map(|kind| io::Error::new(kind, Foreign))
}

/// Every error number of the system, whose words differ between systems.
fn system_errors() -> impl Iterator<Item = ureq::Error> {
    (1..134).map(io::Error::from_raw_os_error).map(ureq::Error::Io)
}

fn ureq_errors() -> Vec<ureq::Error> {
    let mut errors: Vec<_> = tls_errors().into_iter().map(ureq::Error::Rustls).collect();
    errors.extend(connection_errors().map(ureq::Error::Io));
    errors.push(ureq::Error::Io(io::Error::new(io::ErrorKind::InvalidData, TlsError::DecryptError)));
    errors.extend([
        ureq::Error::BadUri("Uri { x }".to_owned()),
        ureq::Error::Timeout(Timeout::Connect),
        ureq::Error::Timeout(Timeout::Global),
        ureq::Error::HostNotFound,
        ureq::Error::RedirectFailed,
        ureq::Error::InvalidProxyUrl,
        ureq::Error::ConnectionFailed,
        ureq::Error::BodyExceedsLimit(1),
        ureq::Error::TooManyRedirects,
        ureq::Error::Tls("Rustls(x)"),
        ureq::Error::RequireHttpsOnly("Uri(x)".to_owned()),
        ureq::Error::LargeResponseHeader(1, 2),
        ureq::Error::Decompress("gzip", io::Error::other(Foreign)),
        ureq::Error::ConnectProxyFailed("Proxy(x)".to_owned()),
        ureq::Error::TlsRequired,
        ureq::Error::Other(Box::new(Foreign)),
        ureq::Error::BodyStalled,
        ureq::Error::StatusCode(500),
    ]);
    errors
}

/// Every message that `errors` cause, each once, for a client with and without a certificate.
fn messages<I: IntoIterator<Item = ureq::Error>>(errors: impl Fn() -> I) -> Vec<String> {
    let endpoint = Endpoint::typed("--token-url", "https://login.example.com/token").unwrap();
    let deadline = Deadline::new(monotonic(), Duration::from_secs(8));
    let redactor = Redactor::default();
    let mut messages = Vec::new();
    for has_certificate in [false, true] {
        for error in errors() {
            let peer = Peer { has_certificate, redactor: &redactor };
            let request = Request { endpoint: &endpoint, route: "", peer, deadline: &deadline };
            let error = Error::from(of(error, &request));
            assert!(matches!(error.exit_code(), 4 | 5), "{error}");
            let message = error.to_string();
            if !messages.contains(&message) {
                messages.push(message);
            }
        }
    }
    messages
}

/// Whether a word looks like the name of a type: a capital within it that does not follow a capital, as in `NotValid`.
fn is_of_code(word: &str) -> bool {
    let known = ["ChaCha20", "KiB", "MiB", "subjectAltName"];
    let after_small =
        word.as_bytes().windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    after_small && !known.contains(&word)
}

#[test]
fn no_message_is_a_librarys() {
    for message in messages(ureq_errors).into_iter().chain(messages(system_errors)) {
        let sentence = message.replace("https://login.example.com", "");
        assert!(!sentence.contains(['(', ')', '{', '}', '[', '"', '_']), "{message}");
        let words = sentence.split(|c: char| !c.is_ascii_alphanumeric());
        assert!(!words.clone().any(is_of_code), "{message}");
        assert_eq!(sentence.matches(": ").count().min(1), 1, "{message}");
        assert!(sentence.contains("; "), "{message}");
    }
}

#[test]
fn the_table() {
    let messages = messages(ureq_errors).join("\n").replace("https://login.example.com", "ENDPOINT") + "\n";
    for (expected, found) in TABLE.lines().zip(messages.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(TABLE, messages);
}
