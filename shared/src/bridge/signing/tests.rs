use super::options::SignatureScheme;
use super::*;
use crate::error::notes::Notes;

const URL: &str = "https://mcp.example.com/mcp?a=1";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

fn means() -> SigningMeans {
    SigningMeans { env_files: Vec::new(), timeout: std::time::Duration::from_secs(8) }
}

fn signer(options: &SignOptions) -> Result<Signer, Error> {
    options.signer(&means(), &Notes::new(false)).map(Option::unwrap)
}

fn fields(pairs: &[(&str, &str)]) -> Vec<(HeaderName, HeaderValue)> {
    pairs.iter().map(|(name, value)| header(name, value.as_bytes(), false).unwrap()).collect()
}

/// The value of a header among those that a signer made.
fn value<'h>(headers: &'h [(HeaderName, HeaderValue)], name: &str) -> &'h str {
    headers.iter().find(|(known, _)| known.as_str() == name).unwrap().1.to_str().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the file is there already, with the mode of a temporary one")]
fn file(text: &str) -> (tempfile::NamedTempFile, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let source = format!("file:{}", file.path().display());
    (file, source)
}

const ED25519: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----\n";

#[test]
fn what_is_signed_follows_from_the_request() {
    let (_file, key) = file(ED25519);
    let options = SignOptions {
        sign: Some(SignatureScheme::Rfc9421),
        sign_key: Some(key),
        sign_key_id: Some("k1".to_owned()),
        ..SignOptions::default()
    };
    let signer = signer(&options).unwrap();
    let covered = |method, body: Option<&[u8]>, headers: &[(&str, &str)]| {
        let headers = fields(headers);
        let made = signer.sign(&Unsigned { method, url: URL, body, headers: &headers }, now()).unwrap();
        let digest = made.iter().any(|(name, _)| name == "content-digest");
        assert_eq!(digest, body.is_some());
        value(&made, "signature-input").to_owned()
    };
    let json = ("content-type", "application/json");
    let end = r#";created=1700000000;expires=1700000300;keyid="k1";alg="ed25519""#;
    assert_eq!(
        covered("POST", Some(b"{}"), &[json]),
        format!(r#"sig1=("@method" "@target-uri" "content-type" "content-digest"){end}"#)
    );
    assert_eq!(
        covered("POST", Some(b"{}"), &[json, ("mcp-session-id", "s"), ("authorization", "Bearer t")]),
        format!(
            r#"sig1=("@method" "@target-uri" "content-type" "content-digest" "authorization" "mcp-session-id"){end}"#
        )
    );
    assert_eq!(
        covered("GET", None, &[("mcp-session-id", "s")]),
        format!(r#"sig1=("@method" "@target-uri" "mcp-session-id"){end}"#)
    );
    assert_eq!(covered("DELETE", None, &[]), format!(r#"sig1=("@method" "@target-uri"){end}"#));
}

#[test]
fn components_that_are_named_are_signed_or_missed() {
    let (_file, key) = file(ED25519);
    let with = |components: &str| SignOptions {
        sign: Some(SignatureScheme::Rfc9421),
        sign_key: Some(key.clone()),
        components: Some(components.to_owned()),
        ..SignOptions::default()
    };
    let named = signer(&with("@method content-digest content-length x-tenant")).unwrap();
    let headers = fields(&[("x-tenant", "acme")]);
    let request = Unsigned { method: "GET", url: URL, body: None, headers: &headers };
    let made = named.sign(&request, now()).unwrap();
    assert!(value(&made, "signature-input").starts_with(r#"sig1=("@method" "x-tenant");"#));
    let error = named.sign(&Unsigned { headers: &[], ..request }, now()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "--components x-tenant has no value: the GET request has no such header; remove it, or set the header with -H \
         'NAME: TEMPLATE'"
    );
    let known = signer(&with("accept host mcp-name mcp-param-region content-type x-tenant")).unwrap();
    known.check_components(|name| name == "x-tenant").unwrap();
    assert_eq!(
        known.check_components(|_| false).unwrap_err().to_string(),
        "--components x-tenant has no value: no request has such a header; remove it, or set the header with -H 'NAME: \
         TEMPLATE'"
    );
    for (components, message) in [
        (
            "@status",
            "--components: @status is unknown: it is neither the name of a header nor a derived component of a request; use \
             @method, @target-uri, @authority, @path, @query, @request-target, @scheme or the name of a header",
        ),
        ("x-a X-A", "--components: x-a is given twice: a component is signed once; remove one"),
    ] {
        let error = signer(&with(components)).unwrap_err();
        assert_eq!((error.exit_code(), error.to_string().as_str()), (2, message));
    }
}

#[test]
fn a_shared_secret_is_no_key_of_a_signature() {
    let (_file, key) = file("a shared secret of more than 32 bytes");
    let options = SignOptions { sign: Some(SignatureScheme::Rfc9421), sign_key: Some(key), ..SignOptions::default() };
    let error = signer(&options).unwrap_err();
    assert_eq!(
        (error.exit_code(), error.to_string().as_str()),
        (
            3,
            "--sign-key is not a usable key: it is a shared secret, and this scheme signs with a private key; give an \
             Ed25519, EC or RSA private key, or use hdr-hmac --scheme rfc9421 as the helper"
        )
    );
}

#[test]
fn an_option_of_another_scheme_is_refused() {
    for (options, message) in [
        (
            SignOptions { sign_key: Some("env:K".to_owned()), ..SignOptions::default() },
            "--sign-key: nothing is signed without --sign; remove it, or use --sign rfc9421",
        ),
        (
            SignOptions {
                sign: Some(SignatureScheme::Dpop),
                region: Some("us-east-1".to_owned()),
                ..SignOptions::default()
            },
            "--region: the scheme does not use it; remove it, or use --sign sigv4",
        ),
    ] {
        let error = options.signer(&means(), &Notes::new(false)).unwrap_err();
        assert_eq!((error.exit_code(), error.to_string().as_str()), (2, message));
    }
}

fn aws(options: SignOptions) -> Result<Signer, Error> {
    signer(&SignOptions {
        sign: Some(SignatureScheme::Sigv4),
        region: Some("us-east-1".to_owned()),
        service: Some("service".to_owned()),
        ..options
    })
}

#[test]
fn sigv4_takes_the_clock_of_the_server_once() {
    let (_file, secret) = file("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let signer = aws(SignOptions {
        access_key_id: Some("AKIDEXAMPLE".to_owned()),
        secret_access_key: Some(secret),
        ..SignOptions::default()
    })
    .unwrap();
    let headers = fields(&[("content-type", "application/json")]);
    let request = Unsigned { method: "POST", url: URL, body: Some(b"{}"), headers: &headers };
    let date = |made: &[(HeaderName, HeaderValue)]| value(made, "x-amz-date").to_owned();
    let first = signer.sign(&request, now()).unwrap();
    assert_eq!(date(&first), "20231114T221320Z");
    let refusal = HeaderMap::from_iter(fields(&[("date", "Tue, 14 Nov 2023 22:43:20 GMT")]));
    assert_eq!(signer.learn(URL, &first, 200, &refusal, now()), Learned::Nothing);
    assert_eq!(signer.learn(URL, &first, 403, &refusal, now()), Learned::Skew);
    // Another one that was under way.
    assert_eq!(signer.learn(URL, &first, 403, &refusal, now()), Learned::Skew);
    assert_eq!(date(&signer.sign(&request, now()).unwrap()), "20231114T224320Z");
    let made = signer.sign(&request, now()).unwrap();
    assert_eq!(signer.learn(URL, &made, 403, &refusal, now()), Learned::Nothing);
    assert!(value(&made, "authorization").starts_with(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20231114/us-east-1/service/aws4_request, \
             SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, Signature="
    ));
}

#[test]
#[cfg(unix)]
fn credentials_of_a_command_are_read_again_when_the_server_says_that_they_have_ended() {
    let (_file, path) = file("");
    let printed = r#"{"Version":1,"AccessKeyId":"AKID","SecretAccessKey":"s","SessionToken":"%d"}"#;
    let path = path.trim_start_matches("file:");
    let script = format!("printf x >> {path}; printf '{printed}' $(wc -c < {path})").replace('"', "\\\"");
    let signer = aws(SignOptions { command: Some(format!("sh -c \"{script}\"")), ..SignOptions::default() }).unwrap();
    let request = Unsigned { method: "GET", url: URL, body: None, headers: &[] };
    assert_eq!(
        signer.sign(&request, now()).unwrap_err().to_string(),
        "--sign sigv4 has no credentials: they have not been read; check the command that prints them"
    );
    assert_eq!(renewed(&signer), Ok(None));
    assert_eq!(value(&signer.sign(&request, now()).unwrap(), "x-amz-security-token"), "1");
    assert_eq!(renewed(&signer), Ok(None));
    let made = signer.sign(&request, now()).unwrap();
    assert_eq!(value(&made, "x-amz-security-token"), "1");
    let refusal = HeaderMap::from_iter(fields(&[("x-amzn-errortype", "ExpiredTokenException")]));
    assert_eq!(signer.learn(URL, &made, 403, &refusal, now()), Learned::Credentials);
    assert_eq!(renewed(&signer), Ok(None));
    assert_eq!(value(&signer.sign(&request, now()).unwrap(), "x-amz-security-token"), "2");
    // An answer to what was signed with other credentials than those of now.
    assert_eq!(signer.learn(URL, &made, 403, &refusal, now()), Learned::Credentials);
    assert_eq!(renewed(&signer), Ok(None));
    assert_eq!(value(&signer.sign(&request, now()).unwrap(), "x-amz-security-token"), "2");
}

/// Renews the credentials of a signer.
#[cfg(unix)]
fn renewed(signer: &Signer) -> Result<Option<String>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let renewed = signer.renewer().unwrap().renew();
    tokio::task::LocalSet::new().block_on(&runtime, renewed).map_err(|failure| failure.message)
}

#[test]
#[cfg(unix)]
fn what_is_no_credential_is_told() {
    for (printed, cause) in [
        ("[]", "it is not a JSON object"),
        (r#"{"Version":2}"#, "its Version is not 1"),
        (r#"{"AccessKeyId":"a"}"#, "its JSON has no SecretAccessKey"),
    ] {
        let signer =
            aws(SignOptions { command: Some(format!("printf %s '{printed}'")), ..SignOptions::default() }).unwrap();
        let error = renewed(&signer).unwrap_err();
        let expected = format!(
            "--command: the command did not print usable credentials: {cause}; give --command 'aws configure \
             export-credentials --format process'"
        );
        assert_eq!(error, expected);
    }
}

fn decoded(part: &str) -> serde_json::Value {
    use base64::Engine;
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn dpop_proves_each_request_with_the_last_nonce() {
    let signer = signer(&SignOptions { sign: Some(SignatureScheme::Dpop), ..SignOptions::default() }).unwrap();
    // The token and its hash of RFC 9449 section 7.1.
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    let headers = fields(&[("authorization", &format!("Bearer {token}"))]);
    let request = Unsigned { method: "POST", url: URL, body: Some(b"{}"), headers: &headers };
    let claims = |made: &[(HeaderName, HeaderValue)]| decoded(value(made, "dpop").split('.').nth(1).unwrap());
    let made = signer.sign(&request, now()).unwrap();
    assert_eq!(value(&made, "authorization"), format!("DPoP {token}"));
    let first = claims(&made);
    assert_eq!(first["htm"], "POST");
    assert_eq!(first["htu"], "https://mcp.example.com/mcp");
    assert_eq!(first["ath"], "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    assert_eq!(first["iat"], 1_700_000_000);
    assert_eq!(first.get("nonce"), None);
    let answer =
        HeaderMap::from_iter(fields(&[("dpop-nonce", "n1"), ("www-authenticate", r#"DPoP error="use_dpop_nonce""#)]));
    assert_eq!(signer.learn(URL, &[], 401, &answer, now()), Learned::Nonce);
    let second = claims(&signer.sign(&request, now()).unwrap());
    assert_eq!(second["nonce"], "n1");
    assert_ne!(first["jti"], second["jti"]);
    let answer = HeaderMap::from_iter(fields(&[("dpop-nonce", "n2")]));
    assert_eq!(signer.learn(URL, &[], 200, &answer, now()), Learned::Nothing);
    assert_eq!(claims(&signer.sign(&request, now()).unwrap())["nonce"], "n2");
}
