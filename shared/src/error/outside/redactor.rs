//! The secrets that a run knows, looked for in text from outside.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use super::layer::Layer;
use super::{Mark, Marks, lookalike, url};
use crate::error::json::{self, Found};

/// How many bytes of a secret in a row are too many to be shown.
const ROW: usize = 8;

/// How many of them that many characters in base64 hold.
const ROW_IN_BASE64: usize = 6;

/// From this length on a secret is looked for inside words too.
const LONG: usize = 4;

/// The secrets that this run has read, been given or made. Adding one costs a copy; all else is done where there is text
/// to show.
#[derive(Default)]
pub struct Redactor {
    secrets: RefCell<Vec<Zeroizing<Vec<u8>>>>,
    /// What the user typed where no secret stands, and what may look like a token all the same.
    allowed: RefCell<BTreeSet<String>>,
}

impl Redactor {
    /// Adds a secret.
    pub fn add(&self, secret: &[u8]) {
        let is_known = |known: &Zeroizing<Vec<u8>>| known.as_slice() == secret;
        let mut secrets = self.secrets.borrow_mut();
        if !secret.is_empty() && !secrets.iter().any(is_known) {
            secrets.push(Zeroizing::new(secret.to_vec()));
        }
    }

    /// Lets `typed`, the value of an option that takes no secret, pass for no token. Where it is a secret it stays one.
    #[cfg_attr(not(feature = "oauth"), expect(dead_code, reason = "only hdr-bearer-refresh has such options"))]
    pub(crate) fn allow(&self, typed: &str) {
        self.allowed.borrow_mut().insert(typed.to_owned());
    }

    /// Adds all that a program printed: the whole, of JSON each string in it, and of anything else each word that is long
    /// enough to be found.
    pub fn add_output(&self, output: &[u8]) {
        let output = output.trim_ascii();
        self.add(output);
        if !self.add_strings(output) {
            let words: BTreeSet<_> = words(output).collect();
            self.secrets.borrow_mut().extend(words.into_iter().map(|word| Zeroizing::new(word.to_vec())));
        }
    }

    /// Adds each string in `json`, without the names of members; whether it is JSON.
    pub(crate) fn add_strings(&self, json: &[u8]) -> bool {
        json::walk(json, &|found| {
            if let Found::Text(text) = found {
                self.add(text.as_bytes());
            }
        })
    }

    /// What stands in the place of a secret: it holds none itself.
    pub(super) fn marker(&self) -> &'static str {
        const MARKER: &str = "[redacted]";
        let is_in =
            |secret: &Zeroizing<Vec<u8>>| MARKER.as_bytes().windows(secret.len()).any(|part| part == &***secret);
        if self.secrets.borrow().iter().any(is_in) { "***" } else { MARKER }
    }

    /// Marks in `text` all that must not be seen: the secrets, and what looks like a token, if that is looked for, in a text of
    /// which there may have been more.
    pub(super) fn search(&self, text: &[u8], lookalikes: Option<bool>, marks: &mut Marks) {
        let secrets = self.secrets.borrow();
        let needles = Needles::of(secrets.iter().map(|secret| secret.as_slice()));
        Layer::of(text).each(&mut |layer| {
            needles.search(layer, &mut |part| marks.set(layer.place(part), Mark::Redacted));
            if let Some(is_cut) = lookalikes.filter(|_| !layer.in_base64 && !layer.is_joined) {
                lookalike::search(&layer.bytes, is_cut, &mut |part| {
                    let word = layer.bytes.get(part.clone()).and_then(|word| std::str::from_utf8(word).ok());
                    if !word.is_some_and(|word| self.allowed.borrow().contains(word)) {
                        marks.set(layer.place(part), Mark::Redacted);
                    }
                });
            }
        });
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What is looked for.
#[derive(Default)]
struct Needles {
    /// All rows of the secrets, sorted, so that looking for many of them takes no longer than for one.
    rows: Zeroizing<Vec<u64>>,
    rows_in_base64: Zeroizing<Vec<u64>>,
    /// Secrets that are shorter than a row.
    short: Vec<Zeroizing<Vec<u8>>>,
    /// Secrets with a structure, such as keys in PEM or JSON: what is no secret in them may stand in any text.
    documents: Vec<Zeroizing<Vec<u8>>>,
}

impl Needles {
    fn of<'s>(secrets: impl Iterator<Item = &'s [u8]>) -> Self {
        let mut needles = Self::default();
        secrets.for_each(|secret| needles.add(secret));
        for rows in [&mut needles.rows, &mut needles.rows_in_base64] {
            rows.sort_unstable();
            rows.dedup();
        }
        needles
    }

    fn add(&mut self, secret: &[u8]) {
        let trimmed = secret.trim_ascii();
        if trimmed.len() < secret.len() && trimmed.len() < ROW {
            self.add_word(trimmed);
        }
        if let Some(rest) = url::secret_parts(trimmed) {
            return rest.into_iter().filter(|part| part.len() >= LONG).for_each(|part| self.add_word(part));
        }
        if !(trimmed.contains(&b'\n') || trimmed.starts_with(b"{")) {
            if !self.add_credentials(trimmed) {
                self.add_word(secret);
            }
            return;
        }
        self.documents.push(Zeroizing::new(trimmed.to_vec()));
        // A line or a member of it, as keys and tokens are written.
        for part in words(trimmed).filter(|part| has_digit(part)) {
            self.add_word(part);
        }
    }

    fn add_word(&mut self, word: &[u8]) {
        if word.len() < ROW {
            self.short.extend(Some(Zeroizing::new(word.to_vec())).filter(|word| !word.is_empty()));
        }
        self.rows.extend(word.windows(ROW).map(number));
        self.rows_in_base64.extend(word.windows(ROW_IN_BASE64).map(number));
    }

    /// Adds what follows an authentication scheme, and what `Basic` holds; whether there is such a scheme.
    fn add_credentials(&mut self, value: &[u8]) -> bool {
        let mut parts = value.splitn(2, |byte| *byte == b' ');
        let (Some(scheme), Some(credentials)) = (parts.next(), parts.next()) else { return false };
        let is = |name: &str| scheme.eq_ignore_ascii_case(name.as_bytes());
        if !["Bearer", "Basic", "Token", "DPoP", "Ghost", "ApiKey"].into_iter().any(is) {
            return false;
        }
        self.add_word(credentials);
        if is("Basic") {
            let decoded = Layer::of(credentials).decoded_base64(0);
            let pair = decoded.bytes.strip_suffix(&[0]).unwrap_or_default();
            let password = pair.splitn(2, |byte| *byte == b':').nth(1);
            self.add_word(password.unwrap_or_default());
        }
        true
    }

    /// Hands each part of `layer` to `found` that shows a secret, without the blanks around it.
    fn search(&self, layer: &Layer, found: &mut impl FnMut(Range<usize>)) {
        let text = layer.bytes.as_slice();
        let mut found = |part: Range<usize>| {
            let shown = text.get(part.clone()).unwrap_or_default();
            let start = part.end.saturating_sub(shown.trim_ascii_start().len());
            found(start..start.saturating_add(shown.trim_ascii().len()));
        };
        let (rows, row) = if layer.in_base64 { (&self.rows_in_base64, ROW_IN_BASE64) } else { (&self.rows, ROW) };
        if !rows.is_empty() {
            for (at, part) in text.windows(row).enumerate() {
                if rows.binary_search(&number(part)).is_ok() {
                    found(at..at.saturating_add(row));
                }
            }
        }
        for word in self.short.iter().map(|word| word.as_slice()).filter(|word| word.len() < row) {
            // One byte is somewhere in all that decodes from base64.
            let is_too_short = layer.in_base64 && word.len() < 2;
            for at in places(text, word).filter(|_| !is_too_short) {
                let end = at.saturating_add(word.len());
                if word.len() >= LONG || is_whole_word(text, at..end) {
                    found(at..end);
                }
            }
        }
        for document in &self.documents {
            for at in places(text, document.get(..row).unwrap_or(document)) {
                let rest = text.get(at..).unwrap_or_default();
                let length = rest.iter().zip(document.iter()).take_while(|(one, other)| one == other).count();
                found(at..at.saturating_add(length));
            }
        }
    }
}

/// Where `part` stands in `text`.
fn places(text: &[u8], part: &[u8]) -> impl Iterator<Item = usize> {
    text.windows(part.len().max(1)).enumerate().filter(move |(_, window)| *window == part).map(|(at, _)| at)
}

/// Whether what stands there is no part of a longer word.
fn is_whole_word(text: &[u8], word: Range<usize>) -> bool {
    let at = |index: Option<usize>| index.and_then(|index| text.get(index)).copied();
    let is_apart = |edge: Option<u8>, neighbour: Option<u8>| match (edge.is_some_and(is_of_word), neighbour) {
        (_, None) => true,
        (true, Some(neighbour)) => !is_of_word(neighbour),
        (false, Some(neighbour)) => !neighbour.is_ascii_punctuation() || b"\"'`()[]<>,:;".contains(&neighbour),
    };
    let (before, last) = (word.start.checked_sub(1), word.end.checked_sub(1));
    is_apart(at(Some(word.start)), at(before)) && is_apart(at(last), at(Some(word.end)))
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// The words in `text` that are long enough to be found, as keys and tokens are written.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_separator = |byte: &u8| !(byte.is_ascii_alphanumeric() || b"+/=_.~-".contains(byte));
    text.split(is_separator).filter(|word| word.len() >= ROW)
}

fn has_digit(part: &[u8]) -> bool {
    part.iter().any(u8::is_ascii_digit)
}

/// A row as a number.
fn number(row: &[u8]) -> u64 {
    row.iter().fold(0, |number: u64, byte| number.wrapping_shl(8) | u64::from(*byte))
}
