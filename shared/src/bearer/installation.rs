//! The preset `github-installation`: what its options say of an App and an installation.

use crate::bearer::options::BearerOptions;
use crate::cache::entry::About;
use crate::config::Profile;
use crate::error::{Error, OutsideText, Redactor, Report};
use crate::header::Template;
use crate::oauth::answer::{Answer, Reading};
use crate::oauth::installation::{App, InstallationRequest};
use crate::oauth::kind::Kind;
use crate::oauth::parameters::{OwnParameters, Parameters};
use crate::oauth::url::Endpoint;
use crate::os::clock::Deadline;
use crate::run::Run;
use crate::secret::Source;

/// Where GitHub's own API is.
const API: &str = "https://api.github.com";

/// The preset as `status` and the options name it.
const PRESET: &str = "github-installation";

/// The API that issues the token.
#[derive(Debug)]
pub(super) struct Installation {
    api: Endpoint,
}

impl Installation {
    /// Reads `--api-url`, and looks whether the other options are there.
    ///
    /// # Errors
    /// [`Error::Usage`] for one that is missing or cannot be used.
    pub(super) fn parse(options: &BearerOptions, run: &Run) -> Result<Self, Error> {
        let api = Endpoint::typed("--api-url", options.origin.api_url.as_deref().unwrap_or(API))?;
        if api.has_query() {
            let report =
                Report::of("--api-url", " cannot be used", "it has a query", "remove the ? and what follows it");
            return Err(Error::Usage(report));
        }
        Source::required(KEY, options.assertion.assertion_key.as_deref())?;
        app_id(options, run)?;
        installation_id(options, run)?;
        Ok(Self { api })
    }

    /// The API's URL.
    pub(super) fn api(&self) -> &str {
        self.api.as_str()
    }

    /// Asks for a token until the deadline.
    ///
    /// # Errors
    /// Those of [`InstallationRequest::send`]; [`Error::Usage`] and [`Error::Secret`] for options that cannot be used.
    pub(super) fn ask(&self, options: &BearerOptions, deadline: Deadline, run: &Run) -> Result<(Answer, About), Error> {
        let transport = options.way(options.certificate(run)?, deadline, run)?;
        let source = Source::required(KEY, options.assertion.assertion_key.as_deref())?;
        let app_id = app_id(options, run)?;
        let app = App::new(KEY, run.secret(KEY, &source)?, &app_id)?;
        let own = OwnParameters { grant: &Kind::ClientCredentials, client_id: false, is_json: true };
        let mut parameters = Parameters::default();
        options.add_others(&mut parameters, &own, run)?;
        let id = installation_id(options, run)?;
        let path = format!("{}/app/installations/{id}/access_tokens", self.api.path().trim_end_matches('/'));
        let given = options.reading.parse(run)?;
        let request = InstallationRequest {
            endpoint: &self.api.with_path(path),
            app: &app,
            parameters: &parameters,
            headers: &options.token_headers(Some("Authorization"), run)?,
            reading: &Reading {
                token_field: given.token_field.or_else(|| Some("token".to_owned())),
                expiry_field: given.expiry_field.or_else(|| Some("expires_at".to_owned())),
                ..given
            },
        };
        let answer = request.send(&transport, run.notes())?;
        let shown = self.api.shown_with_path(run.notes().redactor());
        let about = About {
            resource: vec![format!("{shown}/app/installations/{id}")],
            issuer: shown,
            client_id: Some(app_id),
            profile: run.profile().map(Profile::name).map(str::to_owned),
            grant: Some(PRESET.to_owned()),
            ..About::default()
        };
        Ok((answer, about))
    }
}

const KEY: &str = "--assertion-key";

fn app_id(options: &BearerOptions, run: &Run) -> Result<String, Error> {
    let id = Template::text("--app-id", options.origin.app_id.as_ref(), run)?.filter(|id| !id.is_empty());
    id.ok_or_else(|| {
        let remedy = "give the client id or app id shown in the settings of the App";
        Error::Usage(Report::of("--app-id", " is missing", "GitHub identifies the App by it", remedy))
    })
}

/// The installation's number, which becomes a part of a path.
fn installation_id(options: &BearerOptions, run: &Run) -> Result<String, Error> {
    let option = "--installation-id";
    let remedy =
        "give the number at the end of the URL of its settings: https://github.com/settings/installations/NUMBER";
    let id = Template::text(option, options.origin.installation_id.as_ref(), run)?.ok_or_else(|| {
        let cause = "a token is issued for one installation of the App";
        Error::Usage(Report::of(option, " is missing", cause, remedy))
    })?;
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        let fact = format_args!(" {} cannot be used", OutsideText::new(&id).shown(&Redactor::default()));
        return Err(Error::Usage(Report::of(option, fact, "it is not a number", remedy)));
    }
    Ok(id)
}
