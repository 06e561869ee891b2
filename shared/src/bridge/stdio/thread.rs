//! Reading in a thread of its own, for streams of which the system does not say when there is something to read: regular
//! files, and all on Windows.

use std::io::{self, Read};
use std::thread;

use tokio::sync::mpsc::{Receiver, channel};

use super::input::PORTION;

/// A thread that reads. It is one portion ahead at most, and is left behind when the process exits.
#[derive(Debug)]
pub(super) struct Thread(Receiver<Vec<u8>>);

impl Thread {
    /// Reads stdin.
    ///
    /// # Errors
    /// Those of the system.
    #[cfg(not(unix))]
    #[expect(clippy::disallowed_methods, reason = "hdr-bridge is a stdio server: its client sends messages there")]
    pub(super) fn stdin() -> io::Result<Self> {
        Self::start(io::stdin())
    }

    /// Reads `stream` to its end.
    ///
    /// # Errors
    /// Those of the system.
    pub(super) fn start(mut stream: impl Read + Send + 'static) -> io::Result<Self> {
        let (sender, receiver) = channel(1);
        let read = move || {
            loop {
                let mut portion = vec![0; PORTION];
                match stream.read(&mut portion) {
                    Ok(read @ 1..) => {
                        portion.truncate(read);
                        if sender.blocking_send(portion).is_err() {
                            return;
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Ok(0) | Err(_) => return,
                }
            }
        };
        thread::Builder::new().name("stdin".to_owned()).spawn(read)?;
        Ok(Self(receiver))
    }

    /// Puts the next portion into `portion`; returns its length, which is zero at the end.
    pub(super) async fn read(&mut self, portion: &mut Vec<u8>) -> usize {
        *portion = self.0.recv().await.unwrap_or_default();
        portion.len()
    }
}
