//! Expressions and their values, one table per rule.

use num_complex::Complex64;
use proptest::prelude::*;

use super::*;

fn float(text: &str) -> f64 {
    evaluate(text).and_then(|value| value.to_float()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * a.abs().max(b.abs()).max(1.0)
}

#[test]
fn follows_the_precedence_of_the_contract() {
    for (text, expected) in [
        ("-2^2", -4.0),
        ("3*-2^2", 12.0),
        ("1+-2^2", 5.0),
        ("2*-3", -6.0),
        ("--5", 5.0),
        ("2^3^2", 512.0),
        ("2^-2", 0.25),
        ("5||20", 4.0),
        ("2*(5||20)/2", 4.0),
        ("1||1||1", 1.0 / 3.0),
        ("1 - 2 - 3", -4.0),
        ("8/4/2", 1.0),
        ("(1+2)*3", 9.0),
    ] {
        assert!(close(float(text), expected), "{text}");
    }
}

#[test]
fn reads_numbers() {
    for (text, expected) in
        [("5 %", 0.05), ("1.5 e 3", 1500.0), ("1E3", 1000.0), (".5", 0.5), ("5.", 5.0), ("sin (0)", 0.0)]
    {
        assert!(close(float(text), expected), "{text}");
    }
    assert!(float("1e400").is_infinite());
    assert!(float("  ").is_nan());
    for text in
        ["10%%", "2e", "1 2", "5x", "0x10", "3..2", "2**3", "1,2", "sin 3", "π", "1'", "a&b", "()", "."]
    {
        assert_eq!(evaluate(text), Err(CalcError::Syntax), "{text}");
    }
}

#[test]
fn keeps_integers_exact() {
    assert_eq!(evaluate("2^1000/2^999"), Ok(Number::Float(2.0)));
    assert_eq!(evaluate("fact(200)/fact(199)"), Ok(Number::Float(200.0)));
    assert_eq!(evaluate("10^20+1-10^20"), Ok(Number::Integer(1.into())));
    assert!(evaluate("fact(200)").is_ok_and(|value| value.to_float().is_err()));
}

#[test]
fn continues_into_the_complex_plane_where_the_contract_says() {
    assert_eq!(evaluate("sqrt(-4)"), Ok(Number::ArrayComplex(Complex64::new(0.0, 2.0))));
    let z = evaluate("arcsin(2)").and_then(|value| value.to_complex());
    assert!(
        z.is_ok_and(|z| close(z.re, std::f64::consts::FRAC_PI_2) && close(z.im, 1.316_957_896_924_816_6))
    );
    assert!(float("arccosh(0)").is_nan());
    assert!(float("arcsec(0.5)").is_nan());
    assert!(
        evaluate("i*j").and_then(|value| value.to_complex()).is_ok_and(|z| z == Complex64::new(-1.0, 0.0))
    );
    assert!(evaluate("(-8)^(1/3)").is_ok_and(|value| value.is_complex()));
}

#[test]
fn functions_divide_by_zero_and_plain_numbers_do_not() {
    assert_eq!(float("ln(0)"), f64::NEG_INFINITY);
    assert_eq!(float("1/sin(0)"), f64::INFINITY);
    assert!(float("exp(1000)").is_infinite());
    assert!(float("0||1").is_nan());
    assert!(close(float("arccot(-1)"), -std::f64::consts::FRAC_PI_4));
    for text in ["1/0", "1.0/0", "0^-1", "10.0^400", "2^(10^30)", "fact(2.5)", "sin(10^30)"] {
        assert!(matches!(evaluate(text), Err(CalcError::Arithmetic(_))), "{text}");
    }
    assert_eq!(evaluate("fact(-1)"), Err(CalcError::Factorial));
}

#[test]
fn words_errors_for_learners() {
    for (text, message) in [
        ("b+A+b", "Invalid Input: A, b not permitted in answer as a variable"),
        ("U_{ij}", "Invalid Input: U_{ij} not permitted in answer as a variable"),
        ("foo(3)", "Invalid Input: foo not permitted in answer as a function"),
        (
            "pi(3)",
            "Invalid Input: pi not permitted in answer as a function \
             (did you forget to use * for multiplication?)",
        ),
        ("x + f(1)", "Invalid Input: x not permitted in answer as a variable"),
        ("((1", "Invalid Input: Parentheses are unmatched. 2 parentheses were opened but never closed."),
        (
            "1+2)",
            "Invalid Input: A closing parenthesis was found after segment 1+2, \
             but there is no matching opening parenthesis before it.",
        ),
    ] {
        assert_eq!(evaluate(text).map_err(|error| error.to_string()), Err(message.to_owned()));
    }
}

#[test]
fn case_matters_only_when_asked() {
    assert!(close(float("PI"), std::f64::consts::PI));
    let scope = Scope { variables: vec![("X".to_owned(), Number::Float(2.0))], case_sensitive: true };
    let value = |text: &str| Expression::parse(text).and_then(|expression| expression.evaluate(&scope));
    assert_eq!(value("X*3"), Ok(Number::Float(6.0)));
    assert_eq!(
        value("x"),
        Err(CalcError::Undefined(
            "Invalid Input: x not permitted in answer as a variable (did you mean X?)".to_owned()
        ))
    );
}

#[test]
fn refuses_hostile_sizes() {
    let nested = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(evaluate(&nested(50)).is_ok());
    assert_eq!(evaluate(&nested(150)), Err(CalcError::Syntax));
    assert!(evaluate(&format!("{}1", "0+".repeat(2_499))).is_ok());
    assert_eq!(evaluate(&format!("{}1", "0+".repeat(2_500))), Err(CalcError::Syntax));
    assert_eq!(evaluate("fact(1000)/fact(999)"), Ok(Number::Float(1000.0)));
    assert!(matches!(evaluate("fact(1001)"), Err(CalcError::Arithmetic(_))));
    assert!(evaluate(&format!("{}9", "9^".repeat(20))).is_err());
}

proptest! {
    #[test]
    fn never_panics(text in "[-+*/^|()0-9a-z.%_{}' ]{0,40}") {
        let _ = evaluate(&text);
    }

    #[test]
    fn never_panics_on_any_text(text in any::<String>()) {
        let _ = evaluate(&text);
    }

    #[test]
    fn reads_back_every_float(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
        prop_assert_eq!(float(&format!("{value:e}")), value);
    }
}
