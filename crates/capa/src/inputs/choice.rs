//! `choicegroup`, `radiogroup` and `checkboxgroup`.

use olx::Element;

use crate::CapaError;
use crate::markup::inner_html;
use crate::problem::Hooks;
use crate::vars::Template;

/// How choices get their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChoiceNaming {
    /// `choice_` and the `name` attribute, else a number among the unnamed ones.
    ByName,
    /// `choice_` and the position.
    Numbered,
}

/// A group of radio buttons or checkboxes.
#[derive(Debug)]
pub(crate) struct ChoiceGroup {
    pub(crate) checkboxes: bool,
    /// Whether the field name ends in `[]`.
    pub(crate) list: bool,
    pub(crate) choices: Vec<ChoiceItem>,
    /// Set when correctness is never shown: the text shown instead.
    pub(crate) submitted_message: Option<Template>,
}

/// One choice.
#[derive(Debug)]
pub(crate) struct ChoiceItem {
    pub(crate) name: Template,
    pub(crate) html: Template,
}

/// Returns the choices of a group with their names.
pub(crate) fn choices_of(group: &Element, naming: ChoiceNaming) -> Vec<(String, &Element)> {
    let mut unnamed = 0;
    let choices = group.child_elements().filter(|child| child.name == "choice");
    choices
        .map(|choice| {
            let name = match choice.attr("name").filter(|_| naming == ChoiceNaming::ByName) {
                Some(name) => format!("choice_{name}"),
                None => {
                    unnamed += 1;
                    format!("choice_{}", unnamed - 1)
                }
            };
            (name, choice)
        })
        .collect()
}

impl ChoiceGroup {
    /// Compiles a group.
    ///
    /// # Errors
    /// A child that is neither a choice nor a compound hint.
    pub(super) fn compile(
        group: &Element,
        naming: ChoiceNaming,
        hooks: &Hooks<'_>,
    ) -> Result<Self, CapaError> {
        let allowed = |child: &Element| matches!(child.name.as_str(), "choice" | "compoundhint");
        if let Some(other) = group.child_elements().find(|child| !allowed(child)) {
            return Err(CapaError::generic(format!(
                "Expected a <choice> or <compoundhint> tag; got {} instead",
                other.name
            )));
        }
        let choices = choices_of(group, naming).into_iter().map(|(name, choice)| ChoiceItem {
            name: Template::new(name),
            html: Template::new(hooks.html(inner_html(choice))),
        });
        let hidden = group.attr("show_correctness") == Some("never");
        let message = || Template::new(group.attr("submitted_message").unwrap_or("Answer received."));
        Ok(Self {
            checkboxes: group.name == "checkboxgroup",
            list: group.name != "choicegroup",
            choices: choices.collect(),
            submitted_message: hidden.then(message),
        })
    }
}
