//! The `$name` variables that exist without a script, and author text that may mention them (capa §4).

use std::borrow::Cow;
use std::sync::Arc;

/// The variables of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vars {
    pub(crate) seed: i64,
    pub(crate) anonymous_student_id: String,
}

/// Names from longest to shortest: the order of replacement.
pub(crate) const NAMES: [&str; 5] =
    ["$anonymous_student_id", "$script_code", "$python_path", "$extra_files", "$seed"];

impl Vars {
    fn value(&self, name: &str) -> Cow<'_, str> {
        match name {
            "seed" => Cow::Owned(self.seed.to_string()),
            "anonymous_student_id" => Cow::Borrowed(&self.anonymous_student_id),
            "python_path" => Cow::Borrowed("[]"),
            "extra_files" => Cow::Borrowed("None"),
            _ => Cow::Borrowed(""),
        }
    }

    /// Replaces every `$name`; names are matched as plain substrings.
    pub(crate) fn substitute<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !mentions_variable(text) {
            return Cow::Borrowed(text);
        }
        let mut result = Cow::Borrowed(text);
        for reference in NAMES {
            if result.contains(reference) {
                result = Cow::Owned(result.replace(reference, &self.value(&reference[1..])));
            }
        }
        result
    }

    /// Returns the `$name` of the first variable, in order of definition, whose value prints as `answer`.
    pub(crate) fn name_of(&self, answer: &str) -> Option<String> {
        let names = ["seed", "anonymous_student_id", "script_code", "python_path", "extra_files"];
        // Without an anonymous id there is no such variable.
        let known = |name: &&str| *name != "anonymous_student_id" || !self.anonymous_student_id.is_empty();
        names.into_iter().filter(known).find(|name| self.value(name) == answer).map(|name| format!("${name}"))
    }
}

/// Returns whether a text may mention a variable: a `$` with a name behind it.
pub(crate) fn mentions_variable(text: &str) -> bool {
    let named = |rest: &str| rest.starts_with(|c: char| c == '_' || c.is_alphabetic());
    text.split('$').skip(1).any(named)
}

/// Author text, shared when it mentions no variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    text: Arc<str>,
    variable: bool,
}

impl Template {
    pub(crate) fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let variable = mentions_variable(&text);
        Self { text, variable }
    }

    /// Returns the text with its variables replaced.
    pub(crate) fn resolve(&self, vars: &Vars) -> Arc<str> {
        if !self.variable {
            return Arc::clone(&self.text);
        }
        match vars.substitute(&self.text) {
            Cow::Owned(text) => Arc::from(text),
            Cow::Borrowed(_) => Arc::clone(&self.text),
        }
    }

    /// Returns the text as written when it mentions no variable.
    pub(crate) fn fixed(&self) -> Option<&str> {
        (!self.variable).then_some(&*self.text)
    }

    /// Returns the text as written.
    pub(crate) fn raw(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_substrings_longest_name_first() {
        let vars = Vars { seed: 7, anonymous_student_id: "anon".into() };
        assert_eq!(vars.substitute("$seed $seeds $anonymous_student_id$x"), "7 7s anon$x");
        assert_eq!(vars.substitute("[$script_code|$python_path|$extra_files]"), "[|[]|None]");
        assert_eq!(vars.name_of("7").as_deref(), Some("$seed"));
        assert_eq!(vars.name_of("").as_deref(), Some("$script_code"));
        assert_eq!(vars.name_of("8"), None);
        assert!(Template::new("$5").fixed().is_some());
        assert_eq!(&*Template::new("$seed").resolve(&vars), "7");
    }
}
