//! Numbers by their value, of any size and precision.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// A number: its significant digits, and the power of ten that the point before them is multiplied by.
pub(super) struct Decimal<'t> {
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
    pub(super) fn of(json: &'t str) -> Self {
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
