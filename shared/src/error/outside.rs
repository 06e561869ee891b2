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

    /// The same of what the user typed into an option that takes no secret: nothing in it is taken for a token.
    #[must_use]
    pub fn shown_as_typed(&self, redactor: &Redactor) -> String {
        limited(self.marked(redactor, Shown::Path, None).trim_ascii(), LONGEST, false)
    }

    /// Its words, such as those of a scope. One that is among the `known`, because we asked for it, is shown as it is.
    #[must_use]
    #[cfg_attr(not(feature = "oauth"), expect(dead_code, reason = "the others read no scope"))]
    pub(crate) fn words(&self, redactor: &Redactor, known: &[String]) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let redacted = self.redacted(redactor, Shown::All);
        let redacted = String::from_utf8_lossy(&redacted);
        let written: Vec<_> = text.split_ascii_whitespace().collect();
        let redacted: Vec<_> = redacted.split_ascii_whitespace().collect();
        // A secret may reach across words.
        let written = if written.len() == redacted.len() { &written } else { &redacted };
        let is_known = |word: &str| known.iter().any(|known| known.split_ascii_whitespace().any(|known| known == word));
        let mut room = LONGEST;
        let mut words = Vec::new();
        for (written, redacted) in written.iter().zip(&redacted) {
            if is_known(written) {
                words.push((*written).to_owned());
                continue;
            }
            let word = Self::new(redacted).shown(redactor);
            let Some(left) = room.checked_sub(word.len()) else { break };
            room = left;
            words.push(word);
        }
        words.join(" ")
    }

    /// Its lines, each as [`OutsideText::shown`] has it. What stands across several lines is found before.
    #[must_use]
    pub fn lines(&self, redactor: &Redactor) -> Vec<String> {
        self.split(redactor, Shown::Origin, LONGEST, false)
    }

    /// The lines of a helper of ours, which are longer, begin with its `name` and show the paths of issuers.
    #[must_use]
    pub fn messages(&self, redactor: &Redactor, name: &str) -> Vec<String> {
        self.split(redactor, Shown::Path, LONGEST_MESSAGE.saturating_add(name.len()), true)
    }

    fn split(&self, redactor: &Redactor, shown: Shown, longest: usize, dots: bool) -> Vec<String> {
        let redacted = self.redacted(redactor, shown);
        let lines = redacted.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        lines.map(|line| limited(line, longest, dots)).collect()
    }

    #[cold]
    fn redacted(&self, redactor: &Redactor, shown: Shown) -> Vec<u8> {
        self.marked(redactor, shown, (shown != Shown::All).then_some(self.is_cut))
    }

    /// Itself without secrets, and without what looks like a token where `lookalikes` says whether there was more of it.
    fn marked(&self, redactor: &Redactor, shown: Shown, lookalikes: Option<bool>) -> Vec<u8> {
        let mut marks = Marks(vec![Mark::Shown; self.bytes.len()]);
        redactor.search(&self.bytes, lookalikes, &mut marks);
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

/// The beginning of a text, at most that many bytes, with `?` for each that is not visible ASCII or space. Where our own lines
/// have `dots`, characters are counted as such, and an ellipsis stays.
fn limited(text: &[u8], longest: usize, dots: bool) -> String {
    // Where a line ends, or a column, is a blank.
    let blanks;
    let text = if dots {
        text
    } else {
        blanks = with_blanks(text);
        &blanks
    };
    let text = text.get(..longest).unwrap_or(text);
    if dots {
        let is_usual = |c: char| matches!(c, ' '..='~' | '…');
        return String::from_utf8_lossy(text).chars().map(|c| if is_usual(c) { c } else { '?' }).collect();
    }
    let visible = |byte: &u8| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '?' };
    text.iter().map(visible).collect()
}

/// The same with one blank for each run of line breaks and tabs and the blanks around them.
fn with_blanks(text: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    for run in text.chunk_by(|one, other| one.is_ascii_whitespace() == other.is_ascii_whitespace()) {
        if run.iter().any(|byte| matches!(byte, b'\r' | b'\n' | b'\t')) {
            out.push(b' ');
        } else {
            out.extend_from_slice(run);
        }
    }
    out
}

#[cfg(test)]
mod tests;
