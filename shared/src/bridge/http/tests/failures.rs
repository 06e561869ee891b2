//! What fails, in words, and whether the request was written.

use super::*;

fn failed(result: Result<(u16, String), SendError>) -> (Kind, String, bool) {
    let SendError { failure, written } = result.unwrap_err();
    (failure.kind, format!("{}; {}", failure.cause, failure.remedy), written)
}

const TRY_AGAIN: &str = "check the URL, the network and the proxy, then try again";

#[test]
fn what_is_answered_otherwise_is_said_in_words() {
    let (many, few) = ("x: a\r\n".repeat(200), "x: a\r\n".repeat(199));
    let large = format!("x-a: {}\r\n", "a".repeat(64 << 10));
    let head = |fields: &str| format!("HTTP/1.1 200 OK\r\n{fields}content-length: 2\r\n\r\n{{}}");
    assert_eq!(run(exchange(&Server::answering(head(&few)).client())), ok());
    let half = format!("x-a: {}\r\n", "a".repeat(63 << 10));
    assert_eq!(run(exchange(&Server::answering(head(&half)).client())), ok());

    let another = "check the URL: another service may answer there";
    let plain = "check the URL: another service may answer there; write https:// if it speaks TLS";
    let limit = format!("its header is larger than 64 KiB, or has more than 200 fields; {another}");
    let early = format!("the connection was closed before its answer began; {TRY_AGAIN}");
    let short = format!("the connection was closed before the answer was complete; {TRY_AGAIN}");
    for (answer, kind, message) in [
        (head(&many), Kind::TooLarge, limit.clone()),
        (head(&large), Kind::TooLarge, limit),
        ("SSH-2.0-OpenSSH\r\n\r\n".to_owned(), Kind::NotHttp, format!("it is not HTTP; {plain}")),
        ("\u{15}\u{3}\u{3}\0\u{2}\u{2}(".to_owned(), Kind::NotHttp, format!("it is not HTTP; {plain}")),
        (String::new(), Kind::Closed, early.clone()),
        ("HTTP/1.1 200 OK\r\nconten".to_owned(), Kind::Closed, early),
        ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}".to_owned(), Kind::Closed, short.clone()),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n".to_owned(), Kind::Closed, short),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n".to_owned(),
            Kind::NotHttp,
            format!("its chunks are not those of HTTP; {another}"),
        ),
    ] {
        let shown: String = answer.chars().take(60).collect();
        let server = Server::new(move |accepted| {
            accepted.request();
            accepted.answer(&answer);
        });
        assert_eq!(failed(run(exchange(&server.client()))), (kind, message, true), "{shown}");
    }
}

#[test]
fn a_reset_after_the_request_may_have_been_carried_out() {
    let server = Server::new(|accepted| {
        accepted.request();
        rustix::net::sockopt::set_socket_linger(&accepted.stream, Some(Duration::ZERO)).unwrap();
    });
    let message = format!("the connection was reset; {TRY_AGAIN}");
    assert_eq!(failed(run(exchange(&server.client()))), (Kind::Closed, message, true));
}

#[test]
fn what_is_not_reached_was_not_written() {
    #[expect(clippy::disallowed_methods, reason = "a port that nobody listens on any more")]
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = |text: &str| Endpoint::typed("URL", text).unwrap();
    let refused = client(&url(&format!("http://127.0.0.1:{port}/")));
    let message = format!("connection refused; {TRY_AGAIN}");
    assert_eq!(failed(run(exchange(&refused))), (Kind::Refused, message, false));

    let nobody = client(&url("https://nobody.invalid/"));
    let message = format!("its name cannot be resolved; {TRY_AGAIN}");
    assert_eq!(failed(run(exchange(&nobody))), (Kind::Dns, message, false));
    // The failure of a preparation is that of the requests that wait for it, not of later ones.
    run(async {
        let preparing = refused.clone();
        let prepared = tokio::task::spawn_local(async move { preparing.prepare().await });
        tokio::task::yield_now().await;
        assert_eq!(failed(exchange(&refused).await).0, Kind::Refused);
        prepared.await.unwrap();
        assert_eq!(failed(exchange(&refused).await).0, Kind::Refused);
    });
}

#[test]
fn a_server_that_only_listens_is_not_waited_for() {
    // With a full backlog the system answers nobody.
    let socket = rustix::net::socket(rustix::net::AddressFamily::INET, rustix::net::SocketType::STREAM, None).unwrap();
    rustix::net::bind(&socket, &std::net::SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    rustix::net::listen(&socket, 0).unwrap();
    let listener = TcpListener::from(socket);
    let address = listener.local_addr().unwrap();
    let url = Endpoint::typed("URL", &format!("http://{address}/")).unwrap();
    let way = Way {
        url: &url,
        trust: Trust::default(),
        proxy: None,
        certificate: None,
        connect_timeout: Duration::from_millis(200),
        redactor: Rc::default(),
    };
    let client = Client::new(way).unwrap();
    #[expect(clippy::disallowed_methods, reason = "they fill the backlog")]
    let fill: Vec<_> = (0..3).map(|_| TcpStream::connect_timeout(&address, Duration::from_millis(100))).collect();
    let message = format!("it did not accept the connection in time; {TRY_AGAIN}");
    assert_eq!(failed(run(exchange(&client))), (Kind::ConnectTimeout, message, false));
    drop(fill);
}

#[test]
fn the_second_address_is_tried_when_the_first_refuses() {
    let server = Server::answering(OK);
    let address = |text: &str| -> std::net::SocketAddr { format!("{text}:{}", server.port).parse().unwrap() };
    run(async {
        // The server listens on the last one alone.
        let stream = dial::connect(vec![address("127.0.0.2"), address("127.0.0.3"), address("127.0.0.1")]).await;
        assert_eq!(stream.unwrap().peer_addr().unwrap(), address("127.0.0.1"));
        let error = dial::connect(vec![address("127.0.0.2"), address("127.0.0.3")]).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    });
}
