//! Why an exchange failed, in words: no library's own text is among them.

use std::borrow::Cow;
use std::error::Error as _;
use std::io;

use crate::oauth::failure::{Peer, Words, of_connection, refuses_certificate, tls_error};

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The trust or the client certificate cannot be used.
    Setup,
    /// The host's name was not resolved.
    Dns,
    /// No address of the host accepted the connection.
    Refused,
    /// The connection was not made in time.
    ConnectTimeout,
    /// The proxy was not reached, or did not connect.
    Proxy,
    /// The TLS handshake failed.
    Tls,
    /// A certificate was not accepted, the server's or ours: another attempt would fail alike.
    Certificate,
    /// The connection was closed or reset.
    Closed,
    /// The answer is not HTTP.
    NotHttp,
    /// The answer, or its header, is over a limit.
    TooLarge,
    /// The body of the answer has an encoding that cannot be read, or is damaged.
    Encoding,
}

/// What failed, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) cause: Cow<'static, str>,
    pub(crate) remedy: &'static str,
}

/// A request to which no answer began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SendError {
    pub(crate) failure: Failure,
    /// Whether a byte of it was written, so that the server may have carried it out.
    pub(crate) written: bool,
}

const CHECK: &str = "check the URL, the network and the proxy, then try again";
const ANOTHER: &str = "check the URL: another service may answer there";

impl Failure {
    pub(super) fn new(kind: Kind, cause: impl Into<Cow<'static, str>>) -> Self {
        let remedy = match kind {
            Kind::NotHttp | Kind::TooLarge | Kind::Encoding => ANOTHER,
            _ => CHECK,
        };
        Self { kind, cause: cause.into(), remedy }
    }

    /// What broke a connection, or kept it from being made: its TLS, or what `kind` says.
    pub(super) fn of_io(kind: Kind, error: &io::Error, peer: &Peer<'_>) -> Self {
        let Words { cause, remedy, .. } = of_connection(error, peer);
        Self { kind: tls_error(error).map_or(kind, of_tls), cause, remedy }
    }

    /// Why hyper gave up an exchange.
    pub(super) fn of_exchange(error: &hyper::Error, has_tls: bool, peer: &Peer<'_>) -> Self {
        if let Some(error) = io_error(error) {
            return Self::of_io(Kind::Closed, error, peer);
        }
        // To clients hyper says it in words alone; a test knows when they change.
        if error.is_parse() && error.to_string() == "message head is too large" {
            return Self::new(Kind::TooLarge, "its header is larger than 64 KiB, or has more than 200 fields");
        }
        if error.is_parse() {
            let remedy = if has_tls {
                ANOTHER
            } else {
                "check the URL: another service may answer there; write https:// if it speaks TLS"
            };
            return Self { remedy, ..Self::new(Kind::NotHttp, "it is not HTTP") };
        }
        if error.is_user() {
            return Self { remedy: "check the headers", ..Self::new(Kind::Setup, "the request cannot be written") };
        }
        Self::new(Kind::Closed, "the connection was closed before its answer began")
    }

    /// Why hyper gave up the body of an answer.
    pub(super) fn of_body(error: &hyper::Error, peer: &Peer<'_>) -> Self {
        match io_error(error) {
            Some(error)
                if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
                    && tls_error(error).is_none() =>
            {
                Self::new(Kind::NotHttp, "its chunks are not those of HTTP")
            }
            Some(error) if error.kind() != io::ErrorKind::UnexpectedEof => Self::of_io(Kind::Closed, error, peer),
            _ => Self::new(Kind::Closed, "the connection was closed before the answer was complete"),
        }
    }

    /// The same, where the connection brought nothing at all. Some servers judge our certificate when the handshake is over, and
    /// close the connection without a word.
    pub(super) fn of_silence(self, asks_for_certificate: bool, peer: &Peer<'_>) -> Self {
        let remedy = match (self.kind, asks_for_certificate, peer.has_certificate) {
            (Kind::Closed, true, true) => {
                "the server asks for a certificate: check that it accepts the one of --tls-cert"
            }
            (Kind::Closed, true, false) => {
                "the server asks for a certificate: give one that it accepts with --tls-cert and --tls-key"
            }
            _ => return self,
        };
        Self { remedy, ..self }
    }

    /// Whether another attempt may fare better in a moment.
    pub(crate) fn is_passing(&self) -> bool {
        use Kind::{Closed, ConnectTimeout, Dns, Proxy, Refused, Tls};
        matches!(self.kind, Dns | Refused | ConnectTimeout | Proxy | Tls | Closed)
    }

    /// The same of a request of which no byte was written.
    pub(super) fn unwritten(self) -> SendError {
        SendError { failure: self, written: false }
    }
}

/// Whether the server has refused the handshake for our certificate.
pub(super) fn is_refused_certificate(error: &hyper::Error) -> bool {
    io_error(error).is_some_and(refuses_certificate)
}

fn io_error(error: &hyper::Error) -> Option<&io::Error> {
    error.source().and_then(|source| source.downcast_ref())
}

/// What failed in a handshake, or in TLS after it.
fn of_tls(error: &rustls::Error) -> Kind {
    use rustls::AlertDescription as Alert;
    match error {
        rustls::Error::InvalidCertificate(_)
        | rustls::Error::NoCertificatesPresented
        | rustls::Error::AlertReceived(
            Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::CertificateRequired
            | Alert::UnknownCA
            | Alert::AccessDenied,
        ) => Kind::Certificate,
        _ => Kind::Tls,
    }
}
