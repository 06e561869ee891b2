//! Leaves the index of the unwind tables out of release executables on Linux: a panic aborts there, so nothing reads it.
#![expect(clippy::disallowed_methods, reason = "cargo and build scripts talk in this way")]

fn main() {
    let told = |name| std::env::var(name).unwrap_or_default();
    if told("PROFILE") == "release" && told("CARGO_CFG_TARGET_OS") == "linux" {
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
    }
    println!("cargo::rerun-if-changed=../build.rs");
}
