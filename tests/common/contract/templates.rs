//! Templates: what they stand for, and which are refused.

use super::minimal;

const URL: &str = "https://user:pw@MCP.Example.com:8443/a/b?c=d&e";

#[test]
fn a_broken_template_is_refused_with_the_nearest_name() {
    let [own, ..] = crate::OWN;
    let all_own = crate::OWN.join(" ");
    let all = format!(
        "use one of {{timestamp}} {{uuid}} {{nonce}} {{env:…}} {{file:…}} {{json:…}} {{cmd:…}} {{basic:…}} {{server:…}} {all_own}"
    );
    let (misspelt, own_remedy) = (own.replace('}', "s}"), format!("write {own}"));
    for (template, remedy) in [
        ("{timestmap}", "write {timestamp}"),
        ("{Timestamp}", "write {timestamp}"),
        ("{uuid:4}", "write {uuid}"),
        ("{nonse}", "write {nonce}"),
        ("{env}", "write {env:…}"),
        ("{envs:K}", "write {env:…}"),
        ("{fil:~/k}", "write {file:…}"),
        ("{cmd}", "write {cmd:…}"),
        ("{server}", "write {server:…}"),
        ("{timestamp:unix_ms}", "write {timestamp:unix-ms}"),
        ("{timestamp:httpdate}", "write {timestamp:http-date}"),
        (
            "{timestamp:%s}",
            "use one of {timestamp:unix} {timestamp:unix-ms} {timestamp:rfc3339} {timestamp:http-date} {timestamp:basic}",
        ),
        ("{server:hots}", "write {server:host}"),
        (
            "{server:zzz}",
            "use one of {server:name} {server:url} {server:scheme} {server:host} {server:port} {server:authority} \
             {server:path} {server:query} {server:target}",
        ),
        ("{}", &all),
        ("{ uuid }", "write {uuid}"),
        ("{zzz}", &all),
        (&misspelt, &own_remedy),
        (&own.replace('}', ":}"), &own_remedy),
    ] {
        minimal().header(&format!("X-A: a {template} b")).run().fails(
            2,
            &format!("-H X-A: {template} is unknown: no placeholder has that name; {remedy}, or {{{{ for a brace"),
        );
    }
}

#[test]
fn a_part_of_the_request_is_refused_by_name() {
    for placeholder in ["{method}", "{target}", "{body}", "{body:sha256}"] {
        minimal().header(&format!("X-A: a {placeholder}")).run().fails(
            2,
            &format!(
                "-H X-A: {placeholder} is not supported: it differs from request to request, and a client runs a helper once \
                 per connection; run the helper behind hdr-bridge, where -H, --add and --message take it"
            ),
        );
    }
}

#[test]
fn a_brace_without_its_other_half_is_refused() {
    let unclosed = "a placeholder is not closed: `{` has no `}` after it; close it, or write {{ for a brace";
    let lone = "a lone brace: `}` has no `{` before it; write }} for a brace";
    for (template, message) in [
        ("{", unclosed),
        ("a{timestamp", unclosed),
        ("{uuid} {env:K", unclosed),
        ("{{{uuid}}} {", unclosed),
        ("}", lone),
        ("a}b", lone),
        ("{uuid}}", lone),
        ("{{}", lone),
        ("}}}", lone),
    ] {
        minimal().header(&format!("X-A: {template}")).run().fails(2, &format!("-H X-A: {message}"));
    }
}

#[test]
fn a_part_of_a_server_that_is_not_known_is_refused() {
    for part in ["url", "scheme", "host", "port", "authority", "path", "query", "target"] {
        minimal().header(&format!("X-A: {{server:{part}}}")).run().fails(
            2,
            "-H X-A: the URL of the server is not known: the client did not pass it (Codex never does); give --server-url",
        );
    }
    minimal().args(["--server-url", URL]).header("X-A: {server:name}").run().fails(
        2,
        "-H X-A: the name of the server is not known: the client did not pass it (Codex never does); give --server-name",
    );
    minimal()
        .args(["--server-url", "ftp://h/x"])
        .header("X-A: {server:port}")
        .run()
        .fails(2, "-H X-A: the server URL has no port: its scheme has no default port; write the port in it");
}

#[test]
fn a_url_of_the_client_is_complained_of_only_where_it_is_used() {
    let redacted = "https://h/p?key=REDACTED";
    let claude = |url| minimal().env("CLAUDE_CODE_MCP_SERVER_URL", url);
    claude(redacted).header("X-A: {server:path}").run().prints(r#"{"X-A":"/p"}"#);
    for part in ["url", "query", "target"] {
        claude(redacted).header(&format!("X-A: {{server:{part}}}")).run().fails(
            2,
            "-H X-A: a part of the server URL is REDACTED: the client hides values of credential-like variables from \
             helpers; write the value itself into the URL, in the configuration or with --server-url",
        );
    }
    for url in ["canary", "/mcp", "https://"] {
        claude(url).header("X-A: b").run().prints(r#"{"X-A":"b"}"#);
        claude(url).header("X-A: {server:path}").run().fails(
            2,
            "-H X-A: CLAUDE_CODE_MCP_SERVER_URL cannot be used: it is not an absolute URL with an ASCII host; give --server-url",
        );
    }
    claude("").header("X-A: {server:path}").run().fails(
        2,
        "-H X-A: the URL of the server is not known: the client did not pass it (Codex never does); give --server-url",
    );
}

#[test]
fn the_options_name_the_server_and_else_the_client_does() {
    let told = |header: &str| {
        let told =
            minimal().env("CLAUDE_CODE_MCP_SERVER_URL", "https://client/u").env("CLAUDE_CODE_MCP_SERVER_NAME", "c");
        told.header(header)
    };
    told("X-A: {server:name} {server:url}").run().prints(r#"{"X-A":"c https://client/u"}"#);
    let options = ["--server-url", "https://option/u", "--server-name", "o"];
    told("X-A: {server:name} {server:url}").args(options).run().prints(r#"{"X-A":"o https://option/u"}"#);
}

#[test]
fn each_placeholder_stands_for_its_value() {
    let nine = "{server:name} {server:url} {server:scheme} {server:host} {server:port} {server:authority} {server:path} \
                {server:query} {server:target}";
    let values = format!("n {URL} https mcp.example.com 8443 mcp.example.com:8443 /a/b c=d&e /a/b?c=d&e");
    for (template, value) in [
        ("{{x}} }}{{", "{x} }{"),
        (r"a\tb", r"a\tb"),
        (r"a\\b", r"a\\b"),
        (r"a\xb\", r"a\\xb\\"),
        (r"a\\tb", r"a\\tb"),
        (r"\{nonce}", r"\\abc{uuid}"),
        (nine, values.as_str()),
        ("{timestamp}", "2023-11-14T22:13:20+00:00"),
        ("{timestamp:unix}", "1700000000"),
        ("{timestamp:unix-ms}", "1700000000000"),
        ("{timestamp:rfc3339}", "2023-11-14T22:13:20Z"),
        ("{timestamp:http-date}", "Tue, 14 Nov 2023 22:13:20 GMT"),
        ("{timestamp:basic}", "20231114T221320Z"),
        ("{nonce}-{nonce}", "abc{uuid}-abc{uuid}"),
        ("{env:V}", "{uuid}"),
        ("{file:~/v}", r"\\n{{"),
        ("{cmd:echo '{env:V'}", "{env:V"),
        ("{cmd:cat ~/v}{cmd:printenv V}", r"\\n{{{uuid}"),
        ("  \t a \t b", "a \\t b"),
    ] {
        let helper = minimal().env("V", "{uuid}").env("TZ", "UTC0").file("v", r"\n{{", 0o600);
        let options = ["--server-name", "n", "--server-url", URL, "--now", "1700000000", "--nonce", "abc{uuid}"];
        let outcome = helper.args(options).header(&format!("X-A: {template}")).run();
        outcome.prints(&format!("{{\"X-A\":\"{value}\"}}"));
    }
}

#[test]
fn what_is_random_is_the_same_all_through_a_run_and_another_in_the_next() {
    let run = || {
        let outcome = minimal().header("X-A: {uuid} {nonce}").header("X-B: {uuid} {nonce}").run();
        let json: serde_json::Value = serde_json::from_slice(outcome.stdout()).unwrap();
        assert_eq!(json["X-A"], json["X-B"]);
        json["X-A"].as_str().unwrap().to_owned()
    };
    let (one, other) = (run(), run());
    assert_ne!(one, other);
    // RFC 9562 section 5.4, a blank, and 128 bits.
    let shape: String =
        one.chars().map(|c| if c.is_ascii_digit() || ('a'..='f').contains(&c) { 'x' } else { c }).collect();
    assert_eq!(shape, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    assert_eq!(one.as_bytes()[14], b'4', "{one}");
    assert!(matches!(one.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{one}");
}
