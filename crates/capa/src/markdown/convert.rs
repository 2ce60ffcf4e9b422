//! Markdown to OLX.

use olx::{Document, Limits};

use super::{MAX_BYTES, MarkdownError, answers, choices, dropdown, feedback, gather, hints, prose};

/// A converted text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The `<problem>`. It is not well-formed when a notice says so.
    pub olx: String,
    /// What the author should know about it, by line.
    pub notices: Vec<Notice>,
}

/// Something about a text that its author has hardly meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// One of the codes of this module.
    pub code: &'static str,
    /// The line at which the question in question starts, from 1.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

/// Code of a question whose OLX is not well-formed: a bare `&` or `<`, or a quote in an answer.
pub const NOT_WELL_FORMED: &str = "markdown_not_well_formed";
/// Code of a part with several answers, whose labels therefore belong to none.
pub const SEVERAL_QUESTIONS: &str = "markdown_several_questions";
/// Code of a part without any answer.
pub const NO_QUESTION: &str = "markdown_no_question";

/// The line between two questions.
pub(super) const SEPARATOR: &str = "\n---\n";

/// Converts a text of the simple editor.
///
/// The conversion is a chain of replacements on the text, as the editor's is, so that texts that stretch the syntax
/// become what authors know: a replacement sees what the ones before it wrote. Whatever surrounds the only answer of
/// a question then moves into its response.
///
/// # Errors
/// A text longer than [`MAX_BYTES`]. Anything else converts; notices tell what looks wrong.
pub fn to_olx(markdown: &str) -> Result<Converted, MarkdownError> {
    if markdown.len() > MAX_BYTES {
        return Err(MarkdownError::TooLong { bytes: markdown.len() });
    }
    let text = markdown.replace("\r\n", "\n");
    let mut notices = Vec::new();
    let mut hints = String::new();
    let mut questions = Vec::new();
    let mut line = 1;
    for section in text.split(SEPARATOR) {
        let blank = section.lines().take_while(|line| line.trim().is_empty()).count();
        let start = line + u32::try_from(blank).unwrap_or(u32::MAX);
        let mut notice = |code, message| notices.push(Notice { code, line: start, message });
        let (rest, taken) = hints::take(section);
        let taken: String = taken.iter().map(|hint| format!("  <hint>{hint}</hint>\n")).collect();
        if let Err(error) = Document::parse(&format!("<demandhint>{taken}</demandhint>"), &Limits::default())
        {
            notice(NOT_WELL_FORMED, format!("in a hint: {}", error.message));
        }
        hints.push_str(&taken);
        let (question, noteworthy) = convert_question(&rest);
        if let Some((code, message)) = noteworthy {
            notice(code, message);
        }
        questions.push(question);
        let newlines = section.matches('\n').count() + SEPARATOR.matches('\n').count();
        line = line.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX));
    }
    let mut olx = format!("<problem>\n{}\n", questions.join("\n\n"));
    if !hints.is_empty() {
        olx += &format!("<demandhint>\n{hints}</demandhint>\n");
    }
    olx.push_str("</problem>");
    Ok(Converted { olx, notices })
}

/// Converts one question; returns what is noteworthy with its code.
fn convert_question(text: &str) -> (String, Option<(&'static str, String)>) {
    let text = prose::replace_headings(text);
    let text = feedback::join_lines(&text);
    let text = dropdown::replace(&text);
    let text = choices::replace_multiple_choice(&text);
    let text = choices::replace_checkboxes(&text);
    let text = answers::replace(&text);
    let text = prose::replace_explanations(&text);
    let text = prose::replace_labels(&text);
    let text = prose::replace_code(&text);
    let text = prose::wrap_paragraphs(&text);
    let text = text.replace("\n\n\n", "\n");
    match gather::gather(&text) {
        Ok(gather::Gathered::Whole(question)) => (question, None),
        Ok(gather::Gathered::Questions(0)) => (text, Some((NO_QUESTION, "there is no answer".to_owned()))),
        Ok(gather::Gathered::Questions(count)) => {
            let message = format!("there are {count} questions without a line `---` between them");
            (text, Some((SEVERAL_QUESTIONS, message)))
        }
        Err(error) => (text, Some((NOT_WELL_FORMED, error.message))),
    }
}
