//! What can be read of a token that is not ours to verify.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::secret::Secret;
use crate::secret::token::without_bearer;

/// The claims of a token that is a signed JWT (RFC 7519); `None` for any other.
#[must_use]
pub fn claims(token: &Secret) -> Option<Map<String, Value>> {
    let bare = without_bearer(token);
    let mut parts = bare.as_ref().unwrap_or(token).expose_text()?.split('.');
    let (header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let object = |part: &str| serde_json::from_slice::<Map<_, _>>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let is_jwt = parts.next().is_none() && object(header)?.contains_key("alg");
    is_jwt.then(|| object(claims)).flatten()
}

/// The header of a token that is a signed JWT (RFC 7515).
#[must_use]
pub fn header(token: &Secret) -> Option<Map<String, Value>> {
    let header = token.expose_text()?.split('.').next()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()
}

/// The `exp` of a JWT, by the clock of who issued it: seconds (RFC 7519 section 4.1.4), as a string and in milliseconds too.
#[must_use]
pub fn expiry(claims: &Map<String, Value>) -> Option<DateTime<Utc>> {
    const MILLISECONDS: i64 = 1_000_000_000_000;
    let exp = claims.get("exp")?;
    let written = || exp.as_str()?.trim().parse::<f64>().ok();
    let number = exp.as_i64().or_else(|| whole(exp.as_f64().or_else(written)?))?;
    if number >= MILLISECONDS { DateTime::from_timestamp_millis(number) } else { DateTime::from_timestamp(number, 0) }
}

/// `number` without its fraction, where it is a time at all.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked, and the fraction is dropped on purpose")]
pub(super) fn whole(number: f64) -> Option<i64> {
    (number.abs() < 1e15).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> Secret {
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        Secret::new(format!("{header}.{claims}.c2ln").into_bytes())
    }

    #[test]
    fn claims_are_those_of_a_jwt() {
        let found = claims(&token(r#"{"alg":"RS256"}"#, r#"{"exp":1700000000.9}"#)).unwrap();
        assert_eq!(expiry(&found).unwrap().timestamp(), 1_700_000_000);
        for exp in ["1700000000123", r#""1700000000""#] {
            let found = claims(&token(r#"{"alg":"RS256"}"#, &format!(r#"{{"exp":{exp}}}"#))).unwrap();
            assert_eq!(expiry(&found).unwrap().timestamp(), 1_700_000_000);
        }
        for other in [token(r#"{"typ":"JWT"}"#, "{}"), token(r#"{"alg":"none"}"#, "[]"), Secret::new(b"a.b.c".to_vec())]
        {
            assert_eq!(claims(&other), None);
        }
        for text in ["", "opaque", "a.b", "eyJhbGciOiJub25lIn0.e30", "eyJhbGciOiJub25lIn0.e30.a.b"] {
            assert_eq!(claims(&Secret::new(text.as_bytes().to_vec())), None, "{text}");
        }
    }
}
