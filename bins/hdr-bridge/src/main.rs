//! `hdr-bridge`: a stdio MCP server that carries the right headers to an MCP server over HTTP.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

hdr::start!(hdr::program::bridge::main);
