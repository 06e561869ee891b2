//! Bodies in gzip, which nobody asked for: they are decoded a little at a time, so that a small body never becomes a large
//! one at once.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use hyper::body::Bytes;

/// How much is decoded at once. It becomes at most a thousand times as much.
const PORTION: usize = 256;

/// A body that is being decoded.
#[derive(Debug)]
pub(super) struct Gzip {
    decoder: MultiGzDecoder<Vec<u8>>,
    /// What has come and is not decoded.
    encoded: Bytes,
    has_begun: bool,
}

impl Gzip {
    pub(super) fn new() -> Self {
        Self { decoder: MultiGzDecoder::new(Vec::new()), encoded: Bytes::new(), has_begun: false }
    }

    /// Takes what has come; all that came before is decoded.
    pub(super) fn push(&mut self, encoded: Bytes) {
        self.has_begun |= !encoded.is_empty();
        self.encoded = encoded;
    }

    /// The next decoded bytes of what has come; none when more of it is needed.
    ///
    /// # Errors
    /// When it is damaged.
    pub(super) fn decoded(&mut self) -> io::Result<Bytes> {
        while self.decoder.get_ref().is_empty() && !self.encoded.is_empty() {
            let mut portion = self.encoded.split_to(self.encoded.len().min(PORTION));
            while !portion.is_empty() {
                let taken = self.decoder.write(&portion)?;
                if taken == 0 {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                let _ = portion.split_to(taken);
            }
            // A stream waits for events that are complete.
            self.decoder.flush()?;
        }
        Ok(std::mem::take(self.decoder.get_mut()).into())
    }

    /// What is decoded when all has come.
    ///
    /// # Errors
    /// When it is damaged or cut off.
    pub(super) fn end(&mut self) -> io::Result<Bytes> {
        if self.has_begun {
            self.decoder.try_finish()?;
        }
        Ok(std::mem::take(self.decoder.get_mut()).into())
    }
}
