//! Secrets that stand bare on a command line. What is printed for a client is kept in files that others may read, so a line
//! with one is refused, and the message names the option and not the value.

mod name;
mod script;
mod token;
mod wrapped;
mod written;

use clap::Command;
use serde_json::Value;

use self::name::Holder;
use self::written::{Written, has_userinfo, is_bare};
use crate::error::{Error, Report, quotable};
use crate::header::template::{split_basic, with_literals};
use crate::program::command_line::OwnCommandLine;
use crate::secret::Source;
use crate::secret::words::split;
use crate::server::Server;

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
        wrapped::refuse(wrapped)?;
    }
    let [_, url] = server.identity();
    url.map_or(Ok(()), |url| refuse_userinfo("the URL of the server", url))
}

/// What stands between the braces of the placeholders in `template`.
#[cfg(feature = "bridge")]
pub(super) fn placeholders(template: &str) -> Vec<&str> {
    Written::of(template).placeholders
}

fn refuse_value(long: &str, value: &str) -> Result<(), Error> {
    let option = shown(long);
    refuse_userinfo(&option, value)?;
    let kind = Kind::of(long);
    if matches!(kind, Kind::Source) {
        return refuse_bare_source(&option, value);
    }
    refuse_in_placeholders(&option, value)?;
    let named = match kind {
        Kind::Header => value.split_once(':').filter(|(name, text)| is_bare(text, Holder::named(name))),
        Kind::Named => value.split_once('=').filter(|(name, text)| is_bare(text, Holder::named(name))),
        Kind::NamedJson => value.split_once('=').filter(|(name, json)| holds_bare(name, json)),
        Kind::Source | Kind::Text => None,
    };
    if let Some((name, _)) = named {
        return Err(holds_secret(&format!("{option} {}", quotable(name)), KEPT));
    }
    if matches!(kind, Kind::Text) {
        refuse_text(long, &option, value)?;
    }
    Ok(())
}

fn refuse_text(long: &str, option: &str, value: &str) -> Result<(), Error> {
    if token::is_in(value) {
        return Err(holds_secret(option, KEPT));
    }
    match long {
        "proxy" if is_with_userinfo(value) => Err(holds_userinfo(option)),
        "command" => refuse_in_command(option, value),
        _ => Ok(()),
    }
}

fn refuse_bare_source(option: &str, value: &str) -> Result<(), Error> {
    Source::parse(option, value)?;
    refuse_userinfo(option, value)?;
    value.strip_prefix("cmd:").map_or(Ok(()), |command| refuse_in_command(option, command))
}

/// Refuses what a placeholder of `template` has a program run.
fn refuse_in_placeholders(option: &str, template: &str) -> Result<(), Error> {
    for placeholder in Written::of(template).placeholders {
        let source = match placeholder.strip_prefix("basic:") {
            Some(pair) => split_basic(pair).or_else(|| pair.split_once(':')).map(|(_, source)| source),
            None => Some(placeholder).filter(|it| it.starts_with("cmd:")),
        };
        source.map_or(Ok(()), |source| refuse_bare_source(option, source))?;
    }
    Ok(())
}

/// Refuses the command line of another program that has a header with a secret, `curl -H` say.
fn refuse_in_command(option: &str, command: &str) -> Result<(), Error> {
    let words = split(option, command)?;
    wrapped::refuse(&words).map_err(|_| holds_secret(option, KEPT))
}

/// Whether the member `name` or one in it is a credential by its name, and written out. What is no JSON is judged as it is.
fn holds_bare(name: &str, json: &str) -> bool {
    match serde_json::from_str(&with_literals(json)) {
        Ok(value) => holds_bare_value(Holder::named(name), &value),
        Err(_) => is_bare(json, Holder::named(name)),
    }
}

fn holds_bare_value(holder: Holder, value: &Value) -> bool {
    match value {
        Value::String(text) => is_bare(text, holder),
        Value::Array(values) => values.iter().any(|value| holds_bare_value(holder, value)),
        Value::Object(members) => members.iter().any(|(name, value)| {
            holds_bare_value(if holder.is_credential() { holder } else { Holder::named(name) }, value)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether an address, whose scheme may be missing, has a user's name or password before its host.
fn is_with_userinfo(address: &str) -> bool {
    has_userinfo(address) || address.split('/').next().is_some_and(|authority| authority.contains('@'))
}

fn refuse_userinfo(what: &str, value: &str) -> Result<(), Error> {
    if has_userinfo(value) { Err(holds_userinfo(what)) } else { Ok(()) }
}

fn shown(long: &str) -> String {
    if long == "header" { "-H".to_owned() } else { format!("--{}", quotable(long)) }
}

const PUBLIC: &str = "and others may be able to read a configuration file";

/// What to do with the secret in a template.
const KEPT: &str = "name where it is kept: {file:PATH} or {cmd:COMMAND LINE}";

fn holds_secret(what: &str, remedy: &str) -> Error {
    let fact = format_args!("{what} cannot be printed");
    let cause = format_args!("it looks like a literal secret, {PUBLIC}");
    Error::Usage(Report::new(fact, cause, remedy))
}

fn holds_userinfo(what: &str) -> Error {
    let fact = format_args!("{what} cannot be printed");
    let cause = format_args!("its URL contains a user name or password, {PUBLIC}");
    Error::Usage(Report::new(fact, cause, "remove it from the URL"))
}

#[cfg(test)]
mod tests;
