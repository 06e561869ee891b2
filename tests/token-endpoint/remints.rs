//! What a client gets that came back, where no other token is to be had.

use std::time::{Duration, Instant};

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::script::{gives, json, scripted, silence, wait_for};
use crate::{Home, credentials, headers};

#[test]
fn a_server_that_is_down_does_not_take_the_token_away() {
    let home = Home::new();
    let endpoint = scripted(vec![gives(0), json(503, "{}"), gives(2)]);
    let claude = Client::claude(&home, &credentials(&endpoint.url()));
    claude.ask("").prints(0);
    claude.ask("--timeout 100ms").prints_warning(
        0,
        &format!(
            "the cached token is served because no new one was issued: {} is not available: it answered 503; try again later",
            endpoint.origin()
        ),
    );
    claude.ask("").prints(2);
}

#[test]
fn the_same_token_again_comes_with_a_warning() {
    let home = Home::new();
    let endpoint = scripted(vec![gives(0)]);
    let claude = Client::claude(&home, &credentials(&endpoint.url()));
    claude.ask("").prints(0);
    let warning = "the same token is served again: the authorization server issued the same token again; it may have been refused";
    claude.ask("").prints_warning(0, warning);
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn a_refusal_is_final_for_a_client_that_comes_back() {
    let home = Home::new();
    let endpoint = scripted(vec![gives(0), json(400, r#"{"error":"invalid_client"}"#)]);
    let url = endpoint.url();
    let [claude, other] = [(); 2].map(|()| Client::claude(&home, &credentials(&url)));
    claude.ask("").prints(0);
    claude.ask("").fails(
        4,
        &format!(
            "{} refused the token request: it answered 400 (invalid_client); check --client-id (abc was sent), --client-secret and --client-auth (basic was used; some servers require --client-auth post)",
            endpoint.origin()
        ),
    );
    // It may still be good for others.
    other.ask("").prints(0);
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn after_six_tokens_in_ten_minutes_it_is_the_server_that_is_down() {
    let home = Home::new();
    let endpoint = Endpoint::minting();
    let claude = Client::claude(&home, &credentials(&endpoint.url()));
    for number in 0..7 {
        claude.ask("").prints(number);
    }
    for _ in 0..2 {
        claude.ask("").prints_warning(
            6,
            "the cached token is served although the client retried: it retried six times in ten \
             minutes and got a new token each time; check the MCP server",
        );
    }
    assert_eq!(endpoint.requests().len(), 7);
}

#[test]
fn nobody_with_a_token_waits_for_a_client_that_came_back() {
    let home = Home::new();
    let endpoint = scripted(vec![gives(0), silence()]);
    let url = endpoint.url();
    let [claude, other] = [(); 2].map(|()| Client::claude(&home, &credentials(&url)));
    claude.ask("").prints(0);
    let hangs = claude.begin("--timeout 1500ms");
    wait_for(&endpoint, 2);
    let started_at = Instant::now();
    other.ask("").prints(0);
    home.asking(&url).run().prints(&headers(0));
    assert!(started_at.elapsed() < Duration::from_millis(700), "{:?}", started_at.elapsed());
    hangs.end().prints_warning(
        0,
        &format!(
            "the cached token is served because no new one was issued: {} did not answer: the 1500 ms of --timeout ended \
             before its answer was complete; try again, or raise --timeout",
            endpoint.origin()
        ),
    );
}
