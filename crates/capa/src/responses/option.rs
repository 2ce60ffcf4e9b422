//! `optionresponse` (capa §6.6).

use super::{Grading, Hint, Response, Source, Submission};
use crate::CapaError;
use crate::correct_map::Entry;
use crate::hints::{Feedback, HintText};
use crate::inputs::correct_option;
use crate::instance::Shown;
use crate::python::strip;
use crate::vars::{Template, Vars};

#[derive(Debug)]
struct OptionResponse {
    /// The right option of each input; none when the author marked none.
    correct: Vec<Option<Template>>,
    /// Options of the first input that have a hint: text, whether it is right, the hint.
    hints: Vec<(String, bool, HintText)>,
}

/// Compiles an `optionresponse`.
pub(super) fn compile(source: &Source<'_>) -> Result<Box<dyn Response>, CapaError> {
    let correct = source
        .inputs
        .iter()
        .map(|input| Ok(correct_option(input)?.map(Template::new)))
        .collect::<Result<_, CapaError>>()?;
    let options = source.inputs.first().into_iter().flat_map(|input| input.child_elements());
    let hints = options.filter(|option| option.name == "option").filter_map(|option| {
        let hint = HintText::child(option, "optionhint")?;
        let correct = option.attr("correct").is_some_and(|text| text.eq_ignore_ascii_case("true"));
        Some((strip(&option.text()).to_owned(), correct, hint))
    });
    Ok(Box::new(OptionResponse { correct, hints: hints.collect() }))
}

impl Response for OptionResponse {
    fn grade(&self, submission: &Submission<'_>) -> Result<Grading, CapaError> {
        let grade = |(correct, value): (&Option<Template>, &Option<&crate::Value>)| {
            let answer = value.and_then(crate::Value::as_text);
            let right = match (correct, answer) {
                (Some(correct), Some(answer)) => *correct.resolve(submission.vars) == *answer,
                _ => false,
            };
            Entry {
                answervariable: answer.and_then(|answer| submission.vars.name_of(answer)),
                ..Entry::graded(right)
            }
        };
        Ok(self.correct.iter().zip(&submission.values).map(grade).collect::<Vec<_>>().into())
    }

    fn hint(&self, submission: &Submission<'_>, _entries: &[Entry]) -> Result<Option<Hint>, CapaError> {
        let Some(answer) = submission.first_text() else { return Ok(None) };
        let chosen = self.hints.iter().find(|(text, ..)| text == answer);
        Ok(chosen.map(|(_, correct, hint)| Hint::Extended(Feedback::single(*correct, hint, answer))))
    }

    fn shown(&self, vars: &Vars) -> Vec<Option<Shown>> {
        let text = |correct: &Option<Template>| {
            correct.as_ref().map(|correct| Shown::Text(correct.resolve(vars).to_string()))
        };
        self.correct.iter().map(text).collect()
    }
}
