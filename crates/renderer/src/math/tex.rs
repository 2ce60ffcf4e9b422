//! Spells TeX as the converter reads it.
//!
//! Authors write for MathJax, which knows a few commands and environments under other names and numbers
//! nothing by itself. The original spelling is what the annotation keeps.

use std::borrow::Cow;

use memchr::memmem;

/// Commands that MathJax knows and the converter does not, as macros.
pub(super) const MACROS: &[(&str, &str)] = &[
    ("textcolor", r"{\color{#1}{#2}}"),
    ("boxed", r"\begin{array}{|c|}\hline #1\\ \hline\end{array}"),
    ("bm", r"\boldsymbol{#1}"),
    ("pmb", r"\boldsymbol{#1}"),
    ("bold", r"\mathbf{#1}"),
    ("substack", r"\begin{subarray}{c}#1\end{subarray}"),
    // Page features around a formula: the formula itself is what is shown.
    ("href", r"{#2}"),
    ("class", r"{#2}"),
    ("cssId", r"{#2}"),
    ("style", r"{#2}"),
    ("require", r"{}"),
    ("LaTeX", r"\text{LaTeX}"),
    ("TeX", r"\text{TeX}"),
    ("tiny", r"{}"),
    ("small", r"{}"),
    ("normalsize", r"{}"),
    ("large", r"{}"),
    ("Large", r"{}"),
    ("LARGE", r"{}"),
    ("huge", r"{}"),
    ("nonumber", r"{}"),
    ("notag", r"{}"),
];

/// Environments by what they are called here. Numbered ones become their unnumbered forms: pages number no
/// equations unless a formula says `\tag`.
const ENVIRONMENTS: &[(&str, &str, &str)] = &[
    ("equation", "equation*", ""),
    ("displaymath", "equation*", ""),
    ("align", "align*", ""),
    ("flalign", "align*", ""),
    ("flalign*", "align*", ""),
    ("gather", "gather*", ""),
    ("multline", "gather*", ""),
    ("multline*", "gather*", ""),
    ("eqnarray", "darray", "{rcl}"),
    ("eqnarray*", "darray", "{rcl}"),
    ("split", "aligned", ""),
    ("smallmatrix", "matrix", ""),
];

const TEXT_COMMANDS: &[&str] = &[r"\text{", r"\textrm{", r"\textit{", r"\textbf{"];

/// Returns the formula in the converter's spelling.
pub(super) fn spell(tex: &str, display: bool) -> Cow<'_, str> {
    let mut out = Cow::Borrowed(tex);
    if tex.contains(r"\begin") {
        out = Cow::Owned(rename_environments(&out));
    }
    if tex.contains(r"\mbox{") || tex.contains(r"\hbox{") {
        // Not a macro: the argument of `\text` must be read as text from the start.
        out = Cow::Owned(out.replace(r"\mbox{", r"\text{").replace(r"\hbox{", r"\text{"));
    }
    if tex.contains('$') && TEXT_COMMANDS.iter().any(|c| out.contains(c)) {
        out = Cow::Owned(split_text(&out));
    }
    if tex.contains(r"\label") {
        out = Cow::Owned(drop_labels(&out));
    }
    if display && tex.contains(r"\tag") && !tex.contains(r"\begin{") {
        out = Cow::Owned(format!(r"\begin{{equation*}}{out}\end{{equation*}}"));
    }
    out
}

fn rename_environments(tex: &str) -> String {
    let mut out = String::with_capacity(tex.len() + 16);
    let mut rest = tex;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        out.push('{');
        rest = after;
        let opens = before.ends_with(r"\begin");
        if !opens && !before.ends_with(r"\end") {
            continue;
        }
        let Some((name, after)) = after.split_once('}') else { continue };
        let known = ENVIRONMENTS.iter().find(|(theirs, ..)| *theirs == name);
        let (ours, columns) = known.map_or((name, ""), |(_, ours, columns)| (*ours, *columns));
        out.push_str(ours);
        out.push('}');
        if opens {
            out.push_str(columns);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Returns one past the brace that closes the group open at `from`.
fn group_end(tex: &str, from: usize) -> Option<usize> {
    let mut depth = 1_usize;
    let mut escaped = false;
    for (i, b) in tex.bytes().enumerate().skip(from) {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(i + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Closes text around the formulas in it: `\text{if $x$ is}` becomes `\text{if }{x}\text{ is}`.
fn split_text(tex: &str) -> String {
    let mut out = String::with_capacity(tex.len() + 32);
    let mut at = 0;
    while at < tex.len() {
        let next = TEXT_COMMANDS.iter().filter_map(|c| Some((tex[at..].find(c)? + at, *c))).min();
        let Some((start, command)) = next else { break };
        let inner_at = start + command.len();
        let Some(end) = group_end(tex, inner_at) else { break };
        out.push_str(&tex[at..start]);
        let inner = &tex[inner_at..end - 1];
        let parts: Vec<&str> = inner.split('$').collect();
        if inner.contains(r"\$") || parts.len().is_multiple_of(2) {
            out.push_str(&tex[start..end]);
        } else {
            for (i, part) in parts.iter().enumerate().filter(|(_, part)| !part.is_empty()) {
                out.push_str(if i % 2 == 0 { command } else { "{" });
                out.push_str(part);
                out.push('}');
            }
        }
        at = end;
    }
    out.push_str(&tex[at..]);
    out
}

fn drop_labels(tex: &str) -> String {
    let mut out = String::with_capacity(tex.len());
    let mut at = 0;
    while let Some(n) = memmem::find(&tex.as_bytes()[at..], br"\label{") {
        let Some(end) = group_end(tex, at + n + br"\label{".len()) else { break };
        out.push_str(&tex[at..at + n]);
        at = end;
    }
    out.push_str(&tex[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn renames_environments_and_gives_them_columns() {
        assert_eq!(
            spell(r"\begin{eqnarray} a &=& b \end{eqnarray}", true),
            r"\begin{darray}{rcl} a &=& b \end{darray}"
        );
        assert_eq!(spell(r"\begin{cases} a \end{cases}", true), r"\begin{cases} a \end{cases}");
    }

    #[test]
    fn takes_formulas_out_of_text() {
        assert_eq!(spell(r"\text{if $x>0$ holds}", true), r"\text{if }{x>0}\text{ holds}");
        assert_eq!(spell(r"\text{costs \$5}", true), r"\text{costs \$5}");
        assert_eq!(spell(r"\text{a {$b$} c}", false), r"\text{a {}{b}\text{} c}");
    }

    #[test]
    fn drops_labels_and_gives_tags_an_equation() {
        assert_eq!(spell(r"a \label{eq:{1}} = b", true), "a  = b");
        assert_eq!(spell(r"a \tag{1}", true), r"\begin{equation*}a \tag{1}\end{equation*}");
    }

    proptest! {
        #[test]
        fn never_panics(tex in r"([a${}\\]|\\text\{|\\begin\{|\\end\{|split|\\label\{|é){0,40}") {
            let _ = spell(&tex, true);
        }
    }
}
