//! `hdr-bearer-refresh`: headers with a bearer token that is fresh and shared between runs.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

hdr::start!(hdr::program::entry::main::<hdr::program::helpers::Bearer>);
