//! `optioninput`: a dropdown.

use olx::Element;

use crate::CapaError;
use crate::python::{quoted_tokens, strip};
use crate::vars::Template;

/// A dropdown.
#[derive(Debug)]
pub(crate) struct OptionInput {
    pub(crate) options: Vec<Template>,
    pub(crate) inline: bool,
}

impl OptionInput {
    /// Compiles a dropdown.
    ///
    /// # Errors
    /// A list of options that is not one.
    pub(crate) fn compile(element: &Element) -> Result<Self, CapaError> {
        let list = rewrite_options(element)?.options;
        let list = list.as_deref().or(element.attr("options")).unwrap_or_default();
        Ok(Self {
            options: option_texts(list)?.into_iter().map(Template::new).collect(),
            inline: element.attr("inline").is_some_and(|text| !text.is_empty()),
        })
    }
}

/// What `<option>` children amount to as attributes (capa §1, step 2).
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Rewritten {
    /// The list of options; none without option children.
    options: Option<String>,
    correct: Option<String>,
}

/// Reads the `<option>` children of a dropdown.
///
/// # Errors
/// More than one correct option, or one without the attribute.
pub(crate) fn rewrite_options(element: &Element) -> Result<Rewritten, CapaError> {
    let options: Vec<&Element> = element.child_elements().filter(|child| child.name == "option").collect();
    if options.is_empty() {
        return Ok(Rewritten::default());
    }
    let is_correct =
        |option: &&&Element| option.attr("correct").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    if options.iter().filter(is_correct).count() > 1 {
        return Err(CapaError::problem("Dropdown questions can only have one correct answer."));
    }
    if options.iter().any(|option| option.attr("correct").is_none()) {
        return Err(CapaError::generic("an option has no attribute correct"));
    }
    let text = |option: &Element| strip(&option.text()).to_owned();
    let quoted: Vec<String> = options.iter().map(|option| format!("'{}'", text(option))).collect();
    Ok(Rewritten {
        options: Some(format!("({})", quoted.join(","))),
        correct: options.iter().find(is_correct).map(|option| text(option)),
    })
}

/// Returns the right option: from the children, else from the attribute.
pub(crate) fn correct_option(element: &Element) -> Result<Option<String>, CapaError> {
    let rewritten = rewrite_options(element)?;
    Ok(match rewritten.options {
        Some(_) => rewritten.correct,
        None => element.attr("correct").map(str::to_owned),
    })
}

/// Reads an `options` attribute: brackets around quoted tokens (capa §6.6).
fn option_texts(list: &str) -> Result<Vec<String>, CapaError> {
    let tokens = quoted_tokens(&without_ends(list))
        .ok_or_else(|| CapaError::generic("No closing quotation in a list of options"))?;
    Ok(tokens.iter().map(|token| without_ends(token)).collect())
}

/// Drops the first and the last character.
fn without_ends(text: &str) -> String {
    let mut characters = text.chars();
    characters.next();
    characters.next_back();
    characters.as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use olx::{Document, Limits};

    fn options(xml: &str) -> Result<Vec<String>, CapaError> {
        let element = Document::parse(xml, &Limits::default()).expect("well-formed").root;
        let input = OptionInput::compile(&element)?;
        Ok(input.options.iter().map(|option| option.raw().to_owned()).collect())
    }

    #[test]
    fn reads_lists_and_children_alike() {
        assert_eq!(
            options(r#"<o options="('a','b c', 'it\'s')"/>"#),
            Ok(vec!["a".into(), "b c".into(), "it's".into()])
        );
        assert_eq!(
            options("<o><option correct='False'> don't </option><option correct='True'>x, y</option></o>"),
            Ok(vec!["don't".into(), "x, y".into()])
        );
        assert_eq!(
            options(r#"<o options="(a,b c,'d')"/>"#),
            Ok(vec!["".into(), "".into(), "".into(), "d".into()])
        );
        assert!(options("<o options=\"('a)\"/>").is_err());
        assert_eq!(options("<o/>"), Ok(vec![]));
    }

    #[test]
    fn allows_one_correct_child() {
        let two = "<o><option correct='true'>a</option><option correct='TRUE'>b</option></o>";
        assert_eq!(
            options(two),
            Err(CapaError::LoncapaProblem("Dropdown questions can only have one correct answer.".into()))
        );
        assert!(matches!(options("<o><option>a</option></o>"), Err(CapaError::Generic(_))));
    }
}
