//! Names are checked and resolved once, then the expression is computed for as many sets of values as are wanted.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use num_complex::Complex64;

use super::functions::Function;
use super::parser::{Expression, Group, Node, Operator};
use super::{Budget, CalcError, Number};

/// The names an expression may use beside the default ones, and how they are matched.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scope {
    /// Names of further variables. Of names that are the same the last one counts.
    pub(crate) variables: Vec<String>,
    /// Whether `X` and `x` are different names.
    pub(crate) case_sensitive: bool,
}

/// What a name of a variable stands for.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    /// The value at this index.
    Given(usize),
    Real(f64),
    ImaginaryUnit,
}

const CONSTANTS: [(&str, Meaning); 4] = [
    ("i", Meaning::ImaginaryUnit),
    ("j", Meaning::ImaginaryUnit),
    ("e", Meaning::Real(std::f64::consts::E)),
    ("pi", Meaning::Real(std::f64::consts::PI)),
];

/// An expression with its names resolved: operations on a stack of numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Program {
    operations: Vec<Operation>,
}

#[derive(Debug, Clone, PartialEq)]
enum Operation {
    Constant(Number),
    /// The value at this index.
    Variable(usize),
    Negate,
    Call(Function),
    Binary(Operator),
    Power,
    /// So many branches in parallel.
    Parallel(usize),
}

impl Expression {
    /// Resolves the names.
    ///
    /// # Errors
    /// [`CalcError::Undefined`] for unknown names; variables are reported before functions. [`CalcError::TooLarge`]
    /// when the budget does not suffice.
    pub(crate) fn bind(&self, scope: &Scope, budget: &mut Budget) -> Result<Program, CalcError> {
        let mut binder = Binder { names: Names::new(scope), operations: Vec::new() };
        binder.node(&self.root);
        binder.names.check()?;
        budget.spend(binder.operations.len() as u64)?;
        Ok(Program { operations: binder.operations })
    }
}

impl Program {
    /// Computes the value for these values of the scope's variables.
    ///
    /// # Errors
    /// What the arithmetic refused, and [`CalcError::TooLarge`] when the budget does not suffice.
    pub(crate) fn run(&self, values: &[f64], budget: &mut Budget) -> Result<Number, CalcError> {
        let mut stack = Vec::with_capacity(16);
        for operation in &self.operations {
            step(operation, values, &mut stack, budget)?;
        }
        stack.pop().ok_or(CalcError::Syntax)
    }
}

fn step(
    operation: &Operation,
    values: &[f64],
    stack: &mut Vec<Number>,
    budget: &mut Budget,
) -> Result<(), CalcError> {
    // The binder puts as many values on the stack as each operation takes.
    let mut pop = || stack.pop().ok_or(CalcError::Syntax);
    let result = match operation {
        Operation::Constant(number) => {
            budget.spend(number.copy_steps())?;
            number.clone()
        }
        Operation::Variable(index) => {
            budget.spend(1)?;
            Number::Float(values.get(*index).copied().ok_or(CalcError::Arithmetic("unknown variable"))?)
        }
        Operation::Negate => {
            budget.spend(1)?;
            pop()?.negated()
        }
        Operation::Call(function) => {
            let argument = pop()?;
            function.apply(argument, budget)?
        }
        Operation::Binary(operator) => {
            let (b, a) = (pop()?, pop()?);
            match operator {
                Operator::Add => a.add(b, budget)?,
                Operator::Subtract => a.subtract(b, budget)?,
                Operator::Multiply => a.multiply(b, budget)?,
                Operator::Divide => a.divide(b, budget)?,
            }
        }
        Operation::Power => {
            let (exponent, base) = (pop()?, pop()?);
            base.power(exponent, budget)?
        }
        Operation::Parallel(count) => {
            let start = stack.len().checked_sub(*count).ok_or(CalcError::Syntax)?;
            parallel(stack.split_off(start), budget)?
        }
    };
    stack.push(result);
    Ok(())
}

/// 1 over the sum of 1 over each; NaN when any is 0.
fn parallel(branches: Vec<Number>, budget: &mut Budget) -> Result<Number, CalcError> {
    if branches.iter().any(Number::is_zero) {
        return Ok(Number::Float(f64::NAN));
    }
    let one = || Number::Float(1.0);
    let mut total = Number::Integer(0.into());
    for branch in branches {
        total = total.add(one().divide(branch, budget)?, budget)?;
    }
    one().divide(total, budget)
}

/// Writes down the operations of a tree; names that mean nothing are remembered and stand for nothing.
struct Binder<'s, 'e> {
    names: Names<'s, 'e>,
    operations: Vec<Operation>,
}

impl<'e> Binder<'_, 'e> {
    fn node(&mut self, node: &'e Node) {
        match node {
            Node::Number(number, _) => self.operations.push(Operation::Constant(number.clone())),
            Node::Variable(name) => {
                let operation = match self.names.variable(name) {
                    Some(Meaning::Given(index)) => Operation::Variable(index),
                    Some(Meaning::Real(value)) => Operation::Constant(Number::Float(value)),
                    Some(Meaning::ImaginaryUnit) => {
                        Operation::Constant(Number::Complex(Complex64::new(0.0, 1.0)))
                    }
                    None => return,
                };
                self.operations.push(operation);
            }
            Node::Call(name, Group { inner, .. }) => {
                self.node(inner);
                if let Some(function) = self.names.function(name) {
                    self.operations.push(Operation::Call(function));
                }
            }
            Node::Group(Group { inner, .. }) | Node::Signed(false, inner) => self.node(inner),
            Node::Signed(true, inner) => {
                self.node(inner);
                self.operations.push(Operation::Negate);
            }
            Node::Chain(first, rest) => {
                self.node(first);
                for (operator, operand) in rest {
                    self.node(operand);
                    self.operations.push(Operation::Binary(*operator));
                }
            }
            Node::Parallel(branches) => {
                branches.iter().for_each(|branch| self.node(branch));
                self.operations.push(Operation::Parallel(branches.len()));
            }
            Node::Power(operands) => {
                operands.iter().for_each(|operand| self.node(operand));
                self.operations.extend((1..operands.len()).map(|_| Operation::Power));
            }
        }
    }
}

/// The names that are known, and those that turned out not to be.
struct Names<'s, 'e> {
    scope: &'s Scope,
    known: HashMap<Cow<'s, str>, Meaning>,
    bad_variables: BTreeSet<&'e str>,
    bad_functions: BTreeSet<&'e str>,
}

impl<'s, 'e> Names<'s, 'e> {
    fn new(scope: &'s Scope) -> Self {
        let given = scope.variables.iter().enumerate();
        let given = given.map(|(index, name)| (name.as_str(), Meaning::Given(index)));
        let known = CONSTANTS.into_iter().chain(given);
        let known = known.map(|(name, meaning)| (fold(name, scope.case_sensitive), meaning)).collect();
        Self { scope, known, bad_variables: BTreeSet::new(), bad_functions: BTreeSet::new() }
    }

    fn meaning(&self, name: &str) -> Option<Meaning> {
        self.known.get(&fold(name, self.scope.case_sensitive)).copied()
    }

    fn variable(&mut self, name: &'e str) -> Option<Meaning> {
        let meaning = self.meaning(name);
        if meaning.is_none() {
            self.bad_variables.insert(name);
        }
        meaning
    }

    fn function(&mut self, name: &'e str) -> Option<Function> {
        let function = Function::named(&fold(name, self.scope.case_sensitive));
        if function.is_none() {
            self.bad_functions.insert(name);
        }
        function
    }

    fn check(&self) -> Result<(), CalcError> {
        if !self.bad_variables.is_empty() {
            let mut message = not_permitted(&self.bad_variables, "variable");
            let known = self.scope.variables.iter().map(String::as_str);
            self.suggest(&mut message, &self.bad_variables, known.chain(CONSTANTS.map(|(name, _)| name)));
            return Err(CalcError::Undefined(message));
        }
        if !self.bad_functions.is_empty() {
            let mut message = not_permitted(&self.bad_functions, "function");
            if self.bad_functions.iter().any(|name| self.meaning(name).is_some()) {
                message.push_str(" (did you forget to use * for multiplication?)");
            }
            self.suggest(&mut message, &self.bad_functions, Function::names());
            return Err(CalcError::Undefined(message));
        }
        Ok(())
    }

    /// Names the known spellings that differ from the bad ones only in case, where case matters.
    fn suggest<'a>(&self, message: &mut String, bad: &BTreeSet<&str>, known: impl Iterator<Item = &'a str>) {
        if !self.scope.case_sensitive {
            return;
        }
        let known: HashMap<String, &str> = known.map(|name| (name.to_ascii_lowercase(), name)).collect();
        let spellings = bad.iter().filter_map(|name| known.get(&name.to_ascii_lowercase()).copied());
        let spellings: Vec<&str> = spellings.collect();
        if !spellings.is_empty() {
            message.push_str(" (did you mean ");
            message.push_str(&spellings.join(", "));
            message.push_str("?)");
        }
    }
}

fn not_permitted(names: &BTreeSet<&str>, kind: &str) -> String {
    let names: Vec<&str> = names.iter().copied().collect();
    format!("Invalid Input: {} not permitted in answer as a {kind}", names.join(", "))
}

fn fold(name: &str, case_sensitive: bool) -> Cow<'_, str> {
    if case_sensitive || !name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.to_ascii_lowercase())
    }
}
