//! Reading in a thread of its own, for streams of which the system does not say when there is something to read: regular
//! files, and all on Windows.

use std::io::{self, Read};
use std::thread;

use tokio::sync::mpsc::{Receiver, channel};

/// A thread that reads. It is one portion ahead at most, and is left behind when the process exits.
#[derive(Debug)]
pub(super) struct Thread(Receiver<Vec<u8>>);

impl Thread {
    /// Reads `stream` to its end, in portions of at most `length` bytes.
    ///
    /// # Errors
    /// Those of the system.
    pub(super) fn start(mut stream: impl Read + Send + 'static, length: usize) -> io::Result<Self> {
        let (sender, receiver) = channel(1);
        let read = move || {
            loop {
                let mut portion = vec![0; length];
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

    /// The next portion, `None` after the last.
    pub(super) async fn read(&mut self) -> Option<Vec<u8>> {
        self.0.recv().await
    }
}
