//! Texts of JSON, drawn at random: each a valid value, and few of them what another program would have written.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::string::string_regex;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Numbers that programs alter which read and write them as floats.
const NUMBERS: [&str; 12] = [
    "9007199254740993",
    "-9223372036854775809",
    "18446744073709551616",
    "1e400",
    "-1E-400",
    "-0",
    "-0.0e+0",
    "1",
    "1.0",
    "10e-1",
    "0.1000000000000000055511151231257827021181583404541015625",
    "123456789012345678901234567890.5",
];

/// Strings that are read and written in more than one way.
const STRINGS: [&str; 8] = [
    r#""\ud800""#,
    r#""\udc00\ud800""#,
    r#""\uD83D\ude00 😀""#,
    r#""\/\u002f/""#,
    r#""\"\\\b\f\n\r\t\u0000""#,
    "\"\u{7f}\u{80}\u{2028}\u{feff}\u{fffe}\"",
    r#""data: a\n\ndata: b\r\r""#,
    r#""""#,
];

/// Draws from one seed.
pub(super) struct Draw {
    seed: u64,
    runner: TestRunner,
    value: BoxedStrategy<String>,
    string: BoxedStrategy<String>,
    blank: BoxedStrategy<String>,
}

/// Names the seed, for one more run with the same messages.
impl fmt::Display for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HDR_FIDELITY_SEED={}", self.seed)
    }
}

fn regex(pattern: &str) -> BoxedStrategy<String> {
    string_regex(pattern).unwrap().boxed()
}

impl Draw {
    /// From the seed that the variable says, or one that no run had before.
    pub(super) fn seeded() -> Self {
        let given = std::env::var("HDR_FIDELITY_SEED").ok().map(|seed| seed.parse().expect("a number"));
        let seed = given.unwrap_or_else(|| TestRunner::default().rng().next_u64());
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let blank = prop_oneof![4 => Just(String::new()), 1 => regex("[ \t\r\n]{1,3}")].boxed();
        let string = prop_oneof![
            2 => regex(r#""[ -!#-\[\]-~]{0,12}""#),
            2 => regex(r#""([^\\"\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}){0,12}""#),
            1 => select(&STRINGS[..]).prop_map(str::to_owned),
        ]
        .boxed();
        let value = value(&blank, &string);
        Self { seed, runner: TestRunner::new_with_rng(Config::default(), rng), value, string, blank }
    }

    fn draw<T: fmt::Debug>(&mut self, strategy: &impl Strategy<Value = T>) -> T {
        strategy.new_tree(&mut self.runner).expect("a value").current()
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.draw(&(0..end))
    }

    /// Whether one of `count` draws is the first.
    pub(super) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(super) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Any value.
    pub(super) fn value(&mut self) -> String {
        self.draw(&self.value.clone())
    }

    /// Any string, with its quotation marks.
    pub(super) fn string(&mut self) -> String {
        self.draw(&self.string.clone())
    }

    /// What may stand between two tokens.
    pub(super) fn blank(&mut self) -> String {
        self.draw(&self.blank.clone())
    }

    /// An object with these members in any order.
    pub(super) fn object(&mut self, members: &[(&str, &str)]) -> String {
        let mut rest = members.to_vec();
        let mut text = self.blank() + "{";
        while !rest.is_empty() {
            let (name, value) = rest.swap_remove(self.below(rest.len()));
            let [a, b, c, d] = std::array::from_fn(|_| self.blank());
            let comma = if rest.is_empty() { "" } else { "," };
            text = text + &a + "\"" + name + "\"" + &b + ":" + &c + value + &d + comma;
        }
        text + "}" + &self.blank()
    }
}

/// Any value, with at most four levels.
fn value(blank: &BoxedStrategy<String>, string: &BoxedStrategy<String>) -> BoxedStrategy<String> {
    let number = regex("-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][-+]?[0-9]{1,5})?");
    let leaf = prop_oneof![
        2 => select(&NUMBERS[..]).prop_map(str::to_owned),
        2 => number,
        3 => string.clone(),
        1 => select(&["true", "false", "null"][..]).prop_map(str::to_owned),
    ];
    // Few names, so that members have the same one often.
    let key =
        prop_oneof![select(&[r#""a""#, r#""\u0061""#, r#""id""#, r#""""#][..]).prop_map(str::to_owned), string.clone()];
    let (blank, key) = (blank.clone(), key.boxed());
    let nested = leaf.prop_recursive(4, 12, 4, move |inner| {
        let item = (blank.clone(), inner.clone(), blank.clone()).prop_map(|(a, value, b)| a + &value + &b);
        let member = (blank.clone(), key.clone(), blank.clone(), item.clone())
            .prop_map(|(a, key, b, value)| a + &key + &b + ":" + &value);
        prop_oneof![
            (blank.clone(), vec(item, 0..4)).prop_map(|(a, items)| joined("[", &a, &items, "]")),
            (blank.clone(), vec(member, 0..4)).prop_map(|(a, members)| joined("{", &a, &members, "}")),
        ]
    });
    nested.boxed()
}

fn joined(open: &str, blank: &str, items: &[String], close: &str) -> String {
    if items.is_empty() { open.to_owned() + blank + close } else { open.to_owned() + &items.join(",") + close }
}
