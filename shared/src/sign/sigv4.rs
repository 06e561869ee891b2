//! AWS Signature Version 4, in the `Authorization` header.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

mod canonical;
#[cfg(test)]
mod known_answers;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

pub(crate) use self::canonical::{Field, Request};
use crate::error::Error;
use crate::header::timestamp::Format;
use crate::secret::Secret;
use crate::sign::hmac::Algorithm;

/// An access key, perhaps a temporary one.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    /// Its id.
    pub(crate) access_key_id: String,
    /// Its secret half.
    pub(crate) secret_access_key: Secret,
    /// The token that comes with a temporary one.
    pub(crate) session_token: Option<Secret>,
}

/// What a signature is for, beside the day.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// `eu-central-1`, say.
    pub(crate) region: String,
    /// The name of the service in signatures: `execute-api`, `bedrock-agentcore`, `lambda`.
    pub(crate) service: String,
}

/// What begins every signature, and names the algorithm.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What ends every scope.
const TERMINATOR: &str = "aws4_request";

impl Scope {
    /// The headers that sign a request at that instant, in order: `x-amz-content-sha256`, `x-amz-date`,
    /// `x-amz-security-token` where the credentials have one, and `authorization`.
    ///
    /// Signed are these, `host`, and `content-type` where there is one: no header that a proxy on the way may alter.
    ///
    /// # Errors
    /// [`Error::Usage`] when the instant cannot be written.
    pub(crate) fn headers(
        &self,
        credentials: &Credentials,
        request: &Unsigned<'_>,
        at: DateTime<Utc>,
    ) -> Result<Vec<(&'static str, Secret)>, Error> {
        let digest = hex::encode(Sha256::digest(request.body));
        let mut added = vec![
            (CONTENT_SHA256, Secret::new(digest.clone().into_bytes())),
            (DATE, Secret::new(Format::Basic.render(at)?.into_bytes())),
        ];
        added.extend(credentials.session_token.clone().map(|token| (SECURITY_TOKEN, token)));
        let fields = [("content-type", request.content_type), ("host", Some(request.host.as_bytes()))];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let fields = fields.chain(added.iter().map(|(name, value)| (*name, value.expose())));
        let canonical = Request {
            method: request.method,
            path: request.path,
            is_normalized: true,
            query: request.query,
            fields: &fields.map(|(name, value)| Field { name, value }).collect::<Vec<_>>(),
            digest: &digest,
        };
        let authorization = self.authorization(credentials, &canonical, at)?;
        added.push(("authorization", authorization));
        Ok(added)
    }

    /// The value of `Authorization` for a request whose headers, `x-amz-date` among them, are complete.
    fn authorization(
        &self,
        credentials: &Credentials,
        request: &Request<'_>,
        at: DateTime<Utc>,
    ) -> Result<Secret, Error> {
        let time = Format::Basic.render(at)?;
        let day = time.split('T').next().unwrap_or_default();
        let Self { region, service } = self;
        let scope = format!("{day}/{region}/{service}/{TERMINATOR}");
        let canonical = hex::encode(Sha256::digest(request.canonical().expose()));
        let message = format!("{ALGORITHM}\n{time}\n{scope}\n{canonical}");
        let key = self.key(&credentials.secret_access_key, day);
        let signature = hex::encode(Algorithm::Sha256.sign(&key, message.as_bytes()));
        let (id, signed) = (&credentials.access_key_id, request.signed_headers());
        let value = format!("{ALGORITHM} Credential={id}/{scope}, SignedHeaders={signed}, Signature={signature}");
        Ok(Secret::new(value.into_bytes()))
    }

    /// The key of this scope for a day.
    fn key(&self, secret_access_key: &Secret, day: &str) -> Secret {
        let first = Secret::new([b"AWS4", secret_access_key.expose()].concat());
        let parts = [day, &self.region, &self.service, TERMINATOR];
        parts.into_iter().fold(first, |key, part| Secret::new(Algorithm::Sha256.sign(&key, part.as_bytes())))
    }
}

/// A request before it is signed.
#[derive(Debug)]
pub(crate) struct Unsigned<'a> {
    /// The method.
    pub(crate) method: &'a str,
    /// The value of `Host`.
    pub(crate) host: &'a str,
    /// The path as it is sent.
    pub(crate) path: &'a str,
    /// The query as it is sent, without its question mark.
    pub(crate) query: &'a str,
    /// The value of `Content-Type`, where there is one.
    pub(crate) content_type: Option<&'a [u8]>,
    /// The body; empty where there is none.
    pub(crate) body: &'a [u8],
}

const CONTENT_SHA256: &str = "x-amz-content-sha256";
const DATE: &str = "x-amz-date";
const SECURITY_TOKEN: &str = "x-amz-security-token";
