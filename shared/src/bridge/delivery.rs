//! One HTTP request, delivered: with headers that are right at that moment, and again where it is known that the server did
//! not carry it out.

#[cfg(test)]
mod tests;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use tokio::time::{Instant, sleep};

use crate::bridge::challenge::{Refusal, Signing};
use crate::bridge::credentials::{AuthFailure, Issued, Verdict};
use crate::bridge::failure::Failure;
use crate::bridge::http::{self, Answer, Body, Request, SendError, Target};
use crate::bridge::parcel::Parcel;
use crate::bridge::pauses::Pauses;
use crate::bridge::relay::Relay;
use crate::bridge::signing::{Learned, Unsigned};
use crate::error::{Error, Redactor};
use crate::oauth::transport::date_and_wish;
use crate::os::clock;
use crate::run::{HttpRequest, content_digest};
use crate::secret::Secret;

/// How long a server that cannot be reached is tried.
const UNREACHABLE: Duration = Duration::from_secs(30);

/// The longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The wait after a 429 that names none.
const LEAST_WAIT: Duration = Duration::from_secs(1);

/// How many redirects are followed.
const REDIRECTS: u8 = 3;

/// An answer that is none of those after which the request is delivered again.
pub(super) struct Delivered {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
    /// Why the server refused the credentials, where it did.
    pub(super) refusal: Option<Failure>,
    issued: Rc<Issued>,
}

/// Why there is no answer.
pub(super) enum Undelivered {
    /// The server did not carry the request out.
    Refused(Failure),
    /// The connection broke when the request was on it.
    Broken(Failure),
}

/// What was tried for one message. Each remedy has its turn once.
#[derive(Default)]
pub(super) struct Tries {
    refused: bool,
    /// What was learned of signatures.
    learned: Vec<Learned>,
    waited: bool,
    redirects: u8,
    unreachable_since: Option<Instant>,
    pauses: Pauses,
}

impl Relay {
    /// Delivers `parcel`.
    pub(super) async fn deliver(&self, parcel: &mut Parcel, tries: &mut Tries) -> Result<Delivered, Undelivered> {
        loop {
            let refused = |error: Error| Undelivered::Refused(Failure::of_message(error.to_string()));
            let issued = match self.credentials.usable() {
                Some(issued) => Ok(issued),
                None => self.credentials.current(&described(parcel).map_err(refused)?).await,
            };
            let issued = issued.map_err(|failure| Undelivered::Refused(failure.into()))?;
            let mut headers = parcel.headers.clone();
            headers.extend(issued.headers().map_err(refused)?);
            self.sign(parcel, &mut headers).await.map_err(Undelivered::Refused)?;
            let Some(target) = Target::of(&parcel.url) else {
                let fact = "the URL cannot be used";
                return Err(Undelivered::Refused(Failure::new(fact, "it cannot stand in a request", "check the URL")));
            };
            let (method, body) = (parcel.method.clone(), parcel.body.clone());
            let progress = parcel.progress.clone();
            let sent = Request { method, target, headers, body, progress };
            let answer = match self.client.send(&sent, parcel.lane).await {
                Ok(answer) => answer,
                Err(SendError { failure, written: true }) => return Err(Undelivered::Broken(self.broken(failure))),
                Err(SendError { failure, written: false }) => {
                    parcel.set_unsent();
                    let server = format!("{}{}", self.origin, self.client.through());
                    if tries.unreachable_since.is_none() && failure.is_passing() && self.tells_failures {
                        let most = UNREACHABLE.as_secs();
                        self.notice(&format!("{server} cannot be reached: {}; trying for {most} s", failure.cause));
                    }
                    tries.wait_for_server(failure, &server).await?;
                    continue;
                }
            };
            tries.unreachable_since = None;
            let verdict = self.credentials.is_refusal(answer.status, &answer.headers);
            match verdict {
                _ if self.signature_can_be_better(&parcel.url, &sent.headers, &answer, tries) => parcel.set_unsent(),
                Verdict::Refused if !tries.refused && !self.only_signs() => {
                    tries.refused = true;
                    parcel.set_unsent();
                    let request = described(parcel).map_err(refused)?;
                    let Err(failure) = self.credentials.after_refusal(&issued, &request).await else {
                        drain(answer.body).await;
                        // Other credentials, and their signature may be wrong in its own way.
                        tries.learned.clear();
                        continue;
                    };
                    let refusal = Some(self.refusal(&answer, &issued, Some(failure)));
                    return Ok(Delivered { refusal, ..Delivered::new(answer, issued) });
                }
                Verdict::Refused | Verdict::InsufficientScope(_) | Verdict::UseDpopNonce => {
                    let refusal = Some(self.refusal(&answer, &issued, None));
                    return Ok(Delivered { refusal, ..Delivered::new(answer, issued) });
                }
                Verdict::No => match tries.again(answer.status, &answer.headers, parcel) {
                    None => {
                        if (200..300).contains(&answer.status) {
                            self.credentials.accepted();
                        }
                        return Ok(Delivered::new(answer, issued));
                    }
                    // A redirect.
                    Some(pause) if matches!(answer.status, 307 | 308) => sleep(pause).await,
                    Some(pause) => {
                        parcel.set_unsent();
                        let status = answer.status;
                        let waited =
                            format!("HTTP {status}: trying again in {} s, as the server asks", pause.as_secs());
                        self.notice(&waited);
                        sleep(pause).await;
                    }
                },
            }
            drain(answer.body).await;
        }
    }

    /// Signs a request whose other headers are complete.
    async fn sign(&self, parcel: &Parcel, headers: &mut Vec<(HeaderName, HeaderValue)>) -> Result<(), Failure> {
        add_digest(parcel, headers);
        let Some(signer) = &self.signer else { return Ok(()) };
        let failed = |error: Error| Failure::of_message(error.to_string());
        if let Some(renewer) = signer.renewer()
            && let Some(warning) = renewer.renew().await?
        {
            self.notice(&format!("warning: {warning}"));
        }
        let Parcel { method, url, body, .. } = parcel;
        let unsigned = Unsigned { method: method.as_str(), url, body: body.as_deref(), headers };
        let signature = signer.sign(&unsigned, clock::now()).map_err(failed)?;
        headers.retain(|(known, _)| signature.iter().all(|(name, _)| name != known));
        headers.extend(signature);
        Ok(())
    }

    /// Whether what the answer says of the signature is a reason to sign the request once more, and send it.
    fn signature_can_be_better(
        &self,
        url: &str,
        sent: &[(HeaderName, HeaderValue)],
        answer: &Answer,
        tries: &mut Tries,
    ) -> bool {
        let Some(signer) = &self.signer else { return false };
        let learned = signer.learn(url, sent, answer.status, &answer.headers, clock::now());
        if learned == Learned::Nothing || tries.learned.contains(&learned) {
            return false;
        }
        tries.learned.push(learned);
        true
    }

    /// Whether all that the server may refuse is the signature.
    fn only_signs(&self) -> bool {
        self.signer.is_some() && self.credentials.has_nobody_to_ask()
    }

    /// That the connection broke with the request on it.
    fn broken(&self, failure: http::Failure) -> Failure {
        let fact = format_args!("{}{} gave no answer", self.origin, self.client.through());
        Failure::new(fact, failure.cause, failure.remedy).transient()
    }

    /// That the server refused what it was shown, with what it says, and why there is nothing else to be shown.
    fn refusal(&self, answer: &Answer, issued: &Issued, failure: Option<AuthFailure>) -> Failure {
        let status = answer.status;
        let asked = answer.headers.get_all(WWW_AUTHENTICATE).iter().map(HeaderValue::as_bytes);
        let kind = answer.headers.get("x-amzn-errortype").and_then(|kind| kind.to_str().ok());
        let (refusal, redactor) = (Refusal::parse(asked).of_kind(kind), redactor(issued));
        let fact = format_args!("{} answered with HTTP {status}", self.origin);
        let cause = refusal.cause(&redactor);
        let signing = match &self.signer {
            Some(signer) if signer.binding().is_some() => Signing::Proof,
            Some(_) => Signing::Key,
            None => Signing::Nothing,
        };
        // Another token would lack the proof too.
        let failure = failure.filter(|_| signing == Signing::Proof || !refusal.wants_proof());
        let failure = match failure {
            Some(AuthFailure { message, transient: false, .. }) => Failure::new(fact, cause, message),
            Some(AuthFailure { message, transient: true, .. }) => Failure::new(fact, cause, message).transient(),
            None => Failure::new(fact, cause, refusal.remedy(signing, &redactor)),
        };
        failure.with_status(status)
    }
}

impl Delivered {
    fn new(answer: Answer, issued: Rc<Issued>) -> Self {
        Self { status: answer.status, headers: answer.headers, body: answer.body, refusal: None, issued }
    }

    /// What knows the secrets that the server was sent, and may repeat.
    pub(super) fn redactor(&self) -> Redactor {
        redactor(&self.issued)
    }
}

impl Tries {
    /// Waits before a server that could not be reached is tried again.
    async fn wait_for_server(&mut self, failure: http::Failure, server: &str) -> Result<(), Undelivered> {
        let since = *self.unreachable_since.get_or_insert_with(Instant::now);
        let pause = self.pauses.next();
        let is_passing = failure.is_passing();
        if is_passing && since.elapsed().saturating_add(pause) <= UNREACHABLE {
            sleep(pause).await;
            return Ok(());
        }
        let failure = Failure::new(format_args!("{server} cannot be reached"), failure.cause, failure.remedy);
        Err(Undelivered::Refused(if is_passing { failure.transient() } else { failure }))
    }

    /// After which pause the server is asked again, where its answer says that the request was not carried out. A redirect
    /// changes the URL.
    fn again(&mut self, status: u16, headers: &HeaderMap, parcel: &mut Parcel) -> Option<Duration> {
        match status {
            307 | 308 if self.redirects < REDIRECTS => {
                let location = headers.get(LOCATION)?.to_str().ok()?;
                parcel.url = same_origin(&parcel.url, location)?;
                self.redirects = self.redirects.saturating_add(1);
                Some(Duration::ZERO)
            }
            429 | 503 if !self.waited => {
                let wish = match date_and_wish(headers) {
                    (_, Some(wish)) => wish,
                    // Without a wish 429 says all the same that nothing was done.
                    (_, None) if status == 429 && !headers.contains_key(RETRY_AFTER) => LEAST_WAIT,
                    _ => return None,
                };
                self.waited = true;
                Some(wish).filter(|wish| *wish <= LONGEST_WAIT)
            }
            _ => None,
        }
    }
}

/// The request as helpers see it.
fn described(parcel: &Parcel) -> Result<HttpRequest, Error> {
    let headers = parcel.headers.iter();
    let headers = headers.map(|(name, value)| (name.to_string(), Secret::new(value.as_bytes().to_vec())));
    let request = HttpRequest::new(parcel.method.as_str(), &parcel.url, None)?.with_headers(headers);
    Ok(match &parcel.body {
        Some(body) => request.with_body(Arc::new(body.clone())),
        None => request,
    })
}

/// Adds the digest of the body where a helper has signed it.
fn add_digest(parcel: &Parcel, headers: &mut Vec<(HeaderName, HeaderValue)>) {
    let name = HeaderName::from_static("content-digest");
    let is_signed = |(known, value): &(HeaderName, HeaderValue)| {
        known == "signature-input" && value.to_str().is_ok_and(|input| input.contains("\"content-digest\""))
    };
    if headers.iter().any(is_signed) && headers.iter().all(|(known, _)| *known != name) {
        let digest = parcel.body.as_deref().map(content_digest);
        headers.extend(digest.and_then(|digest| Some((name, HeaderValue::from_str(&digest).ok()?))));
    }
}

fn redactor(issued: &Issued) -> Redactor {
    let redactor = Redactor::default();
    if let Some(token) = issued.token() {
        redactor.add(token.expose());
    }
    for (_, value) in issued.headers().into_iter().flatten() {
        redactor.add(value.as_bytes());
    }
    redactor
}

/// `reference` resolved against `url`, where it has the same origin.
pub(super) fn same_origin(url: &str, reference: &str) -> Option<String> {
    let base = url::Url::parse(url).ok()?;
    let resolved = base.join(reference).ok()?;
    (resolved.origin() == base.origin() && resolved.username().is_empty() && resolved.password().is_none())
        .then(|| resolved.into())
}

/// Reads a body that nobody needs, so that its connection can be used again, unless that takes too long.
pub(super) async fn drain(mut body: Body) {
    const MOST: usize = 64 << 10;
    let all = async {
        let mut length: usize = 0;
        while let Some(Ok(chunk)) = body.chunk().await {
            length = length.saturating_add(chunk.len());
            if length > MOST {
                return;
            }
        }
    };
    // What is not read in time is closed.
    let _ = tokio::time::timeout(Duration::from_millis(100), all).await;
}
