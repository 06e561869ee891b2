//! Why a request brought no answer, and whether asking again may bring one.

use std::io;
use std::time::Duration;

use rustls::{CertificateError, InvalidMessage};
use ureq::Timeout;

use crate::clock::Deadline;
use crate::error::{Error, OutsideText, Redactor, Report};
use crate::oauth::public::is_not_public;
use crate::oauth::url::Endpoint;

/// A failed attempt.
#[derive(Debug)]
pub(super) enum Failure {
    /// Another attempt may fare better, though not before `retry_after`.
    Passing { error: Error, retry_after: Duration },
    /// Another attempt would fail alike.
    Lasting(Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Passing { error, .. } | Failure::Lasting(error) => error,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Lasting(error)
    }
}

/// What ureq's `error` means for a request to `endpoint`; `route` says through which proxy, if any. Of what others wrote in
/// it nothing is shown that `redactor` knows.
pub(super) fn of(
    error: ureq::Error,
    endpoint: &Endpoint,
    route: &str,
    deadline: &Deadline,
    redactor: &Redactor,
) -> Failure {
    let unreachable = |cause: String, remedy: &str| {
        Error::Transient(Report::new(format_args!("{endpoint}{route} cannot be reached"), cause, remedy))
    };
    let passing = |cause: String| Failure::Passing {
        error: unreachable(cause, "check the URL, the network and the proxy, then try again"),
        retry_after: Duration::ZERO,
    };
    let no_answer = |cause: &str| {
        let fact = format_args!("{endpoint} gave an answer that cannot be used");
        Failure::Lasting(Error::Refused(Report::new(fact, cause, "check the URL: another service may be behind it")))
    };
    match error {
        error if is_not_public(&error) => not_public(endpoint),
        ureq::Error::Timeout(Timeout::Connect) => passing("it did not take the connection in time".to_owned()),
        ureq::Error::Timeout(_) => {
            let fact = format_args!("{endpoint}{route} did not answer");
            let cause = format_args!("the {deadline} were over before its answer was complete");
            Failure::Lasting(Error::Transient(Report::new(fact, cause, deadline.remedy())))
        }
        ureq::Error::HostNotFound => passing("its name is not known".to_owned()),
        ureq::Error::ConnectProxyFailed(_) => passing("the proxy made no connection".to_owned()),
        ureq::Error::BodyExceedsLimit(_) => no_answer("it is larger than 1 MiB"),
        ureq::Error::LargeResponseHeader(..) => no_answer("its header is larger than 64 KiB"),
        ureq::Error::Decompress(..) => no_answer("its gzip is damaged"),
        ureq::Error::Protocol(_) | ureq::Error::BodyStalled => no_answer("it is not HTTP"),
        ureq::Error::Rustls(error) => of_tls(&error, unreachable, redactor),
        ureq::Error::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(tls) => of_tls(tls, unreachable, redactor),
            None => passing(lost(&error, redactor)),
        },
        other => Failure::Lasting(unreachable(shown(&other, redactor), "check the URL")),
    }
}

/// A host that another server names, and that is in a network of ours.
pub(super) fn not_public(endpoint: &Endpoint) -> Failure {
    let cause = "the MCP server names it, and its address is not public";
    let remedy = "give --issuer or --token-url instead of --discover";
    Failure::Lasting(Error::Refused(Report::new(format_args!("{endpoint} is not asked"), cause, remedy)))
}

/// A handshake that failed. What is wrong with a certificate stays wrong.
fn of_tls(error: &rustls::Error, unreachable: impl Fn(String, &str) -> Error, redactor: &Redactor) -> Failure {
    use CertificateError as Fault;
    if matches!(error, rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)) {
        return Failure::Lasting(unreachable("it does not speak TLS".to_owned(), "check the URL and its port"));
    }
    let rustls::Error::InvalidCertificate(fault) = error else {
        let cause = format!("TLS failed: {}", shown(error, redactor));
        return Failure::Lasting(unreachable(
            cause,
            "check the URL, the proxy, and --tls-cert if the server asks for one",
        ));
    };
    let (cause, remedy) = match fault {
        Fault::Expired | Fault::ExpiredContext { .. } => {
            ("its certificate has expired", "check this machine's clock, or tell who runs the server")
        }
        Fault::NotValidYet | Fault::NotValidYetContext { .. } => {
            ("its certificate is not valid yet", "check this machine's clock, or tell who runs the server")
        }
        Fault::UnknownIssuer => (
            "its certificate comes from an authority that is not trusted here",
            "give the authority's certificate with --ca-cert FILE",
        ),
        Fault::NotValidForName | Fault::NotValidForNameContext { .. } => {
            ("its certificate is for another host", "check the host in the URL")
        }
        Fault::Revoked => ("its certificate is revoked", "tell who runs the server"),
        other => {
            let cause = format!("its certificate is not valid: {}", shown(other, redactor));
            return Failure::Lasting(unreachable(cause, "tell who runs the server"));
        }
    };
    Failure::Lasting(unreachable(cause.to_owned(), remedy))
}

/// What broke a connection, in words.
fn lost(error: &io::Error, redactor: &Redactor) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted => {
            "the connection was reset".to_owned()
        }
        io::ErrorKind::UnexpectedEof => "the connection was closed before the answer was complete".to_owned(),
        _ => shown(error, redactor),
    }
}

fn shown(error: &dyn std::fmt::Display, redactor: &Redactor) -> String {
    OutsideText::new(error.to_string()).shown(redactor)
}
