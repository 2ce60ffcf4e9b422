//! The `$name` variables, and author text that may mention them (capa §4).

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::python::display;
use crate::script::{Globals, ScriptFile};

/// What a text may grow to by its variables; names that would make it longer stay as they are.
const MAX_TEXT: usize = 4 << 20;

/// The variables of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vars {
    pub(crate) seed: i64,
    pub(crate) anonymous_student_id: String,
    /// What a script computed; boxed since most problems have none.
    computed: Option<Box<Computed>>,
}

/// The variables of a problem whose script ran.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Computed {
    /// All of them, in order.
    context: Map<String, Value>,
    /// Each `$name` with what it prints as, longest name first.
    printed: Vec<(String, String)>,
}

/// The variables that are always there, from the longest name to the shortest: the order of replacement.
pub(crate) const NAMES: [&str; 5] =
    ["$anonymous_student_id", "$script_code", "$python_path", "$extra_files", "$seed"];

impl Vars {
    /// Returns the variables of a problem without a script.
    pub(crate) fn new(seed: i64, anonymous_student_id: &str) -> Self {
        Self { seed, anonymous_student_id: anonymous_student_id.to_owned(), computed: None }
    }

    /// Returns the variables after a script ran.
    pub(crate) fn computed(
        seed: i64,
        anonymous_student_id: &str,
        code: &str,
        files: &[ScriptFile],
        globals: &Globals,
    ) -> Self {
        let mut context = initial(seed, anonymous_student_id);
        for (name, value) in globals.iter() {
            context.insert(name.clone(), value.clone());
        }
        context.insert("script_code".to_owned(), code.into());
        context.insert("python_path".to_owned(), files.iter().map(|file| file.name.as_str()).collect());
        context.insert("extra_files".to_owned(), Value::Null);
        let mut printed: Vec<_> =
            context.iter().map(|(name, value)| (format!("${name}"), display(value))).collect();
        // Names of one length keep their order.
        printed.sort_by_key(|(reference, _)| std::cmp::Reverse(reference.chars().count()));
        let computed = Some(Box::new(Computed { context, printed }));
        Self { seed, anonymous_student_id: anonymous_student_id.to_owned(), computed }
    }

    /// Returns whether these are the variables of a script that ran.
    pub(crate) fn are_computed(&self) -> bool {
        self.computed.is_some()
    }

    /// Returns what a script starts with.
    pub(crate) fn initial(&self) -> Map<String, Value> {
        initial(self.seed, &self.anonymous_student_id)
    }

    /// Returns all variables, in order, as code sees them.
    pub(crate) fn context(&self) -> Map<String, Value> {
        if let Some(computed) = &self.computed {
            return computed.context.clone();
        }
        let mut context = initial(self.seed, &self.anonymous_student_id);
        context.insert("script_code".to_owned(), "".into());
        context.insert("python_path".to_owned(), json!([]));
        context.insert("extra_files".to_owned(), Value::Null);
        context
    }

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
        let mut result = Cow::Borrowed(text);
        if !mentions_variable(text) {
            return result;
        }
        match &self.computed {
            Some(computed) => {
                for (reference, value) in &computed.printed {
                    replace(&mut result, reference, || Cow::Borrowed(value));
                }
            }
            None => {
                for reference in NAMES {
                    replace(&mut result, reference, || self.value(&reference[1..]));
                }
            }
        }
        result
    }

    /// Returns the `$name` of the first variable, in order of definition, whose value prints as `answer`.
    pub(crate) fn name_of(&self, answer: &str) -> Option<String> {
        if let Some(computed) = &self.computed {
            let mut variables = computed.context.iter();
            return variables.find(|(_, value)| display(value) == answer).map(|(name, _)| format!("${name}"));
        }
        let names = ["seed", "anonymous_student_id", "script_code", "python_path", "extra_files"];
        // Without an anonymous id there is no such variable.
        let known = |name: &&str| *name != "anonymous_student_id" || !self.anonymous_student_id.is_empty();
        names.into_iter().filter(known).find(|name| self.value(name) == answer).map(|name| format!("${name}"))
    }
}

/// Replaces every occurrence of a `$name`, unless the text would become too long.
fn replace<'v>(text: &mut Cow<'_, str>, reference: &str, value: impl FnOnce() -> Cow<'v, str>) {
    let times = text.matches(reference).count();
    if times > 0 {
        let value = value();
        if times.saturating_mul(value.len()).saturating_add(text.len()) <= MAX_TEXT {
            *text = Cow::Owned(text.replace(reference, &value));
        }
    }
}

fn initial(seed: i64, anonymous_student_id: &str) -> Map<String, Value> {
    let mut context = Map::new();
    context.insert("seed".to_owned(), seed.into());
    context.insert("anonymous_student_id".to_owned(), anonymous_student_id.into());
    context
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
        let vars = Vars::new(7, "anon");
        assert_eq!(vars.substitute("$seed $seeds $anonymous_student_id$x"), "7 7s anon$x");
        assert_eq!(vars.substitute("[$script_code|$python_path|$extra_files]"), "[|[]|None]");
        assert_eq!(vars.name_of("7").as_deref(), Some("$seed"));
        assert_eq!(vars.name_of("").as_deref(), Some("$script_code"));
        assert_eq!(vars.name_of("8"), None);
        assert!(Template::new("$5").fixed().is_some());
        assert_eq!(&*Template::new("$seed").resolve(&vars), "7");
    }

    fn computed(globals: Value) -> Vars {
        let Value::Object(globals) = globals else { panic!("{globals} is no object") };
        let file = ScriptFile { name: "python_lib.zip".to_owned(), content: Arc::from(&b""[..]) };
        Vars::computed(7, "anon", "x = 1", &[file], &globals.into())
    }

    #[test]
    fn values_of_scripts_print_as_python_prints_them() {
        let vars = computed(json!({
            "a": 0.1, "ab": 1e16, "t": true, "n": null, "s": "it's", "l": [1, 2.0, "it's", [null]], "d": {"k": "v"},
        }));
        assert_eq!(vars.substitute("$a $ab $abc"), "0.1 1e+16 1e+16c");
        assert_eq!(vars.substitute("$t $n $s $l $d"), "True None it's [1, 2.0, \"it's\", [None]] {'k': 'v'}");
        assert_eq!(vars.substitute("$seed $script_code $python_path"), "7 x = 1 ['python_lib.zip']");
        assert_eq!(vars.substitute("$5 $unknown"), "$5 $unknown");
    }

    #[test]
    fn values_that_mention_other_variables_are_replaced_in_turn() {
        let vars = computed(json!({"ab": "$a", "a": 1, "é": 2}));
        assert_eq!(vars.substitute("$ab $é"), "1 2");
    }

    #[test]
    fn names_of_values_come_in_the_order_of_definition() {
        let vars = computed(json!({"one": 1, "uno": 1, "seed": 3, "t": true}));
        assert_eq!(vars.name_of("1").as_deref(), Some("$one"));
        assert_eq!(vars.name_of("True").as_deref(), Some("$t"));
        assert_eq!(vars.name_of("3").as_deref(), Some("$seed"), "a script may set it");
        assert_eq!(vars.name_of("7"), None);
        let names: Vec<String> = vars.context().into_iter().map(|(name, _)| name).collect();
        let order =
            ["seed", "anonymous_student_id", "one", "uno", "t", "script_code", "python_path", "extra_files"];
        assert_eq!(names, order);
    }

    #[test]
    fn a_text_does_not_grow_without_bound() {
        let long = "y".repeat(MAX_TEXT / 4);
        let vars = computed(json!({"x": long, "z": 1}));
        let text = vars.substitute("$x $x $x $x $x $z");
        assert_eq!(text, "$x $x $x $x $x 1");
    }
}
