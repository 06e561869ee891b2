//! Bearer tokens (RFC 6750), from an authorization server, a command or another program: fresh, shared between runs, and
//! never handed back to a client that had one refused.
//!
//! Imported by the program of hdr-bearer-refresh.

mod chain;
mod command;
mod credentials;
mod endpoint;
mod endpoint_lookup;
mod file;
mod forget;
#[cfg(all(feature = "fuzz", unix))]
pub(crate) mod fuzz;
mod identity;
mod installation;
mod login;
mod logout;
mod options;
mod parameters;
mod printed;
mod ready;
mod request;
mod reusable;
mod revoke;
mod serve;
mod sign_in;
mod status;
mod store;
mod token_source;
mod unsent;
mod verb;
mod verify;

use chrono::{DateTime, SecondsFormat, Utc};

use self::options::CachePolicy;
use self::serve::{IssuedToken, TokenService};
use self::store::Store;
use self::token_source::TokenSource;
use crate::cache::policy::TokenCheck;
use crate::error::{Error, Report};
use crate::header::object::is_unexpanded;
use crate::header::template::OwnValues;
use crate::header::{Answer, HeaderOptions, HeaderTemplate, Headers, Made};
use crate::oauth::url::Endpoint;
use crate::os::clock;
use crate::run::Run;
use crate::secret::Secret;

pub use self::forget::ForgetScope;
pub use self::options::{ALTERNATIVES, BearerOptions, EXAMPLES};
pub use self::verb::VerbOptions;

/// The header that is printed by default.
pub const DEFAULT_HEADER: &str = "Authorization: Bearer {token}";

impl BearerOptions {
    /// The headers that `wanted` asks for, else [`DEFAULT_HEADER`], with a token that serves; and the token.
    ///
    /// # Errors
    /// [`Error::Usage`] for options that do not fit together; [`Error::Secret`], [`Error::Refused`] and
    /// [`Error::Transient`] when no token can be issued; [`Error::Other`] when a rotated refresh token could not be
    /// kept; those of rendering the headers.
    pub fn answer(&self, wanted: &HeaderOptions, run: &Run) -> Result<Answer, Error> {
        let default = HeaderTemplate::parse("-H", DEFAULT_HEADER, &["token"])?;
        let headers = wanted.templates(vec![default], &["token"], run)?;
        let render = |token: &Secret| {
            let mut own = OwnValues::default();
            own.add("token", token.expose());
            headers.render(run, &own)
        };
        let keeping = self.keeping.parse()?;
        let reading = self.reading.parse(run)?;
        let verifying = self.keeping.verify.then(|| verify::server(run)).transpose()?;
        let mut origin = TokenSource::parse(self, run)?;
        self.check_verify(&origin, run)?;
        let mut store = None;
        if let TokenSource::Requested(request) = &mut origin {
            store = Store::open(&self.keeping, request.rotates() || request.needs_sign_in(), run)?;
            request.find_sign_in(&mut store, run)?;
            request.check_signed_in(run)?;
        }
        let entry = match &origin {
            TokenSource::Given(source) => return file::answer(source, &reading, &render, run),
            TokenSource::Requested(request) => match store {
                None => request.ask(None, run.deadline(), run)?,
                Some(store) => {
                    let ask = |deadline| {
                        let entry = request.ask(Some(&store), deadline, run)?;
                        // What no header can have is not kept.
                        if is_unexpanded(entry.token.expose()) {
                            render(&entry.token)?;
                        }
                        Ok(entry)
                    };
                    let ask_server = |token: &Secret| self.ask_server(&render(token)?, run);
                    match TokenService::new(request, &store, &keeping, run, &ask, &ask_server)? {
                        Some(service) => return self.serve(&service, &keeping, verifying.as_ref(), &render, run),
                        None => ask(run.deadline())?,
                    }
                }
            },
        };
        let headers = render(&entry.token)?;
        check_alive(entry.header.expires_at)?;
        let life = keeping.life(entry.header.issued_at, entry.header.expires_at);
        Ok(Answer::Headers(Made { headers, token: entry.token, life }))
    }

    /// Only what is cached is verified.
    fn check_verify(&self, origin: &TokenSource, run: &Run) -> Result<(), Error> {
        if self.keeping.verify && run.binding().is_some() {
            let fact = " cannot be used with --sign dpop";
            let cause = "hdr-bridge sends each token with a proof, and replaces one that is refused";
            return Err(Error::Usage(Report::of("--verify", fact, cause, "remove it")));
        }
        let other = match origin {
            TokenSource::Given(_) => "--token",
            TokenSource::Requested(_) if self.keeping.no_cache => "--no-cache",
            TokenSource::Requested(_) => return Ok(()),
        };
        if !self.keeping.verify {
            return Ok(());
        }
        let fact = format_args!(" cannot be used with {other}");
        Err(Error::Usage(
            Report::of("--verify", fact, "it applies to cached tokens, and none is cached here", "remove one of them")
                .and(other),
        ))
    }

    /// The headers with a token that may be a cached one. One that ends while the headers are made is replaced.
    fn serve(
        &self,
        service: &TokenService<'_>,
        keeping: &CachePolicy,
        verifying: Option<&Endpoint>,
        render: &impl Fn(&Secret) -> Result<Headers, Error>,
        run: &Run,
    ) -> Result<Answer, Error> {
        let mut made = self.made(service, verifying, render, run)?;
        if check_alive(made.0.expires_at).is_err() {
            made = self.made(service, verifying, render, run)?;
        }
        let (token, headers) = made;
        check_alive(token.expires_at)?;
        let life = keeping.life(token.issued_at, token.expires_at);
        Ok(Answer::Headers(Made { headers, token: token.token, life }))
    }

    /// The headers with a token that is issued to the client.
    fn made(
        &self,
        service: &TokenService<'_>,
        verifying: Option<&Endpoint>,
        render: &impl Fn(&Secret) -> Result<Headers, Error>,
        run: &Run,
    ) -> Result<(IssuedToken, Headers), Error> {
        let mut token = service.token(run.refused())?;
        let mut headers = render(&token.token)?;
        if let Some(server) = verifying.filter(|_| token.is_cached && !token.is_verified) {
            let way = self.way(None, run.deadline().limited_to(verify::PATIENCE, "--verify"), run)?;
            if !verify::accepts(&headers, server, &way, run) {
                token = service.token(Some(&token.token))?;
                headers = render(&token.token)?;
            }
        }
        service.issue(&token);
        Ok((token, headers))
    }

    /// What the MCP server of the run answers to `headers`.
    fn ask_server(&self, headers: &Headers, run: &Run) -> Result<TokenCheck, Error> {
        // A bare token is for somebody else than the MCP server, and one that is bound is sent with a proof.
        if !run.prints_headers() || run.binding().is_some() {
            return Ok(TokenCheck::NotAsked);
        }
        let Ok(server) = verify::server(run) else { return Ok(TokenCheck::NotAsked) };
        let way = self.way(None, run.deadline().limited_to(verify::PATIENCE, "a question to the MCP server"), run)?;
        Ok(verify::answered(headers, &server, &way, run))
    }
}

/// Refuses a token that has expired by now.
fn check_alive(expires_at: DateTime<Utc>) -> Result<(), Error> {
    if expires_at > clock::now() {
        return Ok(());
    }
    let fact = "the token expired before its header could be printed";
    let cause = format_args!("it was valid until {}", expires_at.to_rfc3339_opts(SecondsFormat::Secs, true));
    Err(Error::Transient(Report::new(
        fact,
        cause,
        "try again; configure the server to issue tokens with a longer life",
    )))
}
