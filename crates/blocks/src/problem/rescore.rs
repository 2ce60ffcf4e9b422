//! Grading again what a learner submitted, with the problem as it is now (capa §12.1 `problem_rescore`).
//!
//! Attempts, answers and the seed stay. What was submitted before the last submission is graded again only where it
//! counts by the grading method, and where it is known what it answered: the seeds of earlier tries are not kept.

use capa::{Answers, Graded, Instance, Score};
use serde_json::json;
use xblock::{Block, BlockCx, Published, RescoreError, Rescored};

use super::{
    history::History,
    progress,
    session::Session,
    settings::{GradingMethod, Rerandomize},
    state::number,
};

/// Grades again; see [`xblock::BlockType::rescore`].
pub(super) fn rescore(
    block: &Block<'_>,
    problem: &capa::Problem,
    only_if_higher: bool,
    cx: &mut BlockCx<'_>,
) -> Result<Rescored, RescoreError> {
    if block.state.user_state.is_empty() {
        return Err(RescoreError::Unanswered);
    }
    let mut session = Session::new(block, problem, cx);
    let answer = regrade(block, &mut session, only_if_higher, cx);
    if let Err(error) = &answer {
        let failure = match error {
            RescoreError::Unsupported => "unsupported",
            RescoreError::Unanswered => "unanswered",
            RescoreError::Failed(_) => "input_error",
        };
        // A seed drawn for a learner who answered nothing is not kept.
        cx.effects.set.clear();
        let event = json!({
            "problem_id": block.usage.as_str(),
            "state": session.state.for_events(),
            "failure": failure,
        });
        cx.effects.event("problem_rescore_fail", event);
    }
    answer
}

fn regrade(
    block: &Block<'_>,
    session: &mut Session<'_>,
    only_if_higher: bool,
    cx: &mut BlockCx<'_>,
) -> Result<Rescored, RescoreError> {
    if !session.state.done {
        return Err(RescoreError::Unanswered);
    }
    let rerandomizes = matches!(session.settings.rerandomize, Rerandomize::Always | Rerandomize::OnReset);
    if rerandomizes && block.int("seed").is_none() {
        return Err(RescoreError::Failed("it is not known which variant was answered".to_owned()));
    }
    let mut history = History::of(block);
    // Answers that were saved since are not what was submitted.
    let submitted = match session.state.has_saved_answers {
        true => history.newest(block).ok_or(RescoreError::Unanswered)?,
        false => session.state.answers.clone(),
    };
    let graded = grade(&session.instance, &submitted)?;
    let before = session.score();
    if history.scores().is_empty() {
        history.push(&submitted, &graded.correct_map, graded.score);
    } else {
        regrade_history(block, session, &mut history, &graded);
    }
    let possible = graded.score.raw_possible;
    let after = progress::counted(session.settings.grading_method, history.scores(), possible);
    let rescored = Rescored { before: pair(before), after: pair(after) };
    if only_if_higher && share(after) < share(before) {
        return Ok(rescored);
    }

    let unchanged = session.state.for_events();
    let success = if graded.correct_map.is_success() { "correct" } else { "incorrect" };
    session.state.correct_map = graded.correct_map;
    session.state.score = Some(after);
    session.state.store(&mut cx.effects);
    history.store(&mut cx.effects);
    let (value, max_value) = rescored.after;
    cx.effects.published.push(Published::Grade { value, max_value, only_if_higher });
    let event = json!({
        "problem_id": block.usage.as_str(),
        "state": unchanged,
        "orig_score": number(before.raw_earned),
        "orig_total": number(before.raw_possible),
        "new_score": number(value),
        "new_total": number(max_value),
        "correct_map": session.state.correct_map,
        "success": success,
        "attempts": session.state.attempts,
    });
    cx.effects.event("problem_rescore", event);
    Ok(rescored)
}

/// Puts the new gradings into the history, the one of the last submission with it.
fn regrade_history(block: &Block<'_>, session: &Session<'_>, history: &mut History, last: &Graded) {
    let newest = history.scores().len() - 1;
    let earlier = match (session.settings.grading_method, session.settings.rerandomize) {
        (GradingMethod::Last, _) | (_, Rerandomize::Always | Rerandomize::OnReset) => Vec::new(),
        (GradingMethod::First, _) => history.submissions(block).into_iter().take(1).collect(),
        (GradingMethod::Highest | GradingMethod::Average, _) => history.submissions(block),
    };
    for (at, submission) in earlier {
        // One that cannot be graded any more keeps its points.
        if let Ok(graded) = grade(&session.instance, &submission) {
            history.regrade(at, &graded.correct_map, graded.score);
        }
    }
    history.regrade(newest, &last.correct_map, last.score);
}

fn grade(instance: &Instance<'_>, submitted: &Answers) -> Result<Graded, RescoreError> {
    if instance.is_graded_elsewhere() {
        return Err(RescoreError::Unsupported);
    }
    instance.grade(submitted).map_err(|error| RescoreError::Failed(error.to_string()))
}

fn pair(score: Score) -> (f64, f64) {
    (score.raw_earned, score.raw_possible)
}

/// Returns the share of the points that was earned; nothing of nothing is nothing.
fn share(score: Score) -> f64 {
    if score.raw_possible > 0.0 { score.raw_earned / score.raw_possible } else { 0.0 }
}
