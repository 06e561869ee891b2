//! Options that shape a token request, and which way of getting a token sends which of them. One that is not sent would have
//! no effect: on the command line it is a mistake, in a profile it serves another way.

mod refusal;

use self::refusal::GITHUB;
use crate::bearer::options::BearerOptions;
use crate::bearer::ready::is_of_profile;
use crate::error::{Error, Report};
use crate::oauth::client::Method;
use crate::oauth::form::Encoding;
use crate::oauth::kind::Kind;
use crate::run::Run;

/// How the token is got.
#[derive(Clone, Copy)]
pub(super) enum Way<'a> {
    /// Another program keeps it.
    Token,
    /// A program prints it.
    Command,
    /// GitHub's API is asked.
    Installation,
    /// A token endpoint is asked with this grant by a client that authenticates in one of these ways.
    Endpoint(&'a Kind, &'a [Method]),
}

/// What an option needs to be sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Command,
    Preset,
    /// Any request for a token.
    Request,
    Endpoint,
    JsonBody,
    ClientSecret,
    ClientKey,
    /// An assertion of the client that is signed here, by a secret or a key.
    ClientSigned,
    /// The same, by a key.
    ClientKeySigned,
    ClientAssertion,
    RefreshToken,
    SubjectToken,
    Assertion,
    AssertionKey,
    /// An assertion as the grant that is signed here.
    GrantSigned,
}

/// The value of an option, as far as it is there.
trait Value {
    fn is_given(&self) -> bool;
    fn clear(&mut self);
}

impl<T> Value for Option<T> {
    fn is_given(&self) -> bool {
        self.is_some()
    }

    fn clear(&mut self) {
        *self = None;
    }
}

impl Value for bool {
    fn is_given(&self) -> bool {
        *self
    }

    fn clear(&mut self) {
        *self = false;
    }
}

impl<T> Value for Vec<T> {
    fn is_given(&self) -> bool {
        !self.is_empty()
    }

    fn clear(&mut self) {
        Self::clear(self);
    }
}

impl BearerOptions {
    /// The options without those that this way of getting a token does not send.
    ///
    /// # Errors
    /// [`Error::Usage`] for one of them that stands on the command line.
    pub(super) fn sent(&self, way: Way<'_>, run: &Run) -> Result<Self, Error> {
        let mut sent = self.clone();
        for (option, value, needs) in sent.shaping() {
            if !value.is_given() || way.sends(needs, self) {
                continue;
            }
            if !is_of_profile(option, run) {
                return Err(way.refusal(option, needs, self));
            }
            value.clear();
        }
        Ok(sent)
    }

    /// The refusal of the first option that belongs to a preset, where none is named.
    pub(super) fn without_preset(&self, run: &Run) -> Option<Error> {
        let mut options = self.clone();
        let stray = options.shaping().into_iter().find(|(_, value, needs)| *needs == Needs::Preset && value.is_given());
        let (option, ..) = stray?;
        let is_displaced = run.profile().is_some_and(|profile| profile.replaced("--preset"));
        Some(if is_displaced {
            let cause = "the command line replaces the profile's --preset";
            Error::Usage(Report::of(option, " cannot be used here", cause, format_args!("add {GITHUB} there")))
        } else {
            Way::Endpoint(&Kind::ClientCredentials, &[]).refusal(option, Needs::Preset, self)
        })
    }

    /// The table: each option that shapes a token request, and what it needs to be sent.
    fn shaping(&mut self) -> [(&'static str, &mut dyn Value, Needs); 40] {
        use Needs as N;
        let Self { origin, client, grant, assertion, .. } = self;
        [
            ("--any-issuer", &mut origin.any_issuer, N::Endpoint),
            ("--vary", &mut origin.vary, N::Command),
            ("--app-id", &mut origin.app_id, N::Preset),
            ("--installation-id", &mut origin.installation_id, N::Preset),
            ("--api-url", &mut origin.api_url, N::Preset),
            ("--client-id", &mut client.client_id, N::Endpoint),
            ("--client-secret", &mut client.client_secret, N::ClientSecret),
            ("--client-auth", &mut client.client_auth, N::Endpoint),
            ("--tls-cert", &mut client.tls_cert, N::Request),
            ("--tls-key", &mut client.tls_key, N::Request),
            ("--client-key", &mut client.client_key, N::ClientKey),
            ("--client-kid", &mut client.client_kid, N::ClientKeySigned),
            ("--client-alg", &mut client.client_alg, N::ClientSigned),
            ("--client-cert", &mut client.client_cert, N::ClientKeySigned),
            ("--client-aud", &mut client.client_aud, N::ClientSigned),
            ("--client-claim", &mut client.client_claim, N::ClientSigned),
            ("--client-claim-json", &mut client.client_claim_json, N::ClientSigned),
            ("--client-assertion", &mut client.client_assertion, N::ClientAssertion),
            ("--client-assertion-type", &mut client.client_assertion_type, N::ClientAssertion),
            ("--grant", &mut grant.grant, N::Endpoint),
            ("--refresh-token", &mut grant.refresh_token, N::RefreshToken),
            ("--subject-token", &mut grant.subject_token, N::SubjectToken),
            ("--subject-token-type", &mut grant.subject_token_type, N::SubjectToken),
            ("--scope", &mut grant.scope, N::Endpoint),
            ("--audience", &mut grant.audience, N::Endpoint),
            ("--resource", &mut grant.resource, N::Endpoint),
            ("--param", &mut grant.param, N::Request),
            ("--param-json", &mut grant.param_json, N::JsonBody),
            ("--body", &mut grant.body, N::Endpoint),
            ("--token-header", &mut grant.token_header, N::Request),
            ("--assertion-key", &mut assertion.assertion_key, N::AssertionKey),
            ("--assertion-kid", &mut assertion.assertion_kid, N::GrantSigned),
            ("--assertion-alg", &mut assertion.assertion_alg, N::GrantSigned),
            ("--assertion-cert", &mut assertion.assertion_cert, N::GrantSigned),
            ("--iss", &mut assertion.iss, N::GrantSigned),
            ("--sub", &mut assertion.sub, N::GrantSigned),
            ("--aud", &mut assertion.aud, N::GrantSigned),
            ("--assertion-claim", &mut assertion.assertion_claim, N::GrantSigned),
            ("--assertion-claim-json", &mut assertion.assertion_claim_json, N::GrantSigned),
            ("--assertion", &mut assertion.assertion, N::Assertion),
        ]
    }

    /// The ways in which the client may authenticate: one, unless the server's metadata, which is not read yet, chooses.
    pub(super) fn methods(&self, has_metadata: bool, run: &Run) -> Vec<Method> {
        let client = &self.client;
        match client.client_auth {
            Some(chosen) if client.client_assertion.is_none() || self.overrules_assertion(run) => vec![chosen],
            _ if client.client_assertion.is_some() => vec![Method::ClientAssertion],
            Some(chosen) => vec![chosen],
            None => {
                let (key, secret) = (client.client_key.is_some(), client.client_secret.is_some());
                let mut served = Method::served(key, secret, client.tls_cert.is_some());
                served.truncate(if has_metadata { served.len() } else { 1 });
                if served.is_empty() { vec![Method::None] } else { served }
            }
        }
    }
}

impl BearerOptions {
    /// Whether the command line chooses another client authentication than the assertion of the profile.
    fn overrules_assertion(&self, run: &Run) -> bool {
        let serves = [Some(Method::PrivateKeyJwt), Some(Method::ClientSecretJwt)].contains(&self.client.client_auth);
        let is_of_profile = |option| is_of_profile(option, run);
        !serves && is_of_profile("--client-assertion") && !is_of_profile("--client-auth")
    }
}

impl Way<'_> {
    fn sends(self, needs: Needs, options: &BearerOptions) -> bool {
        let (grant, methods) = match self {
            Self::Token => return false,
            Self::Command => return needs == Needs::Command,
            Self::Installation => {
                return matches!(needs, Needs::Preset | Needs::Request | Needs::JsonBody | Needs::AssertionKey);
            }
            Self::Endpoint(grant, methods) => (grant, methods),
        };
        let has = |any: &[Method]| methods.iter().any(|method| any.contains(method));
        let is_ready_made = options.assertion.assertion.is_some();
        match needs {
            Needs::Command | Needs::Preset => false,
            Needs::Request | Needs::Endpoint => true,
            Needs::JsonBody => options.grant.body == Some(Encoding::Json),
            Needs::ClientSecret => methods.iter().any(|method| method.uses_secret()),
            Needs::ClientKey | Needs::ClientKeySigned => has(&[Method::PrivateKeyJwt]),
            Needs::ClientSigned => has(&[Method::PrivateKeyJwt, Method::ClientSecretJwt]),
            Needs::ClientAssertion => has(&[Method::ClientAssertion]),
            Needs::RefreshToken => *grant == Kind::RefreshToken,
            Needs::SubjectToken => *grant == Kind::TokenExchange,
            Needs::Assertion => *grant == Kind::JwtBearer,
            Needs::AssertionKey | Needs::GrantSigned => *grant == Kind::JwtBearer && !is_ready_made,
        }
    }
}
