//! Templates of header values, messages and claims: parsed once, rendered from the values of one run.

mod anchored;
mod credential;
mod json;
mod placeholder;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

pub(crate) use self::anchored::located;
pub use self::json::JsonTemplate;
pub(crate) use self::json::with_literals;
pub(crate) use self::placeholder::split_basic;
use self::placeholder::{Placeholder, RequestPart};
use crate::error::{Error, Report};
use crate::header::object::check_expanded;
use crate::run::Run;
use crate::secret::Secret;
use crate::secret::Source;
use crate::server::{Part, Server};

/// A parsed template: text and placeholders in their order.
#[derive(Clone, Debug)]
pub struct Template {
    option: String,
    /// The option as messages name it, with the name that its value begins with where it has one: `-H X-A`.
    label: String,
    /// As it was written.
    text: String,
    pieces: Vec<Piece>,
    /// Whether it is the value of a header that holds a credential, and nothing else.
    is_authorization: bool,
    /// The header whose value it is, where it is one.
    header: Option<String>,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Placeholder(Placeholder),
}

/// The value of a placeholder, the same in each run with the same input.
#[derive(Debug)]
pub enum Constant {
    /// What a source holds.
    OfSource(Secret),
    /// What a command prints.
    OfCommand(Secret),
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

impl Template {
    /// Parses the template that `option` was given; `own` names the placeholders that this helper adds,
    /// `name` for `{name}` and `name:` for `{name:…}`.
    ///
    /// # Errors
    /// [`Error::Usage`] for an unknown or unclosed placeholder or a lone brace.
    pub fn parse(option: &str, text: &str, own: &[&'static str]) -> Result<Self, Error> {
        Self::labelled(option, option, text, own)
    }

    /// The same of what follows `name` in the value of an option that may be given several times.
    ///
    /// # Errors
    /// The same.
    pub(crate) fn of_name(option: &str, name: &str, text: &str, own: &[&'static str]) -> Result<Self, Error> {
        let label = &format!("{option} {name}");
        Self::labelled(option, label, text, own).map_err(|error| error.about_value_of(option, label))
    }

    fn labelled(option: &str, label: &str, text: &str, own: &[&'static str]) -> Result<Self, Error> {
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
                    let (inner, after) = rest.split_once('}').ok_or_else(|| unclosed(label, "write {{ for a brace"))?;
                    let placeholder = Placeholder::parse(label, inner, own, "{{")?;
                    credential::check_scheme(label, &plain, &placeholder)?;
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    }
                    pieces.push(Piece::Placeholder(placeholder));
                    characters = after.chars();
                }
                '}' if rest.starts_with('}') => {
                    plain.extend(characters.next());
                }
                '}' => {
                    let fact = ": a lone brace";
                    return Err(Error::Usage(Report::of(
                        label,
                        fact,
                        "`}` has no `{` before it",
                        "write }} for a brace",
                    )));
                }
                '\\' => match characters.next() {
                    Some('n') => plain.push('\n'),
                    Some('t') => plain.push('\t'),
                    Some(escaped @ ('\\' | '$')) => plain.push(escaped),
                    // Any other backslash stands for itself, and what follows it is read as ever.
                    _ => {
                        plain.push('\\');
                        characters = rest.chars();
                    }
                },
                '$' if is_variable(rest) => {
                    let fact = ": it contains $NAME";
                    let remedy = "write {env:NAME} for the variable's value, or \\$ for a dollar that is meant";
                    return Err(Error::Usage(Report::of(
                        label,
                        fact,
                        "no shell expanded it, and helpers expand placeholders only",
                        remedy,
                    )));
                }
                _ => plain.push(c),
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self::new(option, label, text, pieces))
    }

    /// The template whose value is the secret of `source`, which was given to `option`.
    #[must_use]
    pub fn of(option: &str, source: Source) -> Self {
        let pieces = vec![Piece::Placeholder(Placeholder::Source(source))];
        Self::new(option, option, "", pieces)
    }

    fn new(option: &str, label: &str, text: &str, pieces: Vec<Piece>) -> Self {
        let [option, label, text] = [option, label, text].map(str::to_owned);
        Self { option, label, text, pieces, is_authorization: false, header: None }
    }

    /// The same as the value of a header that holds a credential, and nothing else.
    #[must_use]
    pub(crate) fn of_authorization(self) -> Self {
        Self { is_authorization: true, ..self }
    }

    /// The same as the value of the header `name`.
    #[must_use]
    pub(crate) fn of_header(self, name: &str) -> Self {
        Self { header: Some(name.to_owned()), ..self }
    }

    /// Whether the placeholder `{own}` of this helper stands in it.
    #[must_use]
    pub fn uses(&self, own: &str) -> bool {
        self.arguments(own).next().is_some()
    }

    /// What follows the colon wherever the placeholder `own` of this helper stands: nothing where it has none.
    pub fn arguments(&self, own: &str) -> impl Iterator<Item = &str> {
        self.placeholders().filter_map(move |placeholder| match placeholder {
            Placeholder::Own(name, argument) if *name == own => Some(argument.as_str()),
            _ => None,
        })
    }

    fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Placeholder(placeholder) => Some(placeholder),
            Piece::Text(_) => None,
        })
    }

    /// The option that it was given to, as messages name it.
    #[cfg(feature = "tenant")]
    #[must_use]
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// `error`, which is about the option where it is about what messages name of it.
    pub(crate) fn about(&self, error: Error) -> Error {
        error.about_value_of(&self.option, &self.label)
    }

    /// The template as it was written, whatever the values of its placeholders.
    #[must_use]
    pub fn as_written(&self) -> &str {
        &self.text
    }

    /// Whether a secret may stand in it: one from a source, or in the server's URL.
    #[must_use]
    pub fn may_hold_secret(&self) -> bool {
        let is_of_server = |placeholder: &Placeholder| matches!(placeholder, Placeholder::Server(_));
        self.reads_source() || self.placeholders().any(is_of_server)
    }

    /// Whether it reads a secret from a source.
    #[must_use]
    pub fn reads_source(&self) -> bool {
        self.placeholders().any(|placeholder| placeholder.source().is_some())
    }

    /// What those placeholders stand for that mean the same in each run, in their order: sources and parts of the server.
    /// Only what a source holds is a secret.
    ///
    /// # Errors
    /// Those of [`Template::render`].
    pub fn constants(&self, run: &Run) -> Result<Vec<Constant>, Error> {
        let constant = |placeholder: &Placeholder| match placeholder {
            Placeholder::Source(source) | Placeholder::Basic(_, source) => {
                let constant =
                    if matches!(source, Source::Command(_)) { Constant::OfCommand } else { Constant::OfSource };
                Some(run.secret(&self.label, source).map(constant))
            }
            Placeholder::Server(part) => {
                Some(run.server(&self.label, *part).map(|text| Constant::OfServer(text.into_owned())))
            }
            _ => None,
        };
        self.placeholders().filter_map(constant).collect::<Result<_, _>>().map_err(|error| self.about(error))
    }

    /// The rendered bytes of the template in this run. They may hold secrets.
    ///
    /// # Errors
    /// [`Error::Usage`] for a part of the server that is not known; those of [`crate::secret::source::Sources::secret`].
    pub fn render(&self, run: &Run, own: &OwnValues) -> Result<Secret, Error> {
        self.rendered(run, own).map_err(|error| self.about(error))
    }

    fn rendered(&self, run: &Run, own: &OwnValues) -> Result<Secret, Error> {
        let mut bytes = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => bytes.extend_from_slice(text.as_bytes()),
                Piece::Placeholder(placeholder) => {
                    let value = self.value(placeholder, run, own)?;
                    let value = match placeholder {
                        Placeholder::Source(_) | Placeholder::Own(..) => {
                            self.check_expanded(placeholder, &value)?;
                            self.credential(&bytes, value, run)?
                        }
                        _ => value,
                    };
                    bytes.extend_from_slice(value.expose());
                }
            }
        }
        Ok(Secret::new(bytes))
    }

    /// The value of a placeholder in this run.
    fn value(&self, placeholder: &Placeholder, run: &Run, own: &OwnValues) -> Result<Secret, Error> {
        let text = |text: &str| Secret::new(text.as_bytes().to_vec());
        Ok(match placeholder {
            Placeholder::Timestamp(format) => text(&format.render(run.now())?),
            Placeholder::Uuid => text(run.uuid()?),
            Placeholder::Nonce => text(run.nonce()?),
            Placeholder::Source(source) => run.secret(&self.label, source)?,
            Placeholder::Basic(user, source) => {
                let password = run.secret(&self.label, source)?;
                let pair = Secret::new([user.as_bytes(), b":", password.expose()].concat());
                let value = Secret::new(format!("Basic {}", STANDARD.encode(pair.expose())).into_bytes());
                run.notes().redactor().add(value.expose());
                value
            }
            Placeholder::Server(part) => text(&run.server(&self.label, *part)?),
            Placeholder::Request(part) => self.of_request(*part, run)?,
            Placeholder::Own(name, argument) => {
                own.value_with(name, argument).ok_or_else(|| self.too_early(name))?.clone()
            }
        })
    }

    /// A part of the request that headers are made for.
    fn of_request(&self, part: RequestPart, run: &Run) -> Result<Secret, Error> {
        let request = run.request().ok_or_else(|| {
            let fact = ": a part of the request cannot be used";
            Error::Usage(Report::of(&self.label, fact, "there is no request yet", "wait for the first request"))
        })?;
        let body = request.body().unwrap_or_default();
        Ok(Secret::new(match part {
            RequestPart::Method => request.method().as_bytes().to_vec(),
            RequestPart::Target => {
                let server = Server::known(None, Some(request.url()));
                let (target, _) = server.part(&self.label, Part::Target)?;
                target.into_owned().into_bytes()
            }
            RequestPart::Body => body.to_vec(),
            RequestPart::BodyDigest => hex::encode(Sha256::digest(body)).into_bytes(),
        }))
    }

    /// Refuses the value of a placeholder in a header where it is the name of a variable.
    fn check_expanded(&self, placeholder: &Placeholder, value: &Secret) -> Result<(), Error> {
        let Some(header) = &self.header else { return Ok(()) };
        match placeholder {
            Placeholder::Source(source) => check_expanded(header, format_args!("what {source} holds"), value.expose()),
            // What is made of a template has been looked at there.
            Placeholder::Own(name @ ("token" | "tenant"), _) => {
                check_expanded(header, format_args!("its {{{name}}}"), value.expose())
            }
            _ => Ok(()),
        }
    }

    /// Like [`Template::render`], for values that must be text.
    ///
    /// # Errors
    /// Also [`Error::Secret`] when the content of a source is not UTF-8.
    pub fn render_text(&self, run: &Run, own: &OwnValues) -> Result<String, Error> {
        let rendered = self.render(run, own)?;
        rendered.expose_text().map(str::to_owned).ok_or_else(|| self.about(self.not_text()))
    }

    fn not_text(&self) -> Error {
        let fact = ": the value is not text";
        Error::Secret(Report::of(&self.label, fact, "the content of a source is not UTF-8", "store UTF-8 text there"))
    }

    /// The text that the template in `template`, the value of `option`, stands for; it has no placeholders of its own.
    ///
    /// # Errors
    /// Those of [`Template::parse`] and [`Template::render_text`].
    pub fn text(option: &str, template: Option<&String>, run: &Run) -> Result<Option<String>, Error> {
        template.map(|text| Self::parse(option, text, &[])?.render_text(run, &OwnValues::default())).transpose()
    }

    fn too_early(&self, name: &str) -> Error {
        let fact = format_args!(": {{{name}}} cannot be used here");
        Error::Usage(Report::of(&self.label, fact, "its value depends on this header", "leave the header unsigned"))
    }
}

fn unclosed(option: &str, otherwise: &str) -> Error {
    let fact = ": a placeholder is not closed";
    Error::Usage(Report::of(option, fact, "`{` has no `}` after it", format_args!("close it, or {otherwise}")))
}

/// Whether a `$` before `text` begins a variable as shells and clients write it: `$NAME`, `${NAME}`, `${NAME:-text}` or
/// `${env:NAME}`, with a name in upper case.
fn is_variable(text: &str) -> bool {
    let in_braces = text.strip_prefix('{');
    let rest = in_braces.unwrap_or(text);
    let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let (name, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
    let is_name = !name.starts_with(|c: char| c.is_ascii_digit())
        && name.contains(|c: char| c.is_ascii_uppercase())
        && !name.contains(|c: char| c.is_ascii_lowercase());
    match in_braces {
        None => is_name,
        Some(_) => is_name && after.starts_with(['}', ':']) || rest.starts_with("env:"),
    }
}
