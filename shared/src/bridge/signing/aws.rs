//! AWS Signature Version 4, with credentials that end.

mod exported;
mod renewal;

use std::cell::Cell;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use hyper::HeaderMap;
use hyper::header::{CONTENT_TYPE, DATE, HeaderName, HeaderValue};

pub(super) use self::exported::Exported;
pub(super) use self::renewal::Reader;
pub(crate) use self::renewal::Renewer;
use super::{Learned, Unsigned, header};
use crate::error::{Error, Report};
use crate::server::{Part, Server};
use crate::sign::sigv4::{self, Credentials, Scope};

/// How `x-amz-date` is written.
const BASIC: &str = "%Y%m%dT%H%M%SZ";

/// From which difference on the server's clock is the reason of a refusal: AWS allows five minutes.
const LEAST_SKEW: TimeDelta = TimeDelta::minutes(1);

/// What signs for AWS.
#[derive(Debug)]
pub(super) struct Aws {
    pub(super) scope: Scope,
    pub(super) renewer: Renewer,
    /// How far the server's clock is ahead of ours.
    pub(super) skew: Cell<TimeDelta>,
}

impl Aws {
    pub(super) fn sign(
        &self,
        request: &Unsigned<'_>,
        now: DateTime<Utc>,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
        let kept = self.renewer.kept();
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
        self.renewer.refused(sent("x-amz-security-token"));
        Learned::Credentials
    }
}
