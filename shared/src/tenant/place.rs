//! Where the name of a tenant may stand.

use super::found::Found;
use super::list::Tenants;
use super::project::Project;
use crate::error::{Error, OutsideText, Redactor, Report, nearest, quotable};
use crate::run::Run;
use crate::secret::Source;
use crate::server::Part;

/// The option that lists the places.
pub(super) const FROM: &str = "--from";

/// One of the places that `--from` lists.
pub(super) enum Place {
    /// `env:NAME`.
    Variable(String),
    /// `file`: the nearest `.hdr-tenant`.
    File,
    /// `server:PATTERN`: what stands before and behind `{tenant}` in the server's host.
    Server { before: String, behind: String },
    /// `rules` of `tenants.toml`.
    Rules,
    /// `default` of `tenants.toml`.
    Default,
}

/// What places are looked up in.
pub(super) struct LookupContext<'r> {
    pub(super) run: &'r Run,
    pub(super) project: Project<'r>,
    pub(super) tenants: Tenants,
}

impl Place {
    /// The places of `--from`, which stand between commas.
    ///
    /// # Errors
    /// [`Error::Usage`] for what is none.
    pub(super) fn parse_list(text: &str) -> Result<Vec<Self>, Error> {
        text.split(',').map(|place| Self::parse(place.trim_ascii())).collect()
    }

    fn parse(text: &str) -> Result<Self, Error> {
        match text.split_once(':') {
            Some(("env", name)) => {
                Source::variable(FROM, name)?;
                Ok(Self::Variable(name.to_owned()))
            }
            Some(("server", pattern)) => Self::server(pattern),
            None if text == "file" => Ok(Self::File),
            None if text == "rules" => Ok(Self::Rules),
            None if text == "default" => Ok(Self::Default),
            _ => Err(unknown(text)),
        }
    }

    fn server(pattern: &str) -> Result<Self, Error> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        let around =
            pattern.split_once("{tenant}").filter(|(before, behind)| before.chars().chain(behind.chars()).all(fits));
        let (before, behind) = around.ok_or_else(|| {
            let fact =
                format_args!(": server:{} is not a pattern", OutsideText::new(pattern).shown(&Redactor::default()));
            let cause = "it is not a host that contains {tenant} once";
            Error::Usage(Report::of(FROM, fact, cause, "write server:{tenant}.api.example.com"))
        })?;
        Ok(Self::Server { before: before.to_ascii_lowercase(), behind: behind.to_ascii_lowercase() })
    }

    /// What is there.
    ///
    /// # Errors
    /// [`Error::Usage`] where something is there that cannot be used.
    pub(super) fn look(&self, around: &LookupContext<'_>) -> Result<Found, Error> {
        let LookupContext { run, project, tenants } = around;
        match self {
            Self::Variable(name) => Ok(variable(name, run)),
            Self::File => project.nearest(),
            Self::Server { before, behind } => server(before, behind, run),
            Self::Rules => rules(tenants, run, project),
            Self::Default => Ok(default(tenants)),
        }
    }
}

fn variable(name: &str, run: &Run) -> Found {
    let place = format!("env:{name}");
    match run.variable(name) {
        None => Found::Nothing(format!("{place} is not set")),
        Some(value) if value.is_empty() => Found::Nothing(format!("{place} is empty")),
        Some(value) => Found::Name { text: value.expose().to_vec(), place },
    }
}

fn server(before: &str, behind: &str, run: &Run) -> Result<Found, Error> {
    let place = format!("server:{before}{{tenant}}{behind}");
    let Some(host) = run.known_server(FROM, Part::Host)? else {
        return Ok(Found::Nothing(format!("{place} needs the server URL, which is not known")));
    };
    let label = host.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind));
    Ok(match label.filter(|label| !label.is_empty() && !label.contains('.')) {
        Some(label) => Found::Name { text: label.as_bytes().to_vec(), place },
        None => Found::Nothing(format!("{place} does not match the host {}", quotable(&*host))),
    })
}

fn rules(tenants: &Tenants, run: &Run, project: &Project<'_>) -> Result<Found, Error> {
    for rule in &tenants.rules {
        if rule.fits(FROM, run, project)? {
            let place = format!("the rule in {} line {}", tenants.shown, rule.line);
            return Ok(Found::Name { text: rule.tenant.clone().into_bytes(), place });
        }
    }
    if tenants.rules.is_empty() {
        return Ok(nothing_in(tenants, "rules"));
    }
    let needs_url = tenants.rules.iter().any(|rule| rule.server.is_some());
    let why = if needs_url && run.known_server(FROM, Part::Scheme)?.is_none() {
        " (the server URL is not known)"
    } else {
        ""
    };
    Ok(Found::Nothing(format!("no rule of {} matches{why}", tenants.shown)))
}

fn default(tenants: &Tenants) -> Found {
    match &tenants.default {
        Some(name) => Found::Name { text: name.clone().into_bytes(), place: format!("default in {}", tenants.shown) },
        None => nothing_in(tenants, "default"),
    }
}

fn nothing_in(tenants: &Tenants, key: &str) -> Found {
    let shown = &tenants.shown;
    Found::Nothing(if tenants.exists {
        format!("{shown} has no {key}")
    } else {
        format!("{shown} with {key} does not exist")
    })
}

#[cold]
fn unknown(text: &str) -> Error {
    let written = ["env:NAME", "file", "server:PATTERN", "rules", "default"];
    let kind = text.split(':').next().unwrap_or_default();
    let near = nearest(kind, written.map(|written| written.split(':').next().unwrap_or_default()));
    let near = near.and_then(|near| written.into_iter().find(|written| written.starts_with(near)));
    let remedy = near.map_or_else(|| format!("use {}", written.join(" ")), |near| format!("write {near}"));
    Error::Usage(Report::of(FROM, format_args!(": `{}` is unknown", quotable(kind)), "no place has that name", remedy))
}
