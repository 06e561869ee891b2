//! Grants: what entitles a client to a token (RFC 6749 section 1.3, RFC 7523, RFC 8693).

use std::ffi::OsStr;

use chrono::{DateTime, Utc};
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command};

use crate::error::{Error, OutsideText, Redactor, Report, mistyped};
use crate::explain::Notes;
use crate::oauth::assertion::{Assertion, ReadyAssertion};
use crate::oauth::form::Form;
use crate::oauth::parameters::Parameters;
use crate::oauth::token;
use crate::secret::Secret;

/// The kind of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The client's own credentials.
    ClientCredentials,
    /// A refresh token.
    RefreshToken,
    /// A signed assertion (RFC 7523).
    JwtBearer,
    /// The token in --subject-token, exchanged for another one (RFC 8693).
    TokenExchange,
    /// Another one by its `grant_type` (RFC 6749 section 4.5), whose parameters are those of `--param`.
    Extension(String),
}

/// A grant and what it consists of.
#[derive(Debug)]
pub enum Grant {
    /// RFC 6749 section 4.4.
    ClientCredentials,
    /// RFC 6749 section 6.
    RefreshToken(Secret),
    /// RFC 7523 section 2.1.
    JwtBearer(Box<Assertion>),
    /// RFC 7523 section 2.1, with an assertion that another system signed.
    ReadyAssertion(ReadyAssertion),
    /// RFC 8693 section 2.1.
    TokenExchange {
        /// The token to exchange.
        subject_token: Secret,
        /// What it is; by default a JWT if it looks like one, else an access token.
        subject_token_type: Option<String>,
    },
    /// RFC 6749 section 4.5.
    Extension(String),
}

impl Kind {
    /// The kinds that have options of their own.
    const KNOWN: [Self; 4] = [Self::ClientCredentials, Self::RefreshToken, Self::JwtBearer, Self::TokenExchange];

    /// The kind that `--grant` names: by our name, by its `grant_type`, or an extension grant by any other.
    ///
    /// # Errors
    /// [`Error::Usage`] for what can be no `grant_type`, and for a name that is a known one but for a slip.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refused = |cause: &str, remedy: String| {
            let shown = OutsideText::new(text).shown_with_path(&Redactor::default());
            Err(Error::Usage(Report::new(format_args!("--grant {shown}"), cause, remedy)))
        };
        if let Some(kind) = Self::KNOWN.into_iter().find(|kind| kind.name() == text || kind.uri() == text) {
            return Ok(kind);
        }
        // RFC 6749 appendix A.10: a name, or an absolute URI.
        let is_uri_character = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c);
        if text.is_empty() || !text.chars().all(is_uri_character) {
            let names: Vec<_> = Self::KNOWN.iter().map(Self::name).collect();
            let remedy = format!("write one of {}, or the grant_type of an extension grant", names.join(" "));
            return refused("it is neither the name of a grant nor a URI", remedy);
        }
        let known = Self::KNOWN.iter().flat_map(|kind| [kind.name(), kind.uri()]);
        match mistyped(text, known) {
            Some(near) => refused("no grant has that name", format!("write {near}")),
            None => Ok(Self::Extension(text.to_owned())),
        }
    }

    /// The grant asked for, else the one that is given: a refresh token, an assertion (by the option that gives it) or a
    /// subject token.
    ///
    /// # Errors
    /// [`Error::Usage`] when several are given and none is asked for.
    pub fn choose(asked: Option<Self>, refresh: bool, assertion: Option<&str>, subject: bool) -> Result<Self, Error> {
        if let Some(asked) = asked {
            return Ok(asked);
        }
        match (refresh, assertion.is_some(), subject) {
            (false, false, false) => Ok(Self::ClientCredentials),
            (true, false, false) => Ok(Self::RefreshToken),
            (false, true, false) => Ok(Self::JwtBearer),
            (false, false, true) => Ok(Self::TokenExchange),
            _ => {
                let fact = "more than one grant is given";
                let assertion = assertion.unwrap_or("--assertion-key");
                let cause = format_args!("--refresh-token, {assertion} and --subject-token are a grant each");
                Err(Error::Usage(Report::new(fact, cause, "leave some out, or choose with --grant")))
            }
        }
    }

    /// The name on the command line.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::ClientCredentials => "client-credentials",
            Self::RefreshToken => "refresh-token",
            Self::JwtBearer => "jwt-bearer",
            Self::TokenExchange => "token-exchange",
            Self::Extension(uri) => uri,
        }
    }

    /// The kind with this `grant_type`, where it has options of its own.
    #[must_use]
    pub fn of(uri: &str) -> Option<Self> {
        Self::KNOWN.into_iter().find(|kind| kind.uri() == uri)
    }

    /// The value of `grant_type`.
    #[must_use]
    pub fn uri(&self) -> &str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::RefreshToken => "refresh_token",
            Self::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
            Self::Extension(uri) => uri,
        }
    }
}

/// Reads the value of `--grant` as it stands: for shells that complete it the kinds are told, and any other is taken too.
#[derive(Clone, Copy, Debug)]
pub struct GrantParser;

impl TypedValueParser for GrantParser {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names = ["client-credentials", "refresh-token", "jwt-bearer", "token-exchange"];
        Some(Box::new(names.into_iter().map(PossibleValue::new)))
    }
}

impl Grant {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::ClientCredentials => Kind::ClientCredentials,
            Self::RefreshToken(_) => Kind::RefreshToken,
            Self::JwtBearer(_) | Self::ReadyAssertion(_) => Kind::JwtBearer,
            Self::TokenExchange { .. } => Kind::TokenExchange,
            Self::Extension(uri) => Kind::Extension(uri.clone()),
        }
    }

    /// Whether it is an assertion that is signed here.
    pub(super) fn signs(&self) -> bool {
        matches!(self, Self::JwtBearer(_))
    }

    /// The parameters of one attempt at `now`; an assertion in it is for `audience`.
    ///
    /// # Errors
    /// [`Error::Secret`] when the key of an assertion is damaged, or a ready-made one has expired.
    pub(super) fn form(
        &self,
        parameters: &Parameters,
        audience: &str,
        now: DateTime<Utc>,
        notes: &Notes,
    ) -> Result<Form, Error> {
        let scope = parameters.scope_text();
        let mut form = Form::default();
        form.add("grant_type", self.kind().uri());
        let mut scope_inside = false;
        match self {
            Self::ClientCredentials | Self::Extension(_) => {}
            Self::RefreshToken(token) => form.add_secret("refresh_token", token),
            Self::JwtBearer(assertion) => {
                scope_inside = assertion.is_googles();
                form.add_secret("assertion", &assertion.sign(audience, scope.as_deref(), now)?);
            }
            Self::ReadyAssertion(assertion) => form.add_secret("assertion", &assertion.at(now, notes)?),
            Self::TokenExchange { subject_token, subject_token_type } => {
                form.add_secret("subject_token", subject_token);
                let is_jwt = token::claims(subject_token).is_some();
                let usual = if is_jwt { JWT_TYPE } else { ACCESS_TOKEN_TYPE };
                form.add("subject_token_type", subject_token_type.as_deref().unwrap_or(usual));
            }
        }
        parameters.add_to(&mut form, scope.filter(|_| !scope_inside).as_deref());
        Ok(form)
    }
}

const JWT_TYPE: &str = "urn:ietf:params:oauth:token-type:jwt";
const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::parameters::OwnParameters;

    fn secret(text: &str) -> Secret {
        Secret::new(text.as_bytes().to_vec())
    }

    fn body(grant: &Grant, parameters: &Parameters) -> String {
        let form = grant.form(parameters, "https://issuer", DateTime::UNIX_EPOCH, &Notes::default()).unwrap();
        String::from_utf8(form.encode().expose().to_vec()).unwrap()
    }

    #[test]
    fn parameters_follow_the_grant() {
        let list = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
        let resource = vec!["https://mcp.example.com/mcp".to_owned()];
        let mut parameters = Parameters::new(list(["mcp.read", "mcp.write"]), list(["a", "b"]), resource);
        let own = OwnParameters { grant: &Kind::ClientCredentials, client_id: true, is_json: false };
        parameters.add("tenant", secret("t&1"), false, &own).unwrap();
        assert_eq!(
            body(&Grant::ClientCredentials, &parameters),
            "grant_type=client_credentials&scope=mcp.read+mcp.write&audience=a&audience=b&\
             resource=https%3A%2F%2Fmcp.example.com%2Fmcp&tenant=t%261"
        );
        let error = parameters.add("tenant", secret(""), false, &own).unwrap_err().to_string();
        assert_eq!(error, "--param tenant cannot be set: it is there twice; leave one out");
        let error = parameters.add("client_secret", secret("hunter2"), true, &own).unwrap_err().to_string();
        assert_eq!(error, "--param client_secret cannot be set: it has an option of its own; use --client-secret");
    }

    #[test]
    fn each_grant_has_its_own() {
        let none = Parameters::default();
        let refresh = Grant::RefreshToken(secret("r+1"));
        assert_eq!(body(&refresh, &none), "grant_type=refresh_token&refresh_token=r%2B1");
        let exchange = |token: &str, subject_token_type: Option<&str>| {
            let subject_token_type = subject_token_type.map(str::to_owned);
            body(&Grant::TokenExchange { subject_token: secret(token), subject_token_type }, &none)
        };
        let kind = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange";
        let of_type = "urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3A";
        let jwt = "eyJhbGciOiJub25lIn0.e30.";
        for (token, given, expected) in [
            ("opaque", None, format!("{of_type}access_token")),
            (jwt, None, format!("{of_type}jwt")),
            (jwt, Some("x"), "x".to_owned()),
        ] {
            let expected = format!("{kind}&subject_token={token}&subject_token_type={expected}");
            assert_eq!(exchange(token, given), expected);
        }
    }

    #[test]
    fn an_extension_grant_has_the_parameters_it_is_given() {
        let kind = Kind::parse("urn:ietf:params:oauth:grant-type:saml2-bearer").unwrap();
        let mut parameters = Parameters::default();
        let own = OwnParameters { grant: &kind, client_id: false, is_json: false };
        parameters.add("assertion", secret("PHNhbWw+"), true, &own).unwrap();
        parameters.add("client_id", secret("abc"), false, &own).unwrap();
        assert_eq!(
            body(&Grant::Extension(kind.uri().to_owned()), &parameters),
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Asaml2-bearer&assertion=PHNhbWw%2B&client_id=abc"
        );
        let error = parameters.add("client_secret", secret("hunter2"), true, &own).unwrap_err().to_string();
        assert_eq!(error, "--param client_secret cannot be set: it has an option of its own; use --client-secret");
    }

    #[test]
    fn a_name_is_ours_or_that_of_an_rfc() {
        for kind in Kind::KNOWN {
            assert_eq!(Kind::parse(kind.name()).unwrap(), kind);
            assert_eq!(Kind::parse(kind.uri()).unwrap(), kind);
        }
        for other in ["account_credentials", "password", "https://example.com/grants/x", "device"] {
            assert_eq!(Kind::parse(other).unwrap(), Kind::Extension(other.to_owned()));
        }
        for (slip, near) in [
            ("client_credential", "client_credentials"),
            ("clientcredentials", "client-credentials"),
            ("refresh-tokens", "refresh-token"),
            ("Refresh_Token", "refresh_token"),
            ("token_exchange", "token-exchange"),
            ("urn:ietf:params:oauth:grant-type:jwt_bearer", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ] {
            let error = Kind::parse(slip).unwrap_err();
            let expected = format!("--grant {slip}: no grant has that name; write {near}");
            assert_eq!((error.to_string(), error.exit_code()), (expected, 2));
        }
        for none in ["", "a b", "a\"b", "\u{e9}"] {
            assert_eq!(Kind::parse(none).unwrap_err().exit_code(), 2, "{none}");
        }
    }

    #[test]
    fn the_grant_is_what_is_given() {
        assert_eq!(Kind::choose(None, false, None, false).unwrap(), Kind::ClientCredentials);
        assert_eq!(Kind::choose(None, true, None, false).unwrap(), Kind::RefreshToken);
        assert_eq!(Kind::choose(None, false, Some("--assertion"), false).unwrap(), Kind::JwtBearer);
        assert_eq!(Kind::choose(None, false, None, true).unwrap(), Kind::TokenExchange);
        assert_eq!(
            Kind::choose(Some(Kind::RefreshToken), true, Some("--assertion"), false).unwrap(),
            Kind::RefreshToken
        );
        assert_eq!(
            Kind::choose(None, true, None, true).unwrap_err().to_string(),
            "more than one grant is given: --refresh-token, --assertion-key and --subject-token are a grant each; leave \
             some out, or choose with --grant"
        );
    }
}
