//! One learner's problem at one moment.

use capa::{Instance, ProblemView, Score};
use time::OffsetDateTime;
use xblock::{Block, BlockCx};

use super::{
    seed,
    settings::{Rerandomize, Settings},
    state::State,
};

/// One learner's problem at one moment. Handlers change its state, then show it.
pub(super) struct Session<'a> {
    /// The problem.
    pub(super) problem: &'a capa::Problem,
    /// The problem with the learner's seed.
    pub(super) instance: Instance<'a>,
    /// What the author decided.
    pub(super) settings: Settings,
    /// What the learner did.
    pub(super) state: State,
    /// What the grading of this very request said about the whole problem, as HTML; it is not stored.
    pub(super) overall_message: String,
    /// The part of element ids that names the problem.
    pub(super) html_id: String,
    /// Now.
    pub(super) now: OffsetDateTime,
    /// Whether the learner is staff here.
    pub(super) staff: bool,
    anonymous_id: String,
}

impl<'a> Session<'a> {
    /// Makes the session of a view or handler. A seed that was drawn is kept, so that what the learner sees is
    /// what will be graded; the others can be told again.
    pub(super) fn new(block: &Block<'_>, problem: &'a capa::Problem, cx: &mut BlockCx<'_>) -> Self {
        let settings = Settings::of(block);
        let mut state = State::of(block);
        if state.seed.is_none() {
            let seed = seed::choose(settings.rerandomize, &cx.learner.id, block.usage, cx.random);
            state.seed = Some(seed);
            if matches!(settings.rerandomize, Rerandomize::Always | Rerandomize::OnReset) {
                cx.effects.set_state("seed", seed.into());
            }
        }
        let html_id = block.usage.html_id().into_owned();
        let anonymous_id = cx.learner.anonymous_id.clone();
        let instance = problem.instance_for(state.seed.unwrap_or(1), &html_id, &anonymous_id);
        let staff = cx.learner.staff;
        let overall_message = String::new();
        Session {
            problem,
            instance,
            settings,
            state,
            overall_message,
            html_id,
            now: cx.now,
            staff,
            anonymous_id,
        }
    }

    /// Changes the seed, and with it what the problem looks like.
    pub(super) fn reseed(&mut self, seed: i64) {
        self.state.seed = Some(seed);
        self.instance = self.problem.instance_for(seed, &self.html_id, &self.anonymous_id);
    }

    /// Returns the points that can be earned, before weighting.
    pub(super) fn max_score(&self) -> f64 {
        // Points are small numbers written by an author.
        self.instance.max_score() as f64
    }

    /// Returns the score that counts; nothing earned before the first try.
    pub(super) fn score(&self) -> Score {
        self.state.score.unwrap_or(Score { raw_earned: 0.0, raw_possible: self.max_score() })
    }

    /// Returns what the learner sees inside the problem.
    pub(super) fn view(&self) -> ProblemView {
        self.instance.view(&capa::State {
            answers: &self.state.answers,
            correct_map: &self.state.correct_map,
            input_state: Some(&self.state.input_state),
            overall_message: &self.overall_message,
            done: self.state.done,
            has_saved_answers: self.state.has_saved_answers,
            show_correctness: self.correctness_available(),
        })
    }
}
