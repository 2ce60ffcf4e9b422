//! Staff answers that are ranges, such as `[1, 5)` (capa §6.7).

use num_complex::Complex64;

use crate::CapaError;
use crate::calc;

const STAFF_PROBLEM: &str = "There was a problem with the staff answer to this problem";

/// Two bounds, each inclusive or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    low: Bound,
    high: Bound,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Bound {
    value: f64,
    inclusive: bool,
}

/// Where a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Inside,
    /// On a bound that does not belong to the range; no partial credit either.
    ExcludedBound,
    Outside,
}

/// Returns whether a staff answer is written as a range.
pub(super) fn is_range(answer: &str) -> bool {
    answer.starts_with(['[', '(']) && answer.ends_with([']', ')']) && answer.len() > 1
}

impl Range {
    /// Reads a range; the bounds are expressions.
    pub(super) fn parse(answer: &str) -> Result<Self, CapaError> {
        let inner = answer.get(1..answer.len().saturating_sub(1)).unwrap_or_default();
        let mut bounds = inner.split(',');
        let (Some(low), Some(high)) = (bounds.next(), bounds.next()) else {
            return Err(CapaError::generic(format!("the range {answer:?} has one bound")));
        };
        Ok(Self {
            low: Bound { value: bound(low)?, inclusive: answer.starts_with('[') },
            high: Bound { value: bound(high)?, inclusive: answer.ends_with(']') },
        })
    }

    /// Returns where the number is. A bound that is met within rounding decides by its bracket.
    pub(super) fn place(&self, student: f64) -> Place {
        for bound in [self.low, self.high] {
            if nearly_equal(student, bound.value) {
                return if bound.inclusive { Place::Inside } else { Place::ExcludedBound };
            }
        }
        if self.low.value < student && student < self.high.value { Place::Inside } else { Place::Outside }
    }

    /// Returns whether the number is inside the range widened on both sides by `factor` times its width.
    pub(super) fn nearly_contains(&self, student: f64, factor: f64) -> bool {
        let margin = factor * (self.high.value - self.low.value);
        self.low.value - margin < student && student < self.high.value + margin
    }
}

fn bound(text: &str) -> Result<f64, CapaError> {
    let value = calc::evaluate(text).map_err(|_| CapaError::StudentInput(format!("{STAFF_PROBLEM}.")))?;
    if value.is_complex() {
        return Err(CapaError::StudentInput(format!("{STAFF_PROBLEM}: complex boundary.")));
    }
    let value = value.to_float().map_err(|error| CapaError::generic(error.to_string()))?;
    if value.is_nan() {
        return Err(CapaError::StudentInput(format!("{STAFF_PROBLEM}: empty boundary.")));
    }
    Ok(value)
}

fn nearly_equal(a: f64, b: f64) -> bool {
    a == b || (a.is_finite() && b.is_finite() && (a - b).abs() <= f64::EPSILON * a.abs().max(b.abs()))
}

/// Returns the student's number if it is real.
pub(super) fn real_student(student: &calc::Number) -> Result<f64, CapaError> {
    if student.is_complex() {
        return Err(CapaError::StudentInput(
            "You may not use complex numbers in range tolerance problems".to_owned(),
        ));
    }
    student.to_float().map_err(|error| CapaError::generic(error.to_string()))
}

/// Returns the staff answer as a number: Python's `complex(text)`, else the value of the expression.
pub(super) fn staff_number(text: &str) -> Result<Complex64, CapaError> {
    if let Some(value) = crate::python::parse_complex(text) {
        return Ok(value);
    }
    let value = calc::evaluate(text).map_err(|_| CapaError::StudentInput(format!("{STAFF_PROBLEM}.")))?;
    value.to_complex().map_err(|error| CapaError::generic(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_decide_at_the_bounds() {
        let range = Range::parse("[1,2*3)").expect("a range");
        use Place::{ExcludedBound, Inside, Outside};
        for (student, place) in
            [(1.0, Inside), (6.0, ExcludedBound), (5.999, Inside), (0.999, Outside), (f64::NAN, Outside)]
        {
            assert_eq!(range.place(student), place, "{student}");
        }
        assert!(range.nearly_contains(10.0, 1.0));
        assert!(!range.nearly_contains(11.0, 1.0));
    }

    #[test]
    fn bounds_must_be_real_numbers() {
        let message = |text: &str| Range::parse(text).expect_err(text);
        assert!(
            matches!(message("[1,i]"), CapaError::StudentInput(text) if text.ends_with("complex boundary."))
        );
        assert!(
            matches!(message("[1,]"), CapaError::StudentInput(text) if text.ends_with("empty boundary."))
        );
        assert!(matches!(message("[1]"), CapaError::Generic(_)));
    }
}
