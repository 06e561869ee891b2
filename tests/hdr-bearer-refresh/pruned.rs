//! What a run that gets a token removes of others: little, and after its headers.

use std::fs::{OpenOptions, hard_link};

use crate::common::Helper;
use crate::kept::{CACHE, names};
use crate::{Endpoint, asking, bearer};

const MANY: usize = 20_000;

/// The helper with a cache of `count` tokens that nobody can use any more; they are one file by many names.
fn with_useless_tokens(endpoint: &Endpoint, count: usize) -> Helper {
    let helper = asking(endpoint).prepared_by("mkdir -p ~/.cache; mkdir -m 700 ~/.cache/hdr");
    let file = |number: usize| format!("{CACHE}/{number:064x}.token");
    let helper = helper.file(&file(0), "useless", 0o600);
    (1..count).for_each(|number| hard_link(helper.path(&file(0)), helper.path(&file(number))).unwrap());
    helper
}

fn tokens(helper: &Helper) -> usize {
    names(helper, CACHE, ".token").len()
}

#[test]
fn one_run_removes_a_bounded_part_of_many_and_the_next_ones_the_rest() {
    let endpoint = Endpoint::minting();
    let helper = with_useless_tokens(&endpoint, MANY);
    helper.again().run().prints(&bearer("token-0"));
    let left = tokens(&helper);
    assert!((MANY + 1 - 64..MANY + 1).contains(&left), "{left} of {MANY} and one more are left");

    let helper = with_useless_tokens(&endpoint, 200);
    let mut runs = 0;
    while tokens(&helper) > 1 || runs == 0 {
        runs += 1;
        assert!(runs < 500, "{} are left", tokens(&helper));
        helper.again().arg("--fresh").run().prints(&bearer(&format!("token-{runs}")));
    }
    assert!(runs >= 3, "{runs} runs");
    helper.again().run().prints(&bearer(&format!("token-{runs}")));
}

#[test]
fn nothing_is_removed_before_the_headers_are_printed() {
    let endpoint = Endpoint::minting();
    let helper = with_useless_tokens(&endpoint, 1);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    helper.again().stdout_to(full).run().fails(
        1,
        "the headers cannot be written to stdout: No space left on device (os error 28); check the program that reads them",
    );
    assert_eq!(tokens(&helper), 2);
    helper.again().arg("--fresh").run().prints(&bearer("token-1"));
    assert_eq!(tokens(&helper), 1);
}
