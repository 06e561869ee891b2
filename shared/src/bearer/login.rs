//! `login`: a person signs in, in a browser on this machine or on another device, and what that brings is kept as a chain.

mod browser;
mod client;
mod device;
mod person;
mod server;

use std::time::Duration;

use self::client::ClientChoice;
use self::server::SignInServer;
use crate::bearer::endpoint::{PreparedRequest, RequestTarget};
use crate::bearer::endpoint_lookup::EndpointLookup;
use crate::bearer::options::BearerOptions;
use crate::bearer::options::login::Flow;
use crate::bearer::ready::is_of_profile;
use crate::bearer::request::{Request, SignInUse, TokenProvider};
use crate::bearer::sign_in::{IssuedAccess, KeptSignIn, shown};
use crate::bearer::store::Store;
use crate::bearer::token_source::TokenSource;
use crate::cache::sign_in::{self, SignInHeader};
use crate::cache::state::Chain;
use crate::client::streams::is_mcp_client;
use crate::error::{Error, OutsideText, Redactor, Report};
use crate::oauth::authorization_server::AuthorizationServer;
use crate::oauth::grant::Grant;
use crate::oauth::kind::Kind;
use crate::oauth::redirect::{RedirectListener, RedirectUrl};
use crate::oauth::request::Reply;
use crate::oauth::token;
use crate::os::browser as system_browser;
use crate::os::clock::{self, Deadline, monotonic};
use crate::os::file::reason;
use crate::os::lock::Lock;
use crate::os::random;
use crate::run::Run;
use crate::secret::Secret;

/// How long a browser is waited for unless `--timeout` says it.
const PATIENCE: Duration = Duration::from_secs(300);

/// The default of `--timeout`, which is none for a person.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(8);

impl BearerOptions {
    /// Signs a person in, and keeps what that brings; says where and as whom.
    ///
    /// # Errors
    /// [`Error::Usage`] for options that are of no use here, and in a run of an MCP client; [`Error::Refused`] when the server or the
    /// person refuses, or an answer is not accepted; [`Error::Transient`] when the person takes too long or a server cannot be
    /// reached; [`Error::Other`] when what came cannot be kept, or no port can be listened on.
    pub fn login(&self, run: &Run) -> Result<String, Error> {
        self.keeping.parse()?;
        // However many steps it takes and however long the person does, each request has the whole time.
        let timeout = run.deadline().timeout();
        let is_for_person = timeout != DEFAULT_TIMEOUT && !is_of_profile("--timeout", run);
        self.sign_in(is_for_person.then_some(timeout), run)
    }

    /// The same, where the person has this much time.
    ///
    /// # Errors
    /// Those of [`BearerOptions::login`].
    pub(super) fn sign_in(&self, patience: Option<Duration>, run: &Run) -> Result<String, Error> {
        if is_mcp_client(run.marks()) && !run.is_called() {
            let cause = "an MCP client runs this command, and nobody sees what it says";
            return Err(Error::Usage(Report::new("login cannot be used here", cause, "run it in a terminal")));
        }
        let request = self.sign_in_request(run)?;
        let TokenProvider::Endpoint(place, _) = &request.whom else { return Err(no_person("--command")) };
        let options = &request.options;
        // Where it cannot be kept, nobody need sign in.
        let store = Store::open(&options.keeping, true, run)?.ok_or_else(|| no_person("--no-cache"))?;
        let person = Login { options, place, store: &store, patience, run };
        person.sign_in()
    }

    /// The request that a sign-in serves.
    fn sign_in_request(&self, run: &Run) -> Result<Box<Request>, Error> {
        let given = [
            ("--grant", self.grant.grant.is_some()),
            ("--refresh-token", self.grant.refresh_token.is_some()),
            ("--subject-token", self.grant.subject_token.is_some()),
            ("--assertion", self.assertion.assertion.is_some()),
            ("--assertion-key", self.assertion.assertion_key.is_some()),
            ("--command", self.origin.command.is_some()),
            ("--token", self.origin.token.is_some()),
            ("--preset", self.origin.preset.is_some()),
        ];
        if let Some((option, _)) = given.into_iter().find(|(_, is_given)| *is_given) {
            return Err(no_person(option));
        }
        match TokenSource::parse(self, run)? {
            TokenSource::Requested(request) if request.sign_in != SignInUse::Never => Ok(request),
            _ => Err(no_person("--grant")),
        }
    }
}

#[cold]
fn no_person(option: &str) -> Error {
    let cause = "it is another way to a token, for which nobody signs in";
    Error::Usage(Report::of(option, " cannot be used with login", cause, format_args!("remove {option}")))
}

/// A sign-in that is under way.
struct Login<'a> {
    options: &'a BearerOptions,
    place: &'a EndpointLookup,
    store: &'a Store,
    /// How long the person has, where that is said.
    patience: Option<Duration>,
    run: &'a Run,
}

/// How the person signs in.
enum Way {
    Browser(RedirectListener),
    Device,
}

impl Login<'_> {
    fn sign_in(&self) -> Result<String, Error> {
        let SignInServer { server, resource, scope } = self.server()?;
        let flow = self.flow(&server)?;
        let choice = ClientChoice::of(self, &server);
        let (way, redirect_url) = match flow {
            Flow::Browser => {
                let listener = self.listen(&choice)?;
                let url = listener.url().to_owned();
                (Way::Browser(listener), Some(url))
            }
            Flow::Device => (Way::Device, None),
        };
        let client = choice.client(self, &server, redirect_url.as_deref(), &scope)?;
        let kind = if flow == Flow::Browser { Kind::AuthorizationCode } else { Kind::DeviceCode };
        let registered = client.registered.clone();
        let target = RequestTarget {
            server,
            method: client.method,
            credentials: client.credentials,
            resource: resource.clone(),
            scope: Some(scope),
        };
        let transport = self.options.way(self.options.certificate(self.run)?, self.step(), self.run)?;
        let prepared = PreparedRequest::assemble(self.options, target, &kind, transport, self.run)?;
        match way {
            Way::Browser(listener) => {
                let (answer, grant) = self.answered(&prepared, &listener)?;
                let outcome = grant.and_then(|grant| self.exchange(prepared, &grant, registered, resource));
                answer.end(&outcome);
                outcome
            }
            Way::Device => {
                let (grant, reply) = self.allowed(&prepared)?;
                self.keep(&prepared, &grant, reply, registered, resource)
            }
        }
    }

    /// The time that one request has.
    fn step(&self) -> Deadline {
        Deadline::new(monotonic(), self.run.deadline().timeout())
    }

    fn redactor(&self) -> &Redactor {
        self.run.notes().redactor()
    }

    /// The port on which the browser's answer is waited for: the one that a client was registered with, where that is free.
    fn listen(&self, choice: &ClientChoice) -> Result<RedirectListener, Error> {
        let typed = self.options.login.redirect_url.as_deref();
        let url = typed.map_or_else(|| Ok(RedirectUrl::default()), |url| RedirectUrl::typed("--redirect-url", url))?;
        let known = choice.redirect_urls().iter().find_map(|known| url.with_port_of(known));
        match known.map(|known| RedirectListener::bind(&known)) {
            Some(Ok(listener)) => Ok(listener),
            _ => RedirectListener::bind(&url),
        }
    }

    /// Sends the code that a browser brought, and keeps what comes for it.
    fn exchange(
        &self,
        prepared: PreparedRequest<'_>,
        grant: &Grant,
        registered: Option<client::Registered>,
        resource: Option<String>,
    ) -> Result<String, Error> {
        let prepared = prepared.until(self.step());
        let (reply, _) = prepared.send(grant)?;
        self.keep(&prepared, grant, reply, registered, resource)
    }

    /// Keeps what a sign-in brought; says where and as whom.
    fn keep(
        &self,
        prepared: &PreparedRequest<'_>,
        grant: &Grant,
        reply: Reply,
        registered: Option<client::Registered>,
        resource: Option<String>,
    ) -> Result<String, Error> {
        let about = prepared.about(grant, &reply);
        let account = reply.id_token.as_ref().and_then(|token| account(token, self.redactor()));
        let answer = reply.answer?;
        let is_assumed = answer.life_is_assumed;
        let ends_at = if reply.refresh_token.is_none() { Some(answer.expires_at) } else { None };
        let kept = KeptSignIn {
            id: random::uuid()?,
            refresh_token: reply.refresh_token,
            access: IssuedAccess {
                token: answer.access_token,
                issued_at: answer.issued_at,
                expires_at: answer.expires_at,
            },
            client_id: prepared.client_id().map(str::to_owned),
            registered,
            server: prepared.server().clone(),
            resource,
        };
        let Store { state, key, .. } = self.store;
        let name = self.options.sign_in_name(self.place, key, self.run)?;
        let chain = Chain::of_sign_in(state, key, &name)?;
        let _lock = Lock::acquire(state, &name.to_string(), &self.step())?;
        let header = SignInHeader::of(account, ends_at);
        chain.reserve()?.store_sign_in(&kept.written(), about.clone(), header.clone(), clock::now())?;
        sign_in::mark(state).map_err(|error| {
            let fact = format_args!("the sign-in cannot be stored in {}", state.path().display());
            Error::Other(Report::new(fact, reason(&error), "free space there, and give this user write access"))
        })?;
        if let Some(ends_at) = ends_at {
            let left = ends_at.signed_duration_since(clock::now()).num_minutes();
            let how = if is_assumed { ", since its answer has no expiry and --assume-life says so" } else { "" };
            self.run.notes().warn(format!(
                "the server issued no refresh token: the sign-in ends in {left}m{how}; ask for one, with --scope offline_access or \
                 --login-param access_type=offline for example"
            ));
        }
        Ok(format!("signed in {}\n", shown(&about, &header)))
    }

    /// How the person signs in: as `--flow` says, else in a browser where one can be opened, else with a code, of what the server
    /// offers.
    fn flow(&self, server: &AuthorizationServer) -> Result<Flow, Error> {
        let login = &self.options.login;
        let offers = |flow| match flow {
            Flow::Browser => server.sign_in.authorization_endpoint.is_some(),
            Flow::Device => server.sign_in.device_endpoint.is_some(),
        };
        let wants_browser = login.no_open || login.redirect_url.is_some() || system_browser::is_there();
        let order = if wants_browser { [Flow::Browser, Flow::Device] } else { [Flow::Device, Flow::Browser] };
        let chosen = match login.flow {
            Some(flow) => Some(flow).filter(|flow| offers(*flow)),
            None => order.into_iter().find(|flow| offers(*flow)),
        };
        chosen.ok_or_else(|| {
            let who = server.issuer().unwrap_or(server.token_endpoint(false).origin());
            let who = OutsideText::new(who).shown_with_path(self.redactor());
            let (cause, remedy) = match login.flow {
                Some(Flow::Browser) => {
                    ("no authorization endpoint is known", "give --authorization-url, or --flow device")
                }
                Some(Flow::Device) => {
                    ("no device authorization endpoint is known", "give --device-url, or --flow browser")
                }
                None => (
                    "neither an authorization endpoint nor one for devices is known",
                    "give --issuer in place of --token-url, or --authorization-url or --device-url",
                ),
            };
            Error::Usage(Report::new(format_args!("nobody can sign in at {who}"), cause, remedy))
        })
    }
}

/// Who signed in, as an ID token says that nobody has verified: for showing alone.
fn account(token: &Secret, redactor: &Redactor) -> Option<String> {
    let claims = token::claims(token)?;
    let shown = |name: &&str| {
        let text = claims.get(*name)?.as_str().filter(|text| !text.is_empty())?;
        Some(OutsideText::new(text).shown(redactor)).filter(|shown| !shown.contains("[redacted]"))
    };
    ["email", "preferred_username", "sub"].iter().find_map(shown)
}
