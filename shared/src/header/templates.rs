//! Headers whose values are templates, before anything is known of the run.

use crate::error::{Error, Report};
use crate::header::Template;
use crate::header::template::OwnValues;
use crate::header::{HeaderName, Headers};
use crate::run::Run;
use crate::secret::Source;

/// A header whose value is a template.
#[derive(Debug)]
pub struct HeaderTemplate {
    name: HeaderName,
    value: Template,
}

impl HeaderTemplate {
    /// Parses `NAME: TEMPLATE`; blanks after the colon are no part of the value.
    ///
    /// # Errors
    /// [`Error::Usage`] without a colon or with a broken template, [`Error::Headers`] for a name that cannot be sent.
    pub fn parse(option: &str, text: &str, own: &[&'static str]) -> Result<Self, Error> {
        let (name, _) = text.split_once(':').ok_or_else(|| without_colon(option))?;
        Self::named(HeaderName::parse(name)?, option, text, own)
    }

    fn named(name: HeaderName, option: &str, text: &str, own: &[&'static str]) -> Result<Self, Error> {
        let (_, value) = text.split_once(':').ok_or_else(|| without_colon(option))?;
        let value = Template::of_name(option, name.as_str(), value.trim_start_matches([' ', '\t']), own)?;
        let value = value.of_header(name.as_str());
        let is_authorization = ["Authorization", "Proxy-Authorization"];
        let is_authorization = is_authorization.iter().any(|known| name.as_str().eq_ignore_ascii_case(known));
        Ok(Self { value: if is_authorization { value.of_authorization() } else { value }, name })
    }

    /// Parses the header of a request of ours, whose name no MCP client reserves.
    ///
    /// # Errors
    /// [`Error::Usage`] without a colon, for a name that is none, or with a broken template.
    #[cfg(feature = "bearer")]
    pub(crate) fn of_request(option: &str, text: &str) -> Result<Self, Error> {
        let name = text.split(':').next().unwrap_or_default();
        let header = HeaderName::of_request(name).map(|name| Self::named(name, option, text, &[])).transpose()?;
        header.ok_or_else(|| {
            let cause = "the text before its colon is not a header name (RFC 9110)";
            Error::Usage(Report::of(option, " cannot be set", cause, "write 'NAME: TEMPLATE'"))
        })
    }

    /// Its name.
    #[cfg(feature = "bearer")]
    pub(crate) fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Adds the header with the values of this run.
    ///
    /// # Errors
    /// Those of [`Template::render`] and [`Headers::add`].
    #[cfg(feature = "bearer")]
    pub(crate) fn render_into(&self, headers: &mut Headers, run: &Run) -> Result<(), Error> {
        headers.add(self.name.clone(), self.value.render(run, &OwnValues::default())?)
    }

    /// Its value.
    #[cfg(feature = "bearer")]
    pub(crate) fn value(&self) -> &Template {
        &self.value
    }

    /// The header `name`, whose value is the credential in the `source` that `option` was given.
    ///
    /// # Errors
    /// [`Error::Headers`] for a name that cannot be sent.
    pub fn of(name: &str, option: &str, source: Source) -> Result<Self, Error> {
        Ok(Self {
            name: HeaderName::parse(name)?,
            value: Template::of(option, source).of_header(name).of_authorization(),
        })
    }
}

fn without_colon(option: &str) -> Error {
    let fact = " has no colon";
    Error::Usage(Report::of(option, fact, "a header is a name, a colon and a value", "write 'NAME: TEMPLATE'"))
}

/// The headers to print, before anything is known of their values.
#[derive(Debug)]
pub struct HeaderTemplates {
    templates: Vec<HeaderTemplate>,
}

impl HeaderTemplates {
    /// The headers of `instead`, where there are any, else `defaults`; and those of `added`. `own` are the helper's
    /// placeholders.
    ///
    /// # Errors
    /// Those of [`HeaderTemplate::parse`].
    pub fn parse(
        instead: &[String],
        added: &[String],
        defaults: Vec<HeaderTemplate>,
        own: &[&'static str],
    ) -> Result<Self, Error> {
        let parse = |option, texts: &[String]| -> Result<Vec<_>, Error> {
            texts.iter().map(|text| HeaderTemplate::parse(option, text, own)).collect()
        };
        let mut templates = if instead.is_empty() { defaults } else { parse("-H", instead)? };
        templates.extend(parse("--add", added)?);
        Ok(Self { templates })
    }

    /// The headers with the values of this run.
    ///
    /// # Errors
    /// Those of [`Template::render`] and [`Headers::add`].
    pub fn render(&self, run: &Run, own: &OwnValues) -> Result<Headers, Error> {
        self.render_where(|_| true, run, own)
    }

    /// The headers that do not use the placeholder `{own}`, for making its value from them.
    ///
    /// # Errors
    /// Those of [`Template::render`] and [`Headers::add`].
    pub fn render_without(&self, placeholder: &str, run: &Run, own: &OwnValues) -> Result<Headers, Error> {
        self.render_where(|value| !value.uses(placeholder), run, own)
    }

    /// Whether one of the headers that do not use `{placeholder}` is called `name`.
    #[cfg(feature = "hmac")]
    pub(crate) fn has_without(&self, placeholder: &str, name: &str) -> bool {
        self.templates
            .iter()
            .any(|header| header.name.as_str().eq_ignore_ascii_case(name) && !header.value.uses(placeholder))
    }

    /// The templates that have the placeholder `own`, each with what follows its colon there.
    pub fn arguments(&self, own: &str) -> impl Iterator<Item = (&Template, &str)> {
        self.templates
            .iter()
            .flat_map(move |HeaderTemplate { value, .. }| value.arguments(own).map(move |argument| (value, argument)))
    }

    fn render_where(&self, wanted: impl Fn(&Template) -> bool, run: &Run, own: &OwnValues) -> Result<Headers, Error> {
        let mut headers = Headers::default();
        for HeaderTemplate { name, value } in self.templates.iter().filter(|header| wanted(&header.value)) {
            headers.add(name.clone(), value.render(run, own)?)?;
        }
        Ok(headers)
    }
}
