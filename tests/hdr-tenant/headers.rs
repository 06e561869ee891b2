//! Which headers are printed, with a tenant and without one.

use crate::{knowing, of, searching};

#[test]
fn a_run_that_names_no_tenant_needs_none() {
    let broken = || knowing("[tenants.acme]\n").file("p/.hdr-tenant", "a b", 0o644).env("HDR_TENANT", "unlisted");
    let helper = broken().file("acme.key", "k-1\n", 0o600).env("USER_ID", "u-1");
    let headers = ["-H", "X-API-Key: {file:~/acme.key}", "-H", "X-User-ID: {env:USER_ID}"];
    helper.args(headers).run().prints(r#"{"X-API-Key":"k-1","X-User-ID":"u-1"}"#);
    let listed = "~/.config/hdr/tenants.toml does not list it";
    // One that is named with --tenant must be one all the same.
    let given = |tenant: &str| broken().args(["--tenant", tenant, "-H", "X-A: a"]).run();
    given("acme").prints(r#"{"X-A":"a"}"#);
    given("acmee").fails(
        2,
        &format!("the tenant acmee of --tenant is not known: {listed}; write acme, or add [tenants.acmee] there"),
    );
    given("a b").fails(
        2,
        "--tenant is not a tenant name: a name is at most 128 letters, digits, dots, dashes and underscores, and begins with a \
         letter or digit; write such a name there",
    );
    for arguments in [&[][..], &["--add", "X-A: a"], &["-H", "X-A: {tenant}"], &["-H", "X-A: a", "--format", "token"]] {
        broken().args(arguments).run().fails(
            2,
            &format!(
                "the tenant unlisted of env:HDR_TENANT is not known: {listed}; use one of acme, or add [tenants.unlisted] there"
            ),
        );
    }
}

#[test]
fn templates_have_the_tenant_and_its_fields() {
    let helper = || {
        let fields = "workspace = 'w-1'\n'odd name' = '{uuid}\\n'\n";
        knowing(&format!("default = 'acme'\n[tenants.acme]\n{fields}[tenants.blue]\n"))
    };
    helper()
        .args(["--add", "X-W: {tenant}/{tenant:workspace}"])
        .run()
        .prints(r#"{"X-Tenant-ID":"acme","X-W":"acme/w-1"}"#);
    // What a field holds is never read again.
    helper().header("X-A: {tenant:odd name}").run().prints(r#"{"X-A":"{uuid}\\n"}"#);
    helper().args(["--format", "token"]).run().prints("acme");
    helper().args(["--format", "curl"]).run().prints("header = \"X-Tenant-ID: acme\"");
    for (tenant, template, message) in [
        ("acme", "{tenant:workspaces}", "the tenant acme has no such field; write {tenant:workspace}"),
        (
            "blue",
            "{tenant:workspace}",
            "the tenant blue has no such field; add workspace to [tenants.blue] in tenants.toml",
        ),
    ] {
        let helper = helper().args(["--tenant", tenant, "-H", &format!("X-A: {template}")]);
        helper.run().fails(2, &format!("-H X-A: {template} is not known: {message}"));
    }
}

#[test]
fn without_a_file_any_name_is_taken() {
    let longest = "x".repeat(128);
    for name in ["a", "9.A_b-c", longest.as_str()] {
        searching().args(["--tenant", name]).run().prints(&of(name));
    }
    for name in ["", "a b", "-", ".a", "a/b", "caf\u{e9}", "{a}", &"x".repeat(129)] {
        searching().arg(format!("--tenant={name}")).run().fails(
            2,
            "--tenant is not a tenant name: a name is at most 128 letters, digits, dots, dashes and underscores, and begins \
             with a letter or digit; write such a name there",
        );
    }
}
