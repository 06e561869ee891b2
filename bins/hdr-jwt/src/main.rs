//! `hdr-jwt`: headers with a JSON Web Token signed on the spot.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

hdr::start!(hdr::program::entry::main::<hdr::program::helpers::Jwt>);
