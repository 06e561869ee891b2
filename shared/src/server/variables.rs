//! What Claude Code says of the server, in the variables of an MCP server, of a plugin marketplace and of a plugin's archive.

use super::Known;
use crate::os::environment::setting_or_similar;

/// The variables with name and URL of one kind of server.
type Pair = [&'static str; 2];

/// The name of an MCP server: where it is set Claude Code asks.
pub(crate) const MCP_SERVER_NAME: &str = "CLAUDE_CODE_MCP_SERVER_NAME";

/// Those of an MCP server, which our own helpers read from us too.
pub(crate) const MCP: Pair = [MCP_SERVER_NAME, "CLAUDE_CODE_MCP_SERVER_URL"];

/// All of them, the first one first.
const PAIRS: [Pair; 3] = [
    MCP,
    ["CLAUDE_CODE_MARKETPLACE_NAME", "CLAUDE_CODE_MARKETPLACE_URL"],
    ["CLAUDE_CODE_PLUGIN_NAME", "CLAUDE_CODE_PLUGIN_ARCHIVE_URL"],
];

/// Name and URL in the first pair of which one is set: never the name of one server and the URL of another.
pub(super) fn pair() -> [Option<Known>; 2] {
    let known = |variable| setting_or_similar(variable).map(|text| Known { text, origin: variable });
    let pairs = PAIRS.into_iter().map(|pair| pair.map(known));
    let mut set = pairs.filter(|pair| pair.iter().any(Option::is_some));
    set.next().unwrap_or_default()
}

/// Every URL that is said, with its variable.
pub(super) fn urls() -> impl Iterator<Item = (&'static str, String)> {
    PAIRS.into_iter().filter_map(|[_, variable]| setting_or_similar(variable).map(|url| (variable, url)))
}

/// Whether a name is said, and whether a URL is.
#[cfg(feature = "tenant")]
pub(super) fn are_set() -> [bool; 2] {
    let is_set = |variable: &str| setting_or_similar(variable).is_some();
    [PAIRS.iter().any(|[name, _]| is_set(name)), PAIRS.iter().any(|[_, url]| is_set(url))]
}
