//! What a run reports besides its headers: warnings, and the steps that `--explain` shows.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::error::{OutsideText, Redactor};

/// The notes of one run. Nothing is printed here; the caller that prints the headers prints these too.
#[derive(Debug, Default)]
pub struct Notes {
    explaining: bool,
    redactor: Redactor,
    steps: RefCell<Vec<Step>>,
    warnings: RefCell<Vec<String>>,
    log_only_warnings: RefCell<Vec<String>>,
}

/// What was done, and what a program wrote meanwhile: the secrets in that may be read later only.
#[derive(Debug)]
struct Step {
    text: String,
    output: Option<OutsideText>,
}

impl Notes {
    /// Notes that keep steps only where they are asked for.
    #[must_use]
    pub fn new(explaining: bool) -> Self {
        Self { explaining, ..Self::default() }
    }

    /// Whether `--explain` was given.
    #[must_use]
    pub fn explaining(&self) -> bool {
        self.explaining
    }

    /// The secrets of this run, to which whoever reads, receives or makes one adds it.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Notes a step: where a value came from, what was done. It must not hold a secret.
    pub fn explain(&self, step: impl FnOnce() -> String) {
        if self.explaining {
            self.steps.borrow_mut().push(Step { text: step(), output: None });
        }
    }

    /// Notes a step, and behind it what a program wrote meanwhile. The step itself must not hold a secret.
    pub fn explain_with(&self, step: impl FnOnce() -> String, output: OutsideText) {
        if self.explaining {
            self.steps.borrow_mut().push(Step { text: step(), output: Some(output) });
        }
    }

    /// Notes something that the user should mend although the run succeeds. It must not hold a secret.
    pub fn warn(&self, warning: impl Into<String>) {
        let (mut warnings, warning) = (self.warnings.borrow_mut(), warning.into());
        // What is rendered twice has the same thing to say twice.
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// Notes a warning that is for the log and for those who ask: it would be on stderr of every run.
    pub fn warn_in_log_only(&self, warning: impl Into<String>) {
        let warning = warning.into();
        if self.log_only_warnings.borrow().contains(&warning) {
            return;
        }
        self.explain(|| format!("warning: {warning}"));
        self.log_only_warnings.borrow_mut().push(warning);
    }

    /// The steps so far, in their order; none unless explaining.
    #[must_use]
    pub fn steps(&self) -> Vec<String> {
        let shown = |step: &Step| {
            let output = step.output.as_ref().map(|output| output.shown(&self.redactor));
            step.text.clone() + &output.unwrap_or_default()
        };
        self.steps.borrow().iter().map(shown).collect()
    }

    /// The warnings so far, in their order.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.borrow().clone()
    }

    /// The warnings that are not for stderr so far, in their order.
    #[must_use]
    pub fn log_only_warnings(&self) -> Vec<String> {
        self.log_only_warnings.borrow().clone()
    }
}

/// The warnings of many runs of one process, each of which is worth telling once.
#[derive(Debug, Default)]
pub(crate) struct KnownWarnings(Mutex<BTreeSet<String>>);

impl KnownWarnings {
    /// The most that are known: what is another text each time would grow for ever.
    const MOST: usize = 100;

    /// Those of `warnings` that are new.
    pub(crate) fn new_among(&self, mut warnings: Vec<String>) -> Vec<String> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.retain(|warning| !known.contains(warning));
        if known.len() < Self::MOST {
            known.extend(warnings.iter().cloned());
        }
        warnings
    }
}
