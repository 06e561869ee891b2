//! A request in the form that is signed: its path and query encoded in one way, its headers in order.

use crate::secret::Secret;

/// A request with all headers that are signed.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// The method.
    pub(crate) method: &'a str,
    /// The path as it is sent.
    pub(crate) path: &'a str,
    /// Whether dot segments and empty segments are taken out of the path, as all services but S3 do.
    pub(crate) is_normalized: bool,
    /// The query as it is sent, without its question mark.
    pub(crate) query: &'a str,
    /// The headers that are signed, those of one name in their order.
    pub(crate) fields: &'a [Field<'a>],
    /// The SHA-256 of the body in lower case hex.
    pub(crate) digest: &'a str,
}

/// A header that is signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    /// Its name in any case.
    pub(crate) name: &'a str,
    /// Its value as it is sent.
    pub(crate) value: &'a [u8],
}

impl Request<'_> {
    /// The canonical request; a session token may stand in it.
    pub(super) fn canonical(&self) -> Secret {
        let mut text = Vec::new();
        let path = if self.is_normalized { normalized(self.path) } else { self.path.to_owned() };
        for line in [self.method, &encoded(path.as_bytes(), b"/"), &query(self.query)] {
            text.extend_from_slice(line.as_bytes());
            text.push(b'\n');
        }
        for (name, values) in self.named() {
            text.extend_from_slice(name.as_bytes());
            text.push(b':');
            text.extend(values.join(&b','));
            text.push(b'\n');
        }
        text.push(b'\n');
        text.extend_from_slice(self.signed_headers().as_bytes());
        text.push(b'\n');
        text.extend_from_slice(self.digest.as_bytes());
        Secret::new(text)
    }

    /// The names of the headers that are signed.
    pub(super) fn signed_headers(&self) -> String {
        let names: Vec<_> = self.named().into_iter().map(|(name, _)| name).collect();
        names.join(";")
    }

    /// The values of each header by its name in lower case, sorted by the names.
    fn named(&self) -> Vec<(String, Vec<Vec<u8>>)> {
        let mut named: Vec<(String, Vec<Vec<u8>>)> = Vec::new();
        for Field { name, value } in self.fields {
            let (name, value) = (name.to_ascii_lowercase(), with_single_spaces(value));
            match named.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.push(value),
                None => named.push((name, vec![value])),
            }
        }
        named.sort();
        named
    }
}

/// A value without blanks at its ends, and each run of blanks within as one space.
fn with_single_spaces(value: &[u8]) -> Vec<u8> {
    let words: Vec<_> = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    words.join(&b' ')
}

/// A path without empty and dot segments (RFC 3986 section 5.2.4); the slash at its end is kept.
fn normalized(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    let is_folder =
        path.ends_with(['/', '.']) && path.rsplit('/').next().is_some_and(|last| matches!(last, "" | "." | ".."));
    let end = if is_folder && !kept.is_empty() { "/" } else { "" };
    format!("/{}{end}", kept.join("/"))
}

/// The parameters of a query, each decoded and encoded again, sorted by their names and then by their values.
fn query(query: &str) -> String {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<_> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            [name, value].map(|text| encoded(&decoded(text), b""))
        })
        .collect();
    pairs.sort();
    let pairs: Vec<_> = pairs.into_iter().map(|[name, value]| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// Percent-encodes all but the unreserved characters of RFC 3986 section 2.3 and those of `kept`.
fn encoded(bytes: &[u8], kept: &[u8]) -> String {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |value: u8| HEX.get(usize::from(value)).copied().unwrap_or_default();
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes.iter().copied() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    text
}

/// What a part of a query stands for: a plus sign is a space, as in forms.
fn decoded(text: &str) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => match (digit(high), digit(low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                _ => bytes.push(b'%'),
            },
            (byte, _) => bytes.push(*byte),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_end_as_they_did() {
        for (path, expected) in [
            ("/", "/"),
            ("", "/"),
            ("/mcp", "/mcp"),
            ("/mcp/", "/mcp/"),
            ("/a/../b/.", "/b/"),
            ("/a/b/..", "/a/"),
            ("/a/b/../", "/a/"),
            ("/a./b..", "/a./b.."),
            ("/../..", "/"),
        ] {
            assert_eq!(normalized(path), expected, "{path}");
        }
    }

    #[test]
    fn queries_are_sorted_by_what_they_stand_for() {
        for (given, expected) in [
            ("b=2&a=1", "a=1&b=2"),
            ("a=2&a=10&a=", "a=&a=10&a=2"),
            ("flag&a=%2f%7e", "a=%2F~&flag="),
            ("q=a+b%20c*", "q=a%20b%20c%2A"),
            ("q=100%&x=%zz", "q=100%25&x=%25zz"),
            ("a=b=c&&", "a=b%3Dc"),
            ("", ""),
        ] {
            assert_eq!(query(given), expected, "{given}");
        }
    }
}
