//! The MCP server that the headers are for: its name and the parts of its URL.

use std::borrow::Cow;

use fluent_uri::Uri;

use crate::environment::setting;
use crate::error::{Error, Report};

/// What is known of the server.
#[derive(Debug, Default)]
pub struct Server {
    name: Option<String>,
    url: Option<Result<Uri<String>, String>>,
}

/// A part of the server that a template can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The name it has in the client's configuration.
    Name,
    /// The URL as it was given.
    Url,
    /// `https`, say.
    Scheme,
    /// The host in lower case.
    Host,
    /// The port, also where the URL leaves the default one out.
    Port,
    /// Host and, unless it is the default one, port; never userinfo.
    Authority,
    /// The path, `/` where the URL has none.
    Path,
    /// The query without its `?`, empty where the URL has none.
    Query,
    /// Path and query, as in the request line.
    Target,
}

/// What Claude Code writes in place of the values of variables it has stripped.
const REDACTED: &str = "REDACTED";

impl Part {
    /// What may follow `server:`.
    pub const NAMES: [&'static str; 9] =
        ["name", "url", "scheme", "host", "port", "authority", "path", "query", "target"];

    /// The part named in `{server:NAME}`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "name" => Some(Self::Name),
            "url" => Some(Self::Url),
            "scheme" => Some(Self::Scheme),
            "host" => Some(Self::Host),
            "port" => Some(Self::Port),
            "authority" => Some(Self::Authority),
            "path" => Some(Self::Path),
            "query" => Some(Self::Query),
            "target" => Some(Self::Target),
            _ => None,
        }
    }
}

impl Server {
    /// What the options say, else what Claude Code says in `CLAUDE_CODE_MCP_SERVER_NAME` and `_URL`.
    ///
    /// # Errors
    /// [`Error::Usage`] when `--server-url` is not a URL. One that the client gives is only complained of when it is used.
    pub fn new(name: Option<&str>, url: Option<&str>) -> Result<Self, Error> {
        let url = match url {
            Some(url) => Some(Ok(parse_url(url).ok_or_else(|| {
                let cause = "it is not an absolute URL with a host";
                Error::Usage(Report::new("--server-url", cause, "write https://HOST/PATH as the client has it"))
            })?)),
            None => setting("CLAUDE_CODE_MCP_SERVER_URL").map(|url| parse_url(&url).ok_or(url)),
        };
        Ok(Self { name: name.map(str::to_owned).or_else(|| setting("CLAUDE_CODE_MCP_SERVER_NAME")), url })
    }

    /// A part of the server, for the template of `option`.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is not known, or the client has replaced a value in it with `REDACTED`.
    pub fn part(&self, option: &str, part: Part) -> Result<Cow<'_, str>, Error> {
        let text = match part {
            Part::Name => Cow::Borrowed(self.name.as_deref().ok_or_else(|| unknown(option, "name", "--server-name"))?),
            _ => url_part(self.url(option)?, part).ok_or_else(|| {
                let cause = "its scheme has no default port";
                Error::Usage(Report::new(
                    format_args!("{option}: the server URL has no port"),
                    cause,
                    "write the port in it",
                ))
            })?,
        };
        if part != Part::Name && text.contains(REDACTED) {
            return Err(Error::Usage(Report::new(
                format_args!("{option}: a part of the server URL is REDACTED"),
                "the client hides values of credential-like variables from helpers",
                "write the value into the URL, or give --server-url",
            )));
        }
        Ok(text)
    }

    fn url(&self, option: &str) -> Result<&Uri<String>, Error> {
        match &self.url {
            Some(Ok(url)) => Ok(url),
            Some(Err(_)) => {
                let fact = format_args!("{option}: CLAUDE_CODE_MCP_SERVER_URL cannot be used");
                Err(Error::Usage(Report::new(fact, "it is not an absolute URL with a host", "give --server-url")))
            }
            None => Err(unknown(option, "URL", "--server-url")),
        }
    }
}

fn unknown(option: &str, what: &str, remedy: &str) -> Error {
    Error::Usage(Report::new(
        format_args!("{option}: the {what} of the server is not known"),
        "the client did not tell it (Codex never does)",
        format_args!("give {remedy}"),
    ))
}

fn parse_url(text: &str) -> Option<Uri<String>> {
    let url = Uri::parse(text.to_owned()).ok()?;
    let authority = url.authority()?;
    let usable = !authority.host().is_empty() && authority.port_to_u16().is_ok();
    usable.then_some(url)
}

fn url_part(url: &Uri<String>, wanted: Part) -> Option<Cow<'_, str>> {
    let authority = url.authority()?;
    let given_port = authority.port_to_u16().ok().flatten();
    let host = || authority.host().to_ascii_lowercase();
    let path = if url.path().is_empty() { "/" } else { url.path().as_str() };
    let scheme = url.scheme().as_str().to_ascii_lowercase();
    let default_port = match scheme.as_str() {
        "https" | "wss" => Some(443),
        "http" | "ws" => Some(80),
        _ => None,
    };
    Some(match wanted {
        Part::Name => return None,
        Part::Url => url.as_str().into(),
        Part::Scheme => scheme.into(),
        Part::Host => host().into(),
        Part::Port => given_port.or(default_port)?.to_string().into(),
        Part::Authority => match given_port.filter(|port| Some(*port) != default_port) {
            Some(port) => format!("{}:{port}", host()).into(),
            None => host().into(),
        },
        Part::Path => path.into(),
        Part::Query => url.query().map(fluent_uri::pct_enc::EStr::as_str).unwrap_or_default().into(),
        Part::Target => match url.query() {
            Some(query) => format!("{path}?{query}").into(),
            None => path.into(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> Vec<String> {
        let server = Server { name: None, url: Some(parse_url(url).ok_or_else(|| url.to_owned())) };
        let names = Part::NAMES.iter().skip(1);
        names.map(|name| server.part("-H X", Part::parse(name).unwrap()).unwrap().into_owned()).collect()
    }

    #[test]
    fn parts_are_normalized() {
        let url = "HTTPS://user:pw@MCP.Example.com:443/a/b?c=d&e";
        let expected = [url, "https", "mcp.example.com", "443", "mcp.example.com", "/a/b", "c=d&e", "/a/b?c=d&e"];
        assert_eq!(parts(url), expected);
        let expected = ["http://[::1]:8080", "http", "[::1]", "8080", "[::1]:8080", "/", "", "/"];
        assert_eq!(parts("http://[::1]:8080"), expected);
        assert_eq!(parts("wss://h?q")[3..], ["443", "h", "/", "q", "/?q"].map(str::to_owned)[..]);
    }

    #[test]
    fn what_is_redacted_or_unknown_is_an_error() {
        let redacted = Server { name: None, url: parse_url("https://h/p?key=REDACTED").map(Ok) };
        assert_eq!(redacted.part("-H X", Part::Path).unwrap(), "/p");
        for part in [Part::Url, Part::Query, Part::Target] {
            assert_eq!(
                redacted.part("-H X", part).unwrap_err().to_string(),
                "-H X: a part of the server URL is REDACTED: the client hides values of credential-like variables from \
                 helpers; write the value into the URL, or give --server-url"
            );
        }
        assert_eq!(
            Server::default().part("-H X", Part::Host).unwrap_err().to_string(),
            "-H X: the URL of the server is not known: the client did not tell it (Codex never does); give --server-url"
        );
        for text in ["", "mcp.example.com", "https:///x", "mailto:a@b", "https://h:99999/", "https://h/ x"] {
            assert!(parse_url(text).is_none(), "{text}");
        }
    }
}
