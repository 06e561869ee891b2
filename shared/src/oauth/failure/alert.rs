//! Alerts (RFC 8446 section 6): what a server says when it ends a handshake.

use rustls::AlertDescription as Alert;

use super::{Request, Words};

const SHOW_ONE: &str = "give one that it accepts with --tls-cert and --tls-key";
const ASK: &str = "tell who runs the server, or check the proxy on the way to it";

pub(super) fn in_words(alert: Alert, request: &Request<'_>) -> Words {
    if let Some(fault) = of_our_certificate(alert) {
        let remedy =
            "ask who runs the server which certificates it accepts, and give one with --tls-cert and --tls-key";
        if !request.has_certificate {
            return Words::lasting("it wants a certificate of the client", SHOW_ONE);
        }
        return Words::lasting(format!("it does not accept the certificate of --tls-cert: {fault}"), remedy);
    }
    match alert {
        Alert::CloseNotify | Alert::UserCanceled => Words::passing("it closed the connection"),
        Alert::InternalError => Words::passing("it failed in the handshake of TLS"),
        Alert::ProtocolVersion => Words::lasting("it speaks neither TLS 1.2 nor TLS 1.3", ASK),
        Alert::HandshakeFailure | Alert::InsufficientSecurity if request.has_certificate => Words::lasting(
            "it refused the handshake of TLS",
            "ask who runs the server which certificates, versions and ciphers it accepts",
        ),
        Alert::HandshakeFailure | Alert::InsufficientSecurity => Words::lasting(
            "it refused the handshake of TLS",
            "if it wants a certificate of the client, give one with --tls-cert and --tls-key; else ask who runs the server \
             which versions and ciphers it accepts",
        ),
        Alert::UnrecognisedName => Words::lasting("it serves no host of this name", "check the host in the URL"),
        Alert::NoApplicationProtocol => Words::lasting("it does not speak HTTP/1.1", ASK),
        _ => Words::lasting("it ended the handshake of TLS with an error", ASK),
    }
}

/// What is wrong with the certificate of the client, where the alert is about that.
fn of_our_certificate(alert: Alert) -> Option<&'static str> {
    match alert {
        Alert::CertificateRequired | Alert::NoCertificate => Some("it asks for another one"),
        Alert::BadCertificate | Alert::CertificateUnknown => Some("it finds a fault in it"),
        Alert::UnsupportedCertificate => Some("it is of a kind that it does not take"),
        Alert::CertificateRevoked => Some("it is revoked"),
        Alert::CertificateExpired => Some("it has expired"),
        Alert::UnknownCA => Some("its authority is not known there"),
        Alert::AccessDenied => Some("it may not connect"),
        Alert::CertificateUnobtainable | Alert::BadCertificateHashValue => Some("it cannot be found there"),
        _ => None,
    }
}
