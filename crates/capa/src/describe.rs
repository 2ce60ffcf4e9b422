//! Answers in words: for the event of a submission (capa §12.1) and for reports to authors.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::answers::{Answers, Value};
use crate::correct_map::{CorrectMap, Correctness};
use crate::inputs::{
    AnnotationInput, ChoiceGroup, ChoiceTextGroup, InputKind, PartContent, choice_name, field_name,
};
use crate::instance::Instance;
use crate::markup::plain_text;
use crate::problem::Input;
use crate::responses::Annotated;
use crate::vars::Template;

/// What was asked and answered in one input, as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Described {
    /// The label of the input; empty when it has none.
    pub question: String,
    /// What was answered.
    pub answer: Said,
    /// The response tag.
    pub response_type: &'static str,
    /// The input tag.
    pub input_type: &'static str,
    /// Whether the answer is right; partly right is not.
    pub correct: bool,
    /// The label of the group of inputs; empty when there is none.
    pub group_label: String,
}

/// An answer in the words of the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Said {
    /// One text; empty when nothing was answered.
    Text(String),
    /// The texts of the chosen choices.
    List(Vec<String>),
}

impl Instance<'_> {
    /// Describes a submission and how it was graded, by input id.
    pub fn describe(&self, answers: &Answers, correct_map: &CorrectMap) -> BTreeMap<String, Described> {
        let describe = |(unit, at, id): (usize, usize, String)| {
            let found = &self.problem.units[unit];
            let input = &found.inputs[at];
            let verdict = correct_map.get(&id).and_then(|entry| entry.correctness);
            let value = self.value(answers, unit, at);
            let described = Described {
                question: self.words(input.label.as_ref()),
                answer: value.map_or_else(|| Said::Text(String::new()), |value| self.said(input, &id, value)),
                response_type: found.tag,
                input_type: input.tag,
                correct: verdict == Some(Correctness::Correct),
                group_label: self.words(found.group_label.as_ref()),
            };
            (id, described)
        };
        self.inputs().map(describe).collect()
    }

    /// Returns what a learner answered in the words of the page. An input that there is no more, or a choice that there
    /// is no more, is described by what was stored.
    pub fn describe_answer(&self, input_id: &str, value: &Value) -> String {
        let input = self.all_inputs().find(|(_, _, id)| id == input_id);
        let said = match input {
            Some((unit, at, id)) => self.said(&self.problem.units[unit].inputs[at], &id, value),
            None => stored(value),
        };
        match said {
            Said::Text(text) => text,
            Said::List(texts) => texts.join(", "),
        }
    }

    /// Returns the answers among which a learner chooses in an input, as [`Instance::describe`] names them, in the
    /// order of the author; none where they write.
    pub fn offers(&self, input_id: &str) -> Vec<String> {
        let Some((unit, at, _)) = self.all_inputs().find(|(_, _, id)| id == input_id) else {
            return Vec::new();
        };
        match &self.problem.units[unit].inputs[at].kind {
            InputKind::Choices(group) => {
                group.choices.iter().map(|choice| self.words(Some(&choice.html))).collect()
            }
            InputKind::Options(list) => {
                list.options.iter().map(|option| option.resolve(&self.vars).to_string()).collect()
            }
            _ => Vec::new(),
        }
    }

    fn words(&self, html: Option<&Template>) -> String {
        html.map(|html| plain_text(&html.resolve(&self.vars))).unwrap_or_default()
    }

    fn said(&self, input: &Input, id: &str, value: &Value) -> Said {
        match (&input.kind, value) {
            (InputKind::Choices(group), Value::Text(name)) => Said::Text(self.choice(group, name)),
            (InputKind::Choices(group), Value::List(names)) => {
                Said::List(names.iter().map(|name| self.choice(group, name)).collect())
            }
            (InputKind::Options(_), Value::Text(text)) if *text == format!("option_{id}_dummy_default") => {
                Said::Text(String::new())
            }
            (InputKind::Annotation(annotation), Value::Text(text)) => {
                self.annotation(annotation, text).map_or_else(|| stored(value), Said::Text)
            }
            (InputKind::ChoiceText(group), Value::Object(answer)) => {
                Said::List(self.texts(group, id, answer))
            }
            _ => stored(value),
        }
    }

    fn choice(&self, group: &ChoiceGroup, name: &str) -> String {
        let choice = group.choices.iter().find(|choice| *choice.name.resolve(&self.vars) == *name);
        choice.map_or_else(|| name.to_owned(), |choice| self.words(Some(&choice.html)))
    }

    fn annotation(&self, annotation: &AnnotationInput, text: &str) -> Option<String> {
        let answer = Annotated::read(text).ok()?;
        let options = annotation.options.iter().enumerate().filter(|(at, _)| answer.is_chosen(*at));
        let mut words: Vec<String> = options.map(|(_, option)| self.words(Some(&option.html))).collect();
        if !answer.comment.is_empty() {
            words.push(format!("\u{201c}{}\u{201d}", answer.comment));
        }
        Some(words.join(" "))
    }

    /// Returns the texts of the chosen choices with what was written into them.
    fn texts(
        &self,
        group: &ChoiceTextGroup,
        id: &str,
        answer: &serde_json::Map<String, serde_json::Value>,
    ) -> Vec<String> {
        let chosen =
            group.choices.iter().enumerate().filter(|(at, _)| answer.contains_key(&choice_name(id, *at)));
        let text = |(at, parts): (usize, &Vec<crate::inputs::TextPart>)| {
            let mut text = String::new();
            for part in parts {
                match &part.content {
                    PartContent::Html(html) => text.push_str(&html.resolve(&self.vars)),
                    PartContent::Field(field) => {
                        let written =
                            answer.get(&field_name(id, at, *field)).and_then(serde_json::Value::as_str);
                        text.push('[');
                        crate::markup::push_text(&mut text, written.unwrap_or_default());
                        text.push(']');
                    }
                }
                text.push_str(&part.tail.resolve(&self.vars));
            }
            plain_text(&text)
        };
        chosen.map(text).collect()
    }
}

/// Returns an answer as it is stored.
fn stored(value: &Value) -> Said {
    match value {
        Value::Text(text) => Said::Text(text.clone()),
        Value::List(texts) => Said::List(texts.clone()),
        Value::Object(object) => Said::Text(serde_json::to_string(object).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hooks, Problem};

    const ALL: &str = "<problem>\
        <multiplechoiceresponse><label>Which <b>one</b>?</label><choicegroup>\
        <choice correct='true'>Blue &lt;b&gt;!&lt;/b&gt;</choice><choice correct='false'>\\(x\\) &amp; y</choice>\
        </choicegroup></multiplechoiceresponse>\
        <choiceresponse><checkboxgroup><choice correct='true'>a</choice><choice correct='true'>b</choice>\
        </checkboxgroup></choiceresponse>\
        <optionresponse><label>Both</label><optioninput label='Left' options=\"('up','down')\" correct='up'/>\
        <optioninput options=\"('up','down')\" correct='up'/></optionresponse>\
        <annotationresponse><annotationinput><options><option choice='correct'>verb</option></options>\
        </annotationinput></annotationresponse>\
        <choicetextresponse><checkboxtextgroup><choice correct='true'>It is <numtolerance_input answer='5'/> of \
        <numtolerance_input answer='7'/> parts</choice></checkboxtextgroup></choicetextresponse></problem>";

    fn answers(json: &str) -> Answers {
        serde_json::from_str(json).expect("answers")
    }

    #[test]
    fn a_submission_is_described_in_the_words_of_the_page() {
        let hooks = Hooks {
            html: &|html| {
                html.replace(
                    "\\(x\\)",
                    "<math><mi>x</mi><annotation encoding='t'>x &lt; 1</annotation><mi>x</mi></math>",
                )
            },
            ..Hooks::NONE
        };
        let problem = Problem::compile(ALL, &hooks).expect("compiles");
        let instance = problem.instance(1, "p");
        let answers = answers(
            r#"{"p_2_1": "choice_1", "p_3_1": ["choice_1", "choice_9"], "p_4_1": "option_p_4_1_dummy_default",
                "p_4_2": "up", "p_5_1": "{\"options\": [0], \"comment\": \"so\"}",
                "p_6_1": {"p_6_1_choiceinput_0bc": "x", "p_6_1_choiceinput_0_numtolerance_input_1": "<7"}}"#,
        );
        let mut correct_map = CorrectMap::default();
        correct_map.insert("p_4_2", crate::Entry::graded(true));
        let described = instance.describe(&answers, &correct_map);
        let said = |id: &str| described[id].answer.clone();
        let list = |texts: &[&str]| Said::List(texts.iter().map(|&text| text.to_owned()).collect());
        assert_eq!(described["p_2_1"].question, "Which one?");
        assert_eq!(said("p_2_1"), Said::Text("x < 1 & y".into()));
        assert_eq!(instance.offers("p_2_1"), ["Blue !", "x < 1 & y"]);
        assert_eq!(
            (instance.offers("p_4_2"), instance.offers("p_9_1")),
            (vec!["up".into(), "down".into()], vec![])
        );
        assert_eq!(said("p_3_1"), list(&["b", "choice_9"]));
        assert_eq!(said("p_4_1"), Said::Text(String::new()));
        assert_eq!(
            (described["p_4_1"].question.as_str(), described["p_4_1"].group_label.as_str()),
            ("Left", "Both")
        );
        assert!(described["p_4_2"].correct && !described["p_4_1"].correct);
        assert_eq!(said("p_5_1"), Said::Text("verb \u{201c}so\u{201d}".into()));
        assert_eq!(said("p_6_1"), list(&["It is [] of [<7] parts"]));
        assert_eq!(
            (described["p_6_1"].response_type, described["p_6_1"].input_type),
            ("choicetextresponse", "checkboxtextgroup")
        );
        assert_eq!(instance.describe_answer("p_2_1", &Value::Text("choice_0".into())), "Blue !");
        assert_eq!(instance.describe_answer("p_9_1", &Value::List(vec!["a".into(), "b".into()])), "a, b");
    }

    #[test]
    fn answers_of_another_shape_are_described_as_stored() {
        let problem = Problem::compile(ALL, &Hooks::NONE).expect("compiles");
        let instance = problem.instance(1, "p");
        let mut object = serde_json::Map::new();
        object.insert("k".into(), 1.into());
        for id in ["p_2_1", "p_3_1", "p_4_1", "p_5_1", "p_7_1"] {
            assert_eq!(instance.describe_answer(id, &Value::Object(object.clone())), r#"{"k":1}"#, "{id}");
        }
        assert_eq!(instance.describe_answer("p_5_1", &Value::Text("no json".into())), "no json");
    }
}
