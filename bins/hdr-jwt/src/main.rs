//! `hdr-jwt`: headers with a JSON Web Token signed on the spot.
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

use clap::Parser;
use hdr::config::command_words::{CommandWords, FromWords};
use hdr::error::Error;
use hdr::header::Answer;
use hdr::header::HeaderTemplate;
use hdr::header::Template;
use hdr::header::template::OwnValues;
use hdr::jwt::claims::{Claims, NamedTemplate, issued_at};
use hdr::jwt::preset::PresetOptions;
use hdr::os::clock::{parse_duration, parse_positive_duration};
use hdr::program::helper::Helper;
use hdr::program::options::Options;
use hdr::run::Run;
use hdr::secret::Source;
use hdr::sign::algorithm::{Algorithm, parse_algorithm};
use hdr::sign::encoding::KeyEncoding;
use hdr::sign::jws::{self, JoseHeader};

/// Prints HTTP headers with a JSON Web Token signed on the spot, as one JSON object for an MCP client's headersHelper.
///
/// By default: Authorization: Bearer {token}. TEXT is a template everywhere, as the value of a header is.
#[derive(Parser)]
#[command(name = "hdr-jwt", version)]
struct HdrJwt {
    /// The key, required: env:NAME, file:PATH, json:PATH:FIELD or cmd:COMMAND LINE.
    ///
    /// A private key in PEM (PKCS#8, PKCS#1, SEC 1), a private JWK, a JWKS (--kid chooses), a Google service account in
    /// JSON, or raw bytes, a shared secret for HS256, HS384 and HS512.
    #[arg(long, value_name = "SOURCE", allow_hyphen_values = true)]
    key: Option<String>,

    /// How a shared secret is written where it is kept [default: raw].
    #[arg(long, value_enum)]
    key_encoding: Option<KeyEncoding>,

    /// HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 EdDSA Ed25519 (the newer name of EdDSA) [default:
    /// what the key is for; HS256, RS256].
    #[arg(long, value_name = "NAME")]
    alg: Option<String>,

    /// The key id in the token, or `thumbprint` (RFC 7638) [default: the one in the key's file].
    #[arg(long, value_name = "TEXT")]
    kid: Option<String>,

    /// The issuer.
    #[arg(long, value_name = "TEXT")]
    iss: Option<String>,

    /// The subject.
    #[arg(long, value_name = "TEXT")]
    sub: Option<String>,

    /// The audience; repeatable, several become an array.
    #[arg(long, value_name = "TEXT")]
    aud: Vec<String>,

    /// How long the token is valid [default: 1h].
    #[arg(long, value_name = "DURATION")]
    ttl: Option<String>,

    /// How far `iat` lies in the past, for servers whose clock is late [default: 0s].
    #[arg(long, value_name = "DURATION")]
    backdate: Option<String>,

    /// Add a random UUID as `jti`.
    #[arg(long)]
    jti: bool,

    /// Add `nbf`, the same as `iat`.
    #[arg(long)]
    nbf: bool,

    /// Add a claim that is text; repeatable.
    #[arg(long, value_name = "NAME=TEXT")]
    claim: Vec<String>,

    /// Add a claim that is JSON; repeatable.
    ///
    /// In it a brace is one of a template where a placeholder follows at once, as in
    /// '{"id":"{env:ID}","at":{timestamp:unix}}'; outside quotes its value must be a number, true, false or null.
    #[arg(long, value_name = "NAME=JSON")]
    claim_json: Vec<String>,

    /// Add the claims of a JSON object in a file; the other options override them.
    #[arg(long, value_name = "FILE")]
    claims: Option<String>,

    /// Add a text to the token's own header, `typ` say; repeatable.
    #[arg(long, value_name = "NAME=TEXT")]
    jose: Vec<String>,

    #[command(flatten)]
    preset: PresetOptions,

    #[command(flatten)]
    options: Options,
}

impl FromWords for HdrJwt {
    fn from_words(words: &mut CommandWords<'_>) -> Self {
        Self {
            key: words.text("--key"),
            key_encoding: words.choice("--key-encoding"),
            alg: words.text("--alg"),
            kid: words.text("--kid"),
            iss: words.text("--iss"),
            sub: words.text("--sub"),
            aud: words.texts(&["--aud"]),
            ttl: words.text("--ttl"),
            backdate: words.text("--backdate"),
            jti: words.flag("--jti"),
            nbf: words.flag("--nbf"),
            claim: words.texts(&["--claim"]),
            claim_json: words.texts(&["--claim-json"]),
            claims: words.text("--claims"),
            jose: words.texts(&["--jose"]),
            preset: PresetOptions::from_words(words),
            options: Options::from_words(words),
        }
    }
}

impl Helper for HdrJwt {
    const NAME: &'static str = "hdr-jwt";

    fn options(&self) -> &Options {
        &self.options
    }

    fn verb(&self) -> Option<&'static str> {
        None
    }

    fn answer(&self, run: &Run) -> Result<Answer, Error> {
        let wanted = self.alg.as_deref().map(|name| parse_algorithm("--alg", name)).transpose()?;
        let ttl = self.ttl.as_deref().map(|text| parse_positive_duration("--ttl", text)).transpose()?;
        let ttl = ttl.unwrap_or_else(|| self.preset.ttl());
        let backdate = self.backdate.as_deref().map(|text| parse_duration("--backdate", text)).transpose()?;
        let backdate = backdate.unwrap_or_else(|| self.preset.backdate());
        self.preset.check(wanted, ttl, backdate, !self.aud.is_empty())?;
        let source = Source::required("--key", self.key.as_deref())?;
        let headers = self.options.headers(self.default_headers()?, &["token"])?;

        let kid = Template::text("--kid", self.kid.as_ref(), run)?.filter(|kid| !kid.is_empty());
        let mut claims = self.claims(run)?;
        if self.nbf {
            claims.set("--nbf", "nbf", issued_at(run, backdate))?;
        }
        let header = self.jose_header(run)?;

        let chosen = kid.as_deref().filter(|kid| *kid != THUMBPRINT);
        let prescribed = self.preset.algorithm();
        let chooser = if prescribed.is_none() { Some("--alg") } else { None };
        let wanted = wanted.or(prescribed);
        let secret = match self.key_encoding {
            Some(KeyEncoding::Raw) => run.raw_secret("--key", &source)?,
            _ => run.secret("--key", &source)?,
        };
        let key = self.preset.key(secret, self.key_encoding, chosen, wanted, run)?;
        let algorithm = key.algorithm("--key", chooser, wanted)?;
        self.preset.set_claims(&mut claims, &key, run)?;
        let kid = match kid.as_deref() {
            Some(THUMBPRINT) => Some(key.thumbprint("--kid")?),
            Some(kid) => Some(kid.to_owned()),
            None => key.kid.clone(),
        };
        self.preset.check_kid(kid.as_deref())?;
        if let Some(weakness) = key.weakness(algorithm) {
            run.notes().warn(weakness);
        }
        if let Some(blank) = key.blank_end().filter(|_| self.key_encoding.is_none_or(|way| way == KeyEncoding::Raw)) {
            run.notes().warn(blank.to_owned());
        }
        let claims = claims.with_times(run, backdate, ttl);
        if let Some(warning) = self.preset.warning(&claims, ttl.saturating_add(backdate)) {
            run.notes().warn(warning);
        }
        let token = jws::encode("--key", &header.complete(algorithm, kid), &claims, &key)?;
        run.notes().explain(|| {
            let (name, seconds) = (algorithm.name(), ttl.as_secs());
            let newer =
                if algorithm == Algorithm::EdDSA { "; some servers want --alg Ed25519, its newer name" } else { "" };
            format!("{name} token, valid for {seconds}s; when it has expired the client must reconnect{newer}")
        });
        let mut own = OwnValues::default();
        own.add("token", token.expose());
        Ok(Answer::Headers { headers: headers.render(run, &own)?, token })
    }
}

/// The value of `--kid` that stands for the thumbprint of the key.
const THUMBPRINT: &str = "thumbprint";

impl HdrJwt {
    fn default_headers(&self) -> Result<Vec<HeaderTemplate>, Error> {
        self.preset.headers().into_iter().map(|header| HeaderTemplate::parse("--preset", header, &["token"])).collect()
    }

    fn claims(&self, run: &Run) -> Result<Claims, Error> {
        let mut claims = match &self.claims {
            Some(file) => Claims::from_file("--claims", file)?,
            None => Claims::default(),
        };
        for (option, name, value) in [("--iss", "iss", &self.iss), ("--sub", "sub", &self.sub)] {
            if let Some(value) = Template::text(option, value.as_ref(), run)? {
                claims.set(option, name, value)?;
            }
        }
        let audiences = self.aud.iter().filter_map(|aud| Template::text("--aud", Some(aud), run).transpose());
        match audiences.collect::<Result<Vec<_>, _>>()?.as_slice() {
            [] => {}
            [only] => claims.set("--aud", "aud", only.as_str())?,
            several => claims.set("--aud", "aud", several)?,
        }
        if self.jti {
            claims.set("--jti", "jti", run.uuid()?)?;
        }
        for claim in &self.claim {
            let NamedTemplate { name, template } = NamedTemplate::parse("--claim", claim)?;
            claims.set("--claim", &name, template.render_text(run, &OwnValues::default())?)?;
        }
        for claim in &self.claim_json {
            claims.set_json("--claim-json", claim, run)?;
        }
        Ok(claims)
    }

    fn jose_header(&self, run: &Run) -> Result<JoseHeader, Error> {
        let mut header = JoseHeader::default();
        for parameter in &self.jose {
            let NamedTemplate { name, template } = NamedTemplate::parse("--jose", parameter)?;
            header.set("--jose", &name, template.render_text(run, &OwnValues::default())?)?;
        }
        Ok(header)
    }
}

hdr::start!(HdrJwt);
