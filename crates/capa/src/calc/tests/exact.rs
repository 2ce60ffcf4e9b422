//! Random arithmetic compared with exact fractions, whatever way it is written.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};
use proptest::prelude::*;

use super::super::{CalcError, Number, evaluate};
use super::written::{Level, Spacing, Written};

#[derive(Debug, Clone)]
enum Tree {
    Integer(u32),
    /// Digits and how many of them stand behind the point.
    Decimal(u32, u32),
    Negative(Box<Tree>),
    Binary(char, Box<Tree>, Box<Tree>),
    Power(Box<Tree>, u32),
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        3 => (0u32..1_000).prop_map(Tree::Integer),
        1 => (0u32..1_000_000, 0u32..6).prop_map(|(digits, scale)| Tree::Decimal(digits, scale)),
    ];
    leaf.prop_recursive(6, 48, 2, |inner| {
        prop_oneof![
            1 => inner.clone().prop_map(|tree| Tree::Negative(Box::new(tree))),
            6 => (prop::sample::select(vec!['+', '-', '*', '/']), inner.clone(), inner.clone())
                .prop_map(|(operator, a, b)| Tree::Binary(operator, Box::new(a), Box::new(b))),
            1 => (inner, 0u32..5).prop_map(|(base, exponent)| Tree::Power(Box::new(base), exponent)),
        ]
    })
}

impl Written for Tree {
    fn write(&self, out: &mut String, level: Level, spacing: &mut Spacing<'_>) {
        match self {
            Tree::Integer(value) => spacing.token(out, &value.to_string()),
            Tree::Decimal(digits, 0) => spacing.token(out, &format!("{digits}.")),
            Tree::Decimal(digits, scale) => {
                let scale = *scale as usize;
                let digits = format!("{digits:0width$}", width = scale + 1);
                let (whole, fraction) = digits.split_at(digits.len() - scale);
                spacing.token(out, &format!("{whole}.{fraction}"));
            }
            Tree::Negative(inner) => spacing.negative(out, level, inner.as_ref()),
            Tree::Binary(operator, a, b) => spacing.binary(out, level, *operator, a.as_ref(), b.as_ref()),
            Tree::Power(base, exponent) => {
                spacing.binary(out, level, '^', base.as_ref(), &Tree::Integer(*exponent));
            }
        }
    }
}

/// A fraction, and how far from it a computation with floats may be; integers are computed exactly.
#[derive(Debug, Clone)]
struct Known {
    value: BigRational,
    error: f64,
    integer: bool,
}

/// What is known about a tree: nothing when it divides by what may be zero or gets too large to tell.
fn known(tree: &Tree) -> Option<Known> {
    let float = |value: &BigRational| value.to_f64().filter(|value| value.abs() < 1e100);
    let rounded = |value: BigRational, error: f64| {
        let size = float(&value)?.abs() + error;
        // Half a unit in the last place for each operation, and as much again for operands that were integers.
        Some(Known { value, error: error + size * 4.0 * f64::EPSILON, integer: false })
    };
    match tree {
        Tree::Integer(value) => {
            Some(Known { value: BigRational::from(BigInt::from(*value)), error: 0.0, integer: true })
        }
        Tree::Decimal(digits, scale) => {
            rounded(BigRational::new(BigInt::from(*digits), BigInt::from(10).pow(*scale)), 0.0)
        }
        Tree::Negative(inner) => known(inner).map(|known| Known { value: -known.value, ..known }),
        Tree::Binary(operator, a, b) => {
            let (a, b) = (known(a)?, known(b)?);
            let (x, y) = (float(&a.value)?.abs(), float(&b.value)?.abs());
            let product = x * b.error + y * a.error + a.error * b.error;
            let exact = a.integer && b.integer;
            let (value, error) = match operator {
                '+' => (a.value + b.value, a.error + b.error),
                '-' => (a.value - b.value, a.error + b.error),
                '*' => (a.value * b.value, product),
                _ if b.value.is_zero() || y <= 2.0 * b.error => return None,
                _ => {
                    let smallest = y - b.error;
                    let value = a.value / b.value;
                    return rounded(value, a.error / smallest + x * b.error / (smallest * y));
                }
            };
            if exact { Some(Known { value, error: 0.0, integer: true }) } else { rounded(value, error) }
        }
        Tree::Power(base, exponent) => {
            let base = known(base)?;
            let x = float(&base.value)?.abs() + base.error;
            let exponent = i32::try_from(*exponent).ok()?;
            let value = base.value.pow(exponent);
            float(&value)?;
            if base.integer {
                return Some(Known { value, error: 0.0, integer: true });
            }
            rounded(value, f64::from(exponent) * x.powi((exponent - 1).max(0)) * base.error)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn arithmetic_agrees_with_exact_fractions(tree in tree(), choices in prop::collection::vec(any::<u8>(), 1..40)) {
        let Some(known) = known(&tree) else { return Ok(()) };
        let mut text = String::new();
        tree.write(&mut text, Level::Sum, &mut Spacing::new(&choices));
        let value = evaluate(&text);
        if known.integer {
            prop_assert_eq!(value, Ok(Number::Integer(known.value.to_integer())), "{}", text);
        } else {
            let value = value.and_then(|value| value.to_float());
            prop_assert!(value.is_ok(), "{}: {:?}", text, value);
            let exact = BigRational::from_float(value.unwrap_or(f64::NAN));
            let distance = exact.map(|exact| (exact - &known.value).abs());
            let distance = distance.and_then(|distance| distance.to_f64()).unwrap_or(f64::INFINITY);
            prop_assert!(distance <= known.error, "{} is {} too far from {}", text, distance, known.value);
        }
    }

    #[test]
    fn dividing_by_zero_is_refused(tree in tree()) {
        if !known(&tree).is_some_and(|known| known.integer) {
            return Ok(());
        }
        let mut text = String::new();
        tree.write(&mut text, Level::Product, &mut Spacing::new(&[1]));
        let divided = evaluate(&format!("1/({text} - {text})"));
        prop_assert!(matches!(divided, Err(CalcError::Arithmetic(_))), "{}: {:?}", text, divided);
    }
}
