//! Templates of header values, messages and claims: parsed once, rendered from the values of one run.

mod anchored;

pub(crate) use self::anchored::anchored;
use crate::error::{Error, Report, nearest, quotable};
use crate::invocation::Invocation;
use crate::secret::Secret;
use crate::server::Part as ServerPart;
use crate::source::Source;
use crate::timestamp;

/// A parsed template: text and placeholders in their order.
#[derive(Clone, Debug)]
pub struct Template {
    option: String,
    /// As it was written.
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Placeholder(Placeholder),
}

#[derive(Clone, Debug, PartialEq)]
enum Placeholder {
    Timestamp(timestamp::Format),
    Uuid,
    Nonce,
    Source(Source),
    Server(ServerPart),
    /// One that only this helper has, `{token}` say, and what follows its colon: nothing where it has none.
    Own(&'static str, String),
}

/// What a placeholder stands for in each run that is given the same.
#[derive(Debug)]
pub enum Constant {
    /// What a source holds.
    OfSource(Secret),
    /// A part of the server.
    OfServer(String),
}

/// The values of the placeholders that only one helper has.
#[derive(Debug, Default)]
pub struct OwnValues(Vec<(&'static str, String, Secret)>);

impl OwnValues {
    /// Gives `{name}` its value.
    pub fn add(&mut self, name: &'static str, value: impl Into<Vec<u8>>) {
        self.add_with(name, "", value);
    }

    /// Gives `{name:argument}` its value.
    pub fn add_with(&mut self, name: &'static str, argument: &str, value: impl Into<Vec<u8>>) {
        self.0.push((name, argument.to_owned(), Secret::new(value.into())));
    }

    /// The value of `{name}`, once it has one.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Secret> {
        self.value_with(name, "")
    }

    fn value_with(&self, name: &str, argument: &str) -> Option<&Secret> {
        self.0.iter().find(|(known, with, _)| *known == name && with == argument).map(|(_, _, value)| value)
    }
}

/// The placeholders of every helper, as a message lists them.
const SHARED: [&str; 7] = ["timestamp", "uuid", "nonce", "env", "file", "cmd", "server"];

impl Template {
    /// Parses the template that `option` was given; `own` names the placeholders that this helper adds,
    /// `name` for `{name}` and `name:` for `{name:…}`.
    ///
    /// # Errors
    /// [`Error::Usage`] for an unknown or unclosed placeholder or a lone brace.
    pub fn parse(option: &str, text: &str, own: &[&'static str]) -> Result<Self, Error> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut characters = text.chars();
        while let Some(c) = characters.next() {
            let rest = characters.as_str();
            match c {
                '{' if rest.starts_with('{') => {
                    plain.extend(characters.next());
                }
                '{' => {
                    let (inner, after) = rest.split_once('}').ok_or_else(|| {
                        let fact = format_args!("{option}: a placeholder is not closed");
                        Error::Usage(Report::new(fact, "`{` has no `}` after it", "close it, or write {{ for a brace"))
                    })?;
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    }
                    pieces.push(Piece::Placeholder(Placeholder::parse(option, inner, own)?));
                    characters = after.chars();
                }
                '}' if rest.starts_with('}') => {
                    plain.extend(characters.next());
                }
                '}' => {
                    let fact = format_args!("{option}: a lone brace");
                    return Err(Error::Usage(Report::new(fact, "`}` closes nothing", "write }} for a brace")));
                }
                '\\' => match characters.next() {
                    Some('n') => plain.push('\n'),
                    Some('t') => plain.push('\t'),
                    Some('\\') => plain.push('\\'),
                    // Any other backslash stands for itself, and what follows it is read as ever.
                    _ => {
                        plain.push('\\');
                        characters = rest.chars();
                    }
                },
                _ => plain.push(c),
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self { option: option.to_owned(), text: text.to_owned(), pieces })
    }

    /// The template that stands for the secret of `source`, which was given to `option`.
    #[must_use]
    pub fn of(option: &str, source: Source) -> Self {
        let pieces = vec![Piece::Placeholder(Placeholder::Source(source))];
        Self { option: option.to_owned(), text: String::new(), pieces }
    }

    /// Whether the placeholder `{own}` of this helper stands in it.
    #[must_use]
    pub fn uses(&self, own: &str) -> bool {
        self.arguments(own).next().is_some()
    }

    /// What follows the colon wherever the placeholder `own` of this helper stands: nothing where it has none.
    pub fn arguments(&self, own: &str) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(move |piece| match piece {
            Piece::Placeholder(Placeholder::Own(name, argument)) if *name == own => Some(argument.as_str()),
            _ => None,
        })
    }

    /// The option that it was given to, as messages name it.
    #[must_use]
    pub fn option(&self) -> &str {
        &self.option
    }

    /// The template as it was written, whatever its placeholders stand for.
    #[must_use]
    pub fn as_written(&self) -> &str {
        &self.text
    }

    /// Whether a secret may stand in it: one from a source, or in the server's URL.
    #[must_use]
    pub fn may_hold_secret(&self) -> bool {
        let may = |piece: &Piece| matches!(piece, Piece::Placeholder(Placeholder::Source(_) | Placeholder::Server(_)));
        self.pieces.iter().any(may)
    }

    /// Whether it reads a secret from a source.
    #[must_use]
    pub fn reads_source(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Placeholder(Placeholder::Source(_))))
    }

    /// What those placeholders stand for that mean the same in each run, in their order: sources and parts of the server.
    /// Only what a source holds is a secret.
    ///
    /// # Errors
    /// Those of [`Template::render`].
    pub fn constants(&self, run: &Invocation) -> Result<Vec<Constant>, Error> {
        let constant = |piece: &Piece| match piece {
            Piece::Placeholder(Placeholder::Source(source)) => {
                Some(run.secret(&self.option, source).map(Constant::OfSource))
            }
            Piece::Placeholder(Placeholder::Server(part)) => {
                Some(run.server(&self.option, *part).map(|text| Constant::OfServer(text.into_owned())))
            }
            _ => None,
        };
        self.pieces.iter().filter_map(constant).collect()
    }

    /// The bytes that the template stands for in this run. They may hold secrets.
    ///
    /// # Errors
    /// [`Error::Usage`] for a part of the server that is not known; those of [`crate::source::Sources::secret`].
    pub fn render(&self, run: &Invocation, own: &OwnValues) -> Result<Secret, Error> {
        let mut bytes = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => bytes.extend_from_slice(text.as_bytes()),
                Piece::Placeholder(placeholder) => match placeholder {
                    Placeholder::Timestamp(format) => bytes.extend_from_slice(format.render(run.now())?.as_bytes()),
                    Placeholder::Uuid => bytes.extend_from_slice(run.uuid()?.as_bytes()),
                    Placeholder::Nonce => bytes.extend_from_slice(run.nonce()?.as_bytes()),
                    Placeholder::Source(source) => bytes.extend_from_slice(run.secret(&self.option, source)?.expose()),
                    Placeholder::Server(part) => {
                        bytes.extend_from_slice(run.server(&self.option, *part)?.as_bytes());
                    }
                    Placeholder::Own(name, argument) => {
                        let value = own.value_with(name, argument).ok_or_else(|| self.too_early(name))?;
                        bytes.extend_from_slice(value.expose());
                    }
                },
            }
        }
        Ok(Secret::new(bytes))
    }

    /// Like [`Template::render`], for values that must be text.
    ///
    /// # Errors
    /// Also [`Error::Secret`] when what a source holds is not UTF-8.
    pub fn render_text(&self, run: &Invocation, own: &OwnValues) -> Result<String, Error> {
        let rendered = self.render(run, own)?;
        rendered.expose_text().map(str::to_owned).ok_or_else(|| {
            let fact = format_args!("{}: the value is not text", self.option);
            Error::Secret(Report::new(fact, "what a source holds is not UTF-8", "put UTF-8 text there"))
        })
    }

    /// The text that the template in `template`, the value of `option`, stands for; it has no placeholders of its own.
    ///
    /// # Errors
    /// Those of [`Template::parse`] and [`Template::render_text`].
    pub fn text(option: &str, template: Option<&String>, run: &Invocation) -> Result<Option<String>, Error> {
        template.map(|text| Self::parse(option, text, &[])?.render_text(run, &OwnValues::default())).transpose()
    }

    fn too_early(&self, name: &str) -> Error {
        let fact = format_args!("{}: {{{name}}} cannot stand here", self.option);
        Error::Usage(Report::new(fact, "its value is made from this very header", "leave the header unsigned"))
    }
}

impl Placeholder {
    fn parse(option: &str, inner: &str, own: &[&'static str]) -> Result<Self, Error> {
        let (name, argument) = match inner.split_once(':') {
            Some((name, argument)) => (name, Some(argument)),
            None => (inner, None),
        };
        let is_meant = |own: &&str| match argument {
            None => *own == name,
            Some(argument) => own.strip_suffix(':') == Some(name) && !argument.is_empty(),
        };
        if let Some(own) = own.iter().copied().find(is_meant) {
            return Ok(Self::Own(own.trim_end_matches(':'), argument.unwrap_or_default().to_owned()));
        }
        match (name, argument) {
            ("timestamp", None) => Ok(Self::Timestamp(timestamp::Format::Local)),
            ("timestamp", Some(format)) => timestamp::Format::parse(format).map(Self::Timestamp).ok_or_else(|| {
                unknown(option, inner, format, timestamp::Format::NAMES.map(|name| (name, "timestamp:")))
            }),
            ("uuid", None) => Ok(Self::Uuid),
            ("nonce", None) => Ok(Self::Nonce),
            ("env", Some(name)) => Source::variable(option, name).map(Self::Source),
            ("file", Some(path)) => Source::file(option, path).map(Self::Source),
            ("cmd", Some(line)) => {
                crate::command::CommandLine::parse(option, line).map(Source::Command).map(Self::Source)
            }
            ("server", Some(part)) => ServerPart::parse(part)
                .map(Self::Server)
                .ok_or_else(|| unknown(option, inner, part, ServerPart::NAMES.map(|name| (name, "server:")))),
            _ => Err(unknown(option, inner, name, SHARED.iter().chain(own).map(|name| (*name, "")))),
        }
    }
}

/// The error for a placeholder that does not exist; `known` are the names it could have been, each with what goes before.
fn unknown<'a>(option: &str, inner: &str, name: &str, known: impl IntoIterator<Item = (&'a str, &'a str)>) -> Error {
    let known: Vec<_> = known.into_iter().collect();
    let prefix = known.first().map_or("", |(_, prefix)| prefix);
    let remedy = if let Some(near) = nearest(name, known.iter().map(|(name, _)| *name)) {
        format!("write {}, or {{{{ for a brace", placeholder(prefix, near))
    } else {
        let names: Vec<_> = known.iter().map(|(name, prefix)| placeholder(prefix, name)).collect();
        format!("use one of {}, or {{{{ for a brace", names.join(" "))
    };
    let fact = format_args!("{option}: {{{}}} is unknown", quotable(inner));
    Error::Usage(Report::new(fact, "no placeholder has that name", remedy))
}

/// A placeholder as a message shows it.
fn placeholder(prefix: &str, name: &str) -> String {
    let argument = match name {
        "env" | "file" | "cmd" | "server" => ":…",
        _ if name.ends_with(':') => "…",
        _ => "",
    };
    format!("{{{prefix}{name}{argument}}}")
}
