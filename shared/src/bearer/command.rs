//! Commands that print a token: bare, or in one of the forms of JSON that are known.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::clock::{self, Deadline};
use crate::command::environment::CommandEnvironment;
use crate::command::{self, CommandLine, Variables};
use crate::error::{Error, Redactor, Report, quotable};
use crate::invocation::Invocation;
use crate::oauth::answer::{Answer, Moment, Reading, Unfit};
use crate::oauth::life::field;

/// Where programs are known to print a token: RFC 6749, az, gcloud's config-helper, Kubernetes' `ExecCredential` (aws eks,
/// kubelogin), vault's logins and its OpenID tokens, aws codeartifact, aws sts, the GitHub API.
const TOKENS: [&str; 9] = [
    "access_token",
    "accessToken",
    "credential.access_token",
    "status.token",
    "auth.client_token",
    "data.token",
    "authorizationToken",
    "WebIdentityToken",
    "token",
];

/// Where they are known to print how long it lives, or until when. az writes both forms, and one of them in local time.
const EXPIRIES: [&str; 12] = [
    "expires_in",
    "expiresIn",
    "expires_on",
    "expiresOn",
    "credential.token_expiry",
    "token_expiry",
    "status.expirationTimestamp",
    "auth.lease_duration",
    "data.ttl",
    "expiration",
    "Expiration",
    "expires_at",
];

/// Runs `line`, whose token depends on the variables that `vary` names too, until the deadline and reads the token that it prints.
///
/// # Errors
/// [`Error::Secret`] when it fails or prints no token, [`Error::Transient`] when it is not done in time.
pub(super) fn ask(
    line: &CommandLine,
    vary: &[String],
    reading: &Reading,
    deadline: &Deadline,
    run: &Invocation,
) -> Result<Answer, Error> {
    let asked_at = clock::now();
    let environment = CommandEnvironment::new(vary, run.server_identity());
    let environment = if line.is_helper() { environment.of_helper(run, deadline) } else { environment };
    let output = command::run("--command", line, Variables::Only(&environment), deadline, run.notes())?;
    let redactor = run.notes().redactor();
    redactor.add_output(output.expose());
    let not_text = || Unfit("it is not text".to_owned(), "let the command print a token alone, or JSON");
    let answer = output.expose_text().ok_or_else(not_text).and_then(|text| read(text, reading, asked_at, redactor));
    answer.map_err(|Unfit(cause, remedy)| {
        let held_back = environment.held_back().map(|held_back| format!("; {held_back}")).unwrap_or_default();
        let remedy = format_args!("{remedy}{held_back}");
        Error::Secret(Report::new(format_args!("--command: {line} printed no token that can be used"), cause, remedy))
    })
}

/// The token in what a command printed.
pub(super) fn read(
    output: &str,
    reading: &Reading,
    asked_at: DateTime<Utc>,
    redactor: &Redactor,
) -> Result<Answer, Unfit> {
    let at = Moment::by_our_clock(asked_at);
    let text = output.trim();
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => known(reading, &object)?.answer(&object, false, at, redactor),
        _ if reading.token_field.is_some() => {
            Err(Unfit("it is no JSON object".to_owned(), "leave out --token-field, or let the command print JSON"))
        }
        Ok(Value::Null | Value::Bool(_) | Value::Array(_)) => Err(Unfit(
            "its JSON is no object and no string".to_owned(),
            "check what the command looks for, or name a field with --token-field",
        )),
        // As az prints what a query finds.
        Ok(Value::String(token)) => bare(&token, reading, at, redactor),
        _ => bare(text, reading, at, redactor),
    }
}

/// `reading` with the fields that `object` is known by.
fn known(reading: &Reading, object: &Map<String, Value>) -> Result<Reading, Unfit> {
    let token_field = match reading.token_field.as_deref() {
        Some(path) if field(object, path).is_some() => path,
        Some(path) => {
            return Err(Unfit(
                format!("its JSON has no {}", quotable(path)),
                "name the right field with --token-field",
            ));
        }
        None => TOKENS.into_iter().find(|path| field(object, path).is_some()).ok_or_else(|| {
            Unfit("its JSON has no field that is known to hold one".to_owned(), "name the field with --token-field")
        })?,
    };
    // Zero is how vault says that there is no end.
    let tells = |path: &str| field(object, path).is_some_and(|life| life.as_i64() != Some(0));
    let expiry_field = match &reading.expiry_field {
        Some(path) => Some(path.clone()),
        None => EXPIRIES.into_iter().find(|path| tells(path)).map(str::to_owned),
    };
    // What no field tells must not be read from `expires_in` either.
    let expiry_field = expiry_field.or_else(|| Some(String::new()));
    Ok(Reading { token_field: Some(token_field.to_owned()), expiry_field, ..reading.clone() })
}

fn bare(text: &str, reading: &Reading, at: Moment, redactor: &Redactor) -> Result<Answer, Unfit> {
    let unfit = |cause: &str| Err(Unfit(cause.to_owned(), "let the command print a token alone, or JSON"));
    if text.is_empty() {
        return unfit("it printed nothing");
    }
    if text.contains(char::is_whitespace) {
        return unfit("it is text with blanks in it");
    }
    let object = Map::from_iter([("access_token".to_owned(), Value::from(text))]);
    reading.answer(&object, false, at, redactor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn read_with(reading: &Reading, output: &str) -> Result<(String, i64, bool), Unfit> {
        let answer = read(output, reading, DateTime::from_timestamp(NOW, 0).unwrap(), &Redactor::default())?;
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
        assert_eq!(read("nope", None).unwrap_err().0, "its JSON has no nope");
        assert_eq!(read_with(&reading("id_token", None), "bare").unwrap_err().0, "it is no JSON object");
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for (output, cause) in [
            ("", "it printed nothing"),
            (" \n", "it printed nothing"),
            ("ERROR: not logged in", "it is text with blanks in it"),
            ("a\nb", "it is text with blanks in it"),
            ("t\u{e9}", "its token has characters that no header may hold"),
            ("null", "its JSON is no object and no string"),
            ("[\"t\"]", "its JSON is no object and no string"),
            ("{}", "its JSON has no field that is known to hold one"),
            (r#"{"access_token":""}"#, "its access_token is empty"),
            (r#"{"access_token":{}}"#, "it has no access_token"),
            (r#"{"access_token":"a","token_type":"DPoP"}"#, "its token is of type DPoP, not Bearer"),
            (r#"{"access_token":"a","expires_at":"2023-11-14T22:13:19Z"}"#, "its token has expired already"),
            ("eyJhbGciOiJub25lIn0.eyJleHAiOjF9.", "its token has expired already"),
        ] {
            assert_eq!(read_with(&Reading::default(), output).unwrap_err().0, cause, "{output}");
        }
    }
}
