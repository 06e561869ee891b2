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
    let helper = "a helper cannot stand behind a verb: a verb prints no headers; leave one of them out";
    let name = "a name cannot stand here: it belongs to the verb use; leave it out, or give --tenant NAME";
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
            let cause = "it is about a command line that prints headers";
            outcome.fails(2, &format!("{shown} cannot stand beside {verb}: {cause}; leave one of them out"));
            assert!(!file.exists());
        }
    }
}
