//! Alerts (RFC 8446 section 6): what a server says when it ends a handshake.

use rustls::AlertDescription as Alert;

use super::{Peer, Words};

const SHOW_ONE: &str = "give one that it accepts with --tls-cert and --tls-key";
const ASK: &str = "report it to the operator of the server, or check the proxy on the way to it";

pub(super) fn in_words(alert: Alert, peer: &Peer<'_>) -> Words {
    if let Some(fault) = of_our_certificate(alert) {
        let remedy =
            "ask the operator of the server which certificates it accepts, and give one with --tls-cert and --tls-key";
        if !peer.has_certificate {
            return Words::lasting("it requires a client certificate", SHOW_ONE);
        }
        return Words::lasting(format!("it does not accept the certificate of --tls-cert: {fault}"), remedy);
    }
    match alert {
        Alert::CloseNotify | Alert::UserCanceled => Words::passing("it closed the connection"),
        Alert::InternalError => Words::passing("it failed during the TLS handshake"),
        Alert::ProtocolVersion => Words::lasting("it speaks neither TLS 1.2 nor TLS 1.3", ASK),
        Alert::HandshakeFailure | Alert::InsufficientSecurity if peer.has_certificate => Words::lasting(
            "it refused the TLS handshake",
            "ask the operator of the server which certificates, versions and ciphers it accepts",
        ),
        Alert::HandshakeFailure | Alert::InsufficientSecurity => Words::lasting(
            "it refused the TLS handshake",
            "if it requires a client certificate, give one with --tls-cert and --tls-key; else ask the operator of the \
             server which versions and ciphers it accepts",
        ),
        Alert::UnrecognisedName => Words::lasting("it does not serve a host of this name", "check the host in the URL"),
        Alert::NoApplicationProtocol => Words::lasting("it does not speak HTTP/1.1", ASK),
        _ => Words::lasting("it ended the TLS handshake with an error", ASK),
    }
}

/// What is wrong with the certificate of the client, where the alert is about that.
pub(super) fn of_our_certificate(alert: Alert) -> Option<&'static str> {
    match alert {
        Alert::CertificateRequired | Alert::NoCertificate => Some("it asks for another one"),
        Alert::BadCertificate | Alert::CertificateUnknown => Some("it reports a fault in it"),
        Alert::UnsupportedCertificate => Some("it does not accept this kind of certificate"),
        Alert::CertificateRevoked => Some("it is revoked"),
        Alert::CertificateExpired => Some("it has expired"),
        Alert::UnknownCA => Some("the server does not know its authority"),
        Alert::AccessDenied => Some("access is denied"),
        Alert::CertificateUnobtainable | Alert::BadCertificateHashValue => Some("the server cannot obtain it"),
        _ => None,
    }
}
