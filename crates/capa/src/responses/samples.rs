//! The points at which formulas are compared: `x,y@1,1:3,4#10` (capa §6.9).

use thiserror::Error;

use crate::python::{Random2, parse_float, strip};

/// Most points for one comparison.
const MAX_COUNT: usize = 1_000;
/// Most values for one comparison: points times variables.
const MAX_VALUES: usize = 10_000;

/// Variables with the ranges they are drawn from, and how many points are drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Samples {
    /// The names, in order.
    pub(super) variables: Vec<String>,
    ranges: Vec<(f64, f64)>,
    count: usize,
}

/// What is wrong with the `samples` of a formula response.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum SamplesError {
    #[error("samples '{0}' are not of the form 'variables@lower:upper#count', as in 'x,y@1,1:3,4#10'")]
    Form(String),
    #[error("samples '{0}' have a bound that is not a number: '{1}'")]
    Bound(String, String),
    #[error("samples '{0}' need a whole number of points from 1 to {MAX_COUNT} behind '#'")]
    Count(String),
    #[error("samples '{0}' have more than {MAX_VALUES} values, points times variables")]
    TooMany(String),
}

impl Samples {
    /// Reads samples. Variables beyond the bounds that are given are not defined, as in the reference.
    pub(super) fn parse(text: &str) -> Result<Self, SamplesError> {
        let form = || SamplesError::Form(text.to_owned());
        let mut parts = text.split('@');
        let (Some(names), Some(rest)) = (parts.next(), parts.next()) else { return Err(form()) };
        let mut rest = rest.split('#');
        let (Some(bounds), Some(count)) = (rest.next(), rest.next()) else { return Err(form()) };
        let (lower, upper) = bounds.split_once(':').ok_or_else(form)?;
        let numbers = |text_of_bounds: &str| -> Result<Vec<f64>, SamplesError> {
            let bound = |bound: &str| {
                parse_float(bound).ok_or_else(|| SamplesError::Bound(text.to_owned(), bound.to_owned()))
            };
            text_of_bounds.split(',').map(bound).collect()
        };
        let ranges: Vec<(f64, f64)> = numbers(lower)?.into_iter().zip(numbers(upper)?).collect();
        let count = strip(count).parse().ok().filter(|count| (1..=MAX_COUNT).contains(count));
        let count = count.ok_or_else(|| SamplesError::Count(text.to_owned()))?;
        let (variables, ranges): (Vec<String>, Vec<_>) =
            names.split(',').map(|name| strip(name).to_owned()).zip(ranges).unzip();
        if count * variables.len() > MAX_VALUES {
            return Err(SamplesError::TooMany(text.to_owned()));
        }
        Ok(Self { variables, ranges, count })
    }

    /// Draws the points, each with one value for each variable.
    pub(super) fn draw(&self, seed: i64) -> Vec<Vec<f64>> {
        self.draw_some(seed, self.count)
    }

    /// Draws the first of the points only.
    pub(super) fn draw_first(&self, seed: i64) -> Vec<Vec<f64>> {
        self.draw_some(seed, 1)
    }

    fn draw_some(&self, seed: i64, count: usize) -> Vec<Vec<f64>> {
        let mut random = Random2::new(seed);
        let mut value = |&(low, high): &(f64, f64)| low + (high - low) * random.random();
        (0..count).map(|_| self.ranges.iter().map(&mut value).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_variables_ranges_and_count() {
        let samples = Samples::parse("x, R_1@1,-1e1: 3,4.5 #10").expect("samples");
        assert_eq!(samples.variables, ["x", "R_1"]);
        assert_eq!(samples.ranges, [(1.0, 3.0), (-10.0, 4.5)]);
        assert_eq!(Samples::parse("x,y@1:2#3").map(|samples| samples.variables), Ok(vec!["x".to_owned()]));
    }

    #[test]
    fn draws_the_same_points_for_the_same_seed_within_the_ranges() {
        let samples = Samples::parse("x,y@1,-1:3,4#100").expect("samples");
        let points = samples.draw(7);
        assert_eq!(points, samples.draw(7));
        assert_eq!(points[..1], samples.draw_first(7));
        assert_ne!(points, samples.draw(8));
        assert_eq!(points.len(), 100);
        assert!(points.iter().all(|point| (1.0..3.0).contains(&point[0]) && (-1.0..4.0).contains(&point[1])));
    }

    #[test]
    fn says_what_is_wrong() {
        let wrong = |text: &str| Samples::parse(text).expect_err(text);
        for text in ["", "x", "x@1:2", "x@1#3", "x#1:2@3"] {
            assert_eq!(wrong(text), SamplesError::Form(text.to_owned()));
        }
        assert!(matches!(wrong("x@1:a#3"), SamplesError::Bound(_, bound) if bound == "a"));
        for text in ["x@1:2#0", "x@1:2#-1", "x@1:2#ten", "x@1:2#1001", "x@1:2#99999999999999999999"] {
            assert_eq!(wrong(text), SamplesError::Count(text.to_owned()));
        }
        let many = format!("{}x@{}1:{}2#1000", "a,".repeat(20), "1,".repeat(20), "2,".repeat(20));
        assert_eq!(wrong(&many), SamplesError::TooMany(many.clone()));
    }
}
