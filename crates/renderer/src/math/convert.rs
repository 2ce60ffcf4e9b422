//! One formula: TeX to MathML.

use std::{fmt::Write as _, sync::LazyLock, thread};

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
use thiserror::Error;

use super::tex;
use crate::escape::escape_text;

/// Longest formula that is converted, in bytes.
pub const MAX_FORMULA_BYTES: usize = 8 * 1024;
/// Most commands, groups and scripts in a formula that is converted: each may nest one level deeper.
const MAX_LEVELS: usize = 2_000;
/// Formulas of at most so many levels are converted on the caller's stack.
const LEVELS_ON_CALLER_STACK: usize = 32;
/// What one level takes of the stack at most (measured: 4 KiB optimised, 32 KiB not).
const STACK_PER_LEVEL: usize = 40 * 1024;

/// Why a formula could not be converted.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MathError {
    /// It is longer than [`MAX_FORMULA_BYTES`] or has too many commands.
    #[error("the formula is too long ({0} bytes)")]
    TooLong(usize),
    /// The formulas before it in the same text made too much output.
    #[error("the text has too many formulas")]
    TooMany,
    /// The delimiter that opens it is never closed in the same text.
    #[error("the formula is not closed")]
    Unclosed,
    /// The converter does not understand it.
    #[error("{0}")]
    Tex(String),
    /// No thread could be had for a deeply nested formula.
    #[error("no memory for a nested formula")]
    NoStack,
}

static CONVERTER: LazyLock<LatexToMathML> = LazyLock::new(|| {
    let macros = tex::MACROS.iter().map(|(name, body)| ((*name).to_owned(), (*body).to_owned())).collect();
    let config =
        |macros| MathCoreConfig { macros, allow_unreliable_rendering: true, ..MathCoreConfig::default() };
    // The macros are constants and a test converts each; without them all but their commands still converts.
    LatexToMathML::new(config(macros)).or_else(|_| LatexToMathML::new(config(Vec::new()))).unwrap_or_default()
});

/// Returns a formula as a `math` element whose annotation holds the TeX.
///
/// `source` is plain TeX without delimiters. The result is well-formed as HTML and as XML.
pub fn tex_to_mathml(source: &str, display: bool) -> Result<String, MathError> {
    let levels = source.bytes().filter(|b| matches!(b, b'\\' | b'{' | b'^' | b'_' | b'[' | b'$')).count();
    if source.len() > MAX_FORMULA_BYTES || levels > MAX_LEVELS {
        return Err(MathError::TooLong(source.len()));
    }
    let spelled = tex::spell(source, display);
    let mathml = if levels <= LEVELS_ON_CALLER_STACK {
        convert(&spelled, display)?
    } else {
        thread::scope(|scope| {
            thread::Builder::new()
                .stack_size(1024 * 1024 + levels * STACK_PER_LEVEL)
                .spawn_scoped(scope, || convert(&spelled, display))
                .map_err(|_| MathError::NoStack)?
                .join()
                .map_err(|_| MathError::Tex("the converter failed".to_owned()))?
        })?
    };
    annotate(&mathml, source).ok_or_else(|| MathError::Tex("the converter gave no math element".to_owned()))
}

fn convert(tex: &str, display: bool) -> Result<String, MathError> {
    let display = if display { MathDisplay::Block } else { MathDisplay::Inline };
    match CONVERTER.convert_with_local_state(tex, display) {
        Ok(result) => Ok(result.mathml),
        Err(error) => {
            let mut message = error.error_message();
            let around: String = tex.get(error.0.clone()).unwrap_or_default().chars().take(40).collect();
            if !around.is_empty() && !message.contains(&around) {
                let _ = write!(message, " (at '{around}')");
            }
            Err(MathError::Tex(message))
        }
    }
}

/// Puts the TeX as written beside the MathML.
fn annotate(mathml: &str, source: &str) -> Option<String> {
    let open_end = mathml.find('>')? + 1;
    let inner = mathml.get(open_end..)?.strip_suffix("</math>")?;
    let mut out = String::with_capacity(mathml.len() + source.len() + 96);
    out.push_str(&mathml[..open_end]);
    out.push_str("<semantics><mrow>");
    out.push_str(inner);
    out.push_str(r#"</mrow><annotation encoding="application/x-tex">"#);
    escape_text(&mut out, source);
    out.push_str("</annotation></semantics></math>");
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_the_tex_as_written_in_the_annotation() {
        let mathml = tex_to_mathml(r"a \lt b < c & d", false);
        assert!(matches!(mathml, Err(MathError::Tex(_))), "{mathml:?}");
        let mathml = tex_to_mathml(r"a < b", false).unwrap();
        let document = roxmltree::Document::parse(&mathml).unwrap();
        let annotation = document.descendants().find(|n| n.has_tag_name("annotation")).unwrap();
        assert_eq!(annotation.text(), Some("a < b"));
        assert_eq!(annotation.attribute("encoding"), Some("application/x-tex"));
        assert_eq!(document.root_element().attribute("display"), None);
    }

    #[test]
    fn display_formulas_are_blocks() {
        let mathml = tex_to_mathml(r"\sum_{i=1}^n i", true).unwrap();
        assert!(mathml.starts_with(r#"<math display="block">"#), "{mathml}");
    }

    #[test]
    fn converts_every_macro() {
        for formula in [
            r"\mbox{if }x",
            r"\textcolor{red}{x}",
            r"\boxed{E=mc^2}",
            r"\mbox{if $x$}",
            r"\bm{x}+\pmb{y}+\bold{z}",
            r"\sum_{\substack{i<j\\j<n}}",
            r"\href{https://example.org/}{x}\class{a}{y}\style{color:red}{z}\cssId{b}{w}",
            r"\require{cancel}\cancel{x}",
            r"\LaTeX\TeX",
            r"\large x \normalsize y",
            r"x \nonumber",
        ] {
            assert_eq!(tex_to_mathml(formula, true).err(), None, "{formula}");
        }
    }

    #[test]
    fn converts_environments_under_all_their_names_without_numbers() {
        for name in ["equation", "align", "gather", "multline", "flalign", "align*"] {
            let mathml = tex_to_mathml(&format!(r"\begin{{{name}}} a = b \end{{{name}}}"), true).unwrap();
            assert!(!mathml.contains("(1)"), "{name}: {mathml}");
        }
        let tagged = tex_to_mathml(r"E = mc^2 \tag{7}", true).unwrap();
        assert!(tagged.contains('7') && !tagged.contains(r"\tag{7}</mrow>"), "{tagged}");
        assert!(tex_to_mathml(r"\begin{eqnarray} a &=& b \\ c &=& d \end{eqnarray}", true).is_ok());
    }

    #[test]
    fn says_what_it_does_not_understand() {
        let error = tex_to_mathml(r"\ce{H2O}", false).unwrap_err().to_string();
        assert!(error.contains("ce"), "{error}");
        assert_eq!(tex_to_mathml(&"x".repeat(9000), false), Err(MathError::TooLong(9000)));
    }

    #[test]
    fn deep_nesting_neither_overflows_nor_fails() {
        for open in ["{", r"\sqrt{", r"\left(", r"\frac1{"] {
            let close = if open.ends_with('{') { "}" } else { r"\right)" };
            let formula = format!("{}x{}", open.repeat(400), close.repeat(400));
            assert!(tex_to_mathml(&formula, true).is_ok(), "{open}");
        }
        let chain = r"\sqrt".repeat(1500);
        assert!(matches!(tex_to_mathml(&chain, true), Err(MathError::Tex(_) | MathError::TooLong(_))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn any_tex_gives_well_formed_xml_or_an_error(
            tex in r"([a-z0-9{}^_&\\<> ']|\\frac|\\left\(|\\right\)|\\text\{|\\begin\{matrix\}|\\end\{matrix\}|\\color\{red\}|é|\u{301}){0,30}",
            display: bool,
        ) {
            if let Ok(mathml) = tex_to_mathml(&tex, display) {
                let parsed = roxmltree::Document::parse(&mathml);
                prop_assert!(parsed.is_ok(), "{:?}: {}", parsed.err(), mathml);
            }
        }
    }
}
