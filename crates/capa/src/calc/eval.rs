//! Name checking and evaluation.

use std::collections::BTreeSet;

use num_complex::Complex64;

use super::functions::Function;
use super::parser::{Expression, Node, Operator};
use super::{CalcError, Number};

/// The names an expression may use beside the default ones, and how they are matched.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// Further variables.
    pub(crate) variables: Vec<(String, Number)>,
    /// Whether `X` and `x` are different names.
    pub(crate) case_sensitive: bool,
}

impl Scope {
    fn same(&self, a: &str, b: &str) -> bool {
        if self.case_sensitive { a == b } else { a.eq_ignore_ascii_case(b) }
    }

    fn variable(&self, name: &str) -> Option<Number> {
        let own = self.variables.iter().find(|(known, _)| self.same(known, name));
        if let Some((_, value)) = own {
            return Some(value.clone());
        }
        CONSTANTS.iter().find(|known| self.same(known, name)).map(|&known| match known {
            "e" => Number::Float(std::f64::consts::E),
            "pi" => Number::Float(std::f64::consts::PI),
            _ => Number::Complex(Complex64::new(0.0, 1.0)),
        })
    }

    fn function(&self, name: &str) -> Option<Function> {
        Function::named(name, |a, b| self.same(a, b))
    }

    /// Returns the defined spelling that differs from `name` only in case.
    fn other_case<'a>(&self, name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        if !self.case_sensitive {
            return None;
        }
        known.into_iter().find(|known| known.eq_ignore_ascii_case(name))
    }
}

const CONSTANTS: [&str; 4] = ["i", "j", "e", "pi"];

impl Expression {
    /// Computes the value.
    ///
    /// # Errors
    /// [`CalcError::Undefined`] for unknown names (variables are reported before functions), otherwise what the
    /// arithmetic refused.
    pub(crate) fn evaluate(&self, scope: &Scope) -> Result<Number, CalcError> {
        let mut names = Names::default();
        names.collect(&self.root);
        names.check(scope)?;
        value(&self.root, scope)
    }
}

#[derive(Default)]
struct Names<'e> {
    variables: BTreeSet<&'e str>,
    functions: BTreeSet<&'e str>,
}

impl<'e> Names<'e> {
    fn collect(&mut self, node: &'e Node) {
        match node {
            Node::Number(_) => {}
            Node::Variable(name) => {
                self.variables.insert(name);
            }
            Node::Call(name, argument) => {
                self.functions.insert(name);
                self.collect(argument);
            }
            Node::Negative(inner) => self.collect(inner),
            Node::Chain(first, rest) => {
                self.collect(first);
                rest.iter().for_each(|(_, node)| self.collect(node));
            }
            Node::Parallel(nodes) | Node::Power(nodes) => nodes.iter().for_each(|node| self.collect(node)),
        }
    }

    fn check(&self, scope: &Scope) -> Result<(), CalcError> {
        let bad: Vec<&str> =
            self.variables.iter().copied().filter(|name| scope.variable(name).is_none()).collect();
        if !bad.is_empty() {
            let mut message =
                format!("Invalid Input: {} not permitted in answer as a variable", bad.join(", "));
            let known = || scope.variables.iter().map(|(name, _)| name.as_str()).chain(CONSTANTS);
            suggest(&mut message, bad.iter().filter_map(|name| scope.other_case(name, known())));
            return Err(CalcError::Undefined(message));
        }
        let bad: Vec<&str> =
            self.functions.iter().copied().filter(|name| scope.function(name).is_none()).collect();
        if bad.is_empty() {
            return Ok(());
        }
        let mut message = format!("Invalid Input: {} not permitted in answer as a function", bad.join(", "));
        if bad.iter().any(|name| scope.variable(name).is_some()) {
            message.push_str(" (did you forget to use * for multiplication?)");
        }
        let known = || Function::names();
        suggest(&mut message, bad.iter().filter_map(|name| scope.other_case(name, known())));
        Err(CalcError::Undefined(message))
    }
}

fn suggest<'a>(message: &mut String, spellings: impl Iterator<Item = &'a str>) {
    let spellings: Vec<&str> = spellings.collect();
    if !spellings.is_empty() {
        message.push_str(" (did you mean ");
        message.push_str(&spellings.join(", "));
        message.push_str("?)");
    }
}

fn value(node: &Node, scope: &Scope) -> Result<Number, CalcError> {
    match node {
        Node::Number(number) => Ok(number.clone()),
        Node::Variable(name) => scope.variable(name).ok_or(CalcError::Arithmetic("unknown variable")),
        Node::Call(name, argument) => {
            let function = scope.function(name).ok_or(CalcError::Arithmetic("unknown function"))?;
            function.apply(&value(argument, scope)?)
        }
        Node::Negative(inner) => Ok(value(inner, scope)?.negated()),
        Node::Chain(first, rest) => {
            let mut total = value(first, scope)?;
            for (operator, operand) in rest {
                let operand = value(operand, scope)?;
                total = match operator {
                    Operator::Add => total.add(&operand),
                    Operator::Subtract => total.subtract(&operand),
                    Operator::Multiply => total.multiply(&operand),
                    Operator::Divide => total.divide(&operand),
                }?;
            }
            Ok(total)
        }
        Node::Parallel(branches) => {
            let branches: Vec<Number> =
                branches.iter().map(|branch| value(branch, scope)).collect::<Result<_, _>>()?;
            if branches.iter().any(Number::is_zero) {
                return Ok(Number::Float(f64::NAN));
            }
            let one = Number::Float(1.0);
            let mut total = Number::Integer(0.into());
            for branch in &branches {
                total = total.add(&one.divide(branch)?)?;
            }
            one.divide(&total)
        }
        Node::Power(operands) => {
            let mut operands = operands.iter().rev();
            let Some(last) = operands.next() else { return Err(CalcError::Syntax) };
            let mut result = value(last, scope)?;
            for base in operands {
                result = value(base, scope)?.power(&result)?;
            }
            Ok(result)
        }
    }
}
