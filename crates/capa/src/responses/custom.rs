//! `customresponse` (capa §6.11): the author's code says what is right.

use olx::Element;
use serde_json::{Map, Value as Json, json};

use super::verdict::Verdict;
use super::{Code, Grading, Hint, Response, Source, Submission};
use crate::CapaError;
use crate::answers::Value;
use crate::correct_map::Entry;
use crate::instance::Shown;
use crate::vars::{Template, Vars};

/// What the code around a check function calls things. The names of the author's own are left alone.
const RETURNED: &str = "_capa_returned";
const EXPECT: &str = "_capa_expect";
const ANSWER: &str = "_capa_answer";
const EXTRA: &str = "_capa_extra";

#[derive(Debug)]
struct CustomResponse {
    expect: Option<Template>,
    checker: Checker,
    /// The answer to show for each input.
    correct_answers: Vec<Option<Template>>,
    /// Whether learners are told that they answered nothing.
    tells_empty: bool,
    options: String,
}

#[derive(Debug)]
enum Checker {
    /// Code that fills lists.
    Inline(String),
    /// A function of the script, and the names it wants besides what is expected and what was answered.
    Function { name: String, extra: Vec<String> },
}

/// Compiles a `customresponse`.
pub(super) fn compile(source: &Source<'_>) -> Result<Box<dyn Response>, CapaError> {
    let given =
        |element: &Element, name: &str| element.attr(name).filter(|text| !text.is_empty()).map(Template::new);
    let inline = source.element.descendants().find(|child| child.name == "answer").map(Element::text_content);
    let checker = match inline.filter(|code| !code.trim().is_empty()) {
        Some(code) => Checker::Inline(code),
        None => Checker::Function {
            name: source.attr("cfn").trim().to_owned(),
            extra: source.attr("cfn_extra_args").split_whitespace().map(str::to_owned).collect(),
        },
    };
    Ok(Box::new(CustomResponse {
        expect: given(source.element, "expect").or_else(|| given(source.element, "answer")),
        checker,
        correct_answers: source.inputs.iter().map(|input| given(input, "correct_answer")).collect(),
        tells_empty: !source.attr("empty_answer_err").is_empty(),
        options: source.attr("options").to_owned(),
    }))
}

impl CustomResponse {
    /// Returns the answers in the order of the inputs.
    ///
    /// # Errors
    /// Inputs that were not in what was submitted.
    fn answers<'a>(submission: &Submission<'a>) -> Result<Vec<&'a Value>, CapaError> {
        let missing = || CapaError::generic("an input of the response is missing in the submission");
        submission.values.iter().map(|value| value.ok_or_else(missing)).collect()
    }

    fn is_empty(answers: &[&Value]) -> bool {
        match answers {
            [Value::Text(text)] => text.is_empty(),
            [Value::List(values)] => values.is_empty(),
            [Value::Object(members)] => members.is_empty(),
            _ => false,
        }
    }

    /// Returns the names that inline code finds.
    fn names(&self, submission: &Submission<'_>, answers: &[&Value]) -> Map<String, Json> {
        let mut names = submission.vars.context();
        let attempt = submission.attempt;
        let dynamath = |id: &String| {
            let field = attempt.answers.get(&format!("{id}_dynamath"));
            field.and_then(Value::as_text).map_or(Json::Null, Json::from)
        };
        let count = answers.len();
        for (name, value) in [
            ("response_id", submission.part_id.clone().into()),
            ("expect", self.expected(submission.vars)),
            ("submission", json!(answers)),
            ("idset", json!(submission.ids)),
            ("dynamath", submission.ids.iter().map(dynamath).collect()),
            ("answers", json!(attempt.answers)),
            ("correct", vec!["unknown"; count].into()),
            ("messages", vec![""; count].into()),
            ("overall_message", "".into()),
            ("options", self.options.as_str().into()),
            ("testdat", "hello world".into()),
            ("debug", false.into()),
            ("attempt", attempt.number.into()),
        ] {
            names.insert(name.to_owned(), value);
        }
        names
    }

    fn expected(&self, vars: &Vars) -> Json {
        self.expect.as_ref().map_or(Json::Null, |expect| (*expect.resolve(vars)).into())
    }
}

impl Response for CustomResponse {
    fn code(&self, submission: &Submission<'_>) -> Result<Option<Code>, CapaError> {
        let answers = Self::answers(submission)?;
        if Self::is_empty(&answers) {
            return Ok(None);
        }
        let names = self.names(submission, &answers);
        let (name, extra) = match &self.checker {
            Checker::Inline(code) => return Ok(Some(Code { text: code.clone(), globals: names })),
            Checker::Function { name, extra } => (name, extra),
        };
        let mut wanted = Map::new();
        for name in extra {
            let value = names.get(name);
            let value =
                value.ok_or_else(|| CapaError::generic(format!("cfn_extra_args: there is no {name}")))?;
            wanted.insert(name.clone(), value.clone());
        }
        let answer = match answers.as_slice() {
            [one] => json!(one),
            several => json!(several),
        };
        let mut globals = submission.vars.initial();
        globals.insert(EXPECT.to_owned(), self.expected(submission.vars));
        globals.insert(ANSWER.to_owned(), answer);
        globals.insert(EXTRA.to_owned(), Json::Object(wanted));
        let call = format!("\n{RETURNED} = {name}({EXPECT}, {ANSWER}, **{EXTRA})\n");
        Ok(Some(Code { text: [submission.script, &call].concat(), globals }))
    }

    fn grade(&self, submission: &Submission<'_>) -> Result<Grading, CapaError> {
        if Self::is_empty(&Self::answers(submission)?) {
            let message = "<span class=\"inline-error\">No answer entered!</span>";
            let msg = if self.tells_empty { message } else { "" }.to_owned();
            return Ok(vec![Entry { msg, ..Entry::graded(false) }].into());
        }
        let globals = submission.outcome()?;
        let count = submission.ids.len();
        let verdict = match self.checker {
            Checker::Inline(_) => Verdict::filled(globals, count)?,
            Checker::Function { .. } => Verdict::returned(globals.get(RETURNED), count)?,
        };
        Ok(verdict.grading(&submission.points))
    }

    fn hint(&self, _submission: &Submission<'_>, _entries: &[Entry]) -> Result<Option<Hint>, CapaError> {
        Ok(None)
    }

    fn shown(&self, vars: &Vars) -> Vec<Option<Shown>> {
        let expect = self.expect.as_ref().filter(|_| self.correct_answers.len() == 1);
        let shown = |answer: &Option<Template>| {
            expect.or(answer.as_ref()).map(|answer| Shown::Text(answer.resolve(vars).to_string()))
        };
        self.correct_answers.iter().map(shown).collect()
    }
}
