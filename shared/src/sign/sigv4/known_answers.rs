//! The signing test suite that AWS publishes, as it stands in `tests/aws-signing-test-suite/v4` of awslabs/aws-c-auth (v0.9.0): each
//! case with its signature in the `Authorization` header, its request line and the headers that are signed.

use chrono::TimeZone;

use super::*;

const SUITE: &str = include_str!("known_answers.txt");

fn at() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2015, 8, 30, 12, 36, 0).unwrap()
}

fn credentials(session_token: Option<&str>) -> Credentials {
    let secret = |text: &str| Secret::new(text.as_bytes().to_vec());
    Credentials {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        session_token: session_token.map(secret),
    }
}

fn scope() -> Scope {
    Scope { region: "us-east-1".to_owned(), service: "service".to_owned() }
}

#[test]
fn the_suite_is_answered() {
    let cases: Vec<_> = SUITE.split("= ").filter(|case| case.contains('\n')).collect();
    assert_eq!(cases.len(), 38);
    for case in cases {
        let (title, request) = case.split_once('\n').unwrap();
        let (name, signature) = title.split_once(' ').unwrap();
        let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
        let (line, fields) = head.split_once('\n').unwrap();
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let fields = fields.trim_end().replace("\n ", "\u{1} ");
        let fields: Vec<_> = fields.lines().map(|field| field.replace('\u{1}', "\n")).collect();
        let fields: Vec<_> = fields.iter().map(|field| field.split_once(':').unwrap()).collect();
        let canonical = Request {
            method,
            path,
            is_normalized: !name.ends_with("-unnormalized"),
            query,
            fields: &fields.iter().map(|(name, value)| Field { name, value: value.as_bytes() }).collect::<Vec<_>>(),
            digest: &hex::encode(Sha256::digest(body.trim_end())),
        };
        let authorization = scope().authorization(&credentials(None), &canonical, at()).unwrap();
        let mut names: Vec<_> = fields.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort();
        names.dedup();
        let expected = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={}, \
             Signature={signature}",
            names.join(";")
        );
        assert_eq!(authorization.expose_text(), Some(expected.as_str()), "{name}");
    }
}

/// Paths that are encoded as they are sent: as the AWS SDKs write them, from `double-url-encode` and `double-encode-path` of
/// aws-sdk-rust.
#[test]
fn paths_are_encoded_twice() {
    for (path, expected) in [
        (
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-west-2%3A892717189312%3Afunction%3Amy-rusty-fun/invocations",
            "/2015-03-31/functions/arn%253Aaws%253Alambda%253Aus-west-2%253A892717189312%253Afunction%253Amy-rusty-fun/invocations",
        ),
        ("/test/@connections/JBDvjfGEIAMCERw%3D", "/test/%40connections/JBDvjfGEIAMCERw%253D"),
    ] {
        let request = Request { method: "POST", path, is_normalized: true, query: "", fields: &[], digest: "" };
        let canonical = request.canonical();
        assert_eq!(canonical.expose_text(), Some(format!("POST\n{expected}\n\n\n\n").as_str()));
    }
}

/// As botocore 1.43 signs it.
#[test]
fn the_headers_of_a_request_are_those_that_proxies_leave() {
    let request = Unsigned {
        method: "POST",
        host: "example.amazonaws.com",
        path: "/runtimes/arn%3Aaws%3Ab%2Fc/invocations",
        query: "qualifier=DEFAULT&a=1",
        content_type: Some(b"application/json"),
        body: b"{}",
    };
    let headers = scope().headers(&credentials(Some("token")), &request, at()).unwrap();
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.expose_text().unwrap())).collect();
    assert_eq!(
        headers,
        [
            ("x-amz-content-sha256", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
            ("x-amz-date", "20150830T123600Z"),
            ("x-amz-security-token", "token"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, \
                 Signature=55a99bfdcd2ea17227c46ba7f92398665391148e9cabdb00276e62e9e76a4972"
            ),
        ]
    );
}
