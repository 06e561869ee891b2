//! `show`, `list` and `use` on the command line; what they say of tenants is tested where those are.

use crate::{knowing, searching};

#[test]
fn list_shows_each_tenant_with_its_fields() {
    searching().arg("list").run().prints("~/.config/hdr/tenants.toml lists no tenants: any name is taken");
    knowing("default = 'x'\n")
        .arg("list")
        .run()
        .prints("~/.config/hdr/tenants.toml lists no tenants: any name is taken");
    let tenants = "default = 'blue'\n[tenants.blue]\nuser = 'u'\nprofile = \"p\\t\"\n[tenants.acme]\n";
    knowing(tenants).arg("list").run().prints("acme\nblue (default)  profile=p?  user=u");
}

#[test]
fn a_verb_takes_neither_a_helper_nor_a_name_of_another() {
    let helper = "a helper cannot follow a verb: a verb prints no headers; remove one of them";
    let name = "a name cannot be used here: it belongs to the verb use; remove it, or give --tenant NAME";
    for (words, message) in [
        (vec!["show", "--", "hdr-x"], helper),
        (vec!["list", "--", "hdr-x"], helper),
        (vec!["use", "a", "--", "hdr-x"], helper),
        (vec!["show", "acme"], name),
        (vec!["list", "acme"], name),
    ] {
        searching().args(words).run().fails(2, message);
    }
}

#[test]
fn an_inquiry_about_a_verb_is_refused_and_does_nothing() {
    for (option, shown) in [("--check=codex", "--check"), ("--print-config=codex", "--print-config")] {
        for words in [&["use", "acme"][..], &["show"], &["list"]] {
            let verb = words[0];
            let helper = searching().args(words).arg(option);
            let file = helper.path("p/.hdr-tenant");
            let outcome = helper.run();
            let cause = "it applies to a command line that prints headers";
            outcome.fails(2, &format!("{shown} cannot be used with {verb}: {cause}; remove one of them"));
            assert!(!file.exists());
        }
    }
}

#[test]
fn the_long_help_shows_a_file_that_can_be_used() {
    let help = |flag: &str| String::from_utf8(searching().arg(flag).run().stdout().to_vec()).unwrap();
    let long = help("--help");
    let begins = "    default = \"acme\"";
    let example: Vec<_> = long.lines().skip_while(|line| *line != begins).take_while(|line| !line.is_empty()).collect();
    let listed = || knowing(&example.join("\n"));
    listed().arg("list").run().prints("acme (default)  user=jo");
    listed().args(["-H", "X-User: {tenant:user}"]).run().prints(r#"{"X-User":"jo"}"#);
    listed().arg("--tenant=evil").run().fails(
        2,
        "the tenant evil of --tenant is not known: ~/.config/hdr/tenants.toml does not list it; use one of acme, or add \
         [tenants.evil] there",
    );
    for told in
        ["any other name is refused", "A file .hdr-tenant", "in the folder of hdr-tenant", "no\n  tenant is needed"]
    {
        assert!(long.contains(told) && !help("-h").contains(told), "{told}: {long}");
    }
}
