//! Whom hdr-bridge asks for headers: the helper behind `--`, and the templates of `-H`.

#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::ffi::OsString;
use std::sync::Arc;

use crate::bridge::credentials::{Asker, HelperCommand};
use crate::config::profile::helper_of;
use crate::error::notes::KnownWarnings;
use crate::error::{Error, Report};
use crate::header::template::OwnValues;
use crate::header::{CallOutcome, HeaderTemplates, Life, Made};
use crate::os::file;
use crate::program::helper::{Helper, Program};
use crate::program::helpers::{Bearer, Hmac, Jwt, Tenant};
use crate::program::in_process::{CallerOptions, InProcess};
use crate::run::{Call, KeyBinding, Run};
use crate::secret::Secret;

/// The helper that the words behind `--` name: one of ours, whatever the folder that it is said to be in, is called in this
/// process; anything else is a command. What issues tokens to ours binds them to `binding`.
///
/// # Errors
/// Those of [`InProcess::new`] and [`HelperCommand::new`].
pub(crate) fn of_words(
    words: &[OsString],
    caller: CallerOptions<'_>,
    binding: Option<Arc<KeyBinding>>,
) -> Result<Asker, Error> {
    let program = words.first().map(OsString::as_os_str).unwrap_or_default();
    match helper_of(&program.to_string_lossy()) {
        Some(Hmac::NAME) => in_process::<Hmac>(words, caller, binding, true),
        Some(Jwt::NAME) => in_process::<Jwt>(words, caller, binding, false),
        Some(Bearer::NAME) => in_process::<Bearer>(words, caller, binding, false),
        Some(Tenant::NAME) => in_process::<Tenant>(words, caller, binding, false),
        _ => command(words, caller),
    }
}

/// Another program.
fn command(words: &[OsString], caller: CallerOptions<'_>) -> Result<Asker, Error> {
    let words = words.iter().map(|word| word.to_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
    let words = words.ok_or_else(|| {
        let fact = "a word behind -- is not UTF-8";
        Error::Usage(Report::new(fact, "clients keep command lines in text files", "write it in UTF-8"))
    })?;
    let url = caller.server_url.unwrap_or_default();
    let helper = HelperCommand::new(&words, caller.server_name, url, caller.explain)?;
    let known = KnownWarnings::default();
    Ok(Asker::new("", false, move |_, hand_over| {
        let outcome = helper.call();
        let warnings = known.new_among(outcome.warnings);
        hand_over(CallOutcome { warnings, ..outcome });
    }))
}

fn in_process<H: Helper + Send + Sync + 'static>(
    words: &[OsString],
    caller: CallerOptions<'_>,
    binding: Option<Arc<KeyBinding>>,
    is_for_one_request: bool,
) -> Result<Asker, Error> {
    let helper = InProcess::<H>::new(words, caller)?;
    Ok(Asker::new(H::NAME, is_for_one_request, move |call, hand_over| {
        helper.call(Call { binding: binding.clone(), ..call }, hand_over);
    }))
}

/// The headers of `-H`, rendered anew in each `run`, which reads their sources anew.
pub(crate) fn of_templates(
    templates: HeaderTemplates,
    run: impl Fn(Call) -> Result<Run, Error> + Send + Sync + 'static,
) -> Asker {
    let known = KnownWarnings::default();
    // Its messages name the header.
    Asker::new("", false, move |call, hand_over| {
        file::begin_run();
        let run = match run(call) {
            Ok(run) => run,
            Err(error) => {
                return hand_over(CallOutcome { result: Err(error), warnings: Vec::new(), steps: Vec::new() });
            }
        };
        let result = templates.render(&run, &OwnValues::default()).map(|headers| {
            let life = if run.is_for_request() { Life::OneRequest } else { Life::Unknown };
            Made { headers, token: Secret::default(), life }
        });
        let warnings = known.new_among(run.notes().warnings());
        hand_over(CallOutcome { result, warnings, steps: run.notes().steps() });
    })
}
