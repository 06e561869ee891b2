//! Strings as they are written, and what they say.

use std::borrow::Cow;
use std::str::Chars;

/// What stands between the quotation marks of a valid string. Two are equal when they say the same, however it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'t>(&'t str);

impl<'t> Text<'t> {
    pub(super) fn new(raw: &'t str) -> Self {
        Self(raw)
    }

    /// The string that is the whole of `json`, which must be valid.
    pub(crate) fn of(json: &'t str) -> Option<Self> {
        json.strip_prefix('"')?.strip_suffix('"').map(Self)
    }

    /// Whether it says `plain`.
    pub(crate) fn is(self, plain: &str) -> bool {
        // What is escaped is longer than what it says, at least by one byte for each escape.
        self.0 == plain || self.0.len() > plain.len() && self.is_escaped() && self.unescaped() == plain
    }

    /// What it says. A surrogate alone is replaced by U+FFFD, as it is wherever such a string becomes UTF-8.
    pub(crate) fn unescaped(self) -> Cow<'t, str> {
        if !self.is_escaped() {
            return Cow::Borrowed(self.0);
        }
        self.code_points().map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }

    /// What it says, with surrogates that stand alone.
    pub(crate) fn code_points(self) -> impl Iterator<Item = u32> {
        CodePoints(self.0.chars())
    }

    fn is_escaped(self) -> bool {
        self.0.contains('\\')
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.code_points().eq(other.code_points())
    }
}

impl Eq for Text<'_> {}

struct CodePoints<'t>(Chars<'t>);

impl Iterator for CodePoints<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let char = match self.0.next()? {
            '\\' => match self.0.next()? {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => return self.unit().map(|unit| self.with_low(unit)),
                itself => itself,
            },
            plain => plain,
        };
        Some(u32::from(char))
    }
}

impl CodePoints<'_> {
    /// The four digits that come next.
    fn unit(&mut self) -> Option<u32> {
        let (digits, rest) = self.0.as_str().split_at_checked(4)?;
        self.0 = rest.chars();
        u32::from_str_radix(digits, 16).ok()
    }

    /// The code point of a pair of surrogates, where `unit` begins one.
    fn with_low(&mut self, unit: u32) -> u32 {
        let behind = self.0.clone();
        let is_escape = self.0.next() == Some('\\') && self.0.next() == Some('u');
        if let (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) = (unit, is_escape.then(|| self.unit()).flatten()) {
            return ((unit & 0x3ff) << 10 | low & 0x3ff).saturating_add(0x1_0000);
        }
        self.0 = behind;
        unit
    }
}
