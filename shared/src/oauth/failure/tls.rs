//! Handshakes that failed, for every reason that rustls knows.

use rustls::{Error, InvalidMessage, PeerIncompatible};

use super::{Request, Words, alert, certificate};

const ASK: &str = "tell who runs the server, or check the proxy on the way to it";

pub(super) fn in_words(error: &Error, request: &Request<'_>) -> Words {
    match error {
        Error::InvalidCertificate(error) => certificate::in_words(error, request),
        Error::AlertReceived(description) => alert::in_words(*description, request),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            Words::lasting("it does not speak TLS", "check the URL and its port")
        }
        Error::InvalidMessage(_) | Error::PeerSentOversizedRecord => {
            Words::lasting("what it sent is no TLS", "check the URL and its port")
        }
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } | Error::PeerMisbehaved(_) => {
            Words::lasting("it breaks the rules of TLS", ASK)
        }
        Error::PeerIncompatible(incompatible) => incompatibility(incompatible),
        Error::NoCertificatesPresented => Words::lasting("it shows no certificate", ASK),
        Error::InvalidCertRevocationList(_) => Words::lasting("a list of revoked certificates cannot be used", ASK),
        Error::DecryptError | Error::EncryptError => Words::passing("the connection was damaged on its way"),
        Error::HandshakeNotComplete => Words::passing("the handshake of TLS was not completed"),
        Error::NoApplicationProtocol => Words::lasting("it does not speak HTTP/1.1", ASK),
        Error::UnsupportedNameType => {
            Words::lasting("no certificate can be for such a host", "check the host in the URL")
        }
        Error::FailedToGetCurrentTime => {
            Words::lasting("this machine's clock cannot be read", "set the clock to a time after 1970")
        }
        Error::FailedToGetRandomBytes => {
            Words::lasting("this machine gives no randomness", "look at the system's random device")
        }
        Error::InconsistentKeys(_) => Words::lasting(
            "the certificate of --tls-cert is not of --tls-key",
            "give the certificate and the key that belong together",
        ),
        _ => Words::lasting("the handshake of TLS failed", "check the URL, its port and the proxy"),
    }
}

fn incompatibility(with: &PeerIncompatible) -> Words {
    match with {
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::SupportedVersionsExtensionRequired
        | PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled => Words::lasting(
            "it speaks neither TLS 1.2 nor TLS 1.3",
            "tell who runs the server: older versions are not safe",
        ),
        PeerIncompatible::NoCipherSuitesInCommon
        | PeerIncompatible::NoKxGroupsInCommon
        | PeerIncompatible::NoSignatureSchemesInCommon
        | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => Words::lasting(
            "it has no cipher or kind of signature in common with this helper",
            "tell who runs the server: those of TLS 1.3 are known here, and ECDHE with AES-GCM or ChaCha20 of TLS 1.2",
        ),
        _ => Words::lasting("it speaks TLS in a way that is not known here", ASK),
    }
}
