//! What programs print or keep: a token alone, or in one of the forms of JSON that are known.

use serde_json::{Map, Value};

use crate::error::{Redactor, quotable};
use crate::oauth::answer::{Answer, Reading, UnusableAnswer, others};
use crate::oauth::life::{AnswerTime, ExpiryTeller, field};
use crate::oauth::reason::Reason;
use crate::secret::Secret;
use crate::secret::token::{misplaced, without_bearer};

/// Where programs are known to print a token; the first that is there counts. They are those of RFC 6749, az, gcloud's config-helper, Kubernetes' `ExecCredential` (aws eks,
/// kubelogin), vault's logins and its OpenID tokens, aws codeartifact, aws sts, aws cognito-idp, the GitHub API.
const TOKENS: [&str; 18] = [
    "access_token",
    "accessToken",
    "AccessToken",
    "credential.access_token",
    "status.token",
    "auth.client_token",
    "AuthenticationResult.AccessToken",
    "data.access_token",
    "data.accessToken",
    "data.token",
    "result.access_token",
    "token.access_token",
    "token.accessToken",
    "accessToken.token",
    "access_token.token",
    "authorizationToken",
    "WebIdentityToken",
    "token",
];

/// The token in what was printed.
pub(super) fn read(
    output: &str,
    reading: &Reading,
    at: AnswerTime,
    redactor: &Redactor,
) -> Result<Answer, UnusableAnswer> {
    let text = output.trim();
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => known(reading, &object, redactor)?.answer(&object, false, at, redactor),
        _ if reading.token_field.is_some() => {
            let remedy = match at.teller {
                ExpiryTeller::File => "remove --token-field, or name a file that holds JSON",
                _ => "remove --token-field, or make the command print JSON",
            };
            Err(UnusableAnswer("it is not a JSON object".to_owned(), remedy))
        }
        Ok(Value::Null | Value::Bool(_) | Value::Array(_)) => Err(UnusableAnswer(
            "its JSON is neither an object nor a string".to_owned(),
            "check what the command selects, or name a field with --token-field",
        )),
        // As az prints what a query finds.
        Ok(Value::String(token)) => bare(&token, reading, at, redactor),
        _ => bare(text, reading, at, redactor),
    }
}

/// What a program that printed no token says instead, in brackets. Whatever else it printed is a secret.
pub(super) fn message(output: &str, reading: &Reading, redactor: &Redactor) -> Option<String> {
    let Value::Object(object) = serde_json::from_str(output.trim()).ok()? else { return None };
    known(reading, &object, redactor).err()?;
    let reason = Reason::of_output(&object);
    add_others(&Value::Object(object), &reason, redactor);
    Some(reason.shown(redactor)).filter(|said| !said.is_empty())
}

/// Adds every string in `value` to the secrets that is not part of `reason`.
fn add_others(value: &Value, reason: &Reason, redactor: &Redactor) {
    match value {
        Value::String(text) if !reason.has(text) => redactor.add(text.as_bytes()),
        Value::Array(values) => values.iter().for_each(|value| add_others(value, reason, redactor)),
        Value::Object(object) => object.values().for_each(|value| add_others(value, reason, redactor)),
        _ => {}
    }
}

/// `reading` with the field that the token in `object` is known by.
fn known(reading: &Reading, object: &Map<String, Value>, redactor: &Redactor) -> Result<Reading, UnusableAnswer> {
    let token_field = match reading.token_field.as_deref() {
        Some(path) if field(object, path).is_some() => path,
        Some(path) => {
            return Err(UnusableAnswer(
                format!("its JSON has no {}{}", quotable(path), others(object, redactor)),
                "name the right field with --token-field",
            ));
        }
        None => {
            let at = |path: &&str| field(object, path);
            let text = TOKENS.into_iter().find(|path| at(path).is_some_and(Value::is_string));
            text.or_else(|| TOKENS.into_iter().find(|path| at(path).is_some())).ok_or_else(|| {
                let others = others(object, redactor);
                UnusableAnswer(
                    format!("its JSON has no field that is known to hold a token{others}"),
                    "name the field with --token-field",
                )
            })?
        }
    };
    Ok(Reading { token_field: Some(token_field.to_owned()), ..reading.clone() })
}

fn bare(text: &str, reading: &Reading, at: AnswerTime, redactor: &Redactor) -> Result<Answer, UnusableAnswer> {
    let remedy = match at.teller {
        ExpiryTeller::File => "store only a token there, or JSON",
        _ => "make the command print only a token, or JSON",
    };
    let unfit = |cause: &str| Err(UnusableAnswer(cause.to_owned(), remedy));
    if text.is_empty() {
        return unfit("it printed nothing");
    }
    if let Some((cause, _)) = misplaced(text.as_bytes()) {
        return unfit(&format!("it {cause}"));
    }
    let token = without_bearer(&Secret::new(text.as_bytes().to_vec()));
    let token = token.as_ref().and_then(Secret::expose_text).unwrap_or(text);
    if token.contains(char::is_whitespace) {
        return unfit("it is text that contains spaces");
    }
    let object = Map::from_iter([("access_token".to_owned(), Value::from(text))]);
    let answer = Reading { expiry_field: None, ..reading.clone() }.answer(&object, false, at, redactor)?;
    let missing = reading.expiry_field.as_deref();
    let warning = missing.map(|path| format!("--expiry-field: there is no {}, only a bare token", quotable(path)));
    Ok(Answer { warning, ..answer })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn read_with(reading: &Reading, output: &str) -> Result<(String, i64, bool), UnusableAnswer> {
        let at = AnswerTime::by_our_clock(ExpiryTeller::Command, DateTime::from_timestamp(NOW, 0).unwrap());
        let answer = read(output, reading, at, &Redactor::default())?;
        let token = answer.access_token.expose_text().unwrap().to_owned();
        Ok((token, answer.expires_at.timestamp().saturating_sub(NOW), answer.life_is_assumed))
    }

    #[test]
    fn what_programs_print_is_known() {
        let jwt = "eyJhbGciOiJub25lIn0.eyJleHAiOjE3MDAwMDAwOTB9.";
        for (output, token, life, assumed) in [
            // gcloud auth print-access-token, gh auth token
            ("ya29.abc\n", "ya29.abc", 300, true),
            // gcloud auth print-identity-token, kubectl create token
            (&format!("{jwt}\n"), jwt, 90, false),
            // az account get-access-token --query accessToken
            ("\"eyJ.abc\"\n", "eyJ.abc", 300, true),
            // az account get-access-token
            (
                r#"{"accessToken":"a","expiresOn":"2001-01-01 00:00:00.000000","expires_on":1700000600,"tokenType":"Bearer"}"#,
                "a",
                600,
                false,
            ),
            // gcloud config config-helper --format=json
            (
                r#"{"credential":{"access_token":"g","id_token":"i","token_expiry":"2023-11-14T22:23:20Z"}}"#,
                "g",
                600,
                false,
            ),
            // aws eks get-token
            (
                r#"{"kind":"ExecCredential","status":{"expirationTimestamp":"2023-11-14T22:23:20Z","token":"k8s-aws-v1.x"}}"#,
                "k8s-aws-v1.x",
                600,
                false,
            ),
            // aws codeartifact get-authorization-token, aws sso-oidc create-token
            (r#"{"authorizationToken":"c","expiration":1700000600.5}"#, "c", 600, false),
            (r#"{"accessToken":"s","expiresIn":600,"tokenType":"Bearer"}"#, "s", 600, false),
            // vault login and vault read identity/oidc/token, and a token that never expires
            (r#"{"auth":{"client_token":"hvs.1","lease_duration":600},"lease_duration":0}"#, "hvs.1", 600, false),
            (r#"{"data":{"token":"o","ttl":600}}"#, "o", 600, false),
            (r#"{"auth":{"client_token":"hvs.2","lease_duration":0}}"#, "hvs.2", 300, true),
            // gh api -X POST app/installations/1/access_tokens
            (r#"{"token":"ghs_1","expires_at":"2023-11-14T22:23:20Z"}"#, "ghs_1", 600, false),
            // databricks auth token, which tells one life for ever beside the true end
            (
                r#"{"access_token":"d","token_type":"Bearer","expires_in":3600,"expiry":"2023-11-14T22:23:20.123456789Z"}"#,
                "d",
                600,
                false,
            ),
            // aws cognito-idp initiate-auth
            (
                r#"{"AuthenticationResult":{"AccessToken":"c","ExpiresIn":600,"IdToken":"i","RefreshToken":"r","TokenType":"Bearer"}}"#,
                "c",
                600,
                false,
            ),
            // RFC 6749
            (r#"{"access_token":"r","expires_in":"600","token_type":"bearer"}"#, "r", 600, false),
        ] {
            assert_eq!(read_with(&Reading::default(), output), Ok((token.to_owned(), life, assumed)), "{output}");
        }
    }

    #[test]
    fn fields_can_be_named() {
        let reading = |token: &str, expiry: Option<&str>| Reading {
            token_field: Some(token.to_owned()),
            expiry_field: expiry.map(str::to_owned),
            ..Reading::default()
        };
        let output = r#"{"credential":{"access_token":"g","id_token":"i"},"until":1700000060,"expires_in":9}"#;
        let read = |token, expiry| read_with(&reading(token, expiry), output);
        assert_eq!(read("credential.id_token", None), Ok(("i".to_owned(), 9, false)));
        assert_eq!(read("credential.id_token", Some("until")), Ok(("i".to_owned(), 60, false)));
        assert_eq!(read("nope", None).unwrap_err().0, "its JSON has no nope, but credential, expires_in, until");
        assert_eq!(read_with(&reading("id_token", None), "bare").unwrap_err().0, "it is not a JSON object");
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for (output, cause) in [
            ("", "it printed nothing"),
            (" \n", "it printed nothing"),
            ("ERROR: not logged in", "it is text that contains spaces"),
            ("a\nb", "it is text that contains spaces"),
            ("t\u{e9}", "its token has characters that are not allowed in a header"),
            ("null", "its JSON is neither an object nor a string"),
            ("[\"t\"]", "its JSON is neither an object nor a string"),
            ("{}", "its JSON has no field that is known to hold a token"),
            (r#"{"access_token":""}"#, "its access_token is empty"),
            (r#"{"access_token":{}}"#, "its access_token is not a string"),
            (r#"{"access_token":"a","token_type":"DPoP"}"#, "its token is of type DPoP, not Bearer"),
            (r#"{"access_token":"a","expires_at":"2023-11-14T22:13:19Z"}"#, "its token has expired already"),
            ("eyJhbGciOiJub25lIn0.eyJleHAiOjF9.", "its token has expired already"),
        ] {
            assert_eq!(read_with(&Reading::default(), output).unwrap_err().0, cause, "{output}");
        }
    }
}
