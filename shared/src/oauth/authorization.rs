//! The authorization request (RFC 6749 section 4.1) of a program on the user's machine (RFC 8252): with PKCE (RFC 7636), and an
//! answer that is checked for `state` and `iss` (RFC 9207). The `oauth2` crate would be a second implementation of the token
//! endpoint, without what ours says of refusals; what is left of it is this.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use url::form_urlencoded;

use crate::error::{Error, OutsideText, Redactor, Report, quotable};
use crate::oauth::authorization_server::AuthorizationServer;
use crate::oauth::url::Endpoint;
use crate::os::random;
use crate::secret::Secret;

/// An authorization request and what its answer must have.
#[derive(Debug)]
pub struct AuthorizationRequest {
    /// The parameters, in their order.
    parameters: Vec<(String, String)>,
    state: Secret,
    verifier: Secret,
    redirect_url: String,
}

/// Parameters that the request sets itself.
const OWN: [&str; 9] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "code_challenge",
    "code_challenge_method",
    "scope",
    "response_mode",
    "request_uri",
];

/// What the answer to an authorization request says: its parameters by name.
pub type Parameters = [(String, String)];

impl AuthorizationRequest {
    /// A request of `client_id` that is answered at `redirect_url`.
    ///
    /// # Errors
    /// [`Error::Other`] when the system has no randomness to give.
    pub fn new(client_id: &str, redirect_url: &str, scope: &[String]) -> Result<Self, Error> {
        let [state, verifier] = [random_text()?, random_text()?];
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.expose()));
        let scope = scope.join(" ");
        let own = [
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", redirect_url),
            ("state", state.expose_text().unwrap_or_default()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let scope = Some(("scope", scope.as_str())).filter(|(_, scope)| !scope.is_empty());
        let parameters =
            own.into_iter().chain(scope).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Self { parameters, state, verifier, redirect_url: redirect_url.to_owned() })
    }

    /// Adds a parameter, of which there may be several.
    pub fn add(&mut self, name: &str, value: &str) {
        self.parameters.push((name.to_owned(), value.to_owned()));
    }

    /// Adds the parameter of `option`, `NAME=TEXT`.
    ///
    /// # Errors
    /// [`Error::Usage`] for one that the request sets itself.
    pub fn add_other(&mut self, option: &str, name: &str, value: &str) -> Result<(), Error> {
        if OWN.contains(&name) || self.parameters.iter().any(|(known, _)| known == name) {
            let fact = format_args!(" {} cannot be set", quotable(name));
            return Err(Error::Usage(Report::of(
                option,
                fact,
                "the authorization request has it already",
                "remove it",
            )));
        }
        self.add(name, value);
        Ok(())
    }

    /// Whether it has the parameter `name`.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.parameters.iter().any(|(known, _)| known == name)
    }

    /// Where the person is sent: the authorization endpoint, whose query is kept, with the parameters.
    #[must_use]
    pub fn url(&self, endpoint: &Endpoint) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.parameters);
        let separator = if endpoint.has_query() { '&' } else { '?' };
        format!("{}{separator}{}", endpoint.as_str(), query.finish())
    }

    /// What proves that whoever has the code sent the request.
    #[must_use]
    pub fn verifier(&self) -> &Secret {
        &self.verifier
    }

    /// Where it is answered.
    #[must_use]
    pub fn redirect_url(&self) -> &str {
        &self.redirect_url
    }

    /// The code in an `answer` of `server`.
    ///
    /// # Errors
    /// [`Error::Refused`] for an answer to another request, of another issuer, or without a code.
    pub fn code(
        &self,
        answer: &Parameters,
        server: &AuthorizationServer,
        redactor: &Redactor,
    ) -> Result<Secret, Error> {
        let value = |name: &str| answer.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let refused = |cause: String, remedy: &str| {
            Err(Error::Refused(Report::new("the answer of the browser is not accepted", cause, remedy)))
        };
        let again = "run login again, and sign in at the URL that it prints";
        match value("state") {
            Some(state) if state.as_bytes() == self.state.expose() => {}
            Some(_) => return refused("its state is not the one of this sign-in".to_owned(), again),
            None => return refused("it has no state".to_owned(), again),
        }
        match (value("iss"), server.issuer()) {
            // What stands beside another issuer's name is that issuer's word (RFC 9207 section 2.4).
            (Some(found), Some(expected)) if found != expected => {
                let found = OutsideText::new(found).shown_with_path(redactor);
                let expected = OutsideText::new(expected).shown_with_path(redactor);
                return refused(format!("it comes from the issuer {found}, not {expected}"), again);
            }
            (None, Some(expected)) if server.sign_in.names_itself => {
                let expected = OutsideText::new(expected).shown_with_path(redactor);
                return refused(format!("it has no iss, which {expected} says that it sends"), again);
            }
            _ => {}
        }
        match (value("error"), value("code").filter(|code| !code.is_empty())) {
            (None, Some(code)) => Ok(Secret::new(code.as_bytes().to_vec())),
            (Some(error), _) => Err(refusal(error, value("error_description"), server, redactor)),
            (None, None) => refused("it has no code".to_owned(), again),
        }
    }
}

/// The refusal of an authorization endpoint (RFC 6749 section 4.1.2.1).
fn refusal(error: &str, description: Option<&str>, server: &AuthorizationServer, redactor: &Redactor) -> Error {
    let shown = |text: &str| OutsideText::new(text).shown(redactor);
    let what =
        description.map_or_else(|| shown(error), |description| format!("{}: {}", shown(error), shown(description)));
    let who = OutsideText::new(server.issuer().unwrap_or(server.token_endpoint.origin())).shown_with_path(redactor);
    let fact = format_args!("{who} did not sign you in");
    let cause = format_args!("it answered {what}");
    let (is_passing, remedy) = match error {
        "access_denied" => (false, "run login again, and allow the access that is asked for"),
        "invalid_scope" => (false, "check --scope"),
        "invalid_target" => (false, "check --resource and --audience"),
        "unauthorized_client" | "unsupported_response_type" => {
            (false, "configure the server to allow this client the authorization code grant, or use --flow device")
        }
        "temporarily_unavailable" | "server_error" => (true, "run login again later"),
        _ => (false, "see what the server logs about it"),
    };
    let report = Report::new(fact, cause, remedy);
    if is_passing { Error::Transient(report) } else { Error::Refused(report) }
}

/// 256 random bits, as characters that may stand in a URL: a `state`, and a verifier of 43 characters (RFC 7636 section 4.1).
fn random_text() -> Result<Secret, Error> {
    let mut bytes = [0; 32];
    random::fill(&mut bytes).map_err(random::missing)?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes).into_bytes()))
}

#[cfg(test)]
mod tests;
