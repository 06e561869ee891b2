//! The HTTP requests that messages become, but for what says who sends them.

use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};

use crate::bridge::flight::is_modern;
use crate::bridge::http::Lane;
use crate::bridge::message::Message;
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
                let version = call.protocol_version.as_deref().unwrap_or_default();
                headers.extend(HeaderValue::from_str(version).ok().map(|version| (PROTOCOL_VERSION, version)));
                headers.extend(self.tools.borrow().headers(message));
            }
            None if is_first => {}
            None => headers.extend(self.session.headers()),
        }
        let url = self.old.endpoint().unwrap_or_else(|| self.url.clone());
        Parcel { method: Method::POST, url, headers, body: Some(message.text().clone()), lane }
    }

    /// The GET of a stream with these headers.
    pub(super) fn get_with(&self, mut headers: Vec<(HeaderName, HeaderValue)>) -> Parcel {
        headers.insert(0, (ACCEPT, HeaderValue::from_static("text/event-stream")));
        Parcel { method: Method::GET, url: self.url.clone(), headers, body: None, lane: Lane::Stream }
    }

    /// The DELETE that ends the session.
    pub(super) fn delete(&self) -> Parcel {
        let headers = self.session.headers();
        Parcel { method: Method::DELETE, url: self.url.clone(), headers, body: None, lane: Lane::Other }
    }
}
