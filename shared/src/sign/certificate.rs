//! Certificates (RFC 5280 section 4.1): read from files as people keep them, and taken apart for what messages say of them
//! and for whose key they are. Whether one is to be believed is judged elsewhere.

mod file;
mod name;

use chrono::{DateTime, NaiveDateTime, Utc};

pub(crate) use self::file::{Unreadable, read};
pub(crate) use self::name::Names;
use crate::sign::der::{BIT_STRING, Elements, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};

/// What stands in a certificate.
#[derive(Clone, Debug)]
pub(crate) struct Certificate<'a> {
    issuer: &'a [u8],
    subject: &'a [u8],
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    public_key_algorithm: &'a [u8],
    public_key: &'a [u8],
    alternative_names: Option<&'a [u8]>,
}

const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const BOOLEAN: u8 = 0x01;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];

impl<'a> Certificate<'a> {
    /// Takes one in DER apart; `None` where it is none.
    pub(crate) fn parse(der: &'a [u8]) -> Option<Self> {
        let mut signed = Elements::new(der).sequence()?.sequence()?;
        // Version 1 does not say so.
        signed.next(VERSION);
        signed.next(INTEGER)?;
        signed.next(SEQUENCE)?;
        let issuer = signed.next(SEQUENCE)?;
        let mut validity = signed.sequence()?;
        let (not_before, not_after) = (time(&mut validity)?, time(&mut validity)?);
        let subject = signed.next(SEQUENCE)?;
        let mut key = signed.sequence()?;
        let public_key_algorithm = key.next(SEQUENCE)?;
        let public_key = key.next(BIT_STRING)?.strip_prefix(&[0])?;
        let alternative_names = signed.next(EXTENSIONS).and_then(alternative_names);
        Some(Self { issuer, subject, not_before, not_after, public_key_algorithm, public_key, alternative_names })
    }

    /// Whether it says that its subject issued it.
    pub(crate) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether it says that the subject of `other` issued it.
    pub(crate) fn is_issued_by(&self, other: &Certificate<'_>) -> bool {
        self.issuer == other.subject
    }

    /// From when on and until when it is valid.
    pub(crate) fn validity(&self) -> [DateTime<Utc>; 2] {
        [self.not_before, self.not_after]
    }

    /// The `AlgorithmIdentifier` of its public key, without the header of the sequence.
    pub(crate) fn public_key_algorithm(&self) -> &'a [u8] {
        self.public_key_algorithm
    }

    /// Its public key, as the bit string holds it.
    pub(crate) fn public_key(&self) -> &'a [u8] {
        self.public_key
    }

    /// The hosts that it is for.
    pub(crate) fn names(&self) -> Names<'a> {
        Names::new(self.alternative_names, name::common_name(self.subject))
    }

    /// The common name of its subject, else its organization.
    pub(crate) fn subject(&self) -> Option<String> {
        name::shown(self.subject)
    }

    /// The common name of its issuer, else its organization.
    pub(crate) fn issuer(&self) -> Option<String> {
        name::shown(self.issuer)
    }
}

/// The next time (RFC 5280 section 4.1.2.5).
fn time(elements: &mut Elements<'_>) -> Option<DateTime<Utc>> {
    let text = |bytes| std::str::from_utf8(bytes).ok();
    let written = match elements.next(UTC_TIME) {
        Some(bytes) => {
            let text = text(bytes)?;
            // Years from 50 on are of the century before.
            let century = if text.as_bytes().first()? < &b'5' { "20" } else { "19" };
            format!("{century}{text}")
        }
        None => text(elements.next(GENERALIZED_TIME)?)?.to_owned(),
    };
    NaiveDateTime::parse_from_str(&written, "%Y%m%d%H%M%SZ").ok().map(|time| time.and_utc())
}

/// The `GeneralNames` among the extensions.
fn alternative_names(extensions: &[u8]) -> Option<&[u8]> {
    let mut list = Elements::new(extensions).sequence()?;
    while let Some(mut extension) = list.sequence() {
        if extension.next(OBJECT_IDENTIFIER)? == SUBJECT_ALTERNATIVE_NAME {
            extension.next(BOOLEAN);
            return Elements::new(extension.next(OCTET_STRING)?).next(SEQUENCE);
        }
    }
    None
}

/// Puts the certificate of `public_key` first and those that issued it behind it, each after the one that it issued;
/// `None` where none is of that key.
pub(crate) fn own_first<T: AsRef<[u8]>>(mut chain: Vec<T>, public_key: &[u8]) -> Option<Vec<T>> {
    let is_own = |der: &T| Certificate::parse(der.as_ref()).is_some_and(|own| own.public_key() == public_key);
    let own = chain.iter().position(is_own)?;
    let mut ordered = vec![chain.remove(own)];
    while let Some(next) = ordered.last().and_then(|last| issuer_of(last.as_ref(), &chain)) {
        ordered.push(chain.remove(next));
    }
    ordered.extend(chain);
    Some(ordered)
}

/// Where in `others` the certificate is that issued `der`.
fn issuer_of<T: AsRef<[u8]>>(der: &[u8], others: &[T]) -> Option<usize> {
    let issued = Certificate::parse(der).filter(|issued| !issued.is_self_issued())?;
    others.iter().position(|other| Certificate::parse(other.as_ref()).is_some_and(|other| issued.is_issued_by(&other)))
}
