//! `hdr-hmac`: headers signed with an HMAC.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

hdr::start!(hdr::program::entry::main::<hdr::program::helpers::Hmac>);
