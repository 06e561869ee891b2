//! The kept inputs of a target, and changes of them.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use crate::random::Random;

/// The longest input: what is longer than a parser's limit is cut before it is parsed.
const LONGEST: usize = 16 << 10;

/// Bytes that mean something to one parser or another.
const BYTES: &[u8] = b"\0\t\n\r \"#$%&'()*+,-./0:;<=>?@A[\\]^_`a{|}~\x7f\x80\xc3\xe2\xef\xf0\xff";

/// Numbers at which something ends.
const NUMBERS: [&str; 12] = [
    "0",
    "-1",
    "1e308",
    "-1e15",
    "1e15",
    "2147483648",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "18446744073709551615",
    "18446744073709551616",
    "0.0000001",
];

/// Words that stand in more than one kind of input.
const WORDS: [&str; 8] = ["\u{feff}", "\r\n", "\\u0000", "\\ud800", "null", "://", "hunter2-hunter2", "caf\u{e9}"];

/// The kept inputs of one target.
pub(crate) struct Corpus {
    kept: Vec<Vec<u8>>,
    words: Vec<&'static str>,
}

impl Corpus {
    /// The inputs in the folder that bolero reads too; `words` are what such inputs are made of.
    pub(crate) fn of(target: &str, words: &[&'static str]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("__fuzz__").join(target).join("corpus");
        let mut paths: Vec<_> =
            std::fs::read_dir(&folder).expect("a corpus").map(|file| file.expect("a file").path()).collect();
        // Each change is the same in every run.
        paths.sort();
        let kept: Vec<_> = paths.iter().map(|path| std::fs::read(path).expect("a file")).collect();
        assert!(!kept.is_empty(), "{} is empty", folder.display());
        Self { kept, words: words.iter().chain(&WORDS).copied().collect() }
    }

    /// One of the kept inputs, changed in a few places.
    pub(crate) fn changed(&self, number: u64) -> Vec<u8> {
        let mut random = Random::new(number);
        let mut input = random.one_of(&self.kept).clone();
        for _ in 0..=random.below(6) {
            self.change(&mut input, &mut random);
        }
        input.truncate(LONGEST);
        input
    }

    fn change(&self, input: &mut Vec<u8>, random: &mut Random) {
        let part = random.part(input.len());
        let new = match random.below(12) {
            0 => vec![*random.one_of(BYTES)],
            1 => vec![random.byte()],
            2 => Vec::new(),
            3 => input[part.clone()].repeat(2),
            4 => random.one_of(&self.words).as_bytes().to_vec(),
            5 => random.one_of(&NUMBERS).as_bytes().to_vec(),
            6 => {
                let other = random.one_of(&self.kept);
                other[random.part(other.len())].to_vec()
            }
            7 => input[part.clone()].iter().rev().copied().collect(),
            8 => vec![*random.one_of(BYTES); random.below(300)],
            9 => input[part.clone()].to_ascii_uppercase(),
            10 => return flip(input, random),
            _ => return number(input, random),
        };
        // In half of all cases nothing is taken away.
        let replaced = if random.below(2) == 0 { part.start..part.start } else { part };
        input.splice(replaced, new);
    }
}

/// Checks `input`, and shows it where that fails.
pub(crate) fn checked(input: &[u8], check: fn(&[u8])) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(input))) {
        eprintln!("the input that fails, of {} bytes: b\"{}\"", input.len(), input.escape_ascii());
        resume_unwind(panic);
    }
}

/// Changes one bit.
fn flip(input: &mut [u8], random: &mut Random) {
    let at = random.below(input.len());
    if let Some(byte) = input.get_mut(at) {
        *byte ^= 1 << random.below(8);
    }
}

/// Puts another number in the place of one.
fn number(input: &mut Vec<u8>, random: &mut Random) {
    let from = random.below(input.len());
    let Some(start) = input.iter().skip(from).position(u8::is_ascii_digit).map(|at| from + at) else { return };
    let length = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    input.splice(start..start + length, random.one_of(&NUMBERS).bytes());
}
