//! Another helper, run for a tenant: what it prints is put behind our own headers.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::list::Tenant;
use super::words;
use crate::client::mark::{Marks, are_signed};
use crate::client::streams::is_mcp_client;
use crate::config::profile::helper_of;
use crate::error::{Error, Report, quotable};
use crate::header::child_output::ChildOutput;
use crate::header::object::check_expanded;
use crate::header::{HeaderName, Headers, printed};
use crate::os::clock::{elapsed, monotonic};
use crate::os::environment::{expand_home, setting};
use crate::os::file;
use crate::run::Run;
use crate::secret::Secret;
use crate::secret::command::{Ending, depends_on_place, run_helper};
use crate::server::MCP_SERVER_NAME;

/// How much earlier than ours its deadline is, so that it can say itself what took too long.
const AHEAD: Duration = Duration::from_millis(100);

/// The variable that names the tenant to it.
const TENANT: &str = "HDR_TENANT";

/// A helper and its arguments.
pub(super) struct Wrapped {
    program: String,
    arguments: Vec<String>,
}

impl Wrapped {
    /// The helper in `words`, with what they say of `tenant`.
    ///
    /// # Errors
    /// [`Error::Usage`] for a program that is relative to the working directory; those of [`words::of_tenant`].
    pub(super) fn new(words: &[String], tenant: Option<&Tenant>) -> Result<Self, Error> {
        let mut words = words::of_tenant(words, tenant)?.into_iter();
        let program = words.next().unwrap_or_default();
        if program.is_empty() {
            let fact = "-- is not followed by a helper";
            return Err(Error::Usage(Report::new(fact, "the word is empty", "write -- HELPER ARGUMENTS")));
        }
        let path = expand_home(&program)?.to_string_lossy().into_owned();
        if depends_on_place(&path) {
            return Err(Error::Usage(Report::new(
                format_args!("--: {} is a relative path", quotable(&program)),
                "clients choose the working directory",
                "write a bare name, found in the folder of hdr-tenant or on PATH, an absolute path or ~/…",
            )));
        }
        Ok(Self { program: path, arguments: words.collect() })
    }

    /// Puts the headers that it prints behind `headers`. Its `project` is the one given with `--project-dir`.
    ///
    /// # Errors
    /// Its own error where it fails; [`Error::Usage`] when it cannot be started, [`Error::Transient`] when it is not done
    /// by the deadline, [`Error::Headers`] when what it prints cannot be used. It is gone in each of these cases.
    pub(super) fn add_to(
        &self,
        headers: &mut Headers,
        tenant: Option<&Tenant>,
        project: Option<&Path>,
        run: &Run,
    ) -> Result<(), Error> {
        // A helper of ours says its own name, whatever link it is started under.
        let stem = || Path::new(&self.program).file_stem().unwrap_or_default().to_string_lossy();
        let ours = helper_of(&self.program);
        let name = ours.map_or_else(|| quotable(stem().as_bytes()), str::to_owned);
        let output = self.run(&name, tenant, project, run)?;
        for (header, value) in
            printed::headers(&output, run.notes().redactor()).map_err(|error| error.of_program(&name))?.iter()
        {
            if headers.value(header).is_some() {
                let cause = format_args!("both hdr-tenant and {name} print it");
                return Err(Error::Headers(Report::of_header(
                    header,
                    " is given twice",
                    cause,
                    "remove it from one of them, with -H",
                )));
            }
            // One of ours has looked itself, and prints a dollar that is meant.
            if ours.is_none() {
                check_expanded(header, "its value", value).map_err(|error| error.of_program(&name))?;
            }
            headers.add(HeaderName::parse(header)?, Secret::new(value.to_vec()))?;
        }
        Ok(())
    }

    /// Runs it to its end and returns what it printed.
    fn run(&self, name: &str, tenant: Option<&Tenant>, project: Option<&Path>, run: &Run) -> Result<Secret, Error> {
        let started_at = monotonic();
        let deadline = run.deadline();
        let left = deadline.remaining().saturating_sub(AHEAD).max(Duration::from_millis(1));
        let is_mcp_client = is_mcp_client(run.marks());
        let marks = Marks {
            time_left: Some(left),
            is_mcp_client: Some(is_mcp_client),
            started_at: Some(run.started_at()),
            project: project.map(Path::to_owned).or_else(|| run.marks().project.clone()),
            ..run.marks().clone()
        };
        let marks = marks.variables();
        // Codex alone tells nothing in variables, which the helper would see by itself.
        if is_mcp_client && setting(MCP_SERVER_NAME).is_none() && !are_signed(&marks) {
            let cause = "~/.local/state/hdr cannot be used";
            run.notes().warn(format!(
                "{name} cannot be informed that an MCP client runs it: {cause}; give this user write access"
            ));
        }
        let owned = |text: &str| OsString::from(text);
        let tenant = (TENANT, tenant.map(|tenant| owned(&tenant.name)));
        let server = run.server_variables().map(|(name, value)| (name, value.map(owned)));
        let variables: Vec<_> = marks.into_iter().chain([tenant]).chain(server).collect();
        let finished = run_helper(&self.program, &self.arguments, &variables, &deadline).map_err(|error| {
            let remedy = "install it in the folder of hdr-tenant, or give its absolute path: clients change PATH";
            Error::Usage(Report::new(format_args!("{name} cannot be run"), file::reason(&error), remedy))
        })?;
        let said = ChildOutput::new(name, &finished, run.notes());
        let how = match finished.ending {
            Ending::Exited(status) if status.success() => {
                said.note(run.notes());
                run.notes().explain(|| format!("{name} ended after {} ms: {status}", elapsed(started_at).as_millis()));
                return Ok(finished.stdout);
            }
            Ending::Exited(status) => return Err(said.error(status, run.notes())),
            Ending::TooMuchOutput => {
                let remedy = "make it print only its headers";
                let fact = format_args!("{name} failed");
                return Err(Error::Headers(Report::new(fact, "it printed more than 64 KiB", remedy)));
            }
            Ending::TimedOut => format!("it did not finish within the {deadline}"),
        };
        said.note(run.notes());
        let fact = format_args!("{name} failed");
        Err(Error::Transient(Report::new(fact, how, deadline.remedy())))
    }
}
