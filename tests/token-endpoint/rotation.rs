//! An authorization server that replaces a refresh token whenever it is used.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::Home;
use crate::common::Helper;
use crate::endpoint::{Endpoint, reply};

/// The tokens that it issues are numbered: `token-3` comes with `refresh-3`. `refresh-0` stands in the user's file.
pub(crate) struct Rotating {
    pub(crate) endpoint: Endpoint,
    book: Arc<Mutex<Book>>,
}

/// What it has issued and been shown, in that order.
#[derive(Default)]
struct Book {
    issued: usize,
    presented: Vec<usize>,
}

/// How it behaves.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    /// It takes a refresh token that is not the newest one for theft.
    pub(crate) strict: bool,
    /// How long it takes before it issues, and again before it answers.
    pub(crate) pause: Duration,
    /// How many seconds the first token lives. Others live for an hour.
    pub(crate) first_life: u64,
}

impl Rotating {
    pub(crate) fn new(manner: Manner) -> Self {
        let book = Arc::new(Mutex::new(Book::default()));
        let kept = Arc::clone(&book);
        let endpoint = Endpoint::new(move |_, request, connection| {
            // Whoever was killed has sent half of it, or nothing.
            let Some(number) = number(request) else { return };
            thread::sleep(manner.pause);
            let mut book = kept.lock().unwrap();
            book.presented.push(number);
            if manner.strict && number != book.issued {
                reply(connection, 400, r#"{"error":"invalid_grant","error_description":"it was used before"}"#);
                return;
            }
            book.issued += 1;
            let issued = book.issued;
            drop(book);
            thread::sleep(manner.pause);
            let life = if issued == 1 { manner.first_life } else { 3600 };
            let tokens = format!(r#""access_token":"token-{issued}","refresh_token":"refresh-{issued}""#);
            reply(connection, 200, &format!(r#"{{{tokens},"token_type":"Bearer","expires_in":{life}}}"#));
        });
        Self { endpoint, book }
    }

    /// The number of the newest token.
    pub(crate) fn issued(&self) -> usize {
        self.book.lock().unwrap().issued
    }

    /// The numbers of the refresh tokens that it was shown.
    pub(crate) fn presented(&self) -> Vec<usize> {
        self.book.lock().unwrap().presented.clone()
    }
}

/// The number of the refresh token in a request.
fn number(request: &str) -> Option<usize> {
    request.split_once("refresh_token=refresh-")?.1.split_once("&client_id=abc")?.0.parse().ok()
}

/// A HOME with `refresh-0`.
pub(crate) fn home() -> Home {
    let home = Home::new();
    home.write("refresh", "refresh-0\n");
    home
}

/// The arguments of a client that refreshes at `url`.
pub(crate) fn arguments(url: &str) -> [&str; 6] {
    ["--token-url", url, "--client-id", "abc", "--refresh-token", "file:~/refresh"]
}

/// The helper of a client that refreshes.
pub(crate) fn refreshing(home: &Home, server: &Rotating) -> Helper {
    home.helper().args(arguments(&server.endpoint.url()))
}
