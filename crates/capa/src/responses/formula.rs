//! `formularesponse` (capa §6.9): an answer is right when it has the values of the author's formula at random points.

use super::hint_group::HintGroup;
use super::samples::Samples;
use super::tolerance::{self, Tolerance};
use super::{Grading, Hint, Response, Source, Submission};
use crate::CapaError;
use crate::calc::{Budget, CalcError, Expression, Number, Scope, is_blank};
use crate::correct_map::Entry;
use crate::instance::Shown;
use crate::markup::push_text;
use crate::python::escape_entities;
use crate::vars::{Template, Vars};

#[derive(Debug)]
struct Formula {
    expected: Expected,
    tolerance: Template,
    case_sensitive: bool,
    hints: Option<HintGroup<Expected>>,
}

/// A formula of the author and the points at which answers are compared with it.
#[derive(Debug)]
struct Expected {
    answer: Template,
    samples: Template,
}

/// Compiles a `formularesponse`.
pub(super) fn compile(source: &Source<'_>) -> Result<Box<dyn Response>, CapaError> {
    let kinds = || source.attr("type").split(',').map(crate::python::strip);
    Ok(Box::new(Formula {
        expected: Expected::of(source.element),
        tolerance: Template::new(tolerance::of(source.element)),
        case_sensitive: kinds().any(|kind| kind == "cs") && !kinds().any(|kind| kind == "ci"),
        hints: HintGroup::read(source.element, "formulahint", Expected::of),
    }))
}

impl Expected {
    fn of(element: &olx::Element) -> Self {
        let attribute = |name: &str| Template::new(element.attr(name).unwrap_or_default());
        Self { answer: attribute("answer"), samples: attribute("samples") }
    }
}

/// A formula as somebody wrote it.
struct Written<'t> {
    text: &'t str,
    /// None when it is blank.
    expression: Option<Expression>,
}

impl<'t> Written<'t> {
    fn parse(text: &'t str) -> Result<Self, CalcError> {
        let expression = if is_blank(text) { None } else { Some(Expression::parse(text)?) };
        Ok(Self { text, expression })
    }

    /// Returns the value at each point; a blank formula has none, which is NaN.
    fn values(
        &self,
        scope: &Scope,
        points: &[Vec<f64>],
        budget: &mut Budget,
    ) -> Result<Vec<Number>, CalcError> {
        let Some(expression) = &self.expression else {
            return Ok(vec![Number::Float(f64::NAN); points.len()]);
        };
        let program = expression.bind(scope, budget)?;
        points.iter().map(|values| program.run(values, budget)).collect()
    }
}

/// Words an error of a formula for the learner.
fn student_error(formula: &str, error: &CalcError) -> CapaError {
    CapaError::StudentInput(match error {
        CalcError::Parentheses(_) | CalcError::Undefined(_) | CalcError::TooLarge => error.to_string(),
        CalcError::Factorial => format!(
            "Factorial function not permitted in answer for this problem. Provided answer was: {}",
            escape_entities(formula)
        ),
        CalcError::Syntax | CalcError::Arithmetic(_) => {
            format!("Invalid input: Could not parse '{}' as a formula", escape_entities(formula))
        }
    })
}

fn generic(error: impl std::fmt::Display) -> CapaError {
    CapaError::generic(error.to_string())
}

impl Formula {
    fn scope(&self, samples: &Samples) -> Scope {
        Scope { variables: samples.variables.clone(), case_sensitive: self.case_sensitive }
    }

    fn matches(
        &self,
        expected: &Expected,
        given: &Written<'_>,
        vars: &Vars,
        budget: &mut Budget,
    ) -> Result<bool, CapaError> {
        let samples = Samples::parse(&expected.samples.resolve(vars)).map_err(generic)?;
        let (scope, points) = (self.scope(&samples), samples.draw(vars.seed));
        let mut values = |formula: &Written<'_>| {
            formula.values(&scope, &points, budget).map_err(|error| student_error(formula.text, &error))
        };
        let student = values(given)?;
        let answer = expected.answer.resolve(vars);
        let staff = values(&Written::parse(&answer).map_err(|error| student_error(&answer, &error))?)?;
        let tolerance = Tolerance::parse(&self.tolerance.resolve(vars)).map_err(generic)?;
        for (student, staff) in student.iter().zip(&staff) {
            let (student, staff) =
                (student.to_complex().map_err(generic)?, staff.to_complex().map_err(generic)?);
            if !tolerance.accepts(student, staff) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns why an answer of the author has no value at the first point; `None` when it has one or it cannot be
    /// known before variables of scripts are.
    fn fault(&self, expected: &Expected, budget: &mut Budget) -> Option<String> {
        let samples = match Samples::parse(expected.samples.fixed()?) {
            Ok(samples) => samples,
            Err(error) => return Some(error.to_string()),
        };
        let answer = expected.answer.fixed()?;
        let scope = self.scope(&samples);
        let points = samples.draw_first(1);
        let values = Written::parse(answer).and_then(|written| written.values(&scope, &points, budget));
        values.err().map(|error| format!("the answer '{answer}' has no value: {error}"))
    }
}

impl Response for Formula {
    fn grade(&self, submission: &Submission<'_>) -> Result<Grading, CapaError> {
        let given = submission.first_text().ok_or_else(|| CapaError::generic("a formula must be a text"))?;
        let given = Written::parse(given).map_err(|error| student_error(given, &error))?;
        let correct = self.matches(&self.expected, &given, submission.vars, &mut Budget::default())?;
        Ok(vec![Entry::graded(correct)].into())
    }

    fn hint(&self, submission: &Submission<'_>, _entries: &[Entry]) -> Result<Option<Hint>, CapaError> {
        let (Some(group), Some(given)) = (&self.hints, submission.first_text()) else { return Ok(None) };
        let given = Written::parse(given).map_err(|error| student_error(given, &error))?;
        let mut budget = Budget::default();
        let hint = group.hint(|expected| self.matches(expected, &given, submission.vars, &mut budget))?;
        Ok(hint.map(Hint::Group))
    }

    fn shown(&self, vars: &Vars) -> Vec<Option<Shown>> {
        let mut html = String::new();
        push_text(&mut html, &self.expected.answer.resolve(vars));
        vec![Some(Shown::Text(html))]
    }

    fn faults(&self) -> Vec<String> {
        let mut budget = Budget::default();
        let hints = self.hints.iter().flat_map(HintGroup::conditions);
        let expected = std::iter::once(&self.expected).chain(hints);
        expected.filter_map(|expected| self.fault(expected, &mut budget)).collect()
    }
}
