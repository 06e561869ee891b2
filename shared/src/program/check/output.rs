//! The rules by which clients take a helper's output.

use std::fmt;

use serde_json::error::Category;

use crate::client::Client;
use crate::config::members::{Member, Members};
use crate::error::{OutsideText, Redactor};
use crate::header::object::is_token;
use crate::secret::Secret;

/// What a client reads.
const WANTED: &str = "make it print one JSON object of strings and nothing else";

/// The names of the headers in `stdout`, as `client` takes it; or why it does not, and the remedy.
pub(super) fn check(stdout: &[u8], client: &Client) -> Result<Vec<String>, String> {
    let shown = client.shown;
    if stdout.trim_ascii().is_empty() {
        return fails(format_args!("it printed nothing"), "make it print its headers, or exit with an error");
    }
    let json = match stdout.strip_prefix("\u{feff}".as_bytes()) {
        Some(_) if !client.output.takes_mark => {
            return fails(
                format_args!("its output begins with a byte order mark, which {shown} refuses"),
                "print it without one",
            );
        }
        Some(json) => json,
        None => stdout,
    };
    // What serde_json says of it may repeat a value.
    let Members(members) = match serde_json::from_slice(json) {
        Ok(members) => members,
        Err(error) if error.classify() == Category::Data => {
            return fails(format_args!("its output is not a JSON object"), WANTED);
        }
        Err(_) => {
            return fails(format_args!("its output is not JSON"), "remove --format; without it headers are JSON");
        }
    };
    let redactor = Redactor::default();
    for value in members.iter().filter_map(|(_, value)| value.0.as_ref()).filter(|value| value.expose().len() >= 4) {
        redactor.add(value.expose());
    }
    for (index, (name, value)) in members.iter().enumerate() {
        let (lower, name) = (name.to_ascii_lowercase(), OutsideText::new(name).shown(&redactor));
        let Some(value) = value.0.as_ref().and_then(Secret::expose_text) else {
            return fails(format_args!("the value of {name} is not a string"), WANTED);
        };
        let is_same = |(other, _): &(String, Member)| other.to_ascii_lowercase() == lower;
        if client.output.names_are_unique && members.iter().take(index).any(is_same) {
            return fails(format_args!("{name} is given twice, which {shown} refuses"), "remove one");
        }
        if !is_token(&lower) {
            return fails(
                format_args!("`{name}` is not a header name, and {shown} sends no request"),
                "give it another name",
            );
        }
        if client.output.refused.contains(&lower.as_str()) {
            return fails(format_args!("{shown} refuses the header {name}"), "remove it");
        }
        if !is_sendable(value) {
            let reason = format_args!("the value of {name} has a character that {shown} cannot send");
            return fails(reason, "check it for a line break or a control character");
        }
    }
    Ok(members.iter().map(|(name, _)| OutsideText::new(name).shown(&redactor)).collect())
}

/// The values of the headers in `stdout`, where there are any.
pub(super) fn values(stdout: &[u8]) -> Vec<Secret> {
    let members = serde_json::from_slice(stdout).map_or_else(|_| Vec::new(), |Members(members)| members);
    members.into_iter().filter_map(|(_, value)| value.0).collect()
}

#[inline(never)]
fn fails(reason: fmt::Arguments<'_>, remedy: &str) -> Result<Vec<String>, String> {
    Err(format!("{reason}; {remedy}"))
}

fn is_sendable(value: &str) -> bool {
    value.chars().all(|c| c == '\t' || !c.is_control() && c <= '\u{ff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::known::chosen;

    /// What the clients make of an output: Claude Code, then Codex.
    fn verdicts(stdout: &str) -> [Result<Vec<String>, String>; 2] {
        ["claude-code:project", "codex"].map(|choice| check(stdout.as_bytes(), chosen(&[choice.to_owned()])[0]))
    }

    #[test]
    fn both_take_an_object_of_strings() {
        for (stdout, names) in [
            (r#"{"A":"1","b":"a\tb"}"#, vec!["A", "b"]),
            (" \r\n{ \"Authorization\": \"\" }\n", vec!["Authorization"]),
            ("{}", vec![]),
            (r#"{"X":"caf\u00e9"}"#, vec!["X"]),
        ] {
            assert_eq!(
                verdicts(stdout),
                [Ok(()), Ok(())].map(|_: Result<(), ()>| { Ok(names.iter().map(|name| (*name).to_owned()).collect()) }),
                "{stdout}"
            );
        }
    }

    #[test]
    fn both_refuse_the_rest_with_reason_and_remedy() {
        let wanted = "make it print one JSON object of strings and nothing else";
        let nothing = "it printed nothing; make it print its headers, or exit with an error".to_owned();
        let no_json = "its output is not JSON; remove --format; without it headers are JSON".to_owned();
        let no_object = format!("its output is not a JSON object; {wanted}");
        for (stdout, expected) in [
            ("", nothing.clone()),
            (" \n", nothing),
            ("hunter2", no_json.clone()),
            ("{\"A\":\"1\"} x", no_json.clone()),
            ("{\"A\":\"1\",}", no_json.clone()),
            ("{\"A\":\"1\"", no_json.clone()),
            ("{\"A\":[1,{\"a\":]}", no_json),
            ("[]", no_object.clone()),
            ("\"hunter2\"", no_object.clone()),
            ("null", no_object),
            (r#"{"A":-1.5e300}"#, format!("the value of A is not a string; {wanted}")),
            (r#"{"A":[1,"a",{"b":null}]}"#, format!("the value of A is not a string; {wanted}")),
            (r#"{"A":true,"B":"1"}"#, format!("the value of A is not a string; {wanted}")),
            (r#"{"A":null}"#, format!("the value of A is not a string; {wanted}")),
            (r#"{"A":1}"#, format!("the value of A is not a string; {wanted}")),
            (r#"{"headers":{"A":"1"}}"#, format!("the value of headers is not a string; {wanted}")),
        ] {
            assert_eq!(verdicts(stdout), [Err(expected.clone()), Err(expected)], "{stdout}");
        }
        for (stdout, expected) in [
            (r#"{"A B":"1"}"#, "`A B` is not a header name, and CLIENT sends no request; give it another name"),
            (r#"{"":"1"}"#, "`` is not a header name, and CLIENT sends no request; give it another name"),
            (
                r#"{"A":"hunter2\n"}"#,
                "the value of A has a character that CLIENT cannot send; check it for a line break or a control character",
            ),
            (
                r#"{"A":"\u20ac"}"#,
                "the value of A has a character that CLIENT cannot send; check it for a line break or a control character",
            ),
        ] {
            let expected = ["Claude Code", "Codex"].map(|client| Err(expected.replace("CLIENT", client)));
            assert_eq!(verdicts(stdout), expected, "{stdout}");
        }
    }

    #[test]
    fn codex_refuses_more() {
        for (stdout, expected) in [
            ("\u{feff}{}", "its output begins with a byte order mark, which Codex refuses; print it without one"),
            (r#"{"A":"1","a":"2"}"#, "a is given twice, which Codex refuses; remove one"),
            (r#"{"A":"1","A":"2"}"#, "A is given twice, which Codex refuses; remove one"),
            (r#"{"Mcp-Session-Id":"1"}"#, "Codex refuses the header Mcp-Session-Id; remove it"),
            (r#"{"HOST":"1"}"#, "Codex refuses the header HOST; remove it"),
        ] {
            let [claude_code, codex] = verdicts(stdout);
            assert!(claude_code.is_ok(), "{claude_code:?}");
            assert_eq!(codex, Err(expected.to_owned()));
        }
    }
}
