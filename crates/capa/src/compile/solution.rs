//! Solutions and the feedback for single choices.

use olx::{Element, Node};

use super::Compiler;
use crate::markup::{ascii, push_attribute, push_html, push_text, stored_xml};
use crate::problem::{Part, Solution};
use crate::vars::Template;

/// Stands for the id inside a solution while its XML is printed; not a character XML can hold.
const ID_MARK: &str = "\u{1}";

impl Compiler<'_> {
    /// Records a solution and its place. What it says is only given out on request;
    /// the text after it counts as part of it.
    pub(super) fn solution(&mut self, element: &Element, tail: &str) {
        let mut printed = element.clone();
        printed.set_attr("id", ID_MARK);
        let xml = stored_xml(&printed) + tail;
        let (before, after) = xml.split_once(ID_MARK).unwrap_or((xml.as_str(), ""));
        let part = |text: &str| Template::new(self.hooks.html(text.to_owned()));
        let xml = (part(before), part(after));
        let explanation_id = element.attr("explanation-id").map(str::to_owned);
        let moves = self
            .moving
            .as_ref()
            .filter(|moving| moving.explanation_id.is_none() || moving.explanation_id == explanation_id);
        let index = self.solutions.len();
        self.solutions.push(Solution {
            moves_for: moves.map(|moving| moving.unit),
            explanation_id,
            pools: self.pools.clone(),
            xml,
        });
        self.push(Part::Solution(index));
    }

    /// Records the feedback for one choice. The id of the legend and the verdict are filled in for each view.
    pub(super) fn feedback(&mut self, unit: usize, element: &Element) {
        let mut before = String::from("<section class=\"targeted-feedback-span\"><span><targetedfeedback");
        for attribute in &element.attributes {
            if !matches!(attribute.name.as_str(), "role" | "aria-describedby") {
                push_attribute(&mut before, &attribute.name, &attribute.value);
            }
        }
        let mut lead = String::new();
        push_text(&mut lead, &element.text());
        let mut after = String::new();
        for node in element.children.iter().skip_while(|node| node.as_text().is_some()) {
            match node {
                Node::Element(child) => push_html(&mut after, child),
                Node::Text(text) | Node::CData(text) => push_text(&mut after, text),
                Node::Comment(_) | Node::Pi(_) => {}
            }
        }
        after.push_str("</targetedfeedback></span></section>");
        let part = |html: String| Template::new(self.hooks.html(html));
        let part = Part::Feedback {
            unit,
            explanation_id: element.attr("explanation-id").map(str::to_owned),
            before: Template::new(before),
            lead: part(lead),
            after: part(after),
        };
        self.push(part);
    }

    /// Returns a solution as it looks inside a feedback set.
    pub(super) fn moved_html(&self, solution: &Element) -> Template {
        let mut renamed = solution.clone();
        renamed.name = "targetedfeedback".to_owned();
        let mut html = String::from("<section class=\"targeted-feedback-span\"><span>");
        push_html(&mut html, &renamed);
        html.push_str("</span></section>");
        Template::new(self.hooks.html(html))
    }
}

/// Returns the white space and text after an element as stored XML.
pub(super) fn tail(nodes: &[Node], index: usize) -> String {
    let mut text = String::new();
    nodes.iter().skip(index + 1).map_while(Node::as_text).for_each(|part| push_text(&mut text, part));
    ascii(text)
}
