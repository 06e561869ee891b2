//! What a server does with its connections, one after another.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use crate::endpoint::{Endpoint, reply};

/// What it does with one connection, after it has read the request.
pub(crate) type Step = Box<dyn Fn(&mut TcpStream) + Send + Sync>;

/// A server whose requests take a step each; the last step repeats.
pub(crate) fn scripted(steps: Vec<Step>) -> Endpoint {
    Endpoint::new(move |number, _, connection| steps[number.min(steps.len() - 1)](connection))
}

/// The token endpoint as a user may write it, with something that no message may show.
pub(crate) fn url(endpoint: &Endpoint) -> String {
    endpoint.url() + "?tenant=hunter3"
}

/// The `number`-th token, for an hour.
pub(crate) fn token(number: usize) -> String {
    format!(r#"{{"access_token":"token-{number}","token_type":"Bearer","expires_in":3600}}"#)
}

/// Answers with the `number`-th token.
pub(crate) fn gives(number: usize) -> Step {
    json(200, &token(number))
}

/// Answers with JSON.
pub(crate) fn json(status: u16, body: &str) -> Step {
    let body = body.to_owned();
    Box::new(move |connection| reply(connection, status, &body))
}

/// Answers with a status, further header lines and a body.
pub(crate) fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Step {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    raw([head.as_bytes(), body].concat())
}

/// Answers with these bytes.
pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Step {
    let bytes = bytes.into();
    // Whoever asked may be gone; so everywhere below.
    Box::new(move |connection| drop(connection.write_all(&bytes)))
}

/// Says nothing until whoever asked is gone.
pub(crate) fn silence() -> Step {
    Box::new(|connection| drop(connection.read(&mut [0])))
}

/// Writes `head`, then a byte at a time, without an end.
pub(crate) fn drip(head: &'static str, byte: u8) -> Step {
    Box::new(move |connection| {
        let _ = connection.write_all(head.as_bytes());
        while connection.write_all(&[byte]).is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    })
}

/// Takes another step after a while.
pub(crate) fn later(milliseconds: u64, step: Step) -> Step {
    Box::new(move |connection| {
        thread::sleep(Duration::from_millis(milliseconds));
        step(connection);
    })
}

/// Closes the connection with a reset.
pub(crate) fn reset() -> Step {
    Box::new(|connection| {
        rustix::net::sockopt::set_socket_linger(&*connection, Some(Duration::ZERO)).unwrap();
    })
}

/// Waits until the endpoint has had `count` requests.
#[track_caller]
pub(crate) fn wait_for(endpoint: &Endpoint, count: usize) {
    let waiting = (0..4000).any(|_| {
        thread::sleep(Duration::from_millis(2));
        endpoint.requests().len() >= count
    });
    assert!(waiting, "there were {} requests, not {count}", endpoint.requests().len());
}
