//! Credentials as `aws configure export-credentials` prints them, which is what a `credential_process` prints too.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::error::{Error, Report};
use crate::secret::Secret;
use crate::sign::sigv4::Credentials;

/// Credentials, and when they end.
#[derive(Clone, Debug)]
pub(crate) struct Exported {
    pub(crate) credentials: Credentials,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

impl Exported {
    /// What a command printed.
    ///
    /// # Errors
    /// [`Error::Secret`] when it is no such JSON.
    pub(crate) fn parse(output: &Secret) -> Result<Self, Error> {
        let unusable = |cause: &str| {
            let fact = ": the command did not print usable credentials";
            let remedy = "give --command 'aws configure export-credentials --format process'";
            Error::Secret(Report::of("--command", fact, cause, remedy))
        };
        let Ok(Value::Object(object)) = serde_json::from_slice(output.expose()) else {
            return Err(unusable("it is not a JSON object"));
        };
        if object.get("Version").is_some_and(|version| *version != 1) {
            return Err(unusable("its Version is not 1"));
        }
        let text = |name: &str| text(&object, name);
        let access_key_id = text("AccessKeyId").ok_or_else(|| unusable("its JSON has no AccessKeyId"))?;
        let secret = text("SecretAccessKey").ok_or_else(|| unusable("its JSON has no SecretAccessKey"))?;
        let end = text("Expiration").map(DateTime::parse_from_rfc3339).transpose();
        let end = end.map_err(|_| unusable("its Expiration is not a time"))?;
        let secret_of = |text: &str| Secret::new(text.as_bytes().to_vec());
        Ok(Self {
            credentials: Credentials {
                access_key_id: access_key_id.to_owned(),
                secret_access_key: secret_of(secret),
                session_token: text("SessionToken").map(secret_of),
            },
            expires_at: end.map(|end| end.to_utc()),
        })
    }
}

fn text<'o>(object: &'o Map<String, Value>, name: &str) -> Option<&'o str> {
    object.get(name)?.as_str().filter(|text| !text.is_empty())
}
