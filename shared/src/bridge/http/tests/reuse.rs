//! Which connections are used again.

use std::net::Shutdown;

use super::*;

fn ahead(client: &Client, milliseconds: u64) {
    client.0.pool.ahead.set(Duration::from_millis(milliseconds));
}

#[test]
fn a_connection_is_used_again_within_4_s() {
    let server = Server::answering(OK);
    let client = server.client();
    run(async {
        for _ in 0..3 {
            assert_eq!(exchange(&client).await, ok());
        }
        assert_eq!(server.connections(), [0, 0, 0]);
        ahead(&client, 3_500);
        assert_eq!(exchange(&client).await, ok());
        ahead(&client, 7_600);
        assert_eq!(exchange(&client).await, ok());
        assert_eq!(server.connections(), [0, 1]);
    });
}

#[test]
fn a_server_says_how_long_it_keeps_a_connection() {
    for (timeout, reused, not_reused) in [("timeout=30, max=100", 28_500, 29_100), ("max=5, Timeout=3", 1_500, 2_100)] {
        let server =
            Server::answering(format!("HTTP/1.1 200 OK\r\nkeep-alive: {timeout}\r\ncontent-length: 2\r\n\r\n{{}}"));
        let client = server.client();
        run(async {
            assert_eq!(exchange(&client).await, ok());
            // Each answer begins the time anew, by the real clock.
            for (later, connection) in [(reused, 0), (not_reused, 1)] {
                let kept = exchange(&client).await;
                assert_eq!(kept, ok(), "{timeout}");
                ahead(&client, later);
                assert_eq!(exchange(&client).await, ok(), "{timeout}");
                ahead(&client, 0);
                assert_eq!(server.connections().last(), Some(&connection), "{timeout} {later}");
            }
        });
    }
    let server = Server::answering("HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 2\r\n\r\n{}");
    let client = server.client();
    run(async {
        assert_eq!((exchange(&client).await, exchange(&client).await), (ok(), ok()));
        assert_eq!(server.connections(), [0, 1]);
    });
}

#[test]
fn lanes_do_not_share_connections() {
    let server = Server::answering(OK);
    let client = server.client();
    run(async {
        for lane in [Lane::Request, Lane::Other, Lane::Stream, Lane::Other, Lane::Request] {
            assert_eq!(exchange_on(&client, lane).await, ok());
        }
        assert_eq!(server.connections(), [0, 1, 2, 1, 0]);
    });
}

#[test]
fn a_connection_that_the_server_closed_is_not_used() {
    // Closed after the answer, and with bytes that nobody asked for.
    for end in ["", "HTTP/1.1 408 X\r\nconnection: close\r\n\r\n"] {
        let (sender, closed) = channel();
        let server = Server::new(move |accepted| {
            accepted.request();
            accepted.answer(OK);
            accepted.answer(end);
            accepted.stream.shutdown(Shutdown::Both).unwrap();
            sender.send(()).unwrap();
        });
        let client = server.client();
        run(async {
            for number in 0..20 {
                assert_eq!(exchange(&client).await, ok(), "{end} {number}");
                // The runtime gets no chance to see what has happened.
                closed.recv().unwrap();
            }
            assert_eq!(server.connections(), (0..20).collect::<Vec<_>>(), "{end}");
        });
    }
}

#[test]
fn a_connection_of_an_answer_that_was_not_read_is_closed() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n{}");
    let client = server.client();
    run(async {
        let answer = client.send(&post(), Lane::Request).await.unwrap();
        drop(answer);
        drop(client.send(&post(), Lane::Request).await.unwrap());
        assert_eq!(server.connections(), [0, 1]);
    });
}

#[test]
fn the_first_connection_can_be_made_ahead() {
    let server = Server::answering(OK);
    let client = server.client();
    run(async {
        client.prepare().await;
        assert_eq!(exchange(&client).await, ok());
        let preparing = client.clone();
        // One that waits for the preparation takes its connection.
        let prepared = tokio::task::spawn_local(async move { preparing.prepare().await });
        tokio::task::yield_now().await;
        assert_eq!(exchange(&client).await, ok());
        prepared.await.unwrap();
        client.close();
        assert_eq!(exchange(&client).await, ok());
    });
    assert_eq!(server.connections(), [0, 1, 2]);
}
