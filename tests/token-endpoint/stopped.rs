//! Runs that are stopped while they ask: waited for until their deadline, and harmless when they go on.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use crate::common::Helper;
use crate::rotation::{self, Manner, Rotating, refreshing};
use crate::script::{gives, later, scripted, silence, wait_for};
use crate::{Home, headers};

const NOT_CACHED: &str =
    "warning: the token is not cached: this run is past its deadline, and another run may have requested a token since";

/// The files in the cache.
fn cached(home: &Home) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(home.path().join(".cache/hdr")).unwrap().map(Result::unwrap);
    files.map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap())).collect()
}

/// Lets the helper write the number of its process into HOME.
fn telling_its_pid(helper: Helper) -> Helper {
    helper.through(["sh", "-c", "echo $$ >~/pid; exec \"$0\" \"$@\""])
}

/// What a run says that needs the lock of the one that has told its number.
fn names_process(home: &Home) -> String {
    let pid = std::fs::read_to_string(home.path().join("pid")).unwrap();
    let pid = pid.trim_end();
    format!(
        "another run holds a lock that this one needs: process {pid} is past its deadline, and is suspended or hangs; resume \
         it (kill -CONT {pid}), or end it"
    )
}

#[test]
fn one_of_those_who_wait_asks_after_the_deadline_of_a_run_that_was_stopped() {
    let home = Home::new();
    let endpoint = scripted(vec![later(300, gives(0)), later(300, gives(1)), gives(2)]);
    let stopped = home.asking(&endpoint.url()).args(["--timeout", "2s", "--on-reask", "mint"]).start();
    wait_for(&endpoint, 1);
    stopped.signal("STOP");
    let started_at = Instant::now();
    let others: Vec<_> = (0..20).map(|_| home.asking(&endpoint.url()).start()).collect();
    for other in others {
        other.finish().prints(&headers(1));
    }
    let waited = started_at.elapsed();
    assert!((Duration::from_millis(1500)..Duration::from_millis(4500)).contains(&waited), "{waited:?}");
    assert_eq!(endpoint.requests().len(), 2);

    let before = cached(&home);
    stopped.signal("CONT");
    stopped.finish().prints_saying(&headers(0), &[NOT_CACHED]);
    assert_eq!(cached(&home), before);
    home.asking(&endpoint.url()).run().prints(&headers(1));
    assert_eq!(endpoint.requests().len(), 2);
}

#[test]
fn a_run_that_was_stopped_remembers_no_refusal() {
    let home = Home::new();
    let refusal = crate::script::json(401, r#"{"error":"invalid_client"}"#);
    let endpoint = scripted(vec![later(300, refusal), gives(1)]);
    let stopped = home.asking(&endpoint.url()).args(["--timeout", "1s"]).start();
    wait_for(&endpoint, 1);
    stopped.signal("STOP");
    home.asking(&endpoint.url()).run().prints(&headers(1));
    let before = cached(&home);
    stopped.signal("CONT");
    assert_eq!(stopped.finish().code(), Some(4));
    assert_eq!(cached(&home), before);
}

#[test]
fn nobody_sends_the_refresh_token_of_a_run_that_was_stopped_and_its_successor_is_kept() {
    let home = rotation::home();
    let server = Rotating::new(Manner { strict: true, pause: Duration::from_millis(150), first_life: 3600 });
    let stopped = telling_its_pid(refreshing(&home, &server)).args(["--timeout", "2s"]).start();
    wait_for(&server.endpoint, 1);
    stopped.signal("STOP");
    let others: Vec<_> = (0..3).map(|_| refreshing(&home, &server).start()).collect();
    for other in others {
        let outcome = other.finish();
        outcome.fails(5, &names_process(&home));
        assert!(outcome.elapsed() < Duration::from_secs(5), "{:?}", outcome.elapsed());
    }
    // Of another scope is another token, by the same refresh token.
    refreshing(&home, &server).args(["--scope", "a"]).run().fails(5, &names_process(&home));
    assert_eq!(server.presented(), [0]);

    stopped.signal("CONT");
    stopped.finish().prints_saying(&headers(1), &[NOT_CACHED]);
    refreshing(&home, &server).run().prints(&headers(2));
    assert_eq!(server.presented(), [0, 1]);
}

#[test]
fn a_refresh_token_is_not_sent_by_a_run_that_was_stopped_before() {
    let home = rotation::home();
    let server = Rotating::new(Manner { strict: true, pause: Duration::ZERO, first_life: 3600 });
    // The program that tells the client's name is over after the deadline of the run that was stopped meanwhile.
    let slow = "{cmd:sh -c 'echo >~/started; sleep 0.5; echo x'}";
    let stopped = refreshing(&home, &server).args(["--timeout", "1500ms", "--param", &format!("x={slow}")]).start();
    let started =
        || (0..4000).any(|_| (thread::sleep(Duration::from_millis(2)), home.path().join("started").exists()).1);
    assert!(started());
    stopped.signal("STOP");
    thread::sleep(Duration::from_secs(2));
    stopped.signal("CONT");
    let outcome = stopped.finish();
    assert_eq!((outcome.code(), server.presented()), (Some(5), vec![]), "{}", outcome.stderr());
}

#[test]
fn runs_that_were_stopped_one_after_another_block_nobody() {
    let home = Home::new();
    let endpoint = scripted(vec![silence(), silence(), later(300, gives(2)), gives(3)]);
    let first = home.asking(&endpoint.url()).args(["--timeout", "1s"]).start();
    wait_for(&endpoint, 1);
    first.signal("STOP");
    let second = home.asking(&endpoint.url()).args(["--timeout", "3s"]).start();
    wait_for(&endpoint, 2);
    second.signal("STOP");
    let others: Vec<_> = (0..5).map(|_| home.asking(&endpoint.url()).start()).collect();
    for other in others {
        other.finish().prints(&headers(2));
    }
    assert_eq!(endpoint.requests().len(), 3);

    let before = cached(&home);
    // Those who waited have made a new lock.
    let mut endings = before.keys().filter_map(|name| Some(name.split_once('.')?.1));
    assert!(endings.all(|ending| ["lock", "token"].contains(&ending)), "{:?}", before.keys());
    for stopped in [second, first] {
        stopped.signal("CONT");
        assert_eq!(stopped.finish().code(), Some(5));
    }
    assert_eq!(cached(&home), before);
}

#[test]
fn runs_that_were_killed_block_nobody_whoever_they_took_over_from() {
    let home = Home::new();
    let endpoint = scripted(vec![silence(), silence(), gives(2), gives(3)]);
    let first = home.asking(&endpoint.url()).args(["--timeout", "1s"]).start();
    wait_for(&endpoint, 1);
    first.signal("STOP");
    let second = home.asking(&endpoint.url()).start();
    wait_for(&endpoint, 2);
    second.signal("KILL");
    second.finish().is_ended_by(9);
    let third = home.asking(&endpoint.url()).run();
    third.prints(&headers(2));
    assert!(third.elapsed() < Duration::from_secs(1), "{:?}", third.elapsed());
    first.signal("KILL");
    first.finish().is_ended_by(9);
    let fourth = home.asking(&endpoint.url()).arg("--fresh").run();
    fourth.prints(&headers(3));
    assert!(fourth.elapsed() < Duration::from_secs(1), "{:?}", fourth.elapsed());
}
