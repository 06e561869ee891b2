//! The executable between a client and a server.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tempfile::TempDir;

use crate::exchange::Exchange;
use crate::message::Ids;
use crate::server::{Server, nearest};
use crate::wire::{Framing, http};

const EXECUTABLE: &str = env!("CARGO_BIN_EXE_hdr-bridge");

/// How long a line may take.
const LINE: Duration = Duration::from_secs(60);

/// What happens in one process.
pub(super) struct Script {
    pub(super) exchanges: Vec<Exchange>,
    /// The stream of the server's own messages, and the lines that they become.
    pub(super) stream: (Vec<u8>, Vec<String>),
    /// How to draw the same again, for messages.
    pub(super) seed: String,
}

impl Script {
    /// These exchanges, which were not drawn.
    pub(super) fn of(exchanges: Vec<Exchange>) -> Self {
        let none = http(405, "text/plain", b"", &Framing::Length);
        Self { exchanges, stream: (none, Vec::new()), seed: "not drawn".to_owned() }
    }

    /// Writes the lines of the client, and holds what comes of them against what should: the bodies at the server, and the
    /// lines of the bridge in any order.
    pub(super) fn assert_same(mut self) {
        self.exchanges.splice(0..0, beginning());
        let mut expected: HashMap<String, usize> = HashMap::new();
        let answers = self.exchanges.iter().flat_map(|exchange| &exchange.expected);
        answers.chain(&self.stream.1).for_each(|line| *expected.entry(line.clone()).or_default() += 1);
        let mut bodies: HashMap<_, _> =
            self.exchanges.iter().map(|exchange| (exchange.line.clone(), exchange.answer.clone())).collect();
        bodies.insert("GET".to_owned(), self.stream.0);
        let server = Server::start(bodies);
        let bridge = Bridge::start(&server.url, self.exchanges);
        let seed = &self.seed;
        while !expected.is_empty() {
            let Ok(line) = bridge.lines.recv_timeout(LINE) else {
                server.assert_all_came(seed);
                let one = nearest("", expected.keys());
                panic!("{seed}: {} lines are missing, one of them\n{one:.2000}\n{}", expected.len(), bridge.said());
            };
            let Some(count) = expected.get_mut(&line) else {
                server.assert_no_other_came(seed);
                let near = nearest(&line, expected.keys());
                panic!("{seed}: the client was sent\n{line:.2000}\nand not\n{near:.2000}\n{}", bridge.said());
            };
            *count -= 1;
            if *count == 0 {
                expected.remove(&line);
            }
        }
        assert_eq!(bridge.end(), (Vec::<String>::new(), String::new()), "{seed}: lines too many");
        server.assert_all_came(seed);
    }
}

/// The messages that begin a session.
fn beginning() -> [Exchange; 2] {
    let Ids { request, answer } = Ids::plain(0);
    let line = format!("{{\"jsonrpc\":\"2.0\",\"id\":{request},\"method\":\"initialize\",\"params\":{{}}}}");
    let text = format!("{{\"jsonrpc\":\"2.0\",\"id\":{answer},\"result\":{{\"protocolVersion\":\"2025-06-18\"}}}}");
    let answer = http(200, "application/json", text.as_bytes(), &Framing::Length);
    let initialized = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}".to_owned();
    [Exchange::of_request(line, answer, vec![text]), Exchange::of_notification(initialized)]
}

/// The executable that runs.
struct Bridge {
    child: Child,
    home: TempDir,
    /// Writes to stdin, and hands it back.
    writer: JoinHandle<std::process::ChildStdin>,
    lines: Receiver<String>,
}

impl Bridge {
    fn start(url: &str, exchanges: Vec<Exchange>) -> Self {
        let home = TempDir::new().expect("a temporary HOME");
        let name = Path::new(EXECUTABLE).file_name().expect("a name");
        let executable =
            std::env::var_os("HDR_BIN").map_or_else(|| EXECUTABLE.into(), |folder| Path::new(&folder).join(name));
        let mut child = Command::new(executable)
            .arg(url)
            .env_clear()
            .env("HOME", home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(home.path().join("stderr")).expect("a file"))
            .spawn()
            .expect("the bridge starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let writer = thread::spawn(move || {
            for Exchange { line, end, .. } in exchanges {
                if stdin.write_all((line + end).as_bytes()).is_err() {
                    break;
                }
            }
            stdin
        });
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let mut line = Vec::new();
            while stdout.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                let text = String::from_utf8(std::mem::take(&mut line)).expect("JSON is text");
                // A line without its end is no line.
                let text = text.strip_suffix('\n').map_or_else(|| format!("{text}<no LF>"), str::to_owned);
                if sender.send(text).is_err() {
                    return;
                }
            }
        });
        Self { child, home, writer, lines }
    }

    /// What it has said on stderr.
    fn said(&self) -> String {
        said(&self.home)
    }

    /// Closes stdin; returns what comes then, and what it has said.
    fn end(mut self) -> (Vec<String>, String) {
        drop(self.writer.join().expect("stdin"));
        let rest = self.lines.iter().collect();
        assert!(self.child.wait().expect("its end").success());
        (rest, said(&self.home))
    }
}

fn said(home: &TempDir) -> String {
    fs::read_to_string(home.path().join("stderr")).expect("a file")
}
