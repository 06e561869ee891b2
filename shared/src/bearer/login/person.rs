//! What a person sees who signs in.

use std::time::Duration;

use qrcode::{EcLevel, QrCode};

use crate::os::terminal;

/// Tells where to sign in, and that the browser is waited for.
pub(super) fn show_url(who: &str, url: &str, is_opened: bool, redirect_url: &str, time: Duration) {
    let first = if is_opened {
        format!("A browser opens to sign in at {who}. If it does not, open this URL:")
    } else {
        format!("Open this URL in a browser to sign in at {who}:")
    };
    terminal::say(&format!("{first}\n\n  {url}\n"));
    if !terminal::is_terminal() {
        let answered = redirect_url.split('?').next().unwrap_or_default();
        terminal::say(&format!("Waiting for the browser's answer at {answered} ({} left)", left(time)));
    }
}

/// Tells which code to enter where.
pub(super) fn show_code(code: &str, url: &str, complete_url: Option<&str>, time: Duration) {
    terminal::say(&format!("Open this URL on any device, and enter the code {code}:\n\n  {url}\n"));
    if let Some(url) = complete_url {
        terminal::say(&format!("Or open this one, which has the code in it:\n\n  {url}\n"));
    }
    if terminal::is_terminal() {
        if let Some(picture) = qr_code(complete_url.unwrap_or(url)) {
            terminal::say(&picture);
        }
    } else {
        terminal::say(&format!("Waiting for the code to be entered ({} left)", left(time)));
    }
}

/// Tells how long is left, in a terminal.
pub(super) fn count_down(what: &str, time: Duration) {
    terminal::update(&format!("{what} ({} left)", left(time)));
}

/// Takes that line away.
pub(super) fn end() {
    terminal::update("");
}

/// A QR code in half blocks, for a dark terminal; `None` for a text that is too long.
fn qr_code(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let mut picture = code.render::<qrcode::render::unicode::Dense1x2>();
    picture.dark_color(qrcode::render::unicode::Dense1x2::Light);
    Some(picture.light_color(qrcode::render::unicode::Dense1x2::Dark).build())
}

fn left(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 60.. => format!("{}m {}s", seconds / 60, seconds % 60),
        seconds => format!("{seconds}s"),
    }
}
