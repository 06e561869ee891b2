//! Tokens sealed so that only the credential that could mint them opens them.

use std::io;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::error::Unspecified;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::fingerprint::Fingerprint;
use crate::os::random;
use crate::os::user_key::Key;
use crate::secret::Secret;

/// A key made by HKDF-SHA256 from the user's key and a long-lived credential, and the name of what it seals.
#[derive(Debug)]
pub struct Seal {
    key: LessSafeKey,
    name: Fingerprint,
    by: SealedBy,
}

/// What it takes to open a file, besides the user's key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SealedBy {
    /// The long-lived credential that it was asked for with.
    #[default]
    Credential,
    /// Nothing: who can read the user's key opens it.
    Key,
}

impl Seal {
    /// The seal of the file `name`. Without a credential, as for tokens of commands, it keeps out only who lacks the
    /// user's key.
    ///
    /// # Errors
    /// None that is known: all lengths are right.
    pub fn new(key: &Key, credential: Option<&Secret>, name: &Fingerprint) -> io::Result<Self> {
        let (credential, purpose, by): (_, &[u8], _) = match credential {
            Some(credential) => (credential.expose(), b"credential", SealedBy::Credential),
            None => (&[], b"no credential", SealedBy::Key),
        };
        let extracted = key.salt().extract(credential);
        let purposes = [b"hdr seal ".as_slice(), purpose];
        let key = UnboundKey::from(extracted.expand(&purposes, &CHACHA20_POLY1305).map_err(not_sealed)?);
        Ok(Self { key: LessSafeKey::new(key), name: name.clone(), by })
    }

    /// The name of the file.
    #[must_use]
    pub fn name(&self) -> &Fingerprint {
        &self.name
    }

    /// What it takes to open what it seals.
    #[must_use]
    pub fn by(&self) -> SealedBy {
        self.by
    }

    /// A file of a header that all can read and a token that is sealed together with header and name.
    pub(super) fn close(&self, header: &impl Serialize, token: &Secret) -> io::Result<Vec<u8>> {
        let mut file = serde_json::to_vec(header)?;
        let mut nonce = [0; NONCE_LEN];
        random::fill(&mut nonce)?;
        let mut sealed = Zeroizing::new(token.expose().to_vec());
        let bound = self.bound(&file);
        let tag =
            self.key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), bound, sealed.as_mut_slice());
        file.push(b'\n');
        file.extend(nonce);
        file.extend(&*sealed);
        file.extend(tag.map_err(not_sealed)?.as_ref());
        Ok(file)
    }

    /// The header and the token of a file; `None` for anything but what [`Seal::close`] made with this very seal.
    pub(super) fn open<H: DeserializeOwned>(&self, file: &[u8]) -> Option<(H, Secret)> {
        let (header, sealed) = split(file)?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let token = self.key.open_in_place(nonce, self.bound(header), &mut sealed).ok()?;
        let token = Secret::new(token.to_vec());
        Some((serde_json::from_slice(header).ok()?, token))
    }

    /// Header and name as they are authenticated. The name has a fixed length.
    fn bound(&self, header: &[u8]) -> Aad<Vec<u8>> {
        let mut bound = self.name.to_string().into_bytes();
        bound.extend(header);
        Aad::from(bound)
    }
}

/// What ring says of no failure.
fn not_sealed(_: Unspecified) -> io::Error {
    io::Error::other("it cannot be sealed")
}

/// The header of a file by itself, not authenticated.
pub(super) fn header<H: DeserializeOwned>(file: &[u8]) -> Option<H> {
    serde_json::from_slice(split(file)?.0).ok()
}

/// JSON has no bare line feed inside strings, and ours none between tokens.
fn split(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = file.iter().position(|byte| *byte == b'\n')?;
    let (header, rest) = file.split_at_checked(end)?;
    Some((header, rest.get(1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.as_bytes().to_vec())
    }

    fn seal(key: u8, credential: Option<&str>, name: &str) -> Seal {
        let name = Fingerprint::of(&Key::of_bytes([0; 32]), &secret(name));
        Seal::new(&Key::of_bytes([key; 32]), credential.map(secret).as_ref(), &name).unwrap()
    }

    fn open(seal: &Seal, file: &[u8]) -> Option<(u32, Secret)> {
        seal.open(file)
    }

    #[test]
    fn it_opens_with_the_same_key_credential_and_name_alone() {
        let file = seal(1, Some("credential"), "name").close(&7_u32, &secret("hunter2")).unwrap();
        let (header, token) = open(&seal(1, Some("credential"), "name"), &file).unwrap();
        assert_eq!((header, token.expose()), (7, b"hunter2".as_slice()));
        for other in [
            seal(2, Some("credential"), "name"),
            seal(1, Some("Credential"), "name"),
            seal(1, Some(""), "name"),
            seal(1, None, "name"),
            seal(1, Some("credential"), "eman"),
        ] {
            assert!(open(&other, &file).is_none());
        }
        assert!(
            open(&seal(1, None, "name"), &seal(1, Some(""), "name").close(&7_u32, &secret("x")).unwrap()).is_none()
        );
    }

    #[test]
    fn any_damage_is_noticed() {
        let seal = seal(1, Some("credential"), "name");
        let file = seal.close(&7_u32, &secret("hunter2")).unwrap();
        assert!(!file.windows(7).any(|window| window == b"hunter2"));
        for length in 0..file.len() {
            assert!(open(&seal, &file[..length]).is_none(), "cut to {length}");
        }
        for bit in 0..file.len() * 8 {
            let mut flipped = file.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&seal, &flipped).is_none(), "bit {bit}");
        }
        assert!(open(&seal, &[file.clone(), vec![0]].concat()).is_none());
    }

    #[test]
    fn two_seals_of_one_token_differ() {
        let seal = seal(1, None, "name");
        assert_ne!(seal.close(&7_u32, &secret("x")).unwrap(), seal.close(&7_u32, &secret("x")).unwrap());
    }
}
