//! `stringresponse` (capa §6.8).

use std::sync::OnceLock;

use super::hint_group::HintGroup;
use super::{Grading, Hint, Response, Source, Submission};
use crate::CapaError;
use crate::correct_map::Entry;
use crate::hints::{Feedback, HintText};
use crate::instance::Shown;
use crate::python::{Pattern, PatternError, escape_numeric, strip};
use crate::vars::{Template, Vars};

/// The old way to write several answers in one attribute.
const ALTERNATIVES: &str = "_or_";

#[derive(Debug)]
struct StringResponse {
    answer: Template,
    mode: Mode,
    legacy: bool,
    additional: Vec<Additional>,
    /// The compiled pattern of all answers, when they mention no variable.
    pattern: OnceLock<Result<Pattern, PatternError>>,
    /// The answer as hints compare it: without variables and alternatives.
    main: Expected,
    hint: Option<HintText>,
    equal_hints: Vec<(String, HintText)>,
    pattern_hints: Vec<(Lazy, HintText)>,
    group: Option<HintGroup<Expected>>,
}

#[derive(Debug, Clone, Copy)]
struct Mode {
    regexp: bool,
    ignore_case: bool,
}

#[derive(Debug)]
struct Additional {
    answer: Template,
    expected: Expected,
    hint: Option<HintText>,
}

/// A pattern compiled when it is first needed.
#[derive(Debug)]
struct Lazy {
    source: String,
    ignore_case: bool,
    compiled: OnceLock<Result<Pattern, PatternError>>,
}

impl Lazy {
    fn new(source: String, ignore_case: bool) -> Self {
        Self { source, ignore_case, compiled: OnceLock::new() }
    }

    fn is_match(&self, text: &str) -> Result<bool, CapaError> {
        let compiled = self.compiled.get_or_init(|| Pattern::compile(&self.source, self.ignore_case));
        found(compiled.as_ref(), text)
    }
}

/// One text a submission is compared with.
#[derive(Debug)]
struct Expected {
    text: String,
    mode: Mode,
    pattern: Lazy,
}

impl Expected {
    fn new(text: &str, mode: Mode) -> Self {
        Self { text: text.to_owned(), mode, pattern: Lazy::new(anchored(text), mode.ignore_case) }
    }

    /// Compares texts, or searches when the mode says so; a broken pattern is an error. Nothing matches no text.
    fn matches(&self, given: &str) -> Result<bool, CapaError> {
        match given {
            "" => Ok(false),
            _ if self.mode.regexp => self.pattern.is_match(given),
            _ => Ok(self.mode.equal(&self.text, given)),
        }
    }
}

/// Compiles a `stringresponse`.
pub(super) fn compile(source: &Source<'_>) -> Result<Box<dyn Response>, CapaError> {
    let answer = strip(source.attr("answer"));
    let mode = Mode::read(source.attr("type"));
    let legacy = answer.to_lowercase().contains(ALTERNATIVES);
    // The old way knows no patterns, in hints neither.
    let hint_mode = Mode { regexp: mode.regexp && !legacy, ..mode };
    let children = |name: &'static str| {
        let children = source.element.child_elements().filter(move |child| child.name == name);
        children.filter_map(|child| Some((child, strip(child.attr("answer")?))))
    };
    let additional = children("additional_answer").map(|(child, answer)| Additional {
        answer: Template::new(answer),
        expected: Expected::new(answer, hint_mode),
        hint: HintText::child(child, "correcthint"),
    });
    let equal_hints = children("stringequalhint").map(|(child, text)| (text.to_owned(), HintText::of(child)));
    let pattern_hints = children("regexphint")
        .map(|(child, text)| (Lazy::new(anchored(text), mode.ignore_case), HintText::of(child)));
    Ok(Box::new(StringResponse {
        answer: Template::new(answer),
        mode,
        legacy,
        additional: additional.collect(),
        pattern: OnceLock::new(),
        main: Expected::new(answer, hint_mode),
        hint: HintText::child(source.element, "correcthint"),
        equal_hints: equal_hints.collect(),
        pattern_hints: pattern_hints.collect(),
        group: HintGroup::read(source.element, "stringhint", |hint| {
            let mode = hint.attr("type").map_or(hint_mode, Mode::read);
            Expected::new(strip(hint.attr("answer").unwrap_or_default()), mode)
        }),
    }))
}

impl Mode {
    fn read(kinds: &str) -> Self {
        let kinds = kinds.to_lowercase();
        let has = |kind: &str| kinds.split(' ').any(|word| word == kind);
        Self { regexp: has("regexp"), ignore_case: has("ci") }
    }

    fn equal(self, expected: &str, given: &str) -> bool {
        if !self.ignore_case {
            return expected == given;
        }
        // Most texts differ early, and the one given may be long. What is left then is how a sigma ends a word.
        lower(expected).eq(lower(given)) && expected.to_lowercase() == given.to_lowercase()
    }
}

/// Returns the lower-case letters of a text, both small sigmas as one.
fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c })
}

fn anchored(pattern: &str) -> String {
    format!("^{pattern}$")
}

/// Searches a text; patterns that cannot be used are told as the reference tells those it cannot compile.
fn found(pattern: Result<&Pattern, &PatternError>, text: &str) -> Result<bool, CapaError> {
    let error = |error: &dyn std::fmt::Display| {
        CapaError::Response(format!("[courseware.capa.responsetypes.stringresponse] error: {error}"))
    };
    pattern.map_err(|reason| error(reason))?.is_match(text).map_err(|reason| error(&reason))
}

impl StringResponse {
    fn answers(&self, vars: &Vars) -> Vec<String> {
        let answer = strip(&self.answer.resolve(vars)).to_owned();
        if self.legacy {
            return answer.split(ALTERNATIVES).map(|part| strip(part).to_owned()).collect();
        }
        let additional = self.additional.iter().map(|additional| additional.answer.resolve(vars).to_string());
        std::iter::once(answer).chain(additional).collect()
    }

    fn is_fixed(&self) -> bool {
        self.answer.fixed().is_some() && self.additional.iter().all(|other| other.answer.fixed().is_some())
    }

    fn is_correct(&self, given: &str, vars: &Vars) -> Result<bool, CapaError> {
        if given.is_empty() {
            return Ok(false);
        }
        if !self.mode.regexp || self.legacy {
            return Ok(self.answers(vars).iter().any(|answer| self.mode.equal(answer, given)));
        }
        let compile = || Pattern::compile(&anchored(&self.answers(vars).join("|")), self.mode.ignore_case);
        if self.is_fixed() {
            let pattern = self.pattern.get_or_init(compile).as_ref();
            return found(pattern, given);
        }
        found(compile().as_ref(), given)
    }

    fn has_hints(&self) -> bool {
        self.hint.is_some()
            || self.additional.iter().any(|additional| additional.hint.is_some())
            || !self.equal_hints.is_empty()
            || !self.pattern_hints.is_empty()
    }

    fn extended_hint(&self, given: &str) -> Result<Option<Feedback>, CapaError> {
        if !self.has_hints() {
            return Ok(None);
        }
        let feedback =
            |correct, hint: Option<&HintText>| hint.map(|hint| Feedback::single(correct, hint, given));
        if self.main.matches(given)? {
            return Ok(feedback(true, self.hint.as_ref()));
        }
        for additional in &self.additional {
            if additional.expected.matches(given)? {
                return Ok(feedback(true, additional.hint.as_ref()));
            }
        }
        let equal = self.equal_hints.iter().find(|(text, _)| self.mode.equal(text, given));
        if let Some((_, hint)) = equal {
            return Ok(feedback(false, Some(hint)));
        }
        // A broken pattern of a hint never matches.
        let hit = self.pattern_hints.iter().find(|(pattern, _)| pattern.is_match(given).unwrap_or(false));
        Ok(feedback(false, hit.map(|(_, hint)| hint)))
    }
}

impl Response for StringResponse {
    fn grade(&self, submission: &Submission<'_>) -> Result<Grading, CapaError> {
        let Some(value) = submission.first() else { return Ok(vec![Entry::graded(false)].into()) };
        let text = value.as_text().ok_or_else(|| CapaError::generic("a text answer must be one text"))?;
        Ok(vec![Entry::graded(self.is_correct(strip(text), submission.vars)?)].into())
    }

    fn hint(&self, submission: &Submission<'_>, _entries: &[Entry]) -> Result<Option<Hint>, CapaError> {
        let Some(text) = submission.first_text() else { return Ok(None) };
        if let Some(group) = &self.group {
            let given = strip(text);
            return Ok(group.hint(|expected| expected.matches(given))?.map(Hint::Group));
        }
        Ok(self.extended_hint(text)?.map(Hint::Extended))
    }

    fn shown(&self, vars: &Vars) -> Vec<Option<Shown>> {
        let answers: Vec<String> = self.answers(vars).iter().map(|text| escape_numeric(text)).collect();
        vec![Some(Shown::Text(answers.join(" <b>or</b> ")))]
    }
}
