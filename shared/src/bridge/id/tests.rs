use std::collections::HashSet;

use super::*;

fn id(json: &str) -> Id {
    Id::parse(json).expect("a value")
}

/// Whether they are equal, which their hashes must then be too.
fn are_equal(one: &str, other: &str) -> bool {
    let (one, other) = (id(one), id(other));
    let is_found = HashSet::from([one.clone()]).contains(&other);
    assert_eq!(is_found, one == other, "{one:?} {other:?}");
    is_found
}

#[test]
fn numbers_are_compared_by_value() {
    let equal = [
        &["1", "1.0", "1e0", "1.000E+0", "10e-1", "0.1e1", "0.0010e3", "100000e-5"][..],
        &["0", "-0", "0.0", "0e999999999999999999999999999999999999999999", "-0.000e-5"],
        &["1e400", "10e399", "0.1e401", "1000e397"],
        &["9007199254740993", "9007199254740993.0", "9007199254740.993e3", "90071992547409930e-1"],
        &["-120", "-1.2e2", "-12e1", "-120.00", "-0.12E3"],
        &["1e1000000000000000000000000", "10e999999999999999999999999"],
        &["0.05", "5e-2", "0.5e-1", "0.0500"],
        &["105", "1.05e2", "105.0"],
    ];
    for (number, class) in equal.iter().enumerate() {
        for one in *class {
            for (other_number, other_class) in equal.iter().enumerate() {
                for other in *other_class {
                    assert_eq!(are_equal(one, other), number == other_number, "{one} {other}");
                }
            }
        }
    }
    assert!(!are_equal("9007199254740993", "9007199254740992"));
    assert!(!are_equal("1", "-1"));
}

#[test]
fn strings_are_compared_by_what_they_say() {
    assert!(are_equal(r#""aé""#, r#""\u0061\u00e9""#));
    assert!(are_equal(r#""\/\n""#, r#""/\u000A""#));
    assert!(are_equal(r#""😀""#, r#""\ud83d\ude00""#));
    assert!(are_equal(r#""\ud800""#, r#""\uD800""#));
    assert!(!are_equal(r#""\ud800""#, r#""\ud801""#));
    assert!(!are_equal(r#""\ud800""#, "\"\u{fffd}\""));
    assert!(!are_equal(r#""1""#, "1"));
    assert!(!are_equal(r#""a""#, r#""A""#));
    assert!(!are_equal("null", r#""null""#));
    assert!(are_equal("null", "null"));
}

#[test]
fn an_id_stays_as_it_is_written() {
    for json in ["1.0", "1e400", r#""\u0061""#, "null", "\"\"", "123456789012345678901234567890"] {
        assert_eq!(id(json).as_json(), json);
    }
    assert_eq!(Id::string("a\"b\n").as_json(), r#""a\"b\n""#);
    assert!(Id::parse("").is_none() && Id::parse("01").is_none());
}
