//! The sections of PEM (RFC 7468), read as people keep them: line breaks written out, turned into blanks or lost, in quotes,
//! indented, with text around. A library for PEM reads whole files that are as they should be, and nothing else.

use zeroize::Zeroizing;

use crate::secret::Secret;
use crate::sign::encoding::KeyEncoding;

/// What stands between a BEGIN and an END line.
#[derive(Debug)]
pub(in crate::sign) struct Section {
    /// The words after BEGIN, without blanks: `RSAPRIVATEKEY`.
    pub(in crate::sign) label: String,
    /// Whether it says that it is encrypted (RFC 1421 section 4.6.1.1).
    pub(in crate::sign) is_encrypted: bool,
    /// What its base64 holds; `None` where that or its END line is broken.
    pub(in crate::sign) der: Option<Secret>,
}

const BEGIN: &str = "-----BEGIN";
const END: &str = "-----END";
const DASHES: &str = "-----";

/// The sections of a PEM file, in their order.
pub(in crate::sign) fn sections(bytes: &[u8]) -> Vec<Section> {
    let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
    let written_out = |part: &str, real: &str| Zeroizing::new(text.replace(part, real));
    let text = if text.contains("\\n") || text.contains("\\r") {
        Zeroizing::new(written_out("\\n", "\n").replace("\\r", ""))
    } else {
        text
    };
    let mut sections = Vec::new();
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once(BEGIN) {
        // The next section does not wait for the end of one that has none.
        let (own, next) = after.find(BEGIN).and_then(|next| after.split_at_checked(next)).unwrap_or((after, ""));
        sections.extend(section(own));
        rest = next;
    }
    sections
}

/// A section from what follows its BEGIN; `None` where that line does not end.
fn section(text: &str) -> Option<Section> {
    let (label, text) = text.split_once(DASHES)?;
    let label = without_blanks(label);
    let body = text.split_once(END).filter(|(_, end)| without_blanks(end).starts_with(&label)).map(|(body, _)| body);
    let is_encrypted = text.split(END).next().is_some_and(|own| own.contains("4,ENCRYPTED"));
    Some(Section { is_encrypted, der: body.and_then(decoded), label })
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !is_blank(*c)).collect()
}

/// Blanks that pages and editors put between letters, and those that stay of quotes and of lines written in code.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | '\\' | '\u{200b}' | '\u{feff}')
}

/// The bytes of a body, without its header lines.
fn decoded(body: &str) -> Option<Secret> {
    let lines = body.lines().filter(|line| !line.contains(':'));
    let digits: Zeroizing<String> = Zeroizing::new(lines.flat_map(str::chars).filter(|c| !is_blank(*c)).collect());
    KeyEncoding::Base64.bytes(digits.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is_abc(pem: &str) {
        let sections = sections(pem.as_bytes());
        let contents: Vec<_> =
            sections.iter().map(|section| (section.label.as_str(), section.der.as_ref().map(Secret::expose))).collect();
        assert_eq!(contents, [("XYZ", Some(&b"abc"[..]))], "{pem:?}");
    }

    #[test]
    fn sections_are_read_as_they_are_kept() {
        is_abc("-----BEGIN X YZ-----\nYWJj\n-----END X YZ-----\n");
        is_abc("-----BEGIN X YZ----- YW Jj -----END X YZ-----");
        is_abc("-----BEGIN X YZ-----YWJj-----END X YZ-----");
        is_abc("-----BEGINXYZ-----YWJj-----ENDXYZ-----");
        is_abc("KEY='-----BEGIN X YZ-----\\nYW\\nJj\\n-----END X YZ-----\\n'");
        is_abc("\"-----BEGIN X YZ-----\\r\\n\",\r\n  \"YW\\r\\n\",\r\n  \"Jj\\r\\n\",\r\n  \"-----END X YZ-----\"");
        is_abc("key: |\n    -----BEGIN X YZ-----\n    YWJj\n    -----END X YZ-----\n");
        is_abc("text\n-----BEGIN X YZ-----\nComment: x\n\nYW\u{a0}\u{200b}Jj\n-----END X YZ-----");
        is_abc("-----BEGIN X YZ-----\nYWJj\n-----END X YZ---");
    }

    #[test]
    fn a_section_without_its_end_is_broken() {
        for pem in [
            "-----BEGIN X-----\nYWJj\n",
            "-----BEGIN X-----\nYWJj\n-----END Y-----",
            "-----BEGIN X-----\nY!Jj\n-----END X-----",
        ] {
            let found = sections(pem.as_bytes());
            assert_eq!(found.len(), 1, "{pem:?}");
            assert!(found[0].der.is_none(), "{pem:?}");
        }
        assert!(sections(b"-----BEGIN X\nYWJj\n").is_empty());
        let second = sections(b"-----BEGIN X-----\n-----BEGIN Y-----\nYWJj\n-----END Y-----");
        assert_eq!(second.iter().map(|section| section.der.is_some()).collect::<Vec<_>>(), [false, true]);
    }
}
