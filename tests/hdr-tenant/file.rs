//! `.hdr-tenant`: where it is looked for, and which files are none.

use std::os::unix::fs::{MetadataExt, PermissionsExt};

use crate::common::{CANARY, Helper};
use crate::{knowing, of, searching, skipped};

const NO_NAME: &str = "a name is at most 128 letters, digits, dots, dashes and underscores, and begins with a letter or digit; \
                       write such a name there";

#[test]
fn the_nearest_one_counts() {
    let in_project = || searching().prepared_by("mkdir -p ~/p/q/r").file("p/.hdr-tenant", "outer", 0o644);
    let run = |helper: Helper| helper.beside().args(["--project-dir", "~/p/q/r"]).run();
    run(in_project()).prints(&of("outer"));
    run(in_project().file("p/q/.hdr-tenant", "inner\r\n", 0o644)).prints(&of("inner"));
    // A directory that ends the search is looked in too.
    run(in_project().prepared_by("mkdir ~/p/.git")).prints(&of("outer"));
    run(in_project().prepared_by("touch ~/p/q/.git").file("p/q/.hdr-tenant", " inner ", 0o644)).prints(&of("inner"));
    let up = |to| {
        format!(
            "no tenant is chosen: there is no .hdr-tenant from HOME/p/q/r up to HOME/p{to}; give --tenant NAME, or run \
             hdr-tenant use NAME in the project"
        )
    };
    let helper = in_project().prepared_by("touch ~/p/q/.git").beside();
    helper.args(["--from", "file", "--project-dir", "~/p/q/r"]).run().fails(2, &up("/q"));
}

#[test]
fn nothing_above_home_counts() {
    let helper = searching().prepared_by("mkdir -p ~/p/home/w").file("p/.hdr-tenant", "above", 0o644).beside();
    let (home, project) = (helper.path("p/home"), helper.path("p/home/w"));
    let helper = helper.env("HOME", home).args(["--from", "file", "--project-dir"]).arg(project);
    helper.again().run().fails(
        2,
        "no tenant is chosen: there is no .hdr-tenant from HOME/p/home/w up to HOME/p/home; give --tenant NAME, or run \
         hdr-tenant use NAME in the project",
    );
    let helper = helper.file("p/home/.hdr-tenant", "mine", 0o644);
    helper.run().prints(&of("mine"));
}

#[test]
fn nothing_on_another_file_system_counts() {
    // The mount is seen by this process and its children alone, and goes with them.
    let mount = "mount -t tmpfs none ~/p/q && mkdir ~/p/q/r";
    let mounted = |line: String| ["unshare", "-m", "sh", "-c"].map(str::to_owned).into_iter().chain([line]);
    let helper = || {
        let helper = searching().prepared_by("mkdir ~/p/q").file("p/.hdr-tenant", "outer", 0o644).beside();
        helper.args(["--from", "file", "--project-dir", "~/p/q/r"])
    };
    let run = |then: &str| helper().through(mounted(format!("{mount} {then} && exec \"$0\" \"$@\""))).run();
    let home = helper();
    if !std::process::Command::new("unshare")
        .args(["-m", "sh", "-c", mount])
        .env("HOME", home.path(""))
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
    {
        return skipped("only root may mount");
    }
    run("").fails(
        2,
        "no tenant is chosen: there is no .hdr-tenant from HOME/p/q/r up to HOME/p/q; give --tenant NAME, or run hdr-tenant use \
         NAME in the project",
    );
    run("&& echo inner >~/p/q/.hdr-tenant").prints(&of("inner"));
}

#[test]
fn the_working_directory_is_the_project_unless_told() {
    let helper = searching().file("p/.hdr-tenant", "here", 0o644).beside();
    helper.through(["sh", "-c", "cd ~/p && exec \"$0\" \"$@\""]).run().prints(&of("here"));
}

#[test]
fn a_file_that_is_none_is_refused_and_not_repeated() {
    let remedy = "make it a file that you own with a tenant name in it, or remove it";
    let unusable = |cause| format!("HOME/p/.hdr-tenant cannot be used: {cause}; {remedy}");
    let no_name = format!("HOME/p/.hdr-tenant is not a tenant name: {NO_NAME}");
    for (line, message) in [
        ("mkfifo ~/p/.hdr-tenant", unusable("it is a pipe or a device, not a regular file")),
        ("mkdir ~/p/.hdr-tenant", unusable("it is a directory")),
        ("ln -s .hdr-tenant ~/p/.hdr-tenant", unusable("it is a symbolic link")),
        ("ln -s /dev/zero ~/p/.hdr-tenant", unusable("it is a symbolic link")),
        ("ln -s ~/nowhere ~/p/.hdr-tenant", unusable("it is a symbolic link")),
        ("echo acme >~/t; ln -s ~/t ~/p/.hdr-tenant", unusable("it is a symbolic link")),
        ("head -c 4097 /dev/zero | tr '\\0' x >~/p/.hdr-tenant", unusable("it is larger than 4096 bytes")),
        ("head -c 4096 /dev/zero | tr '\\0' x >~/p/.hdr-tenant", no_name.clone()),
        ("head -c 100 /dev/zero >~/p/.hdr-tenant", no_name.clone()),
        ("printf 'ac\\377me' >~/p/.hdr-tenant", no_name.clone()),
        (": >~/p/.hdr-tenant", no_name.clone()),
        ("printf 'acme\\nblue\\n' >~/p/.hdr-tenant", no_name.clone()),
        ("printf '\\357\\273\\277acme' >~/p/.hdr-tenant", no_name.clone()),
    ] {
        let helper = searching().prepared_by(line).file(".hdr-tenant", "wrong", 0o644);
        helper.again().run().fails(2, &message);
        helper.again().header("X-A: a").run().prints(r#"{"X-A":"a"}"#);
        helper.args(["--tenant", "other"]).run().prints(&of("other"));
    }
    searching().file("p/.hdr-tenant", format!("{CANARY} {CANARY}"), 0o644).run().fails(2, &no_name);
}

#[test]
fn one_of_another_user_is_left_out_with_a_warning() {
    let helper = searching().file("p/.hdr-tenant", "theirs", 0o644).file(".hdr-tenant", "mine", 0o644);
    let theirs = helper.path("p/.hdr-tenant");
    if std::os::unix::fs::chown(&theirs, Some(12345), None).is_err() {
        return skipped("only root can give a file to another user");
    }
    let warning = "warning: HOME/p/.hdr-tenant is skipped: it belongs to another user";
    helper.again().run().prints_saying(&of("mine"), &[warning]);
    std::fs::remove_file(helper.path(".hdr-tenant")).unwrap();
    helper.args(["--from", "file"]).run().fails(
        2,
        "no tenant is chosen: there is no .hdr-tenant from HOME/p up to HOME (HOME/p/.hdr-tenant belongs to another user); give \
         --tenant NAME, or run hdr-tenant use NAME in the project",
    );
}

#[test]
fn use_writes_it_as_a_whole_and_never_through_a_link() {
    let written = "HOME/p/.hdr-tenant names acme\n";
    for line in [":", "echo old >~/p/.hdr-tenant", "echo kept >~/t; ln -s ~/t ~/p/.hdr-tenant"] {
        let helper = searching().prepared_by(line);
        let path = helper.path("p/.hdr-tenant");
        let outcome = helper.again().args(["use", "acme"]).run();
        let home = helper.path("").canonicalize().unwrap();
        let printed = String::from_utf8_lossy(outcome.stdout()).replace(&*home.to_string_lossy(), "HOME");
        assert_eq!((outcome.code(), printed.as_str()), (Some(0), written));
        assert_eq!(outcome.file("p/.hdr-tenant"), b"acme\n");
        let metadata = path.symlink_metadata().unwrap();
        assert!(metadata.is_file());
        assert_eq!(metadata.permissions().mode() & 0o777, 0o644);
        assert_eq!(metadata.nlink(), 1);
        assert_eq!(std::fs::read_dir(helper.path("p")).unwrap().count(), 1);
        assert!(std::fs::read(helper.path("t")).is_ok_and(|text| text == b"kept\n") || !line.contains("kept"));
        helper.run().prints(&of("acme"));
    }
}

#[test]
fn use_refuses_what_cannot_be_a_tenant_and_what_cannot_be_written() {
    searching().args(["use", "a b"]).run().fails(2, &format!("use is not a tenant name: {NO_NAME}"));
    searching().arg("use").run().fails(2, "use has no name: it needs the name of a tenant; write use NAME");
    knowing("[tenants.acme]\n").args(["use", "acma"]).run().fails(
        2,
        "the tenant acma of use is not known: ~/.config/hdr/tenants.toml does not list it; write acme, or add [tenants.acma] there",
    );
    let helper = searching().prepared_by("mkdir ~/p/.hdr-tenant").args(["use", "acme"]);
    helper
        .again()
        .run()
        .fails(1, "HOME/p/.hdr-tenant cannot be written: Is a directory (os error 21); give this user write access");
    assert_eq!(std::fs::read_dir(helper.path("p")).unwrap().count(), 1);
}
