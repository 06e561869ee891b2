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
        ("header", "Cookie: session=abcd1234; t={token}", true),
        ("header", "Cookie: t={token}; session=abcd1234", true),
        ("header", "Cookie: a={file:~/a}; b=\"{file:~/b}\"; t={timestamp}", false),
        ("header", "Cookie: username=hunter2; t={token}", true),
        ("header", "X-Api-Key: sk-live-abc{env:FOO}", true),
        ("header", "X-Api-Key: {env:FOO}-abc", true),
        ("header", "X-Api-Key: {env:FOO}.{env:BAR}", false),
        ("header", "X-Api-Key: {hunter2}", true),
        ("header", "Authorization: Custom abcd1234, t={token}", true),
        ("header", "Authorization: Custom t={timestamp}, v1={signature}", true),
        ("header", "Authorization: Custom {token}", false),
        ("header", "Authorization: custom1 {token}", true),
        ("header", "Authorization: Custom {nonce}", true),
        ("header", "Authorization: Bearer abc{token}", true),
        ("header", "Authorization: Bearer {token}abc", true),
        ("header", "Authorization: HMAC acme:hunter2{signature}", true),
        ("header", "Authorization: HMAC acme:{token}", true),
        (
            "header",
            "Authorization: Signature keyId=\"acme\",algorithm=\"hs2019\",headers=\"date host\",signature=\"{signature}\"",
            false,
        ),
        ("header", "Authorization: hmac username=\"acme\", password=\"hunter2\", signature=\"{signature}\"", true),
        ("header", "X-Signature-Key: t={timestamp},v1={signature}", false),
        ("header", "X-API-Key: {tenant}abc", true),
        ("header", "X-API-Key: {tenant}", false),
        ("header", "Authorization: {tenant} abc", true),
        ("header", "Authorization: Bearer {tenant:token}", false),
        ("header", "X-Upstream: Bearer abc{token}", true),
        ("header", "X-Upstream: Bearer {token}", false),
        ("header", "X-Client-Assertion: abc", true),
        ("header", "X-Whatever: ghp_16C7e42F292c6912E7710c838347Ae178B4a", true),
        ("header", "X-Whatever: {tenant} xoxb-176536724811-pdFZKVeTuE8sk7oO", true),
        ("header", "X-Whatever: 5f4dcc3b5aa765d61d8327deb882cf99", true),
        ("header", "X-Workspace-Id: 5f4dcc3b5aa765d61d8327deb882cf99", false),
        ("header", "X-Workspace-Id: ghp_16C7e42F292c6912E7710c838347Ae178B4a", true),
        ("add", "X-Y: {cmd:curl -H \"Authorization: Bearer abc\" https://h}", true),
        ("add", "X-Y: {cmd:gh auth token}", false),
        ("add", "X-Y: {basic:u:cmd:curl -u u:hunter2 https://h}", true),
        ("message", "{cmd:sh -c 'curl -H \"X-Api-Key: abc\" https://h'}", true),
        ("header", "no colon", false),
    ] {
        assert_eq!(refuse_value(long, value).is_err(), is_refused, "{long} {value}");
    }
}

#[test]
fn so_it_is_in_parameters_claims_and_other_values() {
    for (long, value, is_refused) in [
        ("param", "api_key=hunter2", true),
        ("param", "accessToken=hunter2", true),
        ("param", "password=", false),
        ("param", "api_key={file:~/k}", false),
        ("param", "requested_token_type=urn:ietf:params:oauth:token-type:jwt", false),
        ("param", "x=eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln", true),
        ("param", "client_assertion=abc", true),
        ("param", "assertion=abc", true),
        ("param", "saml_assertion=abc", true),
        ("param", "id_token_hint=abc", true),
        ("param", "device_code=abc", true),
        ("param", "code_verifier=abc", true),
        ("param", "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer", false),
        ("param", "x=ghp_16C7e42F292c6912E7710c838347Ae178B4a", true),
        ("client-id", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", true),
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
        ("key", "cmd:curl -sH 'X-Api-Key: hunter2' https://h", true),
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
        ("hdr-hmac --key hunter2", Some("--key does not take a bare value")),
        ("/opt/hdr-hmac --key=hunter2", Some("--key does not take a bare value")),
        ("hdr-hmac --key file:~/{tenant}.key -H X-API-Key:hunter2", Some("-H X-API-Key cannot be printed")),
        ("hdr-hmac -HX-API-Key:hunter2", Some("-H X-API-Key cannot be printed")),
        ("hdr-jwt --key {tenant:key} --claim token=hunter2", Some("--claim token cannot be printed")),
        ("hdr-bearer-refresh --profile {tenant:profile}", None),
        ("hdr-bearer-refresh --command x --explain", None),
        ("other --header Authorization:hunter2", Some("-H Authorization cannot be printed")),
        ("other https://u:p@h/", Some("a word of the command line cannot be printed")),
        ("other --url=https://u:p@h/", Some("--url cannot be printed")),
        ("other --key hunter2", None),
        ("hdr-bearer-refresh --token-url https://h --proxy u:hunter2@h:1", Some("--proxy cannot be printed")),
        ("hdr-bearer-refresh --client-secret {tenant}-hunter2", Some("--client-secret does not take a bare value")),
        ("hdr-bearer-refresh --client-secret hunter2{tenant:a}", Some("--client-secret does not take a bare value")),
        ("hdr-bearer-refresh --client-secret {tenant:a}", None),
        ("hdr-bearer-refresh --client-secret file:~/{tenant}.secret", None),
        ("hdr-jwt --key {tenant:key} --claim assertion={tenant}hunter2", Some("--claim assertion cannot be printed")),
        ("hdr-hmac -H=X-API-Key:hunter2", Some("-H X-API-Key cannot be printed")),
        ("hdr-tenant -H X-A:a -- hdr-hmac --key hunter2", Some("--key does not take a bare value")),
        ("env SECRET=hunter2 hdr-hmac", Some("SECRET in the command line cannot be printed")),
        ("env -i SECRET={tenant:key} A=b KUBECONFIG=~/k SSL_CERT_FILE=/a/b hdr-hmac --key file:k", None),
        ("env https_proxy=u:hunter2@h:1 hdr-jwt", Some("https_proxy in the command line cannot be printed")),
        ("nice hdr-bearer-refresh --refresh-token hunter2", Some("--refresh-token does not take a bare value")),
        ("sudo -u me timeout 5s /opt/hdr-jwt@acme --key=hunter2", Some("--key does not take a bare value")),
        ("exec hdr-hmac -HX-API-Key:hunter2", Some("-H X-API-Key cannot be printed")),
        ("curl -u me:hunter2 https://h", Some("-u cannot be printed")),
        ("nice curl -sume:hunter2 https://h", Some("-u cannot be printed")),
        ("curl -sSfH Authorization:hunter2 https://h", Some("-H Authorization cannot be printed")),
        ("curl -fsSL https://h -o x", None),
        ("curl -K ~/curlrc https://h", None),
        ("curl -d a=b&client_secret=hunter2 https://h", Some("client_secret in the command line cannot be printed")),
        ("other ghp_hunter2c6912E7710c838347Ae178B4a", Some("a word of the command line cannot be printed")),
        ("vault kv get -field=key secret/acme", None),
        ("env -S SECRET=hunter2\thdr-hmac", Some("SECRET in the command line cannot be printed")),
        ("env -S hdr-hmac\t--key\thunter2", Some("--key does not take a bare value")),
        ("ssh h curl\t-H\tX-Api-Key:hunter2", Some("-H X-Api-Key cannot be printed")),
        ("jq -r .[]\t|\tselect(.key==\"a\")", None),
    ] {
        let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
        let said = wrapped::refuse(&words).err().map(|error| error.to_string());
        match refused {
            Some(fact) => assert!(said.as_deref().is_some_and(|said| said.starts_with(fact)), "{line}: {said:?}"),
            None => assert_eq!(said, None, "{line}"),
        }
        assert!(!said.unwrap_or_default().contains("hunter2"), "{line}");
    }
}

#[test]
fn the_script_of_a_shell_is_judged_too() {
    for (script, is_refused) in [
        ("curl -H 'Authorization: Bearer hunter2' https://h", true),
        ("curl -sH \"Authorization: Bearer $(cat ~/t)\" https://h | jq -r .a", false),
        ("curl -H \"Authorization: Bearer hunter2$(cat ~/t)\" https://h", true),
        ("cd /x;SECRET=hunter2 hdr-hmac", true),
        ("SECRET=`cat ~/k` hdr-hmac", false),
        ("true&&hdr-hmac --key hunter2", true),
        ("echo $(hdr-hmac --key hunter2)", true),
        ("TOKEN=$A exec hdr-jwt --key file:~/k", false),
        ("bash -ec 'hdr-hmac --key hunter2'", true),
    ] {
        let words = ["sh", "-c", script].map(str::to_owned);
        let refused = wrapped::refuse(&words);
        assert_eq!(refused.is_err(), is_refused, "{script}: {refused:?}");
    }
}
