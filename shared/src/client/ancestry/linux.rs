//! Processes, read from procfs.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Mode, OFlags, open};

use super::Described;

/// The unit of start times in milliseconds: a hundredth of a second on every architecture that Rust knows Linux on.
const TICK: u64 = 10;

/// This process and its ancestors, the nearest first, as far as procfs shows them.
/// Nothing where procfs is that of another pid namespace, in which our number is somebody else's.
pub(super) fn ancestors() -> Option<(Described, impl Iterator<Item = Described>)> {
    let line = bytes("/proc/self/stat")?;
    let our_number = line.split(|byte| *byte == b' ').next()?;
    if our_number != std::process::id().to_string().as_bytes() {
        return None;
    }
    let (us, mut next) = described(std::process::id(), &line)?;
    let ancestors = std::iter::from_fn(move || {
        let (ancestor, parent) = describe(next)?;
        next = parent;
        Some(ancestor)
    });
    Some((us, ancestors))
}

/// Which boot this is.
pub(super) fn boot() -> Option<String> {
    Some(String::from_utf8(bytes("/proc/sys/kernel/random/boot_id")?).ok()?.trim().to_owned())
}

/// The base name of the program that a process runs, as the first word of its command line has it.
pub(super) fn program(pid: u32) -> Option<String> {
    first_word(&bytes(&format!("/proc/{pid}/cmdline"))?)
}

/// The working directory of a process, where its path leads to it: it may be gone, or have other mounts.
pub(super) fn working_directory(pid: u32) -> Option<PathBuf> {
    let link = format!("/proc/{pid}/cwd");
    let path = std::fs::read_link(&link).ok()?;
    let [really, by_path] = [Path::new(&link), &path].map(|path| rustix::fs::stat(path).ok());
    let identity = |stat: Option<rustix::fs::Stat>| stat.map(|stat| (stat.st_dev, stat.st_ino));
    (identity(really)? == identity(by_path)?).then_some(path)
}

/// A process and the number of its parent, which is zero for the first of all.
fn describe(pid: u32) -> Option<(Described, u32)> {
    if pid == 0 {
        return None;
    }
    described(pid, &bytes(&format!("/proc/{pid}/stat"))?)
}

/// The same from the line that procfs has for it.
fn described(pid: u32, line: &[u8]) -> Option<(Described, u32)> {
    let Stat { name, parent, started: ticks } = Stat::parse(line)?;
    let started = Duration::from_millis(ticks.saturating_mul(TICK));
    Some((Described { pid, ticks, started, name, program: OnceCell::new() }, parent))
}

/// The fields of `/proc/PID/stat` that matter here.
#[derive(Debug, PartialEq)]
struct Stat {
    name: String,
    parent: u32,
    started: u64,
}

impl Stat {
    /// The name stands in parentheses and may hold any byte, parentheses and line feeds too; nothing after it does.
    fn parse(line: &[u8]) -> Option<Self> {
        let open = line.iter().position(|byte| *byte == b'(')?;
        let close = line.iter().rposition(|byte| *byte == b')')?;
        let name = String::from_utf8_lossy(line.get(open.checked_add(1)?..close)?).into_owned();
        let rest = std::str::from_utf8(line.get(close.checked_add(1)?..)?).ok()?;
        let mut fields = rest.split_ascii_whitespace();
        // After the state, the third field of the line; the start is the twenty-second.
        let parent = fields.nth(1)?.parse().ok()?;
        let started = fields.nth(17)?.parse().ok()?;
        Some(Self { name, parent, started })
    }
}

/// The base name of the first word of a command line, without the dash of a login shell.
fn first_word(command_line: &[u8]) -> Option<String> {
    let word = command_line.split(|byte| *byte == 0).next()?;
    let name = word.rsplit(|byte| *byte == b'/').next()?;
    let name = String::from_utf8_lossy(name.strip_prefix(b"-").unwrap_or(name)).into_owned();
    (!name.is_empty()).then_some(name)
}

/// The beginning of what procfs says at `path`, which is more than a page for command lines only. One read gets it all: a
/// run looks at each of its ancestors, of which there may be a dozen.
fn bytes(path: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 4096];
    let entry = open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let length = rustix::io::read(entry, bytes.as_mut_slice()).ok()?;
    bytes.truncate(length);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let fields = "S 42 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 1 2 18446744073709551615";
        for name in ["claude", "", "a b", "a) R 1 (b", ")", "(", "a\nb", "(sd-pam)"] {
            let line = format!("43 ({name}) {fields}\n");
            let expected = Stat { name: name.to_owned(), parent: 42, started: 98_765 };
            assert_eq!(Stat::parse(line.as_bytes()), Some(expected), "{name:?}");
        }
        assert_eq!(Stat::parse(b"43 (\xff) S 42").map(|stat| stat.name), None);
        for line in ["", "43", "43 (a", "43 a)", ")(", "43 (a) S x 7", "43 (a) S 42 7 7 0 -1"] {
            assert_eq!(Stat::parse(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn a_program_is_the_base_name_of_the_first_word() {
        for (command_line, name) in [
            (b"/usr/bin/node\0x\0".as_slice(), Some("node")),
            (b"-bash\0", Some("bash")),
            (b"claude\0\0\0", Some("claude")),
            (b"", None),
            (b"/a/\0", None),
        ] {
            assert_eq!(first_word(command_line).as_deref(), name, "{command_line:?}");
        }
    }

    #[test]
    fn we_are_our_own_first_description() {
        let (us, ancestors) = ancestors().unwrap();
        assert_eq!(us.pid, std::process::id());
        assert_eq!(boot().unwrap().len(), 36);
        let ancestors: Vec<_> = ancestors.collect();
        assert!(!ancestors.is_empty());
        assert!(ancestors.iter().all(|ancestor| ancestor.started <= us.started), "{us:?} {ancestors:?}");
    }
}
