//! Signing in on another device (RFC 8628): the person enters a code there, and the token endpoint is asked until that is done.

use std::time::Duration;

use crate::bearer::endpoint::PreparedRequest;
use crate::bearer::login::{Login, person};
use crate::error::{Error, Report};
use crate::oauth::device::{DeviceRequest, slower};
use crate::oauth::grant::Grant;
use crate::oauth::request::{Polled, Reply};
use crate::os::clock::{Deadline, monotonic};

const SECOND: Duration = Duration::from_secs(1);

impl Login<'_> {
    /// Shows the person a code, and waits until the server says that it was entered.
    ///
    /// # Errors
    /// Those of [`DeviceRequest::send`] and [`PreparedRequest::poll`]; [`Error::Transient`] when the code expires.
    pub(super) fn allowed(&self, prepared: &PreparedRequest<'_>) -> Result<(Grant, Reply), Error> {
        let endpoint = prepared.server().sign_in.device_endpoint.as_ref().ok_or_else(|| {
            let cause = "no device authorization endpoint is known";
            Error::Usage(Report::of("--device-url", " is missing", cause, "give --device-url"))
        })?;
        let parameters = prepared.parameters();
        let others = [("resource", parameters.resource()), ("audience", parameters.audience())];
        let others = others
            .into_iter()
            .flat_map(|(name, values)| values.iter().map(move |value| (name.to_owned(), value.clone())));
        let request = DeviceRequest {
            server: prepared.server(),
            endpoint,
            client: prepared.client(),
            scope: prepared.scope(),
            others: &others.collect::<Vec<_>>(),
        };
        let transport = || self.options.way(self.options.certificate(self.run)?, self.step(), self.run);
        let asked = request.send(&transport()?, self.run.notes())?;
        let time = self.patience.map_or(asked.life, |patience| patience.min(asked.life));
        person::show_code(&asked.user_code, &asked.verification_url, asked.complete_url.as_deref(), time);
        let deadline = Deadline::new(monotonic(), time);
        let grant = Grant::DeviceCode(asked.device_code);
        let mut interval = asked.interval;
        loop {
            pause(interval, &deadline);
            if deadline.remaining().is_zero() {
                person::end();
                let fact = "the code was not entered in time";
                let cause = format_args!("{}s are over", time.as_secs());
                return Err(Error::Transient(Report::new(fact, cause, "run login again")));
            }
            match prepared.poll(&grant, &transport()?) {
                Ok(Polled::Allowed(reply)) => {
                    person::end();
                    return Ok((grant, reply));
                }
                Ok(Polled::Pending) => {}
                Ok(Polled::TooSoon(said)) => interval = slower(interval, said),
                Ok(Polled::Unavailable) => interval = interval.saturating_mul(2).min(time),
                Err(error) => {
                    person::end();
                    return Err(error);
                }
            }
        }
    }
}

/// Waits for `interval`, and says meanwhile how long the code is good for.
fn pause(interval: Duration, deadline: &Deadline) {
    let until = Deadline::new(monotonic(), interval);
    while !until.remaining().is_zero() && !deadline.remaining().is_zero() {
        person::count_down("Waiting for the code to be entered", deadline.remaining());
        deadline.pause(until.remaining().min(SECOND));
    }
}
