//! The components of a request that a scheme signs, and the message made of them.

use std::borrow::Cow;

use crate::error::{Error, Report};
use crate::header::Headers;
use crate::header::Template;
use crate::header::template::OwnValues;
use crate::header::timestamp::Format;
use crate::run::{HttpRequest, Run};
use crate::secret::Secret;
use crate::server::{Part, Server};
use crate::sign::scheme::{IN_THE_BRIDGE, Lines, OWN, once_per_connection};

/// A part of the request that is the same for every request of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Component {
    /// A derived component of RFC 9421 section 2.2, or the `host` header.
    Server(&'static str, Derived),
    /// The `date` header of a scheme that always signs it.
    Date,
    /// A header that this run prints, by its name in lower case.
    Header(String),
}

/// A derived component of a request (RFC 9421 section 2.2), or the digest of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Derived {
    Authority,
    ContentDigest,
    Method,
    Path,
    Query,
    RequestTarget,
    Scheme,
    TargetUri,
}

/// The derived components of RFC 9421 that do not name the method or the response.
const DERIVED: [(&str, Derived); 6] = [
    ("@authority", Derived::Authority),
    ("@path", Derived::Path),
    ("@query", Derived::Query),
    ("@request-target", Derived::RequestTarget),
    ("@scheme", Derived::Scheme),
    ("@target-uri", Derived::TargetUri),
];

/// The components that only a caller knows that makes headers for one request (RFC 9421 section 2.2.1, RFC 9530).
const OF_A_REQUEST: [(&str, Derived); 2] = [("@method", Derived::Method), ("content-digest", Derived::ContentDigest)];

/// Headers about the body.
const OF_THE_BODY: [&str; 7] = [
    "content-digest",
    "content-encoding",
    "content-length",
    "content-type",
    "digest",
    "repr-digest",
    "x-amz-content-sha256",
];

/// What to do for one that can be signed where the request is known.
const SIGNED_IN_THE_BRIDGE: &str = "remove it, or run hdr-hmac behind hdr-bridge, which knows each request";

/// Those that a request without a body does not have.
const OF_EVERY_BODY: [&str; 3] = ["content-type", "content-digest", "content-length"];

/// What is signed of a request where nothing else is asked for; `prints` says which headers this run adds.
fn usual(request: &HttpRequest, prints: impl Fn(&str) -> bool) -> String {
    const FIELDS: [&str; 4] = ["content-type", "content-digest", "authorization", "mcp-session-id"];
    let is_there = |name: &str| match name {
        "content-digest" => request.has_body(),
        "content-type" => request.has_body() && request.header(name).is_some(),
        name => prints(name) || request.header(name).is_some(),
    };
    let fields = FIELDS.into_iter().filter(|name| is_there(name));
    ["@method", "@target-uri"].into_iter().chain(fields).collect::<Vec<_>>().join(" ")
}

/// The components that are signed, in order, each once.
#[derive(Debug)]
pub struct Components {
    lines: &'static Lines,
    components: Vec<Component>,
}

impl Components {
    /// The components that a scheme always signs and those of `--components`, a list of names between blanks. `prints` says
    /// which headers can be signed that this run prints.
    ///
    /// # Errors
    /// [`Error::Usage`] for one that is given twice or not known, and where headers are made for a whole connection for one that
    /// names the method or the body.
    pub fn parse(
        lines: &'static Lines,
        chosen: Option<&str>,
        prints: impl Fn(&str) -> bool,
        run: &Run,
    ) -> Result<Self, Error> {
        let request = run.request();
        let mut components = Vec::new();
        let default = if lines.message_signature { request.map(|request| usual(request, prints)) } else { None };
        let default = default.unwrap_or_else(|| lines.default.to_owned());
        let names = lines.signs_date.then_some("date").into_iter();
        for name in names.chain(chosen.unwrap_or(&default).split_ascii_whitespace()) {
            let is_of_body = OF_EVERY_BODY.iter().any(|known| known.eq_ignore_ascii_case(name));
            if is_of_body && lines.message_signature && request.is_some_and(|request| !request.has_body()) {
                continue;
            }
            let component = Component::parse(&name.to_ascii_lowercase(), lines, request.is_some())?;
            if components.contains(&component) {
                let fact = format_args!(": {} is given twice", component.name());
                return Err(Error::Usage(Report::of("--components", fact, "a component is signed once", "remove one")));
            }
            components.push(component);
        }
        Ok(Self { lines, components })
    }

    /// The names, as a gateway lists them in its header.
    #[must_use]
    pub fn names(&self) -> String {
        let names: Vec<_> = self.components.iter().map(Component::name).collect();
        names.join(" ")
    }

    /// The names as an inner list of RFC 9421 section 2.3.
    #[must_use]
    pub fn inner_list(&self) -> String {
        let names: Vec<_> = self.components.iter().map(|component| format!("\"{}\"", component.name())).collect();
        format!("({})", names.join(" "))
    }

    /// The message to sign: the signature base of RFC 9421 section 2.5, or a gateway's string to sign. `headers` are those
    /// that this run prints, `own` the placeholders of the scheme's first and last line.
    ///
    /// # Errors
    /// [`Error::Usage`] for a header that is not printed and for a part of the server that is not known.
    pub fn message(&self, run: &Run, headers: &Headers, own: &OwnValues) -> Result<Secret, Error> {
        let line = |template: Option<&str>| {
            template.map(|text| Template::parse("--scheme", text, &OWN)?.render(run, own)).transpose()
        };
        let mut lines = Vec::new();
        lines.extend(line(self.lines.first)?.map(|first| first.expose().to_vec()));
        for component in &self.components {
            let name = component.name();
            let mut line =
                if self.lines.message_signature { format!("\"{name}\": ") } else { format!("{name}: ") }.into_bytes();
            line.extend(component.value(run, headers)?);
            lines.push(line);
        }
        lines.extend(line(self.lines.last)?.map(|last| last.expose().to_vec()));
        Ok(Secret::new(lines.join(&b'\n')))
    }
}

impl Derived {
    /// The one called `name`, among those of a request.
    #[cfg(feature = "bridge")]
    pub(crate) fn of_request(name: &str) -> Option<(&'static str, Self)> {
        DERIVED.iter().chain(&OF_A_REQUEST).find(|(known, _)| *known == name).copied()
    }

    /// Its value, where it is a part of the URL; `part` finds those.
    fn of_url(self, part: impl Fn(Part) -> Result<String, Error>) -> Result<Option<String>, Error> {
        Ok(Some(match self {
            Self::Method | Self::ContentDigest => return Ok(None),
            Self::Authority => part(Part::Authority)?,
            Self::Path => part(Part::Path)?,
            // RFC 9421 section 2.2.7: with the question mark, also where there is no query.
            Self::Query => format!("?{}", part(Part::Query)?),
            Self::RequestTarget => part(Part::Target)?,
            Self::Scheme => part(Part::Scheme)?,
            Self::TargetUri => format!("{}://{}{}", part(Part::Scheme)?, part(Part::Authority)?, part(Part::Target)?),
        }))
    }

    /// Its value for a request of this method to this URL; `None` for the digest of its body.
    ///
    /// # Errors
    /// [`Error::Usage`] for a URL that cannot be used.
    #[cfg(feature = "bridge")]
    pub(crate) fn value(self, method: &str, url: &str) -> Result<Option<String>, Error> {
        if self == Self::Method {
            return Ok(Some(method.to_owned()));
        }
        let server = Server::known(None, Some(url));
        self.of_url(|part| server.part("--components", part).map(|(text, _)| text.into_owned()))
    }
}

impl Component {
    fn parse(name: &str, lines: &Lines, has_request: bool) -> Result<Self, Error> {
        let shown = format!(": {}", crate::error::quotable(name));
        let is_possible = has_request && lines.message_signature;
        if let Some((name, derived)) = OF_A_REQUEST.iter().find(|(known, _)| is_possible && *known == name) {
            return Ok(Self::Server(name, *derived));
        }
        let of_gateways = !lines.message_signature && matches!(name, "@request-target" | "request-line");
        let signed = if of_gateways || matches!(name, "@method" | "(request-target)") {
            Some("the method of each request")
        } else {
            OF_THE_BODY.contains(&name).then_some("the body of each request").filter(|_| !is_possible)
        };
        if let Some(signed) = signed {
            let is_possible_there = lines.message_signature && name != "(request-target)";
            return Err(match (has_request, is_possible_there) {
                (false, true) => once_per_connection("--components", &shown, signed, SIGNED_IN_THE_BRIDGE),
                (false, false) => once_per_connection("--components", &shown, signed, IN_THE_BRIDGE),
                (true, _) => {
                    let cause = "this scheme signs host and headers that are printed";
                    let remedy = "remove it, or sign it with {method}, {target} or {body} in --message";
                    Error::Usage(Report::of("--components", format_args!("{shown} is not supported"), cause, remedy))
                }
            });
        }
        let derived = DERIVED.iter().find(|(known, _)| lines.message_signature && *known == name);
        if let Some((name, derived)) = derived {
            return Ok(Self::Server(name, *derived));
        }
        if name == "date" && lines.signs_date {
            return Ok(Self::Date);
        }
        if name == "host" {
            return Ok(Self::Server("host", Derived::Authority));
        }
        let is_field_name =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if is_field_name {
            return Ok(Self::Header(name.to_owned()));
        }
        let cause = "it is neither a header that is printed nor a derived component that a helper can know";
        let derived = if lines.message_signature {
            "use @authority, @path, @query, @request-target, @scheme, @target-uri or the name of a header"
        } else {
            "use host or the name of a header"
        };
        Err(Error::Usage(Report::of("--components", format_args!("{shown} is unknown"), cause, derived)))
    }

    fn name(&self) -> &str {
        match self {
            Self::Server(name, _) => name,
            Self::Date => "date",
            Self::Header(name) => name,
        }
    }

    fn value(&self, run: &Run, headers: &Headers) -> Result<Vec<u8>, Error> {
        let label = format!("--components {}", self.name());
        let request = run.request();
        let part = |part| {
            let part = match request {
                Some(request) => {
                    Server::known(None, Some(request.url())).part(&label, part).map(|(part, _)| part.into_owned())
                }
                None => run.server(&label, part).map(Cow::into_owned),
            };
            part.map_err(|error| error.about_value_of("--components", &label))
        };
        Ok(match self {
            Self::Server(_, derived) => match derived {
                Derived::Method => request.map(|request| request.method().to_owned()).unwrap_or_default(),
                Derived::ContentDigest => {
                    let digest = request.and_then(HttpRequest::content_digest).map(Cow::into_owned);
                    digest.ok_or_else(|| {
                        let cause = "the request has no body";
                        let remedy = "remove it from --components for requests without one";
                        Error::Usage(Report::of(
                            "--components",
                            format_args!(" {} has no value", self.name()),
                            cause,
                            remedy,
                        ))
                    })?
                }
                derived => derived.of_url(part)?.unwrap_or_default(),
            }
            .into_bytes(),
            Self::Date => {
                if let Some(value) = headers.value("date") {
                    return Ok(value.expose().to_vec());
                }
                let remedy = "add -H 'Date: {timestamp:http-date}'";
                run.notes().warn(format!("the date is signed, and no Date header is printed; {remedy}"));
                Format::HttpDate.render(run.now())?.into_bytes()
            }
            Self::Header(name) => {
                let of_request = request.and_then(|request| match name.as_str() {
                    "content-length" => Some(Secret::new(request.body()?.len().to_string().into_bytes())),
                    name => request.header(name),
                });
                let value = headers.value(name).or(of_request.as_ref()).ok_or_else(|| {
                    let cause = "only headers that this run prints can be signed";
                    let remedy = format_args!("print it too: --add '{name}: TEMPLATE'");
                    Error::Usage(Report::of("--components", format_args!(" {name} is not printed"), cause, remedy))
                })?;
                value.expose().to_vec()
            }
        })
    }
}
