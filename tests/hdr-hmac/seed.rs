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
            let line = "openssl dgst -sha256 -hmac 's3cret key' | cut -d' ' -f2 | tr -d '\\n'";
            let signature = openssl::text(line, &[], &date);
            let helper =
                Helper::new(env!("CARGO_BIN_EXE_hdr-hmac")).env("SECRET_KEY", "s3cret key").env("API_KEY", "a");
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
