//! The proxy on the way to an endpoint.

use std::fmt;

use ureq::{Proxy as Connection, ProxyProtocol};

use crate::error::{Error, Report};
use crate::oauth::exception::Exceptions;
use crate::os::environment::setting;

/// A proxy, by which https endpoints are reached. Plain HTTP stays on this host and never goes through one.
pub struct Proxy {
    connection: Connection,
    /// The hosts that are reached without it.
    except: Exceptions,
}

impl Proxy {
    /// The proxy of `--proxy`, else the one of `https_proxy` or `all_proxy` in either case, for all hosts but those of
    /// `no_proxy`.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is not the URL of a proxy, or `--proxy` has a password in it.
    pub fn new(option: Option<&str>) -> Result<Option<Self>, Error> {
        if let Some(url) = option {
            return Self::typed(url).map(Some);
        }
        for name in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            if let Some(url) = setting(name) {
                let except = setting("no_proxy").or_else(|| setting("NO_PROXY"));
                return Self::parse(name, &url, except.as_deref()).map(Some);
            }
        }
        Ok(None)
    }

    /// The proxy of `--proxy`.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is not the URL of a proxy, or has a password in it.
    pub fn typed(url: &str) -> Result<Self, Error> {
        let proxy = Self::parse("--proxy", url, None)?;
        if proxy.connection.password().is_some() {
            let fact = " does not take a password";
            let cause = "a secret on a command line can be read by every process of the machine";
            return Err(Error::Usage(Report::of("--proxy", fact, cause, "set https_proxy to the URL with it instead")));
        }
        Ok(proxy)
    }

    pub(crate) fn parse(origin: &str, url: &str, except: Option<&str>) -> Result<Self, Error> {
        let unfit = |_| {
            let cause = "it is not the URL of a proxy";
            Error::Usage(Report::of(
                origin,
                "",
                cause,
                "write http://HOST:PORT, https://HOST:PORT or socks5h://HOST:PORT",
            ))
        };
        let connection = Connection::new(url).map_err(unfit)?;
        Ok(Self { connection, except: Exceptions::parse(except.unwrap_or_default()) })
    }

    /// Whether the host of this origin, `https://HOST` or `https://HOST:PORT`, is reached through it.
    pub(crate) fn serves(&self, origin: &str) -> bool {
        !self.except.include(origin)
    }

    pub(crate) fn connection(&self) -> Connection {
        self.connection.clone()
    }

    /// The proxy as a message names it.
    fn shown(&self) -> String {
        let scheme = match self.connection.protocol() {
            ProxyProtocol::Http => "http",
            ProxyProtocol::Https => "https",
            _ => "socks",
        };
        format!("{scheme}://{}:{}", self.connection.host(), self.connection.port())
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_without_proxy_include_what_is_below_them() {
        let except = Some("example.com, .internal,*.corp,");
        let proxy = Proxy::parse("https_proxy", "http://user:hunter2@proxy:3128", except).unwrap();
        assert_eq!(format!("{proxy} {proxy:?}"), "http://proxy:3128 http://proxy:3128");
        assert_eq!(proxy.connection.password(), Some("hunter2"));
        for (host, direct) in [
            ("example.com", true),
            ("a.example.com", true),
            ("notexample.com", false),
            ("internal", true),
            ("a.corp", true),
            ("h", false),
        ] {
            assert_eq!(!proxy.serves(&format!("https://{host}")), direct, "{host}");
        }
        let all = Proxy::parse("https_proxy", "proxy:3128", Some("*")).unwrap();
        assert!(!all.serves("https://h"));
    }

    #[test]
    fn what_is_no_proxy_is_not_repeated() {
        for url in ["", "ftp://hunter2@h", "http://", "hunter2 x"] {
            let error = Proxy::parse("--proxy", url, None).unwrap_err();
            let expected = "--proxy: it is not the URL of a proxy; write http://HOST:PORT, https://HOST:PORT or socks5h://HOST:PORT";
            assert_eq!(error.to_string(), expected, "{url}");
        }
    }

    #[test]
    fn a_password_has_no_place_on_a_command_line() {
        assert_eq!(Proxy::new(Some("http://user@h:1")).unwrap().unwrap().to_string(), "http://h:1");
        let error = Proxy::new(Some("http://user:hunter2@h:1")).unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.exit_code()),
            (
                "--proxy does not take a password: a secret on a command line can be read by every process of the machine; \
                 set https_proxy to the URL with it instead",
                2
            )
        );
    }
}
