//! The headers of each scheme, byte for byte. The messages stand here as the scheme wants them, and `openssl` signs them.

use crate::common::Helper;
use crate::{hmac, signing};

const URL: &str = "https://user:pw@MCP.Example.com:443/a%20b/mcp?c=d&e";

/// The helper at 2023-11-14T22:13:20Z.
fn scheme(name: &str) -> Helper {
    signing().args(["--now", "1700000000", "--server-url", URL, "--scheme", name])
}

/// The helper prints these headers; quotes in the values are escaped here.
#[track_caller]
fn prints(helper: Helper, headers: &[(&str, String)]) {
    let pairs: Vec<_> =
        headers.iter().map(|(name, value)| format!("\"{name}\":\"{}\"", value.replace('"', "\\\""))).collect();
    helper.run().prints(&format!("{{{}}}", pairs.join(",")));
}

#[test]
fn rfc9421_by_default() {
    let parameters = r#"("@authority" "@path");created=1700000000;expires=1700000300;alg="hmac-sha256""#;
    let base = format!("\"@authority\": mcp.example.com\n\"@path\": /a%20b/mcp\n\"@signature-params\": {parameters}");
    let signature = hmac("sha256", &base);
    prints(
        scheme("rfc9421"),
        &[("Signature-Input", format!("sig1={parameters}")), ("Signature", format!("sig1=:{signature}:"))],
    );
    scheme("rfc9421").args(["--format", "token"]).run().prints(&signature);
    scheme("rfc9421").header("X-S: {signature}").run().prints(&format!(r#"{{"X-S":"{signature}"}}"#));
}

#[test]
fn rfc9421_with_everything() {
    let helper = scheme("rfc9421")
        .args(["--key-id", "key {timestamp:unix}", "--label", "*my_sig-1.a", "--expires", "90s"])
        .args(["--components", "@authority  @target-uri @request-target @path @query @scheme host X-Tenant date"])
        .args(["--add", "X-Tenant: acme\tinc", "--add", "Date: {timestamp:http-date}", "--add", "X-Unsigned: u"]);
    let parameters = concat!(
        r#"("@authority" "@target-uri" "@request-target" "@path" "@query" "@scheme" "host" "x-tenant" "date")"#,
        r#";created=1700000000;expires=1700000090;keyid="key 1700000000";alg="hmac-sha256""#
    );
    let base = [
        "\"@authority\": mcp.example.com",
        "\"@target-uri\": https://mcp.example.com/a%20b/mcp?c=d&e",
        "\"@request-target\": /a%20b/mcp?c=d&e",
        "\"@path\": /a%20b/mcp",
        "\"@query\": ?c=d&e",
        "\"@scheme\": https",
        "\"host\": mcp.example.com",
        "\"x-tenant\": acme\tinc",
        "\"date\": Tue, 14 Nov 2023 22:13:20 GMT",
        &format!("\"@signature-params\": {parameters}"),
    ];
    let signature = hmac("sha256", &base.join("\n"));
    prints(
        helper,
        &[
            ("Signature-Input", format!("*my_sig-1.a={parameters}")),
            ("Signature", format!("*my_sig-1.a=:{signature}:")),
            ("X-Tenant", "acme\\tinc".to_owned()),
            ("Date", "Tue, 14 Nov 2023 22:13:20 GMT".to_owned()),
            ("X-Unsigned", "u".to_owned()),
        ],
    );
}

#[test]
fn rfc9421_of_a_url_that_has_next_to_nothing() {
    let helper = signing().args(["--now", "1700000000", "--server-url", "http://[::1]:8080", "--scheme", "rfc9421"]);
    let helper = helper.args(["--components", "@authority @path @query @target-uri", "--format", "token"]);
    let base = [
        "\"@authority\": [::1]:8080",
        "\"@path\": /",
        "\"@query\": ?",
        "\"@target-uri\": http://[::1]:8080/",
        r#""@signature-params": ("@authority" "@path" "@query" "@target-uri");created=1700000000;expires=1700000300;alg="hmac-sha256""#,
    ];
    helper.run().prints(&hmac("sha256", &base.join("\n")));
}

#[test]
fn kong() {
    for (algorithm, digest) in [("sha256", "sha256"), ("sha1", "sha1"), ("sha384", "sha384"), ("sha512", "sha512")] {
        let signature = hmac(digest, "date: Tue, 14 Nov 2023 22:13:20 GMT");
        let authorization =
            format!(r#"hmac username="alice b", algorithm="hmac-{digest}", headers="date", signature="{signature}""#);
        let date = "Tue, 14 Nov 2023 22:13:20 GMT".to_owned();
        let helper = scheme("kong").args(["--key-id", "alice b", "--algorithm", algorithm]);
        prints(helper, &[("Date", date), ("Authorization", authorization)]);
    }
    let signature = hmac("sha256", "date: Tue, 14 Nov 2023 22:13:20 GMT\nhost: mcp.example.com\nx-tenant: acme");
    let authorization = format!(
        r#"hmac username="alice", algorithm="hmac-sha256", headers="date host x-tenant", signature="{signature}""#
    );
    let helper = scheme("kong").args(["--key-id", "alice", "--components", "host X-Tenant", "--add", "X-Tenant: acme"]);
    prints(
        helper,
        &[
            ("Date", "Tue, 14 Nov 2023 22:13:20 GMT".to_owned()),
            ("Authorization", authorization),
            ("X-Tenant", "acme".to_owned()),
        ],
    );
}

#[test]
fn apisix() {
    for (algorithm, digest) in [("sha256", "sha256"), ("sha1", "sha1"), ("sha512", "sha512")] {
        let signature = hmac(digest, "alice\ndate: Tue, 14 Nov 2023 22:13:20 GMT\n");
        let authorization =
            format!(r#"Signature keyId="alice",algorithm="hmac-{digest}",headers="date",signature="{signature}""#);
        let date = "Tue, 14 Nov 2023 22:13:20 GMT".to_owned();
        let helper = scheme("apisix").args(["--key-id", "alice", "--algorithm", algorithm]);
        prints(helper, &[("Date", date), ("Authorization", authorization)]);
    }
    let signature = hmac("sha256", "alice\ndate: Tue, 14 Nov 2023 22:13:20 GMT\nhost: mcp.example.com\n");
    let authorization =
        format!(r#"Signature keyId="alice",algorithm="hmac-sha256",headers="date host",signature="{signature}""#);
    let helper = scheme("apisix").args(["--key-id", "{env:WHO}", "--components", "host"]).env("WHO", "alice");
    prints(helper, &[("Date", "Tue, 14 Nov 2023 22:13:20 GMT".to_owned()), ("Authorization", authorization)]);
}

/// RFC 9421 section 2.2.3: the authority is normalised, and both sides must arrive at the same text.
#[test]
fn an_address_is_signed_as_a_client_sends_it() {
    let authority = |url: &str, shown: &str| {
        let helper = signing().args(["--server-url", url, "--format", "curl", "-H", "X-A: {server:authority}"]);
        helper.run().prints(&format!("header = \"X-A: {shown}\""));
    };
    authority("https://[0:0::1]/", "[::1]");
    authority("https://[2001:0DB8:0:0:0:0:0:1]:443/", "[2001:db8::1]");
    authority("https://[2001:db8:0:1:0:0:0:1]:8443/", "[2001:db8:0:1::1]:8443");
    authority("https://[::ffff:192.0.2.1]/", "[::ffff:c000:201]");
    let signed = |url: &str| {
        let helper = signing().args(["--now", "1700000000", "--server-url", url, "--scheme", "rfc9421"]);
        String::from_utf8(helper.run().stdout().to_vec()).unwrap()
    };
    assert_eq!(signed("https://[0:0:0:0:0:0:0:1]:443/mcp"), signed("https://[::1]/mcp"));
    assert_ne!(signed("https://[::2]/mcp"), signed("https://[::1]/mcp"));
}
