//! The helpers that hdr-tenant wraps, called in the process of the program that calls hdr-tenant: it is told for which request
//! they make headers, and which token was refused.

use super::{Bearer, Hmac, Jwt};
use crate::header::CallOutcome;
use crate::program::helper::{Helper, Program};
use crate::program::in_process::{CallerOptions, InProcess};
use crate::program::options::Options;
use crate::run::Run;
use crate::tenant::WrappedCall;

/// What the wrapped helper makes in `run` of hdr-tenant, whose own options are `options`; `None` where it is another program.
pub(super) fn call(call: WrappedCall, options: &Options, run: &Run) -> Option<CallOutcome> {
    match call.name {
        Hmac::NAME => in_process::<Hmac>(call, options, run),
        Jwt::NAME => in_process::<Jwt>(call, options, run),
        Bearer::NAME => in_process::<Bearer>(call, options, run),
        _ => None,
    }
}

fn in_process<H: Helper>(wrapped: WrappedCall, options: &Options, run: &Run) -> Option<CallOutcome> {
    let WrappedCall { words, variables, marks, .. } = wrapped;
    let call = run.call_with(variables)?;
    let caller = CallerOptions {
        server_url: options.server_url.as_deref(),
        server_name: options.server_name.as_deref(),
        log: options.log.as_deref(),
        explain: options.explain,
    };
    let mut outcome = None;
    match InProcess::<H>::told(&words, caller, marks) {
        Ok(helper) => helper.call_in_run(call, |of_call| outcome = Some(of_call)),
        Err(error) => outcome = Some(CallOutcome { result: Err(error), warnings: Vec::new(), steps: Vec::new() }),
    }
    outcome
}
