//! Secrets that stand bare on a command line. What is printed for a client is kept in files that others may read, so a line
//! with one is refused, and the message names the option and not the value.

mod written;

use clap::Command;
use serde_json::Value;

use self::written::{has_userinfo, is_bare, is_jwt};
use crate::client::names_credential;
use crate::command_line::OwnCommandLine;
use crate::error::{Error, Report, quotable};
use crate::server::Server;
use crate::source::Source;
use crate::words::split;

/// How an option, whose long name stands here without its hyphens, may hold a secret.
enum Kind {
    /// `NAME: TEMPLATE`.
    Header,
    /// `NAME=TEXT`.
    Named,
    /// `NAME=JSON`.
    NamedJson,
    /// A SOURCE, which is a secret unless it says where one is kept.
    Source,
    /// Another text.
    Text,
}

impl Kind {
    fn of(long: &str) -> Self {
        match long {
            "header" | "add" | "token-header" => Self::Header,
            "param" | "claim" | "jose" | "client-claim" | "assertion-claim" | "login-param" => Self::Named,
            "param-json" | "claim-json" | "client-claim-json" | "assertion-claim-json" => Self::NamedJson,
            "key" | "api-key" | "client-secret" | "client-key" | "client-assertion" | "assertion-key" | "assertion"
            | "refresh-token" | "subject-token" | "token" => Self::Source,
            _ => Self::Text,
        }
    }
}

/// Refuses `line` of the helper whose options `parser` knows, and the URL of `server`, where one of them holds a secret.
///
/// # Errors
/// [`Error::Usage`] with the option that does.
pub(super) fn refuse(line: &OwnCommandLine, parser: &Command, server: &Server) -> Result<(), Error> {
    for given in &line.given {
        let Some(value) = &given.value else { continue };
        let is_source = || {
            let mut arguments = parser.get_arguments();
            let arg = arguments.find(|arg| arg.get_long() == Some(&given.long));
            let names = arg.and_then(clap::Arg::get_value_names).unwrap_or_default();
            names.first().is_some_and(|name| *name == "SOURCE")
        };
        if is_source() {
            refuse_bare_source(&shown(&given.long), value)?;
        } else {
            refuse_value(&given.long, value)?;
        }
    }
    if let Some([_, wrapped @ ..]) = line.rest.get(..) {
        refuse_wrapped(wrapped)?;
    }
    let [_, url] = server.identity();
    url.map_or(Ok(()), |url| refuse_userinfo("the URL of the server", url))
}

/// Refuses the command line that another helper wraps. Of a program that is not ours only headers and URLs are known.
fn refuse_wrapped(words: &[String]) -> Result<(), Error> {
    let program = words.first().map(|word| word.rsplit(['/', '\\']).next().unwrap_or_default());
    let is_ours = program.is_some_and(|name| name.starts_with("hdr-"));
    let mut words = words.iter().skip(1).peekable();
    while let Some(word) = words.next() {
        let Some((option, attached)) = option_in(word) else {
            refuse_userinfo("a word of the command line", word)?;
            continue;
        };
        let next = || words.peek().map(|next| next.as_str()).filter(|next| !next.starts_with('-'));
        let Some(value) = attached.or_else(next) else { continue };
        let is_placeholder = value.starts_with("{tenant");
        match Kind::of(option) {
            Kind::Header => refuse_value(option, value)?,
            Kind::Source if is_ours && !is_placeholder => refuse_bare_source(&shown(option), value)?,
            Kind::Named | Kind::NamedJson if is_ours => refuse_value(option, value)?,
            _ => refuse_userinfo(&shown(option), value)?,
        }
    }
    Ok(())
}

/// The option that a word is, and the value that is attached to it.
fn option_in(word: &str) -> Option<(&str, Option<&str>)> {
    let Some(long) = word.strip_prefix("--") else {
        return word.strip_prefix("-H").map(|value| ("header", Some(value).filter(|value| !value.is_empty())));
    };
    Some(long.split_once('=').map_or((long, None), |(long, value)| (long, Some(value))))
}

fn refuse_value(long: &str, value: &str) -> Result<(), Error> {
    let option = shown(long);
    refuse_userinfo(&option, value)?;
    let holds_one = |name: &str| Err(holds_secret(&format!("{option} {}", quotable(name))));
    match Kind::of(long) {
        Kind::Header => match value.split_once(':') {
            Some((name, text)) if is_bare(text, names_credential(name)) => holds_one(name),
            _ => Ok(()),
        },
        Kind::Named => match value.split_once('=') {
            Some((name, text)) if names_credential(name) && is_bare(text, true) || is_jwt(text_of(value)) => {
                holds_one(name)
            }
            _ => Ok(()),
        },
        Kind::NamedJson => match value.split_once('=') {
            Some((name, json)) if holds_bare(name, json) => holds_one(name),
            _ => Ok(()),
        },
        Kind::Source => refuse_bare_source(&option, value),
        Kind::Text => {
            if long == "proxy" && value.split('/').next().is_some_and(|authority| authority.contains('@')) {
                return Err(holds_userinfo(&option));
            }
            if long == "command" { refuse_in_command(&option, value) } else { Ok(()) }
        }
    }
}

fn refuse_bare_source(option: &str, value: &str) -> Result<(), Error> {
    Source::parse(option, value)?;
    refuse_userinfo(option, value)?;
    value.strip_prefix("cmd:").map_or(Ok(()), |command| refuse_in_command(option, command))
}

/// Refuses the command line of another program that has a header with a secret, `curl -H` say.
fn refuse_in_command(option: &str, command: &str) -> Result<(), Error> {
    // One that cannot be split is complained of when it runs.
    let words = split(option, command).unwrap_or_default();
    refuse_wrapped(&words).map_err(|_| holds_secret(option))
}

fn text_of(named: &str) -> &str {
    named.split_once('=').map_or("", |(_, text)| text)
}

/// Whether the member `name` or one in it is a credential by its name, and written out. What is no JSON is judged as it is.
fn holds_bare(name: &str, json: &str) -> bool {
    match serde_json::from_str(json) {
        Ok(value) => holds_bare_value(names_credential(name), &value),
        Err(_) => names_credential(name) && is_bare(json, true),
    }
}

fn holds_bare_value(is_credential: bool, value: &Value) -> bool {
    match value {
        Value::String(text) => is_credential && is_bare(text, true) || is_jwt(text),
        Value::Array(values) => values.iter().any(|value| holds_bare_value(is_credential, value)),
        Value::Object(members) => {
            members.iter().any(|(name, value)| holds_bare_value(is_credential || names_credential(name), value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn refuse_userinfo(what: &str, value: &str) -> Result<(), Error> {
    if has_userinfo(value) { Err(holds_userinfo(what)) } else { Ok(()) }
}

fn shown(long: &str) -> String {
    if long == "header" { "-H".to_owned() } else { format!("--{}", quotable(long)) }
}

const PUBLIC: &str = "and a configuration stands in a file that others may read";

fn holds_secret(what: &str) -> Error {
    let fact = format_args!("{what} cannot be printed");
    let cause = format_args!("it looks like a secret that is written out, {PUBLIC}");
    Error::Usage(Report::new(fact, cause, "say where it is kept: {file:PATH} or {cmd:COMMAND LINE}"))
}

fn holds_userinfo(what: &str) -> Error {
    let fact = format_args!("{what} cannot be printed");
    let cause = format_args!("there is a user name or password in its URL, {PUBLIC}");
    Error::Usage(Report::new(fact, cause, "leave it out of the URL"))
}

#[cfg(test)]
mod tests;
