//! Grants: what entitles a client to a token (RFC 6749 section 1.3, RFC 7523, RFC 8693).

use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::error::notes::Notes;
use crate::oauth::assertion::{Assertion, ReadyAssertion};
use crate::oauth::form::Form;
use crate::oauth::kind::Kind;
use crate::oauth::parameters::Parameters;
use crate::oauth::token;
use crate::secret::Secret;

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
    /// RFC 6749 section 4.1.3, with PKCE (RFC 7636 section 4.5).
    AuthorizationCode {
        /// The code that the browser brought.
        code: Secret,
        /// Where it brought it.
        redirect_url: String,
        /// What proves that we asked for it.
        verifier: Secret,
    },
    /// RFC 8628 section 3.4.
    DeviceCode(Secret),
    /// The refresh token of a sign-in.
    SignIn(Secret),
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
            Self::AuthorizationCode { .. } => Kind::AuthorizationCode,
            Self::DeviceCode(_) => Kind::DeviceCode,
            Self::SignIn(_) => Kind::SignIn,
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
            // What a person consented to is known by the code, and by the token that came for it.
            Self::SignIn(token) => {
                scope_inside = true;
                form.add_secret("refresh_token", token);
            }
            Self::AuthorizationCode { code, redirect_url, verifier } => {
                scope_inside = true;
                form.add_secret("code", code);
                form.add("redirect_uri", redirect_url);
                form.add_secret("code_verifier", verifier);
            }
            Self::DeviceCode(code) => {
                scope_inside = true;
                form.add_secret("device_code", code);
            }
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
        assert_eq!(error, "--param tenant cannot be set: it is given twice; remove one");
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
}
