//! Which tenant a run is for.

use super::found::Found;
use super::list::{Tenant, Tenants};
use super::name;
use super::place::{LookupContext, Place};
use crate::error::{Error, Report};
use crate::os::environment::home;

/// A tenant, and the place that named it.
pub(super) struct Choice {
    pub(super) tenant: Tenant,
    pub(super) place: String,
}

/// The place `--tenant`, which comes before all others.
pub(super) const TENANT: &str = "--tenant";

/// Checks the value `given` with `--tenant`, which nothing asks for.
///
/// # Errors
/// [`Error::Usage`] when it is no tenant, or the list cannot be used.
pub(super) fn check(given: &str) -> Result<(), Error> {
    let about = |error: Error| error.about_option(TENANT);
    name::parse(TENANT, given.as_bytes()).map_err(about)?;
    // Without a HOME there is no list that it could be missing from.
    if home().is_some() { Tenants::read()?.tenant(TENANT, given.as_bytes()).map(drop).map_err(about) } else { Ok(()) }
}

/// Where a name may stand, the first place first.
pub(super) struct Candidates<'c> {
    given: Option<&'c str>,
    places: Vec<Place>,
    around: LookupContext<'c>,
}

impl<'c> Candidates<'c> {
    /// The value `given` with `--tenant`, then `places`.
    pub(super) fn new(given: Option<&'c str>, places: Vec<Place>, around: LookupContext<'c>) -> Self {
        Self { given, places, around }
    }

    /// What each place says, looked up one after the other.
    fn look(&self) -> impl Iterator<Item = Result<Found, Error>> {
        let given = self.given.map(|name| Ok(Found::Name { text: name.as_bytes().to_vec(), place: TENANT.to_owned() }));
        given.into_iter().chain(self.places.iter().map(|place| place.look(&self.around)))
    }

    /// The tenant of the first place that names one; else what was found at each.
    ///
    /// # Errors
    /// [`Error::Usage`] when a place cannot be used, or names what is no tenant.
    pub(super) fn find(&self) -> Result<Result<Choice, Vec<String>>, Error> {
        let mut nothing = Vec::new();
        for found in self.look() {
            match found? {
                Found::Name { text, place } => return self.choice(&text, place).map(Ok),
                Found::Nothing(what) => nothing.push(what),
            }
        }
        Ok(Err(nothing))
    }

    /// The tenant of the first place that names one.
    ///
    /// # Errors
    /// Those of [`Candidates::find`], and [`Error::Usage`] with every place where none does.
    pub(super) fn choose(&self) -> Result<Choice, Error> {
        self.find()?.map_err(|nothing| {
            let remedy = "give --tenant NAME, or run hdr-tenant use NAME in the project";
            Error::Usage(Report::new("no tenant is chosen", nothing.join(", "), remedy))
        })
    }

    /// A line for the tenant that is chosen, and one for each that a later place names, or why it cannot.
    ///
    /// # Errors
    /// Those of [`Candidates::choose`].
    pub(super) fn show(&self) -> Result<String, Error> {
        let mut lines = String::new();
        for found in self.look() {
            let told = match found {
                Ok(Found::Nothing(_)) => continue,
                Ok(Found::Name { text, place }) => self.choice(&text, place),
                Err(error) => Err(error),
            };
            match told {
                Ok(Choice { tenant, place }) if lines.is_empty() => lines = format!("{} from {place}\n", tenant.name),
                Ok(Choice { tenant, place }) => lines.extend(["shadows ", &tenant.name, " from ", &place, "\n"]),
                Err(error) if lines.is_empty() => return Err(error),
                Err(error) => lines.extend(["shadows a failure: ", &error.to_string(), "\n"]),
            }
        }
        if lines.is_empty() { self.choose().map(|_| lines) } else { Ok(lines) }
    }

    fn choice(&self, text: &[u8], place: String) -> Result<Choice, Error> {
        let tenant = self.around.tenants.tenant(&place, text);
        let tenant = tenant.map_err(|error| if place == TENANT { error.about_option(TENANT) } else { error })?;
        Ok(Choice { tenant, place })
    }
}
