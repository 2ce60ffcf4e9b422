//! `problem`: questions that are answered and graded (capa §8.3, §9-§13).
//!
//! The problem is compiled once; a view or handler makes a [`session::Session`] of it, which is one learner's
//! problem at one moment: settings, state and the instance with the learner's seed. What may be done then is in
//! [`rules`], what is earned in [`progress`], what it looks like in [`view`], what can be asked in [`handlers`].

mod answers;
mod client;
mod dates;
mod handlers;
mod history;
mod progress;
mod report;
mod rescore;
mod rules;
mod seed;
mod session;
mod settings;
mod shown;
mod state;
#[cfg(test)]
mod tests;
mod view;

use std::{borrow::Cow, cell::RefCell, sync::Arc};

use serde_json::{Value, json};
use time::OffsetDateTime;
use xblock::answers::{Answered, Question};
use xblock::{
    Authored, Block, BlockCx, BlockDecl, BlockType, CompileCx, Compiled, ContentProblem, Fields, Fragment,
    HandlerError, HandlerRequest, HandlerResponse, LearnerInfo, PointsTold, ReadInput, RescoreError,
    Rescored, Severity, View, ViewError,
};

use crate::{decl, io, notice};
use capa::Reason;

/// The `problem` type.
pub(crate) struct Problem;

/// The compiled form: the problem, or why it could not be loaded.
struct Compilation(Result<capa::Problem, String>);

const EMPTY: &str = "<problem></problem>";

impl BlockType for Problem {
    fn decl(&self) -> &'static BlockDecl {
        &decl::problem::DECL
    }

    fn read(&self, input: &ReadInput<'_>) -> Result<Authored, olx::OlxError> {
        io::read(self.decl(), input)
    }

    fn write(&self, fields: &Fields, includes: &[olx::Element]) -> Result<String, ViewError> {
        io::write(self.decl(), fields, includes)
    }

    fn compile(&self, fields: &Fields, cx: &CompileCx<'_>, problems: &mut Vec<ContentProblem>) -> Compiled {
        let data = fields.get("data").and_then(Value::as_str).unwrap_or(EMPTY);
        let found = RefCell::new(Vec::new());
        let html = |html: String| (cx.math)(&html, &mut found.borrow_mut());
        let hooks = capa::Hooks { html: &html, include: &|_| None, scripts: false };
        let compiled = capa::Problem::compile(data, &hooks).map_err(|error| error.to_string());
        problems.append(&mut found.into_inner());
        match &compiled {
            Ok(problem) => {
                problems.extend(problem.unsupported().iter().map(unsupported));
                problems.extend(problem.faults().iter().map(fault));
            }
            Err(error) => {
                problems.push(ContentProblem::new(Severity::Error, "problem_not_loaded", error.as_str()));
            }
        }
        Arc::new(Compilation(compiled))
    }

    fn view(&self, block: &Block<'_>, view: &View, cx: &mut BlockCx<'_>) -> Result<Fragment, ViewError> {
        if !view.is_learner() {
            return Err(notice::no_such_view(block, view));
        }
        match block.compiled::<Compilation>() {
            Some(Compilation(Ok(problem))) => view::view(block, problem, cx),
            Some(Compilation(Err(error))) => view::load_failure(error, cx),
            None => notice::unavailable(block, true, cx),
        }
    }

    fn handle(
        &self,
        block: &Block<'_>,
        name: &str,
        request: &HandlerRequest<'_>,
        cx: &mut BlockCx<'_>,
    ) -> Result<HandlerResponse, HandlerError> {
        handlers::handle(block, name, request, cx)
    }

    fn points(&self, block: &Block<'_>, published: Option<(f64, f64)>) -> Option<(f64, f64)> {
        let Compilation(Ok(problem)) = block.compiled::<Compilation>()? else { return None };
        // Points are small numbers written by an author.
        let (earned, possible) = published.unwrap_or((0.0, problem.max_score() as f64));
        progress::weighted(earned, possible, settings::Settings::of(block).weight)
    }

    fn points_told(&self, block: &Block<'_>, now: OffsetDateTime) -> PointsTold {
        settings::Settings::of(block).points_told(now)
    }

    fn rescore(
        &self,
        block: &Block<'_>,
        only_if_higher: bool,
        cx: &mut BlockCx<'_>,
    ) -> Result<Rescored, RescoreError> {
        let Some(Compilation(Ok(problem))) = block.compiled() else { return Err(RescoreError::Unsupported) };
        rescore::rescore(block, problem, only_if_higher, cx)
    }

    fn questions(&self, block: &Block<'_>) -> Option<Vec<Question>> {
        match block.compiled()? {
            Compilation(Ok(problem)) => Some(report::questions(block, problem)),
            Compilation(Err(_)) => Some(Vec::new()),
        }
    }

    fn answered(&self, block: &Block<'_>, learner: &LearnerInfo) -> Option<Answered> {
        let Compilation(Ok(problem)) = block.compiled()? else { return None };
        report::answered(block, problem, learner)
    }

    fn index_dictionary(&self, block: &Block<'_>) -> Value {
        // Authors look for problems that do not load, too.
        let index = match block.compiled::<Compilation>() {
            Some(Compilation(Ok(problem))) => Cow::Borrowed(problem.index()),
            _ => Cow::Owned(capa::Index::of_data(&block.text("data"))),
        };
        json!({
            "content": {"display_name": view::display_name(block), "capa_content": index.text},
            "content_type": "CAPA",
            "problem_types": index.response_types,
        })
    }
}

fn fault(fault: &capa::Fault) -> ContentProblem {
    let mut problem = ContentProblem::new(Severity::Warning, fault.code, fault.message.as_str());
    problem.line = fault.position.line;
    problem
}

fn unsupported(part: &capa::Unsupported) -> ContentProblem {
    let code = match part.reason {
        Reason::NeedsPython => "needs_python",
        Reason::NotSupported | Reason::NoChecker => "unsupported_problem_part",
    };
    let mut problem = ContentProblem::new(Severity::Warning, code, why_not_graded(part));
    problem.line = part.position.line;
    problem
}

/// Returns what authors read about a part of a problem that is not graded.
fn why_not_graded(part: &capa::Unsupported) -> String {
    let capa::Unsupported { tag, position, reason } = part;
    match (reason, tag.as_str()) {
        (Reason::NeedsPython, "script") => format!(
            "line {}: the problem has values that a Python script computes, and Python does not run on this \
             server; learners see its text, with a note that it cannot be answered here",
            position.line
        ),
        (Reason::NeedsPython, "hintgroup") => format!(
            "line {}: the hints are written by a Python function, which does not run on this server; learners see none",
            position.line
        ),
        (Reason::NeedsPython, _) => format!(
            "line {}: <{tag}> is checked by Python, which does not run on this server; learners see a note, and it \
             counts for no points",
            position.line
        ),
        (Reason::NoChecker, _) => format!(
            "line {}: <{tag}> has neither a cfn attribute nor an <answer> with code that could check it; learners \
             see a note, and it counts for no points",
            position.line
        ),
        (Reason::NotSupported, _) => format!(
            "line {}: <{tag}> is not graded on this server; learners see a note, and it counts for no points",
            position.line
        ),
    }
}
