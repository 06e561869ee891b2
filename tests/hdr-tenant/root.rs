//! Root in the HOME of another user: that user's files are taken, and what root writes is that user's.

use std::os::unix::fs::{MetadataExt, symlink};

use crate::common::Helper;
use crate::user::{USER, by_user, of_user};
use crate::{knowing, of, searching, skipped};

fn in_home_of_user(helper: Helper) -> Option<Helper> {
    let helper = of_user(helper);
    if helper.is_none() {
        skipped("only root can run in the HOME of another user, with setpriv, and with executables that all may run");
    }
    helper
}

#[test]
fn root_takes_the_files_of_the_owner_of_home() {
    let Some(helper) = in_home_of_user(knowing("default = 'acme'\n[tenants.acme]\n[tenants.blue]\n")) else { return };
    helper.again().run().prints(&of("acme"));
    let Some(helper) = in_home_of_user(helper.file("p/.hdr-tenant", "blue\n", 0o644)) else { return };
    helper.again().run().prints(&of("blue"));
    by_user(&helper).run().prints(&of("blue"));
}

#[test]
fn what_root_writes_is_of_the_owner_of_home_and_behind_no_link() {
    let Some(helper) = in_home_of_user(searching()) else { return };
    helper
        .again()
        .args(["use", "acme"])
        .run()
        .prints(&format!("{} names acme", helper.path("p/.hdr-tenant").display()));
    assert_eq!(helper.path("p/.hdr-tenant").metadata().unwrap().uid(), USER);
    by_user(&helper).args(["use", "blue"]).run();
    helper.again().run().prints(&of("blue"));

    let elsewhere = tempfile::tempdir().unwrap();
    symlink(elsewhere.path(), helper.path("link")).unwrap();
    let file = elsewhere.path().join(".hdr-tenant");
    let cause = "it is a symbolic link or not a directory; give this user write access";
    helper
        .beside()
        .args(["--project-dir", "~/link", "use", "acme"])
        .run()
        .fails(1, &format!("{} cannot be written: {cause}", file.display()));
    assert!(!file.exists());
}
