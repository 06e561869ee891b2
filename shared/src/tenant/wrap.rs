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
use crate::header::{CallOutcome, HeaderName, Headers, Life, Made, printed};
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

/// A wrapped helper of ours that is called in this process.
#[cfg_attr(not(feature = "bridge"), expect(dead_code, reason = "hdr-bridge alone calls helpers in its process"))]
pub(crate) struct WrappedCall {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its command line.
    pub(crate) words: Vec<OsString>,
    /// What it sees instead of variables of this process.
    pub(crate) variables: Vec<(&'static str, Option<String>)>,
    /// What it would be told if it were started.
    pub(crate) marks: Marks,
}

/// Calls a helper of ours in this process; `None` where it has to be started all the same.
pub(crate) type CallWrapped<'c> = dyn Fn(WrappedCall) -> Option<CallOutcome> + 'c;

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

    /// Puts the headers that it prints behind `headers`, and returns all with what is known of its token and of their life. Its
    /// `project` is the one given with `--project-dir`. One of ours is not started where `in_process` calls it.
    ///
    /// # Errors
    /// Its own error where it fails; [`Error::Usage`] when it cannot be started, [`Error::Transient`] when it is not done
    /// by the deadline, [`Error::Headers`] when what it prints cannot be used. It is gone in each of these cases.
    pub(super) fn add_to(
        &self,
        mut headers: Headers,
        tenant: Option<&Tenant>,
        project: Option<&Path>,
        in_process: Option<&CallWrapped<'_>>,
        run: &Run,
    ) -> Result<Made, Error> {
        // A helper of ours says its own name, whatever link it is started under.
        let stem = || Path::new(&self.program).file_stem().unwrap_or_default().to_string_lossy();
        let ours = helper_of(&self.program);
        let name = ours.map_or_else(|| quotable(stem().as_bytes()), str::to_owned);
        let called = in_process.and_then(|call| self.call(ours?, call, tenant, project, run));
        let made = if let Some(made) = called {
            made?
        } else {
            let output = self.run(&name, tenant, project, run)?;
            let headers = printed::headers(&output, run.notes().redactor()).map_err(|error| error.of_program(&name))?;
            Made { headers, token: Secret::default(), life: Life::Unknown }
        };
        for (header, value) in made.headers.iter() {
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
        Ok(Made { headers, ..made })
    }

    /// What the helper `name` of ours makes in this process; `None` where it has to be started all the same.
    fn call(
        &self,
        name: &'static str,
        in_process: &CallWrapped<'_>,
        tenant: Option<&Tenant>,
        project: Option<&Path>,
        run: &Run,
    ) -> Option<Result<Made, Error>> {
        let words = std::iter::once(&self.program).chain(&self.arguments).map(OsString::from).collect();
        let variables = vec![(TENANT, tenant.map(|tenant| tenant.name.clone()))];
        let call = WrappedCall { name, words, variables, marks: marks(project, run) };
        let CallOutcome { result, warnings, steps } = in_process(call)?;
        for step in steps {
            run.notes().explain(|| format!("{name}: {step}"));
        }
        for warning in warnings {
            run.notes().warn(format!("{name}: {warning}"));
        }
        Some(result.map_err(|error| error.of_program(name)))
    }

    /// Runs it to its end and returns what it printed.
    fn run(&self, name: &str, tenant: Option<&Tenant>, project: Option<&Path>, run: &Run) -> Result<Secret, Error> {
        let started_at = monotonic();
        let deadline = run.deadline();
        let marks = marks(project, run);
        let is_mcp_client = marks.is_mcp_client == Some(true);
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

/// What a wrapped helper is told of this run.
fn marks(project: Option<&Path>, run: &Run) -> Marks {
    let left = run.deadline().remaining().saturating_sub(AHEAD).max(Duration::from_millis(1));
    Marks {
        time_left: Some(left),
        is_mcp_client: Some(is_mcp_client(run.marks())),
        started_at: Some(run.started_at()),
        project: project.map(Path::to_owned).or_else(|| run.marks().project.clone()),
        ..run.marks().clone()
    }
}
