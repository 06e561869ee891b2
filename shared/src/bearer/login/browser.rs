//! Signing in in a browser on this machine (RFC 8252): the person is sent to the authorization endpoint, and the browser brings
//! its answer to a loopback port.

use std::time::Duration;

use crate::bearer::endpoint::PreparedRequest;
use crate::bearer::login::server::OFFLINE;
use crate::bearer::login::{Login, PATIENCE, person};
use crate::bearer::parameters::named;
use crate::error::{Error, OutsideText, Report};
use crate::header::template::OwnValues;
use crate::oauth::authorization::AuthorizationRequest;
use crate::oauth::grant::Grant;
use crate::oauth::redirect::{RedirectAnswer, RedirectListener};
use crate::os::browser;
use crate::os::clock::{Deadline, monotonic};

/// How often it is said how long is left.
const SECOND: Duration = Duration::from_secs(1);

const LOGIN_PARAM: &str = "--login-param";

impl Login<'_> {
    /// Sends the person to the authorization endpoint, and waits for the answer of the browser; the grant is the code in it.
    ///
    /// # Errors
    /// [`Error::Usage`] for a parameter that cannot be set, [`Error::Refused`] where the server takes no PKCE, [`Error::Transient`]
    /// when there is no answer in time.
    pub(super) fn answered(
        &self,
        prepared: &PreparedRequest<'_>,
        listener: &RedirectListener,
    ) -> Result<(RedirectAnswer, Result<Grant, Error>), Error> {
        let server = prepared.server();
        let who = OutsideText::new(server.issuer().unwrap_or(server.token_endpoint(false).origin()));
        let who = who.shown_with_path(self.redactor());
        let methods = &server.sign_in.challenge_methods;
        if !methods.is_empty() && !methods.iter().any(|method| method == "S256") {
            let fact = format_args!("nobody can sign in at {who} in a browser");
            let cause = "its metadata does not list the code challenge method S256 (PKCE)";
            return Err(Error::Refused(Report::new(
                fact,
                cause,
                "use --flow device, or ask the operator of the server",
            )));
        }
        let (request, url) = self.authorization(prepared, listener)?;
        let is_opened = !self.options.login.no_open && browser::is_there() && browser::open(&url);
        let time = self.patience.unwrap_or(PATIENCE);
        person::show_url(&who, &url, is_opened, listener.url(), time);
        let deadline = Deadline::new(monotonic(), time);
        let answer = loop {
            let left = deadline.remaining();
            if left.is_zero() {
                person::end();
                let fact = "the browser brought no answer";
                let cause = format_args!("{}s are over", time.as_secs());
                return Err(Error::Transient(Report::new(fact, cause, "run login again, or raise --timeout")));
            }
            person::count_down("Waiting for the browser", left);
            if let Some(answer) = listener.wait(left.min(SECOND)) {
                break answer;
            }
        };
        person::end();
        let code = request.code(&answer.parameters, server, self.redactor());
        let grant = code.map(|code| {
            self.redactor().add(code.expose());
            let (redirect_url, verifier) = (request.redirect_url().to_owned(), request.verifier().clone());
            Grant::AuthorizationCode { code, redirect_url, verifier }
        });
        Ok((answer, grant))
    }

    /// The authorization request, and the URL that it is.
    fn authorization(
        &self,
        prepared: &PreparedRequest<'_>,
        listener: &RedirectListener,
    ) -> Result<(AuthorizationRequest, String), Error> {
        let id = prepared.client_id().ok_or_else(|| {
            let cause = "the server must know for whom a person signs in";
            Error::Usage(Report::of("--client-id", " is missing", cause, "give --client-id"))
        })?;
        let mut request = AuthorizationRequest::new(id, listener.url(), prepared.scope())?;
        for (name, values) in
            [("resource", prepared.parameters().resource()), ("audience", prepared.parameters().audience())]
        {
            for value in values {
                request.add(name, value);
            }
        }
        for parameter in named(LOGIN_PARAM, &self.options.login.login_param) {
            let parameter = parameter?;
            let value = parameter.template.render_text(self.run, &OwnValues::default())?;
            request.add_other(LOGIN_PARAM, &parameter.name, &value)?;
        }
        // OpenID Connect Core section 11: without it some servers issue no refresh token.
        if prepared.scope().iter().any(|scope| scope.split(' ').any(|word| word == OFFLINE)) && !request.has("prompt") {
            request.add("prompt", "consent");
        }
        let endpoint = prepared.server().sign_in.authorization_endpoint.as_ref().ok_or_else(|| {
            let cause = "no authorization endpoint is known";
            Error::Usage(Report::of("--authorization-url", " is missing", cause, "give --authorization-url"))
        })?;
        let url = request.url(endpoint);
        Ok((request, url))
    }
}
