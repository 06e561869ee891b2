//! The pages that the loopback port answers with: plain text in plain HTML, without scripts and without anything from
//! elsewhere.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::request::Refusal;
use crate::error::Error;

/// How long a page may take to be written, and what else the browser sends to be read.
const PATIENCE: Duration = Duration::from_secs(2);

/// The most that is read of what is of no interest, so that the browser is not cut off before it has read the page.
const MOST: u64 = 64 << 10;

/// The page of an answer that was taken.
pub(super) fn outcome<T>(connection: TcpStream, outcome: &Result<T, Error>) {
    match outcome {
        Ok(_) => write(connection, 200, "Signed in", "You can close this window and go back to the terminal."),
        Err(error) => write(connection, 400, "Not signed in", &error.to_string()),
    }
}

/// The page of a request that is no answer.
pub(super) fn refusal(connection: TcpStream, refusal: &Refusal) {
    match refusal {
        Refusal::NotFound => write(connection, 404, "Not found", "Nothing is here."),
        Refusal::Bad(why) => {
            write(connection, 400, "Not accepted", &format!("This is not the answer of a sign-in: {why}."));
        }
    }
}

fn write(mut connection: TcpStream, status: u16, title: &str, text: &str) {
    let page = html(title, text);
    let phrase = match status {
        200 => "OK",
        404 => "Not Found",
        _ => "Bad Request",
    };
    let head = format!(
        "HTTP/1.1 {status} {phrase}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nContent-Security-Policy: \
         default-src 'none'; frame-ancestors 'none'\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: \
         no-referrer\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
        page.len()
    );
    // A browser that is gone needs no page.
    let _ = connection.set_write_timeout(Some(PATIENCE));
    let _ = connection.set_read_timeout(Some(PATIENCE));
    let _ = connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(page.as_bytes()));
    let _ = connection.shutdown(Shutdown::Write);
    let _ = std::io::copy(&mut connection.take(MOST), &mut std::io::sink());
}

fn html(title: &str, text: &str) -> String {
    let [title, text] = [title, text].map(escaped);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>{title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n</html>\n"
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_text() {
        let page = html("a", "<script src=\"//x\">alert('1')</script> & more");
        assert!(
            page.contains("<p>&lt;script src=&quot;//x&quot;&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; more</p>"),
            "{page}"
        );
    }
}
