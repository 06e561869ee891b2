//! Assertions that another system signs, of the client or as the grant, and the options that they exclude.

use crate::bearer::options::BearerOptions;
use crate::config::Profile;
use crate::error::{Error, Report};
use crate::oauth::assertion::ReadyAssertion;
use crate::oauth::client::Method;
use crate::run::Run;
use crate::secret::Source;

const ASSERTION: &str = "--assertion";
const CLIENT_ASSERTION: &str = "--client-assertion";

impl BearerOptions {
    /// The assertion of `--assertion`, which is the grant.
    ///
    /// # Errors
    /// Those of reading it.
    pub(super) fn ready_assertion(&self, run: &Run) -> Result<Option<ReadyAssertion>, Error> {
        self.assertion.assertion.as_deref().map(|text| read(ASSERTION, text, run)).transpose()
    }

    /// The assertion of `--client-assertion`, and its type where that is given.
    ///
    /// # Errors
    /// Those of reading it.
    pub(super) fn ready_client_assertion(&self, run: &Run) -> Result<Option<(ReadyAssertion, Option<String>)>, Error> {
        let client = &self.client;
        let assertion = client.client_assertion.as_deref().map(|text| read(CLIENT_ASSERTION, text, run)).transpose()?;
        Ok(assertion.map(|assertion| (assertion, client.client_assertion_type.clone())))
    }

    /// Of two credentials for one purpose one is too many.
    ///
    /// # Errors
    /// [`Error::Usage`] for options that exclude each other.
    pub(super) fn check_ready_made(&self, run: &Run) -> Result<(), Error> {
        let (client, assertion) = (&self.client, &self.assertion);
        if client.client_assertion.is_some() {
            let others = [("--client-key", &client.client_key), ("--client-secret", &client.client_secret)];
            excluded(CLIENT_ASSERTION, &others, "each proves who the client is")?;
            let usual = [None, Some(Method::PrivateKeyJwt), Some(Method::ClientSecretJwt)];
            let is_of_profile = ["--client-auth", CLIENT_ASSERTION].iter().any(|option| is_of_profile(option, run));
            if !usual.contains(&client.client_auth) && !is_of_profile {
                let way = client.client_auth.map_or("", Method::name);
                let fact = format_args!(" {way} cannot be used with {CLIENT_ASSERTION}");
                let remedy = "remove one of them";
                return Err(Error::Usage(
                    Report::of("--client-auth", fact, "an assertion is another way to authenticate", remedy)
                        .and(CLIENT_ASSERTION),
                ));
            }
        }
        if assertion.assertion.is_some() {
            excluded(
                ASSERTION,
                &[("--assertion-key", &assertion.assertion_key)],
                "each is the assertion of the grant",
            )?;
        }
        Ok(())
    }
}

fn read(option: &'static str, text: &str, run: &Run) -> Result<ReadyAssertion, Error> {
    Ok(ReadyAssertion::new(option, Source::parse(option, text)?, run.sources()))
}

fn excluded(option: &str, others: &[(&str, &Option<String>)], cause: &str) -> Result<(), Error> {
    let other = others.iter().find(|(_, given)| given.is_some());
    other.map_or(Ok(()), |(other, _)| {
        let fact = format_args!(" and {other} are given");
        Err(Error::Usage(Report::of(option, fact, cause, "remove one of them").and(other)))
    })
}

/// Whether the profile gives this option, and not the command line.
pub(super) fn is_of_profile(option: &str, run: &Run) -> bool {
    run.profile().is_some_and(|profile: &Profile| profile.gives(option))
}
