//! What learners answered, for those who teach.

use capa::{Correctness, Said};
use xblock::answers::{Answer, Answered, Question};
use xblock::{Block, LearnerInfo};

use super::{seed, settings::Settings, state::State};

/// Returns the questions of a problem, as the learner of the first variant sees them.
pub(super) fn questions(block: &Block<'_>, problem: &capa::Problem) -> Vec<Question> {
    let html_id = block.usage.html_id();
    let instance = problem.instance(1, &html_id);
    let mut described = instance.describe(&capa::Answers::default(), &capa::CorrectMap::default());
    let question = |id: String| {
        let described = described.remove(&id)?;
        let label = match (described.group_label, described.question) {
            (group, own) if group.is_empty() || own.is_empty() => group + &own,
            (group, own) => format!("{group}: {own}"),
        };
        Some(Question { input: short(&id, &html_id), label, offers: instance.offers(&id) })
    };
    instance.input_ids().into_iter().filter_map(question).collect()
}

/// Returns what a learner submitted last; nothing if it was not graded, or changed since.
pub(super) fn answered(
    block: &Block<'_>,
    problem: &capa::Problem,
    learner: &LearnerInfo,
) -> Option<Answered> {
    let state = State::of(block);
    if !state.done || state.has_saved_answers {
        return None;
    }
    let html_id = block.usage.html_id();
    let seed = state
        .seed
        .unwrap_or_else(|| seed::choose(Settings::of(block).rerandomize, &learner.id, block.usage, 0));
    let instance = problem.instance_for(seed, &html_id, &learner.anonymous_id);
    let described = instance.describe(&state.answers, &state.correct_map);
    let answers = described.into_iter().filter_map(|(id, described)| {
        let entry = state.correct_map.get(&id)?;
        let mut texts = match described.answer {
            Said::Text(text) => vec![text],
            Said::List(texts) => texts,
        };
        texts.retain(|text| !text.trim().is_empty());
        Some((short(&id, &html_id), Answer { texts, correctness: entry.correctness.and_then(word) }))
    });
    Some(Answered { attempts: state.attempts.unsigned_abs(), answers: answers.collect() })
}

/// Returns how an answer was graded; nothing while it is waiting for that.
fn word(correctness: Correctness) -> Option<&'static str> {
    match correctness {
        Correctness::Correct => Some("correct"),
        Correctness::Incorrect => Some("incorrect"),
        Correctness::PartiallyCorrect => Some("partially-correct"),
        Correctness::Incomplete => None,
    }
}

/// Returns the part of an input id that does not name the block.
fn short(id: &str, html_id: &str) -> String {
    id.strip_prefix(html_id).and_then(|rest| rest.strip_prefix('_')).unwrap_or(id).to_owned()
}
