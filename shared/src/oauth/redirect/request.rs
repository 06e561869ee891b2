//! A request to the loopback port: what makes it an answer, and what makes it none.

use std::io::Read;
use std::net::TcpStream;
use std::time::Duration;

use httparse::{EMPTY_HEADER, Request, Status};
use url::form_urlencoded;

use crate::os::clock::{Deadline, monotonic};

/// The most bytes of a request's head, and of headers in it.
const LONGEST: usize = 16 << 10;
const MOST_HEADERS: usize = 100;

/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the request of an answer has.
#[derive(Debug)]
pub(super) struct Expected {
    /// Host and port: what a web page that had its own name point here cannot send.
    pub(super) authority: String,
    pub(super) path: String,
}

/// Why a request is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// 404.
    NotFound,
    /// 400, and why.
    Bad(&'static str),
}

/// The head of the request on `connection`; `None` where it ends before, or takes too long.
pub(super) fn read_head(connection: &mut TcpStream) -> Option<Vec<u8>> {
    let deadline = Deadline::new(monotonic(), PATIENCE);
    let mut head = Vec::new();
    let mut part = [0; 2048];
    loop {
        let left = deadline.remaining();
        if left.is_zero() || connection.set_read_timeout(Some(left)).is_err() {
            return None;
        }
        let length = connection.read(&mut part).ok().filter(|length| *length > 0)?;
        head.extend_from_slice(part.get(..length).unwrap_or_default());
        if head.windows(4).any(|end| end == b"\r\n\r\n") || head.len() > LONGEST {
            return Some(head);
        }
    }
}

/// The parameters in the query of a request that is an answer.
pub(super) fn answered(head: &[u8], expected: &Expected) -> Result<Vec<(String, String)>, Refusal> {
    let mut headers = [EMPTY_HEADER; MOST_HEADERS];
    let mut request = Request::new(&mut headers);
    if !matches!(request.parse(head), Ok(Status::Complete(_))) {
        return Err(Refusal::Bad("the request is not HTTP, or is too long"));
    }
    let target = request.path.unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let values = |name: &str| {
        let named = request.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| String::from_utf8_lossy(header.value).trim().to_ascii_lowercase()).collect::<Vec<_>>()
    };
    if values("host") != [expected.authority.to_ascii_lowercase()] {
        return Err(Refusal::Bad("the request is for another host"));
    }
    if path != expected.path {
        return Err(Refusal::NotFound);
    }
    if request.method != Some("GET") {
        return Err(Refusal::Bad("the answer of a sign-in is a GET request"));
    }
    // A browser sends these of what a page does, and of a window that is redirected none or other values (Fetch Metadata). The
    // mode alone is what programs send too that are no browsers.
    let is_of_browser = !values("sec-fetch-site").is_empty();
    let is_of_page = values("origin").iter().any(|origin| *origin != format!("http://{}", expected.authority))
        || is_of_browser && values("sec-fetch-mode").iter().any(|mode| mode != "navigate")
        || values("sec-fetch-dest").iter().any(|destination| destination != "document");
    if is_of_page {
        return Err(Refusal::Bad("a web page sent the request, and not a window that was redirected"));
    }
    let parameters: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let count = |name: &str| parameters.iter().filter(|(known, _)| known == name).count();
    // RFC 6749 section 3.1: no parameter more than once.
    if ["code", "error", "state", "iss"].iter().any(|name| count(name) > 1) {
        return Err(Refusal::Bad("a parameter is there twice"));
    }
    if count("code") == 0 && count("error") == 0 {
        return Err(Refusal::Bad("the request has neither a code nor an error"));
    }
    Ok(parameters)
}
