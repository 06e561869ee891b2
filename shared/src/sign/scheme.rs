//! Signature schemes as data: what they sign, in which form, and the headers they print. One engine serves them all.

use crate::error::{Error, Report, nearest};
use crate::header::Template;
use crate::header::template::OwnValues;
use crate::run::Run;
use crate::sign::encoding::Encoding;
use crate::sign::hmac::Algorithm;

/// A scheme that signs parts of the request which every request of a connection has in common.
#[derive(Debug)]
pub struct Scheme {
    /// Its name on the command line.
    pub name: &'static str,
    /// The algorithms it has, with the names it gives them; the first is the default.
    pub algorithms: &'static [(Algorithm, &'static str)],
    /// How it writes signatures; `None` where the user chooses.
    pub encoding: Option<Encoding>,
    /// What is signed, line by line; `None` signs `--message` instead.
    pub lines: Option<Lines>,
    /// The headers it prints: templates over `{signature}` and [`OWN`].
    pub headers: &'static [&'static str],
    /// The options it has a place for, of those that not every scheme has.
    pub options: &'static [&'static str],
    /// Whether it cannot do without `--key-id`.
    pub needs_key_id: bool,
    /// Characters that would break the header if they stood in the key id.
    pub not_in_key_id: &'static [char],
}

/// How a scheme turns components into the message that is signed.
#[derive(Debug)]
pub struct Lines {
    /// Whether the `date` header is always signed, before the components of `--components`.
    pub signs_date: bool,
    /// The components that are signed where `--components` is not given.
    pub default: &'static str,
    /// Whether components are written as RFC 9421 writes them: names in quotes, `@authority` and its like allowed.
    pub message_signature: bool,
    /// The line before the components, a template.
    pub first: Option<&'static str>,
    /// The line after the components, a template. Lines are joined by LF; an empty last one ends the message with one.
    pub last: Option<&'static str>,
}

/// The placeholders that the templates of schemes have.
pub const OWN: [&str; 6] = ["signature", "algorithm", "components", "key-id", "label", "parameters"];

const SCHEMES: [Scheme; 4] = [
    Scheme {
        name: "timestamp",
        algorithms: &[
            (Algorithm::Sha256, "sha256"),
            (Algorithm::Sha1, "sha1"),
            (Algorithm::Sha384, "sha384"),
            (Algorithm::Sha512, "sha512"),
        ],
        encoding: None,
        lines: None,
        headers: &["X-Timestamp: {timestamp}", "X-Signature: {signature}"],
        options: &[],
        needs_key_id: false,
        not_in_key_id: &[],
    },
    // HTTP Message Signatures, RFC 9421.
    Scheme {
        name: "rfc9421",
        algorithms: &[(Algorithm::Sha256, "hmac-sha256")],
        encoding: Some(Encoding::Base64),
        lines: Some(Lines {
            signs_date: false,
            default: "@authority @path",
            message_signature: true,
            first: None,
            last: Some("\"@signature-params\": {parameters}"),
        }),
        headers: &["Signature-Input: {label}={parameters}", "Signature: {label}=:{signature}:"],
        options: &["--components", "--expires", "--key-id", "--label"],
        needs_key_id: false,
        // What a string of RFC 8941 section 3.3.3 would have to escape.
        not_in_key_id: &['"', '\\'],
    },
    // The hmac-auth plugin of Kong Gateway.
    Scheme {
        name: "kong",
        algorithms: &[
            (Algorithm::Sha256, "hmac-sha256"),
            (Algorithm::Sha1, "hmac-sha1"),
            (Algorithm::Sha384, "hmac-sha384"),
            (Algorithm::Sha512, "hmac-sha512"),
        ],
        encoding: Some(Encoding::Base64),
        lines: Some(Lines { signs_date: true, default: "", message_signature: false, first: None, last: None }),
        headers: &[
            "Date: {timestamp:http-date}",
            "Authorization: hmac username=\"{key-id}\", algorithm=\"{algorithm}\", headers=\"{components}\", \
             signature=\"{signature}\"",
        ],
        options: &["--components", "--key-id"],
        needs_key_id: true,
        not_in_key_id: &['"'],
    },
    // The hmac-auth plugin of Apache APISIX, since 3.11.
    Scheme {
        name: "apisix",
        algorithms: &[
            (Algorithm::Sha256, "hmac-sha256"),
            (Algorithm::Sha1, "hmac-sha1"),
            (Algorithm::Sha512, "hmac-sha512"),
        ],
        encoding: Some(Encoding::Base64),
        lines: Some(Lines {
            signs_date: true,
            default: "",
            message_signature: false,
            first: Some("{key-id}"),
            last: Some(""),
        }),
        headers: &[
            "Date: {timestamp:http-date}",
            "Authorization: Signature keyId=\"{key-id}\",algorithm=\"{algorithm}\",headers=\"{components}\",\
             signature=\"{signature}\"",
        ],
        options: &["--components", "--key-id"],
        needs_key_id: true,
        not_in_key_id: &['"', ','],
    },
];

/// Schemes that cannot work in a headers helper, what each of them signs, and what to use.
const IMPOSSIBLE: [(&str, &str, &str); 6] = [
    ("sigv4", "the method and body of each request", "use hdr-bridge --sign sigv4"),
    ("stripe", "the body of each request", IN_THE_BRIDGE),
    ("github", "the body of each request", IN_THE_BRIDGE),
    ("slack", "the body of each request", IN_THE_BRIDGE),
    ("azure", "the method and body of each request", IN_THE_BRIDGE),
    ("hawk", "the method and a nonce of each request", IN_THE_BRIDGE),
];

/// Where anything can be signed.
pub(crate) const IN_THE_BRIDGE: &str = "run hdr-hmac behind hdr-bridge, with {method}, {target} or {body} in --message, or use --scheme timestamp, rfc9421, \
     kong or apisix";

impl Scheme {
    /// The scheme that signs a timestamp, or whatever `--message` says.
    #[must_use]
    pub fn timestamp() -> &'static Self {
        &SCHEMES[0]
    }

    /// The scheme called `name`.
    ///
    /// # Errors
    /// [`Error::Usage`] for a name that is not known, or of a scheme that signs what differs between requests.
    pub fn parse(name: &str) -> Result<&'static Self, Error> {
        if let Some(scheme) = SCHEMES.iter().find(|scheme| scheme.name.eq_ignore_ascii_case(name)) {
            return Ok(scheme);
        }
        let impossible = IMPOSSIBLE.iter().find(|(impossible, ..)| impossible.eq_ignore_ascii_case(name));
        if let Some((name, signed, remedy)) = impossible {
            return Err(once_per_connection("--scheme", &format!(" {name}"), signed, remedy));
        }
        let remedy = match nearest(name, SCHEMES.iter().map(|scheme| scheme.name)) {
            Some(near) => format!("write {near}"),
            None => format!("use one of {}", SCHEMES.map(|scheme| scheme.name).join(", ")),
        };
        Err(Error::Usage(Report::of("--scheme", "", "no scheme has that name", remedy)))
    }

    /// What the scheme calls `algorithm`, or the default where none was chosen; with the algorithm itself.
    ///
    /// # Errors
    /// [`Error::Usage`] for an algorithm that the scheme does not have.
    pub fn algorithm(&self, chosen: Option<Algorithm>) -> Result<(Algorithm, &'static str), Error> {
        let found = self.algorithms.iter().find(|(known, _)| chosen.is_none_or(|chosen| chosen == *known));
        found.copied().ok_or_else(|| {
            let known: Vec<_> = self.algorithms.iter().map(|(known, _)| known.name()).collect();
            let fact = format_args!(" {}", chosen.map_or("", Algorithm::name));
            let cause = format_args!("the scheme {} does not have it", self.name);
            Error::Usage(Report::of("--algorithm", fact, cause, format_args!("use {}", known.join(", "))))
        })
    }

    /// How signatures are written, with the encoding that was chosen.
    ///
    /// # Errors
    /// [`Error::Usage`] where the scheme prescribes another one.
    pub fn encoding(&self, chosen: Option<Encoding>) -> Result<Encoding, Error> {
        match (self.encoding, chosen) {
            (Some(prescribed), Some(chosen)) if prescribed != chosen => Err(Error::Usage(Report::of(
                "--encoding",
                "",
                format_args!("the scheme {} prescribes base64", self.name),
                "remove the option",
            ))),
            (prescribed, chosen) => Ok(prescribed.or(chosen).unwrap_or(Encoding::Hex)),
        }
    }

    /// Refuses an option that was given although the scheme has no place for it.
    ///
    /// # Errors
    /// [`Error::Usage`] then.
    pub fn check_option(&self, option: &str, given: bool) -> Result<(), Error> {
        if !given || self.options.contains(&option) {
            return Ok(());
        }
        let takers: Vec<_> =
            SCHEMES.iter().filter(|scheme| scheme.options.contains(&option)).map(|scheme| scheme.name).collect();
        let remedy = match takers.as_slice() {
            [] => "remove one of the two".to_owned(),
            _ => format!("remove it, or use --scheme {}", takers.join(" or ")),
        };
        let cause = format_args!("the scheme {} does not use it", self.name);
        Err(Error::Usage(Report::of(option, "", cause, remedy)))
    }

    /// The key id of this run, from the template of `--key-id`.
    ///
    /// # Errors
    /// [`Error::Usage`] when the scheme needs one and has none, or it has a character that would break the header.
    pub fn key_id(&self, template: Option<&Template>, run: &Run) -> Result<Option<String>, Error> {
        let Some(template) = template else {
            if self.needs_key_id {
                let fact = format_args!(" {} needs --key-id", self.name);
                let cause = "the gateway finds the key by its name";
                return Err(Error::Usage(
                    Report::of("--scheme", fact, cause, "give the name that the gateway has for the key")
                        .and("--key-id"),
                ));
            }
            return Ok(None);
        };
        let key_id = template.render_text(run, &OwnValues::default())?;
        let breaks = |c: char| !matches!(c, ' '..='~') || self.not_in_key_id.contains(&c);
        if key_id.is_empty() || key_id.contains(breaks) {
            let not: Vec<_> = self.not_in_key_id.iter().map(char::to_string).collect();
            let (name, not) = (self.name, not.join(" or "));
            let cause = format_args!("the scheme {name} takes only visible ASCII without {not}, and no empty key id");
            return Err(Error::Usage(Report::of("--key-id", "", cause, "give the key another name")));
        }
        Ok(Some(key_id))
    }
}

/// The error for a signature over something that differs between the requests of a connection.
pub(crate) fn once_per_connection(option: &str, value: &str, signed: &str, remedy: &str) -> Error {
    Error::Usage(Report::of(
        option,
        format_args!("{value} is not supported"),
        format_args!(
            "it signs {signed}, but a client runs a helper once per connection and sends its headers on every POST, GET \
             and DELETE of it"
        ),
        remedy,
    ))
}
