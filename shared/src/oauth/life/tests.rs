use serde_json::json;

use super::*;

const NOW: i64 = 1_700_000_000;

fn moment(teller: ExpiryTeller, skew: i64) -> AnswerTime {
    AnswerTime { teller, asked_at: DateTime::from_timestamp(NOW, 0).unwrap(), skew: TimeDelta::seconds(skew) }
}

fn told_by(teller: ExpiryTeller, object: &Value) -> End {
    moment(teller, 0).of_usual_fields(&[object.as_object().unwrap()]).earliest(None)
}

fn seconds(end: &End) -> Option<i64> {
    match end {
        End::At(end) => Some(end.timestamp().saturating_sub(NOW)),
        End::NoLife(_) => Some(0),
        End::NoExpiry => None,
    }
}

#[test]
fn the_earliest_end_in_any_usual_field_counts() {
    for (object, left) in [
        (json!({ "expires_in": 3600, "expiry": "2023-11-14T22:23:20.5Z" }), Some(600)),
        (json!({ "expires_in": 600, "expiry": "2023-11-14T23:23:20Z" }), Some(600)),
        (json!({ "expiresIn": "600" }), Some(600)),
        (json!({ "ExpiresIn": 600.9 }), Some(600)),
        (json!({ "expires_in_ms": 600_000 }), Some(600)),
        (json!({ "accessTokenExpiresAt": "2023-11-14T22:23:20+00:00", "ttl": 7200 }), Some(600)),
        (json!({ "expiry_date": 1_700_000_600_123_i64 }), Some(600)),
        (json!({ "expireTime": "2023-11-14T22:23:20Z" }), Some(600)),
        (json!({ "token_expiry": "2023-11-14T22:23:20Z" }), Some(600)),
        (json!({ ".expires": "Tue, 14 Nov 2023 22:23:20 GMT", "expires_in": 1209 }), Some(600)),
        (json!({ "Expiration": "2023-11-14T22:23:20Z" }), Some(600)),
        (json!({ "expires_on": "1700000600" }), Some(600)),
        (json!({ "exp": 1_700_000_600 }), Some(600)),
        (json!({ "expire": 600 }), Some(600)),
        (json!({ "valid_until": 1_700_000_600 }), Some(600)),
        (json!({ "expiration_seconds": 600 }), Some(600)),
        (json!({ "credential": { "token_expiry": "2023-11-14T22:23:20Z" } }), Some(600)),
        (json!({ "status": { "expirationTimestamp": "2023-11-14T22:23:20Z" } }), Some(600)),
        (json!({ "expires_time": "2023-11-14T22:23:20Z" }), Some(600)),
        (json!({ "expiresDate": 1_700_000_600 }), Some(600)),
        (json!({ "expired_in": 600 }), Some(600)),
        (json!({ "expires_after": "600" }), Some(600)),
        (json!({ "expiration_timestamp_ms": 1_700_000_600_123_i64 }), Some(600)),
        (json!({ "expires_at_utc": "2023-11-14T22:23:20", "expires_in": 3600 }), Some(600)),
        (json!({ "expiresOnUtc": "2023-11-14 22:23:20.000" , "ttl": 3600 }), Some(600)),
        (json!({ "expires_at_epoch_utc": 1_700_000_600 }), Some(600)),
        (json!({ "expires_in": 1e18 }), Some(LONGEST.num_seconds())),
        (json!({ "expires_in": "9000000000000000000" }), Some(LONGEST.num_seconds())),
        (json!({ "expires_in": "1h" }), Some(3600)),
        (json!({ "expires_in": 1e14 }), Some(LONGEST.num_seconds())),
        (json!({ "expires_in": 999_999_999 }), Some(LONGEST.num_seconds())),
        (json!({ "expires_in": null, "expiry": "" }), None),
        (json!({}), None),
    ] {
        for teller in [ExpiryTeller::Command, ExpiryTeller::Endpoint] {
            assert_eq!(seconds(&told_by(teller, &object)), left, "{object} {teller:?}");
        }
    }
}

#[test]
fn fields_of_other_tokens_never_count() {
    for name in [
        "refresh_expires_in",
        "refreshExpiresIn",
        "refresh_token_expires_in",
        "refreshTokenExpiresAt",
        "x_refresh_token_expires_in",
        "ext_expires_in",
        "extExpiresOn",
        "id_token_expires_in",
        "idTokenExpiration",
        "client_secret_expires_at",
        "not_before",
        "issued_at",
        "created_at",
    ] {
        assert_eq!(told_by(ExpiryTeller::Endpoint, &json!({ name: 60 })), End::NoExpiry, "{name}");
        assert_eq!(told_by(ExpiryTeller::Endpoint, &json!({ name: 1_700_000_060 })), End::NoExpiry, "{name}");
    }
    let inner = json!({ "refresh": { "expires_in": 60 }, "id_token": { "exp": 1_700_000_060 } });
    assert_eq!(told_by(ExpiryTeller::Endpoint, &inner), End::NoExpiry);
}

#[test]
fn zero_depends_on_who_tells() {
    for value in [json!(0), json!("0"), json!(0.0)] {
        let object = json!({ "expires_in": value });
        assert_eq!(told_by(ExpiryTeller::Command, &object), End::NoExpiry, "{object}");
        assert_eq!(told_by(ExpiryTeller::Endpoint, &object), End::NoLife("expires_in".to_owned()), "{object}");
        let object = json!({ "expires_at": value });
        assert_eq!(told_by(ExpiryTeller::Endpoint, &object), End::NoExpiry, "{object}");
    }
    let object = json!({ "expires_in": -60 });
    assert_eq!(seconds(&told_by(ExpiryTeller::Command, &object)), Some(0));
    assert_eq!(told_by(ExpiryTeller::Endpoint, &object), End::NoLife("expires_in".to_owned()));
    // The zero of Go's times.
    assert_eq!(told_by(ExpiryTeller::Endpoint, &json!({ "expiry": "0001-01-01T00:00:00Z" })), End::NoExpiry);
}

#[test]
fn a_life_in_a_file_says_nothing() {
    let object = json!({ "expires_in": 60, "expires_on": 1_700_000_600 });
    assert_eq!(seconds(&told_by(ExpiryTeller::File, &object)), Some(600));
    assert_eq!(told_by(ExpiryTeller::File, &json!({ "expires_in": 60 })), End::NoExpiry);
}

#[test]
fn a_time_without_a_zone_counts_only_alone() {
    let local = "2001-01-01 00:00:00.000000";
    let object = json!({ "expiresOn": local, "expires_on": 1_700_000_600 });
    assert_eq!(seconds(&told_by(ExpiryTeller::Command, &object)), Some(600));
    assert!(matches!(told_by(ExpiryTeller::Command, &json!({ "expiresOn": local })), End::At(_)));
    let ends = moment(ExpiryTeller::Command, 0).of_usual_fields(&[json!({ "expiresOn": local }).as_object().unwrap()]);
    let own = DateTime::from_timestamp(NOW + 60, 0);
    assert_eq!(seconds(&ends.earliest(own)), Some(60));
}

#[test]
fn a_server_tells_ends_by_its_own_clock() {
    let object = json!({ "expires_at": 1_700_000_600, "a": { "b": 1_700_000_060 } });
    let object = object.as_object().unwrap();
    assert_eq!(seconds(&moment(ExpiryTeller::Endpoint, 60).of_usual_fields(&[object]).earliest(None)), Some(540));
    assert_eq!(
        seconds(&moment(ExpiryTeller::Endpoint, -60).of_field(object, "a.b").unwrap().earliest(None)),
        Some(120)
    );
}

#[test]
fn paths_are_dotted() {
    let object = json!({ "a": { "b": { "c": 1 } }, "a.b": 2 });
    let at = |path| field(object.as_object().unwrap(), path).cloned();
    assert_eq!(at("a.b.c"), Some(json!(1)));
    assert_eq!(at("a.b"), Some(json!(2)));
    assert_eq!(at("a.x"), None);
    assert_eq!(at("a.b.c.d"), None);
    assert_eq!(way(object.as_object().unwrap(), "a.b.c").unwrap().0.len(), 3);
}
