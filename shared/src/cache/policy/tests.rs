use super::*;
use crate::cache::entry::About;
use crate::cache::key::Key;
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
    begun: i64,
    life: i64,
    min_life: Option<u64>,
    fresh: bool,
    refused: Option<&'static str>,
    client: Option<Process>,
    server: &'static str,
    token: &'static str,
    handouts: Handouts,
    failure: Option<Failure>,
}

impl Case {
    fn at(now: i64) -> Self {
        Self {
            now,
            begun: now,
            life: 3600,
            min_life: None,
            fresh: false,
            refused: None,
            client: Some(process(1)),
            server: "server",
            token: "token",
            handouts: Handouts::default(),
            failure: None,
        }
    }

    /// Client 1 was given the token for the server at 100 and comes back at `now`.
    fn back_at(now: i64) -> Self {
        let mut case = Self::at(now);
        case.handouts.note(&process(1), &fingerprint("server"), &fingerprint("token"), at(100));
        case
    }

    fn reasked(mut self, times: impl IntoIterator<Item = i64>) -> Self {
        for time in times {
            self.handouts.note_reask(&process(1), &fingerprint("server"), at(time));
        }
        self
    }

    fn decide(&self) -> Decision {
        let header = Header::new(About::default(), at(0), at(self.life));
        let [token, server] = [self.token, self.server].map(fingerprint);
        let refused = self.refused.map(fingerprint);
        let situation = Situation {
            now: at(self.now),
            begun: at(self.begun),
            cached: Some((&header, &token)),
            min_life: self.min_life.map(Duration::from_secs),
            fresh: self.fresh,
            refused: refused.as_ref(),
            client: self.client.as_ref(),
            server: &server,
            handouts: &self.handouts,
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
            (2000, Decision::ServeAnyway(Excuse::RenewalFailed)),
            (2029, Decision::ServeAnyway(Excuse::RenewalFailed)),
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
    let reasked = Decision::Mint(Cause::Reasked);
    assert_eq!(Case::back_at(200).decide(), reasked);
    assert_eq!(Case { client: Some(process(2)), ..Case::back_at(200) }.decide(), Decision::Serve, "another client");
    assert_eq!(Case { server: "other", ..Case::back_at(200) }.decide(), Decision::Serve, "another server");
    assert_eq!(Case { token: "newer", ..Case::back_at(200) }.decide(), Decision::Serve, "a token it has not had");
    assert_eq!(Case::back_at(3580).decide(), Decision::Mint(Cause::Expired), "nothing to fall back on");
    assert_eq!(Case { now: 90, begun: 80, ..Case::back_at(0) }.decide(), reasked, "the clock was set back");
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
    for (begun, decision) in [(98, Decision::Serve), (99, Decision::Serve), (100, Decision::Mint(Cause::Reasked))] {
        assert_eq!(Case { begun, ..Case::back_at(101) }.decide(), decision, "{begun}");
    }
    // The same ask gets the same token, also where another one would be renewed.
    let mut short = Case { begun: 1900, ..Case::at(2000) };
    short.handouts.note(&process(1), &fingerprint("server"), &fingerprint("token"), at(1950));
    assert_eq!(short.decide(), Decision::Serve);
}

#[test]
fn after_six_mints_in_ten_minutes_the_cached_token_is_served() {
    let too_many = Decision::ServeAnyway(Excuse::TooManyReasks);
    let reasked = Decision::Mint(Cause::Reasked);
    let six = [200, 210, 220, 230, 240, 250];
    assert_eq!(Case::back_at(300).reasked(six.into_iter().take(5)).decide(), reasked);
    assert_eq!(Case::back_at(300).reasked(six).decide(), too_many);
    assert_eq!(Case::back_at(799).reasked(six).decide(), too_many);
    assert_eq!(Case::back_at(800).reasked(six).decide(), reasked);
    assert_eq!(Case { server: "other", ..Case::back_at(300).reasked(six) }.decide(), Decision::Serve);
    let expired = Case::back_at(3575).reasked(six.map(|time| time + 3000));
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
    assert_eq!(past.decide(), Decision::Mint(Cause::Reasked));
}

#[test]
fn without_a_cached_token_a_new_one_is_asked_for() {
    let (client, handouts, server) = (process(1), Handouts::default(), fingerprint("server"));
    let failure = failure(Kind::Refusal, 0);
    let mut situation = Situation {
        now: at(10),
        begun: at(10),
        cached: None,
        min_life: None,
        fresh: false,
        refused: None,
        client: Some(&client),
        server: &server,
        handouts: &handouts,
        failure: None,
    };
    assert_eq!(decide(&situation), Decision::Mint(Cause::Missing));
    situation.failure = Some(&failure);
    assert_eq!(decide(&situation), Decision::Refuse);
    situation.now = at(30);
    assert_eq!(decide(&situation), Decision::Mint(Cause::Missing));
}
