//! Profiles of a helper with options that take each other's place.

use crate::common::{CANARY, Helper};
use crate::{EXECUTABLE, Endpoint, bearer};

/// The helper with a profile `p` of these options, asked for by name.
pub(crate) fn with_profile(options: &str) -> Helper {
    let profile = format!("[profiles.p.hdr-bearer-refresh]\n{options}");
    let helper = Helper::new(EXECUTABLE).prepared_by("mkdir -p ~/.config/hdr").env("K", CANARY);
    helper.file(".config/hdr/config.toml", profile, 0o600).args(["--profile", "p"])
}

#[test]
fn a_whole_command_line_fits_into_a_profile() {
    let endpoint = Endpoint::minting();
    let helper = with_profile(&format!(
        "token-url = '{}'\nclient-id = 'abc'\nclient-secret = 'file:secret'\nscope = ['a', 'b']\nparam = 'x={{server:name}}'\n",
        endpoint.url()
    ));
    let helper = helper.file(".config/hdr/secret", CANARY, 0o600).args(["--server-name", "n"]);
    helper.again().run().prints(&bearer("token-0"));
    helper.again().run().prints(&bearer("token-0"));
    helper.again().args(["--scope", "c"]).run().prints(&bearer("token-1"));
    let bodies: Vec<_> =
        endpoint.requests().iter().map(|request| request.split("\r\n\r\n").nth(1).unwrap().to_owned()).collect();
    assert_eq!(bodies, ["grant_type=client_credentials&scope=a+b&x=n", "grant_type=client_credentials&scope=c&x=n"]);
    let status = helper.beside().arg("status").run();
    let printed = String::from_utf8_lossy(status.stdout()).into_owned();
    assert_eq!(printed.matches("  profile p  ").count(), 2, "{printed}");
}

#[test]
fn one_of_a_set_on_the_command_line_displaces_the_set_of_the_profile() {
    let origins =
        ["token-url = 'https://a'", "issuer = 'https://b'", "discover = true", "command = 'id'", "token = 'env:K'"];
    let credentials = ["client-secret = 'env:K'", "client-key = 'env:K'", "tls-cert = 'c'", "tls-key = 'k'"];
    let grants = ["refresh-token = 'env:K'", "subject-token = 'env:K'", "assertion-key = 'env:K'"];
    let rest = [&credentials[..], &grants].concat();
    let others = [&origins[..], &grants].concat();
    let before = [&origins[..], &credentials].concat();
    // What is displaced, what stays, and what is left out for its secrets.
    let given = [
        (vec!["--token-url", "https://c"], &origins[..], &[][..], &rest[..]),
        (vec!["--issuer=https://c"], &origins, &[], &rest),
        (vec!["--discover"], &origins, &[], &rest),
        (vec!["--command", "id"], &origins, &[], &rest),
        (vec!["--token", "env:K"], &origins, &[], &rest),
        (vec!["--client-secret", "env:K"], &credentials, &others, &[]),
        (vec!["--client-key", "env:K"], &credentials, &others, &[]),
        (vec!["--tls-cert", "c", "--tls-key", "k"], &credentials, &others, &[]),
        (vec!["--refresh-token", "env:K"], &grants, &before, &[]),
        (vec!["--subject-token", "env:K"], &grants, &before, &[]),
        (vec!["--assertion-key", "env:K"], &grants, &before, &[]),
        (vec!["--client-id", "c"], &["client-id = 'abc'"], &[], &[]),
    ];
    let names = |options: &[&str]| -> Vec<String> {
        options.iter().map(|option| format!("--{}", option.split(' ').next().unwrap())).collect()
    };
    for (words, displaced, kept, left_out) in given {
        let client_id = if words[0] == "--client-id" { "" } else { "client-id = 'abc'\n" };
        let sets = [displaced, kept, left_out].concat().join("\n");
        let profile = format!("ca-cert = 'ca'\n{client_id}{sets}\n");
        let option = words[0].split('=').next().unwrap();
        let outcome = with_profile(&profile).args(words).args(["--explain", "--json"]).run();
        let mut own = vec!["--ca-cert".to_owned()];
        own.extend((!client_id.is_empty()).then(|| "--client-id".to_owned()));
        own.extend(names(kept));
        let reason = match left_out {
            [] => String::new(),
            _ => format!(
                "; not used because {option} on the command line names another recipient: {}",
                names(left_out).join(" ")
            ),
        };
        let line = format!(
            "hdr-bearer-refresh: profile p of ~/.config/hdr/config.toml, chosen by --profile, gives {}; the command line replaces \
             its {}{reason}\n",
            own.join(" "),
            names(displaced).join(" ")
        );
        assert!(outcome.stderr().starts_with(&line), "{}\n{line}", outcome.stderr());
    }
}

#[test]
fn options_that_do_not_fit_together_are_told_with_the_profile() {
    let file = "~/.config/hdr/config.toml";
    for (profile, message) in [
        (
            "tls-cert = 'c'\ntoken-url = 'https://a'\n",
            format!(
                "profile p of {file} line 2: the following required arguments were not provided: --tls-key <FILE>; correct it there, \
                 or override it on the command line"
            ),
        ),
        (
            "token-url = 'https://a'\nissuer = 'https://b'\n",
            format!(
                "--token-url and --issuer or --discover are given ({file} line 2): each says where the token comes from; keep \
                 only one of them"
            ),
        ),
        (
            "\nclient-secret = 'hunter2'\ntoken-url = 'https://a'\n",
            format!(
                "--client-secret does not take a bare value ({file} line 3): a secret on a command line can be read by every process \
                 of the machine; name where it is kept: env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE"
            ),
        ),
        (
            "token-url = 'http://login.example.com'\n",
            format!(
                "--token-url http://login.example.com cannot be used ({file} line 2): plain HTTP exposes credentials to \
                 the network; write https://; plain HTTP is allowed only for a loopback host"
            ),
        ),
    ] {
        with_profile(profile).run().fails(2, &message);
    }
}

/// What is sent to a token endpoint, beside an endpoint that is not there.
#[test]
fn a_mistake_in_what_is_sent_is_told_with_the_option_and_its_line() {
    let helper = |line: &str| {
        let option = line.split(' ').next();
        let base = ["token-url = 'http://127.0.0.1:1/token'", "client-id = 'abc'", "client-secret = 'env:K'"];
        // What the option takes the place of is left out.
        let replaced = match option {
            Some("issuer" | "discover" | "command" | "token" | "preset") => "token-url",
            Some("client-assertion") => "client-secret",
            option => option.unwrap_or_default(),
        };
        let is_left = |line: &str| line.split(' ').next() != Some(replaced);
        let base = base.map(|line| if is_left(line) { line } else { "" });
        with_profile(&format!("{}\n{line}", base.join("\n"))).args(["--timeout", "100ms"])
    };
    let refused = crate::contract::profile_mistakes::refused(&helper, 5);
    for name in [
        "token-url",
        "issuer",
        "command",
        "client-secret",
        "client-key",
        "client-auth",
        "tls-cert",
        "grant",
        "refresh-token",
        "subject-token",
        "assertion",
        "assertion-key",
        "scope",
        "audience",
        "resource",
        "param",
        "token-header",
        "body",
        "proxy",
        "min-life",
        "assume-life",
        "on-reask",
        "no-cache",
    ] {
        assert!(refused.iter().any(|known| known == name), "{name} takes anything: {refused:?}");
    }
}
