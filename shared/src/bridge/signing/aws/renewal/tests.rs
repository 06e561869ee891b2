use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::LocalSet;

use super::*;
use crate::error::Report;
use crate::sign::sigv4::Credentials;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000_i64.saturating_add(seconds), 0).unwrap()
}

/// Credentials that end at this second, if they do.
fn exported(end: Option<i64>) -> Exported {
    let credentials = Credentials {
        access_key_id: "AKID".to_owned(),
        secret_access_key: Secret::new(b"s".to_vec()),
        session_token: Some(Secret::new(b"t".to_vec())),
    };
    Exported { credentials, expires_at: end.map(at) }
}

fn error() -> Error {
    Error::Secret(Report::of("--command", " failed", "it is out of order", "mend it"))
}

fn failure() -> AuthFailure {
    AuthFailure::of("", &error())
}

/// The second at which credentials that were read at 0 and end at `end` are read again.
fn due(end: Option<i64>) -> Option<i64> {
    let mut state = State::default();
    assert!(state.is_due(at(0)));
    assert_eq!(state.finish(Ok(exported(end)), at(0)), Ok(None));
    (0..4000).find(|second| state.is_due(at(*second)))
}

#[test]
fn they_are_read_again_before_their_end_but_not_for_each_request() {
    assert_eq!(due(Some(3600)), Some(3300));
    assert_eq!(due(Some(240)), Some(120));
    assert_eq!(due(Some(12)), Some(10));
    assert_eq!(due(Some(4)), Some(4));
    assert_eq!(due(Some(-1)), Some(30));
    assert_eq!(due(None), None);
}

#[test]
fn what_still_serves_is_used_when_it_cannot_be_renewed() {
    let mut state = State::default();
    assert_eq!(state.finish(Err(failure()), at(0)), Err(failure()));
    state.finish(Ok(exported(Some(3600))), at(0)).unwrap();
    let warning = "requests are signed with credentials that could not be renewed: --command failed: it is out of order; \
                   mend it";
    assert_eq!(state.finish(Err(failure()), at(3300)), Ok(Some(warning.to_owned())));
    assert_eq!((state.is_due(at(3329)), state.is_due(at(3330))), (false, true));
    assert_eq!(state.finish(Err(failure()), at(3595)), Ok(Some(warning.to_owned())));
    assert_eq!((state.is_due(at(3599)), state.is_due(at(3600))), (false, true));
    assert_eq!(state.finish(Err(failure()), at(3600)), Err(failure()));
    assert_eq!(state.known(2, at(3600)), Some(Err(failure())), "it came before that reading ended");
    assert_eq!(state.known(5, at(3600)), None);
}

#[test]
fn after_refusals_they_are_read_three_times_a_minute() {
    let mut state = State::default();
    state.finish(Ok(exported(None)), at(0)).unwrap();
    for second in 0..3 {
        assert_eq!(state.known(9, at(second)), Some(Ok(())));
        state.is_refused = true;
        assert_eq!(state.known(9, at(second)), None);
        state.finish(Ok(exported(None)), at(second)).unwrap();
    }
    state.is_refused = true;
    let too_often = AuthFailure::too_often(3, "minute", Duration::from_secs(57));
    assert_eq!(state.known(9, at(3)), Some(Err(too_often)));
    assert_eq!(state.known(9, at(60)), None);
}

/// How often they are read for 20 requests at once, and what these come to.
fn readings(read: impl Fn() -> Result<Exported, Error> + Send + Sync + 'static) -> (usize, Vec<bool>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let reader = Reader::new(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        read()
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let results = LocalSet::new().block_on(&runtime, async move {
        let renewer = Renewer::new(reader, None);
        // It is given up while it waits for the reading, which goes on.
        tokio::select! { biased; _ = renewer.renew() => {}, () = tokio::task::yield_now() => {} }
        let all = (0..20).map(|_| {
            let renewer = renewer.clone();
            spawn_local(async move { renewer.renew().await.is_ok() })
        });
        let mut results = Vec::new();
        for one in all.collect::<Vec<_>>() {
            results.push(one.await.unwrap());
        }
        results
    });
    (count.load(Ordering::Relaxed), results)
}

#[test]
fn requests_at_once_share_a_reading_and_its_failure() {
    assert_eq!(readings(|| Ok(exported(None))), (1, vec![true; 20]));
    assert_eq!(readings(|| Err(error())), (1, vec![false; 20]));
}
