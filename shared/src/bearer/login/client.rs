//! The client for which a person signs in: the one that the options name, or one that the server registers (RFC 7591), which is
//! kept for the next sign-in.

use crate::bearer::login::Login;
use crate::cache::clients::{self, ClientFile};
use crate::error::{Error, OutsideText, Report};
use crate::oauth::authorization_server::AuthorizationServer;
use crate::oauth::client::{Credentials, Method};
use crate::oauth::registration::{RegisteredClient, register};
use crate::os::clock;
use crate::secret::Secret;

/// How a registered client authenticates, and with which secret.
pub(super) type Registered = (Method, Option<Secret>);

/// Where a client that has no browser is answered: it is not, and a registration names a URL all the same.
const UNUSED_URL: &str = "http://127.0.0.1/callback";

/// Which client it is to be.
pub(super) enum ClientChoice {
    /// The options name it.
    Given,
    /// The server registers one; or has registered this one.
    Registered(Option<RegisteredClient>),
}

/// The client of a sign-in.
pub(super) struct SignInClient {
    pub(super) credentials: Credentials,
    pub(super) method: Option<Method>,
    pub(super) registered: Option<Registered>,
}

impl ClientChoice {
    /// The choice for `server`. A client that is the URL of a document about it serves only where the server reads such documents.
    pub(super) fn of(login: &Login<'_>, server: &AuthorizationServer) -> Self {
        let given = login.options.client.client_id.as_deref();
        let registers = server.sign_in.registration_endpoint.is_some();
        let is_document = given.is_some_and(|id| id.starts_with("https://"));
        if given.is_some() && !(is_document && registers && !server.sign_in.takes_client_documents) {
            return Self::Given;
        }
        if is_document {
            login.run.notes().explain(|| {
                "the server does not say that it reads client id metadata documents, so a client is registered"
                    .to_owned()
            });
        }
        let kept = clients::load(&login.store.state, &login.store.key, issuer(server));
        let kept = kept
            .and_then(|file| read(&file))
            .filter(|client| client.secret_expires_at.is_none_or(|at| at > clock::now().timestamp()));
        Self::Registered(kept)
    }

    /// Where a client that is registered already may be answered.
    pub(super) fn redirect_urls(&self) -> &[String] {
        match self {
            Self::Registered(Some(client)) => &client.redirect_urls,
            _ => &[],
        }
    }

    /// The client, which is answered at `redirect_url`, or has no browser. One is registered anew where the one that is kept is
    /// not answered there.
    ///
    /// # Errors
    /// Those of [`register`] and of the options' credentials; [`Error::Usage`] where no client is given, and the server registers
    /// none.
    pub(super) fn client(
        self,
        login: &Login<'_>,
        server: &AuthorizationServer,
        redirect_url: Option<&str>,
        scope: &[String],
    ) -> Result<SignInClient, Error> {
        let credentials = login.options.credentials(login.run)?;
        let kept = match self {
            Self::Given => {
                return Ok(SignInClient { credentials, method: login.options.client.client_auth, registered: None });
            }
            Self::Registered(kept) => kept,
        };
        let is_answered = |client: &RegisteredClient| {
            redirect_url.is_none_or(|url| client.redirect_urls.iter().any(|known| known == url))
        };
        let client = match kept.filter(is_answered) {
            Some(client) => {
                login.run.notes().explain(|| "the client is the one that was registered before".to_owned());
                client
            }
            None => registered(login, server, redirect_url.unwrap_or(UNUSED_URL), scope)?,
        };
        let RegisteredClient { id, secret, method, .. } = client;
        let credentials = Credentials { id: Some(id), secret: secret.clone(), ..credentials };
        Ok(SignInClient { credentials, method: Some(method), registered: Some((method, secret)) })
    }
}

/// A client that is registered now, and kept.
fn registered(
    login: &Login<'_>,
    server: &AuthorizationServer,
    redirect_url: &str,
    scope: &[String],
) -> Result<RegisteredClient, Error> {
    let Some(endpoint) = &server.sign_in.registration_endpoint else {
        let who = OutsideText::new(issuer(server)).shown_with_path(login.run.notes().redactor());
        let cause = format_args!("{who} names no endpoint that registers clients");
        let remedy = "register one there, and give --client-id";
        return Err(Error::Usage(Report::of("--client-id", " is missing", cause, remedy)));
    };
    let transport = login.options.way(None, login.step(), login.run)?;
    let client = register(server, endpoint, redirect_url, scope, &transport, login.run.notes())?;
    let file = ClientFile {
        id: client.id.clone(),
        secret: client.secret.clone(),
        secret_expires_at: client.secret_expires_at,
        method: client.method.name().to_owned(),
        redirect_urls: client.redirect_urls.clone(),
    };
    if let Err(error) = clients::store(&login.store.state, &login.store.key, issuer(server), &file) {
        login.run.notes().warn(format!("the next login registers another client: {error}"));
    }
    Ok(client)
}

fn read(file: &ClientFile) -> Option<RegisteredClient> {
    let method = [Method::None, Method::Basic, Method::Post].into_iter().find(|method| method.name() == file.method)?;
    Some(RegisteredClient {
        id: file.id.clone(),
        secret: file.secret.clone(),
        secret_expires_at: file.secret_expires_at,
        method,
        redirect_urls: file.redirect_urls.clone(),
    })
}

/// By what clients are kept: the issuer, else the origin.
fn issuer(server: &AuthorizationServer) -> &str {
    server.issuer().unwrap_or(server.token_endpoint(false).origin())
}
