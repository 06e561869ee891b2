//! SOCKS: version 4 with its extension 4A for names, and version 5 (RFC 1928) with a user name and a password (RFC 1929).

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What the proxy is to connect to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'a> {
    Address(SocketAddr),
    Name(&'a str, u16),
}

/// Why it did not connect.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The connection to the proxy broke.
    Io(io::Error),
    /// What the proxy says, or why it cannot be asked.
    Words(&'static str),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

const NO_SOCKS: Refusal = Refusal::Words("the proxy does not speak SOCKS");

impl<'a> Target<'a> {
    /// The host as it is named, which may be an address.
    pub(super) fn named(host: &'a str, port: u16) -> Self {
        host.parse::<IpAddr>().map_or(Self::Name(host, port), |address| Self::Address(SocketAddr::new(address, port)))
    }

    fn port(&self) -> [u8; 2] {
        match self {
            Self::Address(address) => address.port(),
            Self::Name(_, port) => *port,
        }
        .to_be_bytes()
    }
}

/// Has a proxy of version 4 connect. No user is named.
pub(super) async fn connect_4<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    target: Target<'_>,
) -> Result<(), Refusal> {
    const CONNECT: [u8; 2] = [4, 1];
    let mut request = CONNECT.to_vec();
    request.extend(target.port());
    match target {
        Target::Address(SocketAddr::V4(address)) => {
            request.extend(address.ip().octets());
            request.push(0);
        }
        Target::Address(SocketAddr::V6(_)) => return Err(Refusal::Words("SOCKS 4 has no IPv6 addresses")),
        // An address that nobody has: the name stands behind the user.
        Target::Name(name, _) => {
            request.extend([0, 0, 0, 1, 0]);
            request.extend(name.bytes());
            request.push(0);
        }
    }
    stream.write_all(&request).await?;
    stream.flush().await?;
    let mut reply = [0; 8];
    stream.read_exact(&mut reply).await?;
    match reply {
        [0, 90, ..] => Ok(()),
        [0, 91..=93, ..] => Err(Refusal::Words("the proxy did not connect to it")),
        _ => Err(NO_SOCKS),
    }
}

/// Has a proxy of version 5 connect, as `user` where there is one.
pub(super) async fn connect_5<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    target: Target<'_>,
    user: Option<(&str, &str)>,
) -> Result<(), Refusal> {
    const NO_AUTHENTICATION: u8 = 0;
    const USER_AND_PASSWORD: u8 = 2;
    let greeting: &[u8] =
        if user.is_some() { &[5, 2, USER_AND_PASSWORD, NO_AUTHENTICATION] } else { &[5, 1, NO_AUTHENTICATION] };
    stream.write_all(greeting).await?;
    stream.flush().await?;
    let mut choice = [0; 2];
    stream.read_exact(&mut choice).await?;
    match (choice, user) {
        ([5, NO_AUTHENTICATION], _) => {}
        ([5, USER_AND_PASSWORD], Some(user)) => authenticate(stream, user).await?,
        ([5, _], _) => return Err(Refusal::Words("the proxy asks for a user name and a password, or another proof")),
        _ => return Err(NO_SOCKS),
    }
    let mut request = vec![5, 1, 0];
    match target {
        Target::Address(SocketAddr::V4(address)) => {
            request.push(1);
            request.extend(address.ip().octets());
        }
        Target::Address(SocketAddr::V6(address)) => {
            request.push(4);
            request.extend(address.ip().octets());
        }
        Target::Name(name, _) => {
            request.push(3);
            request.extend(counted(name)?);
        }
    }
    request.extend(target.port());
    stream.write_all(&request).await?;
    stream.flush().await?;
    let mut reply = [0; 4];
    stream.read_exact(&mut reply).await?;
    let [5, code, _, kind] = reply else { return Err(NO_SOCKS) };
    if code != 0 {
        return Err(Refusal::Words(of_code(code)));
    }
    // From which address it connects, and the port.
    let length = match kind {
        1 => 4,
        4 => 16,
        3 => usize::from(stream.read_u8().await?),
        _ => return Err(NO_SOCKS),
    };
    stream.read_exact(&mut vec![0; length.saturating_add(2)]).await?;
    Ok(())
}

async fn authenticate<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    (user, password): (&str, &str),
) -> Result<(), Refusal> {
    let request = zeroize::Zeroizing::new([vec![1], counted(user)?, counted(password)?].concat());
    stream.write_all(&request).await?;
    stream.flush().await?;
    let mut reply = [0; 2];
    stream.read_exact(&mut reply).await?;
    let [_, status] = reply;
    if status == 0 { Ok(()) } else { Err(Refusal::Words("the proxy does not accept the user name and password")) }
}

/// A text behind its length.
fn counted(text: &str) -> Result<Vec<u8>, Refusal> {
    let length = u8::try_from(text.len()).ok().filter(|length| *length > 0);
    let length = length.ok_or(Refusal::Words("a name or password is empty, or too long for SOCKS"))?;
    Ok([&[length], text.as_bytes()].concat())
}

fn of_code(code: u8) -> &'static str {
    match code {
        2 => "the proxy does not permit the connection",
        3 => "the proxy has no route to its network",
        4 => "the proxy has no route to its host",
        5 => "the proxy was refused the connection",
        _ => "the proxy did not connect to it",
    }
}
