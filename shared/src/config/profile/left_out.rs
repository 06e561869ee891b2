//! What a run says of the secrets of a profile that are not used, since the command line names another recipient.

use super::Profile;
use super::alternatives::has;
use super::options::LeftOut;
use crate::error::{Error, Report};

impl LeftOut {
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.credentials.iter().chain(&self.others).map(String::as_str)
    }

    /// Why.
    pub(super) fn cause(&self) -> String {
        let verb = if self.by.len() > 1 { "name" } else { "names" };
        format!("{} on the command line {verb} another recipient", self.by())
    }

    /// What names the recipient, in words.
    fn by(&self) -> String {
        self.by.join(" and ")
    }

    /// Whether a request would be sent without any credential.
    fn is_bare(&self) -> bool {
        !self.is_local && !self.has_credential && !self.credentials.is_empty()
    }

    /// What the user should know although the run goes on.
    pub(super) fn warning(&self) -> Option<String> {
        let names: Vec<_> = self.names().collect();
        let is_silent = self.is_local || self.is_bare() || names.is_empty();
        (!is_silent).then(|| {
            let [verb, them] = if names.len() > 1 { ["are", "them"] } else { ["is", "it"] };
            let (names, cause) = (names.join(" and "), self.cause());
            format!("the profile's {names} {verb} not used: {cause}; give {them} on the command line too")
        })
    }

    /// The reason of `error`, where that is about one of them.
    pub(super) fn reason_of(&self, error: &Error) -> Option<String> {
        let name = self.names().find(|name| error.is_about(name))?;
        let is_told = self.is_bare();
        (!is_told).then(|| format!("the profile's {name} is not used because {}", self.cause()))
    }
}

impl Profile {
    /// The error that a request would be sent without the credential that the profile has, as that was not given for its
    /// recipient. Those in `unless` are not missed.
    #[must_use]
    pub fn missing_credential(&self, unless: &[&str]) -> Option<Error> {
        let left_out = &self.left_out;
        let is_missed = |name: &&String| !has(unless, name.trim_start_matches('-'));
        let missed: Vec<_> = left_out.credentials.iter().filter(is_missed).map(String::as_str).collect();
        (left_out.is_bare() && !missed.is_empty()).then(|| {
            let names = missed.join(" and ");
            let verb = if missed.len() > 1 { "are" } else { "is" };
            let cause = format_args!("the profile's {verb} not used because {}", left_out.cause());
            let remedy = format_args!(
                "give a credential on the command line too, remove {}, or move it into the profile",
                left_out.by()
            );
            Error::Usage(Report::new(format_args!("{names} {verb} missing"), cause, remedy).and_all(missed))
        })
    }
}
