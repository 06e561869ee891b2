//! AWS Signature Version 4, with credentials that end.

mod exported;

use std::cell::{Cell, RefCell};
use std::fmt;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use hyper::HeaderMap;
use hyper::header::{CONTENT_TYPE, DATE, HeaderName, HeaderValue};

pub(super) use self::exported::Exported;
use super::{Learned, Unsigned, header};
use crate::error::{Error, Report};
use crate::secret::Secret;
use crate::server::{Part, Server};
use crate::sign::sigv4::{self, Credentials, Scope};

/// How long before their end credentials are read anew.
const MARGIN: TimeDelta = TimeDelta::minutes(5);

/// How `x-amz-date` is written.
const BASIC: &str = "%Y%m%dT%H%M%SZ";

/// From which difference on the server's clock is the reason of a refusal: AWS allows five minutes.
const LEAST_SKEW: TimeDelta = TimeDelta::minutes(1);

/// What signs for AWS.
#[derive(Debug)]
pub(super) struct Aws {
    pub(super) scope: Scope,
    pub(super) reader: Reader,
    pub(super) kept: RefCell<Option<Exported>>,
    /// How far the server's clock is ahead of ours.
    pub(super) skew: Cell<TimeDelta>,
    /// Whether the server refused what is kept.
    pub(super) is_refused: Cell<bool>,
}

/// What reads credentials, on a thread that may wait.
#[derive(Clone)]
pub(super) struct Reader(pub(super) std::sync::Arc<dyn Fn() -> Result<Exported, Error> + Send + Sync>);

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}

/// The reading of credentials, ready to be moved to a thread that may wait.
#[derive(Debug)]
pub(crate) struct Renewal(Reader);

/// Credentials that were read.
#[derive(Debug)]
pub(crate) struct Renewed(Exported);

impl Renewal {
    /// Reads them.
    ///
    /// # Errors
    /// [`Error::Secret`] when they are missing or the command fails; [`Error::Transient`] when it is not done in time.
    pub(crate) fn run(self) -> Result<Renewed, Error> {
        (self.0.0)().map(Renewed)
    }
}

impl Aws {
    pub(super) fn sign(
        &self,
        request: &Unsigned<'_>,
        now: DateTime<Utc>,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
        let kept = self.kept.borrow();
        let credentials: &Credentials = kept.as_ref().map(|kept| &kept.credentials).ok_or_else(|| {
            let cause = "they have not been read";
            Error::Secret(Report::of(
                "--sign",
                " sigv4 has no credentials",
                cause,
                "check the command that prints them",
            ))
        })?;
        let server = Server::known(None, Some(request.url));
        let part = |part| server.part("--sign", part).map(|(text, _)| text.into_owned());
        let [host, path, query] = [part(Part::Authority)?, part(Part::Path)?, part(Part::Query)?];
        let content_type = request.body.and_then(|_| request.field(CONTENT_TYPE.as_str()));
        let unsigned = sigv4::Unsigned {
            method: request.method,
            host: &host,
            path: &path,
            query: &query,
            content_type: content_type.as_deref(),
            body: request.body.unwrap_or_default(),
        };
        let at = now.checked_add_signed(self.skew.get()).unwrap_or(now);
        let headers = self.scope.headers(credentials, &unsigned, at)?;
        let is_secret = |name: &str| matches!(name, "authorization" | "x-amz-security-token");
        headers.iter().map(|(name, value)| header(name, value.expose(), is_secret(name))).collect()
    }

    /// A refusal while the server's clock shows another time, or one that says that the credentials have ended.
    pub(super) fn learn(
        &self,
        sent: &[(HeaderName, HeaderValue)],
        status: u16,
        headers: &HeaderMap,
        now: DateTime<Utc>,
    ) -> Learned {
        if !matches!(status, 400 | 401 | 403) {
            return Learned::Nothing;
        }
        let sent =
            |name: &str| sent.iter().find(|(known, _)| known.as_str() == name).map(|(_, value)| value.as_bytes());
        let signed_at =
            sent("x-amz-date").and_then(|date| NaiveDateTime::parse_from_str(str::from_utf8(date).ok()?, BASIC).ok());
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()).map(|date| date.to_utc());
        if let (Some(signed_at), Some(date)) = (signed_at, date)
            && date.signed_duration_since(signed_at.and_utc()).abs() >= LEAST_SKEW
        {
            self.skew.set(date.signed_duration_since(now));
            return Learned::Skew;
        }
        let kind = headers.get("x-amzn-errortype").map(HeaderValue::as_bytes).unwrap_or_default();
        if !kind.starts_with(b"ExpiredToken") {
            return Learned::Nothing;
        }
        let is_kept = |kept: &Exported| {
            kept.credentials.session_token.as_ref().map(Secret::expose) == sent("x-amz-security-token")
        };
        if self.kept.borrow().as_ref().is_some_and(is_kept) {
            self.is_refused.set(true);
        }
        Learned::Credentials
    }

    pub(super) fn renewal(&self, now: DateTime<Utc>) -> Option<Renewal> {
        let soon = now.checked_add_signed(MARGIN).unwrap_or(now);
        let is_over = |kept: &Exported| kept.expires_at.is_some_and(|end| end <= soon);
        let is_needed = self.is_refused.get() || self.kept.borrow().as_ref().is_none_or(is_over);
        is_needed.then(|| Renewal(self.reader.clone()))
    }

    pub(super) fn renewed(&self, Renewed(exported): Renewed) {
        self.kept.replace(Some(exported));
        self.is_refused.set(false);
    }
}
