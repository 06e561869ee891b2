//! Handshakes that failed, for every reason that rustls knows.

use rustls::{Error, InvalidMessage, PeerIncompatible};

use super::{Peer, Words, alert, certificate};

const ASK: &str = "report it to the operator of the server, or check the proxy on the way to it";

pub(super) fn in_words(error: &Error, peer: &Peer<'_>) -> Words {
    match error {
        Error::InvalidCertificate(error) => certificate::in_words(error, peer),
        Error::AlertReceived(description) => alert::in_words(*description, peer),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            Words::lasting("it does not speak TLS", "check the URL and its port")
        }
        Error::InvalidMessage(_) | Error::PeerSentOversizedRecord => {
            Words::lasting("its answer is not TLS", "check the URL and its port")
        }
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } | Error::PeerMisbehaved(_) => {
            Words::lasting("it violates the TLS protocol", ASK)
        }
        Error::PeerIncompatible(incompatible) => incompatibility(incompatible),
        Error::NoCertificatesPresented => Words::lasting("it sent no certificate", ASK),
        Error::InvalidCertRevocationList(_) => Words::lasting("a certificate revocation list cannot be used", ASK),
        Error::DecryptError | Error::EncryptError => Words::passing("the connection was corrupted on the way"),
        Error::HandshakeNotComplete => Words::passing("the TLS handshake was not completed"),
        Error::NoApplicationProtocol => Words::lasting("it does not speak HTTP/1.1", ASK),
        Error::UnsupportedNameType => {
            Words::lasting("a certificate cannot name such a host", "check the host in the URL")
        }
        Error::FailedToGetCurrentTime => {
            Words::lasting("this machine's clock cannot be read", "set the clock to a time after 1970")
        }
        Error::FailedToGetRandomBytes => {
            Words::lasting("this machine provides no random numbers", "check the system's random device")
        }
        Error::InconsistentKeys(_) => Words::lasting(
            "the certificate of --tls-cert does not belong to --tls-key",
            "give the certificate and the key that belong together",
        ),
        _ => Words::lasting("the TLS handshake failed", "check the URL, its port and the proxy"),
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
            "report it to the operator of the server: older versions are not safe",
        ),
        PeerIncompatible::NoCipherSuitesInCommon
        | PeerIncompatible::NoKxGroupsInCommon
        | PeerIncompatible::NoSignatureSchemesInCommon
        | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => Words::lasting(
            "it has no cipher suite or signature algorithm in common with this helper",
            "report it to the operator of the server: supported are those of TLS 1.3, and ECDHE with AES-GCM or ChaCha20 of TLS 1.2",
        ),
        _ => Words::lasting("it uses TLS in a way that is not supported", ASK),
    }
}
