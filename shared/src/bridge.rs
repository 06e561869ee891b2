//! A stdio MCP server in front of one MCP server over HTTP: it relays messages byte for byte, with headers that are right
//! for each request, and answers every request.
//!
//! Imported by the program of hdr-bridge.
