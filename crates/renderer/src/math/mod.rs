//! Formulas in author HTML become MathML.
//!
//! A formula is what stands between `\( \)`, `\[ \]`, `[mathjaxinline] [/mathjaxinline]` or
//! `[mathjax] [/mathjax]` in text (student-view-html §2.2), by the rules of MathJax: not in tags, comments,
//! `script`, `style`, `pre`, `code` and `textarea`; a closing delimiter counts only where braces balance; a line
//! break element within is a space. What cannot be converted stays as the author wrote it, in
//! `<span class="math-tex">`, and is reported.

mod convert;
mod entities;
mod tex;

use std::{borrow::Cow, ops::Range};

use memchr::memmem;
use xblock::{ContentProblem, Severity};

pub use convert::{MAX_FORMULA_BYTES, MathError, tex_to_mathml};

use crate::scan::{Scanner, Tag, Token};

/// Elements in which nothing is a formula: code, and what cannot hold a `math` element.
const SKIPPED: &[&str] = &["pre", "code", "math", "svg", "noscript", "annotation", "option", "select"];

/// Opening and closing delimiter, and whether the formula is displayed as a block.
const DELIMITERS: &[(&str, &str, bool)] = &[
    (r"\(", r"\)", false),
    (r"\[", r"\]", true),
    ("[mathjaxinline]", "[/mathjaxinline]", false),
    ("[mathjax]", "[/mathjax]", true),
];

/// So many opening delimiters without a close, and the rest of the text is left alone.
const MAX_UNCLOSED: usize = 32;

/// MathML is some thirty times as long as TeX: beyond so much output the rest of the text is left alone.
const MAX_OUTPUT_BYTES: usize = 16 * 1024 * 1024;

/// What became of the formulas of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MathReport {
    /// How many became MathML.
    pub converted: usize,
    /// Those that did not.
    pub failed: Vec<FailedFormula>,
}

/// A formula that stays TeX.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedFormula {
    /// The TeX, without delimiters, cut after 200 characters.
    pub tex: String,
    /// Why.
    pub error: MathError,
}

/// Returns author HTML with its formulas as MathML, and adds what became of them to the report.
///
/// Text without formulas is returned as it is. The pass is idempotent: MathML and formulas it could not convert
/// are left alone.
pub fn formulas_to_mathml<'a>(html: &'a str, report: &mut MathReport) -> Cow<'a, str> {
    let bytes = html.as_bytes();
    if [&b"\\("[..], b"\\[", b"[mathjax"].iter().all(|d| memmem::find(bytes, d).is_none()) {
        return Cow::Borrowed(html);
    }
    let mut pass = Pass { html, out: String::new(), copied: 0, unclosed: 0, full: false, report };
    let mut run = Run::default();
    let mut skipping: Option<(&str, usize)> = None;
    for token in Scanner::new(html) {
        match token {
            Token::Text(range) if skipping.is_none() => run.extend(range),
            Token::Comment(range) if skipping.is_none() => run.hole(range, false),
            Token::Tag(tag) if skipping.is_none() && (tag.is("br") || tag.is("wbr")) => {
                run.hole(tag.range.clone(), tag.is("br"));
            }
            Token::Tag(tag) => {
                pass.run(&std::mem::take(&mut run));
                skipping = skip(skipping, &tag, html);
            }
            Token::Raw(_) => pass.run(&std::mem::take(&mut run)),
            Token::Text(_) | Token::Comment(_) => {}
        }
    }
    pass.run(&run);
    pass.finish()
}

/// The hook for [`xblock::CompileCx::math`]: converts, and reports formulas that stay TeX as warnings.
pub fn compile_math(html: &str, problems: &mut Vec<ContentProblem>) -> String {
    let mut report = MathReport::default();
    let out = formulas_to_mathml(html, &mut report).into_owned();
    problems.extend(report.failed.into_iter().map(|failed| {
        let message = format!("the formula '{}' is shown as TeX: {}", failed.tex, failed.error);
        ContentProblem::new(Severity::Warning, "formula_not_converted", message)
    }));
    out
}

/// The hook for [`xblock::BlockCx::math`]: one formula within a line.
pub fn formula(tex: &str) -> Option<String> {
    tex_to_mathml(tex, false).ok()
}

/// Follows an element whose content is skipped, nested ones of its name included.
fn skip<'a>(current: Option<(&'a str, usize)>, tag: &Tag<'a>, html: &str) -> Option<(&'a str, usize)> {
    let source = &html[tag.range.clone()];
    let empty = source.ends_with("/>");
    match current {
        None if tag.closing || empty => None,
        None if SKIPPED.iter().any(|name| tag.is(name)) => Some((tag.name, 1)),
        None if tag.is("span") && source.contains("math-tex") => Some((tag.name, 1)),
        Some((name, depth)) if tag.is(name) && (tag.closing || !empty) => {
            let depth = if tag.closing { depth - 1 } else { depth + 1 };
            (depth > 0).then_some((name, depth))
        }
        other => other,
    }
}

/// Text that no element interrupts, with the comments and line breaks in it.
#[derive(Default)]
struct Run {
    range: Range<usize>,
    /// What is no text, and whether it stands for a space.
    holes: Vec<(Range<usize>, bool)>,
}

impl Run {
    fn extend(&mut self, range: Range<usize>) {
        if self.range.is_empty() {
            self.range.start = range.start;
        }
        self.range.end = range.end;
    }

    fn hole(&mut self, range: Range<usize>, space: bool) {
        if !self.range.is_empty() {
            self.extend(range.clone());
            self.holes.push((range, space));
        }
    }

    /// Returns the first hole that ends after a position.
    fn hole_at(&self, at: usize) -> Option<&Range<usize>> {
        let n = self.holes.partition_point(|(hole, _)| hole.end <= at);
        self.holes.get(n).map(|(hole, _)| hole)
    }
}

struct Pass<'a, 'r> {
    html: &'a str,
    out: String,
    copied: usize,
    unclosed: usize,
    full: bool,
    report: &'r mut MathReport,
}

impl<'a> Pass<'a, '_> {
    fn run(&mut self, run: &Run) {
        let mut at = run.range.start;
        while self.unclosed < MAX_UNCLOSED
            && !self.full
            && let Some((start, (open, close, display))) = self.next_open(run, at)
        {
            let inner_at = start + open.len();
            let Some(inner_end) = self.close(run, inner_at, close) else {
                self.unclosed += 1;
                // `\(` alone may be anything; a lone `[mathjax]` is a mistake.
                if open.starts_with('[') {
                    let tex = self.html[inner_at..run.range.end].chars().take(200).collect();
                    self.report.failed.push(FailedFormula { tex, error: MathError::Unclosed });
                }
                at = inner_at;
                continue;
            };
            at = inner_end + close.len();
            self.formula(run, start..at, inner_at..inner_end, display);
        }
    }

    fn next_open(&self, run: &Run, mut at: usize) -> Option<(usize, (&'static str, &'static str, bool))> {
        let bytes = self.html.as_bytes();
        while at < run.range.end {
            let n = memchr::memchr2(b'\\', b'[', &bytes[at..run.range.end])?;
            at += n;
            if let Some(hole) = run.hole_at(at).filter(|hole| hole.start <= at) {
                at = hole.end;
                continue;
            }
            let rest = &bytes[at..run.range.end];
            if let Some(found) = DELIMITERS.iter().find(|(open, ..)| rest.starts_with(open.as_bytes())) {
                return Some((at, *found));
            }
            at += 1;
        }
        None
    }

    /// Returns where the closing delimiter starts. As in MathJax a backslash takes the next character with it,
    /// and the delimiter counts only outside braces.
    fn close(&self, run: &Run, from: usize, close: &str) -> Option<usize> {
        // Entities make a formula longer in HTML than it is.
        let end = run.range.end.min(from + 2 * MAX_FORMULA_BYTES);
        let bytes = &self.html.as_bytes()[..end];
        let (mut at, mut depth) = (from, 0_usize);
        while at < end {
            if let Some(hole) = run.hole_at(at).filter(|hole| hole.start <= at) {
                at = hole.end;
                continue;
            }
            if depth == 0 && bytes[at..].starts_with(close.as_bytes()) {
                return Some(at);
            }
            match bytes[at] {
                b'\\' => at += 1,
                b'{' => depth += 1,
                b'}' => depth = depth.checked_sub(1)?,
                _ => {}
            }
            at += 1;
        }
        None
    }

    fn formula(&mut self, run: &Run, whole: Range<usize>, inner: Range<usize>, display: bool) {
        let mut source = String::with_capacity(inner.len());
        let mut at = inner.start;
        for (hole, space) in run.holes.iter().filter(|(hole, _)| inner.contains(&hole.start)) {
            source.push_str(&self.html[at..hole.start]);
            if *space {
                source.push('\n');
            }
            at = hole.end;
        }
        source.push_str(&self.html[at..inner.end]);
        let decoded = entities::decode(&source);
        let tex = decoded.trim();
        if tex.is_empty() {
            return;
        }
        if self.out.len() > MAX_OUTPUT_BYTES {
            self.full = true;
            let tex = tex.chars().take(200).collect();
            self.report.failed.push(FailedFormula { tex, error: MathError::TooMany });
            return;
        }
        self.out.push_str(&self.html[self.copied..whole.start]);
        match tex_to_mathml(tex, display) {
            Ok(mathml) => {
                self.report.converted += 1;
                self.out.push_str(&mathml);
            }
            Err(error) => {
                self.report.failed.push(FailedFormula { tex: tex.chars().take(200).collect(), error });
                self.out.push_str("<span class=\"math-tex\">");
                self.out.push_str(&self.html[whole.clone()]);
                self.out.push_str("</span>");
            }
        }
        self.copied = whole.end;
    }

    fn finish(mut self) -> Cow<'a, str> {
        if self.copied == 0 {
            return Cow::Borrowed(self.html);
        }
        self.out.push_str(&self.html[self.copied..]);
        Cow::Owned(self.out)
    }
}

#[cfg(test)]
mod tests;
