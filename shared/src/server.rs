//! The MCP server that headers are for: its name, its URL and whether a profile may serve it.
//!
//! Imported by every room above the ground.

#[cfg(all(feature = "fuzz", unix))]
pub(crate) mod fuzz;
mod reach;
mod url;
mod variables;

use std::borrow::Cow;

pub(crate) use self::reach::Reach;
pub(crate) use self::url::Url;
#[cfg(feature = "tenant")]
pub(crate) use self::url::default_port;
#[cfg(feature = "bearer")]
pub(crate) use self::variables::MCP as MCP_VARIABLES;
pub(crate) use self::variables::MCP_SERVER_NAME;
use crate::error::{Error, Report};
#[cfg(feature = "tenant")]
use crate::os::environment::setting;

/// What is known of the server. A URL may hold secrets, so there is no `Debug`.
#[derive(Default)]
pub struct Server {
    name: Option<Known>,
    url: Option<Known>,
}

/// A value and where it came from.
struct Known {
    text: String,
    origin: &'static str,
}

impl Known {
    fn of(option: &'static str, text: Option<&str>) -> Option<Self> {
        text.map(|text| Self { text: text.to_owned(), origin: option })
    }
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

/// What says a URL that nothing else says.
const FALLBACK: &str = "the profile";

/// What Claude Code writes in place of the values of variables it has stripped.
pub(crate) const REDACTED: &str = "REDACTED";

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
    /// What the options say, else what Claude Code says in its variables.
    ///
    /// # Errors
    /// [`Error::Usage`] when `--server-url` is not a URL. One that the client gives is only complained of when it is used.
    pub fn new(name: Option<&str>, url: Option<&str>) -> Result<Self, Error> {
        if url.is_some_and(|url| !url.contains(REDACTED) && Url::parse(url).is_none()) {
            return Err(Error::Usage(Report::of(
                "--server-url",
                "",
                NO_URL,
                "write https://HOST/PATH as the client has it",
            )));
        }
        Ok(Self::known(name, url))
    }

    /// Like [`Server::new`], whatever they say.
    pub(crate) fn known(name: Option<&str>, url: Option<&str>) -> Self {
        let [its_name, its_url] = variables::pair();
        Self { name: Known::of("--server-name", name).or(its_name), url: Known::of("--server-url", url).or(its_url) }
    }

    /// The server at this URL, whatever the client says of another one.
    #[cfg(feature = "bridge")]
    pub(crate) fn at(name: Option<&str>, url: Option<&str>) -> Self {
        let [its_name, _] = variables::pair();
        Self { name: Known::of("--server-name", name).or(its_name), url: Known::of("--server-url", url) }
    }

    /// The same at this URL, where its own is not known.
    pub(crate) fn or_at(self, url: Option<&str>) -> Self {
        let fallback = url.map(|url| Known { text: url.to_owned(), origin: FALLBACK });
        Self { url: self.url.or(fallback), ..self }
    }

    /// Whether its URL is that of [`Server::or_at`].
    pub(crate) fn is_at_fallback(&self) -> bool {
        self.url.as_ref().is_some_and(|url| url.origin == FALLBACK)
    }

    /// The URLs that it is known by: what the client says, and what `--server-url` says, each with where it came from.
    pub(crate) fn urls(given: Option<&str>) -> impl Iterator<Item = (&'static str, String)> {
        variables::urls().chain(given.map(|url| ("--server-url", url.to_owned())))
    }

    /// The variables that tell another helper what our options say, where the client says nothing: its own have the last
    /// word about a profile's server. Of a server that the client tells in other variables both are told, since the other
    /// helper takes name and URL from one pair.
    #[cfg(feature = "tenant")]
    pub(crate) fn given_by_options(&self) -> impl Iterator<Item = (&'static str, Option<&str>)> {
        let known = [&self.name, &self.url];
        let tells = known.into_iter().zip(variables::are_set()).any(|(known, is_set)| known.is_some() && !is_set);
        let told =
            variables::MCP.into_iter().zip(known).filter(move |(variable, _)| tells && setting(variable).is_none());
        told.filter_map(|(variable, known)| Some((variable, Some(&*known.as_ref()?.text))))
    }

    /// Its name, where it is known.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_ref().map(|name| name.text.as_str())
    }

    /// Scheme, host and port of its URL, where they are known.
    pub(crate) fn origin(&self) -> Option<String> {
        Self::origin_of(&self.url.as_ref()?.text)
    }

    /// Scheme, host and port of a URL.
    pub(crate) fn origin_of(text: &str) -> Option<String> {
        Some(Url::parse(text)?.origin())
    }

    /// Name and URL as they were told, whatever the client may have hidden in them.
    pub(crate) fn identity(&self) -> [Option<&str>; 2] {
        [&self.name, &self.url].map(|known| known.as_ref().map(|known| known.text.as_str()))
    }

    /// Whether its URL was told, usable or not.
    #[cfg(feature = "tenant")]
    pub(crate) fn has_url(&self) -> bool {
        self.url.is_some()
    }

    /// A part of the server, for the template of `option`, and where it came from.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is not known, or the client has replaced a value in it with `REDACTED`.
    pub fn part(&self, option: &str, part: Part) -> Result<(Cow<'_, str>, &'static str), Error> {
        if part == Part::Name {
            let name = self.name.as_ref().ok_or_else(|| unknown(option, "name", "--server-name"))?;
            return Ok((name.text.as_str().into(), name.origin));
        }
        let known = self.url.as_ref().ok_or_else(|| unknown(option, "URL", "--server-url"))?;
        let redacted = || {
            Error::Usage(Report::of(
                option,
                ": a part of the server URL is REDACTED",
                "the client hides values of credential-like variables from helpers",
                "write the value itself into the URL, in the configuration or with --server-url",
            ))
        };
        let url = Url::parse(&known.text).ok_or_else(|| {
            if known.text.contains(REDACTED) {
                return redacted();
            }
            Error::Usage(Report::of(
                option,
                format_args!(": {} cannot be used", known.origin),
                NO_URL,
                "give --server-url",
            ))
        })?;
        let text = url_part(&known.text, url, part).ok_or_else(|| {
            let cause = "its scheme has no default port";
            Error::Usage(Report::of(option, ": the server URL has no port", cause, "write the port in it"))
        })?;
        // A host is in lower case by now.
        let is_host = matches!(part, Part::Host | Part::Authority) && known.text.contains(REDACTED);
        if text.contains(REDACTED) || is_host && text.contains("redacted") {
            return Err(redacted());
        }
        Ok((text, known.origin))
    }
}

const NO_URL: &str = "it is not an absolute URL with an ASCII host";

fn unknown(option: &str, what: &str, remedy: &str) -> Error {
    Error::Usage(Report::of(
        option,
        format_args!(": the {what} of the server is not known"),
        "the client did not pass it (Codex never does)",
        format_args!("give {remedy}"),
    ))
}

fn url_part(text: &str, url: Url, wanted: Part) -> Option<Cow<'_, str>> {
    let default_port = url.default_port();
    // A request leaves out the question mark of an empty query.
    let query = url.query.filter(|query| !query.is_empty());
    Some(match (wanted, url.port, query) {
        (Part::Name, ..) => return None,
        (Part::Url, ..) => text.into(),
        (Part::Scheme, ..) => url.scheme.into(),
        (Part::Port, ..) => url.port.or(default_port)?.to_string().into(),
        (Part::Authority, Some(port), _) => format!("{}:{port}", url.host).into(),
        (Part::Host | Part::Authority, ..) => url.host.into(),
        (Part::Target, _, Some(query)) => format!("{}?{query}", url.path).into(),
        (Part::Path | Part::Target, ..) => url.path.into(),
        (Part::Query, _, query) => query.unwrap_or_default().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Server {
        Server { name: None, url: Some(Known { text: url.to_owned(), origin: "--server-url" }) }
    }

    fn parts(url: &str) -> Vec<String> {
        let server = server(url);
        let names = Part::NAMES.iter().skip(1);
        names.map(|name| server.part("-H X", Part::parse(name).unwrap()).unwrap().0.into_owned()).collect()
    }

    #[test]
    fn parts_are_those_of_a_request() {
        let url = "HTTPS://user:pw@MCP.Example.com:443/a/b?c=d&e";
        let expected = [url, "https", "mcp.example.com", "443", "mcp.example.com", "/a/b", "c=d&e", "/a/b?c=d&e"];
        assert_eq!(parts(url), expected);
        let expected = ["http://[::1]:8080", "http", "[::1]", "8080", "[::1]:8080", "/", "", "/"];
        assert_eq!(parts("http://[::1]:8080"), expected);
        assert_eq!(parts("wss://h?q")[3..], ["443", "h", "/", "q", "/?q"].map(str::to_owned)[..]);
    }

    #[test]
    fn what_is_redacted_is_an_error() {
        let redacted = |url: &str, part| server(url).part("-H X", part).map(|(text, _)| text.into_owned());
        assert_eq!(redacted("https://h/p?key=REDACTED", Part::Path).unwrap(), "/p");
        for (url, part) in [
            ("https://h/p?key=REDACTED", Part::Url),
            ("https://h/p?key=REDACTED", Part::Query),
            ("https://h/p?key=REDACTED", Part::Target),
            ("https://a-REDACTED.example.com/p", Part::Host),
            ("https://REDACTED/p", Part::Authority),
            ("https://h:REDACTED/p", Part::Path),
        ] {
            assert_eq!(
                redacted(url, part).unwrap_err().to_string(),
                "-H X: a part of the server URL is REDACTED: the client hides values of credential-like variables from \
                 helpers; write the value itself into the URL, in the configuration or with --server-url"
            );
        }
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        assert_eq!(
            Server::default().part("-H X", Part::Host).unwrap_err().to_string(),
            "-H X: the URL of the server is not known: the client did not pass it (Codex never does); give --server-url"
        );
    }
}
