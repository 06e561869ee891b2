//! Whether a token can be sent with what is sent with it: alone, or with the proof of a key (RFC 9449).

use serde_json::Value;

use super::{Reading, UnusableAnswer};
use crate::error::{OutsideText, Redactor};
use crate::oauth::life::ExpiryTeller;

const ASK_FOR_BOUND: &str =
    "configure the server to issue tokens that are bound to a key (DPoP) to this client, or remove --sign dpop";

/// What helps against a token that needs a proof.
fn ask_for_bearer(teller: ExpiryTeller) -> &'static str {
    match teller {
        ExpiryTeller::Endpoint => "configure the server to issue plain bearer tokens to this client",
        ExpiryTeller::Command => "make the command print a plain bearer token",
        ExpiryTeller::File => "make the program that writes it store a plain bearer token",
    }
}

impl Reading {
    /// Refuses a token of a `kind`, or with a confirmation (RFC 7800), that cannot be sent: one that needs a proof where none
    /// is made, and one that is bound to no key, or to another one, where it is to be bound to ours.
    pub(super) fn check_binding(
        &self,
        kind: Option<&str>,
        cnf: Option<&Value>,
        exchange: bool,
        teller: ExpiryTeller,
        redactor: &Redactor,
    ) -> Result<(), UnusableAnswer> {
        let bound_to = cnf.and_then(|cnf| cnf.get("jkt")).and_then(Value::as_str);
        let is_ours = bound_to.is_some() && bound_to == self.bound_to.as_deref();
        let is_dpop = |kind: &str| self.bound_to.is_some() && kind.eq_ignore_ascii_case("dpop");
        let lacks_proof = |kind: &str| !is_dpop(kind) && needs_proof(kind);
        // Who asks a server for a bound token is told so if it issues another (RFC 9449 section 5).
        let is_unbound = |kind: &str| {
            self.bound_to.is_some()
                && !is_ours
                && teller == ExpiryTeller::Endpoint
                && kind.eq_ignore_ascii_case("bearer")
        };
        let is_none = |kind: &str| is_no_access_token(kind) && !exchange;
        if let Some(kind) = kind.filter(|kind| lacks_proof(kind) || is_unbound(kind) || is_none(kind)) {
            // A word that is known is no secret, also where everything that a command prints is one.
            let shown = if is_known_type(kind) { kind.to_owned() } else { OutsideText::new(kind).shown(redactor) };
            let (wanted, remedy) = match &self.bound_to {
                Some(_) => ("DPoP", ASK_FOR_BOUND),
                None => ("Bearer", ask_for_bearer(teller)),
            };
            return Err(UnusableAnswer(format!("its token is of type {shown}, not {wanted}"), remedy));
        }
        match (cnf, &self.bound_to, bound_to) {
            (None, ..) => Ok(()),
            (Some(_), Some(_), Some(_)) if is_ours => Ok(()),
            (Some(_), Some(_), Some(_)) => {
                Err(UnusableAnswer("its token is bound to another key".to_owned(), "give that key: --dpop-key SOURCE"))
            }
            _ => Err(UnusableAnswer(
                "its token is bound to a key (cnf), and MCP clients cannot use it".to_owned(),
                ask_for_bearer(teller),
            )),
        }
    }
}

/// Whether a token of this type is sent with a proof that its holder has a key, which a header made beforehand cannot be.
fn needs_proof(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    kind.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| matches!(word, "dpop" | "pop" | "mac" | "hmac" | "hok" | "holder" | "signature"))
}

/// Whether this type is one of those that messages may show, whatever is a secret.
fn is_known_type(kind: &str) -> bool {
    ["bearer", "dpop", "pop", "mac", "hmac", "hok", "n_a", "n/a"].iter().any(|known| kind.eq_ignore_ascii_case(known))
}

/// Whether what was issued is something else (RFC 8693 section 2.2.1).
fn is_no_access_token(kind: &str) -> bool {
    ["n_a", "n/a"].iter().any(|name| kind.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use chrono::{DateTime, TimeDelta};
    use serde_json::json;

    use super::*;
    use crate::oauth::life::AnswerTime;

    #[test]
    fn a_token_that_is_to_be_bound_is_bound_to_that_key() {
        let reading = Reading { bound_to: Some("jkt".to_owned()), ..Reading::default() };
        let jwt = |jkt: &str| {
            let claims = json!({ "exp": 1_700_000_120, "cnf": { "jkt": jkt } }).to_string();
            let [header, claims] = [r#"{"alg":"ES256"}"#, &claims].map(|part| URL_SAFE_NO_PAD.encode(part));
            format!("{header}.{claims}.c2ln")
        };
        let read = |teller, answer: &Value| {
            let asked_at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
            let at = AnswerTime { teller, asked_at, skew: TimeDelta::zero() };
            reading.answer(answer.as_object().unwrap(), false, at, &Redactor::default())
        };
        for answer in [
            json!({ "access_token": "t", "token_type": "DPoP" }),
            json!({ "access_token": "t", "token_type": "dpop" }),
            json!({ "access_token": "t" }),
            json!({ "access_token": jwt("jkt"), "token_type": "DPoP" }),
            json!({ "access_token": jwt("jkt"), "token_type": "Bearer" }),
            json!({ "access_token": "t", "cnf": { "jkt": "jkt" } }),
        ] {
            assert!(read(ExpiryTeller::Endpoint, &answer).is_ok(), "{answer}");
        }
        for (answer, cause, remedy) in [
            (
                json!({ "access_token": "t", "token_type": "Bearer" }),
                "its token is of type Bearer, not DPoP",
                ASK_FOR_BOUND,
            ),
            (json!({ "access_token": "t", "token_type": "mac" }), "its token is of type mac, not DPoP", ASK_FOR_BOUND),
            (
                json!({ "access_token": jwt("other"), "token_type": "DPoP" }),
                "its token is bound to another key",
                "give that key: --dpop-key SOURCE",
            ),
            (
                json!({ "access_token": "t", "cnf": { "x5t#S256": "x" } }),
                "its token is bound to a key (cnf), and MCP clients cannot use it",
                "configure the server to issue plain bearer tokens to this client",
            ),
        ] {
            let unfit = read(ExpiryTeller::Endpoint, &answer).unwrap_err();
            assert_eq!(unfit, UnusableAnswer(cause.to_owned(), remedy), "{answer}");
        }
        // A program that prints tokens has bound them itself.
        assert!(read(ExpiryTeller::Command, &json!({ "access_token": "t", "token_type": "Bearer" })).is_ok());
    }
}
