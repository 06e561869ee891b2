//! Rotated tokens and keys that somebody spoiled.

use std::fs;

use hdr::cache::key::Key;
use hdr::cache::state::{self, Chain};

use super::files::{WAYS, file};
use super::{Home, entry, key, secret, within};

#[test]
fn a_spoiled_rotated_token_is_exit_3_and_never_the_original() {
    for (what, spoil) in WAYS {
        let home = Home::new();
        let directory = home.directory();
        let key = key(&home.path());
        let chain = Chain::new(&directory, &key, &secret("original")).unwrap();
        assert!(chain.load().unwrap().is_none());
        let keep =
            |token: &str| chain.reserve().unwrap().store(&secret(token), entry("").header.about, hdr::clock::now());
        keep("second").unwrap();
        keep("third").unwrap();
        assert_eq!(chain.load().unwrap().unwrap().expose(), b"third");
        let other = Chain::new(&directory, &key, &secret("another original")).unwrap();
        assert!(other.load().unwrap().is_none(), "a new source value starts a new chain");

        let path = file(&home, ".refresh");
        spoil(&path);
        let error = chain.load().unwrap_err();
        assert_eq!(error.exit_code(), 3, "{what}: {error}");
        let message = error.to_string();
        let fact = format!("the rotated refresh token {} cannot be opened: ", path.display());
        let remedy = "; put a new refresh token into its source, or drop this one with forget --refresh-token-too";
        assert!(message.starts_with(&fact) && message.ends_with(remedy), "{what}: {message}");
        assert!(!message.contains("third") && !message.contains("original"), "{message}");
    }
}

#[test]
fn what_killed_runs_left_behind_is_removed_with_the_next_rotation() {
    let home = Home::new();
    let directory = home.directory();
    let chain = Chain::new(&directory, &key(&home.path()), &secret("original")).unwrap();
    std::mem::forget(directory.draft().unwrap());
    let drafts = || {
        let names = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("draft-")).count()
    };
    for (minutes, left) in [(59, 1), (61, 0)] {
        let at = hdr::clock::now() + chrono::TimeDelta::minutes(minutes);
        chain.reserve().unwrap().store(&secret("next"), entry("").header.about, at).unwrap();
        assert_eq!(drafts(), left, "after {minutes} minutes");
    }
}

#[test]
fn every_bit_of_a_rotated_token_counts() {
    let home = Home::new();
    let directory = home.directory();
    let chain = Chain::new(&directory, &key(&home.path()), &secret("original")).unwrap();
    chain.reserve().unwrap().store(&secret("second"), entry("").header.about, hdr::clock::now()).unwrap();
    let path = file(&home, ".refresh");
    let written = fs::read(&path).unwrap();
    for bit in 0..written.len() * 8 {
        let mut flipped = written.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, flipped).unwrap();
        assert_eq!(chain.load().unwrap_err().exit_code(), 3, "bit {bit}");
    }
    let headers = state::headers(&directory).unwrap();
    assert_eq!(headers.len(), 1);
    assert!(chain.forget(&within(8000)).unwrap() && !chain.forget(&within(8000)).unwrap());
    assert!(chain.load().unwrap().is_none());
}

#[test]
fn a_spoiled_key_is_refused_or_made_anew() {
    for (what, spoil) in WAYS {
        let home = Home::new();
        let directory = home.directory();
        Key::open(&directory, &within(1000)).unwrap();
        let path = home.path().join("key");
        // Truncating cuts at 40 bytes.
        fs::write(&path, [0; 50]).unwrap();
        spoil(&path);
        let result = Key::open(&directory, &within(1000));
        match what {
            "truncated" | "empty" => assert_eq!(fs::read(&path).unwrap().len(), 32, "{what}"),
            "of another user" if result.is_ok() => {}
            _ => {
                let error = result.unwrap_err();
                assert_eq!(error.exit_code(), 1, "{what}: {error}");
                assert!(
                    error.to_string().starts_with(&format!("the key {} cannot be used: ", path.display())),
                    "{error}"
                );
            }
        }
    }
}
