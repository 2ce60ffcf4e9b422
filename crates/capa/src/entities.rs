//! References to characters in HTML: `&amp;`, `&#960;`, `&eacute;`.

/// Names of the characters from U+00A0 to U+00FF, in order.
const LATIN: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 \
    acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig \
    Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave \
    Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave \
    iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

/// Names of other characters that are known; any other reference stays as it is written.
const OTHERS: [(&str, char); 50] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("delta", 'δ'),
    ("epsilon", 'ε'),
    ("theta", 'θ'),
    ("kappa", 'κ'),
    ("lambda", 'λ'),
    ("mu", 'μ'),
    ("nu", 'ν'),
    ("pi", 'π'),
    ("rho", 'ρ'),
    ("sigma", 'σ'),
    ("tau", 'τ'),
    ("phi", 'φ'),
    ("chi", 'χ'),
    ("psi", 'ψ'),
    ("omega", 'ω'),
    ("Gamma", 'Γ'),
    ("Delta", 'Δ'),
    ("Theta", 'Θ'),
    ("Lambda", 'Λ'),
    ("Sigma", 'Σ'),
    ("Phi", 'Φ'),
    ("Psi", 'Ψ'),
    ("Omega", 'Ω'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bull", '•'),
    ("hellip", '…'),
    ("euro", '€'),
    ("larr", '←'),
    ("rarr", '→'),
    ("harr", '↔'),
    ("le", '≤'),
    ("ge", '≥'),
    ("ne", '≠'),
    ("minus", '−'),
    ("radic", '√'),
    ("infin", '∞'),
    ("sum", '∑'),
];

/// The length of the longest reference that is known, behind its `&`.
const LONGEST: usize = 12;

/// Returns the text with the references that are known replaced.
pub(crate) fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(LONGEST).position(|byte| byte == b';');
        let reference = end.and_then(|end| Some((named(&rest[1..end])?, end + 1)));
        let (character, length) = reference.unwrap_or(('&', 1));
        out.push(character);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

/// Returns the character that a reference names.
fn named(name: &str) -> Option<char> {
    if let Some(digits) = name.strip_prefix('#') {
        let code = match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => digits.parse(),
        };
        return char::from_u32(code.ok()?);
    }
    let latin = LATIN.split_whitespace().zip('\u{a0}'..).find(|(known, _)| *known == name);
    let other = || OTHERS.iter().find(|(known, _)| *known == name).copied();
    latin.or_else(other).map(|(_, character)| character)
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn known_references_are_replaced_and_others_stay() {
        for (text, expected) in [
            ("no reference", "no reference"),
            ("&lt;i&gt; &amp;amp; &quot;&apos;", "<i> &amp; \"'"),
            ("&#960;&#x3c0;&#X3C0; &#0; &#xd800; &#99999999;", "πππ \0 &#xd800; &#99999999;"),
            ("&nbsp;&eacute;&yuml;&infin;", "\u{a0}éÿ∞"),
            ("&bogus; & &amp &;", "&bogus; & &amp &;"),
            ("&é;&", "&é;&"),
        ] {
            assert_eq!(decoded(text), expected, "{text}");
        }
    }
}
