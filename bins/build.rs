//! Lays out a release executable for Linux and glibc. It leaves out the unwind tables, a tenth of its size: a panic aborts
//! there, so nothing reads them. And it puts next to each other the functions that a run executes: the system maps an
//! executable in pieces, as they are touched.
#![expect(clippy::disallowed_methods, reason = "cargo and build scripts talk in this way")]

fn main() {
    let told = |name| std::env::var(name).unwrap_or_default();
    // What a script of the linker names and nothing defines does no harm.
    let scripts = ["../layout.ld", "order.ld"].map(|script| format!("{}/{script}", told("CARGO_MANIFEST_DIR")));
    if told("PROFILE") == "release" && told("CARGO_CFG_TARGET_OS") == "linux" && told("CARGO_CFG_TARGET_ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
        for script in &scripts {
            println!("cargo::rustc-link-arg-bins=-Wl,-T,{script}");
        }
    }
    println!("cargo::rerun-if-changed=../build.rs");
    for script in &scripts {
        println!("cargo::rerun-if-changed={script}");
    }
}
