//! Client authentication: how a client proves to the token endpoint who it is (RFC 6749 section 2.3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use clap::ValueEnum;

use crate::error::notes::Notes;
use crate::error::{Error, Report};
use crate::oauth::assertion::{Assertion, AssertionKey, Claim, ReadyAssertion};
use crate::oauth::form::{Form, escaped};
use crate::secret::Secret;
use crate::sign::algorithm::Algorithm;
use crate::sign::key::SigningKey;

/// A way to authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Method {
    /// The secret in the Authorization header (HTTP Basic).
    #[value(alias = "client_secret_basic")]
    Basic,
    /// The same without the form encoding that RFC 6749 requires, for servers that do not decode it.
    BasicRaw,
    /// The secret in the body of the request.
    #[value(alias = "client_secret_post")]
    Post,
    /// The client identifier only.
    None,
    /// A JWT signed with --client-key.
    #[value(alias = "private_key_jwt")]
    PrivateKeyJwt,
    /// A JWT signed with the secret.
    #[value(alias = "client_secret_jwt")]
    ClientSecretJwt,
    /// The certificate of --tls-cert (RFC 8705).
    #[value(aliases = ["tls_client_auth", "self_signed_tls_client_auth"])]
    Tls,
    /// The assertion of --client-assertion, which another system signed; it cannot be chosen.
    #[value(skip)]
    ClientAssertion,
}

/// What there is to authenticate with.
#[derive(Debug, Default)]
pub struct Credentials {
    /// `--client-id`.
    pub id: Option<String>,
    /// `--client-secret`.
    pub secret: Option<Secret>,
    /// `--client-key`.
    pub key: Option<AssertionKey>,
    /// Whether `--tls-cert` and `--tls-key` are there; the transport shows them.
    pub has_certificate: bool,
    /// `--client-aud`.
    pub audience: Option<String>,
    /// `--client-alg`, for assertions signed with the secret.
    pub algorithm: Option<Algorithm>,
    /// Further claims of assertions that are signed here.
    pub claims: Vec<Claim>,
    /// `--client-assertion`, and its type where that is not the usual one.
    pub assertion: Option<(ReadyAssertion, Option<String>)>,
}

/// A client and its way to authenticate.
#[derive(Debug)]
pub struct Client {
    id: Option<String>,
    proof: Proof,
}

#[derive(Debug)]
enum Proof {
    Basic(Secret),
    BasicRaw(Secret),
    Post(Secret),
    Nothing,
    Assertion(Method, Box<Assertion>),
    Ready(ReadyAssertion, Option<String>),
    Certificate,
}

impl Method {
    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::BasicRaw => "basic-raw",
            Self::Post => "post",
            Self::None => "none",
            Self::PrivateKeyJwt => "private-key-jwt",
            Self::ClientSecretJwt => "client-secret-jwt",
            Self::Tls => "tls",
            Self::ClientAssertion => "client-assertion",
        }
    }

    /// Whether the client's identifier is in the body, and not in the header that proves who asks.
    #[must_use]
    pub fn sends_id_in_body(self) -> bool {
        self.header().is_none()
    }

    /// The header of the token request that proves who asks, where there is one.
    #[must_use]
    pub fn header(self) -> Option<&'static str> {
        matches!(self, Self::Basic | Self::BasicRaw).then_some("Authorization")
    }

    /// Whether it uses the client secret.
    #[must_use]
    pub fn uses_secret(self) -> bool {
        match self {
            Self::Basic | Self::BasicRaw | Self::Post | Self::ClientSecretJwt => true,
            Self::None | Self::PrivateKeyJwt | Self::Tls | Self::ClientAssertion => false,
        }
    }

    /// Whether `listed`, a name in metadata (RFC 8414 section 2, RFC 8705 section 2), means this.
    fn is_listed(self, listed: &str) -> bool {
        match self {
            Self::Basic | Self::BasicRaw => listed == "client_secret_basic",
            Self::Post => listed == "client_secret_post",
            Self::None => listed == "none",
            Self::PrivateKeyJwt | Self::ClientAssertion => listed == "private_key_jwt",
            Self::ClientSecretJwt => listed == "client_secret_jwt",
            Self::Tls => matches!(listed, "tls_client_auth" | "self_signed_tls_client_auth"),
        }
    }

    /// The ways that a key, a secret and a certificate serve, where they are there; the usual one is first.
    #[must_use]
    pub fn served(key: bool, secret: bool, certificate: bool) -> Vec<Self> {
        let with_key = key.then_some(Self::PrivateKeyJwt);
        let with_secret = [Self::Basic, Self::Post, Self::ClientSecretJwt].into_iter().filter(|_| secret);
        with_key.into_iter().chain(with_secret).chain(certificate.then_some(Self::Tls)).collect()
    }

    /// The first way that `credentials` serve and metadata lists; where it lists none of them, the usual one.
    fn usual(listed: &[String], credentials: &Credentials) -> Self {
        let Credentials { key, secret, has_certificate, .. } = credentials;
        let served = Self::served(key.is_some(), secret.is_some(), *has_certificate);
        let is_listed = |method: &&Self| listed.iter().any(|name| method.is_listed(name));
        served.iter().find(is_listed).or(served.first()).copied().unwrap_or(Self::None)
    }
}

impl Client {
    /// A client that authenticates as `asked`, else as metadata lists (`listed`), else as what it has suggests.
    ///
    /// # Errors
    /// [`Error::Usage`] when something is missing for that, [`Error::Secret`] when the secret cannot sign.
    pub fn new(asked: Option<Method>, listed: &[String], credentials: Credentials) -> Result<Self, Error> {
        let method = match (&credentials.assertion, asked) {
            (Some(_), _) => Method::ClientAssertion,
            (None, Some(asked)) => asked,
            (None, None) => Method::usual(listed, &credentials),
        };
        let Credentials { id, secret, key, has_certificate, audience, algorithm, claims, assertion } = credentials;
        let missing = |option: &str| {
            let fact = " is missing";
            let cause = format_args!("client authentication {} needs it", method.name());
            Error::Usage(Report::of(
                option,
                fact,
                cause,
                format_args!("give {option}, or choose another --client-auth"),
            ))
        };
        let secret = || secret.ok_or_else(|| missing("--client-secret"));
        let id_or_missing = || id.as_deref().ok_or_else(|| missing("--client-id"));
        let proof = match method {
            Method::None => Proof::Nothing,
            Method::Basic => Proof::Basic(secret()?),
            Method::BasicRaw if id.as_deref().is_some_and(|id| id.contains(':')) => {
                let cause =
                    "it contains a colon, and without form encoding the server cannot know where the secret begins";
                let remedy = "choose --client-auth basic or post";
                return Err(Error::Usage(Report::of(
                    "--client-id",
                    " cannot be sent with --client-auth basic-raw",
                    cause,
                    remedy,
                )));
            }
            Method::BasicRaw => Proof::BasicRaw(secret()?),
            Method::Post => Proof::Post(secret()?),
            Method::PrivateKeyJwt => {
                let key = key.ok_or_else(|| missing("--client-key"))?;
                if key.is_shared() {
                    let cause = "it is not a private key, and was read as a shared secret";
                    let remedy =
                        "give a private key in PEM or a JWK, or --client-secret and --client-auth client-secret-jwt";
                    return Err(Error::Secret(Report::of("--client-key", " is not a usable key", cause, remedy)));
                }
                let assertion = Assertion::of_client(key, id_or_missing()?, audience.as_deref(), claims)?;
                Proof::Assertion(method, Box::new(assertion))
            }
            Method::ClientSecretJwt => {
                let option = "--client-secret";
                let key = SigningKey::shared(option, secret()?)?;
                let key = AssertionKey::new(option, key, algorithm, None, None)?;
                let assertion = Assertion::of_client(key, id_or_missing()?, audience.as_deref(), claims)?;
                Proof::Assertion(method, Box::new(assertion))
            }
            Method::Tls if has_certificate => Proof::Certificate,
            Method::Tls => return Err(missing("--tls-cert")),
            Method::ClientAssertion => {
                let (assertion, kind) = assertion.ok_or_else(|| missing("--client-assertion"))?;
                Proof::Ready(assertion, kind)
            }
        };
        // An assertion says itself whose it is (RFC 7521 section 4.2).
        if !matches!(method, Method::None | Method::ClientAssertion) {
            id_or_missing()?;
        }
        Ok(Self { id, proof })
    }

    /// How it authenticates.
    #[must_use]
    pub fn method(&self) -> Method {
        match &self.proof {
            Proof::Basic(_) => Method::Basic,
            Proof::BasicRaw(_) => Method::BasicRaw,
            Proof::Post(_) => Method::Post,
            Proof::Nothing => Method::None,
            Proof::Assertion(method, _) => *method,
            Proof::Ready(..) => Method::ClientAssertion,
            Proof::Certificate => Method::Tls,
        }
    }

    /// Its identifier.
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Whether it signs assertions.
    pub(super) fn signs(&self) -> bool {
        matches!(self.proof, Proof::Assertion(..))
    }

    /// Adds to `form` what proves who asks, of an assertion for `audience`. The value of the `Authorization` header is
    /// returned where there is one.
    ///
    /// # Errors
    /// [`Error::Secret`] when the key is damaged, or a ready-made assertion has expired.
    pub(super) fn authenticate(
        &self,
        form: &mut Form,
        audience: &str,
        now: DateTime<Utc>,
        notes: &Notes,
    ) -> Result<Option<Secret>, Error> {
        let id = self.id.as_deref().unwrap_or_default();
        if let Proof::Basic(secret) | Proof::BasicRaw(secret) = &self.proof {
            let is_raw = matches!(self.proof, Proof::BasicRaw(_));
            let encoded = |text: &[u8]| if is_raw { Secret::new(text.to_vec()) } else { escaped(text) };
            let [id, secret] = [id.as_bytes(), secret.expose()].map(encoded);
            let pair = Secret::new([id.expose(), b":", secret.expose()].concat());
            let encoded = Secret::new(STANDARD.encode(pair.expose()).into_bytes());
            return Ok(Some(Secret::new([b"Basic ", encoded.expose()].concat())));
        }
        if self.id.is_some() {
            form.add("client_id", id);
        }
        match &self.proof {
            Proof::Post(secret) => form.add_secret("client_secret", secret),
            Proof::Assertion(_, assertion) => {
                form.add("client_assertion_type", JWT_BEARER);
                form.add_secret("client_assertion", &assertion.sign(audience, None, now)?);
            }
            Proof::Ready(assertion, kind) => {
                form.add("client_assertion_type", kind.as_deref().unwrap_or(JWT_BEARER));
                form.add_secret("client_assertion", &assertion.at(now, notes)?);
            }
            Proof::Basic(_) | Proof::BasicRaw(_) | Proof::Nothing | Proof::Certificate => {}
        }
        Ok(None)
    }

    /// Whether form encoding changes what is sent with basic.
    pub(super) fn is_encoded(&self) -> bool {
        let Proof::Basic(secret) = &self.proof else { return false };
        let id = self.id.as_deref().unwrap_or_default();
        [id.as_bytes(), secret.expose()].iter().any(|text| escaped(text).expose() != *text)
    }

    /// The shared secret, which no message may repeat.
    pub(super) fn secret(&self) -> Option<&Secret> {
        match &self.proof {
            Proof::Basic(secret) | Proof::BasicRaw(secret) | Proof::Post(secret) => Some(secret),
            Proof::Assertion(..) | Proof::Ready(..) | Proof::Nothing | Proof::Certificate => None,
        }
    }
}

/// The usual type of a client assertion (RFC 7523 section 2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::token;

    fn secret(text: &str) -> Secret {
        Secret::new(text.as_bytes().to_vec())
    }

    fn with_secret() -> Credentials {
        Credentials { id: Some("a:b c".to_owned()), secret: Some(secret("p%+\u{e9} w")), ..Credentials::default() }
    }

    fn authenticate(client: &Client) -> (Form, Option<Secret>) {
        let mut form = Form::default();
        let header = client.authenticate(&mut form, "https://issuer", DateTime::UNIX_EPOCH, &Notes::default()).unwrap();
        (form, header)
    }

    #[test]
    fn basic_is_form_encoded_first() {
        let (form, header) = authenticate(&Client::new(None, &[], with_secret()).unwrap());
        let encoded = format!("Basic {}", STANDARD.encode("a%3Ab+c:p%25%2B%C3%A9+w"));
        assert_eq!(header.unwrap().expose(), encoded.as_bytes());
        assert_eq!(form.encode().expose(), b"");
    }

    #[test]
    fn basic_is_not_encoded_where_the_server_does_not_decode() {
        let credentials = Credentials { id: Some("a b".to_owned()), ..with_secret() };
        let (_, header) = authenticate(&Client::new(Some(Method::BasicRaw), &[], credentials).unwrap());
        assert_eq!(header.unwrap().expose(), format!("Basic {}", STANDARD.encode("a b:p%+\u{e9} w")).as_bytes());
        let error = Client::new(Some(Method::BasicRaw), &[], with_secret()).unwrap_err();
        assert_eq!(
            (error.to_string().split(':').next(), error.exit_code()),
            (Some("--client-id cannot be sent with --client-auth basic-raw"), 2)
        );
    }

    #[test]
    fn post_and_none_are_in_the_body() {
        let (form, header) = authenticate(&Client::new(Some(Method::Post), &[], with_secret()).unwrap());
        assert!(header.is_none());
        assert_eq!(form.encode().expose(), b"client_id=a%3Ab+c&client_secret=p%25%2B%C3%A9+w");
        let (form, _) = authenticate(&Client::new(Some(Method::None), &[], with_secret()).unwrap());
        assert_eq!(form.encode().expose(), b"client_id=a%3Ab+c");
        let (form, _) = authenticate(&Client::new(None, &[], Credentials::default()).unwrap());
        assert_eq!(form.encode().expose(), b"");
    }

    #[test]
    fn an_assertion_signed_with_the_secret_names_the_issuer() {
        let credentials =
            Credentials { secret: Some(secret(&"s".repeat(64))), id: Some("abc".to_owned()), ..with_secret() };
        let credentials = Credentials { algorithm: Some(Algorithm::HS512), ..credentials };
        let client = Client::new(Some(Method::ClientSecretJwt), &[], credentials).unwrap();
        let (form, _) = authenticate(&client);
        let assertion = form.secrets().next().unwrap();
        assert_eq!(token::claims(assertion).unwrap()["aud"], "https://issuer");
        let header = assertion.expose_text().unwrap().split('.').next().unwrap();
        assert_eq!(header, STANDARD.encode(r#"{"typ":"JWT","alg":"HS512"}"#).trim_end_matches('='));
    }

    #[test]
    fn the_way_is_what_metadata_lists_and_credentials_serve() {
        for (listed, method) in [
            (&[][..], Method::Basic),
            (&["client_secret_post", "client_secret_basic"], Method::Basic),
            (&["client_secret_post"], Method::Post),
            (&["private_key_jwt", "client_secret_jwt"], Method::ClientSecretJwt),
            (&["none"], Method::Basic),
        ] {
            let listed: Vec<_> = listed.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(Method::usual(&listed, &with_secret()), method, "{listed:?}");
        }
        let certified = Credentials { has_certificate: true, ..Credentials::default() };
        assert_eq!(Method::usual(&[], &certified), Method::Tls);
    }

    #[test]
    fn what_is_missing_is_named() {
        for (method, credentials, option) in [
            (Method::Basic, Credentials::default(), "--client-secret"),
            (Method::Post, Credentials { id: None, ..with_secret() }, "--client-id"),
            (Method::PrivateKeyJwt, with_secret(), "--client-key"),
            (Method::Tls, with_secret(), "--tls-cert"),
        ] {
            let error = Client::new(Some(method), &[], credentials).unwrap_err();
            let expected = format!(
                "{option} is missing: client authentication {} needs it; give {option}, or choose another --client-auth",
                method.name()
            );
            assert_eq!((error.to_string(), error.exit_code()), (expected, 2));
        }
    }
}
