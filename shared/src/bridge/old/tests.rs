use std::future::Future;

use hyper::body::Bytes;
use tokio::runtime;
use tokio::task::{LocalSet, spawn_local, yield_now};

use super::*;

fn run(future: impl Future<Output = ()>) {
    LocalSet::new().block_on(&runtime::Builder::new_current_thread().build().unwrap(), future);
}

fn transport(choice: TransportChoice) -> OldTransport {
    OldTransport::new(choice, Duration::ZERO)
}

fn open(old: &OldTransport) {
    old.open("http://127.0.0.1/messages".to_owned(), spawn_local(async {}));
}

fn answer(id: usize) -> Message {
    Message::parse(Bytes::from(format!(r#"{{"id":{id},"result":{{}}}}"#))).unwrap()
}

#[test]
fn it_is_tried_by_the_choice_and_kept_once_it_was_spoken() {
    run(async {
        for (choice, may_be_tried, is_complete) in [
            (TransportChoice::Auto, true, true),
            (TransportChoice::Http, false, true),
            (TransportChoice::Sse, false, false),
        ] {
            let old = transport(choice);
            assert_eq!((old.may_be_tried(), old.is_complete(), old.is_open()), (may_be_tried, is_complete, false));
            open(&old);
            assert!(old.is_complete() && old.is_open() && !old.may_be_tried());
            assert_eq!(old.endpoint().as_deref(), Some("http://127.0.0.1/messages"));
            old.close();
            // Its stream has to be opened again.
            assert!(!old.is_complete() && !old.is_open() && !old.may_be_tried() && old.endpoint().is_none());
        }
    });
}

#[test]
fn answers_of_our_own_are_kept_until_they_are_fetched() {
    run(async {
        let old = transport(TransportChoice::Sse);
        open(&old);
        for id in 0..17 {
            old.keep(answer(id));
        }
        let id = |number: usize| Id::parse(&number.to_string()).unwrap();
        assert_eq!(old.answer(&id(16), old.stream()).await.unwrap().text(), answer(16).text());
        // Of too many the oldest is lost, and none is there twice.
        let stream = old.stream();
        let fetch = async { [old.answer(&id(0), stream).await.is_err(), old.answer(&id(16), stream).await.is_err()] };
        let end = async {
            yield_now().await;
            old.keep(answer(99));
            yield_now().await;
            old.close();
        };
        assert_eq!(tokio::join!(fetch, end).0, [true, true]);
        // What came before the end is there.
        assert_eq!(old.answer(&id(99), stream).await.unwrap().text(), answer(99).text());
    });
}

#[test]
fn the_end_of_the_stream_is_told_to_all_who_wait() {
    run(async {
        let old = transport(TransportChoice::Auto);
        old.broken(None).await;
        open(&old);
        let end = async {
            yield_now().await;
            old.close();
        };
        let stream = old.stream();
        tokio::join!(old.broken(stream), old.broken(stream), end);
    });
}

#[test]
fn a_stream_that_was_replaced_has_ended() {
    run(async {
        let old = transport(TransportChoice::Auto);
        open(&old);
        let first = old.stream();
        old.abandon();
        assert_eq!((first, old.stream()), (Some(1), None));
        open(&old);
        assert_eq!(old.stream(), Some(2));
        old.broken(first).await;
        assert!(old.answer(&Id::parse("1").unwrap(), first).await.is_err());
        tokio::select! {
            biased;
            () = old.broken(old.stream()) => panic!("it is open"),
            () = yield_now() => {}
        }
    });
}
