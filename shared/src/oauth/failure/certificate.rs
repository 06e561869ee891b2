//! Certificates of servers that are not believed.

use chrono::{DateTime, SecondsFormat, Utc};
use rustls::{CertificateError as Fault, OtherError};

use super::{Peer, Words, shown};
use crate::oauth::trust::Untrusted;

const CLOCK: &str = "check this machine's clock, or report it to the operator of the server";
const TELL: &str = "report it to the operator of the server";
const GIVE_AUTHORITY: &str = "give the authority's certificate with --ca-cert FILE";
const GIVE_IT: &str = "get the certificate from the operator of the server, and give it with --ca-cert FILE";

const GIVEN_ITSELF: &str =
    "report it to the operator of the server, or trust that certificate itself with --ca-cert FILE";

/// How many names are shown.
const MOST_NAMES: usize = 5;

pub(super) fn in_words(error: &Fault, peer: &Peer<'_>) -> Words {
    let read = match error {
        Fault::Other(OtherError(other)) => other.downcast_ref::<Untrusted>(),
        _ => None,
    };
    let error = read.map_or(error, |read| &read.error);
    match error {
        Fault::Expired | Fault::ExpiredContext { .. } => {
            let end = read.map_or_else(String::new, |read| format!(": it was valid until {}", time(read.validity[1])));
            Words::lasting(format!("its certificate has expired{end}"), CLOCK)
        }
        Fault::NotValidYet | Fault::NotValidYetContext { .. } => {
            let begin = read.map_or_else(String::new, |read| format!(": it is valid from {}", time(read.validity[0])));
            Words::lasting(format!("its certificate is not valid yet{begin}"), CLOCK)
        }
        Fault::NotValidForName | Fault::NotValidForNameContext { .. }
            if read.is_some_and(|read| read.names.is_empty()) =>
        {
            Words::lasting("its certificate has no host in its subjectAltName", GIVEN_ITSELF)
        }
        Fault::NotValidForName | Fault::NotValidForNameContext { .. } => {
            let names = read.map_or_else(String::new, |read| names(read, peer));
            Words::lasting(format!("its certificate is for another host{names}"), "check the host in the URL")
        }
        // webpki names rules that certificates break which are no authority's: of one that signed itself, that counts.
        Fault::UnknownIssuer | Fault::Other(_) if read.is_some_and(|read| read.is_self_issued) => {
            Words::lasting("its certificate is self-signed and not trusted", GIVE_IT)
        }
        Fault::UnknownIssuer => {
            let issuer = read.and_then(|read| read.issuer.as_deref());
            let issuer = issuer.map_or_else(String::new, |name| format!(": {}", shown(name, peer.redactor)));
            let cause = format!("its certificate is issued by an authority that is not trusted{issuer}");
            Words::lasting(cause, GIVE_AUTHORITY)
        }
        Fault::Revoked => Words::lasting("its certificate is revoked", TELL),
        Fault::BadSignature => Words::lasting("its certificate, or the handshake, has an invalid signature", TELL),
        Fault::BadEncoding => Words::lasting("its certificate is damaged", TELL),
        Fault::InvalidPurpose | Fault::InvalidPurposeContext { .. } => {
            Words::lasting("its certificate is not a server certificate", TELL)
        }
        #[expect(deprecated, reason = "a verifier may say it")]
        Fault::UnsupportedSignatureAlgorithm
        | Fault::UnsupportedSignatureAlgorithmContext { .. }
        | Fault::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => Words::lasting(
            "its certificate has a signature algorithm that is not supported, or no longer safe",
            "report it to the operator of the server: RSA, ECDSA and Ed25519 with SHA-2 are supported",
        ),
        Fault::UnhandledCriticalExtension => {
            Words::lasting("its certificate has a critical extension that is not supported", TELL)
        }
        Fault::UnknownRevocationStatus | Fault::ExpiredRevocationList | Fault::ExpiredRevocationListContext { .. } => {
            Words::lasting("the revocation status of its certificate is not known", TELL)
        }
        Fault::InvalidOcspResponse => Words::lasting("its OCSP response is damaged", TELL),
        _ => Words::lasting("its certificate breaks a rule for server certificates", GIVEN_ITSELF),
    }
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The hosts that it is for, after a colon.
fn names(read: &Untrusted, peer: &Peer<'_>) -> String {
    let shown: Vec<_> = read.names.iter().take(MOST_NAMES).map(|name| shown(name, peer.redactor)).collect();
    let more = read.names.len().saturating_sub(shown.len());
    let shown = shown.join(", ");
    if more == 0 { format!(": {shown}") } else { format!(": {shown} and {more} more") }
}
