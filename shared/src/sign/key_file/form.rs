//! The forms of key files, as messages name them.

use std::fmt;

use super::KeyFile;

/// What a key file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sign) enum Form {
    Pem(Kind),
    /// PEM of which the BEGIN line cannot be read.
    BrokenPem,
    Der(Kind),
    /// A JWK, or a JWKS.
    Jwk(Kind),
    JwkList,
    ServiceAccount,
    PublicSsh,
    Putty,
    /// JKS or JCEKS.
    JavaKeyStore,
    /// Keys of OpenPGP that are no text.
    OpenPgp,
}

/// What is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sign) enum Kind {
    Private,
    /// A private key that a password protects.
    Encrypted,
    /// A private key as OpenSSH writes it by default.
    OpenSsh,
    OpenPgp,
    Pkcs12,
    /// The beginning of a private key.
    Damaged,
    Public,
    Certificate,
    /// The secret of an `oct` JWK.
    Shared,
    Other,
}

impl Form {
    /// Whether there is a private key in it, protected or not.
    pub(super) fn is_private(self) -> bool {
        match self {
            Self::Pem(kind) | Self::Der(kind) | Self::Jwk(kind) => {
                matches!(kind, Kind::Private | Kind::Encrypted | Kind::OpenSsh | Kind::Pkcs12 | Kind::Damaged)
            }
            Self::ServiceAccount | Self::Putty | Self::JavaKeyStore => true,
            Self::BrokenPem | Self::JwkList | Self::PublicSsh | Self::OpenPgp => false,
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pem(Kind::Private) => "a private key in PEM",
            Self::Pem(Kind::Encrypted) => "an encrypted private key in PEM",
            Self::Pem(Kind::OpenSsh) => "an OpenSSH private key",
            Self::Pem(Kind::OpenPgp) | Self::OpenPgp => "an OpenPGP key",
            Self::Pem(Kind::Public) => "a public key in PEM",
            Self::Pem(Kind::Certificate) => "a certificate in PEM",
            Self::Pem(_) => "a PEM file",
            Self::BrokenPem => "a PEM file whose BEGIN line is broken",
            Self::Der(Kind::Private) => "a private key in DER",
            Self::Der(Kind::Pkcs12) => "a PKCS#12 file",
            Self::Der(Kind::Encrypted) => "an encrypted private key in DER",
            Self::Der(Kind::Damaged) => "a damaged private key in DER",
            Self::Der(Kind::Public) => "a public key in DER",
            Self::Der(Kind::Certificate) => "a certificate in DER",
            Self::Der(_) => "a file in DER",
            Self::Jwk(Kind::Private) => "a private JWK",
            Self::Jwk(Kind::Shared) => "an oct JWK, whose secret is the base64url in its `k`",
            Self::Jwk(_) => "a public JWK",
            Self::JwkList => "a list of JWKs",
            Self::ServiceAccount => "a Google service account with its private key",
            Self::PublicSsh => "an OpenSSH public key",
            Self::Putty => "a PuTTY key file",
            Self::JavaKeyStore => "a Java keystore",
        })
    }
}

impl fmt::Display for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.coding {
            None => self.form.fmt(f),
            Some(coding) => write!(f, "{}, written {}", self.form, coding.name()),
        }
    }
}
