//! `hdr-tenant`: headers for a tenant, and with those of another helper.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

hdr::start!(hdr::program::entry::main::<hdr::program::helpers::Tenant>);
