//! The environment of a `--command`. What can shape its token is in the name of the cached token; anything else is not
//! shown to it, but for what every program needs to run.

use std::ffi::OsString;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::client::mark::{self, Marks};
use crate::client::streams::is_mcp_client;
use crate::error::quotable;
use crate::os::clock::Deadline;
use crate::os::environment::{home, variables};
use crate::server::MCP_VARIABLES;

/// Variables by which programs that print tokens know accounts, tenants and servers begin with these.
const SHAPING_PREFIXES: [&str; 16] = [
    "AWS_",
    "AZURE_",
    "ARM_",
    "CLOUDSDK_",
    "GOOGLE_",
    "VAULT_",
    "KUBE",
    "GH_",
    "GITHUB_",
    "OP_",
    "BW_",
    "DATABRICKS_",
    "OKTA_",
    "DOPPLER_",
    "PASSWORD_STORE_",
    "ACTIONS_ID_TOKEN_",
];

/// Variables that say who one is and for whom one works.
const SHAPING: [&str; 5] = ["HDR_TENANT", "USER", "LOGNAME", "KRB5CCNAME", "GNUPGHOME"];

/// Variables that programs need, and that shape no token.
const HARMLESS: [&str; 26] = [
    "HOME",
    "PATH",
    "SHELL",
    "TERM",
    "LANG",
    "TZ",
    "TMPDIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSH_AUTH_SOCK",
    "GPG_TTY",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "LD_LIBRARY_PATH",
];

/// The like, by how their names begin. `XDG_*_HOME` shapes a token, the others of XDG do not.
const HARMLESS_PREFIXES: [&str; 3] = ["LC_", "XDG_", "WSL"];

/// What Windows programs need, in any case.
const HARMLESS_ON_WINDOWS: [&str; 9] = [
    "SystemRoot",
    "SystemDrive",
    "ComSpec",
    "PATHEXT",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "ProgramData",
    "TEMP",
];

/// What shells set for themselves: that a program is not shown them is worth no word.
const OF_SHELLS: [&str; 4] = ["_", "OLDPWD", "PWD", "SHLVL"];

/// The variables of a `--command`.
pub(crate) struct CommandEnvironment {
    /// Those that can shape its token, sorted by name.
    pub(crate) shaping: Vec<(OsString, OsString)>,
    /// The others that it is shown.
    harmless: Vec<(OsString, OsString)>,
    /// The names of those that it is not shown, sorted.
    held_back: Vec<String>,
}

impl CommandEnvironment {
    /// Our own variables as far as a command may see them; `vary` names more that shape its token. The server's name and URL
    /// are those of the run, and `instead` those that it has in the place of our own.
    pub(crate) fn new(vary: &[String], server: [Option<&str>; 2], instead: &[(&'static str, Option<String>)]) -> Self {
        let mut environment = Self { shaping: Vec::new(), harmless: Vec::new(), held_back: Vec::new() };
        let is_ours = |(name, _): &(OsString, OsString)| instead.iter().all(|(other, _)| other != name);
        let others = instead.iter().filter_map(|(name, value)| Some((name.into(), value.as_ref()?.into())));
        for (name, value) in variables().filter(is_ours).chain(others) {
            let text = name.to_string_lossy();
            if MCP_VARIABLES.contains(&&*text) {
                continue;
            }
            if vary.iter().any(|known| *known == text) || shapes_a_token(&text) {
                environment.shaping.push((name, value));
            } else if is_harmless(&text) {
                environment.harmless.push((name, value));
            } else if !OF_SHELLS.contains(&&*text) && !mark::is_mark(&text) {
                environment.held_back.push(quotable(name.as_encoded_bytes()));
            }
        }
        let server = MCP_VARIABLES.into_iter().zip(server);
        environment.shaping.extend(server.filter_map(|(name, value)| Some((name.into(), value?.into()))));
        environment.shaping.sort();
        environment.held_back.sort();
        environment
    }

    /// The same for a helper of ours, which is told what the run is, and that it started at `started_at`: it would look for client and project by itself, and the
    /// project shapes no token of a command.
    #[must_use]
    pub(crate) fn of_helper(mut self, marks: &Marks, started_at: DateTime<Utc>, deadline: &Deadline) -> Self {
        let marks = Marks {
            time_left: Some(deadline.remaining()),
            is_mcp_client: Some(is_mcp_client(marks)),
            started_at: Some(started_at),
            project: Some(home().unwrap_or_else(|| PathBuf::from("/"))),
            ..marks.clone()
        };
        let set = marks.variables().into_iter().filter_map(|(name, value)| Some((OsString::from(name), value?)));
        self.harmless.extend(set);
        self
    }

    /// All that the command is shown.
    pub(super) fn variables(&self) -> impl Iterator<Item = &(OsString, OsString)> {
        self.shaping.iter().chain(&self.harmless)
    }

    /// What to say of a command that failed, perhaps for want of a variable.
    pub(crate) fn held_back(&self) -> Option<String> {
        let names = self.held_back.join(" ");
        (!names.is_empty()).then(|| format!("its environment lacked {names}: name each that it needs with --vary NAME"))
    }
}

fn shapes_a_token(name: &str) -> bool {
    let is_home_of_xdg = || name.starts_with("XDG_") && name.ends_with("_HOME");
    SHAPING.contains(&name) || SHAPING_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || is_home_of_xdg()
}

fn is_harmless(name: &str) -> bool {
    HARMLESS.contains(&name)
        || HARMLESS_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || cfg!(windows) && HARMLESS_ON_WINDOWS.iter().any(|known| known.eq_ignore_ascii_case(name))
}
