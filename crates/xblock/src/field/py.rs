//! Numbers as Python reads and prints them.

use num_bigint::BigInt;

use super::error::FieldError;

/// Python refuses to read integers with more digits.
const MAX_INT_DIGITS: usize = 4300;

/// Reads an integer as `int(text)` does: surrounding white space, a sign, single underscores between digits.
pub(crate) fn parse_int(text: &str) -> Result<BigInt, FieldError> {
    let bad = || FieldError::value(format!("{text:?} is not an integer"));
    let trimmed = text.trim_matches(is_space);
    let (sign, digits) = match trimmed.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let digits = join_digits(digits).ok_or_else(bad)?;
    if digits.is_empty() || digits.len() > MAX_INT_DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    format!("{sign}{digits}").parse().map_err(|_| bad())
}

/// Reads a float as `float(text)` does; `nan` and `inf` in any case.
pub(crate) fn parse_float(text: &str) -> Result<f64, FieldError> {
    let bad = || FieldError::value(format!("{text:?} is not a number"));
    let joined = join_digits(text.trim_matches(is_space)).ok_or_else(bad)?;
    // Rust reads all Python reads but nothing that starts with other letters.
    joined.parse().map_err(|_| bad())
}

/// Removes underscores that stand between two digits; nothing if one stands elsewhere.
fn join_digits(text: &str) -> Option<String> {
    let mut joined = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut before = None;
    while let Some(c) = chars.next() {
        if c == '_' {
            let between = before.is_some_and(|c: char| c.is_ascii_digit())
                && chars.peek().is_some_and(char::is_ascii_digit);
            if !between {
                return None;
            }
        } else {
            joined.push(c);
        }
        before = Some(c);
    }
    Some(joined)
}

/// Returns whether Python strips the character from numbers.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Truncates a float as `int(x)` does.
pub(crate) fn float_to_int(x: f64) -> Result<BigInt, FieldError> {
    if x.is_nan() {
        return Err(FieldError::value("cannot convert NaN to an integer"));
    }
    if x.is_infinite() {
        return Err(FieldError::overflow("cannot convert infinity to an integer"));
    }
    // `{:.0}` prints every digit of a truncated float.
    format!("{:.0}", x.trunc()).parse().map_err(|_| FieldError::value("not an integer"))
}

/// Converts an integer as `float(n)` does.
pub(crate) fn int_to_float(n: &BigInt) -> Result<f64, FieldError> {
    match n.to_string().parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(x),
        _ => Err(FieldError::overflow("the integer is too large for a float")),
    }
}

/// Prints a finite float as `repr(x)` does.
pub(crate) fn float_repr(x: f64) -> String {
    // The shortest digits that read back as the same float, as `d.ddde±x`.
    let shortest = format!("{x:e}");
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{x}");
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Prints a float as Python's JSON does.
pub(crate) fn float_json(x: f64) -> String {
    match (x.is_nan(), x.is_infinite(), x < 0.0) {
        (true, ..) => "NaN".to_owned(),
        (_, true, false) => "Infinity".to_owned(),
        (_, true, true) => "-Infinity".to_owned(),
        _ => float_repr(x),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_integers_like_python() {
        for (text, n) in [("5", 5), (" -7\n", -7), ("+1_000", 1000), ("007", 7), ("\u{a0}3\u{1f}", 3)] {
            assert_eq!(parse_int(text), Ok(BigInt::from(n)), "{text:?}");
        }
        for text in ["", " ", "5.0", "1__0", "_1", "1_", "0x1F", "1e3", "--1", "- 1", &"9".repeat(4301)] {
            assert!(parse_int(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn reads_floats_like_python() {
        for (text, x) in
            [("1e3", 1000.0), (" .5", 0.5), ("5.", 5.0), ("1_0.2_5", 10.25), ("-Infinity", f64::NEG_INFINITY)]
        {
            assert_eq!(parse_float(text), Ok(x), "{text:?}");
        }
        assert!(parse_float("nAn").unwrap().is_nan());
        for text in ["", "1_.5", "1,5", "0x1p3", "1e", ".", "in f"] {
            assert!(parse_float(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn prints_floats_like_python() {
        for (x, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1.2345678901234567e19, "1.2345678901234567e+19"),
            (5e-324, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (123456789.125, "123456789.125"),
        ] {
            assert_eq!(float_repr(x), text);
        }
    }

    #[test]
    fn truncates_floats_and_refuses_what_has_no_integer() {
        assert_eq!(float_to_int(-3.99), Ok(BigInt::from(-3)));
        assert_eq!(float_to_int(1e21).unwrap().to_string(), "1000000000000000000000");
        assert!(float_to_int(f64::NAN).is_err() && float_to_int(f64::INFINITY).is_err());
        assert!(int_to_float(&(BigInt::from(10).pow(400))).is_err());
    }
}
