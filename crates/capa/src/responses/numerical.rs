//! `numericalresponse` (capa §6.7).

use num_complex::Complex64;

use super::range::{Place, Range, is_range, real_student, staff_number};
use super::tolerance::{self, Tolerance};
use super::{Grading, Hint, Response, Source, Submission};
use crate::CapaError;
use crate::calc::{self, CalcError, Number};
use crate::correct_map::{Correctness, Entry};
use crate::hints::{Feedback, HintText};
use crate::instance::Shown;
use crate::python::{escape_entities, escape_numeric, parse_float, strip};
use crate::vars::{Template, Vars};

#[derive(Debug)]
struct Numerical {
    answer: Template,
    tolerance: Template,
    hint: Option<HintText>,
    additional: Vec<Additional>,
    partial_credit: Option<String>,
    partial_range: Option<String>,
    partial_answers: Option<String>,
}

#[derive(Debug)]
struct Additional {
    answer: Template,
    hint: Option<HintText>,
}

/// The kinds of partial credit an author asked for.
#[derive(Debug, Clone, Copy, Default)]
struct Credit {
    list: bool,
    close: bool,
}

/// Compiles a `numericalresponse`.
pub(super) fn compile(source: &Source<'_>) -> Result<Box<dyn Response>, CapaError> {
    let parameter = |name: &str| {
        let mut parameters = source.element.descendants().filter(|element| element.name == "responseparam");
        parameters.find_map(|element| element.attr(name)).map(str::to_owned)
    };
    let additional = source.element.child_elements().filter(|child| child.name == "additional_answer");
    let additional = additional.filter_map(|child| {
        let answer = Template::new(child.attr("answer")?);
        Some(Additional { answer, hint: HintText::child(child, "correcthint") })
    });
    Ok(Box::new(Numerical {
        answer: Template::new(source.attr("answer")),
        tolerance: Template::new(tolerance::of(source.element)),
        hint: HintText::child(source.element, "correcthint"),
        additional: additional.collect(),
        partial_credit: source.element.attr("partial_credit").map(str::to_owned),
        partial_range: parameter("partial_range"),
        partial_answers: parameter("partial_answers"),
    }))
}

/// Evaluates what the learner typed, with the messages learners read.
fn student_number(text: &str) -> Result<Number, CapaError> {
    let quoted = || escape_entities(text);
    calc::evaluate(text).map_err(|error| {
        CapaError::StudentInput(match error {
            CalcError::Parentheses(_) | CalcError::Undefined(_) | CalcError::TooLarge => error.to_string(),
            CalcError::Syntax => format!("Invalid math syntax: '{}'", quoted()),
            CalcError::Factorial => {
                format!("Factorial function evaluated outside its domain:'{}'", quoted())
            }
            CalcError::Arithmetic(_) => format!("Could not interpret '{}' as a number.", quoted()),
        })
    })
}

fn as_complex(number: &Number) -> Result<Complex64, CapaError> {
    number.to_complex().map_err(|error| CapaError::generic(error.to_string()))
}

impl Numerical {
    fn credit(&self) -> Result<Credit, CapaError> {
        let mut credit = Credit::default();
        let Some(attribute) = self.partial_credit.as_deref().filter(|text| *text != "false") else {
            return Ok(credit);
        };
        for kind in attribute.split(',') {
            match strip(kind).to_lowercase().as_str() {
                "list" => credit.list = true,
                "close" => credit.close = true,
                _ => {
                    return Err(CapaError::problem("partial_credit attribute should be one of: list,close"));
                }
            }
        }
        Ok(credit)
    }

    /// Returns the plain number a tolerance is written with, and whether it is a percentage. The reference wants one
    /// even where the tolerance is an expression (capa §6.7).
    fn plain_tolerance(tolerance: &str) -> Result<(f64, bool), CapaError> {
        let (number, percent) = match tolerance.strip_suffix('%') {
            Some(number) => (number, true),
            None => (tolerance, false),
        };
        let value = parse_float(number)
            .ok_or_else(|| CapaError::generic(format!("could not convert string to float: '{number}'")))?;
        Ok((value, percent))
    }

    fn partial_range(&self) -> Result<f64, CapaError> {
        match &self.partial_range {
            None => Ok(2.0),
            Some(text) => parse_float(text)
                .ok_or_else(|| CapaError::generic(format!("partial_range {text:?} is not a number"))),
        }
    }

    fn grade_value(&self, student: &Number, vars: &Vars) -> Result<Entry, CapaError> {
        let credit = self.credit()?;
        let widening = self.partial_range()?;
        let tolerance_text = self.tolerance.resolve(vars);
        let (value, percent) = Self::plain_tolerance(&tolerance_text)?;
        let answer = self.answer.resolve(vars);
        if is_range(&answer) {
            let range = Range::parse(&answer)?;
            let student = real_student(student)?;
            return Ok(match range.place(student) {
                Place::Inside => Entry::graded(true),
                Place::Outside if credit.close && range.nearly_contains(student, widening) => {
                    Entry::partial(0.5)
                }
                Place::Outside | Place::ExcludedBound => Entry::graded(false),
            });
        }
        let staff = staff_number(&answer)?;
        let student = as_complex(student)?;
        let tolerance =
            Tolerance::parse(&tolerance_text).map_err(|error| CapaError::generic(error.to_string()))?;
        let wide = if percent {
            Tolerance::OfStaff(value * widening * 0.01)
        } else {
            Tolerance::Absolute(value * widening)
        };
        if tolerance.accepts(student, staff) {
            return Ok(Entry::graded(true));
        }
        if credit.list {
            return self.grade_list(student, staff, tolerance, credit.close.then_some(wide), vars);
        }
        let close = credit.close && wide.accepts(student, staff);
        Ok(if close { Entry::partial(0.5) } else { Entry::graded(false) })
    }

    fn grade_list(
        &self,
        student: Complex64,
        staff: Complex64,
        tolerance: Tolerance,
        wide: Option<Tolerance>,
        vars: &Vars,
    ) -> Result<Entry, CapaError> {
        let answers = self
            .partial_answers
            .as_deref()
            .ok_or_else(|| CapaError::generic("partial credit by list without partial_answers"))?;
        for answer in answers.split(',') {
            let partial = staff_number(strip(&vars.substitute(answer)))?;
            if tolerance.accepts(student, partial) {
                return Ok(Entry::partial(0.5));
            }
            if let Some(wide) = wide {
                if wide.accepts(student, staff) {
                    return Ok(Entry::partial(0.5));
                }
                if wide.accepts(student, partial) {
                    return Ok(Entry::partial(0.25));
                }
            }
        }
        Ok(Entry::graded(false))
    }

    fn matching_additional(&self, student: &Number, vars: &Vars) -> Result<Option<&Additional>, CapaError> {
        for additional in &self.additional {
            if as_complex(student)? == staff_number(&additional.answer.resolve(vars))? {
                return Ok(Some(additional));
            }
        }
        Ok(None)
    }
}

impl Response for Numerical {
    fn grade(&self, submission: &Submission<'_>) -> Result<Grading, CapaError> {
        let Some(value) = submission.first() else { return Ok(vec![Entry::graded(false)].into()) };
        let text = value.as_text().ok_or_else(|| CapaError::generic("a number must be a text"))?;
        let student = student_number(text)?;
        let mut entry = self.grade_value(&student, submission.vars)?;
        if entry.correctness == Some(Correctness::Incorrect)
            && self.matching_additional(&student, submission.vars)?.is_some()
        {
            entry = Entry::graded(true);
        }
        Ok(vec![entry].into())
    }

    fn hint(&self, submission: &Submission<'_>, entries: &[Entry]) -> Result<Option<Hint>, CapaError> {
        let correct = entries.first().is_some_and(|entry| entry.correctness == Some(Correctness::Correct));
        let (true, Some(text)) = (correct, submission.first_text()) else { return Ok(None) };
        let hinted =
            self.hint.is_some() || self.additional.iter().any(|additional| additional.hint.is_some());
        if !hinted {
            return Ok(None);
        }
        let student = student_number(text)?;
        let main = self.grade_value(&student, submission.vars)?.correctness == Some(Correctness::Correct);
        let hint = if main {
            self.hint.as_ref()
        } else {
            self.matching_additional(&student, submission.vars)?.and_then(|hit| hit.hint.as_ref())
        };
        Ok(hint.map(|hint| Hint::Extended(Feedback::single(true, hint, text))))
    }

    fn shown(&self, vars: &Vars) -> Vec<Option<Shown>> {
        let mut answer = self.answer.resolve(vars).to_string();
        if is_range(&answer) {
            answer = answer.replace(',', ", ");
        }
        let additional = self.additional.iter().map(|additional| additional.answer.resolve(vars).to_string());
        let all: Vec<String> =
            std::iter::once(answer).chain(additional).map(|text| escape_numeric(&text)).collect();
        vec![Some(Shown::Text(all.join(" <b>or</b> ")))]
    }

    fn faults(&self) -> Vec<String> {
        let answer = |answer: &Template| match answer.fixed()? {
            range if is_range(range) => Range::parse(range).err().map(|error| format!("{error} ({range})")),
            number => staff_number(number).err().map(|error| format!("{error} ({number})")),
        };
        let range = self.partial_range().err().into_iter().map(|error| error.to_string());
        let additional = self.additional.iter().map(|additional| &additional.answer);
        let answers = std::iter::once(&self.answer).chain(additional).filter_map(answer);
        range.chain(answers).collect()
    }
}
