//! From the element tree to a compiled problem.

mod code;
mod findings;
mod label;
mod search;
mod solution;
mod units;
mod walk;

use olx::{Document, Element, Limits, Node};

use code::Script;
pub use search::Index;

use crate::CapaError;
use crate::markup::stored_inner_xml;
use crate::problem::{Fault, Hooks, Part, Problem, Solution, Unit, Unsupported};
use crate::vars::Template;

/// Files that include files, at most.
const MAX_INCLUDES: usize = 100;

/// The state of one compilation.
pub(crate) struct Compiler<'h> {
    hooks: Hooks<'h>,
    units: Vec<Unit>,
    solutions: Vec<Solution>,
    unsupported: Vec<Unsupported>,
    faults: Vec<Fault>,
    /// The author's code.
    script: Option<Script>,
    /// HTML not yet made a part.
    html: String,
    /// The parts of the elements being walked, innermost last.
    open: Vec<Vec<Part>>,
    /// Units whose answer pool rules the solutions being walked.
    pools: Vec<usize>,
    /// The solution set or solution whose content moves into a feedback set.
    moving: Option<walk::Moving>,
    /// The response being walked.
    current: Option<walk::Current>,
}

impl<'h> Compiler<'h> {
    pub(crate) fn new(hooks: Hooks<'h>) -> Self {
        Self {
            hooks,
            units: Vec::new(),
            solutions: Vec::new(),
            unsupported: Vec::new(),
            faults: Vec::new(),
            script: None,
            html: String::new(),
            open: Vec::new(),
            pools: Vec::new(),
            moving: None,
            current: None,
        }
    }

    pub(crate) fn compile(mut self, mut root: Element) -> Result<Problem, CapaError> {
        let mut includes = 0;
        self.include(&mut root, &mut includes)?;
        rewrite_additional_answers(&mut root);
        self.script = Script::of(&root);
        self.report_script();
        let formulas_vary =
            self.hooks.scripts && self.script.as_ref().is_some_and(|script| script.decides_page);
        if formulas_vary {
            self.hooks.html = Hooks::NONE.html;
        }
        self.faults = findings::findings(&root, self.script.is_some());
        let index = Index::of(&root);
        let demand_hints = root
            .child_elements()
            .filter(|child| child.name == "demandhint")
            .flat_map(Element::child_elements)
            .filter(|hint| hint.name == "hint")
            .map(|hint| {
                let xml = stored_inner_xml(hint);
                Template::new(self.hooks.html(crate::markup::close_empty_elements(&xml).into_owned()))
            })
            .collect();
        self.open.push(Vec::new());
        self.html.push_str("<div>");
        self.children(&root)?;
        self.html.push_str("</div>");
        let parts = self.close_parts();
        Ok(Problem {
            parts,
            units: self.units,
            solutions: self.solutions,
            demand_hints,
            unsupported: self.unsupported,
            faults: self.faults,
            index,
            script: self.script.filter(|_| self.hooks.scripts).map(|script| script.code),
            formulas_vary,
        })
    }

    /// Replaces every `<include file="…"/>` by the root element of that file.
    fn include(&self, element: &mut Element, count: &mut usize) -> Result<(), CapaError> {
        for child in &mut element.children {
            let Node::Element(child) = child else { continue };
            if child.name == "include" {
                *count += 1;
                let file = child.attr("file").unwrap_or_default().to_owned();
                let text = (self.hooks.include)(&file).filter(|_| *count <= MAX_INCLUDES);
                let text =
                    text.ok_or_else(|| CapaError::generic(format!("the included file {file:?} is missing")))?;
                let mut included = Document::parse(&text, &Limits::default())?.root;
                included.merge_cdata();
                *child = included;
            } else {
                self.include(child, count)?;
            }
        }
        Ok(())
    }

    /// Ends the innermost list of parts.
    fn close_parts(&mut self) -> Vec<Part> {
        self.flush();
        self.open.pop().unwrap_or_default()
    }

    /// Makes the collected HTML a part.
    fn flush(&mut self) {
        if !self.html.is_empty() {
            let html = self.hooks.html(std::mem::take(&mut self.html));
            self.push(Part::Html(Template::new(html)));
        }
    }

    fn push(&mut self, part: Part) {
        if !self.html.is_empty() {
            self.flush();
        }
        if let Some(parts) = self.open.last_mut() {
            parts.push(part);
        }
    }
}

/// Moves the text of old `<additional_answer>text</additional_answer>` into its attribute (capa §1, step 2).
fn rewrite_additional_answers(element: &mut Element) {
    let inside = element.name == "stringresponse";
    for child in &mut element.children {
        let Node::Element(child) = child else { continue };
        if inside && child.name == "additional_answer" && child.attr("answer").is_none() {
            let text = child.text();
            if !text.is_empty() {
                child.set_attr("answer", text);
                let leading = child.children.iter().take_while(|node| node.as_text().is_some()).count();
                child.children.drain(..leading);
            }
        } else {
            rewrite_additional_answers(child);
        }
    }
}
