//! Tenants: which of them a run is for, what is known of it, and other helpers run for it.
//!
//! Imported by the program of hdr-tenant.

mod choice;
mod found;
#[cfg(all(feature = "fuzz", unix))]
pub(crate) mod fuzz;
mod glob;
mod list;
mod name;
mod place;
mod project;
mod rule;
mod verb;
mod words;
mod wrap;

use clap::Args;

use self::choice::{Candidates, Choice};
use self::list::{Tenant, Tenants};
use self::place::{LookupContext, Place};
use self::project::Project;
pub(crate) use self::wrap::CallWrapped;
use self::wrap::Wrapped;
#[cfg(feature = "bridge")]
pub(crate) use self::wrap::WrappedCall;
use crate::config::command_words::{CommandWords, FromWords};
use crate::error::{Error, Report, quotable};
use crate::header::template::OwnValues;
use crate::header::{Answer, Format, HeaderOptions, HeaderTemplate, HeaderTemplates, Life, Made};
use crate::os::environment::expand_home;
use crate::run::Run;
use crate::secret::Secret;

pub use self::verb::VerbOptions;

/// The placeholders of a tenant: its name, and its fields.
pub const OWN: [&str; 2] = ["tenant", "tenant:"];

/// What the help says after the options.
pub const MORE: &str = "\
Tenants:
  If ~/.config/hdr/tenants.toml lists tenants, any other name is refused, whatever names it:

    default = \"acme\"
    [tenants.acme]             # fields of any name, for {tenant:user}
    user = \"jo\"
    [[rules]]                  # the first that matches; server, directory or both
    server = \"*.acme.example\"
    directory = \"~/projects/acme\"
    tenant = \"acme\"

  A file .hdr-tenant contains one name. The nearest one counts, from the project upward as far as
  HOME, a directory with .git, or the boundary of the file system.

  A helper after -- is looked for in the folder of hdr-tenant, then in PATH. {tenant} and
  {tenant:FIELD} in its arguments are replaced. It shares the time limit, gets the tenant in
  HDR_TENANT, and its output is checked. If neither a header nor an argument contains {tenant}, no
  tenant is needed.
";

/// What the help shows as examples: what a command line does, and the command line.
pub const EXAMPLES: [(&str, &str); 2] = [
    ("Plain headers, with a key in a file:", "hdr-tenant -H 'X-API-Key: {file:~/.config/acme/api-key}'"),
    (
        "The tenant, and the headers of another helper:",
        "hdr-tenant --tenant acme -- hdr-hmac --key file:~/.config/{tenant}/secret",
    ),
];

/// Where the tenant is named by default.
const FROM: &str = "env:HDR_TENANT,file,rules,default";

/// The options that choose the tenant.
#[derive(Args, Debug)]
#[command(next_help_heading = "Tenant")]
pub struct TenantOptions {
    /// Name of the tenant; overrides --from.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,

    /// Places that name the tenant.
    ///
    /// The first one that names a tenant counts: env:NAME, file (the nearest .hdr-tenant), server:PATTERN (the part
    /// of the server's host at {tenant} in the pattern), rules and default (both in ~/.config/hdr/tenants.toml).
    #[arg(long, value_name = "LIST", default_value = FROM)]
    from: String,

    /// Directory of the project [default: the client's, or the current one].
    ///
    /// The places file and rules depend on it. The default is the working directory of the MCP client that runs the helper,
    /// or else the current directory.
    #[arg(long, value_name = "DIR")]
    project_dir: Option<String>,
}

/// The header that is printed by default.
pub const DEFAULT_HEADER: &str = "X-Tenant-ID: {tenant}";

impl FromWords for TenantOptions {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self {
            tenant: words.text("--tenant"),
            from: words.text("--from").unwrap_or_else(|| FROM.to_owned()),
            project_dir: words.text("--project-dir"),
        }
    }
}

impl TenantOptions {
    /// The headers that `wanted` asks for, else [`DEFAULT_HEADER`], for the tenant; and behind them
    /// those of the helper in `wrapped`, where it has words. One of ours is called by `in_process`, where that is given.
    ///
    /// # Errors
    /// [`Error::Usage`] when a tenant is needed and none is chosen; those of headers, templates and the wrapped helper.
    pub(crate) fn answer(
        &self,
        wanted: &HeaderOptions,
        format: Format,
        wrapped: &[String],
        in_process: Option<&CallWrapped<'_>>,
        run: &Run,
    ) -> Result<Answer, Error> {
        let default = HeaderTemplate::parse("-H", DEFAULT_HEADER, &OWN)?;
        let headers = &wanted.templates(vec![default], &OWN, run)?;
        let places = Place::parse_list(&self.from)?;
        let project = self.project_dir.as_deref().map(expand_home).transpose()?;
        if let Some(project) = &project {
            run.set_project(project.canonicalize().unwrap_or_else(|_| project.clone()));
        }
        let prints_it = format == Format::Token;
        if prints_it && !wrapped.is_empty() {
            let cause = "a wrapped helper prints headers, not a bare value";
            return Err(Error::Usage(Report::of("--format", " token cannot be used here", cause, "remove it")));
        }
        let is_needed = prints_it || words::name_a_tenant(wrapped) || headers.arguments("tenant").next().is_some();
        let chosen = match (is_needed, wrapped) {
            (true, _) => Some(self.candidates(places, run)?.choose()?),
            (false, []) => {
                self.tenant.as_deref().map(choice::check).transpose()?;
                None
            }
            // It may ask for the tenant in HDR_TENANT, and needs none that is nowhere named.
            (false, _) => self.candidates(places, run)?.find()?.ok(),
        };
        if let Some(Choice { tenant, place }) = &chosen {
            run.notes().explain(|| format!("the tenant {} comes from {place}", tenant.name));
        }
        let tenant = chosen.as_ref().map(|choice| &choice.tenant);
        let inner = if wrapped.is_empty() { None } else { Some(Wrapped::new(wrapped, tenant)?) };
        let headers = headers.render(run, &values(headers, tenant)?)?;
        if let Some(inner) = inner {
            return inner.add_to(headers, tenant, project.as_deref(), in_process, run).map(Answer::Headers);
        }
        // A server that refuses the headers refuses more than a name.
        let tenant = tenant.filter(|_| !run.is_called());
        let token = tenant.map_or_else(Secret::default, |tenant| Secret::new(tenant.name.clone().into_bytes()));
        Ok(Answer::Headers(Made { headers, token, life: Life::Unknown }))
    }

    /// The tenant that is chosen, where it was named, and what other places name.
    ///
    /// # Errors
    /// [`Error::Usage`] when none is chosen.
    pub fn show(&self, run: &Run) -> Result<String, Error> {
        self.candidates(Place::parse_list(&self.from)?, run)?.show()
    }

    /// The tenants that are listed, each with its fields.
    ///
    /// # Errors
    /// [`Error::Usage`] when the list cannot be used.
    pub fn list(&self) -> Result<String, Error> {
        let tenants = Tenants::read()?;
        if tenants.listed.is_empty() {
            return Ok(format!("{} lists no tenants: any name is taken\n", tenants.shown));
        }
        let line = |Tenant { name, fields }: &Tenant| {
            let is_default = tenants.default.as_deref() == Some(name);
            let fields = fields.iter().map(|(key, value)| format!("  {}={}", quotable(key), quotable(value)));
            format!("{name}{}{}\n", if is_default { " (default)" } else { "" }, fields.collect::<String>())
        };
        Ok(tenants.listed.iter().map(line).collect())
    }

    /// Makes `name` the tenant of the project.
    ///
    /// # Errors
    /// [`Error::Usage`] for one that is not known, [`Error::Other`] when it cannot be written.
    pub fn assign(&self, name: &str, run: &Run) -> Result<String, Error> {
        let tenant = Tenants::read()?.tenant("use", name.as_bytes())?;
        let file = self.project(run).write(&tenant.name)?;
        Ok(format!("{file} names {}\n", tenant.name))
    }

    fn project<'r>(&'r self, run: &'r Run) -> Project<'r> {
        Project::new(self.project_dir.as_deref(), run)
    }

    /// The places where a tenant may be named.
    fn candidates<'r>(&'r self, places: Vec<Place>, run: &'r Run) -> Result<Candidates<'r>, Error> {
        let around = LookupContext { run, project: self.project(run), tenants: Tenants::read()? };
        Ok(Candidates::new(self.tenant.as_deref(), places, around))
    }
}

/// The values of the placeholders of a tenant in `headers`.
fn values(headers: &HeaderTemplates, tenant: Option<&Tenant>) -> Result<OwnValues, Error> {
    let mut own = OwnValues::default();
    for (template, field) in headers.arguments("tenant") {
        if let Some(tenant) = tenant {
            let asked = Some(field).filter(|field| !field.is_empty());
            own.add_with(
                "tenant",
                field,
                tenant.value(template.label(), asked).map_err(|error| template.about(error))?,
            );
        }
    }
    Ok(own)
}
