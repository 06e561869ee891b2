//! What is asked for, and what else goes with the request: parameters and headers, as the options give them.

use crate::bearer::options::BearerOptions;
use crate::error::{Error, Report};
use crate::header::HeaderTemplate;
use crate::header::Headers;
use crate::header::Template;
use crate::header::template::OwnValues;
use crate::jwt::claims::{NamedJson, NamedTemplate};
use crate::oauth::parameters::{OwnParameters, Parameters};
use crate::run::Run;

impl BearerOptions {
    /// What is asked for: a `scope`, audiences, resources, of which one may have been `discovered`, and the parameters that have no
    /// option of their own.
    ///
    /// # Errors
    /// [`Error::Usage`] for one that cannot be set; those of rendering it.
    pub(super) fn parameters(
        &self,
        scope: Vec<String>,
        discovered: Option<String>,
        own: &OwnParameters<'_>,
        run: &Run,
    ) -> Result<Parameters, Error> {
        let audience = texts("--audience", &self.grant.audience, run)?;
        let mut resource = texts("--resource", &self.grant.resource, run)?;
        if resource.is_empty() {
            resource.extend(discovered);
        }
        let mut parameters = Parameters::new(scope, audience, resource);
        self.add_others(&mut parameters, own, run)?;
        Ok(parameters)
    }

    /// Adds the parameters of `--param` and `--param-json` to a request that sets `own` itself.
    ///
    /// # Errors
    /// [`Error::Usage`] for one that cannot be set; those of rendering it.
    pub(super) fn add_others(
        &self,
        parameters: &mut Parameters,
        own: &OwnParameters<'_>,
        run: &Run,
    ) -> Result<(), Error> {
        for parameter in named("--param", &self.grant.param) {
            let NamedTemplate { name, template } = parameter?;
            parameters.add(&name, template.render(run, &OwnValues::default())?, template.may_hold_secret(), own)?;
        }
        for text in &self.grant.param_json {
            let NamedJson { name, json } = NamedJson::parse("--param-json", text)?;
            parameters.add_json(&name, json.render(run)?, own)?;
        }
        Ok(())
    }

    /// The headers of `--token-header`. The client authenticates with the header `proof`, where it has one.
    ///
    /// # Errors
    /// [`Error::Usage`] for one that the request sets itself, or that is given twice; [`Error::Headers`] for a value that
    /// no header may have; those of rendering it.
    pub(super) fn token_headers(&self, proof: Option<&str>, run: &Run) -> Result<Headers, Error> {
        let mut headers = Headers::default();
        for text in &self.grant.token_header {
            let header = HeaderTemplate::of_request(TOKEN_HEADER, text)?;
            let name = header.name();
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            let refused = |cause: &str| {
                let fact = format_args!(" {name} cannot be set");
                Err(Error::Usage(Report::of(TOKEN_HEADER, fact, cause, "remove it")))
            };
            if OWN_HEADERS.iter().any(|own| is(own)) || proof.is_some_and(is) {
                return refused("the token request sets it itself");
            }
            if headers.value(name).is_some() {
                return refused("it is given twice, and names are unique, ignoring case");
            }
            header.render_into(&mut headers, run)?;
        }
        Ok(headers)
    }
}

const TOKEN_HEADER: &str = "--token-header";

/// Headers that a token request sets itself, or that belong to its connection.
const OWN_HEADERS: [&str; 15] = [
    "Accept",
    "Accept-Encoding",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "Expect",
    "Host",
    "Keep-Alive",
    "Proxy-Authorization",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

/// The rendered templates of a repeatable `option`.
///
/// # Errors
/// Those of [`Template::text`].
pub(super) fn texts(option: &str, templates: &[String], run: &Run) -> Result<Vec<String>, Error> {
    templates.iter().filter_map(|text| Template::text(option, Some(text), run).transpose()).collect()
}

/// The `NAME=TEXT`s of a repeatable `option`.
pub(super) fn named<'t>(
    option: &'t str,
    texts: &'t [String],
) -> impl Iterator<Item = Result<NamedTemplate, Error>> + 't {
    texts.iter().map(move |text| NamedTemplate::parse(option, text))
}
