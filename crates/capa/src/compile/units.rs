//! Responses with their inputs, before their content is walked.

use olx::Element;

use super::code::tool_in;
use super::label::{Label, Taken};
use super::{Compiler, label};
use crate::CapaError;
use crate::inputs::{self, input_tag};
use crate::markup::{inner_html, is_broken_xml, needs_html_parser, push_children};
use crate::problem::{Fault, Input, Unit, Unsupported};
use crate::responses::{ANNOTATION_POINTS, ResponseKind, Source};
use crate::vars::Template;

/// A unit and what the walk has to leave out for it.
pub(super) struct Prepared {
    pub(super) unit: Unit,
    pub(super) taken: Taken,
}

impl Compiler<'_> {
    /// Compiles a response element.
    pub(super) fn prepare(
        &mut self,
        kind: &'static ResponseKind,
        element: &Element,
        previous: Option<&Element>,
    ) -> Result<Prepared, CapaError> {
        let inline = element.attr("inline").is_some();
        let empty = Unit {
            tag: kind.tag,
            inline,
            response: None,
            inputs: Vec::new(),
            hint_function: None,
            group_label: None,
            group_descriptions: Vec::new(),
        };
        let found: Vec<&Element> =
            element.descendants().filter(|element| input_tag(&element.name).is_some()).collect();
        // What is only shown still has to be written right, so that it works where it is graded.
        if self.current.is_none() {
            check(kind, element, &found)?;
        }
        let refusal = self.refusal(kind, element);
        if let Some(reason) = refusal {
            // One word about the script is enough for all that waits for it.
            if !self.lacks_script() {
                let position = element.position;
                let tag = tool_in(element).unwrap_or(kind.tag).to_owned();
                self.unsupported.push(Unsupported { tag, position, reason });
            }
            if !self.keeps_work(element) {
                return Ok(Prepared { unit: empty, taken: Taken::Nothing });
            }
        }
        let response = match kind.compile.filter(|_| refusal.is_none()) {
            Some(compile) => Some(compile(&Source { element, inputs: &found })?),
            None => None,
        };
        let faults = response.iter().flat_map(|response| response.faults());
        self.faults.extend(faults.map(|message| Fault {
            code: "problem_fault",
            message,
            position: element.position,
        }));
        let hint_function = response.is_some().then(|| self.hint_function(element)).flatten();
        let mut unit = Unit { response, hint_function, ..empty };
        let taken = match found.as_slice() {
            [input] => {
                let label = label::find(element, previous, input);
                unit.inputs.push(self.single_input(kind, element, input, &label)?);
                label.taken
            }
            several => {
                self.group(kind, element, several, &mut unit)?;
                Taken::Nothing
            }
        };
        Ok(Prepared { unit, taken })
    }

    /// Compiles several inputs, or none, with what is said about all of them.
    fn group(
        &self,
        kind: &ResponseKind,
        response: &Element,
        inputs: &[&Element],
        unit: &mut Unit,
    ) -> Result<(), CapaError> {
        // These elements stand in the page as they are, under another name.
        let html = |element| {
            let mut html = String::new();
            push_children(&mut html, element);
            Template::new(self.hooks.html(html))
        };
        unit.group_label = response.find("label").map(html);
        unit.group_descriptions = descriptions(response).map(html).collect();
        for input in inputs {
            let label = input.attr("label").filter(|text| !text.is_empty());
            unit.inputs.push(Input {
                tag: tag_of(input),
                points: points(kind, input)?,
                kind: inputs::compile(input, &self.hooks)?,
                label: label.map(|text| Template::new(escaped(text))),
                descriptions: Vec::new(),
                read_as_html: label.is_some_and(is_broken_xml),
            });
        }
        Ok(())
    }

    fn single_input(
        &self,
        kind: &ResponseKind,
        response: &Element,
        input: &Element,
        label: &Label,
    ) -> Result<Input, CapaError> {
        let html = |html: String| Template::new(self.hooks.html(html));
        let mut texts = descriptions(response).chain(choices(input));
        Ok(Input {
            tag: tag_of(input),
            points: points(kind, input)?,
            kind: inputs::compile(input, &self.hooks)?,
            read_as_html: label.broken || texts.any(needs_html_parser),
            label: (!label.html.is_empty()).then(|| html(label.html.clone())),
            descriptions: descriptions(response).map(|element| html(inner_html(element))).collect(),
        })
    }
}

fn descriptions(response: &Element) -> impl Iterator<Item = &Element> {
    response.child_elements().filter(|child| child.name == "description")
}

fn choices(input: &Element) -> impl Iterator<Item = &Element> {
    input.child_elements().filter(|child| child.name == "choice")
}

fn tag_of(input: &Element) -> &'static str {
    input_tag(&input.name).unwrap_or_default()
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    crate::markup::push_text(&mut html, text);
    html
}

fn points(kind: &ResponseKind, input: &Element) -> Result<i64, CapaError> {
    if kind.tag == "annotationresponse" {
        return Ok(ANNOTATION_POINTS);
    }
    let Some(text) = input.attr("points") else { return Ok(1) };
    let points: Option<i32> = crate::python::strip(text).parse().ok();
    points.map(i64::from).ok_or_else(|| CapaError::generic(format!("points {text:?} is not an integer")))
}

/// Checks inputs and attributes against the rules of the response type (capa §2).
fn check(kind: &ResponseKind, element: &Element, found: &[&Element]) -> Result<(), CapaError> {
    let tag = kind.tag;
    let line = element.position.line;
    if let Some(other) = found.iter().find(|input| !kind.inputs.contains(&input.name.as_str())) {
        return Err(CapaError::problem(format!(
            "LoncapaProblem Response {tag}: cannot have input field {}\nSee XML source line {line}",
            other.name
        )));
    }
    if let Some(max) = kind.max_inputs {
        if found.len() > max {
            return Err(CapaError::problem(format!(
                "LoncapaProblem Response {tag}: cannot have more than {max} input fields\n\
                 See XML source line {line}"
            )));
        }
        if found.is_empty() {
            return Err(CapaError::generic(format!("a {tag} has no input")));
        }
    }
    if let Some(missing) = kind.required.iter().find(|name| element.attr(name).is_none()) {
        return Err(CapaError::problem(format!(
            "Error in problem specification: LoncapaProblem Response {tag} missing required attribute \
             {missing}\nSee XML source line {line}"
        )));
    }
    Ok(())
}
