use super::*;

#[test]
fn what_looks_like_a_secret_is_refused() {
    for (long, value, is_refused) in [
        ("header", "Authorization: Bearer hunter2", true),
        ("header", "authorization:hunter2", true),
        ("header", "Authorization: Basic dXNlcjpwYXNz", true),
        ("header", "X-API-Key: hunter2", true),
        ("header", "X-API-Key: hunter2{nonce}", true),
        ("header", "X-API-Key: hunter2 {server:host}", true),
        ("add", "Cookie: sid=hunter2; t={timestamp}", true),
        ("token-header", "X-Gateway-Key: hunter2", true),
        ("header", "X-Upstream: Bearer hunter2", true),
        ("header", "X-Custom: eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln", true),
        ("header", "X-API-Key: {file:~/k}A1b2C3d4E5f6G7h8I9j0K1l2M3", true),
        ("header", "Authorization: {{token}}", true),
        ("header", "Authorization: Bearer {token}", false),
        ("header", "Authorization: HMAC acme:{signature}", false),
        ("header", "Authorization: hmac username=\"acme\", signature=\"{signature}\"", false),
        ("header", "Authorization: {basic:acme:file:~/k}", false),
        ("header", "Authorization: Negotiate", false),
        ("header", "X-API-Key: {tenant:key}", false),
        ("header", "Cookie: session={file:~/session}", false),
        ("header", "X-Tenant: acme-production-eu-west-1", false),
        ("header", "X-Timestamp: {timestamp}", false),
        ("header", "no colon", false),
        ("param", "api_key=hunter2", true),
        ("param", "accessToken=hunter2", true),
        ("param", "password=", false),
        ("param", "api_key={file:~/k}", false),
        ("param", "requested_token_type=urn:ietf:params:oauth:token-type:jwt", false),
        ("param", "x=eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln", true),
        ("claim", "secret=hunter2", true),
        ("claim", "sub=hunter2", false),
        ("assertion-claim", "auth_token=hunter2", true),
        ("claim-json", r#"token="hunter2""#, true),
        ("claim-json", r#"a={"b":[{"api_key":"hunter2"}]}"#, true),
        ("claim-json", r#"a={"b":[{"api_key":"{file:~/k}"}],"roles":["x"]}"#, false),
        ("claim-json", "token=1", false),
        ("claim-json", "token={env:T}", false),
        ("proxy", "http://user:hunter2@proxy:3128", true),
        ("proxy", "user@proxy:3128", true),
        ("proxy", "http://proxy:3128/@", false),
        ("token-url", "https://user:hunter2@h/token", true),
        ("resource", "https://h/@user?a=b@c", false),
        ("message", "https://u@h", true),
        ("client-id", "hunter2", false),
        ("command", "curl -H 'Authorization: Bearer hunter2' https://h", true),
        ("command", "gcloud secrets versions access latest --secret=acme", false),
        ("key", "cmd:curl -sH 'X-Api-Key: hunter2' https://h", false),
        ("key", "cmd:curl -H 'X-Api-Key: hunter2' https://h", true),
        ("key", "cmd:curl https://u:p@h", true),
        ("key", "hunter2", true),
    ] {
        assert_eq!(refuse_value(long, value).is_err(), is_refused, "{long} {value}");
    }
}

#[test]
fn what_is_wrapped_is_judged_too() {
    for (line, refused) in [
        ("hdr-hmac --key hunter2", Some("--key takes no bare value")),
        ("/opt/hdr-hmac --key=hunter2", Some("--key takes no bare value")),
        ("hdr-hmac --key file:~/{tenant}.key -H X-API-Key:hunter2", Some("-H X-API-Key cannot be printed")),
        ("hdr-hmac -HX-API-Key:hunter2", Some("-H X-API-Key cannot be printed")),
        ("hdr-jwt --key {tenant:key} --claim token=hunter2", Some("--claim token cannot be printed")),
        ("hdr-bearer-refresh --profile {tenant:profile}", None),
        ("hdr-bearer-refresh --command x --explain", None),
        ("other --header Authorization:hunter2", Some("-H Authorization cannot be printed")),
        ("other https://u:p@h/", Some("a word of the command line cannot be printed")),
        ("other --url=https://u:p@h/", Some("--url cannot be printed")),
        ("other --key hunter2", None),
    ] {
        let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
        let said = refuse_wrapped(&words).err().map(|error| error.to_string());
        match refused {
            Some(fact) => assert!(said.as_deref().is_some_and(|said| said.starts_with(fact)), "{line}: {said:?}"),
            None => assert_eq!(said, None, "{line}"),
        }
        assert!(!said.unwrap_or_default().contains("hunter2"), "{line}");
    }
}
