//! What an MCP server that refuses the credentials says, in words.

use crate::error::{OutsideText, Redactor};
use crate::oauth::challenge::Challenge;

/// What a server asks for with a refusal.
pub(super) struct Refusal {
    challenges: Vec<Challenge>,
}

impl Refusal {
    /// That of the `WWW-Authenticate` lines of an answer.
    pub(super) fn parse<L: AsRef<[u8]>>(lines: impl IntoIterator<Item = L>) -> Self {
        Self { challenges: Challenge::parse(lines) }
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.challenges.iter().find_map(|challenge| challenge.parameter(name))
    }

    /// The cause of the failure, as the server says it.
    pub(super) fn cause(&self, redactor: &Redactor) -> String {
        let shown = |name| self.parameter(name).map(|value| OutsideText::new(value).shown(redactor));
        let refused = "the server does not accept the credentials";
        match (shown("error"), shown("error_description")) {
            (Some(error), Some(text)) => format!("{refused} ({error}: {text})"),
            (Some(error), None) | (None, Some(error)) => format!("{refused} ({error})"),
            (None, None) => refused.to_owned(),
        }
    }

    /// What to do.
    pub(super) fn remedy(&self, redactor: &Redactor) -> String {
        let scope = self.parameter("scope").filter(|_| self.parameter("error") == Some("insufficient_scope"));
        match scope {
            Some(scope) => {
                let words = OutsideText::new(scope).words(redactor, &[]);
                format!("ask for a token with the scopes \"{words}\": give the helper --scope")
            }
            None => "check the helper's options, and that this server accepts what it makes".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_said_in_the_servers_words() {
        let redactor = Redactor::default();
        for (lines, cause, remedy) in [
            (&[][..], "", "check the helper's options, and that this server accepts what it makes"),
            (
                &[r#"Bearer error="invalid_token", error_description="The token expired""#][..],
                " (invalid_token: The token expired)",
                "check the helper's options, and that this server accepts what it makes",
            ),
            (
                &["Basic realm=a", r#"Bearer error="insufficient_scope", scope="files:read files:write""#],
                " (insufficient_scope)",
                "ask for a token with the scopes \"files:read files:write\": give the helper --scope",
            ),
        ] {
            let refusal = Refusal::parse(lines);
            let expected = format!("the server does not accept the credentials{cause}");
            assert_eq!((refusal.cause(&redactor), refusal.remedy(&redactor)), (expected, remedy.to_owned()));
        }
    }
}
