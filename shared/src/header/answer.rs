//! What a helper makes, and the forms in which it is printed.

use clap::ValueEnum;

use crate::error::Error;
use crate::header::Headers;
use crate::secret::Secret;

/// What a helper made.
#[derive(Debug)]
pub enum Answer {
    /// What it is for.
    Headers {
        /// All headers.
        headers: Headers,
        /// The value that `--format token` prints bare.
        token: Secret,
    },
    /// What a verb has to say, whole lines.
    Text(String),
}

impl Answer {
    /// What is printed of it.
    ///
    /// # Errors
    /// Those of [`Headers::to_json`] and [`Headers::to_curl`].
    pub fn printed(self, format: Format) -> Result<Secret, Error> {
        let (headers, token) = match self {
            Self::Headers { headers, token } => (headers, token),
            Self::Text(text) => return Ok(Secret::new(text.into_bytes())),
        };
        match format {
            Format::Headers => headers.to_json(),
            Format::Curl => headers.to_curl(),
            Format::Token => {
                // What is too large for a header is too large here.
                headers.to_json()?;
                let mut line = token.expose().to_vec();
                line.push(b'\n');
                Ok(Secret::new(line))
            }
        }
    }
}

/// What a helper prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object of headers.
    Headers,
    /// Lines for "curl -K -".
    Curl,
    /// The bare token, signature or tenant.
    Token,
}
