//! The result of `tools/list`, gone through where it stands.

use std::ops::Range;

use super::schema::{self, Annotation, Defect};
use crate::bridge::json::{Event, Invalid, Scanner, Text};

/// A page of tools. Of members with the same name the last counts.
#[derive(Default)]
pub(super) struct Listing {
    /// All items of `result.tools`, in order.
    pub(super) tools: Vec<Listed>,
    /// `result.nextCursor` as it is written, where it is a string.
    pub(super) next_cursor: Option<String>,
}

/// An item of `tools`.
pub(super) struct Listed {
    pub(super) place: Range<usize>,
    /// `None` where it is no object with a name.
    pub(super) name: Option<String>,
    /// Whether a hint says that it may be called once more.
    pub(super) is_repeatable: bool,
    pub(super) annotations: Result<Vec<Annotation>, Defect>,
}

/// The page in `answer`; `None` where it has none.
pub(super) fn read(answer: &[u8]) -> Option<Listing> {
    let text = str::from_utf8(answer).ok()?;
    let mut listing = None;
    let mut scanner = Scanner::new(text);
    let walked = scanner.members(&mut |scanner, key| {
        if key.is("result") {
            listing = Some(result(text, scanner)?);
        } else {
            scanner.value()?;
        }
        Ok(())
    });
    walked.and_then(|_| scanner.end()).ok().and(listing)
}

fn result(text: &str, scanner: &mut Scanner<'_>) -> Result<Listing, Invalid> {
    let mut listing = Listing::default();
    scanner.members(&mut |scanner, key| {
        if key.is("tools") {
            listing.tools.clear();
            scanner.items(&mut |scanner| {
                listing.tools.push(tool(scanner)?);
                Ok(())
            })?;
        } else {
            let place = scanner.value()?;
            if key.is("nextCursor") {
                let cursor = text.get(place).filter(|cursor| Text::of(cursor).is_some());
                listing.next_cursor = cursor.map(str::to_owned);
            }
        }
        Ok(())
    })?;
    Ok(listing)
}

fn tool(scanner: &mut Scanner<'_>) -> Result<Listed, Invalid> {
    let (mut name, mut is_repeatable, mut annotations) = (None, false, Ok(Vec::new()));
    let place = scanner.members(&mut |scanner, key| {
        if key.is("name") {
            name = string(scanner)?;
        } else if key.is("annotations") {
            is_repeatable = hints(scanner)?;
        } else if key.is("inputSchema") {
            annotations = schema::read(scanner)?;
        } else {
            scanner.value()?;
        }
        Ok(())
    })?;
    Ok(Listed { place, name, is_repeatable, annotations })
}

fn hints(scanner: &mut Scanner<'_>) -> Result<bool, Invalid> {
    let (mut is_read_only, mut is_idempotent) = (false, false);
    scanner.members(&mut |scanner, key| {
        let hint = match () {
            () if key.is("readOnlyHint") => &mut is_read_only,
            () if key.is("idempotentHint") => &mut is_idempotent,
            () => return scanner.value().map(drop),
        };
        *hint = scanner.peek() == Some(b't');
        scanner.value().map(drop)
    })?;
    Ok(is_read_only || is_idempotent)
}

/// Goes through the value that comes next; what it says where it is a string.
fn string(scanner: &mut Scanner<'_>) -> Result<Option<String>, Invalid> {
    if scanner.peek() != Some(b'"') {
        return scanner.value().map(|_| None);
    }
    match scanner.event()? {
        Event::String(text) => Ok(Some(text.unescaped().into_owned())),
        _ => Err(Invalid),
    }
}
