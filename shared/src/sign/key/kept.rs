//! How a key file that cannot sign is kept: with base64 around it, or without its line breaks, the command that would
//! convert the file itself cannot read it.

use super::Unusable;
use super::remedy::Kept;
use crate::sign::key_file::{Coding, Form, KeyFile};

/// Why `file` cannot sign, with a remedy that works on it as it is kept.
pub(super) fn as_kept(Unusable(cause, remedy): Unusable, file: &KeyFile) -> Unusable {
    let is_whole = !matches!(file.form, Form::Pem(_)) || is_in_lines(file.contents.expose());
    let kept = match (file.coding, file.layers) {
        (None, _) if is_whole => Kept::AsItIs,
        (Some(Coding::Base64), 1) if is_whole => Kept::InBase64,
        _ => Kept::Otherwise,
    };
    Unusable(cause, remedy.for_kept(kept))
}

/// The same of a key in a member of JSON.
pub(super) fn in_json(Unusable(cause, remedy): Unusable) -> Unusable {
    Unusable(cause, remedy.for_kept(Kept::Otherwise))
}

/// Whether the lines of PEM are there, as programs want them.
fn is_in_lines(pem: &[u8]) -> bool {
    /// RFC 1421 has 64, and MIME 76.
    const LONGEST: usize = 76;
    let mut lines = pem.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let is_dashed = |line: &[u8], word: &[u8]| line.starts_with(word) && line.ends_with(b"-----");
    lines.any(|line| is_dashed(line, b"-----BEGIN "))
        && lines
            .find(|line| line.len() > LONGEST || line.starts_with(b"-"))
            .is_some_and(|end| is_dashed(end, b"-----END "))
}
