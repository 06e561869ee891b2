//! The algorithms that helpers sign tokens with (RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864 section 2.2).

use jsonwebtoken::Algorithm as Signer;

use crate::error::{Error, Report, is_plain_word};

/// An algorithm, by the name that a token gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the RFCs")]
pub enum Algorithm {
    HS256,
    HS384,
    HS512,
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    EdDSA,
    /// The same as EdDSA with an Ed25519 key, under its newer name.
    Ed25519,
}

const ALL: [Algorithm; 13] = [
    Algorithm::HS256,
    Algorithm::HS384,
    Algorithm::HS512,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
    Algorithm::Ed25519,
];

impl Algorithm {
    /// The algorithm called `name`, if helpers sign with it.
    pub(super) fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|known| known.name() == name)
    }

    /// Its name in a token.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::EdDSA => "EdDSA",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// The bits of the hash under an HS algorithm; `None` for the others.
    pub(super) fn hash_bits(self) -> Option<usize> {
        match self {
            Self::HS256 => Some(256),
            Self::HS384 => Some(384),
            Self::HS512 => Some(512),
            _ => None,
        }
    }

    /// Whether both make the same signatures.
    pub(super) fn signs_like(self, other: Self) -> bool {
        self.signer() == other.signer()
    }

    /// What makes the signatures.
    pub(super) fn signer(self) -> Signer {
        match self {
            Self::HS256 => Signer::HS256,
            Self::HS384 => Signer::HS384,
            Self::HS512 => Signer::HS512,
            Self::RS256 => Signer::RS256,
            Self::RS384 => Signer::RS384,
            Self::RS512 => Signer::RS512,
            Self::PS256 => Signer::PS256,
            Self::PS384 => Signer::PS384,
            Self::PS512 => Signer::PS512,
            Self::ES256 => Signer::ES256,
            Self::ES384 => Signer::ES384,
            Self::EdDSA | Self::Ed25519 => Signer::EdDSA,
        }
    }
}

/// The algorithm called `name`.
///
/// # Errors
/// [`Error::Usage`] for a name that no algorithm has, `none` among them.
pub fn parse_algorithm(option: &str, name: &str) -> Result<Algorithm, Error> {
    Algorithm::named(name).ok_or_else(|| {
        let remedy = match ALL.iter().find(|known| known.name().eq_ignore_ascii_case(name)) {
            Some(known) => format!("write {}", known.name()),
            None => format!("use one of {}", ALL.map(Algorithm::name).join(" ")),
        };
        let shown = if is_plain_word(name) { format!(" {name}") } else { String::new() };
        Error::Usage(Report::of(option, shown, "helpers do not sign with it", remedy))
    })
}
