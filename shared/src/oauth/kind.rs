//! Grants by their names: ours, those of RFC 6749 and its extensions, and any other.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command};

use crate::error::{Error, OutsideText, Redactor, Report, mistyped};

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
    /// The code that a browser brought (RFC 6749 section 4.1): of a sign-in alone.
    AuthorizationCode,
    /// The code of a device (RFC 8628): of a sign-in alone.
    DeviceCode,
    /// The refresh token of a sign-in.
    SignIn,
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
            Err(Error::Usage(Report::of("--grant", format_args!(" {shown}"), cause, remedy)))
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
                Err(Error::Usage(Report::new(fact, cause, "keep one of them, or choose with --grant")))
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
            Self::AuthorizationCode => "authorization-code",
            Self::DeviceCode => "device-code",
            Self::SignIn => "sign-in",
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
            Self::RefreshToken | Self::SignIn => "refresh_token",
            Self::AuthorizationCode => "authorization_code",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
            Self::Extension(uri) => uri,
        }
    }
}

/// Reads the value of `--grant` unchanged: for shells that complete it the kinds are told, and any other is taken too.
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

#[cfg(test)]
mod tests {
    use super::*;

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
            "more than one grant is given: --refresh-token, --assertion-key and --subject-token are a grant each; keep \
             one of them, or choose with --grant"
        );
    }
}
