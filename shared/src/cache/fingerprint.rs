//! Names for requests and secrets that tell nothing about them without the user's key.

use std::fmt;

use ring::hmac;
use serde::{Deserialize, Serialize};

use crate::os::user_key::Key;
use crate::secret::Secret;

/// A keyed fingerprint in hex: of all inputs of a request, or of one secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a secret.
    #[must_use]
    pub fn of(key: &Key, secret: &Secret) -> Self {
        Inputs::new(key).secret("secret", secret).finish()
    }

    /// A fingerprint as written in the name of a file.
    #[must_use]
    pub fn parse(hex: &str) -> Option<Self> {
        let is_hex = hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_hex.then(|| Self(hex.to_owned()))
    }

    /// The name of a file that belongs to what this is the fingerprint of.
    #[must_use]
    pub fn file(&self, extension: &str) -> String {
        format!("{self}.{extension}")
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What shapes a token, collected for its fingerprint. Each input has a kind, a label, and lengths before its parts, so
/// two different collections never come out alike; their order counts.
#[derive(Debug)]
pub struct Inputs {
    mac: hmac::Context,
    secrets: hmac::Key,
}

impl Inputs {
    /// No inputs yet.
    #[must_use]
    pub fn new(key: &Key) -> Self {
        Self { mac: hmac::Context::with_key(&key.derived(b"inputs")), secrets: key.derived(b"secrets") }
    }

    /// An input that is no secret. One that is absent is left out: that differs from an empty one.
    #[must_use]
    pub fn text(mut self, label: &str, text: impl AsRef<[u8]>) -> Self {
        self.begin(b't', label);
        self.part(text.as_ref());
        self
    }

    /// An input of several values, in their order.
    #[must_use]
    pub fn list<T: AsRef<[u8]>>(mut self, label: &str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<_> = values.into_iter().collect();
        self.begin(b'l', label);
        self.number(values.len());
        for value in values {
            self.part(value.as_ref());
        }
        self
    }

    /// A secret input, which enters by its own keyed fingerprint.
    #[must_use]
    pub fn secret(mut self, label: &str, secret: &Secret) -> Self {
        self.begin(b's', label);
        let fingerprint = hmac::sign(&self.secrets, secret.expose());
        self.part(fingerprint.as_ref());
        self
    }

    /// The fingerprint of all inputs.
    #[must_use]
    pub fn finish(self) -> Fingerprint {
        Fingerprint(hex::encode(self.mac.sign()))
    }

    fn begin(&mut self, kind: u8, label: &str) {
        self.mac.update(&[kind]);
        self.part(label.as_bytes());
    }

    fn part(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.mac.update(bytes);
    }

    fn number(&mut self, number: usize) {
        self.mac.update(&u64::try_from(number).unwrap_or(u64::MAX).to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::test_runner::Config;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    enum Input {
        Text(String, String),
        List(String, Vec<String>),
        Secret(String, String),
    }

    fn fingerprint(inputs: &[Input]) -> Fingerprint {
        let key = Key::of_bytes([7; 32]);
        let add = |collected: Inputs, input: &Input| match input {
            Input::Text(label, text) => collected.text(label, text),
            Input::List(label, values) => collected.list(label, values),
            Input::Secret(label, secret) => collected.secret(label, &Secret::new(secret.clone().into_bytes())),
        };
        inputs.iter().fold(Inputs::new(&key), add).finish()
    }

    /// Few letters, so that boundaries between parts are what tells collections apart.
    fn input() -> impl Strategy<Value = Input> {
        let word = || "[ab]{0,3}";
        prop_oneof![
            (word(), word()).prop_map(|(label, text)| Input::Text(label, text)),
            (word(), vec(word(), 0..3)).prop_map(|(label, values)| Input::List(label, values)),
            (word(), word()).prop_map(|(label, secret)| Input::Secret(label, secret)),
        ]
    }

    proptest! {
        #![proptest_config(Config { cases: 2_000, failure_persistence: None, ..Config::default() })]

        #[test]
        fn two_collections_have_one_fingerprint_only_if_they_are_equal(
            one in vec(input(), 0..4),
            other in vec(input(), 0..4),
        ) {
            prop_assert_eq!(fingerprint(&one) == fingerprint(&other), one == other);
        }

        #[test]
        fn any_change_of_an_input_changes_the_fingerprint(
            inputs in vec(input(), 1..5),
            at in any::<prop::sample::Index>(),
            changed in input(),
        ) {
            let mut others = inputs.clone();
            others[at.index(inputs.len())] = changed;
            prop_assert_eq!(fingerprint(&inputs) == fingerprint(&others), inputs == others);
        }
    }

    #[test]
    fn the_key_and_nothing_of_the_inputs_is_in_it() {
        let secret = Secret::new(b"hunter2".to_vec());
        let [one, other] = [1, 2].map(|byte| Fingerprint::of(&Key::of_bytes([byte; 32]), &secret));
        assert_ne!(one, other);
        assert_eq!(one.file("token").len(), 64 + ".token".len());
        assert!(one.to_string().bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
        let collected = format!("{:?}", Inputs::new(&Key::of_bytes([1; 32])).secret("secret", &secret));
        assert!(!collected.contains("hunter2"), "{collected}");
    }
}
