//! `problem_reset`: the answers are cleared, the tries are not.

use capa::{Answers, CorrectMap, Score};
use serde_json::json;
use xblock::{Fields, Published};

use super::{Answer, Call, entries};
use crate::problem::{seed, settings::Rerandomize};

/// Clears the answers; problems that change with every try change.
pub(super) fn reset(call: &mut Call<'_, '_, '_>) -> Answer {
    let before = call.session.state.for_events();
    let refusal = if call.session.is_closed_after_attempts() {
        Some(("closed", "You cannot select Reset for a problem that is closed."))
    } else if !call.session.state.done {
        Some(("not_done", "You must submit an answer before you can select Reset."))
    } else {
        None
    };
    if let Some((failure, message)) = refusal {
        call.event("reset_problem_fail", json!({"old_state": before, "failure": failure}));
        return Ok(entries([("success", false.into()), ("msg", message.into())]));
    }
    let rerandomize = call.session.settings.rerandomize;
    if matches!(rerandomize, Rerandomize::Always | Rerandomize::OnReset) {
        let seed = seed::choose(rerandomize, &call.cx.learner.id, call.block.usage, call.cx.random);
        call.session.reseed(seed);
    }
    let possible = call.session.max_score();
    let state = &mut call.session.state;
    state.answers = Answers::default();
    state.correct_map = CorrectMap::default();
    state.input_state = Fields::new();
    state.done = false;
    state.has_saved_answers = false;
    state.score = Some(Score { raw_earned: 0.0, raw_possible: possible });
    state.store(&mut call.cx.effects);
    let grade = Published::Grade { value: 0.0, max_value: possible, only_if_higher: false };
    call.cx.effects.published.push(grade);
    let after = call.session.state.for_events();
    call.event("reset_problem", json!({"old_state": before, "new_state": after}));
    Ok(entries([("success", true.into()), ("html", call.content()?)]))
}
