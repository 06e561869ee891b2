//! Exchanges with servers on loopback that do what a script says.

mod bodies;
mod failures;
mod proxies;
mod reuse;
mod tls;

use std::future::Future;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use tokio::runtime;
use tokio::task::LocalSet;
use tokio::time::timeout;

use super::*;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async { timeout(LONG, future).await.expect("it ends") })
}

/// A server that takes one connection after the other, each in a thread.
struct Server {
    port: u16,
    /// What it read, as `NUMBER OF THE CONNECTION` and the request.
    requests: Receiver<(usize, String)>,
}

/// A connection that was accepted, and what was read from it.
struct Accepted {
    stream: TcpStream,
    number: usize,
    requests: std::sync::mpsc::Sender<(usize, String)>,
}

impl Server {
    fn new(serve: impl Fn(&mut Accepted) + Send + Sync + 'static) -> Self {
        #[expect(clippy::disallowed_methods, reason = "tests listen on loopback")]
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, requests) = channel();
        let serve = std::sync::Arc::new(serve);
        thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                let (serve, requests) = (std::sync::Arc::clone(&serve), sender.clone());
                thread::spawn(move || serve(&mut Accepted { stream, number, requests }));
            }
        });
        Self { port, requests }
    }

    /// One that answers each request with these bytes.
    fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::new(move |accepted| while accepted.request().is_some() && accepted.stream.write_all(&answer).is_ok() {})
    }

    fn url(&self) -> Endpoint {
        Endpoint::typed("URL", &format!("http://127.0.0.1:{}/mcp?a=b", self.port)).unwrap()
    }

    fn client(&self) -> Client {
        client(&self.url())
    }

    /// On which connections requests came.
    fn connections(&self) -> Vec<usize> {
        self.requests.try_iter().map(|(number, _)| number).collect()
    }
}

impl Accepted {
    /// The next request, as far as there is one.
    fn request(&mut self) -> Option<String> {
        let request = read_request(&mut self.stream)?;
        self.requests.send((self.number, request.clone())).ok()?;
        Some(request)
    }

    fn answer(&mut self, answer: &str) {
        let _ = self.stream.write_all(answer.as_bytes());
    }
}

/// The head of a request and as much body as it announces.
fn read_request(stream: &mut impl Read) -> Option<String> {
    let mut bytes = Vec::new();
    let mut portion = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let announced = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= announced.map_or(0, |length| length.parse().unwrap()) {
                return Some(text);
            }
        }
        let read = stream.read(&mut portion).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&portion[..read]);
    }
}

fn client(url: &Endpoint) -> Client {
    let way = Way {
        url,
        trust: Trust::default(),
        proxy: None,
        certificate: None,
        connect_timeout: LONG,
        redactor: Rc::default(),
    };
    Client::new(way).unwrap()
}

fn post() -> Request {
    Request {
        method: Method::POST,
        target: Target::parse("/mcp?a=b").unwrap(),
        headers: vec![(HeaderName::from_static("x-a"), HeaderValue::from_static("1"))],
        body: Some(Bytes::from_static(b"{\"id\":1}")),
        progress: None,
    }
}

/// The status and the whole body of an answer, or what failed.
async fn exchange(client: &Client) -> Result<(u16, String), SendError> {
    exchange_on(client, Lane::Request).await
}

async fn exchange_on(client: &Client, lane: Lane) -> Result<(u16, String), SendError> {
    let Answer { status, body, .. } = client.send(&post(), lane).await?;
    let body = body.collect(1 << 20, &Budget::default()).await;
    let body = body.map_err(|failure| SendError { failure, written: true })?;
    Ok((status, String::from_utf8(body.to_vec()).unwrap()))
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

#[expect(clippy::unnecessary_wraps, reason = "it is what an exchange is compared with")]
fn ok() -> Result<(u16, String), SendError> {
    Ok((200, "{}".to_owned()))
}

#[test]
fn a_request_is_written_as_it_is_given() {
    let server = Server::answering(OK);
    let client = server.client();
    let bytes = vec![b'a'; 300_000];
    let large = Request { body: Some(bytes.clone().into()), ..post() };
    let get = Request { method: Method::GET, body: None, ..post() };
    run(async {
        for request in [post(), large, get] {
            let answer = client.send(&request, Lane::Request).await.unwrap();
            assert_eq!(answer.status, 200);
            answer.body.collect(2, &Budget::default()).await.unwrap();
        }
    });
    let head = |method: &str, length: &str| {
        let host = format!("127.0.0.1:{}", server.port);
        let agent = concat!("hdr-bridge/", env!("CARGO_PKG_VERSION"));
        format!("{method} /mcp?a=b HTTP/1.1\r\nhost: {host}\r\nuser-agent: {agent}\r\nx-a: 1\r\n{length}\r\n")
    };
    let requests: Vec<_> = server.requests.try_iter().map(|(_, request)| request).collect();
    assert_eq!(requests[0], head("POST", "content-length: 8\r\n") + "{\"id\":1}");
    assert!(requests[1] == head("POST", "content-length: 300000\r\n") + &String::from_utf8(bytes).unwrap());
    assert_eq!(requests[2], head("GET", ""));
}

#[test]
fn a_target_is_that_of_the_url_byte_for_byte() {
    for (url, target) in [
        ("https://h", "/"),
        ("https://h/", "/"),
        ("https://h?a=%2f", "/?a=%2f"),
        ("https://h:8443/a//b/../%41?x=a|b&y", "/a//b/../%41?x=a|b&y"),
        ("https://[::1]/a/~b;c='d'(e)*!$,@:", "/a/~b;c='d'(e)*!$,@:"),
    ] {
        let Ok(url) = Endpoint::typed("URL", &url.replace('|', "%7C")) else { panic!("{url}") };
        assert_eq!(Target::of(url.as_str()).unwrap().as_str(), target.replace('|', "%7C"));
    }
    assert!(Target::parse("/a b").is_none() && Target::parse("/a#b").is_none());
}
