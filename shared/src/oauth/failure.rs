//! Why a request brought no answer, and whether asking again may bring one.

mod alert;
mod certificate;
mod connection;
mod tls;

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use ureq::Timeout;

use crate::error::{Error, OutsideText, Redactor, Report};
use crate::oauth::public::is_not_public;
use crate::oauth::url::Endpoint;
use crate::os::clock::Deadline;

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

/// The request that failed.
pub(super) struct Request<'a> {
    pub(super) endpoint: &'a Endpoint,
    /// Through which proxy, if any, in words.
    pub(super) route: &'a str,
    pub(super) peer: Peer<'a>,
    pub(super) deadline: &'a Deadline,
}

/// What is known of a connection that failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer<'a> {
    /// Whether a certificate was there to be shown.
    pub(crate) has_certificate: bool,
    /// What knows the secrets that others may repeat.
    pub(crate) redactor: &'a Redactor,
}

/// Why an endpoint cannot be reached and what to do, in words: no library's own text is among them.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) cause: Cow<'static, str>,
    pub(crate) remedy: &'static str,
    /// Whether another attempt may fare better.
    is_passing: bool,
}

impl Words {
    fn lasting(cause: impl Into<Cow<'static, str>>, remedy: &'static str) -> Self {
        Self { cause: cause.into(), remedy, is_passing: false }
    }

    fn passing(cause: impl Into<Cow<'static, str>>) -> Self {
        let remedy = "check the URL, the network and the proxy, then try again";
        Self { cause: cause.into(), remedy, is_passing: true }
    }
}

/// What ureq's `error` means.
pub(super) fn of(error: ureq::Error, request: &Request<'_>) -> Failure {
    let Request { endpoint, route, deadline, .. } = request;
    let no_answer = |cause: &str, remedy: &str| {
        let fact = format_args!("{endpoint} gave an answer that cannot be used");
        Failure::Lasting(Error::Refused(Report::new(fact, cause, remedy)))
    };
    let another_service = "check the URL: another service may answer there";
    match error {
        error if is_not_public(&error) => not_public(endpoint),
        ureq::Error::Timeout(kind) if kind != Timeout::Connect => {
            let fact = format_args!("{endpoint}{route} did not answer");
            let cause = format_args!("the {deadline} ended before its answer was complete");
            Failure::Lasting(Error::Transient(Report::new(fact, cause, deadline.remedy())))
        }
        ureq::Error::BodyExceedsLimit(_) => no_answer("it is larger than 1 MiB", another_service),
        ureq::Error::LargeResponseHeader(..) => no_answer("its header is larger than 64 KiB", another_service),
        ureq::Error::Decompress(..) => no_answer("its gzip is damaged", another_service),
        ureq::Error::Protocol(_) | ureq::Error::BodyStalled if endpoint.has_tls() => {
            no_answer("it is not HTTP", another_service)
        }
        ureq::Error::Protocol(_) | ureq::Error::BodyStalled => no_answer(
            "it is not HTTP",
            "check the URL: another service may answer there; write https:// if it speaks TLS",
        ),
        error => unreachable(in_words(&error, request), request),
    }
}

fn unreachable(words: Words, request: &Request<'_>) -> Failure {
    let fact = format_args!("{}{} cannot be reached", request.endpoint, request.route);
    let error = Error::Transient(Report::new(fact, words.cause, words.remedy));
    if words.is_passing { Failure::Passing { error, retry_after: Duration::ZERO } } else { Failure::Lasting(error) }
}

/// Why there is no connection.
fn in_words(error: &ureq::Error, request: &Request<'_>) -> Words {
    match error {
        ureq::Error::Timeout(_) => Words::passing("it did not accept the connection in time"),
        ureq::Error::HostNotFound => Words::passing("its name cannot be resolved"),
        ureq::Error::ConnectProxyFailed(_) => Words::passing("the proxy did not connect to it"),
        ureq::Error::ConnectionFailed => Words::passing("no connection was made"),
        ureq::Error::InvalidProxyUrl => Words::lasting("the URL of the proxy cannot be used", "check --proxy"),
        ureq::Error::Tls(_) => Words::lasting("a certificate cannot name such a host", "check the host in the URL"),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
            Words::lasting("its URL, or a header of the request, cannot be sent", "check the URL")
        }
        ureq::Error::Rustls(error) => tls::in_words(error, &request.peer),
        ureq::Error::Io(error) => of_connection(error, &request.peer),
        _ => Words::lasting("the request failed before it was sent", "check the URL and the proxy"),
    }
}

/// Why a connection broke or was not made, or why its TLS was not.
pub(crate) fn of_connection(error: &io::Error, peer: &Peer<'_>) -> Words {
    match tls_error(error) {
        Some(error) => tls::in_words(error, peer),
        None => connection::in_words(error),
    }
}

/// What rustls says, where it made this error.
pub(crate) fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

/// Whether the server refused our certificate, or that there was none.
#[cfg(feature = "bridge")]
pub(crate) fn refuses_certificate(error: &io::Error) -> bool {
    matches!(tls_error(error), Some(rustls::Error::AlertReceived(alert)) if alert::of_our_certificate(*alert).is_some())
}

/// What a server wrote, as messages show it.
fn shown(text: &str, redactor: &Redactor) -> String {
    OutsideText::new(text).shown(redactor)
}

/// A host that another server names, and that is in a network of ours.
pub(super) fn not_public(endpoint: &Endpoint) -> Failure {
    let cause = "the MCP server names it, and its address is not public";
    let remedy = "give --issuer or --token-url instead of --discover";
    Failure::Lasting(Error::Refused(Report::new(format_args!("{endpoint} is not contacted"), cause, remedy)))
}

#[cfg(test)]
mod tests;
