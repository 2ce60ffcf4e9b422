//! Python's `float(text)` and `complex(text)`.

use num_complex::Complex64;

/// Parses `text` as Python's `float()` does: surrounding white space, single underscores between digits, `inf`,
/// `infinity` and `nan` in any case.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let text = text.trim();
    match scan_float(text.as_bytes())? {
        (value, length) if length == text.len() => Some(value),
        _ => None,
    }
}

/// Parses `text` as Python's `complex()` does: a real part, an imaginary part ending in `j`, or both, optionally in
/// one pair of parentheses.
pub(crate) fn parse_complex(text: &str) -> Option<Complex64> {
    let mut text = text.trim();
    if let Some(inner) = text.strip_prefix('(') {
        text = inner.strip_suffix(')')?.trim();
    }
    let bytes = text.as_bytes();
    let imaginary_unit = |rest: &[u8]| matches!(rest, [b'j' | b'J']);
    // `j`, `+j`, `-j`
    let bare_sign = |rest: &[u8]| -> Option<f64> {
        match rest {
            [b'j' | b'J'] => Some(1.0),
            [b'+', b'j' | b'J'] => Some(1.0),
            [b'-', b'j' | b'J'] => Some(-1.0),
            _ => None,
        }
    };
    if let Some(sign) = bare_sign(bytes) {
        return Some(Complex64::new(0.0, sign));
    }
    let (first, length) = scan_float(bytes)?;
    let rest = &bytes[length..];
    if rest.is_empty() {
        return Some(Complex64::new(first, 0.0));
    }
    if imaginary_unit(rest) {
        return Some(Complex64::new(0.0, first));
    }
    if !matches!(rest[0], b'+' | b'-') {
        return None;
    }
    if let Some(sign) = bare_sign(rest) {
        return Some(Complex64::new(first, sign));
    }
    let (second, length) = scan_float(rest)?;
    imaginary_unit(&rest[length..]).then_some(Complex64::new(first, second))
}

/// Reads the longest float at the start of `bytes`; returns it with the number of bytes read.
fn scan_float(bytes: &[u8]) -> Option<(f64, usize)> {
    let mut at = 0;
    let negative = match bytes.first() {
        Some(b'-') => {
            at = 1;
            true
        }
        Some(b'+') => {
            at = 1;
            false
        }
        _ => false,
    };
    let sign = if negative { -1.0 } else { 1.0 };
    for (word, value) in [("infinity", f64::INFINITY), ("inf", f64::INFINITY), ("nan", f64::NAN)] {
        if bytes.len() >= at + word.len() && bytes[at..at + word.len()].eq_ignore_ascii_case(word.as_bytes())
        {
            return Some((sign * value, at + word.len()));
        }
    }
    let mut digits = String::with_capacity(bytes.len());
    if negative {
        digits.push('-');
    }
    let whole = scan_digits(&bytes[at..], &mut digits);
    at += whole;
    let mut fraction = 0;
    if bytes.get(at) == Some(&b'.') {
        digits.push('.');
        fraction = scan_digits(&bytes[at + 1..], &mut digits);
        if whole == 0 && fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if whole == 0 && fraction == 0 {
        return None;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let mut exponent = String::from("e");
        let mut end = at + 1;
        if let Some(sign @ (b'+' | b'-')) = bytes.get(end) {
            exponent.push(char::from(*sign));
            end += 1;
        }
        let length = scan_digits(&bytes[end..], &mut exponent);
        if length > 0 {
            digits.push_str(&exponent);
            at = end + length;
        }
    }
    digits.parse().ok().map(|value| (value, at))
}

/// Copies a run of digits with single underscores between them; returns the bytes read.
fn scan_digits(bytes: &[u8], into: &mut String) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            digit @ b'0'..=b'9' => into.push(char::from(digit)),
            b'_' if at > 0
                && bytes[at - 1].is_ascii_digit()
                && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {}
            _ => break,
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_floats_as_python_does() {
        for (text, value) in [
            ("1", 1.0),
            (" 5 ", 5.0),
            ("1e3", 1000.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1_0", 10.0),
            ("-2.5E-1", -0.25),
        ] {
            assert_eq!(parse_float(text), Some(value), "{text}");
        }
        assert_eq!(parse_float("-Infinity"), Some(f64::NEG_INFINITY));
        assert!(parse_float("NaN").is_some_and(f64::is_nan));
        for text in ["", "abc", "1__0", "_1", "1_", ".", "e3", "1e", "2*0.5", "1 2", "0x10"] {
            assert_eq!(parse_float(text), None, "{text}");
        }
    }

    #[test]
    fn reads_complex_numbers_as_python_does() {
        let c = Complex64::new;
        for (text, value) in [
            ("2+3j", c(2.0, 3.0)),
            (" 5 ", c(5.0, 0.0)),
            ("j", c(0.0, 1.0)),
            ("-j", c(0.0, -1.0)),
            ("1-j", c(1.0, -1.0)),
            ("(1e3-2.5e-1J)", c(1000.0, -0.25)),
            ("3j", c(0.0, 3.0)),
        ] {
            assert_eq!(parse_complex(text), Some(value), "{text}");
        }
        for text in ["", "2 + 3j", "2+3i", "1+2", "(1", "1)", "jj", "1j2"] {
            assert_eq!(parse_complex(text), None, "{text}");
        }
    }
}
