//! The annotations `x-mcp-header` in the schema of a tool's arguments (MCP 2026-07-28, Streamable HTTP, Custom Headers from Tool
//! Parameters).

use std::collections::HashSet;
use std::fmt;

use hyper::header::HeaderName;

use crate::bridge::json::{Event, Invalid, Scanner, Text};
use crate::error::quotable;
use crate::header::object::is_token;

/// The most annotations of a tool: a request has at most 200 headers.
const MOST: usize = 128;

/// The most properties inside each other that lead to an annotation.
const DEEPEST: usize = 128;

/// Keywords whose values are data, in which nothing is an annotation.
const DATA: [&str; 5] = ["const", "default", "enum", "example", "examples"];

/// Keywords whose values are schemas by names of any kind.
const MAPS: [&str; 5] = ["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];

/// An argument that is also a header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Annotation {
    /// `Mcp-Param-` and the annotated name.
    pub(super) header: HeaderName,
    /// Where the argument stands: names of members, from `params.arguments` on.
    pub(super) path: Vec<String>,
}

/// Why the annotations of a tool are invalid.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Defect {
    NotToken(String),
    Repeated(String),
    Type(String),
    Unreachable,
    TooMany,
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotToken(value) => write!(f, "its x-mcp-header {} is not a header name", quotable(value)),
            Self::Repeated(name) => write!(f, "its x-mcp-header \"{}\" is there twice", quotable(name)),
            Self::Type(name) => {
                write!(f, "its x-mcp-header \"{}\" is on a type other than string, integer and boolean", quotable(name))
            }
            Self::Unreachable => f.write_str("its x-mcp-header is on something other than a property of its arguments"),
            Self::TooMany => write!(f, "it has more than {MOST} x-mcp-header, or one more than {DEEPEST} levels deep"),
        }
    }
}

/// Goes through the schema that comes next. The annotations are in the order of their schemas' ends.
pub(super) fn read(scanner: &mut Scanner<'_>) -> Result<Result<Vec<Annotation>, Defect>, Invalid> {
    let mut walk = Walk::default();
    let depth = scanner.depth();
    let mut role = Role::Parameter;
    loop {
        match scanner.event()? {
            Event::Object => walk.open(role, true),
            Event::Array => walk.open(role, false),
            Event::End => walk.close(),
            Event::Key(key) => match walk.keyword(key) {
                Keyword::Schema(next) => {
                    role = next;
                    continue;
                }
                Keyword::Header => walk.set(|parameter, value| parameter.header = value, scanner)?,
                Keyword::Type => walk.set(|parameter, value| parameter.kind = value, scanner)?,
                Keyword::Data => {
                    scanner.value()?;
                }
            },
            Event::String(_) | Event::Literal(_) => walk.leave(),
            Event::Done => return Err(Invalid),
        }
        if scanner.depth() == depth {
            return Ok(walk.found());
        }
        role = Role::Elsewhere;
    }
}

/// What an object or array in a schema is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The schema of the arguments, or of one that `properties` alone lead to.
    Parameter,
    /// The `properties` of such a schema.
    Parameters,
    /// Schemas by name which nothing is reachable in.
    Map,
    /// Any other schema, or an array.
    Elsewhere,
}

/// What comes behind a key.
enum Keyword {
    Schema(Role),
    Header,
    Type,
    Data,
}

/// What the schema of a parameter says of itself, as it is written.
#[derive(Default)]
struct Parameter {
    header: Option<String>,
    kind: Option<String>,
}

#[derive(Default)]
struct Walk {
    /// What is open.
    roles: Vec<Role>,
    /// The parameters that are open.
    parameters: Vec<Parameter>,
    /// The names of those, except that of the arguments as a whole.
    path: Vec<String>,
    annotations: Vec<Annotation>,
    names: HashSet<String>,
    defect: Option<Defect>,
}

impl Walk {
    fn open(&mut self, role: Role, is_object: bool) {
        let role = match role {
            Role::Parameter if !is_object => {
                self.leave();
                Role::Elsewhere
            }
            _ if !is_object => Role::Elsewhere,
            role => role,
        };
        if role == Role::Parameter {
            self.parameters.push(Parameter::default());
        }
        self.roles.push(role);
    }

    fn close(&mut self) {
        if self.roles.pop() == Some(Role::Parameter) {
            let parameter = self.parameters.pop().unwrap_or_default();
            if let Some(header) = parameter.header {
                self.annotate(&header, parameter.kind.as_deref());
            }
            self.leave();
        }
    }

    /// The value of a property ends.
    fn leave(&mut self) {
        if self.roles.last() == Some(&Role::Parameters) {
            self.path.pop();
        }
    }

    fn keyword(&mut self, key: Text<'_>) -> Keyword {
        let role = self.roles.last().copied().unwrap_or(Role::Elsewhere);
        let is_one_of = |names: &[&str]| names.iter().any(|name| key.is(name));
        match role {
            Role::Parameters => {
                self.path.push(key.unescaped().into_owned());
                Keyword::Schema(Role::Parameter)
            }
            Role::Parameter if key.is("properties") => Keyword::Schema(Role::Parameters),
            Role::Parameter if key.is("x-mcp-header") => Keyword::Header,
            Role::Parameter if key.is("type") => Keyword::Type,
            Role::Elsewhere if key.is("x-mcp-header") => {
                self.refuse(Defect::Unreachable);
                Keyword::Data
            }
            Role::Parameter | Role::Elsewhere if is_one_of(&DATA) => Keyword::Data,
            Role::Parameter | Role::Elsewhere if is_one_of(&MAPS) => Keyword::Schema(Role::Map),
            Role::Map | Role::Parameter | Role::Elsewhere => Keyword::Schema(Role::Elsewhere),
        }
    }

    /// Goes through a value of the innermost parameter and keeps it as it is written.
    fn set(&mut self, set: fn(&mut Parameter, Option<String>), scanner: &mut Scanner<'_>) -> Result<(), Invalid> {
        let value = scanner.value_text()?.to_owned();
        if let Some(parameter) = self.parameters.last_mut() {
            set(parameter, Some(value));
        }
        Ok(())
    }

    fn annotate(&mut self, header: &str, kind: Option<&str>) {
        let Some(name) = Text::of(header).map(Text::unescaped).filter(|name| is_token(name)) else {
            return self.refuse(Defect::NotToken(header.to_owned()));
        };
        if self.path.is_empty() {
            return self.refuse(Defect::Unreachable);
        }
        let is_primitive = |kind: Text<'_>| ["string", "integer", "boolean"].iter().any(|name| kind.is(name));
        if !kind.and_then(Text::of).is_some_and(is_primitive) {
            return self.refuse(Defect::Type(name.into_owned()));
        }
        if !self.names.insert(name.to_ascii_lowercase()) {
            return self.refuse(Defect::Repeated(name.into_owned()));
        }
        if self.annotations.len() == MOST || self.path.len() > DEEPEST {
            return self.refuse(Defect::TooMany);
        }
        match HeaderName::from_bytes(format!("mcp-param-{name}").as_bytes()) {
            Ok(header) => self.annotations.push(Annotation { header, path: self.path.clone() }),
            Err(_) => self.refuse(Defect::NotToken(header.to_owned())),
        }
    }

    /// Only the first defect is told.
    fn refuse(&mut self, defect: Defect) {
        self.defect.get_or_insert(defect);
    }

    fn found(self) -> Result<Vec<Annotation>, Defect> {
        self.defect.map_or(Ok(self.annotations), Err)
    }
}
