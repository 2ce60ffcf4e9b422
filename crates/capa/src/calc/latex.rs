//! Expressions as TeX: the preview a learner sees while typing (capa §7, last rule).

use super::CalcError;
use super::parser::{Expression, Group, Node, Operator};

/// Names of letters that TeX has a command for.
const GREEK: [&str; 40] = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "varepsilon",
    "zeta",
    "eta",
    "theta",
    "vartheta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "pi",
    "varpi",
    "rho",
    "varrho",
    "sigma",
    "varsigma",
    "tau",
    "upsilon",
    "phi",
    "varphi",
    "chi",
    "psi",
    "omega",
    "Gamma",
    "Delta",
    "Theta",
    "Lambda",
    "Xi",
    "Pi",
    "Sigma",
    "Upsilon",
    "Phi",
    "Psi",
    "Omega",
];

/// Returns an expression as TeX; a blank text is blank. Names need not be defined.
///
/// # Errors
/// Those of [`Expression::parse`].
pub(crate) fn latex(text: &str) -> Result<String, CalcError> {
    if super::is_blank(text) {
        return Ok(String::new());
    }
    let expression = Expression::parse(text)?;
    let mut printer = Printer { text, out: String::with_capacity(2 * text.len()) };
    printer.node(&expression.root);
    Ok(printer.out)
}

struct Printer<'t> {
    text: &'t str,
    out: String,
}

impl Printer<'_> {
    fn raw(&mut self, tex: &str) {
        self.out.push_str(tex);
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Number(_, at) => {
                let written = self.text.get(at.clone()).unwrap_or_default();
                self.number(written);
            }
            Node::Variable(name) => self.name(name),
            Node::Call(name, argument) => self.call(name, argument),
            Node::Group(group) => self.group(group),
            Node::Signed(negative, inner) => {
                self.raw(if *negative { "-" } else { "+" });
                self.node(inner);
            }
            Node::Chain(first, rest) => match rest.first() {
                Some((Operator::Multiply | Operator::Divide, _)) => self.product(first, rest),
                _ => self.sum(first, rest),
            },
            Node::Parallel(branches) => {
                for (index, branch) in branches.iter().enumerate() {
                    if index > 0 {
                        self.raw("\\|");
                    }
                    self.node(branch);
                }
            }
            Node::Power(operands) => self.power(operands),
        }
    }

    fn sum(&mut self, first: &Node, rest: &[(Operator, Node)]) {
        self.node(first);
        for (operator, operand) in rest {
            self.raw(if *operator == Operator::Subtract { "-" } else { "+" });
            self.node(operand);
        }
    }

    /// Prints factors and divisors. Divisors that follow each other stand under one bar together with the factors
    /// before them, so that a long quotient does not nest.
    fn product(&mut self, first: &Node, rest: &[(Operator, Node)]) {
        let mut factors = vec![first];
        let mut rest = rest.iter().peekable();
        let mut started = false;
        loop {
            while let Some((_, factor)) = rest.next_if(|(operator, _)| *operator == Operator::Multiply) {
                factors.push(factor);
            }
            let mut divisors = Vec::new();
            while let Some((_, divisor)) = rest.next_if(|(operator, _)| *operator == Operator::Divide) {
                divisors.push(divisor);
            }
            if started {
                self.raw("\\cdot ");
            }
            started = true;
            if divisors.is_empty() {
                self.factors(&factors);
            } else {
                self.raw("\\frac{");
                self.alone(&factors);
                self.raw("}{");
                self.alone(&divisors);
                self.raw("}");
            }
            factors.clear();
            if rest.peek().is_none() {
                return;
            }
        }
    }

    fn factors(&mut self, factors: &[&Node]) {
        for (index, factor) in factors.iter().enumerate() {
            if index > 0 {
                self.raw("\\cdot ");
            }
            self.node(factor);
        }
    }

    /// Prints what TeX braces hold together: one factor needs no parentheses.
    fn alone(&mut self, factors: &[&Node]) {
        match factors {
            [Node::Group(group)] => self.node(&group.inner),
            _ => self.factors(factors),
        }
    }

    fn power(&mut self, operands: &[Node]) {
        let Some((last, bases)) = operands.split_last() else { return };
        for base in bases {
            self.base(base);
            self.raw("^{");
        }
        self.alone(&[last]);
        bases.iter().for_each(|_| self.raw("}"));
    }

    fn base(&mut self, base: &Node) {
        let (open, close) = match base {
            // A sign, exponent or percent sign of the number belongs to the base.
            Node::Number(_, at) => {
                let written = self.text.get(at.clone()).unwrap_or_default();
                let plain = written.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
                if plain { ("", "") } else { ("(", ")") }
            }
            // TeX allows one exponent at a time.
            Node::Variable(name) if name.contains('^') => ("{", "}"),
            _ => ("", ""),
        };
        self.raw(open);
        self.node(base);
        self.raw(close);
    }

    fn group(&mut self, group: &Group) {
        let (open, close) = if group.divides { ("\\left(", "\\right)") } else { ("(", ")") };
        self.raw(open);
        self.node(&group.inner);
        self.raw(close);
    }

    fn call(&mut self, name: &str, argument: &Group) {
        match name.to_ascii_lowercase().as_str() {
            "sqrt" => {
                self.raw("\\sqrt{");
                self.node(&argument.inner);
                return self.raw("}");
            }
            "log10" => self.raw("\\log_{10}"),
            "log2" => self.raw("\\log_2"),
            _ => {
                self.raw("\\text{");
                self.escaped(name);
                self.raw("}");
            }
        }
        self.group(argument);
    }

    /// Prints text in which `_`, `^` and braces are no commands.
    fn escaped(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '^' => self.raw("\\hat{}"),
                '_' | '{' | '}' => {
                    self.out.push('\\');
                    self.out.push(character);
                }
                _ => self.out.push(character),
            }
        }
    }

    /// Prints a number as written: sign, digits, power of ten, percent sign.
    fn number(&mut self, written: &str) {
        let (number, percent) = match written.strip_suffix('%') {
            Some(number) => (number, true),
            None => (written, false),
        };
        let (mantissa, exponent) = match number.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (number, None),
        };
        self.without_space(mantissa);
        if let Some(exponent) = exponent {
            self.raw("\\!\\times\\!10^{");
            self.without_space(exponent);
            self.raw("}");
        }
        if percent {
            self.raw("\\text{%}");
        }
    }

    fn without_space(&mut self, text: &str) {
        text.split_ascii_whitespace().for_each(|part| self.raw(part.trim_start_matches('+')));
    }

    /// Prints a name: each underscore begins an index, Greek letters are what they are called.
    fn name(&mut self, name: &str) {
        let primes = name.trim_start_matches(|character| character != '\'');
        let name = name.strip_suffix(primes).unwrap_or(name);
        // The indices of a tensor, `_{ij}^{kl}`, are TeX as they are.
        let tensor = name.find("_{").or_else(|| name.find("^{")).unwrap_or(name.len());
        let (name, indices) = name.split_at(tensor);
        let parts: Vec<&str> = name.split('_').filter(|part| !part.is_empty()).collect();
        let indexed = parts.len() > 1 && !indices.is_empty();
        if indexed {
            self.raw("{");
        }
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.raw("_{");
            }
            if GREEK.contains(part) {
                self.raw("\\");
            }
            self.raw(part);
        }
        parts.iter().skip(1).for_each(|_| self.raw("}"));
        if indexed {
            self.raw("}");
        }
        self.raw(indices);
        self.raw(primes);
    }
}
