//! `--print-config`: what to write into a client's configuration so that it runs this command line.

mod bare;
mod desktop;
#[cfg(feature = "bridge")]
mod expansion;
#[cfg(feature = "bridge")]
mod server;
#[cfg(feature = "bridge")]
mod variables;

use std::path::Path;

use clap::{Command, ValueEnum};
use serde::Serializer;

#[cfg(feature = "bridge")]
pub(crate) use self::server::WantedServer;
use crate::error::{Error, Report, quotable};
use crate::program::command_line::OwnCommandLine;
use crate::secret::words::quoted;
use crate::server::{REDACTED, Server};

/// A configuration that can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Configuration {
    /// .mcp.json of a project.
    ClaudeCode,
    /// .mcp.json of a plugin with the executable in bin/.
    ClaudePlugin,
    /// Server in the configuration of Claude Desktop; the profile and the link that it requires are printed on stderr.
    ClaudeDesktop,
    /// Server in config.toml of Codex.
    Codex,
    /// Server in ~/.cursor/mcp.json or .cursor/mcp.json of Cursor.
    #[value(hide = true)]
    Cursor,
    /// .vscode/mcp.json of VS Code.
    #[value(hide = true, name = "vscode")]
    VsCode,
    /// Server in settings.json of Gemini CLI.
    #[value(hide = true)]
    Gemini,
    /// Server in opencode.json.
    #[value(hide = true)]
    Opencode,
}

/// The placeholder for the name of a server that is not known.
const A_NAME: &str = "my-server";

/// The placeholder for its URL.
const A_URL: &str = "https://mcp.example.com/mcp";

/// A helper and its command line, as somebody wants a client to run it.
pub(crate) struct Wanted<'a> {
    /// The helper's name.
    pub(crate) helper: &'a str,
    pub(crate) line: OwnCommandLine,
    pub(crate) server: &'a Server,
    /// Its options, as clap knows them.
    pub(crate) parser: &'a Command,
    /// The name of the profile in use.
    pub(crate) profile: Option<&'a str>,
}

/// A configuration.
pub(crate) struct Printed {
    /// What the client reads.
    pub(crate) text: String,
    /// What the user has to do besides, for stderr: whole lines.
    pub(crate) instructions: String,
    /// What the user has to fill in.
    pub(crate) warning: Option<String>,
}

impl Configuration {
    /// The configuration with which a client runs what is wanted.
    ///
    /// # Errors
    /// [`Error::Other`] when the path of the executable cannot be made absolute, [`Error::Usage`] for a plugin's command
    /// line with a placeholder of the client's, for one that holds a secret, and for what a client cannot be told.
    pub(crate) fn print(self, wanted: Wanted<'_>) -> Result<Printed, Error> {
        let Wanted { helper, mut line, server, parser, profile } = wanted;
        bare::refuse(&line, parser, server)?;
        self.refuse_without_helpers(helper)?;
        if self == Self::ClaudePlugin {
            refuse_expanded(&line)?;
        }
        let [name, url] = server.identity();
        let warning = missing(name, url).or_else(|| doubtful(server));
        let (name, url) = (name.unwrap_or(A_NAME), url.unwrap_or(A_URL));
        if self == Self::ClaudeDesktop {
            let printed = desktop::print(helper, &line, profile, server, parser, [name, url])?;
            return Ok(Printed { warning, ..printed });
        }
        if self == Self::Codex {
            line.add_unless_given("--server-name", name);
            line.add_unless_given("--server-url", url);
        }
        let program = match self {
            Self::ClaudePlugin => format!(r#""${{CLAUDE_PLUGIN_ROOT}}/bin/{helper}""#),
            _ => quoted(&program(&line.program)?),
        };
        let command = line.words().fold(format!("exec {program}"), |command, word| command + " " + &quoted(word));
        let text = match self {
            Self::Codex => toml(name, url, &command),
            _ => json(name, url, Some("Bearer set-by-helper"), &command),
        };
        Ok(Printed { text, instructions: String::new(), warning })
    }
}

impl Configuration {
    /// The client's name.
    fn client(self) -> &'static str {
        match self {
            Self::ClaudeCode | Self::ClaudePlugin => "Claude Code",
            Self::ClaudeDesktop => "Claude Desktop",
            Self::Codex => "Codex",
            Self::Cursor => "Cursor",
            Self::VsCode => "VS Code",
            Self::Gemini => "Gemini CLI",
            Self::Opencode => "opencode",
        }
    }

    /// Refuses a client that cannot run `helper`.
    fn refuse_without_helpers(self, helper: &str) -> Result<(), Error> {
        let option = match self {
            Self::ClaudeCode | Self::ClaudePlugin | Self::ClaudeDesktop | Self::Codex => return Ok(()),
            Self::Cursor => "cursor",
            Self::VsCode => "vscode",
            Self::Gemini => "gemini",
            Self::Opencode => "opencode",
        };
        let fact = format_args!(" {option} cannot be printed for a helper");
        let cause = format_args!("{} runs no helper, but stdio servers", self.client());
        let remedy = format_args!("run hdr-bridge URL --print-config {option} -- {helper} with these options");
        Err(Error::Usage(Report::of("--print-config", fact, cause, remedy)))
    }
}

/// Refuses what a client would put text in place of, before a shell reads the line.
fn refuse_expanded(line: &OwnCommandLine) -> Result<(), Error> {
    let placeholder = |word: &str| {
        let placeholder = word.get(word.find("${CLAUDE_")?..)?;
        Some(placeholder.split_inclusive('}').next()?.to_owned())
    };
    let Some(found) = line.words().find_map(placeholder) else { return Ok(()) };
    let fact = format_args!("{} cannot be used in the command line of a plugin", quotable(&found));
    let cause = "a shell reads the text that the client puts there";
    Err(Error::Usage(Report::new(fact, cause, "remove it, hdr-tenant finds the project by itself")))
}

/// A program as a client finds it wherever it runs: a bare name on PATH, else its whole path.
fn program(called: &str) -> Result<String, Error> {
    if !called.contains(['/', std::path::MAIN_SEPARATOR]) {
        return Ok(called.to_owned());
    }
    let absolute = std::path::absolute(Path::new(called)).map_err(|error| {
        let remedy = "run it by a name on PATH, or by its absolute path";
        Error::Other(Report::new(format_args!("the path of {called} cannot be determined"), error, remedy))
    })?;
    absolute.into_os_string().into_string().map_err(|_| {
        let cause = "it is not UTF-8, and clients keep command lines in text files";
        Error::Other(Report::new(format_args!("the path of {called} cannot be written"), cause, "move the executable"))
    })
}

/// What to say where a part of the server is not known.
fn missing(name: Option<&str>, url: Option<&str>) -> Option<String> {
    let (fact, options) = match (name, url) {
        (Some(_), Some(_)) => return None,
        (None, Some(_)) => {
            (format!("the server's name is not known, and {A_NAME} is printed instead"), "--server-name")
        }
        (Some(_), None) => (format!("the server's URL is not known, and {A_URL} is printed instead"), "--server-url"),
        (None, None) => {
            let fact = format!("the server's name and URL are not known, and {A_NAME} and {A_URL} are printed instead");
            (fact, "--server-name and --server-url")
        }
    };
    Some(format!("{fact}; replace that text, or give {options}"))
}

/// What to say of a URL that is known, and perhaps not the one to connect to.
fn doubtful(server: &Server) -> Option<String> {
    let [_, url] = server.identity();
    let remedy = "replace it, or give --server-url";
    if url.is_some_and(|url| url.contains(REDACTED)) {
        return Some(format!("the client replaced a part of the server's URL with {REDACTED}; {remedy}"));
    }
    server
        .is_at_fallback()
        .then(|| format!("the server's URL is the one that the profile is bound to, and may lack a part; {remedy}"))
}

/// A `.mcp.json`. The `placeholder` lets Claude Code run the helper again after a 401; the helper's own value replaces it.
fn json(name: &str, url: &str, placeholder: Option<&str>, command: &str) -> String {
    let [name, url, command] = [name, url, command].map(json_string);
    let headers = placeholder.map(|value| format!("{{\n        \"Authorization\": {}\n      }}", json_string(value)));
    let headers = headers.map_or_else(String::new, |headers| format!("      \"headers\": {headers},\n"));
    format!(
        r#"{{
  "mcpServers": {{
    {name}: {{
      "type": "http",
      "url": {url},
{headers}      "headersHelper": {command}
    }}
  }}
}}
"#
    )
}

/// A table for Codex's `config.toml`.
fn toml(name: &str, url: &str, command: &str) -> String {
    let key = toml_key(name);
    let [url, command] = [url, command].map(toml_string);
    format!("[mcp_servers.{key}]\nurl = {url}\nhttp_headers_helper = {command}\n")
}

fn toml_key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { toml_string(name) }
}

fn json_string(text: &str) -> String {
    let mut json = Vec::new();
    // Writing a string to memory cannot fail.
    let written = serde_json::Serializer::new(&mut json).serialize_str(text);
    debug_assert!(written.is_ok(), "{written:?}");
    String::from_utf8_lossy(&json).into_owned()
}

/// A basic string of TOML has the escapes of JSON, and DEL stands in none of them.
fn toml_string(text: &str) -> String {
    json_string(text).replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_toml_wants_it() {
        assert_eq!(toml_string("a\"\\\n\t\u{1}\u{7f}\u{e9}"), "\"a\\\"\\\\\\n\\t\\u0001\\u007f\u{e9}\"");
        for (name, table) in [("a-B_1", "a-B_1"), ("a.b", "\"a.b\""), ("", "\"\""), ("\u{e9}", "\"\u{e9}\"")] {
            let first = format!("[mcp_servers.{table}]");
            assert_eq!(toml(name, "u", "c"), format!("{first}\nurl = \"u\"\nhttp_headers_helper = \"c\"\n"));
        }
    }
}
