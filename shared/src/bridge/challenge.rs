//! What an MCP server that refuses the credentials says, in words.

use crate::error::{OutsideText, Redactor};
use crate::oauth::challenge::Challenge;

/// What a server asks for with a refusal.
pub(super) struct Refusal {
    challenges: Vec<Challenge>,
    /// The name that it gives the error otherwise.
    kind: Option<String>,
}

/// What signs requests besides the helper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signing {
    Nothing,
    /// The proof of a key that the token is bound to.
    Proof,
    /// A key of its own.
    Key,
}

impl Refusal {
    /// That of the `WWW-Authenticate` lines of an answer.
    pub(super) fn parse<L: AsRef<[u8]>>(lines: impl IntoIterator<Item = L>) -> Self {
        Self { challenges: Challenge::parse(lines), kind: None }
    }

    /// The same with the name that AWS gives the error.
    pub(super) fn of_kind(self, kind: Option<&str>) -> Self {
        Self { kind: kind.and_then(|kind| kind.split(':').next()).map(str::to_owned), ..self }
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
            (None, None) => match &self.kind {
                Some(kind) => format!("{refused} ({})", OutsideText::new(kind).shown(redactor)),
                None => refused.to_owned(),
            },
        }
    }

    /// Whether the server takes only tokens that are sent with the proof of a key (RFC 9449 section 7.1).
    pub(super) fn wants_proof(&self) -> bool {
        let is_about_proof = matches!(self.parameter("error"), Some("use_dpop_nonce" | "invalid_dpop_proof"));
        let is_of = |scheme| self.challenges.iter().any(|challenge| challenge.is_of(scheme));
        is_about_proof || is_of("DPoP") && !is_of("Bearer")
    }

    /// What to do, where requests are signed so.
    pub(super) fn remedy(&self, signing: Signing, redactor: &Redactor) -> String {
        match (self.parameter("error"), signing) {
            (Some("use_dpop_nonce"), Signing::Proof) => {
                return "try again: the server wants another nonce in each proof that it is sent".to_owned();
            }
            (Some("invalid_dpop_proof"), Signing::Proof) => {
                return "check this machine's clock, and that the server accepts the algorithm of the key".to_owned();
            }
            (_, Signing::Nothing | Signing::Key) if self.wants_proof() => {
                return "add --sign dpop: the server takes only tokens that are bound to a key".to_owned();
            }
            _ => {}
        }
        let scope = self.parameter("scope").filter(|_| self.parameter("error") == Some("insufficient_scope"));
        match scope {
            Some(scope) => {
                let words = OutsideText::new(scope).words(redactor, &[]);
                format!("ask for a token with the scopes \"{words}\": give the helper --scope")
            }
            None if signing == Signing::Key => {
                "check the key of --sign, and that this server accepts its signatures".to_owned()
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
            (
                &[r#"DPoP error="use_dpop_nonce""#],
                " (use_dpop_nonce)",
                "add --sign dpop: the server takes only tokens that are bound to a key",
            ),
            (&["DPoP algs=ES256"], "", "add --sign dpop: the server takes only tokens that are bound to a key"),
            (
                &["DPoP algs=ES256", "Bearer realm=a"],
                "",
                "check the helper's options, and that this server accepts what it makes",
            ),
        ] {
            let refusal = Refusal::parse(lines);
            let expected = format!("the server does not accept the credentials{cause}");
            assert_eq!(
                (refusal.cause(&redactor), refusal.remedy(Signing::Nothing, &redactor)),
                (expected, remedy.to_owned())
            );
        }
        let with_proof =
            |error: &str| Refusal::parse([format!("DPoP error={error}")]).remedy(Signing::Proof, &redactor);
        for (error, remedy) in [
            ("use_dpop_nonce", "try again: the server wants another nonce in each proof that it is sent"),
            ("invalid_dpop_proof", "check this machine's clock, and that the server accepts the algorithm of the key"),
            ("invalid_token", "check the helper's options, and that this server accepts what it makes"),
        ] {
            assert_eq!(with_proof(error), remedy);
        }
        let of_aws = Refusal::parse(["AWS4-HMAC-SHA256"]).of_kind(Some("AccessDeniedException:http://internal/"));
        assert_eq!(of_aws.cause(&redactor), "the server does not accept the credentials (AccessDeniedException)");
        let remedy = "check the key of --sign, and that this server accepts its signatures";
        assert_eq!(of_aws.remedy(Signing::Key, &redactor), remedy);
    }
}
