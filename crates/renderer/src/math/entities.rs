//! Character references in formulas.

use std::borrow::Cow;

/// The references that occur in formulas; others stay as written.
const NAMED: &[(&str, char)] = &[
    ("lt", '<'),
    ("gt", '>'),
    ("amp", '&'),
    ("quot", '"'),
    ("apos", '\''),
    // MathJax reads it as a space.
    ("nbsp", ' '),
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("times", '×'),
    ("divide", '÷'),
    ("plusmn", '±'),
    ("minus", '−'),
    ("middot", '·'),
    ("deg", '°'),
    ("le", '≤'),
    ("ge", '≥'),
    ("ne", '≠'),
    ("infin", '∞'),
    ("radic", '√'),
    ("sum", '∑'),
    ("int", '∫'),
    ("part", '∂'),
    ("euro", '€'),
    ("pound", '£'),
    ("micro", 'µ'),
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("delta", 'δ'),
    ("Delta", 'Δ'),
    ("epsilon", 'ε'),
    ("theta", 'θ'),
    ("lambda", 'λ'),
    ("mu", 'μ'),
    ("pi", 'π'),
    ("rho", 'ρ'),
    ("sigma", 'σ'),
    ("phi", 'φ'),
    ("omega", 'ω'),
    ("Omega", 'Ω'),
    ("prime", '′'),
];

/// Returns the text a browser shows for HTML without tags; no-break spaces become spaces, invisible
/// characters go.
pub(super) fn decode(html: &str) -> Cow<'_, str> {
    if !html.contains(['&', '\u{a0}', '\u{200b}', '\u{feff}']) {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(n) = rest.find(['&', '\u{a0}', '\u{200b}', '\u{feff}']) {
        out.push_str(&rest[..n]);
        rest = &rest[n..];
        let (c, length) = match rest.strip_prefix('&') {
            Some(after) => reference(after).map_or((Some('&'), 1), |(c, length)| (Some(c), length + 1)),
            None if rest.starts_with('\u{a0}') => (Some(' '), 2),
            None => (None, 3),
        };
        out.extend(
            c.filter(|c| !matches!(c, '\u{200b}' | '\u{feff}')).map(|c| if c == '\u{a0}' { ' ' } else { c }),
        );
        rest = &rest[length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Reads a reference after its `&`: the character and the length, `;` included.
fn reference(after: &str) -> Option<(char, usize)> {
    let end = after.bytes().take(12).position(|b| b == b';')?;
    let name = &after[..end];
    let c = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))?
        }
        None => NAMED.iter().find(|(n, _)| *n == name)?.1,
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decodes_named_and_numeric_references() {
        assert_eq!(decode("a &lt; b &amp;lt; &#x3C0;&#960;"), "a < b &lt; ππ");
        assert_eq!(decode("1&nbsp;2\u{a0}3&#xA0;4\u{200b}"), "1 2 3 4");
        assert_eq!(decode("a & b &unknown; &#xD800; &#0;"), "a & b &unknown; &#xD800; &#0;");
    }

    proptest! {
        #[test]
        fn never_panics(html in "[&;#xa0-9lté\u{a0}\u{200b}]{0,30}") {
            let _ = decode(&html);
        }
    }
}
