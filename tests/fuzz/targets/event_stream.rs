//! Event streams, however they are cut.

use hdr::fuzz::events;

use crate::random::Random;

pub(crate) const CHANGES: u64 = 60_000;
pub(crate) const WORDS: &[&str] = &[
    "data: {\"jsonrpc\":\"2.0\"}\n\n",
    "data:",
    "data",
    "event: message\n",
    "event: endpoint\r\n",
    "event: ping\r",
    "id: 1\n",
    "id:\n",
    "id",
    "retry: 1000\n",
    "retry:-1\n",
    ": a comment\n",
    "\r\n\r\n",
    "\n\n",
    "\r\r",
    "\n\r",
    "\u{feff}data:",
];

/// The most that an event may have here.
const LIMIT: usize = 1000;

pub(crate) fn check(bytes: &[u8]) {
    let seen = events([bytes], LIMIT);
    assert_eq!(events(bytes.chunks(1), LIMIT), seen);
    let mut random = Random::new(bytes.len() as u64);
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(random.below(rest.len().min(20) + 1));
        pieces.push(piece);
        rest = behind;
    }
    assert_eq!(events(pieces, LIMIT), seen);

    let is_within_line = |text: &str| !text.is_empty() && !text.contains(['\r', '\n', '\0']);
    for (_, data, id, has_own_id) in &seen.events {
        assert!(data.len() <= LIMIT && !data.contains(&b'\r') && !data.trim_ascii().is_empty());
        assert!(id.as_deref().is_none_or(is_within_line) && (id.is_some() || !has_own_id));
    }
    assert!(seen.last_event_id.as_deref().is_none_or(is_within_line));
    // What ends a stream can be gone on from: an event behind it is seen as it is.
    if !seen.is_too_large {
        let behind = events([bytes, b"\n\ndata:{}\nid:z\n\n"], LIMIT);
        if !behind.is_too_large {
            assert_eq!(behind.events.last(), Some(&(false, b"{}".to_vec(), Some("z".to_owned()), true)));
            assert_eq!(behind.events.get(..seen.events.len()), Some(&*seen.events));
        }
    }
}
