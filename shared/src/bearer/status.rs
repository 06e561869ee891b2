//! `status`: what is cached, for whom, and how long. No token is opened for it. Its lines have each what there is to
//! say, so that they are no table for a library.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::bearer::options::BearerOptions;
use crate::cache::entry::{self, About};
use crate::cache::seal::SealedBy;
use crate::cache::sign_in::SignInHeader;
use crate::cache::state;
use crate::error::{Error, OutsideText, Redactor, Report, quotable};
use crate::oauth::kind::Kind;
use crate::os::clock;
use crate::os::file::reason;
use crate::os::private::Directory;

/// One line of the table.
struct Row {
    kind: &'static str,
    about: Option<About>,
    /// What it takes to open it, of an access token.
    sealed_by: Option<SealedBy>,
    /// When it expires, or when it replaced the one before.
    at: Option<DateTime<Utc>>,
    sign_in: Option<SignInHeader>,
}

/// A refresh token that came from a sign-in, or the access token that came in place of one.
const SIGN_IN: &str = "sign-in";

impl BearerOptions {
    /// The tokens that are kept, as a table or as JSON.
    ///
    /// # Errors
    /// [`Error::Usage`] for options that cannot be used and `~` without HOME, [`Error::Other`] when a directory cannot be read.
    pub fn status(&self, as_json: bool) -> Result<String, Error> {
        self.keeping.parse()?;
        let now = clock::now();
        let rows = self.rows()?;
        if as_json {
            let rows: Vec<_> = rows.iter().map(|row| row.to_json(now)).collect();
            return Ok(format!("{}\n", json!({ "tokens": rows })));
        }
        if rows.is_empty() {
            return Ok("no token is stored\n".to_owned());
        }
        Ok(rows.iter().fold(String::new(), |table, row| table + &row.to_line(now)))
    }

    fn rows(&self) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        if let Some(cache) = Directory::open_existing(&self.keeping.cache_dir)? {
            let headers = entry::headers(&cache).map_err(|error| unreadable(&cache, &error))?;
            rows.extend(headers.into_iter().map(|(_, header)| Row {
                kind: "access",
                at: Some(header.expires_at),
                sealed_by: Some(header.sealed_by),
                sign_in: None,
                about: Some(shown(header.about)),
            }));
        }
        if let Some(state) = Directory::open_existing(&self.keeping.state_dir)? {
            let headers = state::headers(&state).map_err(|error| unreadable(&state, &error))?;
            rows.extend(headers.into_iter().map(|(_, header)| {
                let Some(header) = header else {
                    return Row { kind: "refresh", about: None, sealed_by: None, at: None, sign_in: None };
                };
                let kind = if header.sign_in.is_some() { SIGN_IN } else { "refresh" };
                let (about, at) = (Some(shown(header.about)), Some(header.rotated_at));
                Row { kind, about, sealed_by: None, at, sign_in: header.sign_in.map(of_person) }
            }));
        }
        Ok(rows)
    }
}

impl Row {
    fn to_line(&self, now: DateTime<Utc>) -> String {
        let Some(about) = &self.about else { return format!("{}  cannot be read\n", self.kind) };
        let mut line = format!("{:7}  {}", self.kind, quotable(&about.issuer));
        let one = |value: &Option<String>| value.iter().cloned().collect::<Vec<_>>();
        for (name, values) in [
            ("account", self.sign_in.iter().filter_map(|sign_in| sign_in.account.clone()).collect()),
            ("client", one(&about.client_id)),
            ("profile", one(&about.profile)),
            ("grant", one(&about.grant)),
            ("resource", about.resource.clone()),
            ("audience", about.audience.clone()),
            ("scope", one(&about.scope)),
        ] {
            for value in values {
                // Writing to a string cannot fail.
                let _ = write!(line, "  {name} {}", quotable(value));
            }
        }
        // A command has no credential that could seal its token.
        if self.sealed_by == Some(SealedBy::Key) && !about.is_of_command() {
            line.push_str("  sealed with the user key alone");
        }
        let seconds = self.seconds(now);
        if let Some(sign_in) = &self.sign_in {
            let since = now.signed_duration_since(sign_in.signed_in_at).num_seconds();
            let left = |ends_at: i64| match ends_at.saturating_sub(now.timestamp()) {
                left @ 1.. => format!(", ends in {}", rounded(left)),
                _ => ", ended".to_owned(),
            };
            let end = sign_in.ends_at.map(left).unwrap_or_default();
            return format!("{line}  signed in {} ago{end}\n", rounded(since));
        }
        line + &match seconds {
            _ if self.kind == "refresh" => format!("  rotated {} ago\n", rounded(seconds.saturating_neg())),
            1.. => format!("  expires in {}\n", rounded(seconds)),
            _ => "  expired\n".to_owned(),
        }
    }

    fn to_json(&self, now: DateTime<Utc>) -> Value {
        let about = self.about.clone().unwrap_or_default();
        let at = self.at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
        let mut row = json!({
            "kind": self.kind,
            "readable": self.about.is_some(),
            "issuer": about.issuer,
            "client_id": about.client_id,
            "profile": about.profile,
            "grant": about.grant,
            "resource": one_or_several(about.resource),
            "audience": one_or_several(about.audience),
            "scope": about.scope,
        });
        let times = match self.kind {
            SIGN_IN => {
                let sign_in = self.sign_in.as_ref();
                let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
                let ends_at = sign_in.and_then(|sign_in| DateTime::from_timestamp(sign_in.ends_at?, 0));
                json!({
                    "account": sign_in.and_then(|sign_in| sign_in.account.clone()),
                    "signed_in_at": sign_in.map(|sign_in| time(sign_in.signed_in_at)),
                    "rotated_at": at,
                    "ends_at": ends_at.map(time),
                })
            }
            "refresh" => json!({ "rotated_at": at }),
            _ => json!({ "expires_at": at, "expires_in": self.seconds(now), "sealed_by": self.sealed_by }),
        };
        if let (Some(row), Value::Object(times)) = (row.as_object_mut(), times) {
            row.extend(times);
        }
        row
    }

    /// From `now` until what it tells.
    fn seconds(&self, now: DateTime<Utc>) -> i64 {
        self.at.map_or(0, |at| at.signed_duration_since(now).num_seconds())
    }
}

/// What a file says, which an earlier version or somebody else may have written: without what looks like a token.
fn shown(about: About) -> About {
    let redactor = Redactor::default();
    let issuer = OutsideText::new(&about.issuer).shown_with_path(&redactor);
    let word = |word: &str| OutsideText::new(word).shown_with_path(&redactor);
    let scope = about.scope.map(|scope| scope.split_ascii_whitespace().map(word).collect::<Vec<_>>().join(" "));
    let [resource, audience] =
        [about.resource, about.audience].map(|texts| texts.iter().map(|text| word(text)).collect::<Vec<_>>());
    let grant =
        about.grant.as_deref().map(|uri| Kind::of(uri).map_or_else(|| word(uri), |kind| kind.name().to_owned()));
    About { issuer, scope, grant, resource, audience, ..about }
}

/// The same of who signed in.
fn of_person(sign_in: SignInHeader) -> SignInHeader {
    let account = sign_in.account.map(|account| OutsideText::new(account).shown(&Redactor::default()));
    SignInHeader { account, ..sign_in }
}

/// A string where there is one, a list where there are several, as in claims of a JWT.
fn one_or_several(mut values: Vec<String>) -> Value {
    match values.len() {
        0 | 1 => values.pop().into(),
        _ => values.into(),
    }
}

/// A time in its largest unit.
fn rounded(seconds: i64) -> String {
    match seconds {
        172_800.. => format!("{}d", seconds / 86_400),
        7_200.. => format!("{}h", seconds / 3_600),
        120.. => format!("{}m", seconds / 60),
        _ => format!("{}s", seconds.max(0)),
    }
}

#[cold]
fn unreadable(directory: &Directory, error: &std::io::Error) -> Error {
    let fact = format_args!("the directory {} cannot be read", directory.path().display());
    Error::Other(Report::new(fact, reason(error), "give this user read access"))
}
