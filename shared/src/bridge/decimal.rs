//! Numbers by their value, of any size and precision.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// A number: its significant digits, and the power of ten that the point before them is multiplied by.
pub(crate) struct Decimal<'t> {
    is_negative: bool,
    /// Those before the point and those behind it, without zeros at the beginning and at the end; none of zero.
    digits: [&'t str; 2],
    exponent: Exponent<'t>,
}

#[derive(PartialEq, Eq, Hash)]
enum Exponent<'t> {
    Known(i128),
    /// Of more digits than can be added to; the same only where it is written the same.
    Beyond(&'t str),
}

impl<'t> Decimal<'t> {
    /// Of a valid number of JSON.
    pub(crate) fn of(json: &'t str) -> Self {
        let (is_negative, rest) = json.strip_prefix('-').map_or((false, json), |rest| (true, rest));
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let whole = whole.trim_start_matches('0');
        let significant = if whole.is_empty() { fraction.trim_start_matches('0') } else { fraction };
        // The point is moved to before the first significant digit.
        let leading_zeros = fraction.len().saturating_sub(significant.len());
        let moved = if whole.is_empty() { position(leading_zeros).saturating_neg() } else { position(whole.len()) };
        let significant = significant.trim_end_matches('0');
        let whole = if significant.is_empty() { whole.trim_end_matches('0') } else { whole };
        if whole.is_empty() && significant.is_empty() {
            return Self { is_negative: false, digits: ["", ""], exponent: Exponent::Known(0) };
        }
        let known = exponent.parse().ok().and_then(|exponent: i128| exponent.checked_add(moved));
        let exponent = known.map_or(Exponent::Beyond(json), Exponent::Known);
        Self { is_negative, digits: [whole, significant], exponent }
    }

    /// The number in digits alone; `None` where it is no integer, or one of more than 400 digits.
    pub(crate) fn as_integer(&self) -> Option<String> {
        let mut digits: Vec<u8> = self.digits().collect();
        if digits.is_empty() {
            return Some("0".to_owned());
        }
        let Exponent::Known(length @ 1..=400) = self.exponent else { return None };
        let length = usize::try_from(length).ok().filter(|length| *length >= digits.len())?;
        digits.resize(length, b'0');
        let sign = if self.is_negative { "-" } else { "" };
        String::from_utf8(digits).ok().map(|digits| format!("{sign}{digits}"))
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        self.digits.iter().flat_map(|digits| digits.bytes())
    }
}

fn position(digits: usize) -> i128 {
    i128::try_from(digits).unwrap_or(i128::MAX)
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.is_negative == other.is_negative
            && self.exponent == other.exponent
            && self.digits().cmp(other.digits()) == Ordering::Equal
    }
}

impl Eq for Decimal<'_> {}

impl Hash for Decimal<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.is_negative.hash(state);
        self.exponent.hash(state);
        self.digits().for_each(|digit| digit.hash(state));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_is_written_in_digits_alone() {
        let expected = [
            ("42", Some("42")),
            ("-7.00", Some("-7")),
            ("1.5e1", Some("15")),
            ("120e-1", Some("12")),
            ("1E3", Some("1000")),
            ("-0", Some("0")),
            ("0e9", Some("0")),
            ("9007199254740993", Some("9007199254740993")),
            ("1.5", None),
            ("1e-1", None),
            ("1e400", None),
            ("1e99999999999999999999999999999999999999999", None),
        ];
        for (number, integer) in expected {
            assert_eq!(Decimal::of(number).as_integer().as_deref(), integer, "{number}");
        }
        assert_eq!(Decimal::of("1e399").as_integer().map(|digits| digits.len()), Some(400));
    }
}
