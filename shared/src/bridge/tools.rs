//! What a server says of its tools in `tools/list`: which arguments of a call are also headers, which calls may be repeated,
//! and which tools a client must not see.

mod cut;
mod headers;
mod listing;
mod request;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use wildmatch::WildMatchPattern;

use self::listing::{Listed, Listing};
use self::schema::Annotation;
use super::message::Message;
use crate::error::quotable;

pub(crate) use self::request::list_request;

/// `*` matches anything, also nothing; a question mark is itself.
type Pattern = WildMatchPattern<'*', '\0'>;

/// The tools that were listed in this process.
pub(crate) struct Tools {
    known: HashMap<String, Tool>,
    /// Counts the listings that were begun.
    listing: u64,
    ignored: Vec<Pattern>,
}

struct Tool {
    annotations: Vec<Annotation>,
    is_repeatable: bool,
    /// The listing that had it last.
    listing: u64,
}

/// One page of a listing.
#[derive(Debug)]
pub(crate) struct Page {
    /// The message as the client may see it: without the tools that are cut out, every other byte the same.
    pub(crate) text: Bytes,
    /// A line for each tool that was cut out because of its annotations.
    pub(crate) notices: Vec<String>,
    /// `result.nextCursor` as it is written, a string. Without it the listing ends.
    pub(crate) next_cursor: Option<String>,
}

impl Tools {
    /// None that is known; those whose name fits one of the patterns `ignored` are cut out of listings.
    pub(crate) fn new<P: AsRef<str>>(ignored: &[P]) -> Self {
        let ignored = ignored.iter().map(|pattern| Pattern::new(pattern.as_ref())).collect();
        Self { known: HashMap::new(), listing: 0, ignored }
    }

    /// Whether the client is not to see the tool.
    pub(crate) fn is_ignored(&self, name: &str) -> bool {
        self.ignored.iter().any(|pattern| pattern.matches(name))
    }

    /// Whether calls of the tool may be repeated: it was listed with `readOnlyHint` or `idempotentHint`.
    pub(crate) fn is_repeatable(&self, name: &str) -> bool {
        self.known.get(name).is_some_and(|tool| tool.is_repeatable)
    }

    /// Takes the answer to a `tools/list`: the first page of a listing where the request had no `cursor`. Tools whose
    /// annotations are invalid are cut out where the request `is_modern`: the revisions before 2026-07-28 have none, and their
    /// clients see every tool. A tool that a listing has no more is forgotten when its last page is there.
    pub(crate) fn read(&mut self, answer: &Message, is_first: bool, is_modern: bool) -> Page {
        let Some(Listing { tools, next_cursor }) = listing::read(answer.text()) else {
            return Page { text: answer.text().clone(), notices: Vec::new(), next_cursor: None };
        };
        self.listing = self.listing.saturating_add(u64::from(is_first));
        let mut notices = Vec::new();
        let mut items = Vec::with_capacity(tools.len());
        for Listed { place, name, is_repeatable, annotations } in tools {
            let is_invalid = is_modern && annotations.is_err();
            let is_ignored = name.as_deref().is_some_and(|name| self.is_ignored(name));
            items.push((place, !is_invalid && !is_ignored));
            if let (Err(defect), true, false) = (&annotations, is_modern, is_ignored) {
                let name = quotable(name.as_deref().unwrap_or_default());
                notices.push(format!("the tool \"{name}\" is left out of the list: {defect}; the server must mend it"));
            }
            if let Some(name) = name {
                let annotations = annotations.unwrap_or_default();
                self.known.insert(name, Tool { annotations, is_repeatable, listing: self.listing });
            }
        }
        if next_cursor.is_none() {
            self.known.retain(|_, tool| tool.listing == self.listing);
        }
        Page { text: cut::without(answer.text(), &items), notices, next_cursor }
    }

    /// The headers that repeat what `message` says, which is a request or notification of 2026-07-28 or later: `Mcp-Method`,
    /// `Mcp-Name` and, of a call of a tool with annotations, `Mcp-Param-*`.
    pub(crate) fn headers(&self, message: &Message) -> Vec<(HeaderName, HeaderValue)> {
        let annotations = |name: &str| self.known.get(name).map(|tool| &*tool.annotations).unwrap_or_default();
        headers::of(message, &annotations)
    }
}
