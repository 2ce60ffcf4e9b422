//! Random formulas with functions compared with what the mathematics library gives for the tree, and the complex
//! continuations with what undoes them.

use num_complex::Complex64;
use proptest::prelude::*;

use super::super::{Budget, Expression, Number, Scope};
use super::written::{Level, Spacing, Written};

/// A function by its name.
type Named = (&'static str, fn(f64) -> f64);

/// The functions that are real for all real arguments, or NaN or infinite outside their domain.
const REAL: [Named; 20] = [
    ("sin", f64::sin),
    ("cos", f64::cos),
    ("tan", f64::tan),
    ("sec", |x| 1.0 / x.cos()),
    ("csc", |x| 1.0 / x.sin()),
    ("cot", |x| 1.0 / x.tan()),
    ("exp", f64::exp),
    ("abs", f64::abs),
    ("arctan", f64::atan),
    ("sinh", f64::sinh),
    ("cosh", f64::cosh),
    ("tanh", f64::tanh),
    ("sech", |x| 1.0 / x.cosh()),
    ("csch", |x| 1.0 / x.sinh()),
    ("coth", |x| 1.0 / x.tanh()),
    ("arcsinh", f64::asinh),
    ("arccosh", f64::acosh),
    ("arcsec", |x| (1.0 / x).acos()),
    ("arccoth", |x| (1.0 / x).atanh()),
    ("arccot", |x| {
        if x < 0.0 { -std::f64::consts::FRAC_PI_2 - x.atan() } else { std::f64::consts::FRAC_PI_2 - x.atan() }
    }),
];

#[derive(Debug, Clone)]
enum Tree {
    X,
    Number(f64),
    Negative(Box<Tree>),
    Binary(char, Box<Tree>, Box<Tree>),
    Call(usize, Box<Tree>),
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![Just(Tree::X), (0.001f64..100.0).prop_map(Tree::Number)];
    leaf.prop_recursive(5, 32, 2, |inner| {
        prop_oneof![
            1 => inner.clone().prop_map(|tree| Tree::Negative(Box::new(tree))),
            4 => (prop::sample::select(vec!['+', '-', '*', '/']), inner.clone(), inner.clone())
                .prop_map(|(operator, a, b)| Tree::Binary(operator, Box::new(a), Box::new(b))),
            3 => (0..REAL.len(), inner).prop_map(|(function, inner)| Tree::Call(function, Box::new(inner))),
        ]
    })
}

impl Tree {
    fn value(&self, x: f64) -> f64 {
        match self {
            Tree::X => x,
            Tree::Number(value) => *value,
            Tree::Negative(inner) => -inner.value(x),
            Tree::Binary('+', a, b) => a.value(x) + b.value(x),
            Tree::Binary('-', a, b) => a.value(x) - b.value(x),
            Tree::Binary('*', a, b) => a.value(x) * b.value(x),
            Tree::Binary(_, a, b) => a.value(x) / b.value(x),
            Tree::Call(function, inner) => REAL[*function].1(inner.value(x)),
        }
    }
}

impl Written for Tree {
    fn write(&self, out: &mut String, level: Level, spacing: &mut Spacing<'_>) {
        match self {
            Tree::X => spacing.token(out, "x"),
            // With a point, so that it is no integer.
            Tree::Number(value) => spacing.token(out, &format!("{value:?}")),
            Tree::Negative(inner) => spacing.negative(out, level, inner.as_ref()),
            Tree::Binary(operator, a, b) => spacing.binary(out, level, *operator, a.as_ref(), b.as_ref()),
            Tree::Call(function, inner) => spacing.call(out, REAL[*function].0, inner.as_ref()),
        }
    }
}

fn value(text: &str, x: f64) -> Result<Number, super::CalcError> {
    let scope = Scope { variables: vec!["x".to_owned()], case_sensitive: true };
    let mut budget = Budget::default();
    Expression::parse(text)?.bind(&scope, &mut budget)?.run(&[x], &mut budget)
}

fn complex(text: &str, x: f64) -> Complex64 {
    value(text, x).and_then(|value| value.to_complex()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn functions_agree_with_the_mathematics_library(
        tree in tree(),
        x in -50.0f64..50.0,
        choices in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let mut text = String::new();
        tree.write(&mut text, Level::Sum, &mut Spacing::new(&choices));
        let expected = tree.value(x);
        match value(&text, x) {
            Ok(value) => {
                let value = value.to_float().expect("no function here gives complex numbers");
                prop_assert!(
                    value == expected || (value.is_nan() && expected.is_nan()),
                    "{} at {} is {} and not {}", text, x, value, expected
                );
            }
            // A plain number divided by a plain zero is refused where floats give infinity or NaN.
            Err(error) => prop_assert_eq!(error.to_string(), "division by zero", "{} at {}", text, x),
        }
    }

    #[test]
    fn what_continues_into_the_complex_plane_is_undone_by_its_inverse(x in -20.0f64..20.0) {
        for (text, to_undo) in [
            ("sqrt(x)", "sqrt(x)^2"),
            ("ln(x)", "exp(ln(x))"),
            ("log10(x)", "10^log10(x)"),
            ("log2(x)", "2^log2(x)"),
            ("arcsin(x)", "sin(arcsin(x))"),
            ("arccos(x)", "cos(arccos(x))"),
            ("arctanh(x)", "tanh(arctanh(x))"),
        ] {
            prop_assume!(x.abs() > 1e-6 && (x.abs() - 1.0).abs() > 1e-6);
            let undone = complex(to_undo, x);
            prop_assert!((undone - x).norm() <= 1e-9 * x.abs().max(1.0), "{} at {} is {}", to_undo, x, undone);
            // The principal value: what numpy gives on the cut, approached from above.
            let z = complex(text, x);
            let real = z.im == 0.0;
            let inside = match text {
                "arcsin(x)" | "arccos(x)" | "arctanh(x)" => x.abs() <= 1.0,
                _ => x >= 0.0,
            };
            prop_assert_eq!(real, inside, "{} at {} is {}", text, x, z);
        }
    }

    #[test]
    fn complex_arithmetic_agrees_with_complex_numbers(
        (a, b, c, d) in (-9.0f64..9.0, -9.0f64..9.0, -9.0f64..9.0, -9.0f64..9.0),
    ) {
        prop_assume!(c.abs() + d.abs() > 0.01);
        let (z, w) = (Complex64::new(a, b), Complex64::new(c, d));
        for (operator, expected) in [("+", z + w), ("-", z - w), ("*", z * w), ("/", z / w), ("^", z.powc(w))] {
            let text = format!("(({a:?})+({b:?})*i){operator}(({c:?})+({d:?})*j)");
            let value = complex(&text, 0.0);
            let close = (value - expected).norm() <= 1e-9 * expected.norm().max(1e-9);
            prop_assert!(close || !expected.is_finite(), "{} is {} and not {}", text, value, expected);
        }
    }
}
