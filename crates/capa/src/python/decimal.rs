//! Decimal comparison of floats, as Python's `decimal` module does it with 28 significant digits.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

/// Significant digits of the default decimal context.
const PRECISION: usize = 28;

/// `coefficient * 10^exponent`, exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal {
    coefficient: BigInt,
    exponent: i32,
}

impl Decimal {
    /// Returns the decimal printed by the shortest representation of `value`; `None` for NaN and infinities.
    pub(crate) fn from_shortest(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e')?;
        let mut exponent: i32 = exponent.parse().ok()?;
        let mut coefficient: i64 = 0;
        let mut fraction = false;
        for byte in mantissa.bytes() {
            match byte {
                b'.' => fraction = true,
                digit @ b'0'..=b'9' => {
                    coefficient = coefficient * 10 + i64::from(digit - b'0');
                    exponent -= i32::from(fraction);
                }
                _ => {}
            }
        }
        if value.is_sign_negative() {
            coefficient = -coefficient;
        }
        Some(Self { coefficient: coefficient.into(), exponent })
    }

    /// Returns `|self - other|`, rounded half-even to the context precision.
    pub(crate) fn distance(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        let difference = self.scaled_to(exponent) - other.scaled_to(exponent);
        let magnitude = match difference.sign() {
            Sign::Minus => -difference,
            _ => difference,
        };
        Self { coefficient: magnitude, exponent }.rounded()
    }

    fn scaled_to(&self, exponent: i32) -> BigInt {
        // Exponents of finite floats differ by less than 700.
        &self.coefficient * BigInt::from(10).pow((self.exponent - exponent).unsigned_abs())
    }

    fn rounded(self) -> Self {
        let digits = self.coefficient.to_string();
        if digits.len() <= PRECISION {
            return self;
        }
        let dropped = digits.len() - PRECISION;
        let unit = BigInt::from(10).pow(u32::try_from(dropped).unwrap_or(u32::MAX));
        let kept = &self.coefficient / &unit;
        let twice_rest: BigInt = (&self.coefficient % &unit) * 2;
        let round_up = match twice_rest.cmp(&unit) {
            Ordering::Less => false,
            Ordering::Greater => true,
            Ordering::Equal => kept.bit(0),
        };
        Self {
            coefficient: if round_up { kept + 1 } else { kept },
            exponent: self.exponent + i32::try_from(dropped).unwrap_or(i32::MAX),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let exponent = self.exponent.min(other.exponent);
        Some(self.scaled_to(exponent).cmp(&other.scaled_to(exponent)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(value: f64) -> Decimal {
        Decimal::from_shortest(value).expect("finite")
    }

    #[test]
    fn compares_what_is_printed_not_what_is_stored() {
        // In binary floats 0.3 - 0.2 exceeds 0.1 by rounding noise.
        assert!(decimal(0.3).distance(&decimal(0.2)) <= decimal(0.1));
        assert!(decimal(1.1).distance(&decimal(1.0)) <= decimal(0.1));
        assert!(decimal(1.1000001).distance(&decimal(1.0)) > decimal(0.1));
        assert!(decimal(-2.0).distance(&decimal(2.0)) == decimal(4.0));
    }

    #[test]
    fn survives_extreme_exponents() {
        assert!(decimal(1e308).distance(&decimal(5e-324)) <= decimal(1e308));
        assert!(decimal(0.0).distance(&decimal(-0.0)) <= decimal(0.0));
        assert!(Decimal::from_shortest(f64::NAN).is_none());
        assert!(Decimal::from_shortest(f64::INFINITY).is_none());
    }

    #[test]
    fn rounds_half_even_at_28_digits() {
        // 1e20 + 1e-8 needs 29 digits: the last digit 1 is dropped.
        assert_eq!(
            decimal(1e20).distance(&decimal(-1e-8)).partial_cmp(&decimal(1e20)),
            Some(Ordering::Equal)
        );
    }
}
