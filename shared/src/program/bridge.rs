//! The program of hdr-bridge: what its command line asks for becomes the parts of the bridge.

#[cfg_attr(not(test), expect(dead_code, reason = "hdr-bridge is being put together"))]
mod asker;
