//! The client's side: lines from stdin, lines to stdout, and the signals by which a client ends us. Nothing of it blocks the
//! thread that all else runs on.

#[cfg(unix)]
mod descriptor;
mod input;
mod line;
mod output;
#[cfg(unix)]
mod polled;
mod signals;
mod sink;
mod source;
mod thread;

pub(crate) use self::input::Input;
pub(crate) use self::line::Line;
pub(crate) use self::output::Output;
pub(crate) use self::signals::Signals;

#[cfg(test)]
#[cfg(unix)]
mod tests;
