//! What looks like a token, whether or not anybody here has seen it before.

use std::ops::Range;

/// From this length on a word with letters and digits may be a token.
const LONG: usize = 24;

/// The same of a word that was cut.
const LONG_CUT: usize = 8;

/// No host of a URL is longer.
const LONGEST_HOST: usize = 256;

/// Hands each part of `text` to `found` that looks like a token, or like the beginning of one where the text `is_cut`.
pub(super) fn search(text: &[u8], is_cut: bool, found: &mut impl FnMut(Range<usize>)) {
    let mut at = 0_usize;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        // The path of a URL begins behind its port.
        let port = port(text.get(..at).unwrap_or_default(), rest);
        if port > 0 {
            at = at.saturating_add(port);
            continue;
        }
        let length = rest.iter().take_while(|byte| is_of_token(**byte)).count();
        let run = rest.get(..length).unwrap_or_default();
        let word = run.trim_ascii_end().strip_suffix(b".").filter(|_| !is_jwt(run)).unwrap_or(run);
        let longest_shown = if is_cut && length == rest.len() { LONG_CUT } else { LONG };
        judge(word, longest_shown, &mut |part: Range<usize>| {
            found(at.saturating_add(part.start)..at.saturating_add(part.end));
        });
        at = at.saturating_add(length.max(1));
    }
}

/// The length of the port at the beginning of `rest`, where a scheme, a host and a colon stand before it and a path behind
/// it; else 0.
fn port(before: &[u8], rest: &[u8]) -> usize {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let Some(authority) = before.strip_suffix(b":").filter(|_| (1..6).contains(&digits)) else { return 0 };
    let is_of_host = |byte: &&u8| byte.is_ascii_alphanumeric() || b".-_[]:".contains(byte);
    let host = authority.iter().rev().take(LONGEST_HOST).take_while(is_of_host).count();
    let scheme = authority.get(..authority.len().saturating_sub(host)).unwrap_or_default();
    let is_port = scheme.ends_with(b"//") && rest.get(digits) == Some(&b'/');
    if is_port { digits } else { 0 }
}

fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/_=.~-".contains(&byte)
}

/// Hands to `found` what of a word looks like a token.
fn judge(word: &[u8], long: usize, found: &mut dyn FnMut(Range<usize>)) {
    if is_jwt(word) {
        return found(0..word.len());
    }
    if word.len() < long || !has_both(word) || is_known(word) {
        return;
    }
    if let Some((name, value)) = split(word, b'=').filter(|(name, value)| is_name(name) && !value.starts_with(b"=")) {
        if !(value.is_empty() || is_plain(value)) {
            found(name.len().saturating_add(1)..word.len());
        }
        return;
    }
    let is_path = [&b"/"[..], b"~/", b"./", b"../"].into_iter().any(|start| word.starts_with(start));
    if is_path && !word.split(|byte| b"/._-~".contains(byte)).any(is_random) {
        let mut at = 0_usize;
        for segment in word.split(|byte| *byte == b'/') {
            let end = at.saturating_add(segment.len());
            // What ends a path may be cut, what stands before may not.
            let long = if end == word.len() { long } else { LONG };
            if is_jwt(segment) || segment.len() >= long && has_both(segment) && !is_known(segment) {
                found(at..end);
            }
            at = end.saturating_add(1);
        }
        return;
    }
    match split(word, b'/').filter(|(host, _)| is_host(host)) {
        Some((host, _)) => found(host.len().saturating_add(1)..word.len()),
        None => found(0..word.len()),
    }
}

/// Three parts of base64url, of which the first is the header of a JWT, or which are too long for words; five of a JWE; or
/// the beginning of one.
fn is_jwt(word: &[u8]) -> bool {
    let is_header = |part: &[u8]| part.len() >= 10 && part.starts_with(b"eyJ");
    let parts: Vec<_> = word.split(|byte| *byte == b'.').collect();
    let is_long = |part: &&[u8]| part.len() >= 8 && !part.contains(&b'/') && !part.contains(&b'=');
    is_header(word)
        || parts.len() == 3 && parts.iter().all(is_long) && !is_host(word) && !parts.iter().all(|part| is_words(part))
}

/// A UUID, the name of a host, an option or an error code.
fn is_known(word: &[u8]) -> bool {
    is_uuid(word) || is_host(word) || is_option(word) || is_code(word)
}

/// A value that says what it is.
fn is_plain(value: &[u8]) -> bool {
    is_known(value) || !value.iter().any(u8::is_ascii_alphabetic) || is_words(value) && value.len() < LONG
}

fn is_uuid(word: &[u8]) -> bool {
    let lengths = word.split(|byte| *byte == b'-').map(<[u8]>::len);
    lengths.eq([8, 4, 4, 4, 12]) && word.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
}

/// Labels of one case, the last one of letters alone.
fn is_host(word: &[u8]) -> bool {
    let is_label = |label: &[u8]| {
        let is_whole = !(label.starts_with(b"-") || label.ends_with(b"-"));
        let is_usual = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        (1..64).contains(&label.len()) && is_whole && label.iter().all(is_usual) && is_of_one_case(label)
    };
    let Some(last) = word.split(|byte| *byte == b'.').next_back() else { return false };
    let is_top = (2..19).contains(&last.len()) && last.iter().all(u8::is_ascii_alphabetic);
    is_top && last.len() < word.len() && word.split(|byte| *byte == b'.').all(is_label)
}

/// `--subject-token-type`.
fn is_option(word: &[u8]) -> bool {
    let Some(name) = word.strip_prefix(b"--") else { return false };
    name.first().is_some_and(u8::is_ascii_lowercase) && name.split(|byte| *byte == b'-').all(is_word_of_name)
}

/// `unsupported_grant_type`, `ERR_HTTP2_INVALID_SESSION`.
fn is_code(word: &[u8]) -> bool {
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    digits <= 4 && is_of_one_case(word) && word.split(|byte| matches!(byte, b'_' | b'.')).all(is_word_of_name)
}

/// Letters, and behind them a number as in `oauth2` and `rfc7523`.
fn is_word_of_name(word: &[u8]) -> bool {
    let letters = word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let digits = word.get(letters..).unwrap_or_default();
    (1..17).contains(&letters) && digits.len() <= 4 && digits.iter().all(u8::is_ascii_digit)
}

/// Letters as words have them: capitals only at the beginning of one.
fn is_words(part: &[u8]) -> bool {
    let capitals = part.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    part.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'))
        && (capitals == part.len() || capitals.saturating_mul(3) <= part.len())
}

/// What stands before `=`.
fn is_name(name: &[u8]) -> bool {
    name.iter().any(u8::is_ascii_alphabetic)
        && name.split(|byte| matches!(byte, b'_' | b'-' | b'.')).all(|word| word.is_empty() || is_word_of_name(word))
}

/// Whether a part of a path is none that somebody would name a file.
fn is_random(part: &[u8]) -> bool {
    part.iter().any(|byte| matches!(byte, b'+' | b'='))
        || part.len() >= 12 && part.iter().any(u8::is_ascii_digit) && !is_of_one_case(part)
}

fn is_of_one_case(word: &[u8]) -> bool {
    !(word.iter().any(u8::is_ascii_uppercase) && word.iter().any(u8::is_ascii_lowercase))
}

fn has_both(word: &[u8]) -> bool {
    word.iter().any(u8::is_ascii_alphabetic) && word.iter().any(u8::is_ascii_digit)
}

fn split(word: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = word.iter().position(|byte| *byte == at)?;
    Some((word.get(..place)?, word.get(place.checked_add(1)?..)?))
}
