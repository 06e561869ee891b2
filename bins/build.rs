//! Lays out a release executable for Linux and glibc. It leaves out the unwind tables, a tenth of its size: a panic aborts
//! there, so nothing reads them. And it puts next to each other the functions that a run executes: the system maps an
//! executable in pieces, as they are touched. Helpers that read nothing from a network have a fixed address: with one, no
//! pointer has to be corrected at the start, and fewer pages are written. A program that runs for long has no such order.
#![expect(clippy::disallowed_methods, reason = "cargo and build scripts talk in this way")]

use std::path::Path;
use std::process::Command;

/// Those that read what comes from a network: their address stays random.
const NETWORKED: [&str; 2] = ["hdr-bearer-refresh", "hdr-bridge"];

/// The first glibc that reads, at the start, the pointers to be corrected as a bit for each (DT_RELR) instead of 24 bytes.
const FIRST_WITH_RELR: (u32, u32) = (2, 36);

fn main() {
    let told = |name| std::env::var(name).unwrap_or_default();
    // What a script of the linker names and nothing defines does no harm.
    let path = |script| format!("{}/{script}", told("CARGO_MANIFEST_DIR"));
    let scripts: Vec<_> =
        ["../layout.ld", "order.ld"].map(path).into_iter().filter(|path| Path::new(path).exists()).collect();
    if told("PROFILE") == "release" && told("CARGO_CFG_TARGET_OS") == "linux" && told("CARGO_CFG_TARGET_ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
        for script in &scripts {
            println!("cargo::rustc-link-arg-bins=-Wl,-T,{script}");
        }
        if !NETWORKED.contains(&&*told("CARGO_PKG_NAME")) {
            println!("cargo::rustc-link-arg-bins=-no-pie");
            println!("cargo::rustc-link-arg-bins=-static");
        } else if told("HOST") == told("TARGET") && glibc() >= Some(FIRST_WITH_RELR) {
            println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
        }
    }
    println!("cargo::rerun-if-changed=../build.rs");
    for script in &scripts {
        println!("cargo::rerun-if-changed={script}");
    }
}

/// The version of this machine's C library, which is linked.
fn glibc() -> Option<(u32, u32)> {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let (major, minor) = str::from_utf8(&output.stdout).ok()?.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
