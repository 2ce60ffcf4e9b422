//! Multiple choice `( )` and checkboxes `[ ]`.

use super::feedback;
use super::lines::{Line, replace_runs};

/// The most characters between the parentheses of a choice.
const MARKS: usize = 3;

/// Returns the marks and the text of a multiple choice line, such as `(x!) text`.
fn multiple_choice(line: &str) -> Option<(&str, &str)> {
    marked(line, '(', ')', MARKS)
}

/// Returns the mark and the text of a checkbox line, such as `[x] text`.
fn checkbox(line: &str) -> Option<(&str, &str)> {
    marked(line, '[', ']', 1)
}

fn marked(line: &str, open: char, close: char, most: usize) -> Option<(&str, &str)> {
    let rest = line.trim_start().strip_prefix(open)?;
    let (at, _) = rest.char_indices().take(most + 1).find(|&(_, c)| c == close)?;
    Some((&rest[..at], &rest[at + close.len_utf8()..]))
}

fn has_mark(marks: &str, mark: char) -> bool {
    marks.chars().any(|c| c.eq_ignore_ascii_case(&mark))
}

/// Replaces the multiple choice lines.
pub(super) fn replace_multiple_choice(text: &str) -> String {
    replace_runs(
        text,
        |line| multiple_choice(line).is_some(),
        |items, _| (multiple_choice_response(items), 0),
    )
}

fn multiple_choice_response(items: &[Line<'_>]) -> String {
    let mut choices = String::new();
    let mut shuffle = "";
    for (marks, text) in items.iter().filter_map(|line| multiple_choice(line.text)) {
        if has_mark(marks, '!') {
            shuffle = " shuffle=\"true\"";
        }
        let correct = has_mark(marks, 'x');
        let fixed = if has_mark(marks, '@') { " fixed=\"true\"" } else { "" };
        let (text, feedback) = feedback::split(text);
        let hint = feedback.map(|hint| format!(" {}", hint.element("choicehint", ""))).unwrap_or_default();
        choices += &format!("    <choice correct=\"{correct}\"{fixed}>{}{hint}</choice>\n", text.trim());
    }
    format!(
        "<multiplechoiceresponse>\n  <choicegroup type=\"MultipleChoice\"{shuffle}>\n{choices}  \
         </choicegroup>\n</multiplechoiceresponse>\n\n"
    )
}

/// Replaces the checkbox lines, and the lines of compound feedback behind them.
pub(super) fn replace_checkboxes(text: &str) -> String {
    replace_runs(
        text,
        |line| checkbox(line).is_some(),
        |items, behind| {
            let (compound, taken) = feedback::compound(behind);
            (choice_response(items, &compound), taken)
        },
    )
}

fn choice_response(items: &[Line<'_>], compound: &str) -> String {
    let mut choices = String::new();
    for (mark, text) in items.iter().filter_map(|line| checkbox(line.text)) {
        let correct = has_mark(mark, 'x');
        let content = match feedback::split_selection(text) {
            (text, None) => text.trim_start().to_owned(),
            (text, Some(selection)) => {
                let mut content = text.trim().to_owned();
                let hints = [(&selection.selected, "true"), (&selection.unselected, "false")];
                for (hint, state) in
                    hints.into_iter().filter_map(|(hint, state)| Some((hint.as_ref()?, state)))
                {
                    let selected = format!(" selected=\"{state}\"");
                    content += &format!("\n      {}", hint.element("choicehint", &selected));
                }
                content
            }
        };
        choices += &format!("    <choice correct=\"{correct}\">{content}</choice>\n");
    }
    format!(
        "<choiceresponse>\n  <checkboxgroup>\n{choices}{compound}  </checkboxgroup>\n</choiceresponse>\n\n"
    )
}
