//! The shell script that this helper replaces: `date -Iseconds` and `openssl dgst`, in whatever time zone.

use crate::common::Helper;
use crate::openssl;

#[test]
fn the_values_are_those_of_date_and_openssl() {
    for zone in [
        "UTC0",
        "",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "EST5EDT",
        "IST-5:30",
        "<+0545>-5:45",
        "NST3:30NDT,M3.2.0,M11.1.0",
        "Asia/Kathmandu",
        "America/St_Johns",
        ":Europe/Berlin",
        "Pacific/Kiritimati",
        "No/Such_Zone",
    ] {
        // Winter, summer, and both sides of an end of summer time.
        for now in ["1700000000", "1721000000", "1729990799", "1729990800", "0"] {
            let date = openssl::text("TZ=$1 date -d @$2 -Iseconds | tr -d '\\n'", &[zone, now], "");
            let line =
                "openssl dgst -sha256 -hmac 's3cret key of more than thirty-two bytes' | cut -d' ' -f2 | tr -d '\\n'";
            let signature = openssl::text(line, &[], &date);
            let helper = Helper::new(env!("CARGO_BIN_EXE_hdr-hmac"))
                .env("SECRET_KEY", "s3cret key of more than thirty-two bytes")
                .env("API_KEY", "a");
            let outcome = helper.env("TZ", zone).args(["--api-key", "env:API_KEY", "--now", now]).run();
            outcome.prints(&format!(r#"{{"X-Timestamp":"{date}","X-Signature":"{signature}","X-API-Key":"a"}}"#));
        }
    }
}

#[test]
fn without_now_the_time_is_the_clock_s() {
    let clock = || openssl::text("date +%s", &[], "").trim().parse::<i64>().unwrap();
    let before = clock();
    let outcome = crate::signing().header("X-T: {timestamp:unix}").run();
    let json: serde_json::Value = serde_json::from_slice(outcome.stdout()).unwrap();
    let shown: i64 = json["X-T"].as_str().unwrap().parse().unwrap();
    assert!((before..=clock()).contains(&shown), "{shown}");
}

#[test]
fn a_time_zone_that_would_be_waited_for_is_an_error_at_once() {
    for (zone, colon) in [("pipe", ""), ("pipe", ":"), ("link", ""), ("zero", ":")] {
        let helper = crate::signing().prepared_by("mkfifo ~/pipe; ln -s pipe ~/link; ln -s /dev/zero ~/zero");
        let zone = format!("{colon}{}", helper.path(zone).display());
        let outcome = helper.env("TZ", &zone).args(["--timeout", "5s"]).run();
        outcome.fails(
            2,
            "the time zone of TZ cannot be read: it is a pipe or a device, not a regular file; name a time zone, like \
             Europe/Vienna, or unset TZ",
        );
        assert!(outcome.elapsed().as_secs() < 3, "{zone}: {:?}", outcome.elapsed());
    }
}
