//! Which place wins, and what is said of those that cannot be used.

use crate::common::Helper;
use crate::{knowing, of, searching};

const URL: &str = "https://tserver.api.example.com/mcp";

/// A place that names a tenant.
struct Naming {
    /// How messages name it.
    shown: &'static str,
    tenant: &'static str,
    /// What makes it do so: a part of `tenants.toml`, and what else there must be.
    listed: &'static str,
    prepare: fn(Helper) -> Helper,
}

const FROM: [&str; 2] = ["--from", "env:HDR_TENANT,file,server:{tenant}.api.example.com,rules,default"];

/// The places in the order of that list.
const PLACES: [Naming; 6] = [
    Naming { shown: "--tenant", tenant: "tgiven", listed: "", prepare: |helper| helper.args(["--tenant", "tgiven"]) },
    Naming {
        shown: "env:HDR_TENANT",
        tenant: "tvariable",
        listed: "",
        prepare: |helper| helper.env("HDR_TENANT", "tvariable"),
    },
    Naming {
        shown: "HOME/p/.hdr-tenant",
        tenant: "tfile",
        listed: "",
        prepare: |helper| helper.file("p/.hdr-tenant", "tfile\n", 0o644),
    },
    Naming {
        shown: "server:{tenant}.api.example.com",
        tenant: "tserver",
        listed: "",
        prepare: |helper| helper.args(["--server-url", URL]),
    },
    Naming {
        shown: "the rule in ~/.config/hdr/tenants.toml line 2",
        tenant: "trule",
        listed: "rules = [\n{ directory = '~/p', tenant = 'trule' }]\n",
        prepare: |helper| helper,
    },
    Naming {
        shown: "default in ~/.config/hdr/tenants.toml",
        tenant: "tdefault",
        listed: "default = 'tdefault'\n",
        prepare: |helper| helper,
    },
];

/// The helper with these places.
fn with<'p>(places: impl Iterator<Item = &'p Naming> + Clone) -> Helper {
    let listed: Vec<_> = places.clone().map(|place| place.listed).collect();
    places.fold(knowing(&listed.concat()).args(FROM), |helper, place| (place.prepare)(helper))
}

/// `show` prints these lines, in which HOME stands for its path.
#[track_caller]
fn shows(helper: Helper, lines: &str) {
    let home = helper.path("").canonicalize().unwrap();
    helper.arg("show").run().prints(&lines.replace("HOME/", &format!("{}/", home.display())));
}

#[test]
fn each_place_wins_over_each_later_one() {
    for (number, first) in PLACES.iter().enumerate() {
        let alone = with([first].into_iter());
        alone.again().run().prints(&of(first.tenant));
        shows(alone, &format!("{} from {}", first.tenant, first.shown));
        for later in PLACES.iter().skip(number + 1) {
            let both = with([first, later].into_iter());
            both.again().run().prints(&of(first.tenant));
            let lines = [first.tenant, " from ", first.shown, "\nshadows ", later.tenant, " from ", later.shown];
            shows(both, &lines.concat());
        }
    }
}

#[test]
fn all_of_them_are_shown_and_the_winner_is_explained() {
    let lines: Vec<_> = PLACES.iter().map(|place| format!("{} from {}", place.tenant, place.shown)).collect();
    shows(with(PLACES.iter()), &lines.join("\nshadows "));
    let explained = ["the tenant tgiven comes from --tenant"];
    with(PLACES.iter()).arg("--explain").run().prints_saying(&of("tgiven"), &explained);
}

#[test]
fn the_order_is_that_of_the_list() {
    let helper = || {
        let helper = knowing("default = 'd'\n").env("HDR_TENANT", "e").env("WORKSPACE_ID", "w");
        helper.file("p/.hdr-tenant", "f", 0o600)
    };
    for (from, tenant) in [
        ("default", "d"),
        ("file,env:HDR_TENANT", "f"),
        ("env:WORKSPACE_ID", "w"),
        ("env:NONE, rules ,default,file", "d"),
    ] {
        helper().args(["--from", from]).run().prints(&of(tenant));
    }
}

#[test]
fn where_none_is_named_every_place_is_told() {
    let remedy = "give --tenant NAME, or run hdr-tenant use NAME in the project";
    searching().env("HDR_TENANT", "").run().fails(
        2,
        &format!(
            "no tenant is chosen: env:HDR_TENANT is empty, there is no .hdr-tenant from HOME/p up to HOME, \
             ~/.config/hdr/tenants.toml with rules does not exist, ~/.config/hdr/tenants.toml with default does not exist; \
             {remedy}"
        ),
    );
    let all = ["--from", "env:A,server:{tenant}.B.c,rules,default"];
    let nothing = "~/.config/hdr/tenants.toml has no default";
    for (tenants, url, found) in [
        (
            "",
            None,
            "server:{tenant}.b.c needs the server URL, which is not known, ~/.config/hdr/tenants.toml has no rules",
        ),
        (
            "[[rules]]\nserver = 'x'\ntenant = 'x'",
            None,
            "server:{tenant}.b.c needs the server URL, which is not known, no rule of ~/.config/hdr/tenants.toml matches (the server URL \
             is not known)",
        ),
        (
            "[[rules]]\nserver = 'x'\ntenant = 'x'",
            Some("https://x.b.cc"),
            "server:{tenant}.b.c does not match the host x.b.cc, no rule of ~/.config/hdr/tenants.toml matches",
        ),
    ] {
        let helper = knowing(tenants).args(all);
        let helper = if let Some(url) = url { helper.args(["--server-url", url]) } else { helper };
        let message = format!("no tenant is chosen: env:A is not set, {found}, {nothing}; {remedy}");
        helper.again().run().fails(2, &message);
        helper.again().arg("show").run().fails(2, &message);
        helper.args(["--format", "token", "-H", "X-A: a"]).run().fails(2, &message);
    }
}

#[test]
fn a_list_of_places_that_is_none_is_refused() {
    for (from, message) in [
        ("fil", "--from: `fil` is unknown: no place has that name; write file"),
        ("env", "--from: `env` is unknown: no place has that name; write env:NAME"),
        ("servers:x", "--from: `servers` is unknown: no place has that name; write server:PATTERN"),
        ("file:/x", "--from: `file` is unknown: no place has that name; write file"),
        ("file,", "--from: `` is unknown: no place has that name; use env:NAME file server:PATTERN rules default"),
        (
            "env:$X",
            "--from: env: is not followed by the name of a variable: a name has letters, digits and underscores, and does not \
             begin with a digit; write env:NAME, without a $",
        ),
    ] {
        searching().args(["--tenant", "a", "--from", from]).run().fails(2, message);
    }
    for pattern in
        ["", "api.example.com", "{tenant}{tenant}", "https://{tenant}.x", "{tenant}.x/y", "{tenant}:8", "*.{tenant}"]
    {
        searching().args(["--from", &format!("server:{pattern}")]).run().fails(
            2,
            &format!(
                "--from: server:{pattern} is not a pattern: it is not a host that contains {{tenant}} once; write \
                 server:{{tenant}}.api.example.com"
            ),
        );
    }
}

#[test]
fn a_pattern_takes_one_label_of_the_host() {
    let run = |pattern: &str, url: &str| {
        searching().args(["--from", &format!("server:{pattern},default"), "--server-url", url]).run()
    };
    for (pattern, url) in [
        ("{tenant}.api.example.com", "https://ACME.api.Example.com:8443/mcp"),
        ("{tenant}.API.example.com", "https://u:p@acme.api.example.com/?x"),
        ("api-{tenant}.example.com", "https://api-acme.example.com"),
        ("{tenant}", "https://acme/mcp"),
    ] {
        run(pattern, url).prints(&of("acme"));
    }
    for url in ["https://a.b.api.example.com", "https://.api.example.com", "https://api.example.com", "https://x/acme"]
    {
        assert_eq!(run("{tenant}.api.example.com", url).code(), Some(2), "{url}");
    }
    run("{tenant}.x", "https://-a.x").fails(
        2,
        "server:{tenant}.x is not a tenant name: a name is at most 128 letters, digits, dots, dashes and underscores, and \
         begins with a letter or digit; write such a name there",
    );
    searching().args(["--from", "server:{tenant}.x"]).env("CLAUDE_CODE_MCP_SERVER_URL", "https://REDACTED.x/mcp").run().fails(
        2,
        "--from: a part of the server URL is REDACTED: the client hides values of credential-like variables from helpers; write \
         the value itself into the URL, in the configuration or with --server-url",
    );
}

#[test]
fn a_variable_of_an_env_file_counts() {
    let helper = searching().file("env", "WORKSPACE_ID=my-workspace-123\n", 0o600);
    let path = helper.path("env");
    helper.arg("--env-file").arg(path).args(["--from", "env:WORKSPACE_ID"]).run().prints(&of("my-workspace-123"));
}

#[test]
fn a_project_that_is_none_is_refused() {
    for (directory, cause) in [("~/none", "it does not exist"), ("~/.config/hdr/f", "not a directory")] {
        let helper = searching().file(".config/hdr/f", "", 0o600).beside().args(["--project-dir", directory]);
        let message = format!("--project-dir {directory} cannot be used: {cause}; name a directory with --project-dir");
        helper.again().run().fails(2, &message);
        helper.args(["--tenant", "a"]).run().prints(&of("a"));
    }
}
