//! A compiled problem.

use std::borrow::Cow;

use olx::{Document, Element, Limits, Position};

use crate::CapaError;
use crate::compile::{Compiler, Index};
use crate::inputs::InputKind;
use crate::instance::Instance;
use crate::responses::Response;
use crate::script::{Environment, Globals, Job, ScriptError};
use crate::vars::{Template, Vars};

/// Most nodes of a problem: some thousands of questions. Others have a few hundred, and each learner's page is made of all
/// of them.
const MAX_NODES: usize = 50_000;

/// What the caller contributes to compiling.
#[derive(Clone, Copy)]
pub struct Hooks<'h> {
    /// Rewrites each piece of author HTML once; pieces need not be balanced. The server turns formulas into MathML.
    pub html: &'h dyn Fn(String) -> String,
    /// Returns the text of a course file for `<include file="…"/>`.
    pub include: &'h dyn Fn(&str) -> Option<String>,
    /// Whether the caller can have the code of authors run. What needs it is only shown otherwise.
    pub scripts: bool,
}

impl Hooks<'static> {
    /// Leaves HTML as it is and has no files.
    pub const NONE: Self = Self { html: &|html| html, include: &|_| None, scripts: false };
}

impl Hooks<'_> {
    pub(crate) fn html(&self, html: String) -> String {
        (self.html)(html)
    }
}

/// A part of a problem that this engine does not grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// The tag: a response type, or `script`.
    pub tag: String,
    /// Where it is written.
    pub position: Position,
    /// Why.
    pub reason: Reason,
}

/// Why a part of a problem is not graded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// This engine does not know how.
    NotSupported,
    /// The author's code decides, and there is nothing here to run it.
    NeedsPython,
    /// The author wrote nothing that could check it.
    NoChecker,
}

/// Something the author wrote that loads but will fail, or not do what it seems to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Stable code, e.g. `no_correct_choice`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where it is written.
    pub position: Position,
}

/// A problem, compiled once and shared by all learners.
#[derive(Debug)]
pub struct Problem {
    pub(crate) parts: Vec<Part>,
    pub(crate) units: Vec<Unit>,
    pub(crate) solutions: Vec<Solution>,
    pub(crate) demand_hints: Vec<Template>,
    pub(crate) unsupported: Vec<Unsupported>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) index: Index,
    /// What runs before the problem is shown; only when code can be run.
    pub(crate) script: Option<String>,
    pub(crate) formulas_vary: bool,
}

/// A step of the page, in order.
#[derive(Debug)]
pub(crate) enum Part {
    Html(Template),
    /// The text of an old `<math>` element, its formulas marked.
    Math(Template),
    /// A response and what is inside it.
    Response(usize, Vec<Part>),
    Input {
        unit: usize,
        input: usize,
    },
    /// The label of a response with several inputs.
    GroupLabel(usize),
    /// A description of a response with several inputs.
    GroupDescription(usize, usize),
    Solution(usize),
    /// Feedback for one choice of that response.
    Feedback {
        unit: usize,
        explanation_id: Option<String>,
        before: Template,
        lead: Template,
        after: Template,
    },
    /// A solution that moves into the feedback once the problem is done.
    MovedSolution(Template),
}

/// A response with its inputs.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) tag: &'static str,
    pub(crate) inline: bool,
    /// None when it is not graded here; inputs it has all the same are shown, and what is in them is kept.
    pub(crate) response: Option<Box<dyn Response>>,
    pub(crate) inputs: Vec<Input>,
    /// The function of the script that writes the hints; only when code can be run.
    pub(crate) hint_function: Option<String>,
    /// For several inputs: what labels the group.
    pub(crate) group_label: Option<Template>,
    pub(crate) group_descriptions: Vec<Template>,
}

impl Unit {
    /// Returns whether a learner can work on it.
    pub(crate) fn keeps_work(&self) -> bool {
        self.inputs.iter().any(|input| !matches!(input.kind, InputKind::Tool))
    }
}

#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) tag: &'static str,
    pub(crate) points: i64,
    pub(crate) kind: InputKind,
    pub(crate) label: Option<Template>,
    pub(crate) descriptions: Vec<Template>,
    /// Whether the reference reads its markup as HTML, since as XML it is not well-formed.
    pub(crate) read_as_html: bool,
}

#[derive(Debug)]
pub(crate) struct Solution {
    /// The unit into whose feedback it moves once the problem is done.
    pub(crate) moves_for: Option<usize>,
    pub(crate) explanation_id: Option<String>,
    /// Units whose answer pool decides whether it is shown.
    pub(crate) pools: Vec<usize>,
    /// The element as stored XML, before and after the value of its id.
    pub(crate) xml: (Template, Template),
}

impl Problem {
    /// Compiles the text of a `<problem>` element.
    ///
    /// # Errors
    /// Text that is not well-formed, and problems the response types refuse to load (capa §1, §2).
    pub fn compile(text: &str, hooks: &Hooks<'_>) -> Result<Self, CapaError> {
        let text = without_old_markers(text);
        let document = Document::parse(&text, &Limits { nodes: MAX_NODES, ..Limits::default() })?;
        Self::compile_element(document.root, hooks)
    }

    /// Compiles a parsed `<problem>` element.
    ///
    /// # Errors
    /// As [`Problem::compile`].
    pub fn compile_element(mut root: Element, hooks: &Hooks<'_>) -> Result<Self, CapaError> {
        root.merge_cdata();
        Compiler::new(*hooks).compile(root)
    }

    /// Returns the problem as one learner with this seed sees it; `problem_id` is the prefix of all element ids.
    pub fn instance(&self, seed: i64, problem_id: &str) -> Instance<'_> {
        self.instance_for(seed, problem_id, "")
    }

    /// Returns the instance of a learner whose anonymous id the problem text may mention.
    pub fn instance_for(&self, seed: i64, problem_id: &str, anonymous_student_id: &str) -> Instance<'_> {
        Instance::new(self, problem_id, Vars::new(seed, anonymous_student_id))
    }

    /// Returns what has to run before the problem is shown to a learner; none when nothing has to.
    pub fn script_job(
        &self,
        seed: i64,
        anonymous_student_id: &str,
        environment: &Environment,
    ) -> Option<Job> {
        let code = self.script.as_deref()?.to_owned();
        let globals = Vars::new(seed, anonymous_student_id).initial();
        Some(Job { code, globals, seed, environment: environment.clone() })
    }

    /// Returns the instance of the learner whom a job was for, with what it came to.
    ///
    /// # Errors
    /// What the script raised, or that it did not run.
    pub fn instance_with(
        &self,
        job: &Job,
        outcome: &Result<Globals, ScriptError>,
        problem_id: &str,
        anonymous_student_id: &str,
    ) -> Result<Instance<'_>, CapaError> {
        let globals = outcome.as_ref().map_err(|error| match error {
            ScriptError::Raised(text) => {
                CapaError::problem(format!("Error while executing script code: {text}"))
            }
            ScriptError::NotRun(text) => CapaError::generic(text.clone()),
        })?;
        let vars = Vars::computed(job.seed, anonymous_student_id, &job.code, &job.environment.files, globals);
        Ok(Instance::new(self, problem_id, vars))
    }

    /// Returns whether formulas mention what a script computes. [`Hooks::html`] was not applied then: the caller applies
    /// it to the rendered page.
    pub fn formulas_vary(&self) -> bool {
        self.formulas_vary
    }

    /// Returns what is not graded, in document order.
    pub fn unsupported(&self) -> &[Unsupported] {
        &self.unsupported
    }

    /// Returns what loads but will fail when an answer is graded, or does not do what it seems to say.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Returns what searching sees (capa §12.2).
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Returns the number of demand hints.
    pub fn demand_hint_count(&self) -> usize {
        self.demand_hints.len()
    }

    /// Returns whether there is anything to submit: false when the problem asks something and nothing of it can be
    /// graded here. What cannot be graded counts for no points.
    pub fn gradable(&self) -> bool {
        self.units.is_empty() || self.units.iter().any(|unit| unit.response.is_some())
    }

    /// Returns whether the problem has work to be kept that is not graded, so that it can be saved whatever may be
    /// submitted.
    pub fn keeps_work(&self) -> bool {
        self.units.iter().any(|unit| unit.response.is_none() && unit.keeps_work())
    }

    /// Returns the points that can be earned.
    pub fn max_score(&self) -> i64 {
        let graded = self.units.iter().filter(|unit| unit.response.is_some());
        graded.flat_map(|unit| &unit.inputs).map(|input| input.points).sum()
    }
}

/// Replaces `<startouttext/>` and `<endouttext/>` by the start and end of a `text` element.
fn without_old_markers(text: &str) -> Cow<'_, str> {
    if !text.contains("outtext") {
        return text.into();
    }
    let mut result = text.to_owned();
    for (marker, replacement) in [("startouttext", "text"), ("endouttext", "/text")] {
        let mut replaced = String::with_capacity(result.len());
        let mut rest = result.as_str();
        while let Some(at) = rest.find(marker) {
            let after = &rest[at + marker.len()..];
            replaced.push_str(&rest[..at]);
            match after.trim_start().strip_prefix('/') {
                Some(after) => {
                    replaced.push_str(replacement);
                    rest = after;
                }
                None => {
                    replaced.push_str(marker);
                    rest = after;
                }
            }
        }
        replaced.push_str(rest);
        result = replaced;
    }
    result.into()
}
