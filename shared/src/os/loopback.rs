//! A port on a loopback address that this process listens on, for the one program of ours that is answered by a browser.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// How long waking the listener may take.
const WAKING: Duration = Duration::from_millis(500);

/// A listening socket. Nobody but this machine reaches it.
#[derive(Debug)]
pub(crate) struct Loopback {
    listener: TcpListener,
    address: SocketAddr,
}

impl Loopback {
    /// Listens on `port` of a loopback `address`; on a free one where the port is 0.
    ///
    /// # Errors
    /// Those of the system; and for any other address.
    #[expect(clippy::disallowed_methods, reason = "this is the owner of listening sockets")]
    pub(crate) fn bind(address: IpAddr, port: u16) -> io::Result<Self> {
        if !address.is_loopback() {
            return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, "it is no loopback address"));
        }
        let listener = TcpListener::bind((address, port))?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// The port that it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The next connection.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn accept(&self) -> io::Result<TcpStream> {
        self.listener.accept().map(|(connection, _)| connection)
    }

    /// Lets [`Loopback::accept`] return in the thread that waits there.
    #[expect(clippy::disallowed_methods, reason = "it connects to itself and says nothing")]
    pub(crate) fn wake(&self) {
        // One that cannot be connected to has somebody else who does.
        drop(TcpStream::connect_timeout(&self.address, WAKING));
    }
}
