//! How a client starts the command line: shell, working directory, environment, stdin.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::client::Client;
use crate::client::known::{Directory, Passed, Stdin};
use crate::client::mark::{CheckMark, Marks};
use crate::client::project;
use crate::error::{Error, Report};
use crate::os::environment::{home, variables};
use crate::program::command_line::OwnCommandLine;
use crate::secret::command::locate_as_called;
use crate::secret::command::shell::ShellLine;
use crate::secret::words::quoted;
use crate::server::{REDACTED, Server};

/// What is checked.
pub(super) struct Subject<'a> {
    /// The name of the helper.
    pub(super) helper: &'a str,
    /// This executable.
    executable: PathBuf,
    /// What a shell is told.
    command: String,
    /// The name and the URL of the server.
    server: [Option<&'a str>; 2],
    /// Our own variables, which a client is taken to have too.
    variables: Vec<(OsString, OsString)>,
    /// Where the check runs, which is the project.
    project: Option<PathBuf>,
}

impl<'a> Subject<'a> {
    /// What `line` of the helper `helper` is to a shell.
    ///
    /// # Errors
    /// [`Error::Other`] where the path of the executable cannot be determined or is not UTF-8.
    pub(super) fn new(helper: &'a str, line: &OwnCommandLine, server: &'a Server) -> Result<Self, Error> {
        let executable = executable(&line.program);
        let program = executable.to_str().ok_or_else(|| {
            let fact = "the path of the executable cannot be passed to a shell";
            Error::Other(Report::new(fact, "it is not UTF-8", "move it"))
        })?;
        let words = std::iter::once(program).chain(line.words());
        let command = words.fold("exec".to_owned(), |command, word| command + " " + &quoted(word));
        // A client tells the server of its configuration.
        let server = server.identity();
        let project = project::working_directory().ok();
        Ok(Self { helper, executable, command, server, variables: variables().collect(), project })
    }

    /// What a run for `client` is to know of the check. Its streams are those of a client.
    fn marks(&self, client: &Client) -> Vec<(&'static str, Option<OsString>)> {
        let names = self.variables.iter().filter_map(|(name, _)| name.to_str());
        let stripped = names.filter(|name| !client.passed.includes(name) && !name.contains(char::is_whitespace));
        let check = CheckMark { client: client.choice(), stripped: stripped.map(str::to_owned).collect() };
        Marks { check: Some(check), project: self.project.clone(), ..Marks::default() }.variables()
    }

    /// The command line as `client` runs it.
    pub(super) fn shell_line(&self, client: &Client) -> ShellLine<'_> {
        let [shell, option] = client.shell;
        let directory = self.directory(client.directory);
        ShellLine {
            words: [shell, option, &self.command],
            variables: self.variables(client, directory.as_deref()),
            directory,
            // Codex takes no stderr; here all of it is kept, since it says what is wrong.
            silent_stdin: client.stdin == Stdin::Silent,
            output_limit: client.output_limit.0,
            patience: client.patience,
        }
    }

    /// Where it runs; `None` for where we do.
    fn directory(&self, directory: Directory) -> Option<PathBuf> {
        match directory {
            Directory::Current => None,
            Directory::BelowHome(folder) => {
                let mut places = home().into_iter().flat_map(|home| [home.join(folder), home]);
                Some(places.find(|place| place.is_dir()).unwrap_or_else(|| PathBuf::from("/")))
            }
            Directory::PluginRoot => Some(self.plugin_root().to_owned()),
        }
    }

    /// What a plugin's root would be: the folder in which the nearest `bin` above the executable is, which may stand in a
    /// folder of its platform there; without one the folder of its folder.
    fn plugin_root(&self) -> &Path {
        let bin = self.executable.ancestors().skip(1).find(|folder| folder.ends_with("bin"));
        let folder = bin.or_else(|| self.executable.parent());
        folder.and_then(Path::parent).unwrap_or_else(|| Path::new("/"))
    }

    fn variables(&self, client: &Client, directory: Option<&Path>) -> Vec<(OsString, OsString)> {
        let is_passed = |name: &OsStr| client.passed.includes(&name.to_string_lossy());
        let mut variables: Vec<_> = self.variables.iter().filter(|(name, _)| is_passed(name)).cloned().collect();
        for (name, value) in client.added {
            set(&mut variables, name, value.as_ref());
        }
        if let (Some([name, url]), [its_name, its_url]) = (client.server, self.server) {
            if let Some(text) = its_name {
                set(&mut variables, name, text.as_ref());
            }
            if let Some(text) = its_url {
                set(&mut variables, url, self.url_for(client, text).as_ref());
            }
        }
        if let Some(name) = client.plugin_root {
            set(&mut variables, name, self.plugin_root().as_os_str());
        }
        if let Some(directory) = directory {
            set(&mut variables, "PWD", directory.as_os_str());
        }
        for (name, value) in self.marks(client) {
            variables.retain(|(known, _)| known != name);
            variables.extend(value.map(|value| (OsString::from(name), value)));
        }
        variables
    }

    /// The server's URL as the client tells it.
    fn url_for(&self, client: &Client, url: &str) -> String {
        if client.passed != Passed::AllButCredentials {
            return url.to_owned();
        }
        let stripped = self.variables.iter().filter(|(name, _)| !client.passed.includes(&name.to_string_lossy()));
        let values: Vec<_> = stripped.filter_map(|(_, value)| value.to_str()).filter(|v| !v.is_empty()).collect();
        let (mut told, mut rest) = (String::new(), url);
        while let Some(c) = rest.chars().next() {
            // The longest of those that stand here; what takes its place is not looked at again.
            let hidden = values.iter().filter_map(|value| rest.strip_prefix(*value)).min_by_key(|after| after.len());
            if hidden.is_some() {
                told.push_str(REDACTED);
            } else {
                told.push(c);
            }
            rest = hidden.unwrap_or_else(|| rest.get(c.len_utf8()..).unwrap_or_default());
        }
        told
    }
}

/// Gives a variable this value alone.
#[inline(never)]
fn set(variables: &mut Vec<(OsString, OsString)>, name: &str, value: &OsStr) {
    variables.retain(|(known, _)| known != name);
    variables.push((name.into(), value.to_owned()));
}

/// The path of this executable, as it was called: what stands beside a link to it is not beside itself. Where that leads
/// nowhere it is the one that the system knows.
fn executable(called: &str) -> PathBuf {
    let path = locate_as_called(called).ok().filter(|path| path.is_file());
    path.or_else(|| std::env::current_exe().ok()).unwrap_or_else(|| PathBuf::from(called))
}
