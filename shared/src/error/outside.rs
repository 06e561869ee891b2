//! Text from outside: what servers, programs and files say. It may repeat a secret, and becomes a string here alone.

mod layer;
mod lookalike;
mod redactor;
mod url;

use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

pub use self::redactor::Redactor;
use self::url::Shown;

/// The most characters of it that a message quotes.
const LONGEST: usize = 200;

/// The most characters of a message of another helper of ours that are passed on.
const LONGEST_MESSAGE: usize = 2000;

/// The most bytes that are looked at; a message quotes far less.
const LIMIT: usize = 64 << 10;

/// Bytes that somebody else wrote: no `Display`, and no `Debug` of what they say.
#[derive(Clone)]
pub struct OutsideText {
    bytes: Zeroizing<Vec<u8>>,
    /// Whether there was more of it.
    is_cut: bool,
}

impl OutsideText {
    /// The whole of a text.
    #[must_use]
    pub fn new(bytes: impl AsRef<[u8]>) -> Self {
        Self::limited(bytes, LIMIT)
    }

    /// The beginning of a text of which no more than `limit` bytes were read.
    #[must_use]
    pub fn limited(bytes: impl AsRef<[u8]>, limit: usize) -> Self {
        let (bytes, limit) = (bytes.as_ref(), limit.min(LIMIT));
        let kept = bytes.get(..limit).unwrap_or(bytes);
        Self { bytes: Zeroizing::new(kept.to_vec()), is_cut: bytes.len() >= limit }
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.trim_ascii().is_empty()
    }

    /// What a message may quote: at most 200 characters of visible ASCII and space, without the secrets that `redactor`
    /// knows, without what looks like a token, and of URLs their origins.
    #[must_use]
    pub fn shown(&self, redactor: &Redactor) -> String {
        limited(self.redacted(redactor, Shown::Origin).trim_ascii(), LONGEST, false)
    }

    /// The same of a URL of which the path is shown too: an issuer, or a redirect to the same host.
    #[must_use]
    pub fn shown_with_path(&self, redactor: &Redactor) -> String {
        limited(self.redacted(redactor, Shown::Path).trim_ascii(), LONGEST, false)
    }

    /// Its lines, each as [`OutsideText::shown`] has it. What stands across several lines is found before.
    #[must_use]
    pub fn lines(&self, redactor: &Redactor) -> Vec<String> {
        self.split(redactor, Shown::Origin, LONGEST, false)
    }

    /// The lines of a helper of ours, which are longer and show the paths of issuers.
    #[must_use]
    pub fn messages(&self, redactor: &Redactor) -> Vec<String> {
        self.split(redactor, Shown::Path, LONGEST_MESSAGE, true)
    }

    fn split(&self, redactor: &Redactor, shown: Shown, longest: usize, dots: bool) -> Vec<String> {
        let redacted = self.redacted(redactor, shown);
        let lines = redacted.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        lines.map(|line| limited(line, longest, dots)).collect()
    }

    #[cold]
    fn redacted(&self, redactor: &Redactor, shown: Shown) -> Vec<u8> {
        let mut marks = Marks(vec![Mark::Shown; self.bytes.len()]);
        redactor.search(&self.bytes, self.is_cut, &mut marks);
        url::search(&self.bytes, shown, &mut marks);
        marks.applied(&self.bytes, redactor.marker().as_bytes())
    }
}

impl fmt::Debug for OutsideText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[text from outside]")
    }
}

/// What becomes of each byte of a text.
struct Marks(Vec<Mark>);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Shown,
    /// A marker takes the place of it and its neighbours.
    Redacted,
    /// Nothing takes its place.
    Dropped,
}

impl Marks {
    fn set(&mut self, range: Range<usize>, mark: Mark) {
        for place in self.0.get_mut(range).unwrap_or_default() {
            *place = mark.max(*place);
        }
    }

    fn applied(&self, text: &[u8], marker: &[u8]) -> Vec<u8> {
        let mut applied = Vec::with_capacity(text.len());
        let mut last = Mark::Shown;
        for (byte, mark) in text.iter().zip(&self.0) {
            match mark {
                Mark::Shown => applied.push(*byte),
                Mark::Redacted if last != Mark::Redacted => applied.extend_from_slice(marker),
                Mark::Redacted | Mark::Dropped => {}
            }
            last = *mark;
        }
        applied
    }
}

/// At most that many characters of visible ASCII and space, `?` for any other byte; an ellipsis stays where our own lines
/// have `dots`.
fn limited(text: &[u8], longest: usize, dots: bool) -> String {
    const ELLIPSIS: &[u8] = "…".as_bytes();
    let mut shown = String::new();
    let mut rest = text;
    for _ in 0..longest {
        let Some((byte, after)) = rest.split_first() else { break };
        rest = after;
        match byte {
            b' '..=b'~' => shown.push(char::from(*byte)),
            _ => match after.strip_prefix(ELLIPSIS.get(1..).unwrap_or_default()) {
                Some(after) if dots && ELLIPSIS.first() == Some(byte) => {
                    shown.push('…');
                    rest = after;
                }
                _ => shown.push('?'),
            },
        }
    }
    shown
}

#[cfg(test)]
mod tests;
