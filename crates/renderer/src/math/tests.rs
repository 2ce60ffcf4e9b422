use proptest::prelude::*;

use super::*;

fn convert(html: &str) -> (String, MathReport) {
    let mut report = MathReport::default();
    (formulas_to_mathml(html, &mut report).into_owned(), report)
}

fn count(html: &str) -> usize {
    convert(html).0.matches("<math").count()
}

#[test]
fn converts_all_four_kinds_of_delimiters() {
    let html = r"<p>\(a\) [mathjaxinline]b[/mathjaxinline] and \[c\] [mathjax]d[/mathjax]</p>";
    let (out, report) = convert(html);
    assert_eq!(report, MathReport { converted: 4, failed: vec![] });
    assert_eq!(out.matches("<math>").count(), 2);
    assert_eq!(out.matches(r#"<math display="block">"#).count(), 2);
    assert!(out.starts_with("<p><math>") && out.ends_with("</math></p>"), "{out}");
}

#[test]
fn leaves_text_without_formulas_alone() {
    for html in ["<p>no formula</p>", r"C:\[unclosed", r"a \) b", r"\(\)", "[mathjaxoutline]"] {
        let mut report = MathReport::default();
        assert!(matches!(formulas_to_mathml(html, &mut report), Cow::Borrowed(_)), "{html}");
    }
}

#[test]
fn finds_nothing_in_markup_code_and_comments() {
    for html in [
        r#"<a title="\(a\)">x</a>"#,
        r"<script>f('\(a\)')</script>",
        r"<style>/* \(a\) */</style>",
        r"<pre>x <b>y</b> \(a\)</pre>",
        r"<code>\(a\)</code>",
        r"<textarea>\(a\)</textarea>",
        r"<!-- \(a\) -->",
        r"<svg><text>\(a\)</text></svg>",
    ] {
        assert_eq!(count(html), 0, "{html}");
    }
    assert_eq!(count(r"<code>a<code>b</code>\(a\)</code>\(b\)"), 1);
    assert_eq!(count(r"<svg/>\(b\)"), 1);
}

#[test]
fn reads_entities_line_breaks_and_comments_in_a_formula() {
    let (out, _) = convert(r"\(a &lt; b &amp; <br/>c<!-- \) -->\)");
    assert!(out.contains(r"math-tex"), "an alignment mark outside a table is no formula: {out}");
    let (out, report) = convert("\\(a &lt;<br/>b<!-- \\) --> \u{a0}c\\)");
    assert_eq!(report.converted, 1);
    assert!(out.contains("a &lt;\nb  c</annotation>"), "{out}");
}

#[test]
fn a_tag_interrupts_a_formula() {
    assert_eq!(count(r"\(a <b>b</b> c\)"), 0);
    assert_eq!(count(r"\(a < b\)"), 1);
}

#[test]
fn closes_only_where_braces_balance() {
    let (out, report) = convert(r"\({a \) b}\) and \(x\\\)");
    assert_eq!((report.converted, report.failed.len()), (1, 1), "{out}");
    assert_eq!(report.failed[0].tex, r"{a \) b}");
    assert_eq!(count(r"\({a\)"), 0);
}

#[test]
fn keeps_and_reports_what_it_cannot_convert() {
    let html = r"<p>\(\ce{H2O} &lt; 1\)</p>";
    let (out, report) = convert(html);
    assert_eq!(out, r#"<p><span class="math-tex">\(\ce{H2O} &lt; 1\)</span></p>"#);
    assert_eq!(report.failed[0].tex, r"\ce{H2O} < 1");
    let (_, report) = convert("[mathjax] a");
    assert_eq!(report.failed[0].error, MathError::Unclosed);
    let mut problems = Vec::new();
    compile_math(html, &mut problems);
    assert_eq!(problems[0].code, "formula_not_converted");
}

#[test]
fn a_second_pass_changes_nothing() {
    let (once, _) = convert(r"\(a\) \(\ce{b}\) [mathjax]\frac{1}{2}[/mathjax]");
    let (twice, report) = convert(&once);
    assert_eq!(once, twice);
    assert_eq!(report, MathReport::default());
}

#[test]
fn a_flood_of_open_delimiters_is_left_alone() {
    let html = r"\( {".repeat(200_000);
    assert_eq!(convert(&html).0, html);
}

#[test]
fn what_formulas_make_is_bounded() {
    let html = r"\(x\) ".repeat(200_000);
    let (out, report) = convert(&html);
    assert!(out.len() < MAX_OUTPUT_BYTES + 2 * html.len());
    assert_eq!(report.failed.last().map(|f| &f.error), Some(&MathError::TooMany));
    assert!(out.ends_with(r"\(x\) "));
}

proptest! {
    #[test]
    fn never_panics_and_keeps_text_around(html in r#"(\\[()\[\]]|\[/?mathjax(inline)?\]|[a-z{}<>&;"^ ]|<br>|<!--|-->|<pre>|é){0,40}"#) {
        let (out, report) = convert(&format!("start {html}"));
        prop_assert!(out.starts_with("start "));
        if report.converted == 0 && report.failed.is_empty() {
            prop_assert_eq!(out, format!("start {html}"));
        }
    }
}

#[test]
fn everything_a_preview_of_a_formula_is_made_of_is_converted() {
    for tex in [
        r"-x+2\cdot 3",
        r"5\!\times\!10^{-3}",
        r"\frac{a}{5\%}",
        r"R_{1}\|R_{2}",
        r"\text{f\_1}\left(\frac{x}{2}\right)^{2}",
        r"\log_{10}(x)+\log_2(y)+\sqrt{z}",
        r"{T_{ij}^{kl}}^{2}+x''",
        r"\varepsilon_{1}+\Upsilon+\varpi+\varrho+\varsigma+\vartheta",
    ] {
        let mathml = super::formula(tex);
        assert!(mathml.as_deref().is_some_and(|m| m.starts_with("<math")), "{tex}: {mathml:?}");
    }
    assert!(super::formula(r"5\%").is_some_and(|mathml| mathml.contains('%')));
    assert_eq!(super::formula(r"\frac{1"), None);
}
