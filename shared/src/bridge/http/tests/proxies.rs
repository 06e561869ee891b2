//! The way through proxies.
#![expect(clippy::disallowed_methods, reason = "the proxies of tests connect to the servers of tests")]

use std::sync::Arc;

use rustls::{ServerConnection, StreamOwned};

use super::tls::Certificates;
use super::*;

/// How a proxy answers the first bytes of a client, and then connects to where it says.
type Greet = fn(&mut TcpStream) -> Option<String>;

/// A proxy that tunnels each connection that `greet` finds right.
fn proxy(greet: Greet) -> Server {
    Server::new(move |accepted| {
        let Some(target) = greet(&mut accepted.stream) else { return };
        accepted.requests.send((accepted.number, target.clone())).unwrap();
        let outer = TcpStream::connect(target).unwrap();
        tunnel(accepted.stream.try_clone().unwrap(), outer);
    })
}

fn tunnel(mut inner: TcpStream, mut outer: TcpStream) {
    let (mut from, mut to) = (inner.try_clone().unwrap(), outer.try_clone().unwrap());
    thread::spawn(move || std::io::copy(&mut from, &mut to));
    let _ = std::io::copy(&mut outer, &mut inner);
    let _ = inner.shutdown(std::net::Shutdown::Both);
}

fn connect(stream: &mut (impl Read + Write)) -> Option<String> {
    let head = read_request(stream)?;
    if !head.contains("\r\nProxy-Authorization: Basic bWU6aHVudGVyMjo=\r\n") {
        stream.write_all(b"HTTP/1.1 407 X\r\ncontent-length: 4\r\n\r\nno\r\n").unwrap();
        return None;
    }
    stream.write_all(b"HTTP/1.1 200 X\r\nvia: a\r\n\r\n").unwrap();
    Some(head.strip_prefix("CONNECT ")?.split_once(' ')?.0.to_owned())
}

fn read<const N: usize>(stream: &mut TcpStream) -> [u8; N] {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

fn socks_4(stream: &mut TcpStream) -> Option<String> {
    let [4, 1, high, low, 127, 0, 0, 1, 0] = read(stream) else { return None };
    stream.write_all(&[0, 90, 0, 0, 0, 0, 0, 0]).unwrap();
    Some(format!("127.0.0.1:{}", u16::from_be_bytes([high, low])))
}

fn socks_5(stream: &mut TcpStream) -> Option<String> {
    assert_eq!(read(stream), [5, 2, 2, 0]);
    stream.write_all(&[5, 2]).unwrap();
    assert_eq!(&read(stream), b"\x01\x02me\x08hunter2:");
    stream.write_all(&[1, 0]).unwrap();
    let [5, 1, 0, 1, 127, 0, 0, 1, high, low] = read(stream) else { return None };
    stream.write_all(&[5, 0, 0, 3, 1, b'h', 0, 0]).unwrap();
    Some(format!("127.0.0.1:{}", u16::from_be_bytes([high, low])))
}

fn at(url: &str) -> Proxy {
    Proxy::parse("https_proxy", url, None).unwrap()
}

#[test]
fn each_kind_of_proxy_connects() {
    let certificates = Certificates::new();
    for (scheme, greet) in [
        ("http", connect as Greet),
        ("socks5", socks_5),
        ("socks5h", socks_5),
        ("socks", socks_5),
        ("socks4", socks_4),
        ("socks4a", socks_4),
    ] {
        let server = certificates.serve("good", true, rustls::ALL_VERSIONS);
        let proxy = proxy(greet);
        let url = format!("{scheme}://me:hunter2%3A@127.0.0.1:{}", proxy.port);
        let client = certificates.client(&server, Some(at(&url)), Some(certificates.files("first"))).unwrap();
        let shown = if scheme == "http" { "http" } else { "socks" };
        assert_eq!(client.through(), format!(" through {shown}://127.0.0.1:{}", proxy.port));
        run(async {
            for _ in 0..2 {
                assert_eq!(exchange(&client).await, Ok((200, "first".to_owned())), "{scheme}");
            }
        });
        let target = format!("127.0.0.1:{}", server.port);
        assert_eq!(proxy.requests.try_iter().collect::<Vec<_>>(), [(0, target)], "{scheme}");
    }
}

#[test]
fn a_proxy_in_tls_never_sees_our_certificate() {
    let certificates = Certificates::new();
    let server = certificates.serve("good", true, rustls::ALL_VERSIONS);
    // It would take one.
    let config = certificates.config("good", false, rustls::ALL_VERSIONS);
    let proxy = Server::new(move |accepted| {
        let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut inner = StreamOwned::new(tls, accepted.stream.try_clone().unwrap());
        let target = connect(&mut inner).unwrap();
        assert!(inner.conn.peer_certificates().is_none());
        let mut outer = TcpStream::connect(target).unwrap();
        // One direction after the other is enough for a handshake and a request.
        for end in [&inner.sock, &outer] {
            end.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        }
        let mut portion = [0; 4096];
        loop {
            match inner.read(&mut portion) {
                Ok(0) => return,
                Ok(read) => outer.write_all(&portion[..read]).unwrap(),
                Err(_) => {}
            }
            match outer.read(&mut portion) {
                Ok(0) => return,
                Ok(read) => inner.write_all(&portion[..read]).unwrap(),
                Err(_) => {}
            }
        }
    });
    let url = format!("https://me:hunter2%3A@127.0.0.1:{}", proxy.port);
    let client = certificates.client(&server, Some(at(&url)), Some(certificates.files("first"))).unwrap();
    assert_eq!(run(exchange(&client)), Ok((200, "first".to_owned())));
}

#[test]
fn what_a_proxy_refuses_was_not_written() {
    let certificates = Certificates::new();
    let server = certificates.serve("good", false, rustls::ALL_VERSIONS);
    let password = "set https_proxy to the URL of the proxy with a user name and a password that it accepts";
    let check = "check the URL, the network and the proxy, then try again";
    for (scheme, answer, cause, remedy) in [
        ("http", b"HTTP/1.1 407 Who\r\n\r\n".as_slice(), "the proxy asks for a user name and a password", password),
        ("http", b"HTTP/1.1 403 No\r\n\r\nno", "the proxy did not connect to it (HTTP 403)", check),
        ("http", b"HTTP/1.1 502 No\r\nx: ", "the proxy did not connect to it (HTTP 502)", check),
        ("http", b"SSH-2.0-OpenSSH\r\n", "the proxy does not speak HTTP", check),
        ("http", b"HTTP/1.1 200 X\r\n\r\n{}", "the proxy does not speak HTTP", check),
        ("http", b"", "the proxy does not speak HTTP", check),
        (
            "https",
            b"HTTP/1.1 200 X\r\n\r\n",
            "TLS with the proxy failed: it does not speak TLS",
            "check the URL and its port",
        ),
        ("socks5h", b"", "the proxy closed the connection", check),
        ("socks5h", b"\x05\xff", "the proxy asks for a user name and a password, or another proof", check),
        ("socks5h", b"\x05\x00\x05\x02\x00\x01\0\0\0\0\0\0", "the proxy does not permit the connection", check),
        ("socks5h", b"\x05\x00\x05\x05\x00\x01\0\0\0\0\0\0", "the proxy was refused the connection", check),
        ("socks5h", b"HTTP/1.1 400 X\r\n\r\n", "the proxy does not speak SOCKS", check),
        ("socks4", b"\x00\x5b\0\0\0\0\0\0", "the proxy did not connect to it", check),
    ] {
        let proxy = Server::new(move |accepted| {
            let _ = accepted.stream.read(&mut [0; 1024]);
            let _ = accepted.stream.write_all(answer);
            let _ = accepted.stream.shutdown(std::net::Shutdown::Write);
            while accepted.stream.read(&mut [0; 1024]).is_ok_and(|read| read > 0) {}
        });
        let client =
            certificates.client(&server, Some(at(&format!("{scheme}://127.0.0.1:{}", proxy.port))), None).unwrap();
        let SendError { failure, written } = run(exchange(&client)).unwrap_err();
        assert_eq!(
            (failure.kind, &*failure.cause, failure.remedy, written),
            (Kind::Proxy, cause, remedy, false),
            "{scheme}"
        );
        assert_eq!(server.connections(), [0; 0]);
    }
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = certificates.client(&server, Some(at(&format!("http://{nobody}"))), None).unwrap();
    let failure = run(exchange(&client)).unwrap_err().failure;
    assert_eq!((failure.kind, &*failure.cause), (Kind::Proxy, "connection refused"));
}

#[test]
fn a_host_without_proxy_and_one_on_this_machine_are_reached_directly() {
    let certificates = Certificates::new();
    let server = certificates.serve("good", false, rustls::ALL_VERSIONS);
    let except = Proxy::parse("https_proxy", "http://127.0.0.1:1", Some("127.0.0.0/8")).unwrap();
    let client = certificates.client(&server, Some(except), None).unwrap();
    assert_eq!((run(exchange(&client)), client.through()), (Ok((200, "nobody".to_owned())), String::new()));
    let plain = Server::answering(OK);
    let way = Way {
        url: &plain.url(),
        trust: Trust::default(),
        proxy: Some(at("http://127.0.0.1:1")),
        certificate: None,
        connect_timeout: LONG,
        redactor: Rc::default(),
    };
    assert_eq!(run(exchange(&Client::new(way).unwrap())), ok());
}
