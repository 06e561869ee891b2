//! A server that knows each body that it is to be sent, and the answer to it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

pub(super) struct Server {
    pub(super) url: String,
    state: Arc<State>,
}

struct State {
    /// The answer to each body that has not come.
    answers: Mutex<HashMap<String, Vec<u8>>>,
    /// Bodies that are none of those.
    strays: Mutex<Vec<String>>,
}

impl Server {
    /// Answers each of these bodies once.
    pub(super) fn start(answers: HashMap<String, Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/mcp", listener.local_addr().expect("its address"));
        let state = Arc::new(State { answers: Mutex::new(answers), strays: Mutex::default() });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(&stream, &state));
            }
        });
        Self { url, state }
    }

    /// Fails with what was altered, where a body is none that the client wrote.
    #[track_caller]
    pub(super) fn assert_no_other_came(&self, seed: &str) {
        let (strays, rest) = (self.state.strays.lock().unwrap(), self.state.answers.lock().unwrap());
        if let Some(stray) = strays.first() {
            panic!("{seed}: the server was sent\n{stray:.2000}\nand not\n{:.2000}", nearest(stray, rest.keys()));
        }
    }

    /// Fails as well where a body did not come.
    #[track_caller]
    pub(super) fn assert_all_came(&self, seed: &str) {
        self.assert_no_other_came(seed);
        let rest = self.state.answers.lock().unwrap();
        let one = nearest("", rest.keys());
        assert!(rest.is_empty(), "{seed}: {} messages are not at the server, one of them\n{one:.2000}", rest.len());
    }
}

/// The text that has the longest beginning in common with `text`.
pub(super) fn nearest<'t>(text: &str, all: impl Iterator<Item = &'t String>) -> String {
    let common = |other: &&String| text.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    all.max_by_key(common).cloned().unwrap_or_default()
}

/// Serves the requests of one connection.
fn serve(stream: &TcpStream, state: &State) {
    stream.set_nodelay(true).expect("a socket");
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some(body) = read(&mut reader) {
        let known = state.answers.lock().unwrap().remove(&body);
        let answer = known.unwrap_or_else(|| {
            // A stream that has ended is asked for again.
            if body != "GET" {
                state.strays.lock().unwrap().push(body);
            }
            b"HTTP/1.1 405 Stray\r\nContent-Length: 0\r\n\r\n".to_vec()
        });
        // Two pieces, so that a reader cannot count on getting all at once.
        let (first, second) = answer.split_at(answer.len() / 2);
        if writer.write_all(first).and_then(|()| writer.write_all(second)).is_err() {
            return;
        }
        if answer.windows(19).take(400).any(|window| window == b"\r\nConnection: close") {
            return;
        }
    }
}

/// The body of the next request: of one without a body, its method.
fn read(reader: &mut impl BufRead) -> Option<String> {
    let lines = reader.by_ref().lines().map_while(Result::ok);
    let head: Vec<_> = lines.take_while(|line| !line.is_empty()).map(|line| line.to_ascii_lowercase()).collect();
    let method = head.first()?.split(' ').next()?.to_ascii_uppercase();
    let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let Some(length) = length else { return Some(method) };
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(String::from_utf8(body).expect("JSON is text"))
}
