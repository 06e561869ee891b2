//! What this helper cannot sign, and why, each by its name.

use crate::signing;

const EVERY_REQUEST: &str = "but a client runs a helper once per connection and sends its headers on every POST, GET and DELETE \
                             of it";

const IN_THE_BRIDGE: &str = "run hdr-hmac behind hdr-bridge, with {method}, {target} or {body} in --message, or use --scheme \
                             timestamp, rfc9421, kong or apisix";

#[test]
fn a_scheme_that_signs_each_request_is_refused_by_name() {
    for (scheme, signed) in [
        ("sigv4", "the method and body of each request"),
        ("stripe", "the body of each request"),
        ("github", "the body of each request"),
        ("slack", "the body of each request"),
        ("azure", "the method and body of each request"),
        ("hawk", "the method and a nonce of each request"),
        ("SigV4", "the method and body of each request"),
    ] {
        let scheme_name = scheme.to_lowercase();
        let remedy = if scheme_name == "sigv4" { "use hdr-bridge --sign sigv4" } else { IN_THE_BRIDGE };
        let message = format!("--scheme {scheme_name} is not supported: it signs {signed}, {EVERY_REQUEST}; {remedy}");
        signing().args(["--scheme", scheme]).run().fails(2, &message);
    }
}

#[test]
fn an_unknown_scheme_is_refused_with_the_nearest_name() {
    for (scheme, remedy) in [
        ("rfc-9421", "write rfc9421"),
        ("kongg", "write kong"),
        ("apisx", "write apisix"),
        ("", "use one of timestamp, rfc9421, kong, apisix"),
        ("xyz", "use one of timestamp, rfc9421, kong, apisix"),
    ] {
        let message = format!("--scheme: no scheme has that name; {remedy}");
        signing().args(["--scheme", scheme]).run().fails(2, &message);
    }
}

#[test]
fn a_component_of_one_request_is_refused_by_name() {
    for (scheme, component, signed) in [
        ("rfc9421", "@method", "the method of each request"),
        ("rfc9421", "@METHOD", "the method of each request"),
        ("kong", "request-line", "the method of each request"),
        ("kong", "@request-target", "the method of each request"),
        ("apisix", "@request-target", "the method of each request"),
        ("apisix", "(request-target)", "the method of each request"),
        ("rfc9421", "content-digest", "the body of each request"),
        ("rfc9421", "Content-Type", "the body of each request"),
        ("rfc9421", "content-length", "the body of each request"),
        ("kong", "digest", "the body of each request"),
        ("apisix", "content-type", "the body of each request"),
    ] {
        let helper = signing().args(["--server-url", "https://h/p", "--key-id", "alice"]);
        let shown = component.to_lowercase();
        let remedy = match scheme {
            "rfc9421" => "remove it, or run hdr-hmac behind hdr-bridge, which knows each request",
            _ => IN_THE_BRIDGE,
        };
        let message = format!("--components: {shown} is not supported: it signs {signed}, {EVERY_REQUEST}; {remedy}");
        helper.args(["--scheme", scheme, "--components", component]).run().fails(2, &message);
    }
}

#[test]
fn a_component_that_cannot_be_known_is_refused() {
    let neither = "it is neither a header that is printed nor a derived component that a helper can know";
    let derived = "use @authority, @path, @query, @request-target, @scheme, @target-uri or the name of a header";
    let twice = "is given twice: a component is signed once; remove one";
    let printed = |name| {
        format!(
            "is not printed: only headers that this run prints can be signed; print it too: --add '{name}: TEMPLATE'"
        )
    };
    for (scheme, components, message) in [
        ("rfc9421", "@status", format!("--components: @status is unknown: {neither}; {derived}")),
        ("rfc9421", "@query-param", format!("--components: @query-param is unknown: {neither}; {derived}")),
        ("rfc9421", "\"@path\"", format!("--components: \"@path\" is unknown: {neither}; {derived}")),
        ("rfc9421", "@path;req", format!("--components: @path;req is unknown: {neither}; {derived}")),
        (
            "kong",
            "@authority",
            format!("--components: @authority is unknown: {neither}; use host or the name of a header"),
        ),
        ("rfc9421", "@path @authority @PATH", format!("--components: @path {twice}")),
        ("kong", "date", format!("--components: date {twice}")),
        ("apisix", "x-a X-A", format!("--components: x-a {twice}")),
        ("rfc9421", "X-Tenant", format!("--components x-tenant {}", printed("x-tenant"))),
        ("kong", "x-tenant", format!("--components x-tenant {}", printed("x-tenant"))),
        ("apisix", "user-agent", format!("--components user-agent {}", printed("user-agent"))),
    ] {
        let helper = signing().args(["--server-url", "https://h/p", "--key-id", "alice"]);
        helper.args(["--scheme", scheme, "--components", components]).run().fails(2, &message);
    }
}

#[test]
fn a_component_of_an_unknown_server_is_refused() {
    for (scheme, components, shown) in
        [("rfc9421", "@path", "@path"), ("kong", "Host", "host"), ("rfc9421", "@target-uri", "@target-uri")]
    {
        let message = format!(
            "--components {shown}: the URL of the server is not known: the client did not pass it (Codex never does); give \
             --server-url"
        );
        let helper = signing().args(["--scheme", scheme, "--components", components, "--key-id", "alice"]);
        helper.run().fails(2, &message);
    }
}

#[test]
fn an_option_that_a_scheme_has_no_place_for_is_refused() {
    let kong_or_apisix = "rfc9421 or kong or apisix";
    for (options, message) in [
        (
            vec!["--scheme", "rfc9421", "--message", "x"],
            "--message: the scheme rfc9421 does not use it; remove one of the two".to_owned(),
        ),
        (
            vec!["--scheme", "timestamp", "--message", "x"],
            "--message: the scheme timestamp does not use it; remove one of the two".to_owned(),
        ),
        (
            vec!["--scheme", "kong", "--message", "x"],
            "--message: the scheme kong does not use it; remove one of the two".to_owned(),
        ),
        (
            vec!["--components", "@path"],
            format!("--components: the scheme timestamp does not use it; remove it, or use --scheme {kong_or_apisix}"),
        ),
        (
            vec!["--key-id", "k"],
            format!("--key-id: the scheme timestamp does not use it; remove it, or use --scheme {kong_or_apisix}"),
        ),
        (
            vec!["--expires", "5m"],
            "--expires: the scheme timestamp does not use it; remove it, or use --scheme rfc9421".to_owned(),
        ),
        (
            vec!["--scheme", "kong", "--expires", "5m", "--key-id", "k"],
            "--expires: the scheme kong does not use it; remove it, or use --scheme rfc9421".to_owned(),
        ),
        (
            vec!["--scheme", "apisix", "--label", "s", "--key-id", "k"],
            "--label: the scheme apisix does not use it; remove it, or use --scheme rfc9421".to_owned(),
        ),
        (
            vec!["--scheme", "rfc9421", "--algorithm", "sha512"],
            "--algorithm sha512: the scheme rfc9421 does not have it; use sha256".to_owned(),
        ),
        (
            vec!["--scheme", "apisix", "--algorithm", "sha384", "--key-id", "k"],
            "--algorithm sha384: the scheme apisix does not have it; use sha256, sha1, sha512".to_owned(),
        ),
        (
            vec!["--scheme", "rfc9421", "--encoding", "hex"],
            "--encoding: the scheme rfc9421 prescribes base64; remove the option".to_owned(),
        ),
    ] {
        signing().args(["--server-url", "https://h/p"]).args(options).run().fails(2, &message);
    }
}

#[test]
fn a_key_id_that_breaks_its_header_is_refused() {
    for (scheme, key_id) in [
        ("rfc9421", ""),
        ("rfc9421", "a\"b"),
        ("rfc9421", "a\\\\b"),
        ("rfc9421", "caf\u{e9}"),
        ("rfc9421", "a\tb"),
        ("kong", "a\"b"),
        ("apisix", "a\"b"),
        ("apisix", "a,b"),
        ("apisix", "{env:V}"),
    ] {
        let helper = signing().args(["--server-url", "https://h/p", "--scheme", scheme, "--key-id", key_id]);
        let not = match scheme {
            "rfc9421" => "\" or \\",
            "kong" => "\"",
            _ => "\" or ,",
        };
        let message = format!(
            "--key-id: the scheme {scheme} takes only visible ASCII without {not}, and no empty key id; give the key \
             another name"
        );
        helper.env("V", "a\nb").run().fails(2, &message);
    }
    for scheme in ["kong", "apisix"] {
        let message = format!(
            "--scheme {scheme} needs --key-id: the gateway finds the key by its name; give the name that the gateway has for \
             the key"
        );
        signing().args(["--scheme", scheme]).run().fails(2, &message);
    }
}

#[test]
fn a_label_or_life_that_no_signature_can_have_is_refused() {
    let no_key = |label| {
        format!(
            "--label: `{label}` is not a key of a structured field (RFC 8941); use lower case letters and digits, a letter first"
        )
    };
    for (options, message) in [
        (["--label", ""], no_key("")),
        (["--label", "Sig1"], no_key("Sig1")),
        (["--label", "1sig"], no_key("1sig")),
        (["--label", "a=b"], no_key("a=b")),
        (["--expires", "0s"], "--expires: the duration is zero; give a longer one".to_owned()),
        (
            ["--expires", "soon"],
            "--expires: it is not a duration of at most ten years; write a whole number and a unit: 500ms, 8s, 5m, 1h"
                .to_owned(),
        ),
    ] {
        let helper = signing().args(["--server-url", "https://h/p", "--scheme", "rfc9421"]);
        helper.args(options).run().fails(2, &message);
    }
}

#[test]
fn a_signature_cannot_be_part_of_what_is_signed() {
    let own = "no placeholder has that name";
    for (options, message) in [
        (
            vec!["--message", "{signature}"],
            format!(
                "--message: {{signature}} is unknown: {own}; use one of {{timestamp}} {{uuid}} {{nonce}} {{env:…}} {{file:…}} {{json:…}} {{cmd:…}} {{basic:…}} \
                 {{server:…}}, or {{{{ for a brace"
            ),
        ),
        (
            vec!["--scheme", "rfc9421", "--components", "x-s", "--add", "X-S: {signature}"],
            "--components x-s is not printed: only headers that this run prints can be signed; print it too: --add 'x-s: \
             TEMPLATE'"
                .to_owned(),
        ),
    ] {
        signing().args(options).run().fails(2, &message);
    }
}
