//! Servers on loopback that do what a script says, for tests.
#![expect(clippy::disallowed_methods, reason = "tests listen on loopback")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crate::oauth::transport::Transport;
use crate::oauth::trust::Trust;
use crate::oauth::url::Endpoint;
use crate::os::clock::{Deadline, monotonic};

/// A server; each connection that it accepts takes the next step of its script, and the last step repeats.
pub(super) struct Server {
    pub(super) endpoint: Endpoint,
    requests: Receiver<String>,
}

/// What a server does with one connection, after it has read the request.
pub(super) type Step = Box<dyn FnMut(&mut TcpStream) + Send>;

impl Server {
    pub(super) fn new(script: Vec<Step>) -> Self {
        Self::at_own_origin(|_| script)
    }

    /// A server whose script needs to know its origin.
    pub(super) fn at_own_origin(script: impl FnOnce(&str) -> Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut script = script(&format!("http://{address}"));
        let (sender, requests) = channel();
        thread::spawn(move || {
            for (turn, connection) in listener.incoming().enumerate() {
                let mut connection = connection.unwrap();
                let _ = sender.send(request(&mut connection));
                let last = script.len().saturating_sub(1);
                script[turn.min(last)](&mut connection);
            }
        });
        let endpoint = Endpoint::typed("--token-url", &format!("http://{address}/token?tenant=hunter3")).unwrap();
        Self { endpoint, requests }
    }

    /// A server that is not there.
    pub(super) fn nowhere() -> Self {
        let endpoint = Endpoint::typed("--token-url", "http://127.0.0.1:1/").unwrap();
        Self { endpoint, requests: channel().1 }
    }

    /// The requests so far.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.try_iter().collect()
    }

    /// The same server as messages name it.
    pub(super) fn origin(&self) -> &str {
        self.endpoint.origin()
    }
}

/// A transport that has this long.
pub(super) fn transport(timeout: Duration) -> Transport {
    Transport::new(Trust::default(), None, None, Deadline::new(monotonic(), timeout))
}

/// The head of a request and as much body as it announces; what is no HTTP is taken as it comes.
fn request(connection: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let announced = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= announced.map_or(0, |length| length.parse().unwrap()) {
                return text;
            }
        }
        match connection.read(&mut chunk) {
            Ok(0) | Err(_) => return text,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}

/// Answers with these bytes.
pub(super) fn raw(bytes: impl Into<Vec<u8>>) -> Step {
    let bytes = bytes.into();
    Box::new(move |connection| {
        let _ = connection.write_all(&bytes);
    })
}

/// Answers with a status, further header lines and a body.
pub(super) fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Step {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    raw([head.as_bytes(), body].concat())
}

/// Answers with JSON.
pub(super) fn json(status: u16, body: &str) -> Step {
    answer(status, "content-type: application/json\r\n", body)
}

/// Says nothing for longer than any test lasts.
pub(super) fn silence() -> Step {
    Box::new(|_| thread::sleep(Duration::from_secs(60)))
}

/// Writes `head`, then a byte every so often, without an end.
pub(super) fn drip(head: &'static str, byte: u8) -> Step {
    Box::new(move |connection| {
        let _ = connection.write_all(head.as_bytes());
        while connection.write_all(&[byte]).is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    })
}

/// Closes the connection with a reset.
pub(super) fn reset() -> Step {
    Box::new(|connection| {
        let linger = rustix::net::sockopt::set_socket_linger(&*connection, Some(Duration::ZERO));
        linger.unwrap();
    })
}
