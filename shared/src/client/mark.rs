//! Marks: what one of our programs tells another one of ours through the environment. Anybody may set variables, a
//! repository's settings too, so marks count only with an HMAC under the user's key, made by an ancestor that is alive.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use hmac::{KeyInit, Mac};

use crate::client::ancestry::{self, Process};
use crate::client::known::{self, Client};
use crate::os::clock::{self, Deadline, TIME_LEFT};
use crate::os::environment::{home, raw_setting};
use crate::os::private::Directory;
use crate::os::user_key::{Key, STATE_DIRECTORY};

type Hmac = hmac::Hmac<sha2::Sha256>;

/// Whether an MCP client asks, `yes` or `no`: the streams of a wrapped helper do not show it.
const MCP_CLIENT: &str = "HDR_MCP_CLIENT";

/// Set to `1` for what `--check` runs.
const CHECK: &str = "HDR_CHECK";

/// When the outermost of our programs started, in microseconds since 1970.
const STARTED_AT: &str = "HDR_STARTED";

/// The project's directory.
const PROJECT: &str = "HDR_PROJECT";

/// The pid and the start time of who set the marks, and the HMAC in hex; then what a check says of its client.
const HMAC: &str = "HDR_MARKS";

/// The marks that the HMAC is over, in its order.
const MARKS: [&str; 5] = [TIME_LEFT, MCP_CLIENT, CHECK, STARTED_AT, PROJECT];

/// For how long a missing key is waited for that another run is making.
const PATIENCE: Duration = Duration::from_millis(500);

/// Whether a variable of this name is a mark, or the HMAC of them.
#[cfg(feature = "bearer")]
pub(crate) fn is_mark(name: &str) -> bool {
    name == HMAC || MARKS.contains(&name)
}

/// Whether `variables` are marks that a helper of ours believes.
#[cfg(feature = "tenant")]
pub(crate) fn are_signed(variables: &[(&str, Option<OsString>)]) -> bool {
    variables.iter().any(|(name, value)| *name == HMAC && value.is_some())
}

/// What a helper of ours that runs this one says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// How long this run may take.
    pub(crate) time_left: Option<Duration>,
    /// Whether an MCP client asks.
    pub(crate) is_mcp_client: Option<bool>,
    /// What the check says that this run is one of; it is not counted for a client and leaves no trace.
    pub(crate) check: Option<CheckMark>,
    /// When the outermost of our programs started.
    pub(crate) started_at: Option<DateTime<Utc>>,
    /// The project's directory.
    pub(crate) project: Option<PathBuf>,
}

/// What a check says to a run as a client would start it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CheckMark {
    /// The client as `--check` names it, `claude-code:project` say.
    pub(crate) client: String,
    /// The variables that are set where the check was started and that the client does not pass on.
    pub(crate) stripped: Vec<String>,
}

impl CheckMark {
    fn parse(text: &str) -> Self {
        let mut words = text.split(' ').map(str::to_owned);
        Self { client: words.next().unwrap_or_default(), stripped: words.collect() }
    }

    /// The client, where it strips the variable `name`, which is set where the check was started.
    pub(crate) fn client_that_strips(&self, name: &str) -> Option<&'static Client> {
        let strips = self.stripped.iter().any(|stripped| stripped == name);
        known::chosen(std::slice::from_ref(&self.client)).into_iter().next().filter(|_| strips)
    }

    fn to_text(&self) -> String {
        self.stripped.iter().fold(self.client.clone(), |text, name| text + " " + name)
    }
}

impl Marks {
    /// Whether this run is one of a check.
    pub(crate) fn is_check(&self) -> bool {
        self.check.is_some()
    }

    /// The marks in our environment; none where they do not verify.
    pub(crate) fn inherited() -> Self {
        let Some(text) = raw_setting(HMAC) else { return Self::default() };
        let values = MARKS.map(raw_setting);
        let of_check = authentic(&values.each_ref().map(Option::as_deref), &text);
        of_check.map_or_else(Self::default, |of_check| Self::parse(values, of_check))
    }

    fn parse(values: [Option<OsString>; 5], of_check: &str) -> Self {
        let [time_left, is_mcp_client, check, started_at, project] = values;
        let text = |value: Option<OsString>| value.and_then(|value| value.into_string().ok());
        let started_at = text(started_at).and_then(|text| text.parse().ok());
        Self {
            time_left: text(time_left).and_then(|text| clock::parse_positive_duration(TIME_LEFT, &text).ok()),
            is_mcp_client: text(is_mcp_client).map(|text| text == "yes"),
            check: check.map(|_| CheckMark::parse(of_check)),
            started_at: started_at.and_then(DateTime::from_timestamp_micros),
            project: project.map(PathBuf::from),
        }
    }

    /// The variables for a program that we run, and those that it must not inherit. Without a key of the user, or where
    /// there can be none, the program gets them all the same, and ours ignore them.
    pub(crate) fn variables(&self) -> Vec<(&'static str, Option<OsString>)> {
        let values = [
            self.time_left.map(|left| format!("{}ms", left.as_millis()).into()),
            self.is_mcp_client.map(|is| if is { "yes" } else { "no" }.into()),
            self.check.as_ref().map(|_| "1".into()),
            self.started_at.map(|at| at.timestamp_micros().to_string().into()),
            self.project.clone().map(PathBuf::into_os_string),
        ];
        let of_check = self.check.as_ref().map(CheckMark::to_text).unwrap_or_default();
        let hmac = sign(&values.each_ref().map(Option::as_deref), &of_check);
        MARKS.into_iter().zip(values).chain([(HMAC, hmac)]).collect()
    }
}

/// The text of the HMAC of marks that this process sets.
fn sign(values: &[Option<&OsStr>; 5], of_check: &str) -> Option<OsString> {
    home()?;
    let state = Directory::open(STATE_DIRECTORY).ok()?;
    let key = Key::open(&state, &Deadline::new(clock::monotonic(), PATIENCE)).ok()?;
    let us = ancestry::this_process();
    let code = hmac_of(&key, values, of_check, &us)?.finalize().into_bytes();
    let text = format!("{} {} {} {of_check}", us.pid, us.started, hex::encode(code));
    Some(text.trim_end().into())
}

/// What a check says, where an ancestor that is alive set these marks, with the user's key.
fn authentic<'t>(values: &[Option<&OsStr>; 5], text: &'t OsStr) -> Option<&'t str> {
    home()?;
    let mut words = text.to_str()?.splitn(4, ' ');
    let (pid, started) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let code = hex::decode(words.next()?).ok()?;
    let of_check = words.next().unwrap_or_default();
    let setter = ancestry::ancestor(pid, started)?;
    let state = Directory::open_existing(STATE_DIRECTORY).ok()??;
    let key = Key::read(&state).ok()??;
    hmac_of(&key, values, of_check, &setter)?.verify_slice(&code).ok().map(|()| of_check)
}

fn hmac_of(key: &Key, values: &[Option<&OsStr>; 5], of_check: &str, setter: &Process) -> Option<Hmac> {
    let mut hmac = Hmac::new_from_slice(key.bytes()).ok()?;
    // Nothing else is made with the key itself.
    hmac.update(b"hdr marks\0");
    for (name, value) in MARKS.iter().zip(values) {
        hmac.update(name.as_bytes());
        match value.map(OsStr::as_encoded_bytes) {
            None => hmac.update(b"\0"),
            Some(value) => {
                hmac.update(b"=");
                hmac.update(&u64::try_from(value.len()).ok()?.to_be_bytes());
                hmac.update(value);
            }
        }
    }
    hmac.update(setter.boot.as_bytes());
    hmac.update(&setter.started.to_be_bytes());
    hmac.update(&setter.pid.to_be_bytes());
    hmac.update(of_check.as_bytes());
    Some(hmac)
}
