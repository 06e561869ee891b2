//! A token that is signed on the spot, and the headers with it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Timelike, Utc};

use crate::error::Error;
use crate::header::template::OwnValues;
use crate::header::{Answer, HeaderOptions, HeaderTemplate, Life, Made, Template};
use crate::jwt::claims::{Claims, NamedTemplate, issued_at};
use crate::jwt::options::JwtOptions;
use crate::os::clock::{parse_duration, parse_positive_duration};
use crate::run::Run;
use crate::secret::Source;
use crate::sign::algorithm::{Algorithm, parse_algorithm};
use crate::sign::encoding::KeyEncoding;
use crate::sign::jws::{self, JoseHeader};

/// The value of `--kid` that means the thumbprint of the key.
const THUMBPRINT: &str = "thumbprint";

impl JwtOptions {
    /// The headers that `wanted` asks for, else those of the preset; and the token.
    ///
    /// # Errors
    /// [`Error::Usage`] for options that do not fit together; [`Error::Secret`] where there is no key or another one is
    /// needed; those of rendering the headers.
    pub fn answer(&self, wanted: &HeaderOptions, run: &Run) -> Result<Answer, Error> {
        let algorithm = self.alg.as_deref().map(|name| parse_algorithm("--alg", name)).transpose()?;
        let ttl = self.ttl.as_deref().map(|text| parse_positive_duration("--ttl", text)).transpose()?;
        let ttl = ttl.unwrap_or_else(|| self.preset.ttl());
        let backdate = self.backdate.as_deref().map(|text| parse_duration("--backdate", text)).transpose()?;
        let backdate = backdate.unwrap_or_else(|| self.preset.backdate());
        self.preset.check(algorithm, ttl, backdate, !self.aud.is_empty())?;
        let source = Source::required("--key", self.key.as_deref())?;
        let headers = wanted.templates(self.default_headers()?, &["token"], run)?;

        let kid = Template::text("--kid", self.kid.as_ref(), run)?.filter(|kid| !kid.is_empty());
        let mut claims = self.claims(run)?;
        if self.nbf {
            claims.set("--nbf", "nbf", issued_at(run, backdate))?;
        }
        let header = self.jose_header(run)?;

        let chosen = kid.as_deref().filter(|kid| *kid != THUMBPRINT);
        let prescribed = self.preset.algorithm();
        let chooser = if prescribed.is_none() { Some("--alg") } else { None };
        let algorithm = algorithm.or(prescribed);
        let secret = match self.key_encoding {
            Some(KeyEncoding::Raw) => run.raw_secret("--key", &source)?,
            _ => run.secret("--key", &source)?,
        };
        let key = self.preset.key(secret, self.key_encoding, chosen, algorithm, run)?;
        let algorithm = key.algorithm("--key", chooser, algorithm)?;
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
        let life = life(run.now(), ttl);
        Ok(Answer::Headers(Made { headers: headers.render(run, &own)?, token, life }))
    }

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

/// The life of a token that is signed at `now` and has an `exp` `ttl` after that, in whole seconds.
fn life(now: DateTime<Utc>, ttl: Duration) -> Life {
    let seconds = i64::try_from(ttl.as_secs().max(1)).unwrap_or(i64::MAX);
    let start = now.with_nanosecond(0).unwrap_or(now);
    let end = TimeDelta::try_seconds(seconds).and_then(|ttl| start.checked_add_signed(ttl)).unwrap_or(start);
    Life::of_token(start, end)
}
