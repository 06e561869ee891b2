//! The little of DER (ITU-T X.690) that key files are made of: elements one after another, each a tag, a length and its
//! contents. Keys are checked by the signer; here they are only taken apart and put together.
//!
//! der, pkcs8, sec1 and pkcs1 refuse what people have and signers take (a PKCS#8 file of version 0 with its public key, a
//! length in more bytes than it needs), and do not tell a foreign or damaged key from another file.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
#[cfg(feature = "jwt")]
pub(super) const NULL: u8 = 0x05;
#[cfg(feature = "jwt")]
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// Elements that are still to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    /// The elements of which `bytes` consists.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The contents of the next element, if that has this tag.
    pub(super) fn next(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut after = *self;
        let contents = after.any().filter(|(found, _)| *found == tag).map(|(_, contents)| contents)?;
        *self = after;
        Some(contents)
    }

    /// The tag and the contents of the next element.
    pub(super) fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0x00..=0x7f => (usize::from(*first), rest),
            0x81 => rest.split_first().map(|(length, rest)| (usize::from(*length), rest))?,
            0x82 => rest.split_first_chunk().map(|(length, rest)| (usize::from(u16::from_be_bytes(*length)), rest))?,
            0x83 => {
                let ([high, middle, low], rest) = rest.split_first_chunk()?;
                (usize::try_from(u32::from_be_bytes([0, *high, *middle, *low])).ok()?, rest)
            }
            _ => return None,
        };
        let (contents, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, contents))
    }

    /// How many bytes are left.
    #[cfg(feature = "oauth")]
    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    /// Whether none is left.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The elements within the next one, if that is a sequence.
    pub(super) fn sequence(&mut self) -> Option<Self> {
        self.next(SEQUENCE).map(Self)
    }

    /// The next element, if that is an integer that is not negative: its digits to base 256 without leading zeros.
    pub(super) fn unsigned(&mut self) -> Option<&'a [u8]> {
        let digits = self.next(INTEGER)?;
        digits.first().filter(|first| **first < 0x80)?;
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        digits.get(zeros..)
    }
}

/// An element with these contents, which are shorter than 64 KiB.
#[cfg(feature = "jwt")]
pub(super) fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(contents.len()).unwrap_or(u16::MAX).to_be_bytes();
    let length: &[u8] = match (high, low) {
        (0, 0x00..=0x7f) => &[low],
        (0, _) => &[0x81, low],
        _ => &[0x82, high, low],
    };
    [&[tag], length, contents].concat()
}

/// An integer that is not negative, from its digits to base 256.
#[cfg(feature = "jwt")]
pub(super) fn unsigned(digits: &[u8]) -> Vec<u8> {
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let digits = digits.get(zeros..).unwrap_or_default();
    let sign: &[u8] = if digits.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    element(INTEGER, &[sign, digits].concat())
}

#[cfg(all(test, feature = "jwt"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_take_one_to_three_bytes() {
        for (length, header) in [
            (0, &[OCTET_STRING, 0][..]),
            (127, &[OCTET_STRING, 127]),
            (128, &[OCTET_STRING, 0x81, 128]),
            (255, &[OCTET_STRING, 0x81, 255]),
            (256, &[OCTET_STRING, 0x82, 1, 0]),
        ] {
            let contents = vec![7; length];
            let written = element(OCTET_STRING, &contents);
            assert_eq!(written, [header, &contents].concat());
            assert_eq!(Elements::new(&written).next(OCTET_STRING), Some(contents.as_slice()));
        }
    }

    #[test]
    fn integers_are_unsigned() {
        for (digits, written) in
            [(&[][..], &[2, 1, 0][..]), (&[0, 0], &[2, 1, 0]), (&[127], &[2, 1, 127]), (&[0, 128], &[2, 2, 0, 128])]
        {
            assert_eq!(unsigned(digits), written);
        }
        assert_eq!(Elements::new(&[2, 1, 0x80]).unsigned(), None);
        assert_eq!(Elements::new(&[2, 2, 0, 0x80]).unsigned(), Some(&[0x80][..]));
    }

    proptest! {
        #[test]
        fn anything_can_be_read(bytes: Vec<u8>, tag: u8) {
            let mut elements = Elements::new(&bytes);
            while elements.next(tag).is_some() {}
            prop_assert!(elements.0.len() <= bytes.len());
        }
    }
}
