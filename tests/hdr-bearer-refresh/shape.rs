//! Which options choose the entry of the cache: those that shape the token, and no others.

use std::collections::BTreeSet;
use std::net::TcpStream;

use crate::EXECUTABLE;
use crate::common::{CANARY, Helper};
use crate::endpoint::{Endpoint, reply};
use crate::kept::{CACHE, names};

/// What stands before an option, and ways to write it with that: each way brings a token of its own. `URL` is a server's.
const SHAPING: [(&str, &str); 51] = [
    ("", "--token-url URL/a | --token-url URL/b | --issuer URL | --discover --server-url URL/mcp"),
    ("--discover", "--server-url URL/mcp | --server-url URL/mcp/other"),
    ("--discover --server-url URL/mcp", "| --any-issuer | --issuer URL"),
    ("", "--issuer URL | --issuer URL/tenant"),
    ("", "--command true | --command false | --token-url URL"),
    ("--command true", "| --vary A | --vary B | --vary A --vary B"),
    (
        "--token-url URL",
        "| --client-id a | --client-id b | --client-id {env:A} | --client-id {server:host} --server-url https://a",
    ),
    ("--token-url URL --client-id a", "| --client-secret env:A | --client-secret env:B"),
    (
        "--token-url URL --client-id a --client-secret env:A",
        "--client-auth basic | --client-auth basic-raw | --client-auth post | --client-auth client-secret-jwt |",
    ),
    ("--token-url URL --client-id a --client-key file:~/ec.pem", "--client-auth private-key-jwt |"),
    (
        "--token-url URL --client-id a --tls-cert ~/cert.pem --tls-key ~/ec.pem",
        "--client-auth tls | --client-auth none |",
    ),
    ("--token-url URL --client-id a --tls-key ~/ec.pem", "--tls-cert ~/cert.pem | --tls-cert ~/copy.pem"),
    ("--token-url URL --client-id a --tls-cert ~/cert.pem", "--tls-key ~/ec.pem | --tls-key ~/same.pem"),
    ("--token-url URL --client-id a", "| --client-key file:~/ec.pem | --client-key file:~/ec2.pem"),
    (SIGNED, "| --client-kid a | --client-kid b | --client-kid thumbprint"),
    (SIGNED, "| --client-alg ES256"),
    (SIGNED, "| --client-cert ~/cert.pem | --client-cert ~/copy.pem"),
    (SIGNED, "| --client-aud a | --client-aud b"),
    (SIGNED, "| --client-claim a=b | --client-claim a=c | --client-claim b=b | --client-claim a={env:A}"),
    (SIGNED, "| --client-claim-json a=1 | --client-claim-json a=2 | --client-claim-json b=1"),
    (
        "--token-url URL",
        "--grant client-credentials | --grant refresh-token --refresh-token env:A | --grant jwt-bearer --assertion env:A | \
         --grant token-exchange --subject-token env:A | --grant account_credentials | --grant urn:a:b",
    ),
    ("--token-url URL", "--refresh-token env:A | --refresh-token env:B |"),
    ("--token-url URL", "--subject-token env:A | --subject-token env:B | --subject-token file:~/a |"),
    ("--token-url URL --subject-token env:A", "| --subject-token-type a | --subject-token-type b"),
    ("--token-url URL", "| --scope a | --scope b | --scope {env:A} | --scope a --scope b | --scope b --scope a"),
    ("--token-url URL", "| --audience a | --audience b | --audience a --audience b"),
    ("--token-url URL", "| --resource https://a | --resource https://b"),
    ("--token-url URL", "| --param a=b | --param b=a | --param a=c | --param a=b --param c=d"),
    ("--token-url URL", "| --body json"),
    ("--token-url URL --body json", "| --param-json a=1 | --param-json a=2 | --param-json b=1 | --param a=1"),
    (
        "--token-url URL",
        "| --token-header X-A:a | --token-header X-A:b | --token-header X-B:a | --token-header X-A:{env:A} | --param X-A=a",
    ),
    (OF_GITHUB, "--preset github-installation --app-id 1 | --preset github-installation --app-id 2"),
    (INSTALLED, "--app-id a | --app-id {env:A} | --app-id a --tls-cert ~/cert.pem --tls-key ~/ec.pem"),
    (INSTALLED, "--app-id a --param-json a=1 | --app-id a --param a=1 | --app-id a --token-header X-A:a | --app-id a"),
    (
        "--preset github-installation --app-id 1 --assertion-key env:A --api-url URL",
        "--installation-id 1 | --installation-id 2",
    ),
    (
        "--preset github-installation --app-id 1 --assertion-key env:A --installation-id 1",
        "--api-url URL | --api-url URL/v3",
    ),
    (
        "--preset github-installation --app-id 1 --installation-id 1 --api-url URL",
        "--assertion-key env:A | --assertion-key env:B",
    ),
    ("--token-url URL", "--scope a | --audience a | --resource a | --client-id a | --param a=a"),
    ("--token-url URL --iss i", "--assertion-key file:~/ec.pem | --assertion-key file:~/ec2.pem"),
    (
        "--token-url URL",
        "| --client-assertion env:A | --client-assertion env:B | --assertion env:A | --assertion env:B",
    ),
    ("--token-url URL --client-assertion env:A", "| --client-assertion-type a | --client-assertion-type b"),
    ("--token-url URL", "--assertion env:A | --client-assertion env:A | --client-secret env:A"),
    (ASSERTING, "--iss a | --iss b"),
    (ASSERTED, "| --sub a | --sub b"),
    (ASSERTED, "| --aud a | --aud b | --aud a --aud b"),
    (ASSERTED, "| --assertion-kid a | --assertion-kid b"),
    (ASSERTED, "| --assertion-alg ES256"),
    (ASSERTED, "| --assertion-cert ~/cert.pem | --assertion-cert ~/copy.pem"),
    (ASSERTED, "| --assertion-claim-json a=1 | --assertion-claim-json a=2 | --assertion-claim-json b=1"),
    (ASSERTED, "| --assertion-claim a=b | --assertion-claim a=c | --assertion-claim b=b"),
    ("--token-url URL", "| --token-field id_token | --expiry-field until | --assume-life 6m | --assume-life 7m"),
];

const OF_GITHUB: &str = "--installation-id 1 --assertion-key env:A --api-url URL";
const INSTALLED: &str = "--preset github-installation --installation-id 1 --assertion-key env:A --api-url URL";
const SIGNED: &str = "--token-url URL --client-id a --client-key file:~/ec.pem";
const ASSERTING: &str = "--token-url URL --assertion-key file:~/ec.pem";
const ASSERTED: &str = "--token-url URL --assertion-key file:~/ec.pem --iss i";

/// Ways to write an option that all bring the same token.
const SHAPELESS: [&str; 18] = [
    "-H X-A:{token} | --header X-A:{uuid}",
    "--add X-A:a",
    "--format token | --format curl",
    "--env-file ~/env",
    "--server-url https://a/b | --server-url https://b",
    "--server-name a | --server-name b",
    "--timeout 9s",
    "--explain",
    "--now 1 | --now 1700000000",
    "--nonce a | --nonce b",
    "--min-life 1m | --min-life 2h",
    "--fresh",
    "--on-reask mint | --on-reask reuse",
    "--ca-cert ~/cert.pem",
    "--proxy http://127.0.0.1:1",
    "--verify --server-url URL/mcp",
    "--log ~/log | --log off",
    "--log-successes",
];

/// Those that name no token but what to do, where to keep it, or a token of which nothing is kept.
const APART: [&str; 21] = [
    "--flow",
    "--no-open",
    "--redirect-url",
    "--login-param",
    "--authorization-url",
    "--device-url",
    "--revocation-url",
    "--check",
    "--print-config",
    "--json",
    "--all",
    "--refresh-token-too",
    "--no-revoke",
    "--token",
    "--no-cache",
    "--cache-dir",
    "--state-dir",
    "--profile",
    "--config",
    "--help",
    "--version",
];

/// Options that name a credential or another way to a token.
const CREDENTIALS: [&str; 11] = [
    "--grant",
    "--command",
    "--preset",
    "--refresh-token",
    "--subject-token",
    "--assertion",
    "--assertion-key",
    "--client-secret",
    "--client-key",
    "--client-assertion",
    "--tls-cert",
];

/// The ways to write an option, as words.
fn ways(line: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    line.split('|').map(|way| way.split_whitespace().collect())
}

/// A HOME in which everything lies that the options name.
struct Table {
    endpoint: Endpoint,
    helper: Helper,
}

impl Table {
    fn new() -> Self {
        let helper = Helper::new(EXECUTABLE).env("A", CANARY).env("B", "b".repeat(64)).file("a", "a", 0o600);
        let key = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out";
        let helper = helper.file("env", "C=c\n", 0o600).prepared_by(&format!(
            "exec 2>/dev/null; umask 077; {key} ~/ec.pem; {key} ~/ec2.pem; \
             openssl req -x509 -new -key ~/ec.pem -subj /CN=a -out ~/cert.pem; cp ~/cert.pem ~/copy.pem; \
             (cat ~/ec.pem; echo) > ~/same.pem; \
             openssl req -x509 -new -key ~/ec.pem -subj /CN=a -out ~/renewed.pem"
        ));
        Self { endpoint: Endpoint::new(answer), helper }
    }

    /// The entry that a command line reads or makes.
    #[track_caller]
    fn entry(&self, words: &[&str], environment: &[(&str, &str)]) -> String {
        // Without a credential the client's grant is asked for, or somebody has to sign in.
        let names_one = words.iter().any(|word| CREDENTIALS.contains(word));
        let grant: &[_] = if names_one { &[] } else { &["--grant", "client-credentials"] };
        let words = words.iter().chain(grant).map(|word| word.replace("URL", &self.endpoint.origin()));
        let helper =
            environment.iter().fold(self.helper.again().args(words), |helper, (name, value)| helper.env(name, value));
        // Whatever comes of it, who asks leaves the lock of the entry behind.
        helper.again().run();
        let mut entries = names(&helper, CACHE, ".lock");
        entries.retain(|name| !name.ends_with(".handouts.lock"));
        assert_eq!(entries.len(), 1, "{entries:?}");
        std::fs::remove_dir_all(helper.path(CACHE)).unwrap();
        entries[0].clone()
    }
}

/// Tokens for whoever posts, and metadata of whatever is asked for.
fn answer(_: usize, request: &str, connection: &mut TcpStream) {
    let host = request.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("host: ").map(str::to_owned));
    let path = request.split(' ').nth(1).unwrap_or_default();
    let origin = format!("http://{}", host.unwrap_or_default().trim());
    let body = if request.starts_with("POST") {
        r#"{"access_token":"t","id_token":"i","until":3600,"expires_in":3600}"#.to_owned()
    } else if let Some(resource) = path.strip_prefix("/.well-known/oauth-protected-resource") {
        format!(r#"{{"resource":"{origin}{resource}","authorization_servers":["{origin}"]}}"#)
    } else {
        let tenant = path.trim_start_matches("/.well-known/oauth-authorization-server");
        format!(r#"{{"issuer":"{origin}{tenant}","token_endpoint":"{origin}/token"}}"#)
    };
    reply(connection, 200, &body);
}

#[test]
fn every_option_is_in_one_list() {
    let outcome = Helper::new(EXECUTABLE).arg("--help").run();
    let help = String::from_utf8_lossy(outcome.stdout()).into_owned();
    let heads = help.lines().filter(|line| line.trim_start().starts_with('-') && !line.trim_start().starts_with("- "));
    let helped: BTreeSet<_> =
        heads.filter_map(|line| line.split([' ', ',', '[']).find(|word| word.starts_with("--"))).collect();
    let firsts = |line| ways(line).filter_map(|way| way.first().copied());
    let shaping: BTreeSet<_> = SHAPING.into_iter().flat_map(|(_, line)| firsts(line)).collect();
    let shapeless: BTreeSet<_> = SHAPELESS.into_iter().flat_map(firsts).filter(|option| *option != "-H").collect();
    let apart = BTreeSet::from(APART);
    let listed: BTreeSet<_> = shaping.iter().chain(&shapeless).chain(&apart).copied().collect();
    let unlisted: Vec<_> = helped.difference(&listed).collect();
    assert!(
        unlisted.is_empty(),
        "add to SHAPING (it changes the token), SHAPELESS (it does not) or APART: {unlisted:?}"
    );
    let unknown: Vec<_> = listed.difference(&helped).collect();
    assert!(unknown.is_empty(), "--help has none of these: {unknown:?}");
    // By itself the URL of the server shapes nothing; with --discover it does.
    let both: Vec<_> = shaping.intersection(&shapeless).collect();
    assert_eq!(both, [&"--server-url"]);
}

#[test]
fn an_option_that_shapes_the_token_chooses_the_entry() {
    let table = Table::new();
    for (before, line) in SHAPING {
        let before: Vec<_> = before.split_whitespace().collect();
        let entry = |way: &Vec<&str>| table.entry(&[&before[..], way].concat(), &[]);
        let entries: BTreeSet<_> = ways(line).map(|way| entry(&way)).collect();
        assert_eq!(entries.len(), ways(line).count(), "{before:?} {line}");
        let again = ways(line).next().map(|way| entry(&way));
        assert!(again.is_some_and(|entry| entries.contains(&entry)), "{before:?} {line}");
    }
}

#[test]
fn any_other_option_does_not() {
    let table = Table::new();
    let before =
        ["--token-url", "URL", "--client-id", "a", "--client-secret", "env:A", "--scope", "{nonce}{timestamp}{uuid}"];
    let entry = table.entry(&before, &[]);
    for way in SHAPELESS.into_iter().flat_map(ways) {
        assert_eq!(table.entry(&[&before[..], &way].concat(), &[]), entry, "{way:?}");
    }
    assert_eq!(table.entry(&before, &[("AWS_PROFILE", "a"), ("LANG", "C")]), entry);
}

#[test]
fn what_a_source_holds_counts_and_where_it_is_kept_does_not() {
    let table = Table::new();
    for (option, prefix) in [
        ("--client-secret", ""),
        ("--refresh-token", ""),
        ("--client-id", "{}"),
        ("--scope", "{}"),
        ("--param", "a={}"),
        ("--client-claim", "a={}"),
        ("--token-header", "X-A: {}"),
        ("--audience", "{}"),
        ("--resource", "{}"),
    ] {
        let entry = |source: &str, value: &str| {
            let given =
                if prefix.is_empty() { source.to_owned() } else { prefix.replace("{}", &format!("{{{source}}}")) };
            let before: &[_] = match option {
                "--client-claim" => &["--token-url", "URL", "--client-key", "file:~/ec.pem"],
                _ => &["--token-url", "URL"],
            };
            table.entry(&[before, &[option, &given]].concat(), &[("S", value)])
        };
        let [one, other] = ["one", "other"].map(|value| entry("env:S", value));
        assert_ne!(one, other, "{option}");
        assert_eq!(entry("env:S", "one"), one, "{option}");
        // The text of a template counts too.
        assert_eq!(entry("cmd:printenv S", "one") == one, prefix.is_empty(), "{option}");
    }
}

#[test]
fn what_a_certificate_is_counts_and_where_it_is_kept() {
    let table = Table::new();
    for line in [
        "--client-id a --client-key file:~/ec.pem --client-cert ~/kept.pem",
        "--assertion-key file:~/ec.pem --iss i --assertion-cert ~/kept.pem",
        "--client-id a --tls-cert ~/kept.pem --tls-key ~/ec.pem",
    ] {
        let entry = |certificate: &str| {
            std::fs::copy(table.helper.path(certificate), table.helper.path("kept.pem")).unwrap();
            table.entry(&[&["--token-url", "URL"], &line.split(' ').collect::<Vec<_>>()[..]].concat(), &[])
        };
        let entries = [entry("cert.pem"), entry("renewed.pem"), entry("cert.pem")];
        assert!(entries[0] != entries[1] && entries[0] == entries[2], "{line}");
    }
}

#[test]
fn a_part_of_the_server_in_a_template_chooses_the_entry() {
    let table = Table::new();
    for option in ["--scope", "--audience", "--resource", "--client-id", "--client-aud", "--iss", "--sub", "--aud"] {
        let needs = ["--token-url", "URL", "--assertion-key", "file:~/ec.pem", "--iss", "i"];
        let signed = ["--token-url", "URL", "--client-id", "a", "--client-key", "file:~/ec.pem"];
        let needs: &[_] = match option {
            "--iss" => &needs[..4],
            "--client-aud" => &signed,
            _ => &needs,
        };
        let entry =
            |server: &str| table.entry(&[needs, &[option, "{server:path}", "--server-url", server]].concat(), &[]);
        let [one, other, again] = ["https://a/one", "https://a/other", "https://b/one"].map(entry);
        assert!(one != other && one == again, "{option}");
    }
}
