//! The way to the server's origin: name, TCP, proxy and TLS, all within `--connect-timeout`.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::task::spawn_local;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use ureq::ProxyProtocol;

use super::dial;
use super::failure::{Failure, Kind};
use super::socks;
use super::stream::{Socket, Stream};
use super::tls::Tls;
use super::tunnel;
use crate::error::Redactor;
use crate::oauth::failure::Peer;
use crate::oauth::proxy::Proxy;
use crate::oauth::url::Endpoint;
use crate::server::default_port;

/// How the server is reached.
#[derive(Debug)]
pub(super) struct Route {
    /// The host without the brackets of an IPv6 address.
    host: String,
    /// The same with them.
    written_host: String,
    port: u16,
    has_tls: bool,
    proxy: Option<Proxy>,
    tls: Rc<Tls>,
    connect_timeout: Duration,
    redactor: Rc<Redactor>,
}

/// What is under way.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Name,
    Tcp,
    Proxy,
    Tls,
}

impl Route {
    pub(super) fn new(
        url: &Endpoint,
        proxy: Option<Proxy>,
        tls: Rc<Tls>,
        connect_timeout: Duration,
        redactor: Rc<Redactor>,
    ) -> Self {
        let written_host = url.host().to_owned();
        let host = written_host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let scheme = if url.has_tls() { "https" } else { "http" };
        let written_port = url.origin().rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        let port = written_port.or_else(|| default_port(scheme)).unwrap_or_default();
        // Plain HTTP stays on this machine.
        let proxy = proxy.filter(|proxy| url.has_tls() && proxy.serves(url.origin()));
        Self { host, written_host, port, has_tls: url.has_tls(), proxy, tls, connect_timeout, redactor }
    }

    /// Whether it ends in TLS.
    pub(super) fn has_tls(&self) -> bool {
        self.has_tls
    }

    /// Through which proxy, if any, as messages say it behind the origin.
    pub(super) fn through(&self) -> String {
        self.proxy.as_ref().map_or_else(String::new, |proxy| format!(" through {proxy}"))
    }

    /// What is known of the other side when a connection fails.
    pub(super) fn peer(&self) -> Peer<'_> {
        Peer { has_certificate: self.tls.has_certificate(), redactor: &self.redactor }
    }

    /// Whether the server has asked for a certificate.
    pub(super) fn asks_for_certificate(&self) -> bool {
        self.tls.was_asked()
    }

    /// Makes a connection.
    pub(super) async fn connect(&self) -> Result<(Stream, Socket), Failure> {
        let stage = Cell::new(Stage::Name);
        timeout(self.connect_timeout, self.connect_in_stages(&stage)).await.unwrap_or_else(|_| {
            let cause = match stage.get() {
                Stage::Name => "its name was not resolved in time",
                Stage::Tcp => "it did not accept the connection in time",
                Stage::Proxy => "the proxy did not connect to it in time",
                Stage::Tls => "the TLS handshake did not end in time",
            };
            Err(Failure::new(Kind::ConnectTimeout, cause))
        })
    }

    async fn connect_in_stages(&self, stage: &Cell<Stage>) -> Result<(Stream, Socket), Failure> {
        // The trust is read while the connection is made.
        let config = self.has_tls.then(|| {
            let tls = Rc::clone(&self.tls);
            spawn_local(async move { tls.config().await })
        });
        let (mut stream, socket) = match &self.proxy {
            Some(proxy) => self.through_proxy(proxy, stage).await?,
            None => self.tcp(&self.host, self.port, Kind::Refused, stage).await?,
        };
        if let Some(config) = config {
            stage.set(Stage::Tls);
            let config = config.await.map_err(|_| Failure::new(Kind::Setup, "the trust was not read"))?;
            let config = config.map_err(|error| Failure {
                remedy: "mend that, and start the server again in the client",
                ..Failure::new(Kind::Setup, error.to_string())
            })?;
            stream = self.handshake(config, &self.host, stream).await?;
        }
        Ok((stream, socket))
    }

    /// Connects to `host`; a name or an address that fails is a failure of `kind`.
    async fn tcp(&self, host: &str, port: u16, kind: Kind, stage: &Cell<Stage>) -> Result<(Stream, Socket), Failure> {
        stage.set(Stage::Name);
        let addresses = dial::resolve(host, port).await.unwrap_or_default();
        if addresses.is_empty() {
            let (kind, cause) = match kind {
                Kind::Proxy => (Kind::Proxy, "the name of the proxy cannot be resolved"),
                _ => (Kind::Dns, "its name cannot be resolved"),
            };
            return Err(Failure::new(kind, cause));
        }
        stage.set(Stage::Tcp);
        let stream = dial::connect(addresses).await.map_err(|error| Failure::of_io(kind, &error, &self.peer()))?;
        Ok(Socket::split(stream))
    }

    async fn handshake(
        &self,
        config: std::sync::Arc<rustls::ClientConfig>,
        host: &str,
        stream: Stream,
    ) -> Result<Stream, Failure> {
        let no_name = |_| Failure {
            remedy: "check the host in the URL",
            ..Failure::new(Kind::Tls, "a certificate cannot name such a host")
        };
        let name = ServerName::try_from(host.to_owned()).map_err(no_name)?;
        let connected = TlsConnector::from(config).connect(name, stream).await;
        connected.map(|stream| Box::new(stream) as Stream).map_err(|error| {
            if error.kind() == io::ErrorKind::UnexpectedEof {
                return Failure::new(Kind::Tls, "it closed the connection during the TLS handshake");
            }
            Failure::of_io(Kind::Tls, &error, &self.peer())
        })
    }

    async fn through_proxy(&self, proxy: &Proxy, stage: &Cell<Stage>) -> Result<(Stream, Socket), Failure> {
        let connection = proxy.connection();
        let protocol = connection.protocol();
        let host = connection.host().trim_start_matches('[').trim_end_matches(']');
        let (mut stream, socket) = self.tcp(host, connection.port(), Kind::Proxy, stage).await?;
        stage.set(Stage::Proxy);
        if protocol == ProxyProtocol::Https {
            let config = self.tls.without_certificate().await;
            let config = config.map_err(|error| Failure::new(Kind::Setup, error.to_string()))?;
            let shaken = self.handshake(config, host, stream).await;
            stream = shaken.map_err(|failure| Failure {
                kind: Kind::Proxy,
                cause: format!("TLS with the proxy failed: {}", failure.cause).into(),
                ..failure
            })?;
        }
        let user = connection.username().map(|name| (name, connection.password().unwrap_or_default()));
        if matches!(protocol, ProxyProtocol::Http | ProxyProtocol::Https) {
            let authority = format!("{}:{}", self.written_host, self.port);
            let connected = tunnel::connect(&mut stream, &authority, user).await;
            return connected.map(|()| (stream, socket)).map_err(|refusal| self.no_tunnel(&refusal));
        }
        let target = self.socks_target(protocol, stage).await?;
        let connected = match protocol {
            ProxyProtocol::Socks4 | ProxyProtocol::Socks4A => socks::connect_4(&mut stream, target).await,
            _ => socks::connect_5(&mut stream, target, user).await,
        };
        connected.map(|()| (stream, socket)).map_err(|refusal| match refusal {
            socks::Refusal::Io(error) => self.no_answer(&error),
            socks::Refusal::Words(cause) => Failure::new(Kind::Proxy, cause),
        })
    }

    /// What a SOCKS proxy is asked to connect to: to some of them no name is told.
    async fn socks_target(&self, protocol: ProxyProtocol, stage: &Cell<Stage>) -> Result<socks::Target<'_>, Failure> {
        if !matches!(protocol, ProxyProtocol::Socks4 | ProxyProtocol::Socks5) {
            return Ok(socks::Target::named(&self.host, self.port));
        }
        stage.set(Stage::Name);
        let addresses = dial::resolve(&self.host, self.port).await.unwrap_or_default();
        let wanted = addresses.iter().find(|address| protocol != ProxyProtocol::Socks4 || address.is_ipv4());
        let address = wanted.or(addresses.first()).ok_or(Failure::new(Kind::Dns, "its name cannot be resolved"))?;
        stage.set(Stage::Proxy);
        Ok(socks::Target::Address(*address))
    }

    fn no_tunnel(&self, refusal: &tunnel::Refusal) -> Failure {
        match refusal {
            tunnel::Refusal::Io(error) => self.no_answer(error),
            tunnel::Refusal::Status(407) => Failure {
                remedy: "set https_proxy to the URL of the proxy with a user name and a password that it accepts",
                ..Failure::new(Kind::Proxy, "the proxy asks for a user name and a password")
            },
            tunnel::Refusal::Status(status) => {
                Failure::new(Kind::Proxy, format!("the proxy did not connect to it (HTTP {status})"))
            }
            tunnel::Refusal::NotHttp => Failure::new(Kind::Proxy, "the proxy does not speak HTTP"),
        }
    }

    /// The connection to a proxy broke.
    fn no_answer(&self, error: &io::Error) -> Failure {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return Failure::new(Kind::Proxy, "the proxy closed the connection");
        }
        Failure { kind: Kind::Proxy, ..Failure::of_io(Kind::Proxy, error, &self.peer()) }
    }
}
