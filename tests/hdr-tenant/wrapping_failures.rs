//! Another helper that fails, hangs, or prints what is no headers.

use std::time::Duration;

use crate::common::CANARY;
use crate::minimal;
use crate::process::are_gone;
use crate::wrapping::wrapping;

/// Its own number and its child's in `~/pids`.
const PIDS: &str = "sleep 20 & echo $$ >~/pids; echo $! >>~/pids;";

/// Neither do the words of a helper that is wrapped show a secret, nor can a link have any.
#[test]
fn it_is_printed_for_a_client_without_secrets_and_not_for_one_that_runs_links() {
    let public = "and others may be able to read a configuration file";
    let written_out = format!("it looks like a literal secret, {public}");
    let printing = |client: &str, words: &[&str]| {
        let arguments = ["--print-config", client, "--server-name", "n", "--server-url", "https://h/", "--"];
        minimal().args(arguments).args(words).run()
    };
    printing("codex", &["hdr-hmac", "--key", CANARY]).fails(
        2,
        "--key does not take a bare value: a secret on a command line can be read by every process of the machine; name where it is \
         kept: env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE",
    );
    let remedy = "name where it is kept: {file:PATH} or {cmd:COMMAND LINE}";
    printing("claude-plugin", &["hdr-jwt", "--key", "{tenant:key}", "--add", &format!("X-API-Key: {CANARY}")])
        .fails(2, &format!("--add X-API-Key cannot be printed: {written_out}; {remedy}"));
    printing("claude-code", &["other", "--header", &format!("Cookie: {CANARY}")])
        .fails(2, &format!("-H Cookie cannot be printed: {written_out}; {remedy}"));
    printing("claude-code", &["other", &format!("https://u:{CANARY}@h")]).fails(
        2,
        &format!(
            "a word of the command line cannot be printed: its URL contains a user name or password, {public}; remove it from \
             the URL"
        ),
    );
    for (words, what) in [
        (&["hdr-hmac", "-H", "X-API-Key: {tenant}abc"][..], "-H X-API-Key"),
        (&["hdr-hmac", "--add", "Authorization: {tenant} abc"], "--add Authorization"),
        (&["hdr-bearer-refresh", "--command", "curl -H \"Authorization: Bearer abc\" https://h"], "--command"),
    ] {
        printing("codex", words).fails(2, &format!("{what} cannot be printed: {written_out}; {remedy}"));
    }
    for words in [&["env", "SECRET=abc", "hdr-hmac"][..], &["sh", "-c", "SECRET=abc exec hdr-hmac"]] {
        let fact = "SECRET in the command line cannot be printed";
        printing("codex", words).fails(2, &format!("{fact}: {written_out}; keep it in a file that the command reads"));
    }
    printing("codex", &["hdr-bearer-refresh", "--proxy", "u:p@h:1"]).fails(
        2,
        &format!(
            "--proxy cannot be printed: its URL contains a user name or password, {public}; remove it from the URL"
        ),
    );
    for words in [&["hdr-bearer-refresh", "--client-secret", "{tenant}-hunter2"][..], &["nice", "hdr-jwt", "--key=x"]] {
        let outcome = printing("codex", words);
        let option =
            words.iter().find_map(|word| word.split('=').next().filter(|word| word.starts_with("--"))).unwrap();
        let refused = outcome.stderr().contains(&format!("{option} does not take a bare value: "));
        assert_eq!((outcome.code(), refused), (Some(2), true), "{}", outcome.stderr());
    }
    assert_eq!(printing("claude-code", &["hdr-hmac", "--key", "file:~/{tenant}.key"]).code(), Some(0));
    assert_eq!(printing("codex", &["env", "A=b", "nice", "hdr-hmac", "--key", "{tenant:key}"]).code(), Some(0));
    printing("claude-desktop", &["hdr-hmac", "--key", "file:~/{tenant}.key"]).fails(
        2,
        "the command line after -- cannot be used in Claude Desktop: it runs one executable without arguments, and its options \
         come from a profile; write the wrapped helper's own command line, without hdr-tenant",
    );
}

#[test]
fn its_failure_is_ours() {
    let ours = |code: u8| {
        minimal().program(
            "hdr-jwt",
            format!(
                "#!/bin/sh\necho 'hdr-jwt: a step' >&2\necho 'hdr-jwt: fact a: cause: b; c; remedy' >&2\nexit {code}\n"
            ),
        )
    };
    for code in (1..=6).chain([77, 255]) {
        ours(code).args(["--", "~/hdr-jwt"]).run().fails(code.into(), "hdr-jwt: fact a: cause: b; c; remedy");
    }
    ours(4).args(["--explain", "--", "~/hdr-jwt"]).run().fails_saying(
        4,
        &["the tenant acme comes from --tenant", "hdr-jwt: a step", "hdr-jwt: fact a: cause: b; c; remedy"],
    );
    let nested = minimal().args(["-H", "X-A: a", "--", crate::EXECUTABLE, "-H", "X-B: {env:NONE}"]);
    nested.run().fails(
        3,
        "hdr-tenant: -H X-B: env:NONE is not set: MCP clients strip variables with credential-like names for project and plugin \
         servers; set it, or keep the secret where it is not stripped: file:PATH or cmd:COMMAND LINE",
    );
    minimal()
        .args(["--", crate::EXECUTABLE, "--zzz"])
        .run()
        .fails(2, "hdr-tenant: unexpected argument '--zzz' found; see hdr-tenant --help");
}

#[test]
fn one_that_cannot_be_started_is_named() {
    let install = "install it in the folder of hdr-tenant, or give its absolute path: clients change PATH";
    for (program, message) in [
        ("hdr-no-such", format!("hdr-no-such cannot be run: it does not exist; {install}")),
        ("/hdr/no-such", format!("no-such cannot be run: it does not exist; {install}")),
        ("/etc/passwd", format!("passwd cannot be run: permission denied; {install}")),
        (
            "./x",
            "--: ./x is a relative path: clients choose the working directory; write a bare name, found in the folder of hdr-tenant or on \
             PATH, an absolute path or ~/…"
                .to_owned(),
        ),
        ("", "-- is not followed by a helper: the word is empty; write -- HELPER ARGUMENTS".to_owned()),
    ] {
        minimal().env("PATH", "/usr/bin:/bin").args(["--", program]).run().fails(2, &message);
    }
    minimal()
        .args(["--format", "token", "--", "echo"])
        .run()
        .fails(2, "--format token cannot be used here: a wrapped helper prints headers, not a bare value; remove it");
}

#[test]
fn output_that_is_no_headers_is_refused_and_not_repeated() {
    let remedy = "make it print one JSON object of strings and nothing else";
    let unusable = |cause| format!("sh: its output cannot be used: {cause}; {remedy}");
    let no_json = unusable("it is not valid JSON");
    let no_object = unusable("it is not a JSON object");
    let header = |what: &str| format!("sh: header {what}");
    let no_string = header("X-B cannot be sent: its value is not a string; make the helper print a string");
    for (printed, message) in [
        (String::new(), unusable("it is empty")),
        (" \n".to_owned(), unusable("it is empty")),
        ("\u{feff}{}".to_owned(), unusable("it begins with a byte order mark")),
        (CANARY.to_owned(), no_json.clone()),
        (format!("{{\"X-B\":\"{CANARY}\"}} x"), no_json.clone()),
        (format!("{{\"X-B\":\"{CANARY}\",}}"), no_json.clone()),
        (format!("log: {{\"X-B\":\"{CANARY}\"}}"), no_json.clone()),
        (format!("[\"{CANARY}\"]"), no_object.clone()),
        (format!("\"{CANARY}\""), no_object.clone()),
        ("17".to_owned(), no_object.clone()),
        ("null".to_owned(), no_object.clone()),
        ("[".repeat(60_000), no_object),
        (format!("{{\"X-B\":{}", "[".repeat(60_000)), no_json),
        ("{\"X-B\":1}".to_owned(), no_string.clone()),
        ("{\"X-B\":-1}".to_owned(), no_string.clone()),
        ("{\"X-B\":1.5e3}".to_owned(), no_string.clone()),
        ("{\"X-B\":123456789012345678901234567890}".to_owned(), no_string.clone()),
        ("{\"X-B\":null}".to_owned(), no_string.clone()),
        ("{\"X-B\":true}".to_owned(), no_string.clone()),
        (format!("{{\"X-B\":[\"{CANARY}\"]}}"), no_string.clone()),
        (format!("{{\"X-B\":{{\"X-C\":\"{CANARY}\"}}}}"), no_string),
        (
            "{\"X-B\":\"1\",\"x-b\":\"2\"}".to_owned(),
            header("x-b is given twice: names are unique, ignoring case; remove one"),
        ),
        ("{\"X-B\":\"\"}".to_owned(), header("X-B cannot be sent: its value is empty; give it a value or remove the header")),
        (
            format!("{{\"X-B\":\"{CANARY}\\n\"}}"),
            header(
                "X-B cannot be sent: its value has a character that is not visible ASCII, space or tab; check it for a line break or \
                 an accented letter",
            ),
        ),
        (
            "{\"Mcp-Session-Id\":\"1\"}".to_owned(),
            header("Mcp-Session-Id is reserved: the client sets it, and another value breaks the connection; remove it"),
        ),
        (
            "{\"X B\":\"1\"}".to_owned(),
            "sh: header name `X B` is not valid: a name is letters, digits and !#$%&'*+-.^_`|~ (RFC 9110); write -H 'NAME: TEMPLATE' \
             with such a name"
                .to_owned(),
        ),
        (
            "{\"x-tenant-id\":\"1\"}".to_owned(),
            "header x-tenant-id is given twice: both hdr-tenant and sh print it; remove it from one of them, with -H".to_owned(),
        ),
    ] {
        let helper = minimal().file("printed", &printed, 0o600).args(["--", "sh", "-c", "cat ~/printed"]);
        helper.run().fails(6, &message);
    }
    wrapping("printf '{\"X-B\":\"\\377\"}'").run().fails(6, &unusable("it is not valid JSON"));
    wrapping("yes").run().fails(6, "sh failed: it printed more than 64 KiB; make it print only its headers");
    let large = minimal().file("printed", format!("{{\"X-B\":\"{}\"}}", "x".repeat(65_510)), 0o600);
    large.args(["--", "sh", "-c", "cat ~/printed"]).run().fails(
        6,
        "header X-B is too long: all headers together are larger than 64 KiB, and Codex accepts no more; shorten it",
    );
}

#[test]
fn neither_a_name_nor_stderr_shows_what_was_printed() {
    let named = |name: &str| {
        let helper = minimal().file("printed", format!("{{\"{name}\":\"Bearer tokABCDEFGHIJKL\"}}"), 0o600);
        helper.args(["--", "sh", "-c", "cat ~/printed"]).run()
    };
    named("tokABCDEFGHIJKL secret")
        .fails(6, "sh: header [redacted] secret cannot be sent: its name may contain a secret; give it another name");
    named("X ABCDEFGHIJ")
        .fails(6, "sh: header X [redacted] cannot be sent: its name may contain a secret; give it another name");
    for printed in ["{\"access_token\":\"tokABCDEFGHIJ\",\"x\":", "the token\ntokABCDEFGHIJ\n"] {
        let helper = minimal().file("printed", printed, 0o600);
        helper
            .args(["--", "sh", "-c", "cat ~/printed; echo bad tokABCDEFGHIJ >&2; exit 1"])
            .run()
            .fails(1, "sh failed: exit status: 1: bad [redacted]; run it by hand");
    }
}

#[test]
fn one_that_hangs_is_ended_at_our_deadline_with_its_children() {
    for line in [format!("{PIDS} wait"), format!("trap : TERM; exec >&- 2>&-; {PIDS} while :; do wait; done")] {
        let outcome = minimal().args(["--timeout", "1s", "--", "sh", "-c", &line]).run();
        outcome.fails(5, "sh failed: it did not finish within the 1000 ms of --timeout; try again, or raise --timeout");
        assert!(outcome.elapsed() >= Duration::from_secs(1), "{:?}", outcome.elapsed());
        assert!(outcome.elapsed() < Duration::from_millis(1300), "{:?}", outcome.elapsed());
        are_gone(&pids(&outcome.file("pids")));
    }
}

#[test]
fn one_of_ours_fails_first_and_says_why() {
    let command = format!("X-B: {{cmd:sh -c '{PIDS} wait'}}");
    let helper = minimal().args(["-H", "X-A: a", "--timeout", "1s", "--", crate::EXECUTABLE, "-H", &command]);
    let outcome = helper.run();
    let said = outcome.stderr();
    let (before, rest) = said.split_once("within the ").expect(&said);
    let (milliseconds, after) = rest.split_once(" ms").expect(&said);
    assert_eq!(before, "hdr-tenant: hdr-tenant: -H X-B: cmd:sh failed: it did not finish ");
    assert!((700..=900).contains(&milliseconds.parse::<u32>().unwrap()), "{said}");
    assert_eq!(after, " of HDR_TIMEOUT; run it by hand, or see its stderr with --explain\n");
    assert_eq!(outcome.code(), Some(5));
    assert!(outcome.elapsed() < Duration::from_millis(1300), "{:?}", outcome.elapsed());
    are_gone(&pids(&outcome.file("pids")));
}

#[test]
fn a_signal_to_us_ends_it_and_what_it_runs_in_turn() {
    let nested = format!("X-B: {{cmd:sh -c '{PIDS} wait'}}");
    let plain = format!("{PIDS} wait");
    for words in [["sh", "-c", &plain], [crate::EXECUTABLE, "-H", &nested]] {
        for (signal, number) in [("TERM", 15), ("INT", 2), ("HUP", 1)] {
            let running = minimal().args(["-H", "X-A: a", "--"]).args(words).start();
            let pids = running.lines("pids", 2);
            running.signal(signal);
            let outcome = running.finish();
            outcome.is_ended_by(number);
            assert!(outcome.elapsed() < Duration::from_secs(4), "{:?}", outcome.elapsed());
            are_gone(&pids);
        }
    }
}

#[track_caller]
fn pids(bytes: &[u8]) -> Vec<String> {
    let pids: Vec<_> = String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect();
    assert_eq!(pids.len(), 2, "{pids:?}");
    pids
}
