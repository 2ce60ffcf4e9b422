//! Comparison of a number with a staff answer within a tolerance (capa §6.7).

use num_complex::Complex64;
use olx::Element;

use crate::calc::{self, CalcError};
use crate::python::{Decimal, strip};

/// The tolerance of a response that names none.
pub(super) const DEFAULT: &str = "0.001%";

/// Returns the tolerance a response is written with: its first tolerance parameter (capa §6.7).
pub(super) fn of(response: &Element) -> &str {
    let mut parameters = response
        .descendants()
        .filter(|element| element.name == "responseparam" && element.attr("type") == Some("tolerance"));
    parameters.find_map(|element| element.attr("default")).map_or(DEFAULT, strip)
}

/// How far a number may be from the staff answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Tolerance {
    /// A distance.
    Absolute(f64),
    /// A fraction of the staff answer.
    OfStaff(f64),
    /// A fraction of the larger of both numbers.
    OfLarger(f64),
}

impl Tolerance {
    /// Reads a tolerance: an expression, or a percentage.
    pub(super) fn parse(text: &str) -> Result<Self, CalcError> {
        let text = strip(text);
        let Some(percent) = text.strip_suffix('%') else {
            return calc::evaluate(text)?.to_float().map(Self::Absolute);
        };
        let fraction = calc::evaluate(percent)?.to_float()? * 0.01;
        Ok(if text == DEFAULT { Self::OfLarger(fraction) } else { Self::OfStaff(fraction) })
    }

    fn distance(self, student: Complex64, staff: Complex64) -> f64 {
        match self {
            Self::Absolute(distance) => distance,
            Self::OfStaff(fraction) => fraction * staff.norm(),
            Self::OfLarger(fraction) => fraction * student.norm().max(staff.norm()),
        }
    }

    /// Returns whether `student` is close enough to `staff`. NaN never is; infinities must be equal.
    pub(super) fn accepts(self, student: Complex64, staff: Complex64) -> bool {
        let infinite = |value: Complex64| value.re.is_infinite() || value.im.is_infinite();
        if infinite(student) || infinite(staff) {
            return student == staff;
        }
        let distance = self.distance(student, staff);
        if student.im != 0.0 || staff.im != 0.0 {
            return (student - staff).norm() <= distance;
        }
        if student.re == staff.re {
            return distance >= 0.0;
        }
        let decimals = (
            Decimal::from_shortest(student.re),
            Decimal::from_shortest(staff.re),
            Decimal::from_shortest(distance),
        );
        match decimals {
            (Some(student), Some(staff), Some(distance)) => student.distance(&staff) <= distance,
            // An infinite tolerance accepts every number; NaN accepts none.
            (Some(_), Some(_), None) => distance == f64::INFINITY,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(tolerance: &str, student: f64, staff: f64) -> bool {
        let real = |value| Complex64::new(value, 0.0);
        Tolerance::parse(tolerance).expect("a tolerance").accepts(real(student), real(staff))
    }

    #[test]
    fn accepts_what_is_near_in_decimals() {
        assert!(accepts("0.1", 1.1, 1.0));
        assert!(accepts("5%", 105.0, 100.0));
        assert!(!accepts("5%", 105.000_001, 100.0));
        assert!(accepts(DEFAULT, 100.001, 100.0));
        assert!(!accepts("0", 1.0, 1.000_000_1));
        assert!(!accepts("1", f64::NAN, f64::NAN));
        assert!(accepts("1", f64::INFINITY, f64::INFINITY));
        assert!(!accepts("10%", f64::INFINITY, 1e300));
        assert!(accepts("2*0.5", 2.0, 3.0));
        assert!(Tolerance::parse("abc").is_err());
    }
}
