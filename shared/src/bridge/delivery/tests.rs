use hyper::Method;

use super::*;
use crate::bridge::http::Lane;

fn parcel(url: &str) -> Parcel {
    let (method, body) = (Method::POST, None);
    Parcel { method, url: url.to_owned(), headers: Vec::new(), body, lane: Lane::Request, flight: None, progress: None }
}

fn headers(name: HeaderName, value: &str) -> HeaderMap {
    HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
}

#[test]
fn only_the_same_origin_gets_what_the_server_is_sent() {
    let base = "https://mcp.example:8443/a/mcp?x=y";
    for (reference, expected) in [
        ("/messages?id=1", Some("https://mcp.example:8443/messages?id=1")),
        ("other", Some("https://mcp.example:8443/a/other")),
        ("?z", Some("https://mcp.example:8443/a/mcp?z")),
        ("https://mcp.example:8443/b", Some("https://mcp.example:8443/b")),
        ("HTTPS://MCP.EXAMPLE:8443", Some("https://mcp.example:8443/")),
        ("//mcp.example:8443/b", Some("https://mcp.example:8443/b")),
        ("http://mcp.example:8443/b", None),
        ("https://mcp.example/b", None),
        ("https://mcp.example.:8443/b", None),
        ("//evil.example/b", None),
        ("\\\\evil.example\\b", None),
        ("https://mcp.example:8443@evil.example/b", None),
        ("https://user@mcp.example:8443/b", None),
        ("https://:secret@mcp.example:8443/b", None),
        ("file:///etc/passwd", None),
        ("data:text/plain,x", None),
        ("https://", None),
    ] {
        assert_eq!(same_origin(base, reference).as_deref(), expected, "{reference}");
    }
    assert_eq!(same_origin("https://a.example/", "https://a.example:443/b").as_deref(), Some("https://a.example/b"));
    assert_eq!(same_origin("http://[::1]:80/", "http://[0:0::1]/b").as_deref(), Some("http://[::1]/b"));
    assert_eq!(same_origin("mailto:a", "b"), None);
}

#[test]
fn a_redirect_within_the_origin_is_followed_three_times() {
    let mut parcel = parcel("https://a.example/mcp");
    let mut tries = Tries::default();
    for (status, location, url) in [(307, "/1", "/1"), (308, "2", "/2"), (307, "/3", "/3")] {
        assert_eq!(tries.again(status, &headers(LOCATION, location), &mut parcel), Some(Duration::ZERO));
        assert_eq!(parcel.url, format!("https://a.example{url}"));
    }
    assert_eq!(tries.again(307, &headers(LOCATION, "/4"), &mut parcel), None);
    let again =
        |status, headers: &HeaderMap| Tries::default().again(status, headers, &mut self::parcel("https://a.example/"));
    assert_eq!(again(307, &headers(LOCATION, "https://b.example/")), None);
    assert_eq!(again(308, &HeaderMap::new()), None);
    for status in [300, 301, 302, 303] {
        assert_eq!(again(status, &headers(LOCATION, "/1")), None, "{status} makes a GET of a POST");
    }
}

#[test]
fn a_server_that_asks_to_wait_is_asked_again_once() {
    let none = HeaderMap::new();
    let wish = |seconds: &str| headers(RETRY_AFTER, seconds);
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    for (status, headers, pause) in [
        (429, &wish("7"), seconds(7)),
        (429, &wish("0"), seconds(0)),
        (429, &wish("30"), seconds(30)),
        (429, &wish("31"), None),
        (429, &wish("soon"), None),
        (429, &none, seconds(1)),
        (503, &wish("7"), seconds(7)),
        (503, &wish("31"), None),
        (503, &none, None),
        (500, &wish("7"), None),
        (502, &wish("7"), None),
        (200, &wish("7"), None),
        (404, &wish("7"), None),
    ] {
        let (mut tries, mut parcel) = (Tries::default(), parcel("https://a.example/"));
        assert_eq!(tries.again(status, headers, &mut parcel), pause, "{status} {headers:?}");
        if pause.is_some() {
            assert_eq!(tries.again(status, headers, &mut parcel), None, "{status} {headers:?} again");
        }
    }
}
