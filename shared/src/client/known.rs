//! MCP clients and the ways in which they run helpers, as measured: one table, for `--check`.

mod credential;

use std::time::Duration;

/// One way in which a client runs helpers.
#[derive(Debug)]
pub(crate) struct Client {
    /// Its name in `--check`.
    pub(crate) name: &'static str,
    /// Where the server is configured, if that matters.
    pub(crate) scope: Option<&'static str>,
    /// The name as messages have it.
    pub(crate) shown: &'static str,
    /// The program that runs the command line, which follows these words.
    pub(crate) shell: [&'static str; 2],
    pub(crate) directory: Directory,
    pub(crate) passed: Passed,
    /// Variables that it adds.
    pub(crate) added: &'static [(&'static str, &'static str)],
    /// Variables that it adds with the server's name and URL.
    pub(crate) server: Option<[&'static str; 2]>,
    /// The variable that it adds with the plugin's root.
    pub(crate) plugin_root: Option<&'static str>,
    pub(crate) stdin: Stdin,
    /// How long it waits.
    pub(crate) patience: Duration,
    /// The most output that it takes, in bytes, and in words.
    pub(crate) output_limit: (usize, &'static str),
    pub(crate) output: Output,
}

/// Where a helper runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Directory {
    /// Where the client runs, in the project.
    Current,
    /// A folder in HOME.
    BelowHome(&'static str),
    /// The plugin's root, in which the executable stands in a folder.
    PluginRoot,
}

/// Which variables a helper gets of those that the client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    /// All but these.
    AllBut(&'static [&'static str]),
    /// All but those whose names look like a credential; their values become `REDACTED` in the server's URL.
    AllButCredentials,
    /// These alone.
    Only(&'static [&'static str]),
}

/// What a helper's stdin is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stdin {
    /// A socket on which nothing comes and which does not end.
    Silent,
    /// The null device.
    Null,
}

/// What it makes of the output.
#[derive(Debug)]
pub(crate) struct Output {
    /// Whether a byte order mark may come first.
    pub(crate) takes_mark: bool,
    /// Names that it refuses, in lower case.
    pub(crate) refused: &'static [&'static str],
    /// Whether it refuses a name that is given twice, in whatever case.
    pub(crate) names_are_unique: bool,
    /// What it does without headers.
    pub(crate) otherwise: &'static str,
}

impl Passed {
    /// Whether a variable of this name is passed.
    pub(crate) fn includes(self, name: &str) -> bool {
        match self {
            Self::AllBut(names) => !names.contains(&name),
            Self::AllButCredentials => !credential::is_like_one(name),
            Self::Only(names) => names.contains(&name),
        }
    }
}

/// Whether a client takes a variable of this name for a credential.
pub(crate) fn is_taken_for_credential(name: &str) -> bool {
    credential::is_like_one(name)
}

/// Claude Code 2.1.330 for a server of a project.
const CLAUDE_CODE: Client = Client {
    name: "claude-code",
    scope: Some("project"),
    shown: "Claude Code",
    shell: ["/bin/sh", "-c"],
    directory: Directory::Current,
    passed: Passed::AllButCredentials,
    added: &[
        ("CLAUDE_CODE_ENTRYPOINT", "cli"),
        ("AI_AGENT", "claude-code"),
        ("COREPACK_ENABLE_AUTO_PIN", "0"),
        ("NoDefaultCurrentDirectoryInExePath", "1"),
    ],
    server: Some(["CLAUDE_CODE_MCP_SERVER_NAME", "CLAUDE_CODE_MCP_SERVER_URL"]),
    plugin_root: None,
    stdin: Stdin::Silent,
    patience: Duration::from_secs(10),
    output_limit: (1 << 20, "1 MiB"),
    output: Output {
        takes_mark: true,
        refused: &[],
        names_are_unique: false,
        otherwise: "connects without its headers",
    },
};

/// All of them, in the order in which a table shows them.
static CLIENTS: [Client; 4] = [
    CLAUDE_CODE,
    Client {
        scope: Some("user"),
        directory: Directory::BelowHome(".claude"),
        passed: Passed::AllBut(&["CLAUDE_CODE_OAUTH_TOKEN"]),
        ..CLAUDE_CODE
    },
    Client {
        scope: Some("plugin"),
        directory: Directory::PluginRoot,
        plugin_root: Some("CLAUDE_PLUGIN_ROOT"),
        ..CLAUDE_CODE
    },
    // Codex CLI 0.169.0.
    Client {
        name: "codex",
        scope: None,
        shown: "Codex",
        passed: Passed::Only(&[
            "HOME",
            "USER",
            "LOGNAME",
            "PATH",
            "SHELL",
            "TERM",
            "TMPDIR",
            "TZ",
            "LANG",
            "LC_ALL",
            "__CF_USER_TEXT_ENCODING",
            "SSL_CERT_FILE",
            "NODE_EXTRA_CA_CERTS",
            "REQUESTS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
        ]),
        added: &[],
        server: None,
        stdin: Stdin::Null,
        output_limit: (64 << 10, "64 KiB"),
        output: Output {
            takes_mark: false,
            refused: &[
                "host",
                "content-type",
                "content-length",
                "accept",
                "origin",
                "mcp-session-id",
                "mcp-protocol-version",
            ],
            names_are_unique: true,
            otherwise: "does not connect",
        },
        ..CLAUDE_CODE
    },
];

impl Client {
    /// What chooses it in `--check`.
    pub(crate) fn choice(&self) -> String {
        self.scope.map_or_else(|| self.name.to_owned(), |scope| format!("{}:{scope}", self.name))
    }
}

/// What `--check` takes: the clients, and each scope of them.
pub(crate) const CHOICES: [&str; 5] =
    ["claude-code", "claude-code:project", "claude-code:user", "claude-code:plugin", "codex"];

/// The clients that `choices` name; all where there are none.
pub(crate) fn chosen(choices: &[String]) -> Vec<&'static Client> {
    let names = |client: &Client, choice: &str| match choice.split_once(':') {
        Some((name, scope)) => client.name == name && client.scope == Some(scope),
        None => client.name == choice,
    };
    let is_chosen = |client: &&Client| choices.is_empty() || choices.iter().any(|choice| names(client, choice));
    CLIENTS.iter().filter(is_chosen).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_choice_names_its_rows() {
        let rows = |choices: &[&str]| {
            let choices: Vec<_> = choices.iter().map(|choice| (*choice).to_owned()).collect();
            let scopes = chosen(&choices).into_iter().map(|client| client.scope.unwrap_or(client.name));
            scopes.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(rows(&[]), "project user plugin codex");
        let each: Vec<_> = CHOICES.iter().map(|choice| rows(&[choice])).collect();
        assert_eq!(each, ["project user plugin", "project", "user", "plugin", "codex"]);
        for client in &CLIENTS {
            assert!(CHOICES.contains(&client.choice().as_str()), "add {:?} to CHOICES", client.choice());
        }
        assert_eq!(rows(&["codex", "claude-code:user", "codex"]), "user codex");
    }
}
