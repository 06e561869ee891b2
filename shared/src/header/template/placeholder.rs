//! What may stand between the braces of a template.

use crate::error::{Error, Report, nearest, quotable};
use crate::header::timestamp;
use crate::run::OF_A_REQUEST;
use crate::secret::Source;
use crate::secret::command::CommandLine;
use crate::server::Part as ServerPart;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Placeholder {
    Timestamp(timestamp::Format),
    Uuid,
    Nonce,
    Source(Source),
    /// `Basic ` and the base64 of a user-id, a colon and what a source holds (RFC 7617).
    Basic(String, Source),
    Server(ServerPart),
    /// A part of the request that headers are made for.
    Request(RequestPart),
    /// One that only this helper has, `{token}` say, and what follows its colon: nothing where it has none.
    Own(&'static str, String),
}

/// A part of the request that headers are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestPart {
    Method,
    /// Path and query.
    Target,
    Body,
    /// The SHA-256 of the body in lower case hex.
    BodyDigest,
}

impl RequestPart {
    fn parse(name: &str, argument: Option<&str>) -> Option<Self> {
        match (name, argument) {
            ("method", None) => Some(Self::Method),
            ("target", None) => Some(Self::Target),
            ("body", None) => Some(Self::Body),
            ("body", Some("sha256")) => Some(Self::BodyDigest),
            _ => None,
        }
    }
}

/// The placeholders of every helper, as a message lists them.
pub(super) const SHARED: [&str; 9] = ["timestamp", "uuid", "nonce", "env", "file", "json", "cmd", "basic", "server"];

impl Placeholder {
    /// What stands between two braces; `own` are the placeholders that this helper adds, and `brace` is how a brace is written.
    ///
    /// # Errors
    /// [`Error::Usage`] for an unknown one.
    pub(super) fn parse(option: &str, inner: &str, own: &[&'static str], brace: &str) -> Result<Self, Error> {
        let unknown = |name: &str, known: &[(&str, &str)]| unknown(option, inner, name, known, brace);
        let (name, argument) = match inner.split_once(':') {
            Some((name, argument)) => (name, Some(argument)),
            None => (inner, None),
        };
        let is_meant = |own: &&str| match argument {
            None => *own == name,
            Some(argument) => own.strip_suffix(':') == Some(name) && !argument.is_empty(),
        };
        if let Some(own) = own.iter().copied().find(is_meant) {
            if OF_A_REQUEST.contains(&own) {
                let part = RequestPart::parse(name, argument).map(Self::Request);
                return part.ok_or_else(|| unknown(argument.unwrap_or_default(), &[("sha256", "body:")]));
            }
            return Ok(Self::Own(own.trim_end_matches(':'), argument.unwrap_or_default().to_owned()));
        }
        match (name, argument) {
            ("timestamp", None) => Ok(Self::Timestamp(timestamp::Format::Local)),
            ("timestamp", Some(format)) => timestamp::Format::parse(format)
                .map(Self::Timestamp)
                .ok_or_else(|| unknown(format, &timestamp::Format::NAMES.map(|name| (name, "timestamp:")))),
            ("uuid", None) => Ok(Self::Uuid),
            ("nonce", None) => Ok(Self::Nonce),
            ("env", Some(name)) => Source::variable(option, name).map(Self::Source),
            ("file", Some(path)) => Source::file(option, path).map(Self::Source),
            ("json", Some(member)) => Source::member(option, member).map(Self::Source),
            ("basic", Some(pair)) => basic(option, pair),
            ("cmd", Some(line)) => CommandLine::parse(option, line).map(Source::Command).map(Self::Source),
            ("server", Some(part)) => ServerPart::parse(part)
                .map(Self::Server)
                .ok_or_else(|| unknown(part, &ServerPart::NAMES.map(|name| (name, "server:")))),
            _ if RequestPart::parse(name, argument).is_some() => Err(of_a_request(option, inner)),
            _ => {
                let known: Vec<_> = SHARED.iter().chain(own).map(|name| (*name, "")).collect();
                Err(unknown(name, &known))
            }
        }
    }

    /// The source that it reads.
    pub(super) fn source(&self) -> Option<&Source> {
        match self {
            Self::Source(source) | Self::Basic(_, source) => Some(source),
            _ => None,
        }
    }
}

/// The two parts of `USER:SOURCE`. The source begins behind the first colon that the name of a kind follows, so that a
/// user-id with a colon is found.
pub(crate) fn split_basic(pair: &str) -> Option<(&str, &str)> {
    let colons = pair.match_indices(':').map(|(at, _)| at);
    let mut splits = colons.filter_map(|at| Some((pair.get(..at)?, pair.get(at.saturating_add(1)..)?)));
    let is_source = |text: &str| text.split_once(':').is_some_and(|(kind, _)| Source::KINDS.contains(&kind));
    splits.find(|(_, source)| is_source(source))
}

/// `USER:SOURCE`. No server could tell a colon in the user-id from the one before the password (RFC 7617 section 2).
fn basic(option: &str, pair: &str) -> Result<Placeholder, Error> {
    let refused = |cause: &str, remedy: &str| {
        let fact = format_args!(": {{basic:…}} cannot be used");
        Err(Error::Usage(Report::of(option, fact, cause, remedy)))
    };
    let Some((user, source)) = split_basic(pair) else {
        let cause = "the user is not followed by a colon and a source, and a password is never written out";
        return refused(
            cause,
            "write {basic:USER:SOURCE}, for example {basic:me@example.com:file:~/.config/acme.token}",
        );
    };
    if user.contains(':') {
        return refused("the user contains a colon, and RFC 7617 allows none", "remove it");
    }
    if user.contains(char::is_control) {
        return refused("the user contains a control character, and RFC 7617 allows none", "remove it");
    }
    Source::parse(option, source).map(|source| Placeholder::Basic(user.to_owned(), source))
}

/// The error for a part of the request where headers are made for a whole connection.
fn of_a_request(option: &str, inner: &str) -> Error {
    let fact = format_args!(": {{{inner}}} is not supported");
    let cause = "it differs from request to request, and a client runs a helper once per connection";
    let remedy = "run the helper behind hdr-bridge, where -H, --add and --message take it";
    Error::Usage(Report::of(option, fact, cause, remedy))
}

/// The error for a placeholder that does not exist; `known` are the names it could have been, each with what goes before.
fn unknown(option: &str, inner: &str, name: &str, known: &[(&str, &str)], brace: &str) -> Error {
    let prefix = known.first().map_or("", |(_, prefix)| prefix);
    let remedy = if let Some(near) = nearest(name, known.iter().map(|(name, _)| *name)) {
        format!("write {}, or {brace} for a brace", placeholder(prefix, near))
    } else {
        let names: Vec<_> = known.iter().map(|(name, prefix)| placeholder(prefix, name)).collect();
        format!("use one of {}, or {brace} for a brace", names.join(" "))
    };
    let fact = format_args!(": {{{}}} is unknown", quotable(inner));
    Error::Usage(Report::of(option, fact, "no placeholder has that name", remedy))
}

/// A placeholder as a message shows it.
fn placeholder(prefix: &str, name: &str) -> String {
    let argument = match name {
        "env" | "file" | "json" | "cmd" | "basic" | "server" if prefix.is_empty() => ":…",
        _ if name.ends_with(':') => "…",
        _ => "",
    };
    format!("{{{prefix}{name}{argument}}}")
}
