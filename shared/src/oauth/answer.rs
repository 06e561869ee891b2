//! The answer of a token endpoint (RFC 6749 section 5.1): lenient where servers differ, strict where it matters.

mod binding;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::error::notes::Notes;
use crate::error::{OutsideText, Redactor, quotable};
use crate::oauth::life::{self, AnswerTime, End, ExpiryTeller, NoExpiry};
use crate::oauth::token;
use crate::secret::Secret;
use crate::secret::token::misplaced;

/// A token and what is known of it. The times are by our clock.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The token to send.
    pub access_token: Secret,
    /// When it was asked for.
    pub issued_at: DateTime<Utc>,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
    /// Whether the answer has no expiry.
    pub life_is_assumed: bool,
    /// The scope, where the server told it.
    pub scope: Option<OutsideText>,
    /// What its reader should know of how its end was found.
    pub warning: Option<String>,
}

/// How answers are read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// `--token-field`, a dotted path; `access_token` by default.
    pub token_field: Option<String>,
    /// `--expiry-field`, a dotted path; `expires_in` by default.
    pub expiry_field: Option<String>,
    /// `--assume-life`, for a token whose answer has no expiry.
    pub assume_life: Duration,
    /// Whether that was given, and so holds for a token too whose server tells a life of nothing.
    pub is_life_given: bool,
    /// The thumbprint of the key that the token is to be bound to (RFC 9449), where it is to be.
    pub bound_to: Option<String>,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            token_field: None,
            expiry_field: None,
            assume_life: Duration::from_secs(300),
            is_life_given: false,
            bound_to: None,
        }
    }
}

/// What is wrong with an answer, and what may help.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnusableAnswer(pub(crate) String, pub(crate) &'static str);

const CHECK_FIELD: &str = "check the URL, or name the field with --token-field";
/// The longest token that fits into 64 KiB of headers, beside the name of its own.
const LONGEST: usize = (64 << 10) - 64;

const ASK_FOR_SMALLER: &str = "configure the server to issue a smaller one: fewer groups or claims, or an opaque token";
const NAME_LIFE: &str = "name the field of its lifetime with --expiry-field, or set one with --assume-life DURATION";
const CHECK_CLOCKS: &str = "check the clocks of this machine and of the server, or name another --expiry-field";

/// What helps against a field that is no token.
fn check_field(teller: ExpiryTeller) -> &'static str {
    match teller {
        ExpiryTeller::Endpoint => CHECK_FIELD,
        ExpiryTeller::Command | ExpiryTeller::File => "name the right field with --token-field",
    }
}

impl Answer {
    /// Warns of what its reader should know.
    pub(crate) fn warn(&self, notes: &Notes) {
        if let Some(warning) = &self.warning {
            notes.warn(warning.as_str());
        }
    }
}

impl Reading {
    /// The answer in `object`, to a token exchange if `exchange` says so (RFC 8693 section 2.2.1).
    /// Messages show none of what `redactor` knows.
    pub(crate) fn answer(
        &self,
        object: &Map<String, Value>,
        exchange: bool,
        at: AnswerTime,
        redactor: &Redactor,
    ) -> Result<Answer, UnusableAnswer> {
        let unfit = |cause: &str, remedy| Err(UnusableAnswer(cause.to_owned(), remedy));
        let name = self.token_field.as_deref().unwrap_or("access_token");
        let (around, token) = match life::way(object, name) {
            Some((around, Value::String(text))) if !text.is_empty() => (around, Secret::new(text.as_bytes().to_vec())),
            Some((_, Value::String(_))) => {
                return Err(UnusableAnswer(format!("its {} is empty", quotable(name)), check_field(at.teller)));
            }
            Some((_, value)) if !value.is_null() => {
                return Err(UnusableAnswer(format!("its {} is not a string", quotable(name)), check_field(at.teller)));
            }
            _ => {
                return Err(UnusableAnswer(
                    format!("it has no {}{}", quotable(name), others(object, redactor)),
                    check_field(at.teller),
                ));
            }
        };
        let kind = around.iter().rev().find_map(|object| token_type(object));
        let claims = token::claims(&token);
        let cnf = |object: &Map<String, Value>| object.get("cnf").filter(|cnf| !cnf.is_null()).cloned();
        let cnf = around.iter().find_map(|object| cnf(object)).or_else(|| claims.as_ref().and_then(cnf));
        self.check_binding(kind, cnf.as_ref(), exchange, at.teller, redactor)?;
        if !fits_a_header(token.expose()) {
            return unfit(
                "its token has characters that are not allowed in a header",
                "name the right field with --token-field",
            );
        }
        if let Some((cause, _)) = misplaced(token.expose()) {
            return Err(UnusableAnswer(format!("its token {cause}"), "name the right field with --token-field"));
        }
        if token.expose().len() > LONGEST {
            return unfit("its token is longer than what clients send in a header", ASK_FOR_SMALLER);
        }

        let named = self.expiry_field.as_deref().map(|path| (path, at.of_field(object, path)));
        let untold = named.as_ref().and_then(|(path, ends)| Some((*path, *ends.as_ref().err()?)));
        let ends = match named {
            Some((_, ends)) => ends.unwrap_or_default(),
            None => at.of_usual_fields(&around),
        };
        let ends = if self.is_life_given { ends.without_no_life() } else { ends };
        let own = claims.as_ref().and_then(token::expiry).and_then(|exp| exp.checked_sub_signed(at.skew));
        let (expires_at, life_is_assumed) = match ends.earliest(own) {
            End::At(end) => (end, false),
            End::NoExpiry => (life::after(at.asked_at, self.assume_life), true),
            End::NoLife(field) => {
                let field = OutsideText::new(field).shown(redactor);
                return Err(UnusableAnswer(format!("its {field} says that its token has no lifetime"), NAME_LIFE));
            }
        };
        let warning = untold.map(|(path, untold)| {
            let cause = match untold {
                NoExpiry::Missing => format!("there is no {}{}", quotable(path), others(object, redactor)),
                NoExpiry::NoTime => format!("{} is neither a time nor a duration", quotable(path)),
            };
            let counts = match at.teller {
                _ if !life_is_assumed => "the token's own exp is used",
                ExpiryTeller::File => "the token's expiry is not known",
                _ => "--assume-life sets the token's lifetime",
            };
            format!("--expiry-field: {cause}; {counts}")
        });
        // What is kept in a file has its own message.
        if expires_at <= at.asked_at && at.teller != ExpiryTeller::File {
            return unfit("its token has expired already", CHECK_CLOCKS);
        }
        Ok(Answer {
            access_token: token,
            issued_at: at.asked_at,
            expires_at,
            life_is_assumed,
            scope: around.iter().rev().find_map(|object| scope(object)).map(OutsideText::new),
            warning,
        })
    }
}

/// The names of what an answer has that lacks the token, one of which may be its.
pub(crate) fn others(object: &Map<String, Value>, redactor: &Redactor) -> String {
    const MOST: usize = 8;
    const LONGEST_NAME: usize = 40;
    let names = object.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name.as_str());
    // Some print tokens as names.
    let is_name = |name: &&str| name.len() <= LONGEST_NAME && OutsideText::new(name).shown(redactor) == *name;
    let names: Vec<_> = names.filter(is_name).take(MOST).collect();
    if names.is_empty() { String::new() } else { format!(", but {}", names.join(", ")) }
}

/// The type of the token in `object` (RFC 6749 section 7.1).
fn token_type(object: &Map<String, Value>) -> Option<&str> {
    const NAMES: [&str; 3] = ["token_type", "tokenType", "TokenType"];
    NAMES.iter().find_map(|name| object.get(*name)?.as_str()).map(str::trim).filter(|kind| !kind.is_empty())
}

/// The scope in `object`, which some write as a list.
fn scope(object: &Map<String, Value>) -> Option<String> {
    let scope = match object.get("scope")? {
        Value::String(text) => text.clone(),
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        _ => return None,
    };
    Some(scope).filter(|scope| !scope.trim().is_empty())
}

/// Whether this can stand in a header: visible ASCII, with blanks only inside.
fn fits_a_header(token: &[u8]) -> bool {
    let visible = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t');
    token.iter().all(visible) && token.trim_ascii().len() == token.len()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }

    fn read_with(reading: &Reading, answer: &Value, skew: i64) -> Result<Answer, UnusableAnswer> {
        let at = AnswerTime { teller: ExpiryTeller::Endpoint, asked_at: now(), skew: TimeDelta::seconds(skew) };
        reading.answer(answer.as_object().unwrap(), false, at, &Redactor::default())
    }

    fn read(answer: &Value) -> Result<Answer, UnusableAnswer> {
        read_with(&Reading::default(), answer, 0)
    }

    fn life(answer: &Answer) -> i64 {
        answer.expires_at.signed_duration_since(answer.issued_at).num_seconds()
    }

    fn jwt(claims: &Value) -> String {
        let [header, claims] = [r#"{"alg":"ES256"}"#, &claims.to_string()].map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{header}.{claims}.c2ln")
    }

    #[test]
    fn what_servers_write_is_understood() {
        for (answer, seconds, assumed) in [
            (json!({ "access_token": "t", "token_type": "Bearer", "expires_in": 3600 }), 3600, false),
            (json!({ "access_token": "t", "token_type": "bEARER", "expires_in": "3600" }), 3600, false),
            (json!({ "access_token": "t" }), 300, true),
            (json!({ "access_token": "t", "token_type": null, "expires_in": null }), 300, true),
            (json!({ "access_token": jwt(&json!({ "exp": 1_700_000_120 })) }), 120, false),
            (json!({ "access_token": jwt(&json!({ "exp": 1_700_000_120 })), "expires_in": 3600 }), 120, false),
            (json!({ "access_token": jwt(&json!({ "exp": 1_700_003_600 })), "expires_in": 60 }), 60, false),
        ] {
            let found = read(&answer).unwrap();
            assert_eq!((life(&found), found.life_is_assumed), (seconds, assumed), "{answer}");
        }
    }

    #[test]
    fn the_servers_clock_corrects_an_exp() {
        let answer = json!({ "access_token": jwt(&json!({ "exp": 1_700_000_120 })) });
        assert_eq!(life(&read_with(&Reading::default(), &answer, -60).unwrap()), 180);
        assert_eq!(life(&read_with(&Reading::default(), &answer, 60).unwrap()), 60);
        let answer = json!({ "access_token": "t", "expires_in": 90 });
        assert_eq!(life(&read_with(&Reading::default(), &answer, 60).unwrap()), 90);
    }

    #[test]
    fn fields_can_be_named() {
        let reading = Reading {
            token_field: Some("data.id_token".to_owned()),
            expiry_field: Some("data.until".to_owned()),
            assume_life: Duration::from_secs(7),
            is_life_given: true,
            bound_to: None,
        };
        let answer = json!({ "data": { "id_token": "i", "until": "2023-11-14T22:14:20Z" }, "access_token": "a" });
        let found = read_with(&reading, &answer, 0).unwrap();
        assert_eq!((found.access_token.expose(), life(&found)), (&b"i"[..], 60));
        let found = read_with(&reading, &json!({ "data": { "id_token": "i" }, "expires_in": 9 }), 0).unwrap();
        assert_eq!((life(&found), found.life_is_assumed), (7, true));
        let unfit = read_with(&reading, &json!({ "access_token": "a" }), 0).unwrap_err();
        assert_eq!(unfit, UnusableAnswer("it has no data.id_token, but access_token".to_owned(), CHECK_FIELD));
    }

    #[test]
    fn what_no_client_can_use_is_refused() {
        for (answer, cause) in [
            (json!({ "access_token": "t", "token_type": "DPoP" }), "its token is of type DPoP, not Bearer"),
            (json!({ "access_token": "t", "token_type": "hmac" }), "its token is of type hmac, not Bearer"),
            (json!({ "access_token": "t", "token_type": "N_A" }), "its token is of type N_A, not Bearer"),
            (json!({ "access_token": "" }), "its access_token is empty"),
            (json!({ "access_token": 7 }), "its access_token is not a string"),
            (json!({ "access_token": "a\nb" }), "its token has characters that are not allowed in a header"),
            (json!({ "access_token": "t\u{e9}" }), "its token has characters that are not allowed in a header"),
            (json!({ "access_token": "t".repeat(64 << 10) }), "its token is longer than what clients send in a header"),
            (json!({ "access_token": " t" }), "its token has characters that are not allowed in a header"),
            (json!({ "access_token": "t", "expires_in": 0 }), "its expires_in says that its token has no lifetime"),
            (json!({ "access_token": "t", "expires_in": "-1" }), "its expires_in says that its token has no lifetime"),
            (json!({ "access_token": "t", "expires_at": "2023-11-14T22:13:20Z" }), "its token has expired already"),
            (json!({ "access_token": jwt(&json!({ "exp": 1 })) }), "its token has expired already"),
            (
                json!({ "access_token": "t", "cnf": { "jkt": "x" } }),
                "its token is bound to a key (cnf), and MCP clients cannot use it",
            ),
            (
                json!({ "access_token": jwt(&json!({ "cnf": { "x5t#S256": "x" } })) }),
                "its token is bound to a key (cnf), and MCP clients cannot use it",
            ),
        ] {
            assert_eq!(read(&answer).unwrap_err().0, cause, "{answer}");
        }
    }

    #[test]
    fn an_exchange_may_bring_what_is_no_access_token() {
        let answer = json!({ "access_token": "t", "token_type": "N_A", "scope": "a b" });
        let at = AnswerTime { teller: ExpiryTeller::Endpoint, asked_at: now(), skew: TimeDelta::zero() };
        let redactor = Redactor::default();
        let found = Reading::default().answer(answer.as_object().unwrap(), true, at, &redactor).unwrap();
        assert_eq!(found.scope.map(|scope| scope.shown(&redactor)).as_deref(), Some("a b"));
    }
}
