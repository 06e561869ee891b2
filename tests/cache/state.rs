//! Rotated tokens and keys that somebody spoiled.

use std::fs;
use std::time::{Duration, SystemTime};

use hdr::cache::state::{self, Chain};
use hdr::os::user_key::Key;

use super::files::file;
use super::spoil::WAYS;
use super::{Home, RECIPIENT, entry, key, secret, within};

#[test]
fn a_spoiled_rotated_token_is_exit_3_and_never_the_original() {
    for (what, spoil) in WAYS {
        let home = Home::new();
        let directory = home.directory();
        let key = key(&home.path());
        let chain = Chain::new(&directory, &key, RECIPIENT, &secret("original")).unwrap();
        assert!(chain.load().unwrap().is_none());
        let keep =
            |token: &str| chain.reserve().unwrap().store(&secret(token), entry("").header.about, hdr::os::clock::now());
        keep("second").unwrap();
        keep("third").unwrap();
        assert_eq!(chain.load().unwrap().unwrap().expose(), b"third");
        let other = Chain::new(&directory, &key, RECIPIENT, &secret("another original")).unwrap();
        assert!(other.load().unwrap().is_none(), "a new source value starts a new chain");

        let path = file(&home, ".refresh");
        spoil(&path);
        let error = chain.load().unwrap_err();
        assert_eq!(error.exit_code(), 3, "{what}: {error}");
        let message = error.to_string();
        let fact = format!("the rotated refresh token {} cannot be opened: ", path.display());
        let remedy = "; put a new refresh token into its source, or remove this one with forget --refresh-token-too";
        assert!(message.starts_with(&fact) && message.ends_with(remedy), "{what}: {message}");
        assert!(!message.contains("third") && !message.contains("original"), "{message}");
    }
}

#[test]
fn every_bit_of_a_rotated_token_counts() {
    let home = Home::new();
    let directory = home.directory();
    let chain = Chain::new(&directory, &key(&home.path()), RECIPIENT, &secret("original")).unwrap();
    chain.reserve().unwrap().store(&secret("second"), entry("").header.about, hdr::os::clock::now()).unwrap();
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

#[test]
fn what_killed_runs_left_behind_is_removed_after_an_hour() {
    let home = Home::new();
    let directory = home.directory();
    let chain = Chain::new(&directory, &key(&home.path()), RECIPIENT, &secret("original")).unwrap();
    for (name, minutes) in [("draft-old", 61), ("draft-new", 59)] {
        let draft = fs::File::create(home.path().join(name)).unwrap();
        draft.set_modified(SystemTime::now() - Duration::from_secs(60 * minutes)).unwrap();
    }
    drop(chain.reserve().unwrap());
    let is_left = |name| home.path().join(name).exists();
    assert_eq!([is_left("draft-old"), is_left("draft-new")], [false, true]);
}

#[test]
fn a_token_is_kept_although_its_draft_was_taken_for_an_abandoned_one() {
    let home = Home::new();
    let directory = home.directory();
    let chain = Chain::new(&directory, &key(&home.path()), RECIPIENT, &secret("original")).unwrap();
    let place = chain.reserve().unwrap();
    let later = SystemTime::now() + Duration::from_secs(3700);
    directory.remove_abandoned(later).unwrap();
    place.store(&secret("second"), entry("").header.about, hdr::os::clock::now()).unwrap();
    assert_eq!(chain.load().unwrap().unwrap().expose(), b"second");
}
