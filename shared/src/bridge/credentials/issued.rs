//! The headers that one request carries, or all until others are made.

use std::fmt;
use std::rc::Rc;

use chrono::{DateTime, Utc};
use hyper::header::{HeaderName, HeaderValue};

use crate::error::{Error, Report};
use crate::header::{Life, Made};
use crate::secret::Secret;

/// Headers as they were made at one time.
pub(crate) struct Issued {
    /// Counts from one on; headers with another number were made at another time.
    generation: u64,
    /// Those of `-H`, and those of the helper.
    made: [Option<Rc<Made>>; 2],
}

impl Issued {
    pub(super) fn new(generation: u64, made: [Option<Rc<Made>>; 2]) -> Self {
        Self { generation, made }
    }

    /// Its number among those that were made.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// The headers as they are sent: see [`Issued::iter`].
    ///
    /// # Errors
    /// None for what helpers make: [`Headers`](crate::header::Headers) has checked it.
    pub(crate) fn headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
        self.iter().map(|(name, value)| sent(name, value).ok_or_else(|| unusable(name))).collect()
    }

    /// Names and values: those of `-H` that the helper does not make too, whatever their case, then those of the helper. No
    /// name stands there twice.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let [own, helper] = self.made.each_ref().map(Option::as_deref);
        let is_own = move |name: &str| helper.is_none_or(|helper| helper.headers.value(name).is_none());
        let own = own.into_iter().flat_map(|made| made.headers.iter()).filter(move |(name, _)| is_own(name));
        own.chain(helper.into_iter().flat_map(|made| made.headers.iter()))
    }

    /// The token that the helper made them with, where it says.
    pub(crate) fn token(&self) -> Option<&Secret> {
        let [_, helper] = &self.made;
        helper.as_ref().map(|made| &made.token).filter(|token| !token.is_empty())
    }

    /// What was made, but for what is for another request or needs a renewal at `now`.
    pub(super) fn kept(&self, now: DateTime<Utc>) -> [Option<Rc<Made>>; 2] {
        let is_kept = |made: &Rc<Made>| match made.life {
            Life::OneRequest => false,
            Life::Until { renewal, .. } => now < renewal,
            Life::Unknown => true,
        };
        self.made.each_ref().map(|made| made.clone().filter(is_kept))
    }

    /// Whether a part is for one request.
    pub(super) fn is_for_one_request(&self) -> bool {
        self.lives().any(|life| life == Life::OneRequest)
    }

    /// When the first part is to be renewed; `None` where none has to be.
    pub(super) fn renewal(&self) -> Option<DateTime<Utc>> {
        self.lives().filter_map(|life| if let Life::Until { renewal, .. } = life { Some(renewal) } else { None }).min()
    }

    /// When the life of the first part is over; `None` where that is not known.
    pub(super) fn end(&self) -> Option<DateTime<Utc>> {
        self.lives().filter_map(|life| if let Life::Until { end, .. } = life { Some(end) } else { None }).min()
    }

    /// Whether these say no more than `refused`: the same token, or where there is none the same headers.
    pub(super) fn is_same_as(&self, refused: &Self) -> bool {
        let [own, refused_own] = [self, refused].map(|issued| {
            let [own, _] = &issued.made;
            own.iter().flat_map(|made| made.headers.iter())
        });
        match (self.token(), refused.token()) {
            (Some(token), Some(other)) => token.expose() == other.expose() && own.eq(refused_own),
            _ => self.iter().eq(refused.iter()),
        }
    }

    fn lives(&self) -> impl Iterator<Item = Life> {
        self.made.iter().flatten().map(|made| made.life)
    }
}

/// A header of a request. What shows requests leaves its value out.
fn sent(name: &str, value: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let mut value = HeaderValue::from_bytes(value).ok()?;
    value.set_sensitive(true);
    Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
}

fn unusable(name: &str) -> Error {
    let cause = "it has a character that no header may have";
    Error::Headers(Report::of_header(name, " cannot be sent", cause, "report this as a bug"))
}

/// Without values.
impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(|(name, _)| name).collect();
        f.debug_struct("Issued").field("generation", &self.generation).field("names", &names).finish_non_exhaustive()
    }
}
