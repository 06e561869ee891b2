//! A stdio MCP server in front of one MCP server over HTTP: it relays messages byte for byte, with headers that are right
//! for each request, and answers every request.
//!
//! Imported by the program of hdr-bridge.

#[cfg_attr(not(test), expect(dead_code, reason = "hdr-bridge is being put together"))]
pub(crate) mod credentials;
mod decimal;
#[expect(dead_code, reason = "hdr-bridge is being put together")]
#[cfg_attr(not(test), expect(unused_imports, reason = "hdr-bridge is being put together"))]
mod http;
#[cfg_attr(not(test), expect(dead_code, reason = "hdr-bridge is being put together"))]
mod id;
#[cfg_attr(not(test), expect(dead_code, reason = "hdr-bridge is being put together"))]
mod json;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "hdr-bridge is being put together"))]
mod message;
#[cfg_attr(not(test), expect(dead_code, reason = "hdr-bridge is being put together"))]
mod sse;
#[expect(dead_code, reason = "hdr-bridge is being put together")]
#[cfg_attr(not(test), expect(unused_imports, reason = "hdr-bridge is being put together"))]
mod stdio;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "hdr-bridge is being put together"))]
mod tools;

/// Doors for fuzz targets.
#[cfg(all(feature = "fuzz", unix))]
pub(crate) mod fuzz {
    pub use super::http::fuzz::http_answer;
}
