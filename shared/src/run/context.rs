//! One run of a helper: what it was told and found out, read once and passed down.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::fmt::Write;
#[cfg(feature = "tenant")]
use std::io;
#[cfg(feature = "tenant")]
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use crate::client::mark::Marks;
use crate::config::Profile;
use crate::error::Error;
use crate::error::notes::Notes;
use crate::os::clock::{self, Deadline, elapsed};
use crate::os::random;
#[cfg(feature = "bearer")]
use crate::run::binding::KeyBinding;
use crate::run::request::{Call, HttpRequest, OF_A_REQUEST};
use crate::secret::Secret;
use crate::secret::Source;
use crate::secret::environment::Environment;
use crate::secret::source::Sources;
use crate::server::{Part, Server};

/// The values that all templates of a run share, and the places its secrets come from.
pub struct Run {
    now: DateTime<Utc>,
    started_at: Instant,
    deadline: Deadline,
    nonce: OnceCell<String>,
    uuid: OnceCell<String>,
    server: Server,
    sources: Rc<Sources>,
    notes: Notes,
    profile: Option<Arc<Profile>>,
    marks: Marks,
    prints_headers: bool,
    call: Option<Call>,
    /// Whether something was made of the request, and so for it alone.
    is_for_request: Cell<bool>,
    afterwards: RefCell<Vec<Box<dyn FnOnce()>>>,
}

/// What a command line says of a run.
pub(crate) struct RunOptions<'a> {
    /// How long it may take.
    pub(crate) timeout: Duration,
    /// Its instant, where it is not the clock's.
    pub(crate) now: Option<DateTime<Utc>>,
    /// Its nonce, where it is not a random one.
    pub(crate) nonce: Option<String>,
    /// Whether the steps of the run are noted.
    pub(crate) explain: bool,
    /// The dotenv files behind the environment.
    pub(crate) env_files: &'a [String],
    /// The MCP server that the headers are for.
    pub(crate) server: Server,
    /// Whether headers are printed, in whatever form, and not a bare value.
    pub(crate) prints_headers: bool,
    /// The profile whose options are among those of the command line.
    pub(crate) profile: Option<Arc<Profile>>,
    /// What the helper that runs this one says.
    pub(crate) marks: Marks,
    /// What a program that calls the helper in its own process says.
    pub(crate) call: Option<Call>,
}

impl Run {
    /// The run of a process that started at `started_at`, with what its command line asks for.
    ///
    /// # Errors
    /// [`Error::Usage`] when an `--env-file` cannot be read or the server cannot be understood.
    pub(crate) fn new(given: RunOptions<'_>, started_at: Instant) -> Result<Self, Error> {
        let RunOptions { timeout, now, nonce, explain, env_files, server, prints_headers, profile, marks, call } =
            given;
        let deadline = Deadline::new(started_at, timeout).inherited(marks.time_left);
        let notes = Notes::new(explain);
        if now.is_some() {
            notes.explain(|| "the time is that of --now".to_owned());
        }
        let variables = call.as_ref().map(|call| call.variables.clone()).unwrap_or_default();
        let environment = Environment::with_files(env_files, &deadline, &notes)?.with(variables);
        if let Some(profile) = &profile {
            notes.explain(|| profile.to_string());
            profile.warnings(server.origin().is_some()).for_each(|warning| notes.warn(warning));
        }
        Ok(Self {
            now: now.unwrap_or_else(clock::now),
            started_at,
            deadline,
            nonce: nonce.map_or_else(OnceCell::new, OnceCell::from),
            uuid: OnceCell::new(),
            server,
            sources: Rc::new(Sources::new(environment, deadline).marked(marks.clone())),
            marks,
            prints_headers,
            call,
            is_for_request: Cell::new(false),
            notes,
            profile,
            afterwards: RefCell::default(),
        })
    }

    /// The instant of the run: `--now`, else the time at its start.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// When the outermost of our processes began, by the clock: `--now` has no say in it.
    #[must_use]
    pub fn started_at(&self) -> DateTime<Utc> {
        let ours = clock::now()
            .checked_sub_signed(TimeDelta::from_std(elapsed(self.started_at)).unwrap_or_default())
            .unwrap_or_default();
        self.marks.started_at.map_or(ours, |outermost| outermost.min(ours))
    }

    /// Whether headers are printed, in whatever form, and not a bare value.
    pub(crate) fn prints_headers(&self) -> bool {
        self.prints_headers
    }

    /// Whether a program of ours made it in its own process, and says itself what the MCP server refused.
    #[cfg(any(feature = "bearer", feature = "tenant"))]
    pub(crate) fn is_called(&self) -> bool {
        self.call.is_some()
    }

    /// The request that headers are made for, where it is known. What is made of it is for this request alone.
    #[must_use]
    pub fn request(&self) -> Option<&HttpRequest> {
        let request = self.call.as_ref().and_then(|call| call.request.as_ref());
        self.is_for_request.set(self.is_for_request.get() || request.is_some());
        request
    }

    /// The placeholders of its templates that stand for parts of the request: none where there is no request.
    pub(crate) fn request_placeholders(&self) -> &'static [&'static str] {
        let has_request = self.call.as_ref().is_some_and(|call| call.request.is_some());
        if has_request { &OF_A_REQUEST } else { &[] }
    }

    /// Whether something was made of the request.
    pub(crate) fn is_for_request(&self) -> bool {
        self.is_for_request.get()
    }

    /// The token that the MCP server has just refused, where the caller says so.
    #[cfg(feature = "bearer")]
    pub(crate) fn refused(&self) -> Option<&Secret> {
        self.call.as_ref().and_then(|call| call.refused.as_ref())
    }

    /// The key that its token is to be bound to, where the caller proves with each request that it has it.
    #[cfg(feature = "bearer")]
    pub(crate) fn binding(&self) -> Option<&KeyBinding> {
        self.call.as_ref().and_then(|call| call.binding.as_deref())
    }

    /// The call of another helper for the same request, which sees these variables, where a program of ours called this one in
    /// its own process.
    #[cfg(feature = "bridge")]
    pub(crate) fn call_with(&self, variables: Vec<(&'static str, Option<String>)>) -> Option<Call> {
        let call = self.call.as_ref()?;
        let Call { request, refused, binding, .. } = call;
        Some(Call { request: request.clone(), refused: refused.clone(), binding: binding.clone(), variables })
    }

    /// The variables that commands see instead of those of this process.
    #[cfg(feature = "bearer")]
    pub(crate) fn other_variables(&self) -> &[(&'static str, Option<String>)] {
        self.call.as_ref().map_or(&[], |call| &call.variables)
    }

    /// The project's directory, where it is known.
    ///
    /// # Errors
    /// Those of [`Sources::project`].
    #[cfg(feature = "tenant")]
    pub(crate) fn project(&self) -> io::Result<Option<&Path>> {
        self.sources.project()
    }

    /// Takes `directory` for the project's, of sources that are not read yet.
    #[cfg(feature = "tenant")]
    pub(crate) fn set_project(&self, directory: PathBuf) {
        self.sources.set_project(directory);
    }

    /// What the helper that runs this one says.
    #[cfg(any(feature = "bearer", feature = "tenant"))]
    pub(crate) fn marks(&self) -> &Marks {
        &self.marks
    }

    /// The moment by which everything must be over.
    #[must_use]
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// `--nonce`, else 128 random bits in hex; the same all through the run.
    ///
    /// # Errors
    /// [`Error::Other`] when the system has no randomness to give.
    pub fn nonce(&self) -> Result<&str, Error> {
        if let Some(nonce) = self.nonce.get() {
            return Ok(nonce);
        }
        let mut bytes = [0; 16];
        random::fill(&mut bytes).map_err(random::missing)?;
        let hex = bytes.iter().fold(String::with_capacity(32), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Ok(self.nonce.get_or_init(|| hex))
    }

    /// A random UUID (RFC 9562 version 4), the same all through the run.
    ///
    /// # Errors
    /// [`Error::Other`] when the system has no randomness to give.
    pub fn uuid(&self) -> Result<&str, Error> {
        if let Some(uuid) = self.uuid.get() {
            return Ok(uuid);
        }
        let uuid = random::uuid()?;
        Ok(self.uuid.get_or_init(|| uuid))
    }

    /// A part of the server that the headers are for, for the template of `option`.
    ///
    /// # Errors
    /// Those of [`Server::part`].
    pub fn server(&self, option: &str, part: Part) -> Result<Cow<'_, str>, Error> {
        let (text, origin) = self.server.part(option, part)?;
        self.notes.explain(|| format!("{option}: the server is that of {origin}"));
        Ok(text)
    }

    /// The profile in use.
    #[must_use]
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_deref()
    }

    /// Like [`Run::server`], `None` where the URL of the server is not known.
    ///
    /// # Errors
    /// Those of [`Server::part`].
    #[cfg(feature = "tenant")]
    pub(crate) fn known_server(&self, option: &str, part: Part) -> Result<Option<Cow<'_, str>>, Error> {
        let known = self.server.has_url().then(|| self.server.part(option, part));
        Ok(known.transpose()?.map(|(text, _)| text))
    }

    /// The value of a variable, of `--env-file` too.
    #[cfg(feature = "tenant")]
    pub(crate) fn variable(&self, name: &str) -> Option<Secret> {
        self.sources.variable_of(name)
    }

    /// The variables that tell another helper of the server: see [`Server::given_by_options`].
    #[cfg(feature = "tenant")]
    pub(crate) fn server_variables(&self) -> impl Iterator<Item = (&'static str, Option<&str>)> {
        self.server.given_by_options()
    }

    /// Name and URL of the server as they were told, for telling servers apart.
    #[cfg(feature = "bearer")]
    pub(crate) fn server_identity(&self) -> [Option<&str>; 2] {
        self.server.identity()
    }

    /// The secret that `source` holds, for `option`; read once a run.
    ///
    /// # Errors
    /// Those of [`Sources::secret`].
    pub fn secret(&self, option: &str, source: &Source) -> Result<Secret, Error> {
        self.sources.secret(option, source, &self.notes)
    }

    /// Like [`Run::secret`], with the bytes as they are kept.
    ///
    /// # Errors
    /// Those of [`Sources::raw_secret`].
    pub fn raw_secret(&self, option: &str, source: &Source) -> Result<Secret, Error> {
        self.sources.raw_secret(option, source, &self.notes)
    }

    /// The reader of this run's sources.
    #[cfg(feature = "bearer")]
    pub(crate) fn sources(&self) -> Rc<Sources> {
        Rc::clone(&self.sources)
    }

    /// Runs `work` after the headers are printed.
    #[cfg(feature = "bearer")]
    pub(crate) fn afterwards(&self, work: impl FnOnce() + 'static) {
        self.afterwards.borrow_mut().push(Box::new(work));
    }

    /// Does what was left for when the headers are printed.
    pub(crate) fn do_afterwards(&self) {
        for work in self.afterwards.take() {
            work();
        }
    }

    /// Where the run notes what the user may want to know.
    #[must_use]
    pub fn notes(&self) -> &Notes {
        &self.notes
    }
}
