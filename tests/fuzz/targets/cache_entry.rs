//! Files of the cache: nobody makes one that opens without the user's key and the credential.

use hdr::cache::entry::About;
use hdr::cache::fingerprint::Fingerprint;
use hdr::cache::seal::Seal;
use hdr::fuzz::{EntryHeader, close, failure, header, issued, key, open};
use hdr::secret::Secret;

use chrono::DateTime;

use crate::random::Random;

pub(crate) const CHANGES: u64 = 10_000;
pub(crate) const WORDS: &[&str] = &[
    "{\"schema\":1,\"about\":{",
    "\"issuer\":\"\"",
    "\"client_id\":null",
    "\"issued_at\":0",
    "\"expires_at\":9223372036854775807",
    "\"sealed_by\":\"key\"",
    "\"kind\":\"refusal\"",
    "\"at\":0",
    "\"message\":\"\"",
    "{\"handouts\":[",
    "\"reasks\":[",
    "\n",
];

pub(crate) fn check(bytes: &[u8]) {
    // What everybody may know, and files that are not sealed.
    let _ = (header(bytes), failure(bytes));
    if let Some(written) = issued(bytes) {
        assert_eq!(issued(&written), Some(written));
    }
    let seal = seal(7, Some("credential"), "request");
    assert!(open(&seal, bytes).is_none() || is_kept(bytes));

    // The same bytes as a token: it comes out as it went in, and out of nothing else.
    let mut random = Random::of(bytes);
    let [issued_at, expires_at] = [0; 2].map(|_| random.number() >> 24).map(moment);
    let about = About { issuer: String::from_utf8_lossy(bytes).into_owned(), ..About::default() };
    let entry = EntryHeader::new(about, issued_at, expires_at);
    let token = Secret::new(bytes.to_vec());
    let file = close(&seal, &entry, &token).expect("a file");
    assert_eq!(header(&file).as_ref(), Some(&entry));
    let (found, opened) = open(&seal, &file).expect("the entry");
    assert_eq!((found, opened.expose()), (entry, token.expose()));
    for other in [self::seal(8, Some("credential"), "request"), self::seal(7, Some("Credential"), "request")] {
        assert!(open(&other, &file).is_none());
    }
    for other in [self::seal(7, None, "request"), self::seal(7, Some("credential"), "another")] {
        assert!(open(&other, &file).is_none());
    }
    let mut damaged = file.clone();
    let at = random.below(damaged.len());
    damaged[at] ^= 1 << random.below(8);
    assert!(open(&seal, &damaged).is_none());
    assert!(open(&seal, &file[..at]).is_none());
}

fn seal(user: u8, credential: Option<&str>, name: &str) -> Seal {
    let secret = |text: &str| Secret::new(text.as_bytes().to_vec());
    let name = Fingerprint::of(&key([7; 32]), &secret(name));
    Seal::new(&key([user; 32]), credential.map(secret).as_ref(), &name).expect("a seal")
}

/// A moment in milliseconds, as files have them.
fn moment(milliseconds: u64) -> DateTime<chrono::Utc> {
    DateTime::from_timestamp_millis(i64::try_from(milliseconds).expect("a time")).expect("a time")
}

/// Whether it is the entry in the corpus, which was made with the seal.
fn is_kept(bytes: &[u8]) -> bool {
    bytes == include_bytes!("../__fuzz__/cache_entry/corpus/sealed")
}
