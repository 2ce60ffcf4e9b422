//! Calculator expressions: what a learner may type as a number or formula (contract capa §7).
//!
//! [`Expression::parse`] checks parentheses and syntax and keeps the notation, [`latex`] prints it;
//! [`Expression::bind`] resolves the names, [`Program::run`] computes for one set of values. Whatever is typed takes
//! bounded work: text and nesting are limited by the parser, computation by a [`Budget`].

mod budget;
mod eval;
mod functions;
mod latex;
mod number;
mod parser;

pub(crate) use budget::Budget;
pub(crate) use eval::Scope;
pub(crate) use latex::latex;
pub(crate) use number::Number;
pub(crate) use parser::Expression;

use thiserror::Error;

/// Why an expression has no value. Each response type words these for the learner in its own way.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum CalcError {
    /// Parentheses do not match; the message is meant for the learner.
    #[error("{0}")]
    Parentheses(String),
    /// Names that are not defined; the message is meant for the learner.
    #[error("{0}")]
    Undefined(String),
    /// The text is not an expression.
    #[error("invalid syntax")]
    Syntax,
    /// The factorial of a negative number.
    #[error("factorial is not defined for negative values")]
    Factorial,
    /// Division by zero, overflow, or an operation the values do not have.
    #[error("{0}")]
    Arithmetic(&'static str),
    /// More than is computed for one answer; the message is meant for the learner.
    #[error("This is too long or too large to compute here. Please write it in a shorter form.")]
    TooLarge,
}

/// Returns whether there is no expression at all.
pub(crate) fn is_blank(text: &str) -> bool {
    crate::python::strip(text).is_empty()
}

/// Parses and evaluates `text` with the default names, ignoring case. A blank text is NaN.
pub(crate) fn evaluate(text: &str) -> Result<Number, CalcError> {
    if is_blank(text) {
        return Ok(Number::Float(f64::NAN));
    }
    let mut budget = Budget::default();
    Expression::parse(text)?.bind(&Scope::default(), &mut budget)?.run(&[], &mut budget)
}

#[cfg(test)]
mod tests;
