//! Private keys in JSON: JWK and JWKS (RFC 7517, 7518 section 6, 8037 section 2), and Google service accounts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use zeroize::Zeroize;

use super::kept::in_json;
use super::material::{Curve, GIVE_RSA, Material, UNCOMPRESSED};
use super::remedy::Remedy;
use super::{SigningKey, Unusable, pem};
use crate::error::json;
use crate::error::{OutsideText, Redactor, quotable};
use crate::secret::Secret;
use crate::sign::algorithm::Algorithm;
use crate::sign::der::{SEQUENCE, element, unsigned};

const NO_KEY: Remedy = Remedy::DoOrTakeRaw("give a private JWK, a JWKS or a Google service account");

const NO_KEY_IN_JSON: Remedy = Remedy::Do(
    "give a private JWK, a JWKS or a Google service account, or name the member that holds the key: json:PATH:FIELD",
);

/// The key in a JSON document, by `kid` where it is a JWKS; `None` where that leaves several.
pub(super) fn parse(bytes: &[u8], kid: Option<&str>) -> Result<Option<SigningKey>, Unusable> {
    if let Some(name) = json::repeated_member(bytes) {
        let cause = format!("it has the member {} twice, and readers differ in which one counts", shown(&name));
        return Err(Unusable(cause, Remedy::Do("remove one of them")));
    }
    // The text of the error may quote the key.
    let mut document: Object = serde_json::from_slice(bytes)
        .or_else(|error| serde_json::from_slice(with_line_breaks_written_out(bytes).expose()).map_err(|_| error))
        .map_err(|error| Unusable(format!("it looks like JSON but cannot be read (line {})", error.line()), NO_KEY))?;
    if let Some(Value::Array(keys)) = document.get_mut("keys") {
        return choose(std::mem::take(keys), kid);
    }
    let document = Jwk(document);
    if document.0.contains_key("kty") {
        return document.into_key().map(Some);
    }
    match (document.text("type"), document.text("private_key")) {
        (Some("service_account"), Some(pem)) => {
            let mut key = SigningKey::from(pem::parse(pem.as_bytes()).map_err(in_json)?);
            key.kid = document.text("private_key_id").map(str::to_owned);
            key.client_email = document.text("client_email").map(str::to_owned);
            key.token_uri = document.text("token_uri").map(str::to_owned);
            Ok(Some(key))
        }
        (Some(account), _) => {
            Err(Unusable(format!("it is a credential of type {}, without a key", shown(account)), NO_KEY))
        }
        _ => Err(Unusable("it is JSON, but not a key: it has neither `kty` nor `keys`".to_owned(), NO_KEY_IN_JSON)),
    }
}

/// JSON in which the line breaks within strings, a key in PEM say, were made real on the way.
fn with_line_breaks_written_out(json: &[u8]) -> Secret {
    let (mut written, mut in_string, mut is_escaped) = (Vec::with_capacity(json.len()), false, false);
    for byte in json {
        match byte {
            b'\n' if in_string => written.extend(b"\\n"),
            b'\r' if in_string => {}
            other => written.push(*other),
        }
        in_string ^= *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
    }
    Secret::new(written)
}

fn choose(keys: Vec<Value>, kid: Option<&str>) -> Result<Option<SigningKey>, Unusable> {
    let object = |key| if let Value::Object(key) = key { Some(Jwk(key)) } else { None };
    let mut keys: Vec<Jwk> = keys.into_iter().filter_map(object).collect();
    if let Some(found) = keys.iter().position(|key| kid.is_some() && key.text("kid") == kid) {
        return keys.swap_remove(found).into_key().map(Some);
    }
    // A single key without an id is the one that is meant.
    if let [only] = keys.as_slice()
        && (kid.is_none() || only.text("kid").is_none())
    {
        return keys.pop().map(Jwk::into_key).transpose();
    }
    let known: Vec<_> = keys.iter().filter_map(|key| key.text("kid")).map(shown).collect();
    match kid {
        None if !keys.is_empty() => Ok(None),
        None => Err(Unusable("it is a JWKS without keys".to_owned(), NO_KEY)),
        Some(kid) if known.is_empty() => Err(Unusable(
            format!("it is a JWKS without the key {}, and its keys have no key ids", quotable(kid)),
            Remedy::Do("give the JWK alone that signs"),
        )),
        Some(kid) => Err(Unusable(
            format!("it is a JWKS without the key {}, with the key ids: {}", quotable(kid), known.join(" ")),
            Remedy::Do("name one that it has with --kid"),
        )),
    }
}

type Object = Map<String, Value>;

/// What stands in a key's file, as a message may quote it.
fn shown(text: &str) -> String {
    OutsideText::new(text).shown(&Redactor::default())
}

/// A JSON object that holds secrets: its texts are wiped from memory when it is dropped.
struct Jwk(Object);

impl Drop for Jwk {
    fn drop(&mut self) {
        for value in self.0.values_mut() {
            if let Value::String(text) = value {
                text.zeroize();
            }
        }
    }
}

impl Jwk {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// A member that is a number in base64url (RFC 7518 section 2).
    fn number(&self, name: &str) -> Result<Option<Secret>, Unusable> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('='));
        bytes
            .map(|bytes| Some(Secret::new(bytes)))
            .map_err(|_| Unusable(format!("its `{name}` is not base64url"), NO_KEY))
    }

    fn into_key(self) -> Result<SigningKey, Unusable> {
        let algorithm = self.text("alg").map(|name| {
            Algorithm::named(name)
                .ok_or_else(|| Unusable(format!("its JWK is for {}, not for signatures", shown(name)), NO_KEY))
        });
        let algorithm = algorithm.transpose()?;
        let material = self.material()?;
        self.check_purpose()?;
        Ok(SigningKey { kid: self.text("kid").map(str::to_owned), algorithm, ..SigningKey::from(material) })
    }

    /// Refuses a key that is kept for something else than signing (RFC 7517 sections 4.2 and 4.3).
    fn check_purpose(&self) -> Result<(), Unusable> {
        let forbids = |member: &str| {
            let cause = format!("its JWK has a `{member}` that forbids signing");
            Err(Unusable(
                cause,
                Remedy::Do("give a JWK for signatures: `use` is \"sig\" and `key_ops` has \"sign\", where it has them"),
            ))
        };
        if self.0.get("use").is_some_and(|purpose| purpose != "sig") {
            return forbids("use");
        }
        let signs = |operations: &Value| {
            operations.as_array().is_some_and(|operations| operations.iter().any(|operation| operation == "sign"))
        };
        if self.0.get("key_ops").is_some_and(|operations| !signs(operations)) {
            return forbids("key_ops");
        }
        Ok(())
    }

    fn material(&self) -> Result<Material, Unusable> {
        let curve = self.text("crv").unwrap_or("a curve without a name");
        match (self.text("kty").unwrap_or("none"), curve) {
            ("RSA", _) => self.rsa(),
            ("EC", "P-256") => self.ec(Curve::P256),
            ("EC", "P-384") => self.ec(Curve::P384),
            ("OKP", "Ed25519") => {
                let seed = self.number("d")?.ok_or_else(public)?;
                let x = self.number("x")?;
                Material::ed25519(seed.expose(), x.as_ref().map(Secret::expose))
            }
            ("oct", _) => {
                let key = self.number("k")?.filter(|key| !key.is_empty());
                key.map(Material::Hmac).ok_or_else(|| Unusable("it is an oct JWK without `k`".to_owned(), NO_KEY))
            }
            ("EC" | "OKP", _) => Err(Unusable(
                format!("it is a key on {}", shown(curve)),
                Remedy::Do("give an RSA private key, an EC one on P-256 or P-384, or an Ed25519 one"),
            )),
            (other, _) => Err(Unusable(format!("it is a JWK of the unknown kind {}", shown(other)), NO_KEY)),
        }
    }

    fn ec(&self, curve: Curve) -> Result<Material, Unusable> {
        let scalar = self.number("d")?.ok_or_else(public)?;
        let coordinate = |name| -> Result<Option<Secret>, Unusable> {
            Ok(self.number(name)?.and_then(|number| curve.pad(number.expose())))
        };
        let (Some(x), Some(y)) = (coordinate("x")?, coordinate("y")?) else {
            let cause = format!("it is an EC JWK on {} without `x` and `y` of the right length", curve.name());
            return Err(Unusable(cause, Remedy::Do("give the whole JWK, with `x`, `y` and `d`, or the key as PEM")));
        };
        let point = [&[UNCOMPRESSED], x.expose(), y.expose()].concat();
        Material::ec(curve, scalar.expose(), Some(&point))
    }

    /// As an `RSAPrivateKey` in DER.
    fn rsa(&self) -> Result<Material, Unusable> {
        if self.text("d").is_none() {
            return Err(public());
        }
        if self.0.contains_key("oth") {
            return Err(Unusable("it is an RSA key with more than two primes".to_owned(), GIVE_RSA));
        }
        let required = |name| -> Result<Secret, Unusable> {
            self.number(name)?.ok_or_else(|| {
                let cause = format!(
                    "it is an RSA JWK without `{name}`: a signer needs its primes and the values computed from them"
                );
                Unusable(cause, Remedy::Do("give the JWK with p, q, dp, dq and qi, or the key as PEM"))
            })
        };
        let numbers = [
            required("n")?,
            required("e")?,
            required("d")?,
            required("p")?,
            required("q")?,
            required("dp")?,
            required("dq")?,
            required("qi")?,
        ];
        let version = unsigned(&[]);
        let numbers = numbers.iter().flat_map(|number| unsigned(number.expose()));
        let members = Secret::new(version.into_iter().chain(numbers).collect());
        Material::rsa(Secret::new(element(SEQUENCE, members.expose())))
    }
}

fn public() -> Unusable {
    Unusable("it is a public JWK, which cannot sign".to_owned(), Remedy::Do("give the private JWK, the one with `d`"))
}
