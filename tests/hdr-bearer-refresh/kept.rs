//! What runs left behind in HOME.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::common::Helper;

pub(crate) const CACHE: &str = ".cache/hdr";
pub(crate) const STATE: &str = ".local/state/hdr";

/// The names in a directory of HOME that end so, in order; none where there is no such directory.
pub(crate) fn names(helper: &Helper, directory: &str, ending: &str) -> Vec<String> {
    let entries = helper.path(directory).read_dir().into_iter().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(ending));
    names.sort();
    names
}

/// The only file there whose name ends so.
#[track_caller]
pub(crate) fn only(helper: &Helper, directory: &str, ending: &str) -> PathBuf {
    let names = names(helper, directory, ending);
    assert_eq!(names.len(), 1, "{names:?}");
    helper.path(directory).join(&names[0])
}

/// All paths below a directory, in order.
pub(crate) fn below(directory: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for entry in directory.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            paths.extend(below(&path));
        }
        paths.push(path);
    }
    paths.sort();
    paths
}

pub(crate) fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
