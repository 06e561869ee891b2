//! A `tools/list` of our own, when a server says that headers do not fit its tools.

use hyper::body::Bytes;

use crate::bridge::id::Id;
use crate::bridge::message::Message;

/// The members of `_meta` that say who asks; a progress token is none of them.
const MEMBERS: [&str; 3] = [
    "io.modelcontextprotocol/protocolVersion",
    "io.modelcontextprotocol/clientInfo",
    "io.modelcontextprotocol/clientCapabilities",
];

/// A request for a page of tools in the name of the client that sent `message`; `cursor` is written as the page before has it.
pub(crate) fn list_request(message: &Message, id: &Id, cursor: Option<&str>) -> Bytes {
    let member = |name: &&str| message.value_at(&["params", "_meta", name]).map(|value| format!("\"{name}\":{value}"));
    let meta = MEMBERS.iter().filter_map(member).collect::<Vec<_>>().join(",");
    let cursor = cursor.map(|cursor| format!("\"cursor\":{cursor},")).unwrap_or_default();
    let id = id.as_json();
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/list\",\"params\":{{{cursor}\"_meta\":{{{meta}}}}}}}")
        .into()
}
