//! The claims of a JWT (RFC 7519 section 4): each has one origin, and the times are always ours.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::error::json;
use crate::error::twice;
use crate::error::{Error, Report, quotable};
use crate::header::Template;
use crate::header::template::JsonTemplate;
use crate::os::environment::expand_home;
use crate::os::file;
use crate::run::Run;
use crate::secret::Secret;
use crate::secret::unicode;

/// Claims being put together.
#[derive(Default)]
pub struct Claims {
    values: Map<String, Value>,
    /// Names and the option that set each; claims of a file can be overridden and are not among them.
    origins: Vec<(String, String)>,
}

/// `NAME=TEXT`, of which the text is a template.
#[derive(Debug)]
pub struct NamedTemplate {
    /// The name before the `=`.
    pub name: String,
    /// What stands behind it.
    pub template: Template,
}

impl NamedTemplate {
    /// Parses `NAME=TEXT`, which `option` was given.
    ///
    /// # Errors
    /// [`Error::Usage`] without a name or with a broken template.
    pub fn parse(option: &str, text: &str) -> Result<Self, Error> {
        let (name, text) = split_name(option, text)?;
        let template = Template::of_name(option, &quotable(name), text, &[])?;
        Ok(Self { name: name.to_owned(), template })
    }
}

/// `NAME=JSON`, of which the JSON is a template.
#[derive(Debug)]
pub struct NamedJson {
    /// The name before the `=`.
    pub name: String,
    /// What stands behind it.
    pub json: JsonTemplate,
}

impl NamedJson {
    /// Parses `NAME=JSON`, which `option` was given.
    ///
    /// # Errors
    /// [`Error::Usage`] without a name, and those of [`JsonTemplate::parse`].
    pub fn parse(option: &str, text: &str) -> Result<Self, Error> {
        let (name, json) = split_name(option, text)?;
        let json = JsonTemplate::of_name(option, &quotable(name), json)?;
        Ok(Self { name: name.to_owned(), json })
    }
}

/// The `iat` of a token made in this run, `backdate` before its instant, in Unix seconds.
#[must_use]
pub fn issued_at(run: &Run, backdate: Duration) -> i64 {
    run.now().timestamp().saturating_sub_unsigned(backdate.as_secs())
}

/// Splits `NAME=VALUE` at the first `=`.
fn split_name<'a>(option: &str, text: &'a str) -> Result<(&'a str, &'a str), Error> {
    text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
        let cause = "it has no name before a `=`";
        Error::Usage(Report::of(option, "", cause, "write NAME=VALUE"))
    })
}

/// The members of a JSON object, also those that have the same name.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self(Vec::new()))
    }
}

impl<'de> Visitor<'de> for Members {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(member) = map.next_entry()? {
            self.0.push(member);
        }
        Ok(self)
    }
}

impl Claims {
    /// The claims of the JSON object in a file, which all others override.
    ///
    /// # Errors
    /// [`Error::Usage`] when the file cannot be read or is no JSON object.
    pub fn from_file(option: &str, path: &str) -> Result<Self, Error> {
        let wrong = |cause: String| {
            let fact = format_args!(" {}", quotable(path));
            Error::Usage(Report::of(option, fact, cause, "name a readable file that holds one JSON object"))
        };
        let contents = file::read(&expand_home(path)?).map_err(|error| wrong(file::reason(&error)))?;
        let contents = unicode::without_mark(Secret::new(contents.bytes));
        let Members(members) = serde_json::from_slice(contents.expose())
            .map_err(|error| wrong(format!("it is not a JSON object (line {})", error.line())))?;
        let mut values = Map::new();
        for (name, value) in members {
            if values.contains_key(&name) {
                let fact = format_args!(" {}: the claim {} cannot be set", quotable(path), quotable(&name));
                return Err(Error::Usage(Report::of(option, fact, "it is given twice", "remove one of them")));
            }
            values.insert(name, value);
        }
        if let Some(name) = json::repeated_member(contents.expose()) {
            return Err(twice::twice(&format!("{option} {}", quotable(path)), &name).about_option(option));
        }
        Ok(Self { values, origins: Vec::new() })
    }

    /// Sets a claim on behalf of `option`.
    ///
    /// # Errors
    /// [`Error::Usage`] for a claim that another option has set, and for `iat` and `exp`.
    pub fn set(&mut self, option: &str, name: &str, value: impl Into<Value>) -> Result<(), Error> {
        let twice = |cause: String, remedy: &'static str| {
            let fact = format_args!(": the claim {} cannot be set", quotable(name));
            Err(Error::Usage(Report::of(option, fact, cause, remedy)))
        };
        if matches!(name, "iat" | "exp") {
            return twice("it is computed from the time".to_owned(), "use --ttl and --backdate");
        }
        if let Some((_, other)) = self.origins.iter().find(|(known, _)| known == name) {
            return twice(format!("{other} sets it already"), "remove one of them");
        }
        self.origins.push((name.to_owned(), option.to_owned()));
        self.values.insert(name.to_owned(), value.into());
        Ok(())
    }

    /// Whether a claim is set.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Sets a claim to the JSON template behind `NAME=`.
    ///
    /// # Errors
    /// Those of [`NamedJson::parse`], [`JsonTemplate::render`] and [`Claims::set`].
    pub fn set_json(&mut self, option: &str, text: &str, run: &Run) -> Result<(), Error> {
        let NamedJson { name, json } = NamedJson::parse(option, text)?;
        self.set(option, &name, json.render(run)?)
    }

    /// The claims with `iat`, `backdate` before the instant of the run, and `exp`, `ttl`, at least a second, after it.
    #[must_use]
    pub fn with_times(mut self, run: &Run, backdate: Duration, ttl: Duration) -> Map<String, Value> {
        let now = run.now().timestamp();
        self.values.insert("iat".to_owned(), issued_at(run, backdate).into());
        self.values.insert("exp".to_owned(), now.saturating_add_unsigned(ttl.as_secs().max(1)).into());
        self.values
    }
}
