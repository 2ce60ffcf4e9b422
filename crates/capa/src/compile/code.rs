//! What of a problem needs the author's code to run (capa §1 step 4, §6.11).

use olx::{Element, Node, Position};

use super::Compiler;
use crate::inputs::{input_tag, is_tool};
use crate::problem::{Reason, Unsupported};
use crate::responses::ResponseKind;
use crate::vars::mentions_variable;

/// The scripts of a problem.
#[derive(Debug)]
pub(super) struct Script {
    /// All bodies in document order.
    pub(super) code: String,
    position: Position,
    /// Whether what is asked depends on what the scripts compute: something has a `$name` in it.
    pub(super) decides_page: bool,
}

impl Script {
    /// Collects the scripts; none when there are none to run.
    pub(super) fn of(root: &Element) -> Option<Self> {
        let mut code = String::new();
        let mut position = None;
        for script in root.descendants().filter(|element| is_script_to_run(element)) {
            position = position.or(Some(script.position));
            if !code.is_empty() && !code.ends_with('\n') {
                code.push('\n');
            }
            code.push_str(&script.text_content().replace("&apos;", "'").replace("&quot;", "\""));
        }
        Some(Self { code, position: position?, decides_page: mentions(root) })
    }
}

/// Returns whether an element is a script that computes; browser scripts are not.
pub(super) fn is_script_to_run(element: &Element) -> bool {
    let kind = element.attr("type").unwrap_or_default();
    element.name == "script" && !kind.contains("javascript") && !kind.contains("perl")
}

fn mentions(element: &Element) -> bool {
    !is_script_to_run(element)
        && element.name != "answer"
        && (element.attributes.iter().any(|attribute| mentions_variable(&attribute.value))
            || element.children.iter().any(|node| match node {
                Node::Element(child) => mentions(child),
                Node::Text(text) | Node::CData(text) => mentions_variable(text),
                Node::Comment(_) | Node::Pi(_) => false,
            }))
}

impl Compiler<'_> {
    /// Returns whether nothing of the problem can be answered: it is about what a script would have computed.
    pub(super) fn lacks_script(&self) -> bool {
        !self.hooks.scripts && self.script.as_ref().is_some_and(|script| script.decides_page)
    }

    /// Tells the author of a script that the whole problem waits for.
    pub(super) fn report_script(&mut self) {
        if let Some(script) = self.script.as_ref().filter(|_| self.lacks_script()) {
            let position = script.position;
            self.unsupported.push(Unsupported {
                tag: "script".to_owned(),
                position,
                reason: Reason::NeedsPython,
            });
        }
    }

    /// Returns why a response is not graded; none when it is.
    pub(super) fn refusal(&self, kind: &ResponseKind, element: &Element) -> Option<Reason> {
        if self.lacks_script() {
            return Some(Reason::NeedsPython);
        }
        if self.current.is_some() {
            return Some(Reason::NotSupported);
        }
        if tool_in(element).is_some() {
            return Some(Reason::NotSupported);
        }
        match kind.tag {
            "customresponse" if !has_checker(element) => Some(Reason::NoChecker),
            "customresponse" | "schematicresponse" if !self.hooks.scripts => Some(Reason::NeedsPython),
            _ => kind.compile.is_none().then_some(Reason::NotSupported),
        }
    }

    /// Returns the function that writes the hints of a graded response. Where it cannot be run, its author is told.
    pub(super) fn hint_function(&mut self, element: &Element) -> Option<String> {
        let group = element.descendants().find(|child| child.name == "hintgroup")?;
        let name = group.attr("hintfn").map(str::trim).filter(|name| !name.is_empty())?;
        if !self.hooks.scripts {
            let (tag, position) = ("hintgroup".to_owned(), group.position);
            self.unsupported.push(Unsupported { tag, position, reason: Reason::NeedsPython });
            return None;
        }
        Some(name.to_owned())
    }

    /// Returns whether what the learner does in a response that is not graded is of use by itself, or was done with a
    /// tool elsewhere, so that it is kept.
    pub(super) fn keeps_work(&self, element: &Element) -> bool {
        let mut inputs = element.descendants().filter_map(|element| input_tag(&element.name)).peekable();
        !self.lacks_script()
            && self.current.is_none()
            && matches!(element.name.as_str(), "customresponse" | "schematicresponse")
            && inputs.peek().is_some()
            && inputs.all(|tag| matches!(tag, "jsinput" | "chemicalequationinput") || is_tool(tag))
    }
}

/// Returns the drawing tool that a response is answered with.
pub(super) fn tool_in(response: &Element) -> Option<&'static str> {
    response.descendants().filter_map(|element| input_tag(&element.name)).find(|tag| is_tool(tag))
}

/// Returns whether a `customresponse` says how it is checked.
fn has_checker(element: &Element) -> bool {
    element.attr("cfn").is_some_and(|name| !name.trim().is_empty())
        || element
            .descendants()
            .any(|child| child.name == "answer" && !child.text_content().trim().is_empty())
}
