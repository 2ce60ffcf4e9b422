//! Expressions and their values, one table per rule.

mod exact;
mod functions;
mod written;

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
    for text in ["1/0", "1.0/0", "0^-1", "10.0^400", "fact(2.5)", "sin(10^30)"] {
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
    let scope = Scope { variables: vec!["X".to_owned()], case_sensitive: true };
    let value = |text: &str| {
        let mut budget = Budget::default();
        Expression::parse(text)?.bind(&scope, &mut budget)?.run(&[2.0], &mut budget)
    };
    assert_eq!(value("X*3"), Ok(Number::Float(6.0)));
    assert_eq!(
        value("x"),
        Err(CalcError::Undefined(
            "Invalid Input: x not permitted in answer as a variable (did you mean X?)".to_owned()
        ))
    );
}

#[test]
fn prints_tex() {
    for (text, tex) in [
        ("", ""),
        (" 3.5 ", "3.5"),
        ("-x + 2", "-x+2"),
        ("2 * 3", "2\\cdot 3"),
        ("5e-3", "5\\!\\times\\!10^{-3}"),
        ("5 e +3 * 2", "5\\!\\times\\!10^{3}\\cdot 2"),
        ("5 %", "5\\text{%}"),
        ("alpha_1 + Omega + beta_gamma", "\\alpha_{1}+\\Omega+\\beta_{\\gamma}"),
        ("a_b_c", "a_{b_{c}}"),
        ("T_{ij}^{kl}'", "T_{ij}^{kl}'"),
        ("a_b_{ij}", "{a_{b}}_{ij}"),
        ("f(x)", "\\text{f}(x)"),
        ("f_1(x)", "\\text{f\\_1}(x)"),
        ("sqrt(x+1)", "\\sqrt{x+1}"),
        ("log10(x) + log2(y) + ln(z)", "\\log_{10}(x)+\\log_2(y)+\\text{ln}(z)"),
        ("(a + b)/(c*d)", "\\frac{a+b}{c\\cdot d}"),
        ("a*b/c/d*f/g", "\\frac{a\\cdot b}{c\\cdot d}\\cdot \\frac{f}{g}"),
        ("a/b*c", "\\frac{a}{b}\\cdot c"),
        ("2*(a/b)", "2\\cdot \\left(\\frac{a}{b}\\right)"),
        ("sin(x/2)^2", "\\text{sin}\\left(\\frac{x}{2}\\right)^{2}"),
        ("x^(a+b)", "x^{a+b}"),
        ("x^y^2", "x^{y^{2}}"),
        ("3*-2^2", "3\\cdot (-2)^{2}"),
        ("-2^2", "-2^{2}"),
        ("T^{k}^2", "{T^{k}}^{2}"),
        ("R_1||R_2", "R_{1}\\|R_{2}"),
    ] {
        assert_eq!(latex(text).as_deref(), Ok(tex), "{text}");
    }
    assert_eq!(latex("2**3"), Err(CalcError::Syntax));
    assert!(matches!(latex("(a"), Err(CalcError::Parentheses(_))));
}

#[test]
fn refuses_hostile_sizes() {
    let nested = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(evaluate(&nested(100)), Ok(Number::Integer(1.into())));
    assert_eq!(evaluate(&nested(150)), Err(CalcError::TooLarge));
    assert_eq!(evaluate(&nested(30_000)), Err(CalcError::TooLarge));
    assert!(matches!(evaluate(&"(".repeat(60_000)), Err(CalcError::Parentheses(_))));
    assert_eq!(evaluate(&format!("{}1", "1+".repeat(10_000))), Ok(Number::Integer(10_001.into())));
    assert_eq!(evaluate(&"1+".repeat(40_000)), Err(CalcError::TooLarge));
    assert_eq!(evaluate("fact(10000)/fact(9999)"), Ok(Number::Float(10_000.0)));
    for text in ["fact(10001)", "fact(10^6)", "9^9^9^9", "2^(10^30)", "(2^100000)*(2^100000)"] {
        assert_eq!(evaluate(text), Err(CalcError::TooLarge), "{text}");
    }
    assert_eq!(evaluate(&"9".repeat(40_000)), Err(CalcError::TooLarge));
    assert!(matches!(evaluate("fact(1e6)"), Err(CalcError::Arithmetic(_))));
}

/// Returns the steps that a text takes for one set of values.
fn steps(text: &str) -> u64 {
    let scope = Scope { variables: vec!["x".to_owned()], case_sensitive: false };
    let mut budget = Budget::default();
    let before = budget.left();
    let program = Expression::parse(text).and_then(|expression| expression.bind(&scope, &mut budget));
    let value = program.and_then(|program| program.run(&[2.0], &mut budget));
    assert!(value.is_ok(), "{text}: {value:?}");
    before - budget.left()
}

#[test]
fn work_grows_with_the_length_of_a_text_and_the_size_of_its_integers() {
    let terms = |count: usize| format!("{}1", "x+".repeat(count));
    assert_eq!(steps(&terms(10_000)) - steps(&terms(9_000)), steps(&terms(2_000)) - steps(&terms(1_000)));
    assert_eq!(steps("x*x"), 6);
    assert!(steps("3^20000*3^20000") > 10 * steps("3^2000*3^2000"));
    assert!(steps("fact(10000)") > 10 * steps("fact(1000)"));
    // Each term is small enough, all together are not.
    assert_eq!(evaluate(&format!("{}1", "3^20000*3^20000-3^40000+".repeat(200))), Err(CalcError::TooLarge));
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
