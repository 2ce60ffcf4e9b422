//! `coderesponse`: answers that an external grader judges (capa §6.12).

use olx::Element;

use super::{External, Grading, Hint, Response, Source, Submission};
use crate::CapaError;
use crate::correct_map::Entry;
use crate::instance::Shown;
use crate::python::escape_numeric;
use crate::vars::{Template, Vars};

#[derive(Debug)]
struct CodeResponse {
    external: External,
    initial: Template,
    answer: String,
}

/// Compiles a `coderesponse`.
///
/// # Errors
/// One without `codeparam`, the old way of writing them.
pub(super) fn compile(source: &Source<'_>) -> Result<Box<dyn Response>, CapaError> {
    let param = source.element.find("codeparam");
    let param = param.ok_or_else(|| CapaError::generic("a coderesponse needs a codeparam"))?;
    let text = |name: &str| param.find(name).map(Element::text);
    let answer = text("answer_display").filter(|text| !text.is_empty());
    Ok(Box::new(CodeResponse {
        external: External {
            queue: source.element.attr("queuename").filter(|name| !name.is_empty()).map(str::to_owned),
            grader_payload: text("grader_payload").unwrap_or_default(),
        },
        initial: Template::new(text("initial_display").unwrap_or_default()),
        answer: answer.unwrap_or_else(|| "No answer provided.".to_owned()),
    }))
}

impl Response for CodeResponse {
    /// An answer that was not sent is an error, as in the reference; an empty one is for the grader to judge.
    fn grade(&self, submission: &Submission<'_>) -> Result<Grading, CapaError> {
        submission.first().ok_or_else(|| CapaError::generic("there is no answer to send to a grader"))?;
        let id = submission.ids.first();
        let delivery = submission.deliveries.iter().find(|delivery| Some(&delivery.input) == id);
        Ok(vec![Entry::delivered(delivery)].into())
    }

    fn hint(&self, _submission: &Submission<'_>, _entries: &[Entry]) -> Result<Option<Hint>, CapaError> {
        Ok(None)
    }

    fn shown(&self, _vars: &Vars) -> Vec<Option<Shown>> {
        let answer = escape_numeric(&self.answer);
        vec![Some(Shown::Text(format!(
            "<span class=\"code-answer\"><pre><code>{answer}</code></pre></span>"
        )))]
    }

    fn external(&self) -> Option<&External> {
        Some(&self.external)
    }

    fn initial_display(&self) -> Option<&Template> {
        Some(&self.initial)
    }
}
