//! The HTTP requests that messages become, but for what says who sends them.

use std::rc::Rc;

use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};

use crate::bridge::flight::{Flight, is_modern};
use crate::bridge::http::{Lane, Progress};
use crate::bridge::message::{Call, Kind, Message};
use crate::bridge::relay::Relay;
use crate::bridge::session::PROTOCOL_VERSION;

/// An HTTP request without credentials.
pub(super) struct Parcel {
    pub(super) method: Method,
    /// The absolute URL.
    pub(super) url: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Option<Bytes>,
    pub(super) lane: Lane,
    /// The requests in it, of a client.
    pub(super) flight: Option<Rc<Flight>>,
    /// How far it has come on its way, where somebody wants to know.
    pub(super) progress: Option<Rc<Progress>>,
}

impl Parcel {
    /// Takes note that the server did not carry it out.
    pub(super) fn set_unsent(&self) {
        if let Some(flight) = &self.flight {
            flight.set_unsent();
        }
    }
}

impl Relay {
    /// The POST of a message. `is_first` is the one that begins a session.
    pub(super) fn post_of(&self, message: &Message, is_first: bool, lane: Lane) -> Parcel {
        let mut headers = vec![
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (ACCEPT, HeaderValue::from_static("application/json, text/event-stream")),
        ];
        match message.call().filter(|call| is_modern(call)) {
            Some(call) => {
                headers.extend(version_of(call).map(|version| (PROTOCOL_VERSION, version)));
                headers.extend(self.tools.borrow().headers(message));
            }
            None if is_first => {}
            None => match modern_member(message) {
                Some(version) => headers.push((PROTOCOL_VERSION, version)),
                None => headers.extend(self.session.headers()),
            },
        }
        let url = self.old.endpoint().unwrap_or_else(|| self.url.clone());
        let body = Some(message.text().clone());
        Parcel { method: Method::POST, url, headers, body, lane, flight: None, progress: None }
    }

    /// The GET of a stream with these headers.
    pub(super) fn get_with(&self, mut headers: Vec<(HeaderName, HeaderValue)>) -> Parcel {
        headers.insert(0, (ACCEPT, HeaderValue::from_static("text/event-stream")));
        let (method, url, lane) = (Method::GET, self.url.clone(), Lane::Stream);
        Parcel { method, url, headers, body: None, lane, flight: None, progress: None }
    }

    /// The DELETE that ends the session.
    pub(super) fn delete(&self) -> Parcel {
        let (method, url, lane) = (Method::DELETE, self.url.clone(), Lane::Other);
        Parcel { method, url, headers: self.session.headers(), body: None, lane, flight: None, progress: None }
    }
}

/// The revision that a message says it is of.
fn version_of(call: &Call) -> Option<HeaderValue> {
    HeaderValue::from_str(call.protocol_version.as_deref()?).ok()
}

/// The revision of a batch without sessions.
fn modern_member(message: &Message) -> Option<HeaderValue> {
    let Kind::Batch(members) = message.kind() else { return None };
    members.iter().filter_map(Message::call).find(|call| is_modern(call)).and_then(version_of)
}
