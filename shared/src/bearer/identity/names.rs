//! The name of a request, and what is the same of it whatever the commands print that are run for its secrets.

use crate::cache::fingerprint::{Fingerprint, Inputs};
use crate::os::user_key::Key;
use crate::secret::Secret;

/// What shapes a token, collected for both.
pub(super) struct Names {
    all: Inputs,
    /// All but what commands print.
    steady: Inputs,
    /// The options whose values they print.
    printed: Vec<String>,
}

/// What is the same of a request in each run, and the options whose values may not be.
pub(in crate::bearer) struct Steady {
    pub(in crate::bearer) name: Fingerprint,
    pub(in crate::bearer) printed: Vec<String>,
}

impl Names {
    pub(super) fn new(key: &Key) -> Self {
        Self { all: Inputs::new(key), steady: Inputs::new(key), printed: Vec::new() }
    }

    /// An input that is no secret.
    pub(super) fn text(self, label: &str, text: impl AsRef<[u8]>) -> Self {
        let text = text.as_ref();
        Self { all: self.all.text(label, text), steady: self.steady.text(label, text), ..self }
    }

    /// An input of several values, in their order.
    pub(super) fn list<T: AsRef<[u8]>>(self, label: &str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<_> = values.into_iter().collect();
        Self { all: self.all.list(label, &values), steady: self.steady.list(label, &values), ..self }
    }

    /// A secret input.
    pub(super) fn secret(self, label: &str, secret: &Secret) -> Self {
        Self { all: self.all.secret(label, secret), steady: self.steady.secret(label, secret), ..self }
    }

    /// A secret input that a command prints, for this option.
    pub(super) fn printed(mut self, option: &str, label: &str, secret: &Secret) -> Self {
        if !self.printed.iter().any(|known| known == option) {
            self.printed.push(option.to_owned());
        }
        Self { all: self.all.secret(label, secret), ..self }
    }

    /// The name, and what is steady of it where commands print something.
    pub(super) fn finish(self) -> (Fingerprint, Option<Steady>) {
        let Self { all, steady, printed } = self;
        let steady = (!printed.is_empty()).then(|| Steady { name: steady.finish(), printed });
        (all.finish(), steady)
    }
}
