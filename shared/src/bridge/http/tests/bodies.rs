//! Bodies of answers as they come.

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn encoded(encoding: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

#[test]
fn gzip_is_decoded_though_nobody_asked_for_it() {
    let text = "{\"a\":\"".to_owned() + &"b".repeat(900_000) + "\"}";
    let whole = gzip(text.as_bytes());
    let two = [gzip(b"{\"a\":"), gzip(b"1}")].concat();
    for (encoding, body, expected) in [
        ("gzip", whole.clone(), text.as_str()),
        ("X-Gzip", two, "{\"a\":1}"),
        ("identity, gzip", gzip(b"{}"), "{}"),
        ("identity", b"{}".to_vec(), "{}"),
        ("gzip", Vec::new(), ""),
    ] {
        let server = Server::answering(encoded(encoding, &body));
        let client = server.client();
        run(async {
            for _ in 0..2 {
                assert!(exchange(&client).await == Ok((200, expected.to_owned())), "{encoding}");
            }
        });
        assert_eq!(server.connections(), [0, 0], "{encoding}");
    }
    let cut = whole.get(..whole.len() / 2).unwrap();
    for (encoding, body, cause) in [
        ("gzip", cut, "its gzip is damaged"),
        ("gzip", b"{\"a\":1}".as_slice(), "its gzip is damaged"),
        ("br", b"{}".as_slice(), "its content encoding is not supported"),
        ("gzip, gzip", b"{}".as_slice(), "its content encoding is not supported"),
    ] {
        let server = Server::answering(encoded(encoding, body));
        let failure = run(exchange(&server.client())).unwrap_err().failure;
        assert_eq!((failure.kind, &*failure.cause), (Kind::Encoding, cause), "{encoding}");
    }
}

#[test]
fn a_small_body_does_not_become_a_large_one_at_once() {
    let bomb = gzip(&vec![0; 64 << 20]);
    let server = Server::answering(encoded("gzip", &bomb));
    let client = server.client();
    run(async {
        let mut answer = client.send(&post(), Lane::Request).await.unwrap();
        let mut largest = 0;
        while let Some(chunk) = answer.body.chunk().await {
            largest = largest.max(chunk.unwrap().len());
        }
        assert!((1..1 << 19).contains(&largest), "{largest}");
        let body = client.send(&post(), Lane::Request).await.unwrap().body;
        let failure = body.collect(1 << 20, &Budget::default()).await.unwrap_err();
        assert_eq!((failure.kind, &*failure.cause), (Kind::TooLarge, "it is larger than 1048576 bytes"));
    });
}

#[test]
fn a_chunk_is_there_as_soon_as_it_came() {
    let (sender, steps) = channel::<()>();
    let steps = std::sync::Mutex::new(steps);
    let server = Server::new(move |accepted| {
        accepted.request();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        accepted.answer("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n");
        for event in ["data: 1\n\n", "data: 2\n\n"] {
            encoder.write_all(event.as_bytes()).unwrap();
            encoder.flush().unwrap();
            let chunk = std::mem::take(encoder.get_mut());
            let _ = accepted.stream.write_all(&[format!("{:x}\r\n", chunk.len()).as_bytes(), &chunk, b"\r\n"].concat());
            let _ = steps.lock().unwrap().recv();
        }
    });
    let client = server.client();
    run(async {
        let mut answer = client.send(&post(), Lane::Stream).await.unwrap();
        for event in ["data: 1\n\n", "data: 2\n\n"] {
            assert_eq!(answer.body.chunk().await.unwrap().unwrap(), event);
            sender.send(()).unwrap();
        }
    });
}

#[test]
fn beyond_the_budget_only_the_oldest_body_is_read() {
    let budget = Budget::default();
    run(async {
        // One that has nothing yet is not the oldest, however long it waits for its first byte.
        let (idle, mut first, mut second, third) = (budget.share(), budget.share(), budget.share(), budget.share());
        first.set(1 << 20);
        second.set(24 << 20);
        first.has_room().await;
        first.set(2 << 20);
        first.has_room().await;
        let short = Duration::from_millis(20);
        assert!(timeout(short, second.has_room()).await.is_err());
        assert!(timeout(short, idle.has_room()).await.is_err());
        // What an event stream gives back when an event is whole.
        second.set(21 << 20);
        idle.has_room().await;
        second.set(24 << 20);
        // One that stalls is passed over, until it goes on.
        timeout(Duration::from_secs(5), second.has_room()).await.unwrap();
        assert!(timeout(short, third.has_room()).await.is_err());
        first.set(3 << 20);
        assert!(timeout(short, second.has_room()).await.is_err());
        drop(first);
        second.has_room().await;
        assert!(timeout(short, third.has_room()).await.is_err());
        drop(second);
        third.has_room().await;
    });
}
