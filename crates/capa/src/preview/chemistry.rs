//! Chemical formulas and equations as HTML.
//!
//! ```text
//! equation := side {arrow side}                arrow := -> | --> | <- | <-> | <=> | →  | ↔ | ⇌
//! side     := term {+ term}
//! term     := [amount] molecule [charge] [state]
//! amount   := digits [/ digits] | digits . digits
//! molecule := part {part} {(* | ·) [amount] part {part}}
//! part     := (element | "(" molecule ")" | "[" molecule "]") [digits]
//! charge   := ^ [digits] sign | ^{ [digits] sign }
//! state    := (s) | (l) | (g) | (aq)
//! ```

use super::PreviewError;

/// Longest text that is read, in bytes.
const MAX_LENGTH: usize = 2_000;
/// Deepest nesting of parentheses.
const MAX_DEPTH: usize = 16;

const ARROWS: [(&str, &str); 9] = [
    ("<->", "\u{2194}"),
    ("<=>", "\u{21cc}"),
    ("-->", "\u{2192}"),
    ("->", "\u{2192}"),
    ("<-", "\u{2190}"),
    ("\u{2192}", "\u{2192}"),
    ("\u{2190}", "\u{2190}"),
    ("\u{2194}", "\u{2194}"),
    ("\u{21cc}", "\u{21cc}"),
];
const STATES: [&str; 4] = ["(s)", "(l)", "(g)", "(aq)"];

/// The symbols of the elements, and `e` for electrons.
const ELEMENTS: &str = " H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br \
    Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W \
    Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn \
    Nh Fl Mc Lv Ts Og D T e ";

/// Returns a chemical formula or equation as HTML, with indices and charges raised and lowered; a blank text is
/// blank.
///
/// # Errors
/// Text that is neither, with what was not understood.
pub fn chemistry(formula: &str) -> Result<String, PreviewError> {
    if formula.trim().is_empty() {
        return Ok(String::new());
    }
    if formula.len() > MAX_LENGTH {
        return Err(PreviewError::TooLong);
    }
    let mut reader = Reader { rest: formula, out: String::with_capacity(4 * formula.len()), depth: 0 };
    reader.out.push_str("<span class=\"math\">");
    reader.equation()?;
    reader.out.push_str("</span>");
    Ok(reader.out)
}

struct Reader<'t> {
    rest: &'t str,
    out: String,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn digits(&mut self) -> &'t str {
        let end = self.rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits
    }

    fn unexpected<T>(&self, wanted: &str) -> Result<T, PreviewError> {
        let found = match self.rest.trim_start().chars().next() {
            Some(character) => format!("found '{character}'"),
            None => "the text ends".to_owned(),
        };
        Err(PreviewError::NotChemistry(format!("{found} where {wanted} was expected.")))
    }

    fn equation(&mut self) -> Result<(), PreviewError> {
        self.side()?;
        loop {
            self.skip_space();
            if self.rest.is_empty() {
                return Ok(());
            }
            let Some((_, arrow)) = ARROWS.into_iter().find(|(written, _)| self.eat(written)) else {
                return self.unexpected("'+', an arrow or the end");
            };
            self.out.push_str(arrow);
            self.side()?;
        }
    }

    fn side(&mut self) -> Result<(), PreviewError> {
        self.term()?;
        loop {
            self.skip_space();
            if !self.eat("+") {
                return Ok(());
            }
            self.out.push('+');
            self.term()?;
        }
    }

    fn term(&mut self) -> Result<(), PreviewError> {
        self.skip_space();
        self.amount()?;
        self.skip_space();
        self.molecule()?;
        self.charge()?;
        self.skip_space();
        if let Some(state) = STATES.into_iter().find(|state| self.eat(state)) {
            self.out.push_str(state);
        }
        Ok(())
    }

    fn amount(&mut self) -> Result<(), PreviewError> {
        let whole = self.digits();
        if whole.is_empty() {
            return Ok(());
        }
        let separator = if self.eat("/") {
            "\u{2044}"
        } else if self.eat(".") {
            "."
        } else {
            self.out.push_str(whole);
            return Ok(());
        };
        let part = self.digits();
        if part.is_empty() {
            return self.unexpected("a digit");
        }
        if separator == "." {
            self.out.push_str(whole);
            self.out.push('.');
            self.out.push_str(part);
        } else {
            self.element("sup", whole);
            self.out.push_str(separator);
            self.element("sub", part);
        }
        Ok(())
    }

    fn molecule(&mut self) -> Result<(), PreviewError> {
        self.parts()?;
        while self.eat("*") || self.eat("\u{b7}") {
            self.out.push('\u{b7}');
            self.amount()?;
            self.parts()?;
        }
        Ok(())
    }

    /// Reads one part or more.
    fn parts(&mut self) -> Result<(), PreviewError> {
        if !self.part()? {
            return self.unexpected("an element or '('");
        }
        while self.part()? {}
        Ok(())
    }

    /// Reads a part with its index, if there is one here.
    fn part(&mut self) -> Result<bool, PreviewError> {
        if STATES.iter().any(|state| self.rest.starts_with(state)) {
            return Ok(false);
        }
        if self.eat("(") {
            self.group("(", ")")?;
        } else if self.eat("[") {
            self.group("[", "]")?;
        } else if !self.symbol()? {
            return Ok(false);
        }
        self.eat("_");
        let index = self.digits();
        if !index.is_empty() {
            self.element("sub", index);
        }
        Ok(true)
    }

    fn group(&mut self, open: &str, close: &str) -> Result<(), PreviewError> {
        if self.depth == MAX_DEPTH {
            return Err(PreviewError::TooLong);
        }
        self.depth += 1;
        self.out.push_str(open);
        self.molecule()?;
        self.charge()?;
        self.depth -= 1;
        if !self.eat(close) {
            return self.unexpected(&format!("'{close}'"));
        }
        self.out.push_str(close);
        Ok(())
    }

    /// Reads the symbol of an element: two letters if there is such an element, else one.
    fn symbol(&mut self) -> Result<bool, PreviewError> {
        let letters = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        if letters == 0 {
            return Ok(false);
        }
        for length in (1..=letters.min(2)).rev() {
            let (symbol, rest) = self.rest.split_at(length);
            if ELEMENTS.contains(&format!(" {symbol} ")) {
                self.rest = rest;
                self.out.push_str(symbol);
                return Ok(true);
            }
        }
        let word: String = self.rest.chars().take(letters.min(2)).collect();
        Err(PreviewError::NotChemistry(format!("there is no element '{word}'.")))
    }

    fn charge(&mut self) -> Result<(), PreviewError> {
        if !self.eat("^") {
            return Ok(());
        }
        let braces = self.eat("{");
        let count = self.digits();
        let sign = if self.eat("+") {
            "+"
        } else if self.eat("-") || self.eat("\u{2212}") {
            "\u{2212}"
        } else {
            return self.unexpected("'+' or '-'");
        };
        if braces && !self.eat("}") {
            return self.unexpected("'}'");
        }
        self.out.push_str("<sup>");
        self.out.push_str(count);
        self.out.push_str(sign);
        self.out.push_str("</sup>");
        Ok(())
    }

    fn element(&mut self, tag: &str, text: &str) {
        self.out.push_str(&format!("<{tag}>{text}</{tag}>"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn html(formula: &str) -> String {
        let html = chemistry(formula).unwrap_or_else(|error| panic!("{formula}: {error}"));
        html.strip_prefix("<span class=\"math\">")
            .and_then(|html| html.strip_suffix("</span>"))
            .unwrap_or("")
            .to_owned()
    }

    #[test]
    fn lowers_indices_and_raises_charges() {
        for (formula, expected) in [
            ("H2SO4", "H<sub>2</sub>SO<sub>4</sub>"),
            ("Ca(OH)2", "Ca(OH)<sub>2</sub>"),
            ("SO4^2-", "SO<sub>4</sub><sup>2\u{2212}</sup>"),
            ("Na^+", "Na<sup>+</sup>"),
            ("Fe^{3+}(aq)", "Fe<sup>3+</sup>(aq)"),
            ("[Fe(CN)6]^4-", "[Fe(CN)<sub>6</sub>]<sup>4\u{2212}</sup>"),
            ("CuSO4*5H2O", "CuSO<sub>4</sub>\u{b7}5H<sub>2</sub>O"),
            ("e^-", "e<sup>\u{2212}</sup>"),
            ("CO", "CO"),
            ("Co", "Co"),
            ("C_6H_12O_6", "C<sub>6</sub>H<sub>12</sub>O<sub>6</sub>"),
        ] {
            assert_eq!(html(formula), expected, "{formula}");
        }
    }

    #[test]
    fn reads_equations_with_amounts_states_and_arrows() {
        assert_eq!(html("2H2 + O2 -> 2 H2O (l)"), "2H<sub>2</sub>+O<sub>2</sub>\u{2192}2H<sub>2</sub>O(l)");
        assert_eq!(html("N2O4 <-> 2NO2"), "N<sub>2</sub>O<sub>4</sub>\u{2194}2NO<sub>2</sub>");
        assert_eq!(
            html("H2+1/2O2->H2O"),
            "H<sub>2</sub>+<sup>1</sup>\u{2044}<sub>2</sub>O<sub>2</sub>\u{2192}H<sub>2</sub>O"
        );
        assert_eq!(chemistry("  "), Ok(String::new()));
    }

    #[test]
    fn says_what_it_does_not_understand() {
        let message = |formula: &str| chemistry(formula).expect_err(formula).to_string();
        for (formula, part) in [
            ("H2O + ", "the text ends"),
            ("Xx2", "no element 'Xx'"),
            ("h2o", "no element 'h2"),
            ("Ca(OH", "')' was expected"),
            ("Na^", "'+' or '-'"),
            ("H2O == ", "found '='"),
            ("<b>", "found '<'"),
        ] {
            let message = message(formula);
            let part = part.strip_suffix('2').unwrap_or(part);
            assert!(message.contains(part), "{formula}: {message}");
        }
        assert_eq!(chemistry(&"(".repeat(100)), Err(PreviewError::TooLong));
        assert_eq!(chemistry(&"H".repeat(3_000)), Err(PreviewError::TooLong));
    }

    proptest! {
        #[test]
        fn never_panics_and_prints_no_markup_of_the_learner(text in "[A-Za-z0-9()+<>*^{}\\[\\] &_/.-]{0,40}") {
            if let Ok(html) = chemistry(&text) {
                let mut plain = html.replace("<span class=\"math\">", "").replace("</span>", "");
                for tag in ["<sub>", "</sub>", "<sup>", "</sup>"] {
                    plain = plain.replace(tag, "");
                }
                prop_assert!(!plain.contains(['<', '>', '&', '"']), "{}", html);
            }
        }
    }
}
