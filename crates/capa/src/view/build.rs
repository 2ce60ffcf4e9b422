//! From an instance and a state to the view model (capa §8.2).

use std::sync::Arc;

use serde_json::Value as Json;

use super::external::SUBMITTED;
use super::{
    Availability, ChoiceView, DescriptionView, GroupView, InputView, InputViewKind, JsInputView, MessageView,
    OptionView, Piece, ProblemView, ResponseView, State, StatusView,
};
use crate::answers::Value;
use crate::correct_map::{Correctness, Entry, HintMode};
use crate::inputs::{ChoiceGroup, ChoiceItem, InputKind};
use crate::instance::Instance;
use crate::markup::{close_empty_elements, is_broken_xml, leading_html};
use crate::problem::{Input, Part};
use crate::responses::TargetedChoice;
use crate::vars::Template;

/// What the view of an input depends on beside the input.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) value: Option<&'a Value>,
    pub(super) entry: Option<&'a Entry>,
    pub(super) status: StatusView,
    /// What the input keeps between requests.
    pub(super) kept: Option<&'a Json>,
}

impl Instance<'_> {
    /// Returns what the learner sees now.
    pub fn view(&self, state: &State<'_>) -> ProblemView {
        let mut pieces = self.pieces(&self.problem.parts, state);
        if state.show_correctness && !state.overall_message.is_empty() {
            let html = close_empty_elements(state.overall_message);
            pieces.push(Piece::Html {
                html: Arc::from(format!("<div class=\"response_message\">{html}</div>")),
            });
        }
        ProblemView { pieces }
    }

    fn resolve(&self, template: &Template) -> Arc<str> {
        template.resolve(&self.vars)
    }

    fn pieces(&self, parts: &[Part], state: &State<'_>) -> Vec<Piece> {
        parts.iter().filter_map(|part| self.piece(part, state)).collect()
    }

    fn piece(&self, part: &Part, state: &State<'_>) -> Option<Piece> {
        Some(match part {
            Part::Html(html) => Piece::Html { html: self.resolve(html) },
            Part::Math(html) => Piece::Math { html: self.resolve(html) },
            Part::Response(unit, parts) => Piece::Response(Box::new(self.response_view(*unit, parts, state))),
            Part::Input { unit, input } => Piece::Input(Box::new(self.input_view(*unit, *input, state)?)),
            Part::GroupLabel(unit) => {
                let html = self.resolve(self.problem.units[*unit].group_label.as_ref()?);
                Piece::GroupLabel { id: self.group_label_id(*unit), html }
            }
            Part::GroupDescription(unit, at) => Piece::GroupDescription(DescriptionView {
                id: self.group_description_id(*unit, *at),
                html: self.resolve(self.problem.units[*unit].group_descriptions.get(*at)?),
            }),
            Part::Solution(index) => {
                let solution = &self.problem.solutions[*index];
                let moved = solution.moves_for.is_some() && explains(state);
                if moved || !self.has_solution(solution) {
                    return None;
                }
                Piece::Solution { id: self.solution_id(*index) }
            }
            Part::Feedback { unit, explanation_id, before, lead, after } => {
                let chosen = self.targeted_choice(*unit, state)?;
                if chosen.explanation_id != *explanation_id {
                    return None;
                }
                Piece::Feedback {
                    before: self.resolve(before),
                    legend: format!("{}-legend", self.input_id(*unit, 0)),
                    lead: self.resolve(lead),
                    verdict: if chosen.correct { "Correct" } else { "Incorrect" },
                    after: self.resolve(after),
                }
            }
            Part::MovedSolution(html) if explains(state) => Piece::Html { html: self.resolve(html) },
            Part::MovedSolution(_) => return None,
        })
    }

    /// Returns the chosen choice once it is explained.
    fn targeted_choice(&self, unit: usize, state: &State<'_>) -> Option<TargetedChoice> {
        if !explains(state) {
            return None;
        }
        let answer = self.value(state.answers, unit, 0)?;
        self.problem.units[unit].response.as_ref()?.targeted_choice(answer, &self.vars)
    }

    fn group_label_id(&self, unit: usize) -> String {
        format!("multiinput-group-label-{}", self.part_id(unit))
    }

    fn group_description_id(&self, unit: usize, at: usize) -> String {
        format!("multiinput-group-description-{}-{at}", self.part_id(unit))
    }

    fn response_view(&self, index: usize, parts: &[Part], state: &State<'_>) -> ResponseView {
        let unit = &self.problem.units[index];
        let group = (unit.inputs.len() > 1).then(|| GroupView {
            labelled_by: unit.group_label.as_ref().map(|_| self.group_label_id(index)).unwrap_or_default(),
            described_by: (0..unit.group_descriptions.len())
                .map(|at| self.group_description_id(index, at))
                .collect::<Vec<_>>()
                .join(" "),
        });
        ResponseView {
            id: self.part_id(index),
            number: index + 1,
            tag: unit.tag,
            inline: unit.inline,
            availability: match (&unit.response, unit.inputs.is_empty()) {
                _ if !self.is_ready() => Availability::NotHere,
                (Some(_), _) => Availability::Graded,
                (None, false) if unit.keeps_work() => Availability::Kept,
                (None, _) => Availability::NotHere,
            },
            group,
            pieces: self.pieces(parts, state),
        }
    }

    fn input_view(&self, unit: usize, at: usize, state: &State<'_>) -> Option<InputView> {
        let input = self.problem.units[unit].inputs.get(at).filter(|_| self.is_ready())?;
        let id = self.input_id(unit, at);
        let value = self.value(state.answers, unit, at);
        let entry = state.correct_map.get(&id);
        let status = status(entry, state);
        let descriptions: Vec<DescriptionView> = input
            .descriptions
            .iter()
            .enumerate()
            .map(|(at, html)| DescriptionView {
                id: format!("description_{}_{}", self.part_id(unit), at + 1),
                html: self.resolve(html),
            })
            .collect();
        let kind = self.input_kind(unit, &id, input, Given { value, entry, status, kept: state.kept(&id) });
        let described_by = described_by(&id, &kind, &descriptions);
        let about = match &input.kind {
            InputKind::Choices(_) => format!("{id}-legend"),
            _ => format!("label_{id}"),
        };
        let message = entry
            .filter(|_| state.show_correctness && !state.has_saved_answers)
            .map(message_html)
            .filter(|html| !html.is_empty())
            .map(|html| MessageView { html, described_by: about });
        let message = match kind.queue_message() {
            Some(_) => Some(MessageView { html: SUBMITTED.to_owned(), described_by: String::new() }),
            None => message,
        };
        let broken_hint =
            |entry: &Entry| entry.hintmode == Some(HintMode::Always) && is_broken_xml(&entry.hint);
        let read_as_html = input.read_as_html || (message.is_some() && entry.is_some_and(broken_hint));
        Some(InputView {
            read_as_html,
            label_html: input.label.as_ref().map(|label| self.resolve(label)),
            id,
            tag: input.tag,
            descriptions,
            described_by,
            status,
            message,
            kind,
        })
    }

    fn input_kind(&self, unit: usize, id: &str, input: &Input, given: Given<'_>) -> InputViewKind {
        let Given { value, entry, status, .. } = given;
        let text = || value.and_then(Value::as_text).unwrap_or_default().to_owned();
        let html = |template: &Option<Template>| template.as_ref().map(|template| self.resolve(template));
        match &input.kind {
            InputKind::Choices(group) => self.choices_view(unit, group, value, status),
            InputKind::Options(dropdown) => {
                let variable = entry.and_then(|entry| entry.answervariable.as_deref());
                let answer = value.and_then(Value::as_text);
                let option = |option: &Template| {
                    let text = self.resolve(option);
                    let selected = Some(&*text) == answer || Some(option.raw()) == variable;
                    OptionView { text, selected }
                };
                InputViewKind::Options {
                    inline: dropdown.inline,
                    options: dropdown.options.iter().map(option).collect(),
                }
            }
            InputKind::Code(code) => InputViewKind::Code(self.code_view(unit, code, given)),
            InputKind::Files(files) => InputViewKind::Files(self.files_view(files, given)),
            InputKind::TextLine(line) => InputViewKind::TextLine {
                value: text(),
                size: html(&line.size),
                hidden: html(&line.hidden),
                math: line.math,
                inline: line.inline,
                trailing_html: html(&line.trailing_html),
            },
            InputKind::JsInput(page) => InputViewKind::JsInput(JsInputView {
                value: text(),
                html_file: self.resolve(&page.html_file),
                gradefn: self.resolve(&page.gradefn),
                get_statefn: html(&page.get_statefn),
                set_statefn: html(&page.set_statefn),
                initial_state: html(&page.initial_state),
                sop: html(&page.sop),
                width: self.resolve(&page.width),
                height: self.resolve(&page.height),
                title: self.resolve(&page.title),
            }),
            InputKind::Formula(line) => InputViewKind::Formula {
                value: text(),
                size: self.resolve(&line.size),
                inline: line.inline,
                trailing_html: html(&line.trailing_html),
            },
            InputKind::Chemistry(line) => {
                InputViewKind::Chemistry { value: text(), size: self.resolve(&line.size) }
            }
            InputKind::Tool => InputViewKind::Tool { value: text() },
            InputKind::Annotation(annotation) => {
                InputViewKind::Annotation(self.annotation_view(annotation, value, status))
            }
            InputKind::ChoiceText(group) => {
                InputViewKind::ChoiceTexts(self.choice_texts_view(id, group, value, status))
            }
            InputKind::Image(image) => InputViewKind::Image(self.image_view(image, value)),
        }
    }

    fn choices_view(
        &self,
        unit: usize,
        group: &ChoiceGroup,
        value: Option<&Value>,
        status: StatusView,
    ) -> InputViewKind {
        let chosen: &[String] = match value {
            Some(Value::Text(name)) => std::slice::from_ref(name),
            Some(Value::List(names)) => names,
            _ => &[],
        };
        let hidden = group.submitted_message.is_some();
        // A list is no value of a radio button, though its label still carries the verdict.
        let list_for_radio = !group.checkboxes && matches!(value, Some(Value::List(_)));
        let radio = value.and_then(Value::as_text).filter(|_| !group.checkboxes && !hidden);
        let view = |choice: &ChoiceItem| {
            let name = self.resolve(&choice.name);
            let chosen = chosen.iter().any(|chosen| **chosen == *name);
            ChoiceView {
                html: self.resolve(&choice.html),
                checked: chosen && !list_for_radio,
                marked: chosen && !hidden,
                echoed: radio.is_some_and(|answer| answer.contains(&*name)),
                name,
            }
        };
        let order = self.arrangements[unit].as_ref().map(|arrangement| arrangement.order.as_slice());
        let choices = match order {
            Some(order) => order.iter().filter_map(|&at| group.choices.get(at)).map(view).collect(),
            None => group.choices.iter().map(view).collect(),
        };
        let submitted = !chosen.is_empty() || status.class != UNANSWERED.class;
        InputViewKind::Choices {
            checkboxes: group.checkboxes,
            list: group.list,
            choices,
            status_hidden: hidden,
            submitted_message: group
                .submitted_message
                .as_ref()
                .filter(|_| submitted)
                .map(|message| self.resolve(message)),
        }
    }
}

/// Returns whether the choice that was made is explained, which tells whether it is right.
fn explains(state: &State<'_>) -> bool {
    state.done && state.show_correctness
}

fn described_by(id: &str, kind: &InputViewKind, descriptions: &[DescriptionView]) -> String {
    let mut ids = String::with_capacity(id.len() * 2 + 32);
    if let InputViewKind::TextLine { trailing_html: Some(_), .. }
    | InputViewKind::Formula { trailing_html: Some(_), .. } = kind
    {
        ids.push_str("trailing_text_");
        ids.push_str(id);
        ids.push(' ');
    }
    ids.push_str("status_");
    ids.push_str(id);
    for description in descriptions {
        ids.push(' ');
        ids.push_str(&description.id);
    }
    ids
}

const UNANSWERED: StatusView =
    StatusView { class: "unanswered", text: "unanswered", tooltip: "Not yet answered." };

fn status(entry: Option<&Entry>, state: &State<'_>) -> StatusView {
    let view = |class, text, tooltip| StatusView { class, text, tooltip };
    let Some(entry) = entry else { return UNANSWERED };
    if !state.show_correctness {
        return view("submitted", "submitted", "");
    }
    if state.has_saved_answers {
        return UNANSWERED;
    }
    match entry.correctness {
        Some(Correctness::Correct) => view("correct", "correct", "This answer is correct."),
        Some(Correctness::Incorrect) => view("incorrect", "incorrect", "This answer is incorrect."),
        Some(Correctness::PartiallyCorrect) => {
            view("partially-correct", "partially correct", "This answer is partially correct.")
        }
        Some(Correctness::Incomplete) if entry.queuestate.is_some() => {
            view("processing", "processing", "This answer is being processed.")
        }
        Some(Correctness::Incomplete) => view("incorrect", "incomplete", "Not yet answered."),
        // What could not be judged has the name of Python's nothing.
        None => view("None", "None", ""),
    }
}

/// Returns the message with the hint that is always shown before it.
fn message_html(entry: &Entry) -> String {
    let message = close_empty_elements(&entry.msg);
    if entry.hint.is_empty() || entry.hintmode != Some(HintMode::Always) {
        return message.into_owned();
    }
    format!("{}<br/>{message}", leading_html(&entry.hint))
}
