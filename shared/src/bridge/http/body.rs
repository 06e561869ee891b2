//! The body of an answer, as it comes.

use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use hyper::HeaderMap;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{CONTENT_ENCODING, HeaderName};

use super::Lane;
use super::budget::Budget;
use super::connection::Connection;
use super::failure::{Failure, Kind};
use super::gzip::Gzip;
use super::pool::Pool;
use super::route::Route;

/// A body. Dropping it closes its connection unless it was read to its end.
#[derive(Debug)]
pub(crate) struct Body {
    incoming: Incoming,
    decoder: Decoder,
    rest: Option<Rest>,
    route: Rc<Route>,
}

/// The connection that it comes on, and where that goes afterwards.
#[derive(Debug)]
struct Rest {
    connection: Connection,
    pool: Rc<Pool>,
    lane: Lane,
    timeout: Option<Duration>,
}

#[derive(Debug)]
enum Decoder {
    None,
    Gzip(Box<Gzip>),
    /// An encoding that cannot be read.
    Unknown,
    /// It has ended, or failed.
    Over,
}

impl Body {
    /// The body of an answer with these `headers`. Its `connection` goes to the `pool` when it is read.
    pub(super) fn new(
        incoming: Incoming,
        headers: &HeaderMap,
        connection: Connection,
        (pool, lane): (&Rc<Pool>, Lane),
        route: &Rc<Route>,
    ) -> Self {
        let rest = Rest { connection, pool: Rc::clone(pool), lane, timeout: keep_alive(headers) };
        let mut body = Self { incoming, decoder: decoder(headers), rest: Some(rest), route: Rc::clone(route) };
        if body.incoming.is_end_stream() {
            body.keep_connection();
        }
        body
    }

    /// Its next bytes, decoded; `None` at its end. Nothing is lost where the future is dropped.
    pub(crate) async fn chunk(&mut self) -> Option<Result<Bytes, Failure>> {
        loop {
            match &mut self.decoder {
                Decoder::Over => return None,
                Decoder::Unknown => {
                    return Some(Err(self.fail(Failure::new(Kind::Encoding, "its content encoding is not supported"))));
                }
                Decoder::Gzip(gzip) => match gzip.decoded() {
                    Ok(decoded) if decoded.is_empty() => {}
                    Ok(decoded) => return Some(Ok(decoded)),
                    Err(_) => return Some(Err(self.fail(damaged()))),
                },
                Decoder::None => {}
            }
            let frame = poll_fn(|context| Pin::new(&mut self.incoming).poll_frame(context)).await;
            match (frame.map(|frame| frame.map(hyper::body::Frame::into_data)), &mut self.decoder) {
                (Some(Ok(Ok(data))), Decoder::Gzip(gzip)) => gzip.push(data),
                (Some(Ok(Ok(data))), _) => return Some(Ok(data)),
                // Trailers.
                (Some(Ok(Err(_))), _) => {}
                (Some(Err(error)), _) => {
                    let failure = Failure::of_body(&error, &self.route.peer());
                    return Some(Err(self.fail(failure)));
                }
                (None, _) => return self.end(),
            }
        }
    }

    /// All of it, at most `limit` bytes, as far as the `budget` for all has room.
    ///
    /// # Errors
    /// When it breaks off, or is larger.
    pub(crate) async fn collect(mut self, limit: usize, budget: &Budget) -> Result<Bytes, Failure> {
        let mut share = budget.share();
        let announced = usize::try_from(self.incoming.size_hint().exact().unwrap_or_default()).unwrap_or(usize::MAX);
        let mut all = Vec::with_capacity(announced.min(limit).min(1 << 20));
        loop {
            share.has_room().await;
            let Some(chunk) = self.chunk().await else { return Ok(all.into()) };
            let chunk = chunk?;
            if chunk.len() > limit.saturating_sub(all.len()) {
                return Err(Failure::new(Kind::TooLarge, format!("it is larger than {limit} bytes")));
            }
            all.extend_from_slice(&chunk);
            share.set(all.len());
        }
    }

    fn end(&mut self) -> Option<Result<Bytes, Failure>> {
        let last = match &mut self.decoder {
            Decoder::Gzip(gzip) => gzip.end(),
            _ => Ok(Bytes::new()),
        };
        match last {
            Ok(last) => {
                self.decoder = Decoder::Over;
                self.keep_connection();
                (!last.is_empty()).then_some(Ok(last))
            }
            Err(_) => Some(Err(self.fail(damaged()))),
        }
    }

    fn fail(&mut self, failure: Failure) -> Failure {
        self.decoder = Decoder::Over;
        self.rest = None;
        failure
    }

    fn keep_connection(&mut self) {
        if let Some(Rest { connection, pool, lane, timeout }) = self.rest.take() {
            pool.keep(lane, connection, timeout);
        }
    }
}

fn damaged() -> Failure {
    Failure::new(Kind::Encoding, "its gzip is damaged")
}

fn decoder(headers: &HeaderMap) -> Decoder {
    let encodings =
        headers.get_all(CONTENT_ENCODING).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let mut encodings = encodings
        .map(<[u8]>::trim_ascii)
        .filter(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity"));
    match (encodings.next(), encodings.next()) {
        (None, _) => Decoder::None,
        (Some(gzip), None) if gzip.eq_ignore_ascii_case(b"gzip") || gzip.eq_ignore_ascii_case(b"x-gzip") => {
            Decoder::Gzip(Box::new(Gzip::new()))
        }
        _ => Decoder::Unknown,
    }
}

/// How long the server keeps the connection, where it says so.
fn keep_alive(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(HeaderName::from_static("keep-alive")).iter().filter_map(|value| value.to_str().ok());
    let mut parameters = values.flat_map(|value| value.split(',')).filter_map(|parameter| parameter.split_once('='));
    let (_, seconds) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("timeout"))?;
    seconds.trim().trim_matches('"').parse().ok().map(Duration::from_secs)
}
