//! The functions of expressions, with numpy's results outside their real domains.

use num_bigint::{BigInt, Sign};
use num_complex::Complex64;

use super::{Budget, CalcError, Number};

/// Largest argument of the factorial.
const MAX_FACTORIAL: u64 = 10_000;

/// A function of one argument.
#[derive(Clone, Copy)]
pub(super) struct Function {
    name: &'static str,
    rule: Rule,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

#[derive(Clone, Copy)]
enum Rule {
    /// One formula for real and one for complex arguments.
    Plain(fn(f64) -> f64, fn(Complex64) -> Complex64),
    /// Real inside the domain given by the predicate, complex outside it (the third function), and a formula for
    /// arguments that are complex already.
    Continued(fn(f64) -> bool, fn(f64) -> f64, fn(f64) -> Complex64, fn(Complex64) -> Complex64),
    /// 1 over the function.
    Inverse(fn(f64) -> f64, fn(Complex64) -> Complex64),
    /// The function of 1 over the argument.
    OfInverse(fn(f64) -> f64, fn(Complex64) -> Complex64),
    Arccot,
    Absolute,
    Factorial,
}

use Rule::{Absolute, Arccot, Continued, Factorial, Inverse, OfInverse, Plain};

fn not_negative(x: f64) -> bool {
    // NaN stays real.
    x >= 0.0 || x.is_nan()
}

fn within_one(x: f64) -> bool {
    x.abs() <= 1.0 || x.is_nan()
}

fn negative(x: f64) -> Complex64 {
    Complex64::new(x, 0.0)
}

/// The arc functions on their cuts, approached from above.
fn arcsin_outside(x: f64) -> Complex64 {
    Complex64::new(std::f64::consts::FRAC_PI_2.copysign(x), x.abs().acosh())
}

fn arccos_outside(x: f64) -> Complex64 {
    std::f64::consts::FRAC_PI_2 - arcsin_outside(x)
}

fn arctanh_outside(x: f64) -> Complex64 {
    Complex64::new((1.0 / x).atanh(), std::f64::consts::FRAC_PI_2)
}

fn log2(z: Complex64) -> Complex64 {
    z.ln() / std::f64::consts::LN_2
}

fn log10(z: Complex64) -> Complex64 {
    z.ln() / std::f64::consts::LN_10
}

const FUNCTIONS: &[Function] = &[
    function("sin", Plain(f64::sin, |z| z.sin())),
    function("cos", Plain(f64::cos, |z| z.cos())),
    function("tan", Plain(f64::tan, |z| z.tan())),
    function("sec", Inverse(f64::cos, |z| z.cos())),
    function("csc", Inverse(f64::sin, |z| z.sin())),
    function("cot", Inverse(f64::tan, |z| z.tan())),
    function("sqrt", Continued(not_negative, f64::sqrt, |x| negative(x).sqrt(), |z| z.sqrt())),
    function("log10", Continued(not_negative, f64::log10, |x| log10(negative(x)), log10)),
    function("log2", Continued(not_negative, f64::log2, |x| log2(negative(x)), log2)),
    function("ln", Continued(not_negative, f64::ln, |x| negative(x).ln(), |z| z.ln())),
    function("exp", Plain(f64::exp, |z| z.exp())),
    function("arccos", Continued(within_one, f64::acos, arccos_outside, |z| z.acos())),
    function("arcsin", Continued(within_one, f64::asin, arcsin_outside, |z| z.asin())),
    function("arctan", Plain(f64::atan, |z| z.atan())),
    function("arcsec", OfInverse(f64::acos, |z| z.acos())),
    function("arccsc", OfInverse(f64::asin, |z| z.asin())),
    function("arccot", Arccot),
    function("abs", Absolute),
    function("fact", Factorial),
    function("factorial", Factorial),
    function("sinh", Plain(f64::sinh, |z| z.sinh())),
    function("cosh", Plain(f64::cosh, |z| z.cosh())),
    function("tanh", Plain(f64::tanh, |z| z.tanh())),
    function("sech", Inverse(f64::cosh, |z| z.cosh())),
    function("csch", Inverse(f64::sinh, |z| z.sinh())),
    function("coth", Inverse(f64::tanh, |z| z.tanh())),
    function("arcsinh", Plain(f64::asinh, |z| z.asinh())),
    function("arccosh", Plain(f64::acosh, |z| z.acosh())),
    function("arctanh", Continued(within_one, f64::atanh, arctanh_outside, |z| z.atanh())),
    function("arcsech", OfInverse(f64::acosh, |z| z.acosh())),
    function("arccsch", OfInverse(f64::asinh, |z| z.asinh())),
    function("arccoth", OfInverse(f64::atanh, |z| z.atanh())),
];

const fn function(name: &'static str, rule: Rule) -> Function {
    Function { name, rule }
}

impl Function {
    /// Returns the function of that name, in lower case.
    pub(super) fn named(name: &str) -> Option<Self> {
        FUNCTIONS.iter().find(|function| function.name == name).copied()
    }

    /// Returns all names.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        FUNCTIONS.iter().map(|function| function.name)
    }

    /// Applies the function.
    pub(super) fn apply(self, argument: Number, budget: &mut Budget) -> Result<Number, CalcError> {
        budget.spend(if argument.is_complex() { 12 } else { 4 })?;
        let one = || Number::Integer(1.into());
        match self.rule {
            Plain(real, complex) => apply(&argument, real, complex),
            Continued(inside, real, outside, complex) => match array_argument(&argument)? {
                Argument::Real(x) if !inside(x) => Ok(Number::ArrayComplex(outside(x))),
                _ => apply(&argument, real, complex),
            },
            Inverse(real, complex) => one().divide(apply(&argument, real, complex)?, budget),
            OfInverse(real, complex) => apply(&one().divide(argument, budget)?, real, complex),
            Arccot => arccot(&argument),
            Absolute => match array_argument(&argument)? {
                Argument::Real(x) => Ok(Number::ArrayFloat(x.abs())),
                Argument::Complex(z) => Ok(Number::ArrayFloat(z.re.hypot(z.im))),
            },
            Factorial => factorial(&argument, budget),
        }
    }
}

enum Argument {
    Real(f64),
    Complex(Complex64),
}

/// Converts to what an array function takes: integers only within 64 bits.
fn array_argument(argument: &Number) -> Result<Argument, CalcError> {
    if let Number::Integer(value) = argument
        && i64::try_from(value).is_err()
        && u64::try_from(value).is_err()
    {
        return Err(CalcError::Arithmetic("function does not support big integers"));
    }
    if argument.is_complex() {
        return argument.to_complex().map(Argument::Complex);
    }
    argument.to_float().map(Argument::Real)
}

fn apply(
    argument: &Number,
    real: fn(f64) -> f64,
    complex: fn(Complex64) -> Complex64,
) -> Result<Number, CalcError> {
    Ok(match array_argument(argument)? {
        Argument::Real(x) => Number::ArrayFloat(real(x)),
        Argument::Complex(z) => Number::ArrayComplex(complex(z)),
    })
}

fn arccot(argument: &Number) -> Result<Number, CalcError> {
    let half = std::f64::consts::FRAC_PI_2;
    match array_argument(argument)? {
        Argument::Real(x) if x < 0.0 => Ok(Number::ArrayFloat(-half - x.atan())),
        Argument::Real(x) => Ok(Number::ArrayFloat(half - x.atan())),
        Argument::Complex(_) => Err(CalcError::Arithmetic("complex numbers have no order")),
    }
}

fn factorial(argument: &Number, budget: &mut Budget) -> Result<Number, CalcError> {
    let Number::Integer(value) = argument else {
        return Err(CalcError::Arithmetic("factorial of something that is not an integer"));
    };
    if value.sign() == Sign::Minus {
        return Err(CalcError::Factorial);
    }
    let count = u64::try_from(value).ok().filter(|count| *count <= MAX_FACTORIAL);
    let count = count.ok_or(CalcError::TooLarge)?;
    // Four factors fit in a word, and a word in the product stands for at least four factors.
    budget.spend(1 + (count / 4).pow(2) / 64)?;
    let mut product = BigInt::from(1);
    let mut word = 1u64;
    for factor in 1..=count {
        word = match word.checked_mul(factor) {
            Some(word) => word,
            None => {
                product *= word;
                factor
            }
        };
    }
    Ok(Number::Integer(product * word))
}
