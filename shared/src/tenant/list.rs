//! The tenants that the user knows, in `tenants.toml`.

use super::glob::ServerGlob;
use super::name::{self, is_name};
use super::rule::Rule;
use crate::config::file::{ConfigFile, Item, Table};
use crate::error::{Error, Report, nearest, quotable};

/// The file. No option names another one: what a cloned repository writes must not add to the user's tenants.
const FILE: &str = "~/.config/hdr/tenants.toml";

/// How many names a message lists.
const SHOWN_NAMES: usize = 20;

/// What the file says.
pub(super) struct Tenants {
    /// The file as messages name it.
    pub(super) shown: &'static str,
    pub(super) exists: bool,
    pub(super) listed: Vec<Tenant>,
    pub(super) default: Option<String>,
    pub(super) rules: Vec<Rule>,
}

/// A tenant and what is known of it.
#[derive(Clone)]
pub(super) struct Tenant {
    pub(super) name: String,
    pub(super) fields: Vec<(String, String)>,
}

impl Tenants {
    /// Reads the file; without it nothing is listed.
    ///
    /// # Errors
    /// [`Error::Usage`] when it cannot be used, with the line where it has one.
    pub(super) fn read() -> Result<Self, Error> {
        Self::of(ConfigFile::read(FILE)?.as_ref())
    }

    /// What the text of the file says.
    pub(super) fn of(file: Option<&ConfigFile>) -> Result<Self, Error> {
        let mut tenants = Self { shown: FILE, exists: false, listed: vec![], default: None, rules: vec![] };
        if let Some(file) = file {
            tenants.exists = true;
            tenants.fill(file.parse()?.root())?;
        }
        Ok(tenants)
    }

    fn fill(&mut self, root: Table<'_>) -> Result<(), Error> {
        root.only(&["default", "tenants", "rules"])?;
        for item in root.items() {
            match item.key() {
                "default" => self.default = Some(item.text()?.to_owned()),
                "tenants" => self.listed = item.table()?.items().map(tenant).collect::<Result<_, _>>()?,
                _ => self.rules = item.each().map(rule).collect::<Result<_, _>>()?,
            }
        }
        Ok(())
    }

    /// The tenant that `place` names in `text`.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is no name, or tenants are listed and this is none of them.
    pub(super) fn tenant(&self, place: &str, text: &[u8]) -> Result<Tenant, Error> {
        let name = name::parse(place, text)?;
        if let Some(tenant) = self.listed.iter().find(|tenant| tenant.name == name) {
            return Ok(tenant.clone());
        }
        if self.listed.is_empty() {
            return Ok(Tenant { name: name.to_owned(), fields: Vec::new() });
        }
        let known = || self.listed.iter().map(|tenant| tenant.name.as_str());
        let meant = nearest(name, known()).map(|near| format!("write {near}"));
        let meant = meant.unwrap_or_else(|| {
            let names: Vec<_> = known().take(SHOWN_NAMES).collect();
            format!("use one of {}{}", names.join(" "), if self.listed.len() > SHOWN_NAMES { " …" } else { "" })
        });
        let remedy = format_args!("{meant}, or add [tenants.{name}] there");
        let fact = format_args!("the tenant {name} of {place} is not known");
        Err(Error::Usage(Report::new(fact, format_args!("{} does not list it", self.shown), remedy)))
    }
}

impl Tenant {
    /// What `field` says of it, for the placeholder of `option`; its name where no field is asked for.
    ///
    /// # Errors
    /// [`Error::Usage`] where there is no such field, with the nearest one.
    pub(super) fn value(&self, option: &str, field: Option<&str>) -> Result<&str, Error> {
        let Some(field) = field else {
            return Ok(&self.name);
        };
        if field.is_empty() {
            let fact = format_args!(": {{tenant:}} is unknown");
            let remedy = "write {tenant}, or {tenant:FIELD}";
            return Err(Error::Usage(Report::of(option, fact, "it names no field", remedy)));
        }
        let value = self.fields.iter().find(|(key, _)| key == field).map(|(_, value)| value.as_str());
        value.ok_or_else(|| {
            let known = || self.fields.iter().map(|(key, _)| key.as_str());
            let remedy = match nearest(field, known()) {
                Some(near) => format!("write {{tenant:{}}}", quotable(near)),
                None => format!("add {} to [tenants.{}] in tenants.toml", quotable(field), self.name),
            };
            let fact = format_args!(": {{tenant:{}}} is not known", quotable(field));
            Error::Usage(Report::of(option, fact, format_args!("the tenant {} has no such field", self.name), remedy))
        })
    }
}

fn tenant(item: Item<'_>) -> Result<Tenant, Error> {
    if !is_name(item.key().as_bytes()) {
        return Err(item.error("it is not a valid tenant name", name::SHAPE));
    }
    let field = |item: Item<'_>| Ok((item.key().to_owned(), item.text()?.to_owned()));
    let fields = item.table()?.items().map(field).collect::<Result<_, Error>>()?;
    Ok(Tenant { name: item.key().to_owned(), fields })
}

fn rule(item: Item<'_>) -> Result<Rule, Error> {
    let table = item.table()?;
    table.only(&["server", "directory", "tenant"])?;
    let text = |key| table.item(key).map(Item::text).transpose();
    let tenant = text("tenant")?.ok_or_else(|| item.error("it has no tenant", "add tenant = \"NAME\""))?.to_owned();
    let server = table.item("server").map(server).transpose()?;
    let directory = table.item("directory").map(super::rule::directory).transpose()?;
    if server.is_none() && directory.is_none() {
        return Err(item.error("it has neither server nor directory", "add one of them; default covers all others"));
    }
    Ok(Rule { line: item.line(), server, directory, tenant })
}

fn server(item: Item<'_>) -> Result<ServerGlob, Error> {
    ServerGlob::parse(item.text()?).ok_or_else(|| {
        item.error("it is not a server pattern", "write a host, or https://HOST/PATH; * matches anything")
    })
}
