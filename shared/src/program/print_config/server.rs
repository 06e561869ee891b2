//! hdr-bridge as a stdio server, in the format of each client's own configuration file.

use clap::Command;

use super::{A_NAME, A_URL, Configuration, Printed, bare, desktop, doubtful, expansion, json_string, missing, program};
use super::{toml_key, toml_string, variables};
use crate::error::Error;
use crate::program::command_line::OwnCommandLine;
use crate::server::Server;

/// hdr-bridge and its command line, as somebody wants a client to start it.
pub(crate) struct WantedServer<'a> {
    /// Its own name.
    pub(crate) bridge: &'a str,
    pub(crate) line: OwnCommandLine,
    pub(crate) server: &'a Server,
    /// Its options, as clap knows them.
    pub(crate) parser: &'a Command,
    /// Variables that the command line is read with, besides those that clients hand on.
    pub(crate) environment: Vec<(&'static str, String)>,
}

/// A server in a client's configuration.
struct Entry {
    name: String,
    command: String,
    arguments: Vec<String>,
    /// Names and values of variables.
    environment: Vec<(String, String)>,
    /// The names of variables that are handed on as they are.
    variables: Vec<String>,
}

impl Configuration {
    /// The configuration with which a client starts the bridge.
    ///
    /// # Errors
    /// [`Error::Other`] when the path of the executable cannot be made absolute, [`Error::Usage`] for a command line that holds
    /// a secret, and for a command in which the client would replace text.
    pub(crate) fn print_server(self, wanted: WantedServer<'_>) -> Result<Printed, Error> {
        let WantedServer { bridge, mut line, server, parser, environment } = wanted;
        bare::refuse(&line, parser, server)?;
        let replaced = expansion::warning(self, &line)?;
        let [name, url] = server.identity();
        if url.is_none() || server.is_at_fallback() {
            line.options.insert(0, url.unwrap_or(A_URL).to_owned());
        }
        let variables = variables::of(&line);
        let command = match self {
            Self::ClaudePlugin => format!("${{CLAUDE_PLUGIN_ROOT}}/bin/{bridge}"),
            Self::ClaudeDesktop => desktop::executable(&line.program, bridge)?.to_string_lossy().into_owned(),
            _ => program(&line.program)?,
        };
        let warning = missing(name, url).or_else(|| doubtful(server)).or(replaced).or_else(|| self.lost(&variables));
        let entry = Entry {
            name: name.unwrap_or(A_NAME).to_owned(),
            command,
            arguments: line.words().map(str::to_owned).collect(),
            environment: environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            variables: if self == Self::ClaudeDesktop { Vec::new() } else { variables },
        };
        Ok(Printed { text: self.text(&entry), instructions: String::new(), warning })
    }

    /// What to say of variables that the client does not hand to its servers.
    fn lost(self, variables: &[String]) -> Option<String> {
        let is_lost = self == Self::ClaudeDesktop && !variables.is_empty();
        is_lost.then(|| {
            let names = variables.join(" ");
            format!("Claude Desktop does not pass {names} to servers; read that with file:PATH or cmd:COMMAND LINE")
        })
    }

    fn text(self, entry: &Entry) -> String {
        match self {
            Self::ClaudeCode | Self::ClaudePlugin => {
                object("mcpServers", entry, &members(entry, true, |name| format!("${{{name}}}")))
            }
            Self::Cursor => object("mcpServers", entry, &members(entry, true, |name| format!("${{env:{name}}}"))),
            Self::Gemini => object("mcpServers", entry, &members(entry, false, |name| format!("${name}"))),
            Self::ClaudeDesktop => object("mcpServers", entry, &members(entry, false, str::to_owned)),
            Self::VsCode => vscode(entry),
            Self::Opencode => opencode(entry),
            Self::Codex => codex(entry),
        }
    }
}

impl Entry {
    /// The environment with each variable that is handed on, in the form in which the client replaces it.
    fn environment(&self, handed_on: impl Fn(&str) -> String) -> Vec<(String, String)> {
        let variables = self.variables.iter().map(|name| (json_string(name), json_string(&handed_on(name))));
        let fixed = self.environment.iter().map(|(name, value)| (json_string(name), json_string(value)));
        fixed.chain(variables).collect()
    }
}

/// The members of most clients' servers, each a name and JSON.
fn members(entry: &Entry, has_type: bool, handed_on: impl Fn(&str) -> String) -> Vec<(&'static str, String)> {
    let mut members = Vec::new();
    if has_type {
        members.push(("type", json_string("stdio")));
    }
    members.push(("command", json_string(&entry.command)));
    members.push(("args", list(&entry.arguments, json_string)));
    let environment = entry.environment(handed_on);
    if !environment.is_empty() {
        members.push(("env", map(&environment)));
    }
    members
}

/// A server with these `members` in the member `servers` of the file.
fn object(servers: &str, entry: &Entry, members: &[(&str, String)]) -> String {
    format!("{{\n{}}}\n", of_servers(servers, entry, members))
}

fn of_servers(servers: &str, entry: &Entry, members: &[(&str, String)]) -> String {
    let lines: Vec<_> = members.iter().map(|(name, value)| format!("      {}: {value}", json_string(name))).collect();
    format!(
        "  {}: {{\n    {}: {{\n{}\n    }}\n  }}\n",
        json_string(servers),
        json_string(&entry.name),
        lines.join(",\n")
    )
}

/// VS Code asks for the values of variables once, and keeps them.
fn vscode(entry: &Entry) -> String {
    let inputs: Vec<_> = entry
        .variables
        .iter()
        .map(|name| {
            let [id, description] =
                [json_string(name), json_string(&format!("{name} of the MCP server {}", entry.name))];
            format!(
                "    {{ \"type\": \"promptString\", \"id\": {id}, \"description\": {description}, \"password\": true }}"
            )
        })
        .collect();
    let inputs =
        if inputs.is_empty() { String::new() } else { format!("  \"inputs\": [\n{}\n  ],\n", inputs.join(",\n")) };
    let members = members(entry, true, |name| format!("${{input:{name}}}"));
    format!("{{\n{inputs}{}}}\n", of_servers("servers", entry, &members))
}

/// opencode puts variables and files in place of `{env:NAME}` and `{file:PATH}` in the text of its file; written with an
/// escape of JSON they stay what they are to hdr-bridge.
fn opencode(entry: &Entry) -> String {
    let kept = |text: &str| json_string(text).replace("{env:", "\\u007benv:").replace("{file:", "\\u007bfile:");
    let words: Vec<_> = [&entry.command].into_iter().chain(&entry.arguments).cloned().collect();
    let mut members =
        vec![("type", json_string("local")), ("command", list(&words, kept)), ("enabled", "true".to_owned())];
    let environment = entry.environment(|name| format!("{{env:{name}}}"));
    if !environment.is_empty() {
        members.push(("environment", map(&environment)));
    }
    object("mcp", entry, &members)
}

/// Codex hands its servers few variables, and those that are named.
fn codex(entry: &Entry) -> String {
    let line = |key: &str, value: String| format!("{key} = {value}\n");
    let mut lines = vec![
        format!("[mcp_servers.{}]\n", toml_key(&entry.name)),
        line("command", toml_string(&entry.command)),
        line("args", list(&entry.arguments, toml_string)),
    ];
    if !entry.variables.is_empty() {
        lines.push(line("env_vars", list(&entry.variables, toml_string)));
    }
    if !entry.environment.is_empty() {
        let pairs =
            entry.environment.iter().map(|(name, value)| format!("{} = {}", toml_key(name), toml_string(value)));
        lines.push(line("env", format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))));
    }
    lines.concat()
}

fn list(words: &[String], written: impl Fn(&str) -> String) -> String {
    format!("[{}]", words.iter().map(|word| written(word)).collect::<Vec<_>>().join(", "))
}

fn map(members: &[(String, String)]) -> String {
    let lines: Vec<_> = members.iter().map(|(name, value)| format!("        {name}: {value}")).collect();
    format!("{{\n{}\n      }}", lines.join(",\n"))
}
