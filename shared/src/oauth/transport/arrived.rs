//! Reading what has arrived although the deadline is over: a process that was stopped while the answer came in, and goes
//! on, must not lose the refresh token in it.

use std::time::Duration;

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// How long to look for what is there already.
const LOOK: Duration = Duration::from_millis(1);

/// Lets the connections made before it read what has arrived.
#[derive(Debug)]
pub(super) struct ArrivedConnector;

impl<In: Transport> Connector<In> for ArrivedConnector {
    type Out = Arrived<In>;

    fn connect(&self, _: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(Arrived))
    }
}

/// A connection that is read past the deadline as long as that takes no waiting.
#[derive(Debug)]
pub(super) struct Arrived<T>(T);

impl<T: Transport> Transport for Arrived<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        match self.0.await_input(timeout) {
            Err(Error::Timeout(_)) => self.0.await_input(NextTimeout { after: LOOK.into(), ..timeout }),
            awaited => awaited,
        }
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}
