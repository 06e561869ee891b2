//! Ways to spoil a file.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;

use crate::skipped;

pub(crate) type Spoil = fn(&Path);

pub(crate) const WAYS: [(&str, Spoil); 8] = [
    ("truncated", |path| fs::write(path, fs::read(path).unwrap().get(..40).unwrap()).unwrap()),
    ("empty", |path| fs::write(path, "").unwrap()),
    ("grown", |path| fs::write(path, vec![b'x'; (1 << 20) + 1]).unwrap()),
    ("mode 0644", |path| fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap()),
    ("a directory", |path| {
        fs::remove_file(path).unwrap();
        fs::create_dir(path).unwrap();
    }),
    ("a pipe", |path| {
        fs::remove_file(path).unwrap();
        assert!(Command::new("mkfifo").args(["-m", "600"]).arg(path).status().unwrap().success());
    }),
    ("a link", |path| {
        let elsewhere = path.with_extension("elsewhere");
        fs::rename(path, &elsewhere).unwrap();
        symlink(elsewhere, path).unwrap();
    }),
    ("of another user", |path| {
        // Root alone can give files away; for others this way is one more of being empty.
        if chown(path, Some(12345), None).is_err() {
            skipped("only root can give a file to another user");
            fs::write(path, "").unwrap();
        }
    }),
];
