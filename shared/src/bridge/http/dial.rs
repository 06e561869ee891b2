//! TCP connections to a host, of which one address after the other is tried.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, sleep};

/// How long an address has before the next one is tried as well (RFC 8305 section 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// After which silence, how often and how many times a peer is asked whether it still lives: one that is gone is noticed
/// after two minutes, also by a stream on which nothing is written.
#[cfg(unix)]
const KEEP_ALIVE: (Duration, Duration, u32) = (Duration::from_secs(60), Duration::from_secs(15), 4);

/// The addresses of a host, which may be an address itself.
///
/// # Errors
/// Those of the system.
#[expect(clippy::disallowed_methods, reason = "hdr-bridge connects to its server, the proxy, and nothing else")]
pub(super) async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok(lookup_host((host, port)).await?.collect())
}

/// A connection to the first of `addresses` that accepts it.
///
/// # Errors
/// That of the first address.
pub(super) async fn connect(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut waiting = by_turns(addresses).into_iter();
    let mut attempts: Vec<Attempt> = Vec::new();
    let mut first_error = None;
    let mut head_start = pin!(sleep(HEAD_START));
    let stream = poll_fn(|context| {
        loop {
            let mut has_failed = false;
            let mut at = 0;
            while let Some(attempt) = attempts.get_mut(at) {
                match attempt.as_mut().poll(context) {
                    Poll::Ready(Ok(stream)) => return Poll::Ready(Ok(stream)),
                    Poll::Ready(Err(error)) => {
                        first_error.get_or_insert(error);
                        drop(attempts.swap_remove(at));
                        has_failed = true;
                    }
                    Poll::Pending => at = at.saturating_add(1),
                }
            }
            if !has_failed && !attempts.is_empty() && head_start.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            match waiting.next() {
                Some(address) => {
                    attempts.push(attempt(address));
                    head_start.as_mut().reset(after(HEAD_START));
                }
                None if attempts.is_empty() => {
                    return Poll::Ready(Err(first_error.take().unwrap_or_else(|| io::ErrorKind::NotFound.into())));
                }
                None => return Poll::Pending,
            }
        }
    });
    let stream = stream.await?;
    stream.set_nodelay(true)?;
    keep_alive(&stream);
    Ok(stream)
}

type Attempt = Pin<Box<dyn Future<Output = io::Result<TcpStream>>>>;

#[expect(clippy::disallowed_methods, reason = "hdr-bridge connects to its server, the proxy, and nothing else")]
fn attempt(address: SocketAddr) -> Attempt {
    Box::pin(TcpStream::connect(address))
}

fn after(time: Duration) -> Instant {
    let now = Instant::from_std(crate::os::clock::monotonic());
    now.checked_add(time).unwrap_or(now)
}

/// The addresses of both families by turns, beginning with that of the first one (RFC 8305 section 4).
fn by_turns(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let Some(is_first_ipv6) = addresses.first().map(SocketAddr::is_ipv6) else { return addresses };
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == is_first_ipv6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut all = Vec::new();
    loop {
        let before = all.len();
        all.extend(first.next());
        all.extend(second.next());
        if all.len() == before {
            return all;
        }
    }
}

/// Sets [`KEEP_ALIVE`]. Where the system refuses it, the connection works without it.
#[cfg(unix)]
fn keep_alive(stream: &TcpStream) {
    use rustix::net::sockopt::{set_socket_keepalive, set_tcp_keepcnt, set_tcp_keepidle, set_tcp_keepintvl};
    let (idle, interval, count) = KEEP_ALIVE;
    let _ = set_tcp_keepidle(stream, idle);
    let _ = set_tcp_keepintvl(stream, interval);
    let _ = set_tcp_keepcnt(stream, count);
    let _ = set_socket_keepalive(stream, true);
}

#[cfg(not(unix))]
fn keep_alive(_: &TcpStream) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let addresses = |text: &str| -> Vec<SocketAddr> { text.split(' ').map(|one| one.parse().unwrap()).collect() };
        for (found, tried) in [
            ("[::1]:1 [::2]:1 127.0.0.1:1", "[::1]:1 127.0.0.1:1 [::2]:1"),
            ("127.0.0.1:1 127.0.0.2:1 127.0.0.3:1", "127.0.0.1:1 127.0.0.2:1 127.0.0.3:1"),
            ("127.0.0.1:1 [::1]:1 [::2]:1 [::3]:1", "127.0.0.1:1 [::1]:1 [::2]:1 [::3]:1"),
        ] {
            assert_eq!(by_turns(addresses(found)), addresses(tried), "{found}");
        }
        assert_eq!(by_turns(Vec::new()), []);
    }
}
