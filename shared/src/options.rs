//! The options that every helper has.

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use crate::client;
use crate::error::{Error, Report};
use crate::headers::{HeaderName, Headers};
use crate::inquiry::Inquiry;
use crate::invocation::Invocation;
use crate::print_config::Configuration;
use crate::source::Source;
use crate::template::{OwnValues, Template};

/// The options that every helper has. They are kept as written; each is parsed where its value is made.
#[derive(Args, Debug)]
#[command(next_help_heading = "Common options")]
pub struct Options {
    /// Print this header instead of the default ones; repeatable.
    ///
    /// A template is text with placeholders: {timestamp} {timestamp:unix|unix-ms|rfc3339|http-date|basic} {uuid} {nonce}
    /// {env:NAME} {file:PATH} {json:PATH:FIELD} {cmd:COMMAND LINE} {basic:USER:SOURCE}
    /// {server:name|url|scheme|host|port|authority|path|query|target} and those that this helper adds. {{ and }} are braces;
    /// \n, \t, \\ and \$ are escapes.
    #[arg(short = 'H', long, value_name = "NAME: TEMPLATE", allow_hyphen_values = true)]
    pub header: Vec<String>,

    /// Print this header beside the others; repeatable.
    #[arg(long, value_name = "NAME: TEMPLATE", allow_hyphen_values = true)]
    pub add: Vec<String>,

    /// What to print: the JSON object, lines for `curl -K -`, or the bare value that the helper made.
    #[arg(long, value_enum, default_value_t = Format::Headers)]
    pub format: Format,

    /// Take options from this profile [default: the one that is bound to the server's URL].
    ///
    /// A profile is a table [profiles.NAME.HELPER] of a TOML file, whose keys are the long options of that helper. With
    /// server = "https://HOST/PATH" in [profiles.NAME] it serves no other server. Options on the command line win.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,

    /// The file with the profiles [default: ~/.config/hdr/config.toml].
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,

    /// Read variables for env:NAME and {env:NAME} from a dotenv file, behind the real environment; repeatable.
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<String>,

    /// The URL of the MCP server [default: what Claude Code says, for a marketplace or a plugin's archive too].
    #[arg(long, value_name = "URL")]
    pub server_url: Option<String>,

    /// The name of the MCP server in the client [default: what Claude Code says].
    #[arg(long, value_name = "NAME")]
    pub server_name: Option<String>,

    /// Give up after this time, whatever is under way; clients give up after 10s.
    #[arg(long, value_name = "DURATION", default_value = "8s")]
    pub timeout: String,

    /// Tell on stderr where each value came from; no secret is shown.
    #[arg(long)]
    pub explain: bool,

    /// Append a line to this file for each run that fails or has a warning; `off` for none [default:
    /// ~/.local/state/hdr/hdr.log].
    #[arg(long, value_name = "FILE|off")]
    pub log: Option<String>,

    /// Append a line for each other run too.
    #[arg(long)]
    pub log_successes: bool,

    /// Run this command line the way MCP clients run it, and print a table of what becomes of it; by default in all of them.
    ///
    /// Each client has its own environment, working directory, stdin, time limit and rules for the output. The exit code is
    /// 0 if all the chosen ones get their headers, else 1. Tokens that its runs
    /// print are never counted as given to a client.
    #[arg(
        long,
        value_name = "CLIENT[:SCOPE],...",
        num_args = 0..=1,
        require_equals = true,
        value_delimiter = ',',
        value_parser = PossibleValuesParser::new(client::CHOICES),
        conflicts_with = "print_config"
    )]
    pub check: Option<Vec<String>>,

    /// Print what to write into an MCP client's configuration so that it runs this command line, and do nothing else.
    #[arg(long, value_enum, value_name = "CLIENT")]
    pub print_config: Option<Configuration>,

    /// Use this time instead of the clock's, to reproduce a signature: Unix seconds or RFC 3339.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub now: Option<String>,

    /// Use this {nonce} instead of a random one, to reproduce a signature.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub nonce: Option<String>,
}

/// What a helper prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object of headers.
    Headers,
    /// Lines for `curl -K -`.
    Curl,
    /// The bare value that the helper made.
    Token,
}

/// A header whose value is a template.
#[derive(Debug)]
pub struct HeaderTemplate {
    name: HeaderName,
    value: Template,
}

impl HeaderTemplate {
    /// Parses `NAME: TEMPLATE`; blanks after the colon are no part of the value.
    ///
    /// # Errors
    /// [`Error::Usage`] without a colon or with a broken template, [`Error::Headers`] for a name that cannot be sent.
    pub fn parse(option: &str, text: &str, own: &[&'static str]) -> Result<Self, Error> {
        let (name, _) = text.split_once(':').ok_or_else(|| without_colon(option))?;
        Self::named(HeaderName::parse(name)?, option, text, own)
    }

    fn named(name: HeaderName, option: &str, text: &str, own: &[&'static str]) -> Result<Self, Error> {
        let (_, value) = text.split_once(':').ok_or_else(|| without_colon(option))?;
        let value =
            Template::parse(&format!("{option} {}", name.as_str()), value.trim_start_matches([' ', '\t']), own)?;
        let value = value.of_header(name.as_str());
        let is_authorization = ["Authorization", "Proxy-Authorization"];
        let is_authorization = is_authorization.iter().any(|known| name.as_str().eq_ignore_ascii_case(known));
        Ok(Self { value: if is_authorization { value.of_authorization() } else { value }, name })
    }

    /// Parses the header of a request of ours, whose name no MCP client reserves.
    ///
    /// # Errors
    /// [`Error::Usage`] without a colon, for a name that is none, or with a broken template.
    #[cfg(feature = "bearer")]
    pub(crate) fn of_request(option: &str, text: &str) -> Result<Self, Error> {
        let name = text.split(':').next().unwrap_or_default();
        let header = HeaderName::of_request(name).map(|name| Self::named(name, option, text, &[])).transpose()?;
        header.ok_or_else(|| {
            let cause = "what stands before its colon is no header name (RFC 9110)";
            Error::Usage(Report::new(format_args!("{option} cannot be set"), cause, "write 'NAME: TEMPLATE'"))
        })
    }

    /// Its name.
    #[cfg(feature = "bearer")]
    pub(crate) fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Adds the header with the values of this run.
    ///
    /// # Errors
    /// Those of [`Template::render`] and [`Headers::add`].
    #[cfg(feature = "bearer")]
    pub(crate) fn render_into(&self, headers: &mut Headers, run: &Invocation) -> Result<(), Error> {
        headers.add(self.name.clone(), self.value.render(run, &OwnValues::default())?)
    }

    /// Its value.
    #[cfg(feature = "bearer")]
    pub(crate) fn value(&self) -> &Template {
        &self.value
    }

    /// The header `name`, whose value is the credential in the `source` that `option` was given.
    ///
    /// # Errors
    /// [`Error::Headers`] for a name that cannot be sent.
    pub fn of(name: &str, option: &str, source: Source) -> Result<Self, Error> {
        Ok(Self {
            name: HeaderName::parse(name)?,
            value: Template::of(option, source).of_header(name).of_authorization(),
        })
    }
}

fn without_colon(option: &str) -> Error {
    let fact = format_args!("{option} has no colon");
    Error::Usage(Report::new(fact, "a header is a name, a colon and a value", "write 'NAME: TEMPLATE'"))
}

/// The headers to print, before anything is known of their values.
#[derive(Debug)]
pub struct HeaderTemplates {
    templates: Vec<HeaderTemplate>,
}

impl Options {
    /// What is asked about the command line, where no headers are wanted.
    pub(crate) fn inquiry(&self) -> Option<Inquiry<'_>> {
        let check = self.check.as_deref().map(Inquiry::Check);
        check.or(self.print_config.map(Inquiry::Configuration))
    }

    /// The headers asked for: those of `-H`, else `defaults`; and those of `--add`. `own` are the helper's placeholders.
    ///
    /// # Errors
    /// Those of [`HeaderTemplate::parse`].
    pub fn headers(&self, defaults: Vec<HeaderTemplate>, own: &[&'static str]) -> Result<HeaderTemplates, Error> {
        let parse = |option, texts: &[String]| -> Result<Vec<_>, Error> {
            texts.iter().map(|text| HeaderTemplate::parse(option, text, own)).collect()
        };
        let mut templates = if self.replaces_headers() { parse("-H", &self.header)? } else { defaults };
        templates.extend(parse("--add", &self.add)?);
        Ok(HeaderTemplates { templates })
    }

    /// Whether `-H` replaces the headers that the helper prints by default.
    #[must_use]
    pub fn replaces_headers(&self) -> bool {
        !self.header.is_empty()
    }
}

impl HeaderTemplates {
    /// The headers with the values of this run.
    ///
    /// # Errors
    /// Those of [`Template::render`] and [`Headers::add`].
    pub fn render(&self, run: &Invocation, own: &OwnValues) -> Result<Headers, Error> {
        self.render_where(|_| true, run, own)
    }

    /// The headers that do not use the placeholder `{own}`, for making its value from them.
    ///
    /// # Errors
    /// Those of [`Template::render`] and [`Headers::add`].
    pub fn render_without(&self, placeholder: &str, run: &Invocation, own: &OwnValues) -> Result<Headers, Error> {
        self.render_where(|value| !value.uses(placeholder), run, own)
    }

    /// The options whose templates have the placeholder `own`, each with what follows its colon there.
    pub fn arguments(&self, own: &str) -> impl Iterator<Item = (&str, &str)> {
        self.templates.iter().flat_map(move |HeaderTemplate { value, .. }| {
            value.arguments(own).map(|argument| (value.option(), argument))
        })
    }

    fn render_where(
        &self,
        wanted: impl Fn(&Template) -> bool,
        run: &Invocation,
        own: &OwnValues,
    ) -> Result<Headers, Error> {
        let mut headers = Headers::default();
        for HeaderTemplate { name, value } in self.templates.iter().filter(|header| wanted(&header.value)) {
            headers.add(name.clone(), value.render(run, own)?)?;
        }
        Ok(headers)
    }
}
