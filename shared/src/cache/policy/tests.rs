use super::*;
use crate::cache::entry::About;
use crate::os::user_key::Key;
use crate::secret::Secret;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_000_000_i64.saturating_add(seconds), 0).unwrap()
}

fn fingerprint(text: &str) -> Fingerprint {
    Fingerprint::of(&Key::of_bytes([0; 32]), &Secret::new(text.as_bytes().to_vec()))
}

fn process(pid: u32) -> Process {
    Process { pid, started: 1, boot: "b".to_owned() }
}

fn failure(kind: Kind, seconds: i64) -> Failure {
    Failure { kind, at: at(seconds), message: "invalid_client".to_owned() }
}

/// A token of an hour issued at 0, a run of client 1 that starts at the time it decides, nobody given anything.
struct Case {
    now: i64,
    started_at: i64,
    life: i64,
    min_life: Option<u64>,
    fresh: bool,
    refused: Option<&'static str>,
    answered: Option<(&'static str, TokenCheck)>,
    client: Option<Process>,
    server: &'static str,
    token: &'static str,
    issued: IssuedTokens,
    failure: Option<Failure>,
}

impl Case {
    fn at(now: i64) -> Self {
        Self {
            now,
            started_at: now,
            life: 3600,
            min_life: None,
            fresh: false,
            refused: None,
            answered: None,
            client: Some(process(1)),
            server: "server",
            token: "token",
            issued: IssuedTokens::default(),
            failure: None,
        }
    }

    /// Client 1 was given the token for the server at 100 and comes back at `now`.
    fn back_at(now: i64) -> Self {
        let mut case = Self::at(now);
        case.issued.note(&process(1), &fingerprint("server"), &fingerprint("token"), false, at(100));
        case
    }

    fn retried(mut self, times: impl IntoIterator<Item = i64>) -> Self {
        for time in times {
            self.issued.note_retry(&process(1), &fingerprint("server"), at(time));
        }
        self
    }

    fn decide(&self) -> Decision {
        let header = Header::new(About::default(), at(0), at(self.life));
        let [token, server] = [self.token, self.server].map(fingerprint);
        let refused = self.refused.map(fingerprint);
        let answered = self.answered.map(|(token, answered)| (fingerprint(token), answered));
        let situation = Situation {
            now: at(self.now),
            started_at: at(self.started_at),
            cached: Some((&header, &token)),
            min_life: self.min_life.map(Duration::from_secs),
            fresh: self.fresh,
            refused: refused.as_ref(),
            answered: answered.as_ref(),
            client: self.client.as_ref(),
            server: &server,
            issued: &self.issued,
            failure: self.failure.as_ref(),
        };
        decide(&situation)
    }
}

#[test]
fn a_token_is_served_while_more_than_min_life_is_left() {
    for (life, min_life, now, decision) in [
        // Half of an hour; half an hour at most; half of a short life.
        (3600, None, 1799, Decision::Serve),
        (3600, None, 1800, Decision::Renew),
        (86_400, None, 86_400 - 1801, Decision::Serve),
        (86_400, None, 86_400 - 1800, Decision::Renew),
        (60, None, 29, Decision::Serve),
        (60, None, 30, Decision::Renew),
        // As told.
        (3600, Some(600), 2999, Decision::Serve),
        (3600, Some(600), 3000, Decision::Renew),
        (3600, Some(7200), 0, Decision::Renew),
        (3600, Some(0), 3599, Decision::Serve),
        (3600, Some(0), 3600, Decision::Mint(Cause::Expired)),
        // The floor: 30 s, or a tenth of a life below five minutes.
        (3600, None, 3569, Decision::Renew),
        (3600, None, 3570, Decision::Mint(Cause::Expired)),
        (60, None, 53, Decision::Renew),
        (60, None, 54, Decision::Mint(Cause::Expired)),
        // Never an expired one.
        (3600, None, 3600, Decision::Mint(Cause::Expired)),
        (3600, None, 9999, Decision::Mint(Cause::Expired)),
        (0, None, 0, Decision::Mint(Cause::Expired)),
        (-5, None, -10, Decision::Mint(Cause::Expired)),
        // Issued in the future: the clock was set back.
        (3600, None, -60, Decision::Serve),
        (3600, None, -61, Decision::Renew),
    ] {
        let mut case = Case { life, min_life, ..Case::at(now) };
        assert_eq!(case.decide(), decision, "life {life}, min_life {min_life:?}, now {now}");
        case.client = None;
        assert_eq!(case.decide(), decision, "a terminal: life {life}, min_life {min_life:?}, now {now}");
    }
}

#[test]
fn a_renewal_is_not_tried_for_half_a_minute_after_a_failure_of_any_kind() {
    for kind in [Kind::Renewal, Kind::Refusal] {
        for (now, decision) in [
            (2000, Decision::ServeAnyway(StaleReason::RenewalFailed)),
            (2029, Decision::ServeAnyway(StaleReason::RenewalFailed)),
            (2030, Decision::Renew),
            (1999, Decision::Renew),
        ] {
            let case = Case { failure: Some(failure(kind, 2000)), ..Case::at(now) };
            assert_eq!(case.decide(), decision, "{kind:?} {now}");
        }
        let long = Case { failure: Some(failure(kind, 100)), ..Case::at(101) };
        assert_eq!(long.decide(), Decision::Serve);
    }
}

#[test]
fn a_client_that_comes_back_gets_a_new_token() {
    let retried = Decision::Mint(Cause::Retried);
    assert_eq!(Case::back_at(200).decide(), retried);
    assert_eq!(Case { client: Some(process(2)), ..Case::back_at(200) }.decide(), Decision::Serve, "another client");
    assert_eq!(Case { server: "other", ..Case::back_at(200) }.decide(), Decision::Serve, "another server");
    assert_eq!(Case { token: "newer", ..Case::back_at(200) }.decide(), Decision::Serve, "a token it has not had");
    assert_eq!(Case::back_at(3580).decide(), Decision::Mint(Cause::Expired), "nothing to fall back on");
    assert_eq!(Case { now: 90, started_at: 80, ..Case::back_at(0) }.decide(), retried, "the clock was set back");
}

#[test]
fn nobody_who_does_not_count_comes_back() {
    assert_eq!(Case { client: None, ..Case::back_at(200) }.decide(), Decision::Serve);
}

#[test]
fn a_token_that_the_server_has_just_refused_is_replaced() {
    assert_eq!(Case { refused: Some("token"), ..Case::at(200) }.decide(), Decision::Mint(Cause::Refused));
    assert_eq!(Case { refused: Some("older"), ..Case::at(200) }.decide(), Decision::Serve, "another run replaced it");
    assert_eq!(Case { refused: Some("token"), ..Case::at(3580) }.decide(), Decision::Mint(Cause::Expired));
}

#[test]
fn a_run_that_started_before_the_hand_out_is_the_same_ask() {
    for (started_at, decision) in [(98, Decision::Serve), (99, Decision::Serve), (100, Decision::AskServer)] {
        assert_eq!(Case { started_at, ..Case::back_at(101) }.decide(), decision, "{started_at}");
    }
    // The same ask gets the same token, also where another one would be renewed.
    let mut short = Case { started_at: 1900, ..Case::at(2000) };
    short.issued.note(&process(1), &fingerprint("server"), &fingerprint("token"), false, at(1950));
    assert_eq!(short.decide(), Decision::Serve);
}

#[test]
fn after_six_mints_in_ten_minutes_the_cached_token_is_served() {
    let too_many = Decision::ServeAnyway(StaleReason::TooManyRetries);
    let retried = Decision::Mint(Cause::Retried);
    let six = [200, 210, 220, 230, 240, 250];
    assert_eq!(Case::back_at(300).retried(six.into_iter().take(5)).decide(), retried);
    assert_eq!(Case::back_at(300).retried(six).decide(), too_many);
    assert_eq!(Case::back_at(799).retried(six).decide(), too_many);
    assert_eq!(Case::back_at(800).retried(six).decide(), retried);
    assert_eq!(Case { server: "other", ..Case::back_at(300).retried(six) }.decide(), Decision::Serve);
    let expired = Case::back_at(3575).retried(six.map(|time| time + 3000));
    assert_eq!(expired.decide(), Decision::Mint(Cause::Expired));
}

#[test]
fn a_refusal_is_remembered_unless_fresh_ignores_it() {
    let refused = |now: i64| Case { failure: Some(failure(Kind::Refusal, now - 10)), ..Case::back_at(now) };
    for now in [200, 3580, 4000] {
        let case = refused(now);
        assert_eq!(case.decide(), Decision::Refuse, "{now}");
        assert_eq!(Case { fresh: true, ..refused(now) }.decide(), Decision::Mint(Cause::Fresh), "{now}");
        let renewal = Case { failure: Some(failure(Kind::Renewal, now - 10)), ..Case::back_at(now) };
        assert!(matches!(renewal.decide(), Decision::Mint(_)), "{now}");
    }
    assert_eq!(Case { client: Some(process(2)), ..refused(200) }.decide(), Decision::Serve, "it has no need to ask");
    let past = Case { failure: Some(failure(Kind::Refusal, 100)), ..Case::back_at(130) };
    assert_eq!(past.decide(), Decision::Mint(Cause::Retried));
}

#[test]
fn without_a_cached_token_a_new_one_is_asked_for() {
    let (client, issued, server) = (process(1), IssuedTokens::default(), fingerprint("server"));
    let failure = failure(Kind::Refusal, 0);
    let mut situation = Situation {
        now: at(10),
        started_at: at(10),
        cached: None,
        min_life: None,
        fresh: false,
        refused: None,
        answered: None,
        client: Some(&client),
        server: &server,
        issued: &issued,
        failure: None,
    };
    assert_eq!(decide(&situation), Decision::Mint(Cause::Missing));
    situation.failure = Some(&failure);
    assert_eq!(decide(&situation), Decision::Refuse);
    situation.now = at(30);
    assert_eq!(decide(&situation), Decision::Mint(Cause::Missing));
}

/// What is decided after the MCP server answered each of these to the cached token.
const ANSWERS: [TokenCheck; 4] =
    [TokenCheck::Refused, TokenCheck::Unavailable, TokenCheck::Otherwise, TokenCheck::NotAsked];

#[test]
fn the_server_is_asked_first_just_after_the_token_was_issued() {
    let retried = Decision::Mint(Cause::Retried);
    for (now, decision) in [(100, Decision::AskServer), (101, Decision::AskServer), (102, retried), (159, retried)] {
        assert_eq!(Case::back_at(now).decide(), decision, "{now}");
    }
    for (answered, decision) in ANSWERS.into_iter().zip([retried, Decision::Serve, Decision::Serve, retried]) {
        let case = Case { answered: Some(("token", answered)), ..Case::back_at(101) };
        assert_eq!(case.decide(), decision, "{answered:?}");
        let other = Case { answered: Some(("older", answered)), ..Case::back_at(101) };
        assert_eq!(other.decide(), Decision::AskServer, "of another token: {answered:?}");
    }
}

#[test]
fn the_server_is_asked_first_within_a_minute_of_a_token_that_was_minted_for_the_client() {
    let retried = Decision::Mint(Cause::Retried);
    let minted = |now| {
        let mut case = Case::at(now);
        case.issued.note(&process(1), &fingerprint("server"), &fingerprint("token"), true, at(100));
        case
    };
    for (now, decision) in [(101, Decision::AskServer), (159, Decision::AskServer), (160, retried)] {
        assert_eq!(minted(now).decide(), decision, "{now}");
    }
    for (answered, decision) in ANSWERS.into_iter().zip([retried, Decision::Serve, retried, retried]) {
        let case = Case { answered: Some(("token", answered)), ..minted(130) };
        assert_eq!(case.decide(), decision, "{answered:?}");
    }
    let down = Case { answered: Some(("token", TokenCheck::Unavailable)), ..minted(130) };
    assert_eq!(down.retried([101, 102, 103, 104, 105, 106]).decide(), Decision::Serve, "nothing is counted");
    let refused = Case { answered: Some(("token", TokenCheck::Refused)), ..minted(130) };
    let too_many = Decision::ServeAnyway(StaleReason::TooManyRetries);
    assert_eq!(refused.retried([101, 102, 103, 104, 105, 106]).decide(), too_many);
}

#[test]
fn for_a_client_that_cannot_be_known_the_server_is_always_asked_first() {
    let retried = Decision::Mint(Cause::Retried);
    let unknown = |now| Case { client: Some(Process::unknown()), ..Case::at(now) };
    assert_eq!(unknown(200).decide(), Decision::AskServer);
    let after = [retried, Decision::Serve, Decision::Serve, Decision::Serve];
    for (answered, decision) in ANSWERS.into_iter().zip(after) {
        let case = Case { answered: Some(("token", answered)), ..unknown(200) };
        assert_eq!(case.decide(), decision, "{answered:?}");
    }
    let issued = |now, answered| {
        let mut case = Case { answered: Some(("token", answered)), ..unknown(now) };
        case.issued.note(&Process::unknown(), &fingerprint("server"), &fingerprint("token"), false, at(100));
        case
    };
    assert_eq!(issued(200, TokenCheck::NotAsked).decide(), retried);
    assert_eq!(issued(2000, TokenCheck::Otherwise).decide(), Decision::Renew);
    let same_ask = Case { started_at: 99, answered: None, ..issued(101, TokenCheck::NotAsked) };
    assert_eq!(same_ask.decide(), Decision::Serve);
    assert_eq!(unknown(3580).decide(), Decision::Mint(Cause::Expired));
}
