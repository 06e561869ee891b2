//! `hdr-hmac`: headers signed with an HMAC.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

use clap::Parser;
use hdr::config::command_words::{CommandWords, FromWords};
use hdr::error::Error;
use hdr::header::Answer;
use hdr::header::HeaderTemplate;
use hdr::header::Template;
use hdr::header::template::OwnValues;
use hdr::program::helper::Helper;
use hdr::program::options::Options;
use hdr::run::Run;
use hdr::secret::Secret;
use hdr::secret::Source;
use hdr::sign::component::Components;
use hdr::sign::encoding::{Encoding, KeyEncoding, blank_end, weakness, whole_object};
use hdr::sign::hmac::Algorithm;
use hdr::sign::key_file::check_shared_secret;
use hdr::sign::message_signature::MessageSignature;
use hdr::sign::scheme::{OWN, Scheme};

/// Prints HTTP headers signed with an HMAC, as one JSON object for an MCP client's headersHelper.
///
/// By default it signs the current time: X-Timestamp, X-Signature and, with --api-key, X-API-Key. A client runs a helper
/// once per connection and sends its headers on every request of it, so schemes that sign the method, the body or a
/// one-time nonce of each request cannot work and are refused.
#[derive(Parser)]
#[command(name = "hdr-hmac", version)]
struct HdrHmac {
    /// The key: env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE.
    #[arg(long, value_name = "SOURCE", default_value = KEY, allow_hyphen_values = true)]
    key: String,

    /// How the key is written where it is kept [default: raw]; raw, where it is given, takes also the bytes of a key file.
    #[arg(long, value_enum)]
    key_encoding: Option<KeyEncoding>,

    /// The hash of the HMAC [default: sha256].
    #[arg(long, value_enum)]
    algorithm: Option<Algorithm>,

    /// How the signature is written [default: hex, base64 with a scheme that prescribes it].
    #[arg(long, value_enum)]
    encoding: Option<Encoding>,

    /// What is signed [default: {timestamp}].
    #[arg(long, value_name = "TEMPLATE", allow_hyphen_values = true)]
    message: Option<String>,

    /// Also print this as X-API-Key: env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    api_key: Option<String>,

    /// The name of the key, as the server knows it; a template.
    #[arg(long, value_name = "TEXT")]
    key_id: Option<String>,

    /// The signature scheme of the server: timestamp, rfc9421, kong or apisix.
    #[arg(long, value_name = "NAME")]
    scheme: Option<String>,

    /// What a scheme signs: names between blanks (default for rfc9421: @authority @path); kong and apisix sign these
    /// beside the date.
    #[arg(long, value_name = "NAMES")]
    components: Option<String>,

    /// How long an rfc9421 signature is valid [default: 5m].
    #[arg(long, value_name = "DURATION")]
    expires: Option<String>,

    /// The label of an rfc9421 signature [default: sig1].
    #[arg(long, value_name = "LABEL")]
    label: Option<String>,

    #[command(flatten)]
    options: Options,
}

/// Where the key is by default.
const KEY: &str = "env:SECRET_KEY";

impl FromWords for HdrHmac {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self {
            key: words.text("--key").unwrap_or_else(|| KEY.to_owned()),
            key_encoding: words.choice("--key-encoding"),
            algorithm: words.choice("--algorithm"),
            encoding: words.choice("--encoding"),
            message: words.text("--message"),
            api_key: words.text("--api-key"),
            key_id: words.text("--key-id"),
            scheme: words.text("--scheme"),
            components: words.text("--components"),
            expires: words.text("--expires"),
            label: words.text("--label"),
            options: Options::from_words(words),
        }
    }
}

impl Helper for HdrHmac {
    const NAME: &'static str = "hdr-hmac";

    fn options(&self) -> &Options {
        &self.options
    }

    fn verb(&self) -> Option<&'static str> {
        None
    }

    fn answer(&self, run: &Run) -> Result<Answer, Error> {
        let scheme = self.scheme()?;
        let (algorithm, algorithm_name) = scheme.algorithm(self.algorithm)?;
        let encoding = scheme.encoding(self.encoding)?;
        let key = Source::parse("--key", &self.key)?;
        let key_id = self.key_id.as_deref().map(|text| Template::parse("--key-id", text, &[])).transpose()?;
        let message = Template::parse("--message", self.message.as_deref().unwrap_or("{timestamp}"), &[])?;
        let components =
            scheme.lines.as_ref().map(|lines| Components::parse(lines, self.components.as_deref())).transpose()?;
        let message_signature = MessageSignature::parse(self.label.as_deref(), self.expires.as_deref())?;
        let headers = self.options.headers(self.default_headers(scheme)?, &["signature"])?;

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
        if self.api_key.is_some() && self.options.replaces_headers() {
            run.notes()
                .warn("--api-key prints no header where -H replaces the default ones; use -H 'X-API-Key: {env:NAME}'");
        }
        let signature = encoding.encode(&algorithm.sign(&key, message.expose()));
        own.add("signature", signature.as_str());
        Ok(Answer::Headers { headers: headers.render(run, &own)?, token: Secret::new(signature.into_bytes()) })
    }
}

impl HdrHmac {
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

hdr::start!(HdrHmac);
