//! What external graders judge: programs and files.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value as Json;

use super::build::Given;
use super::{InputViewKind, State};
use crate::answers::Value;
use crate::inputs::{CodeInput, FileInput};
use crate::instance::Instance;
use crate::vars::Template;

/// Said in place of a message while a grader has the answer.
pub(super) const SUBMITTED: &str = "Your answer has been submitted. As soon as your submission is graded, this \
                                    message will be replaced with the grader's feedback.";

/// Said while a program runs that was not submitted.
const RUNNING: &str = "Your program has been sent off. As soon as it has run, this message will be replaced by what it printed.";

/// A field for a program.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CodeView {
    /// What was answered.
    pub value: String,
    /// Height in lines.
    pub rows: Arc<str>,
    /// Width in characters.
    pub cols: Arc<str>,
    /// The programming language.
    pub mode: Arc<str>,
    /// Blanks a tab is worth.
    pub tab_size: Arc<str>,
    /// `true` when lines are numbered.
    pub line_numbers: Arc<str>,
    /// Set when the field is hidden; a name for scripts.
    pub hidden: Option<Arc<str>>,
    /// What the queue said, while a grader has the answer.
    pub queue_message: Option<String>,
    /// Set when the program can be run without being submitted.
    pub trial: Option<TrialView>,
}

/// What is known of a program that was run without being submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrialView {
    /// What it printed, as HTML; or that the result is awaited.
    pub html: String,
    /// Whether the result is awaited.
    pub waits: bool,
}

/// A field for files.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FilesView {
    /// Names of the files submitted last.
    pub submitted: Vec<String>,
    /// Names of which every one has to be there.
    pub required: Vec<Arc<str>>,
    /// The only names there may be; any if there are none.
    pub allowed: Vec<Arc<str>>,
    /// What the queue said, while a grader has the files.
    pub queue_message: Option<String>,
}

impl InputViewKind {
    /// Returns what the queue said, while a grader has the answer.
    pub fn queue_message(&self) -> Option<&str> {
        match self {
            Self::Code(CodeView { queue_message, .. }) | Self::Files(FilesView { queue_message, .. }) => {
                queue_message.as_deref()
            }
            _ => None,
        }
    }
}

/// Returns what the queue said, while a grader has the answer.
fn queue_message(given: Given<'_>) -> Option<String> {
    given.entry.filter(|_| given.status.class == "processing").map(|entry| entry.msg.clone())
}

impl Instance<'_> {
    /// Returns the view of a field for programs. Where nothing was answered, what the response has for a start stands
    /// there, and else what the field itself has.
    pub(super) fn code_view(&self, unit: usize, code: &CodeInput, given: Given<'_>) -> CodeView {
        let resolve = |template: &Template| template.resolve(&self.vars);
        let response = self.problem.units[unit].response.as_ref();
        let initial = || response.and_then(|response| response.initial_display()).map(resolve);
        let value = match given.value {
            Some(value) => value.as_text().unwrap_or_default().to_owned(),
            None => initial().as_deref().unwrap_or_default().to_owned(),
        };
        CodeView {
            value: if value.is_empty() { resolve(&code.text).to_string() } else { value },
            rows: resolve(&code.rows),
            cols: resolve(&code.cols),
            mode: resolve(&code.mode),
            tab_size: resolve(&code.tab_size),
            line_numbers: resolve(&code.line_numbers),
            hidden: code.hidden.as_ref().map(resolve),
            queue_message: queue_message(given),
            trial: code.plot_payload.as_ref().map(|_| trial(given.kept)),
        }
    }

    /// Returns the view of a field for files.
    pub(super) fn files_view(&self, files: &FileInput, given: Given<'_>) -> FilesView {
        let resolve = |names: &[Template]| names.iter().map(|name| name.resolve(&self.vars)).collect();
        let submitted = match given.value {
            Some(Value::List(names)) => names.clone(),
            Some(Value::Text(name)) if !name.is_empty() => vec![name.clone()],
            _ => Vec::new(),
        };
        FilesView {
            submitted,
            required: resolve(&files.required),
            allowed: resolve(&files.allowed),
            queue_message: queue_message(given),
        }
    }
}

/// Returns what is known of a program that was run without being submitted.
fn trial(kept: Option<&Json>) -> TrialView {
    let text = |name: &str| kept.and_then(|kept| kept.get(name)).and_then(Json::as_str);
    if text("queuestate") == Some("queued") {
        return TrialView { html: RUNNING.to_owned(), waits: true };
    }
    TrialView { html: text("queue_msg").unwrap_or_default().to_owned(), waits: false }
}

impl State<'_> {
    /// Returns what an input kept.
    pub(super) fn kept(&self, input: &str) -> Option<&Json> {
        self.input_state?.get(input)
    }
}
