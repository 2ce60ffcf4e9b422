//! Extended hints: feedback that depends on the answer (capa §6.16).

use olx::Element;
use serde::Serialize;

use crate::answers::Value;
use crate::markup::stored_inner_xml;
use crate::python::escape_numeric;

/// A hint element written by the author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HintText {
    /// The `label` attribute.
    pub(crate) label: Option<String>,
    /// The inside as stored XML.
    pub(crate) xml: String,
}

impl HintText {
    /// Reads a hint element.
    pub(crate) fn of(element: &Element) -> Self {
        Self { label: element.attr("label").map(str::to_owned), xml: stored_inner_xml(element) }
    }

    /// Reads a hint element of which only the first text counts.
    pub(crate) fn of_text(element: &Element) -> Self {
        let text = element.text();
        Self { label: element.attr("label").map(str::to_owned), xml: crate::python::strip(&text).to_owned() }
    }

    /// Reads the first child element of that name.
    pub(crate) fn child(element: &Element, name: &str) -> Option<Self> {
        element.find(name).map(Self::of)
    }
}

/// The hints that apply to one answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Feedback {
    pub(crate) correct: bool,
    pub(crate) label: Option<String>,
    pub(crate) hints: Vec<TriggeredHint>,
    pub(crate) multi_line: bool,
    pub(crate) trigger_type: TriggerType,
    pub(crate) student_answer: Value,
    pub(crate) choice_all: Option<Vec<String>>,
}

impl Feedback {
    /// One hint for one answer.
    pub(crate) fn single(correct: bool, hint: &HintText, answer: &str) -> Self {
        Self {
            correct,
            label: hint.label.clone(),
            hints: vec![TriggeredHint { text: hint.xml.clone(), trigger: Vec::new() }],
            multi_line: false,
            trigger_type: TriggerType::Single,
            student_answer: Value::List(vec![answer.to_owned()]),
            choice_all: None,
        }
    }

    fn shown_label(&self) -> &str {
        self.label.as_deref().unwrap_or(if self.correct { "Correct:" } else { "Incorrect:" })
    }

    /// Returns the message; empty when there is no hint text.
    pub(crate) fn message(&self) -> String {
        if self.hints.iter().all(|hint| hint.text.is_empty()) {
            return String::new();
        }
        let mut html = String::with_capacity(200);
        html.push_str("<div class=\"feedback-hint-");
        html.push_str(if self.correct { "correct" } else { "incorrect" });
        html.push_str("\"><div class=\"explanation-title\">Answer</div>");
        let label = self.shown_label();
        if !label.is_empty() {
            html.push_str("<span class=\"hint-label\">");
            html.push_str(&escape_numeric(label));
            html.push_str(" </span>");
        }
        if self.multi_line {
            html.push_str("<div class=\"feedback-hint-multi\">");
        }
        for hint in &self.hints {
            html.push_str("<div class=\"hint-text\">");
            html.push_str(&hint.text);
            html.push_str("</div>");
        }
        if self.multi_line {
            html.push_str("</div>");
        }
        html.push_str("</div>");
        html
    }

    /// Returns the event that reports the hints, for the response of that part id and tag.
    pub(crate) fn event(self, part_id: &str, tag: &str) -> FeedbackEvent {
        FeedbackEvent {
            problem_part_id: part_id.to_owned(),
            trigger_type: self.trigger_type,
            hint_label: self.shown_label().to_owned(),
            hints: self.hints,
            correctness: self.correct,
            student_answer: self.student_answer,
            question_type: tag.to_owned(),
            choice_all: self.choice_all,
        }
    }
}

/// Whether one choice or a combination of choices brought up the hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TriggerType {
    /// One answer or choice.
    Single,
    /// A combination of choices.
    Compound,
}

/// One hint that was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TriggeredHint {
    /// The hint as HTML.
    pub text: String,
    /// The choices that brought it up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trigger: Vec<Trigger>,
}

/// The state of a choice that brought up a hint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trigger {
    /// The name of the choice.
    pub choice: String,
    /// Whether it was selected.
    pub selected: bool,
}

/// The payload of `edx.problem.hint.feedback_displayed`, without the `module_id` that the caller knows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeedbackEvent {
    /// The response id, `P_n`.
    pub problem_part_id: String,
    /// What brought up the hints.
    pub trigger_type: TriggerType,
    /// The label shown before them.
    pub hint_label: String,
    /// The hints.
    pub hints: Vec<TriggeredHint>,
    /// Whether they were shown as correct.
    pub correctness: bool,
    /// The answer: one item per selected choice, or what was submitted.
    pub student_answer: Value,
    /// The response tag.
    pub question_type: String,
    /// The names of all choices, for checkboxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice_all: Option<Vec<String>>,
}

impl FeedbackEvent {
    /// The event name.
    pub const NAME: &'static str = "edx.problem.hint.feedback_displayed";
}
