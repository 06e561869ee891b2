//! Leaves the unwind tables, a tenth of its size, out of a release executable for Linux and glibc: a panic aborts there,
//! so nothing reads them.
#![expect(clippy::disallowed_methods, reason = "cargo and build scripts talk in this way")]

fn main() {
    let told = |name| std::env::var(name).unwrap_or_default();
    if told("PROFILE") == "release" && told("CARGO_CFG_TARGET_OS") == "linux" && told("CARGO_CFG_TARGET_ENV") == "gnu" {
        let script = format!("{}/../no-unwind.ld", told("CARGO_MANIFEST_DIR"));
        for argument in ["-Wl,--no-eh-frame-hdr", "-T", &script] {
            println!("cargo::rustc-link-arg-bins={argument}");
        }
    }
    println!("cargo::rerun-if-changed=../build.rs");
    println!("cargo::rerun-if-changed=../no-unwind.ld");
}
