//! Headers that are signed with an HMAC, in one of the schemes that servers and gateways ask for.
//!
//! Imported by the program of hdr-hmac.

mod options;

use crate::error::Error;
use crate::header::template::OwnValues;
use crate::header::{Answer, HeaderOptions, HeaderTemplate, Life, Made, Template};
use crate::run::Run;
use crate::secret::{Secret, Source};
use crate::sign::component::Components;
use crate::sign::encoding::{KeyEncoding, blank_end, weakness, whole_object};
use crate::sign::key_file::check_shared_secret;
use crate::sign::message_signature::MessageSignature;
use crate::sign::scheme::{OWN, Scheme};

pub use self::options::{EXAMPLES, HmacOptions};

impl HmacOptions {
    /// The headers that `wanted` asks for, else those of the scheme; and the signature.
    ///
    /// # Errors
    /// [`Error::Usage`] for options that do not fit together; [`Error::Secret`] where there is no key; those of rendering
    /// the headers.
    pub fn answer(&self, wanted: &HeaderOptions, run: &Run) -> Result<Answer, Error> {
        let scheme = self.scheme()?;
        let (algorithm, algorithm_name) = scheme.algorithm(self.algorithm)?;
        let encoding = scheme.encoding(self.encoding)?;
        let key = Source::parse("--key", &self.key)?;
        let key_id = self.key_id.as_deref().map(|text| Template::parse("--key-id", text, &[])).transpose()?;
        let message =
            Template::parse("--message", self.message.as_deref().unwrap_or("{timestamp}"), run.request_placeholders())?;
        let headers = wanted.templates(self.default_headers(scheme)?, &["signature"], run)?;
        let prints = |name: &str| headers.has_without("signature", name);
        let components = scheme.lines.as_ref();
        let components =
            components.map(|lines| Components::parse(lines, self.components.as_deref(), prints, run)).transpose()?;
        let message_signature = MessageSignature::parse(self.label.as_deref(), self.expires.as_deref())?;

        let key_id = scheme.key_id(key_id.as_ref(), run)?;
        let kept = match self.key_encoding {
            Some(KeyEncoding::Raw) => run.raw_secret("--key", &key)?,
            _ => run.secret("--key", &key)?,
        };
        let key = self.shared_secret(&kept)?;
        if let Some(weakness) = weakness(&key, algorithm.bits(), algorithm.name()) {
            run.notes().warn(weakness);
        }
        if let Some(blank) = blank_end(&key).filter(|_| self.key_encoding.is_none_or(|way| way == KeyEncoding::Raw)) {
            run.notes().warn(blank.to_owned());
        }
        if let Some(object) = whole_object("--key", &key).filter(|_| self.key_encoding.is_none()) {
            run.notes().warn(object);
        }
        let mut own = OwnValues::default();
        let message = match components {
            None => message.render(run, &own)?,
            Some(components) => {
                own.add("algorithm", algorithm_name);
                own.add("components", components.names());
                own.add("label", message_signature.label());
                let parameters = message_signature.parameters(run, &components, key_id.as_deref(), algorithm_name);
                own.add("parameters", parameters);
                own.add("key-id", key_id.unwrap_or_default());
                let printed = headers.render_without("signature", run, &own)?;
                components.message(run, &printed, &own)?
            }
        };
        run.notes().explain(|| match own.value("components").and_then(Secret::expose_text) {
            Some(components) => format!("signed with {algorithm_name}: {components}"),
            None => format!("signed with {algorithm_name}: the message"),
        });
        if self.api_key.is_some() && wanted.replaces_defaults() {
            run.notes()
                .warn("--api-key prints no header where -H replaces the default ones; use -H 'X-API-Key: {env:NAME}'");
        }
        let signature = encoding.encode(&algorithm.sign(&key, message.expose()));
        own.add("signature", signature.as_str());
        let token = Secret::new(signature.into_bytes());
        // It has the time of its making in it, and servers take it for a few minutes at most, or once.
        Ok(Answer::Headers(Made { headers: headers.render(run, &own)?, token, life: Life::OneRequest }))
    }

    /// The scheme asked for, once it is clear that it has a place for every option given.
    fn scheme(&self) -> Result<&'static Scheme, Error> {
        let scheme = match &self.scheme {
            Some(name) => Scheme::parse(name)?,
            None => Scheme::timestamp(),
        };
        scheme.check_option("--message", self.scheme.is_some() && self.message.is_some())?;
        scheme.check_option("--components", self.components.is_some())?;
        scheme.check_option("--expires", self.expires.is_some())?;
        scheme.check_option("--key-id", self.key_id.is_some())?;
        scheme.check_option("--label", self.label.is_some())?;
        Ok(scheme)
    }

    /// The key, which is a key file for another purpose only where `--key-encoding raw` says that it is meant.
    fn shared_secret(&self, kept: &Secret) -> Result<Secret, Error> {
        let key = self.key_encoding.unwrap_or(KeyEncoding::Raw).decode("--key", kept.clone())?;
        if self.key_encoding != Some(KeyEncoding::Raw) {
            check_shared_secret("--key", &key)?;
        }
        Ok(key)
    }

    fn default_headers(&self, scheme: &Scheme) -> Result<Vec<HeaderTemplate>, Error> {
        let of_the_scheme = scheme.headers.iter().map(|header| HeaderTemplate::parse("--scheme", header, &OWN));
        let api_key = self.api_key.iter().map(|api_key| {
            let source = Source::parse("--api-key", api_key)?;
            HeaderTemplate::of("X-API-Key", "--api-key", source)
        });
        of_the_scheme.chain(api_key).collect()
    }
}
