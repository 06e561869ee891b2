//! How long a token lives: the earliest end that an answer tells, in the fields in which servers and programs tell it.

mod written;

use std::time::Duration;

use chrono::{DateTime, Local, TimeDelta, Utc};
use serde_json::{Map, Value};

use self::written::{Unit, Written};
use crate::os::zone;

/// Where an expiry comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "bearer"), expect(dead_code, reason = "only endpoints are asked without it"))]
pub(crate) enum ExpiryTeller {
    /// A token endpoint that has just issued the token, whose life begins now. No life is a life of nothing.
    Endpoint,
    /// A program, whose token may be older than the output. A life of zero is how some say that they know of no end.
    Command,
    /// A file that was written at some time, so that a life says nothing.
    File,
}

/// What an answer says of a token's expiry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It ends then.
    At(DateTime<Utc>),
    /// A field with this name tells a life of zero or less.
    NoLife(String),
    /// Nothing.
    NoExpiry,
}

/// Why a field that was named has no expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoExpiry {
    /// It is not there.
    Missing,
    /// What it says is neither a time nor a duration.
    NoTime,
}

/// When an answer came, and from whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnswerTime {
    pub(crate) teller: ExpiryTeller,
    /// When the request was sent.
    pub(crate) asked_at: DateTime<Utc>,
    /// How far the clock of who answers is ahead of ours.
    pub(crate) skew: TimeDelta,
}

/// The names of fields with a life, and of those with an end, in small letters, without separators, units and what says
/// that they are about the token. Fields of other tokens have other names: `refresh_expires_in`, `ext_expires_in`,
/// `id_token_expires_in`.
const LIVES: [&str; 17] = [
    "expiresin",
    "expirein",
    "expiryin",
    "expirationin",
    "expiredin",
    "expiresafter",
    "expireafter",
    "expire",
    "lifetime",
    "life",
    "ttl",
    "leaseduration",
    "maxage",
    "validfor",
    "validityperiod",
    "validity",
    "timetolive",
];
const ENDS: [&str; 21] = [
    "expires",
    "expireson",
    "expiresat",
    "expirestime",
    "expiresdate",
    "expireat",
    "expiredat",
    "expiry",
    "expiryat",
    "expirydate",
    "expirytime",
    "expiration",
    "expirationat",
    "expirationdate",
    "expirationtime",
    "expiretime",
    "expiredate",
    "exp",
    "validuntil",
    "validto",
    "notafter",
];

/// What a name may begin with, when it is about the access token.
const OF_TOKEN: [&str; 6] = ["accesstoken", "bearertoken", "authtoken", "authorizationtoken", "token", "bearer"];

/// What a name may end with: a unit, or how the time is written.
const UNITS: [(&str, Unit); 13] = [
    ("milliseconds", Unit::Milliseconds),
    ("millis", Unit::Milliseconds),
    ("ms", Unit::Milliseconds),
    ("minutes", Unit::Minutes),
    ("hours", Unit::Hours),
    ("seconds", Unit::Seconds),
    ("secs", Unit::Seconds),
    ("sec", Unit::Seconds),
    ("timestamp", Unit::Unknown),
    ("datetime", Unit::Unknown),
    ("epoch", Unit::Unknown),
    ("unix", Unit::Unknown),
    ("utc", Unit::Utc),
];

/// Objects beside or around a token that hold fields about it.
const WRAPPERS: [&str; 15] = [
    "credential",
    "credentials",
    "status",
    "auth",
    "data",
    "token",
    "accesstoken",
    "result",
    "response",
    "meta",
    "metadata",
    "authenticationresult",
    "tokeninfo",
    "tokendata",
    "tokenresponse",
];

/// The longest life that is believed: ten years of it are as good as for ever.
const LONGEST: TimeDelta = TimeDelta::seconds(10 * 366 * 24 * 60 * 60);

impl AnswerTime {
    /// The moment of what `teller`, whose clock is ours, said at `asked_at`.
    #[cfg(feature = "bearer")]
    pub(crate) fn by_our_clock(teller: ExpiryTeller, asked_at: DateTime<Utc>) -> Self {
        Self { teller, asked_at, skew: TimeDelta::zero() }
    }

    /// The earliest end that the usual fields of `objects` tell: those around the token, from the outermost on.
    pub(crate) fn of_usual_fields(&self, objects: &[&Map<String, Value>]) -> Ends {
        let mut ends = Ends::default();
        for object in objects {
            self.add_fields(object, &mut ends);
            let inner = object.iter().filter(|(name, _)| WRAPPERS.contains(&plain(name).as_str()));
            inner.filter_map(|(_, value)| value.as_object()).for_each(|inner| self.add_fields(inner, &mut ends));
        }
        ends
    }

    /// The expiry in the field at `path`, or why it has none.
    pub(crate) fn of_field(&self, object: &Map<String, Value>, path: &str) -> Result<Ends, NoExpiry> {
        let (is_life, unit) = path.rsplit('.').next().and_then(usual).unwrap_or((true, Unit::Unknown));
        let value = field(object, path).filter(|value| !value.is_null()).ok_or(NoExpiry::Missing)?;
        Written::parse(value, unit, is_life).ok_or(NoExpiry::NoTime)?;
        let mut ends = Ends::default();
        self.add(path, value, is_life, unit, &mut ends);
        Ok(ends)
    }

    fn add_fields(&self, object: &Map<String, Value>, ends: &mut Ends) {
        for (name, value) in object {
            if let Some((is_life, unit)) = usual(name) {
                self.add(name, value, is_life, unit, ends);
            }
        }
    }

    fn add(&self, name: &str, value: &Value, is_life: bool, unit: Unit, ends: &mut Ends) {
        match Written::parse(value, unit, is_life) {
            Some(Written::Life(life)) if life <= TimeDelta::zero() => match self.teller {
                ExpiryTeller::Endpoint if is_life => ends.no_life = Some(name.to_owned()),
                ExpiryTeller::Command if is_life && life < TimeDelta::zero() => ends.told.push(self.asked_at),
                // How some say that there is no end.
                _ => {}
            },
            Some(Written::Life(life)) if self.teller != ExpiryTeller::File => {
                ends.told.extend(self.asked_at.checked_add_signed(life.min(LONGEST)));
            }
            Some(Written::AnswerTime(moment)) if moment > DateTime::UNIX_EPOCH => {
                let latest = self.asked_at.checked_add_signed(LONGEST).unwrap_or(moment);
                ends.told.extend(moment.min(latest).checked_sub_signed(self.skew));
            }
            Some(Written::Local(time)) => {
                let time = zone::check_zone().ok().and_then(|()| time.and_local_timezone(Local).earliest());
                ends.local.extend(time.map(|time| time.to_utc()));
            }
            _ => {}
        }
    }
}

/// The ends that were told of one token.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    told: Vec<DateTime<Utc>>,
    /// Those without a zone, which not all who write them mean in ours.
    local: Vec<DateTime<Utc>>,
    no_life: Option<String>,
}

impl Ends {
    /// The earliest of them and of `own`, the expiry in the token itself.
    pub(crate) fn earliest(self, own: Option<DateTime<Utc>>) -> End {
        let told = self.told.into_iter().chain(own).min().or(self.local.into_iter().min());
        match (self.no_life, told) {
            (Some(name), _) => End::NoLife(name),
            (None, Some(end)) => End::At(end),
            (None, None) => End::NoExpiry,
        }
    }

    /// The same where a life of nothing says nothing.
    pub(crate) fn without_no_life(self) -> Self {
        Self { no_life: None, ..self }
    }
}

/// Whether a field of this name tells a life rather than an end, and in which unit; `None` where it tells neither.
fn usual(name: &str) -> Option<(bool, Unit)> {
    let name = plain(name);
    let of_token = OF_TOKEN.iter().find_map(|prefix| name.strip_prefix(prefix)).filter(|rest| !rest.is_empty());
    let name = of_token.unwrap_or(&name);
    let without_unit = |name| UNITS.iter().find_map(|(suffix, unit)| Some((str::strip_suffix(name, suffix)?, *unit)));
    let (base, unit) = without_unit(name).unwrap_or((name, Unit::Unknown));
    // `expiration_timestamp_ms` ends with two of them.
    let (base, unit) = match without_unit(base) {
        Some((base, Unit::Unknown)) => (base, unit),
        Some((base, inner)) if unit == Unit::Unknown => (base, inner),
        _ => (base, unit),
    };
    let is_in =
        |names: &[&str]| names.contains(&base) || base.strip_suffix("in").is_some_and(|base| names.contains(&base));
    // `expiration_seconds` is a life.
    let is_life = is_in(&LIVES) || matches!(unit, Unit::Seconds | Unit::Minutes | Unit::Hours) && is_in(&ENDS);
    (is_life || is_in(&ENDS)).then_some((is_life, unit))
}

/// A name in small letters, without separators.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | '.' | ' ')).map(|c| c.to_ascii_lowercase()).collect()
}

/// The end of a life of `length`.
pub(super) fn after(now: DateTime<Utc>, length: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(length).ok().and_then(|length| now.checked_add_signed(length)).unwrap_or(now)
}

/// The value at a dotted `path`; a member whose name has the dots in it goes first.
#[must_use]
pub fn field<'a>(object: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    way(object, path).map(|(_, value)| value)
}

/// The objects around the value at a dotted `path`, from the outermost on, and the value.
pub(crate) fn way<'a>(object: &'a Map<String, Value>, path: &str) -> Option<(Vec<&'a Map<String, Value>>, &'a Value)> {
    if let Some(value) = object.get(path) {
        return Some((vec![object], value));
    }
    let (first, rest) = path.split_once('.')?;
    let (mut around, value) = way(object.get(first)?.as_object()?, rest)?;
    around.insert(0, object);
    Some((around, value))
}

#[cfg(test)]
mod tests;
