//! What a helper makes, and the forms in which it is printed.

use clap::ValueEnum;

use crate::error::Error;
use crate::header::{Headers, Life};
use crate::secret::Secret;

/// What a helper made.
#[derive(Debug)]
pub enum Answer {
    /// What it is for.
    Headers(Made),
    /// What a verb has to say, whole lines.
    Text(String),
}

/// The headers that a helper made.
#[derive(Debug)]
pub struct Made {
    /// All headers, in their order.
    pub headers: Headers,
    /// The value that was made for them: the token, signature or tenant that `--format token` prints bare.
    pub token: Secret,
    /// For how long they may be sent.
    pub life: Life,
}

/// What one call of a helper came to, where a program of ours calls it in its own process.
#[derive(Debug)]
pub struct CallOutcome {
    /// The headers, or why there are none.
    pub result: Result<Made, Error>,
    /// What the user should mend all the same, a line each; only what no call of the same helper has said before.
    pub warnings: Vec<String>,
    /// The steps that `--explain` shows, a line each; none without it.
    pub steps: Vec<String>,
}

impl Answer {
    /// What is printed of it.
    ///
    /// # Errors
    /// Those of [`Headers::to_json`] and [`Headers::to_curl`].
    pub fn printed(self, format: Format) -> Result<Secret, Error> {
        let (headers, token) = match self {
            Self::Headers(Made { headers, token, .. }) => (headers, token),
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
