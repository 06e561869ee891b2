//! CONNECT: a tunnel through an HTTP proxy (RFC 9110 section 9.3.6).

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use zeroize::Zeroizing;

/// The most that is read of the proxy's answer: 64 KiB.
const LIMIT: usize = 64 << 10;

/// Why there is no tunnel.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The connection to the proxy broke.
    Io(io::Error),
    /// The proxy refused with this status.
    Status(u16),
    /// What the proxy answered is not HTTP.
    NotHttp,
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Has the proxy connect to `authority`, a host and a port, as `user` where there is one.
pub(super) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    authority: &str,
    user: Option<(&str, &str)>,
) -> Result<(), Refusal> {
    let authorization = user.map_or_else(String::new, |(name, password)| {
        let credentials = Zeroizing::new(format!("{name}:{password}"));
        format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(credentials.as_bytes()))
    });
    let agent = super::USER_AGENT;
    let request = Zeroizing::new(format!(
        "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: {agent}\r\n{authorization}\r\n"
    ));
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut head = Vec::new();
    loop {
        let mut portion = [0; 1024];
        let read = stream.read(&mut portion).await?;
        head.extend(portion.iter().take(read));
        match status(&head) {
            Some(200..=299) => {}
            Some(status) => return Err(Refusal::Status(status)),
            None if head.contains(&b'\n') => return Err(Refusal::NotHttp),
            None => {}
        }
        // In TLS no server speaks first, so nothing comes behind the head.
        if head.ends_with(b"\r\n\r\n") || head.ends_with(b"\n\n") {
            return Ok(());
        }
        if read == 0 || head.len() > LIMIT || head.windows(4).any(|end| end == b"\r\n\r\n") {
            return Err(Refusal::NotHttp);
        }
    }
}

/// The status in the first line of `head`, where that is whole.
fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|byte| *byte == b'\n').next().filter(|line| line.len() < head.len())?;
    let text = std::str::from_utf8(line).ok()?.strip_prefix("HTTP/1.")?;
    text.split_ascii_whitespace().nth(1)?.parse().ok()
}
