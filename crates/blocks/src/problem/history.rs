//! What a learner submitted before, and how it was graded: the history fields of capa §9, bounded.

use capa::{Answers, CorrectMap, Score};
use serde_json::Value;
use xblock::{Block, Effects};

use super::state::{answers_of, json_of, score, score_json};

/// Most bytes of JSON that the submissions and gradings kept may have together. The state of a block has a limit of
/// its own (`learner::STATE_BYTES`), which learners who may try without end must not run into.
const MOST_BYTES: usize = 384 << 10;
/// Most submissions kept with their grading.
const MOST_SUBMISSIONS: usize = 500;
/// Most scores kept; more than the submissions, so that those kept because they count are not among them.
const MOST_SCORES: usize = 1_000;

/// The submissions that were graded, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    answers: Vec<Value>,
    maps: Vec<Value>,
    scores: Vec<Score>,
}

impl History {
    /// Reads a block's history; what cannot be read counts as not there.
    pub(super) fn of(block: &Block<'_>) -> Self {
        let list = |field| match block.state.user_state.get(field) {
            Some(Value::Array(entries)) => entries.as_slice(),
            _ => &[],
        };
        History {
            answers: list("student_answers_history").to_vec(),
            maps: list("correct_map_history").to_vec(),
            scores: list("score_history").iter().filter_map(score).collect(),
        }
    }

    /// Returns the scores of all tries.
    pub(super) fn scores(&self) -> &[Score] {
        &self.scores
    }

    /// Adds a submission that was graded. The oldest are forgotten where there are too many; of the scores not those
    /// that a grading method may count, the first and the best.
    pub(super) fn push(&mut self, answers: &Answers, correct_map: &CorrectMap, score: Score) {
        self.answers.push(json_of(answers));
        self.maps.push(json_of(correct_map));
        self.scores.push(score);
        self.trim();
    }

    /// Returns the submissions that are kept, oldest first, with the place of each among the scores; nothing where
    /// it is not known which gradings they had, since submissions that were not graded are among them.
    pub(super) fn submissions(&self, block: &Block<'_>) -> Vec<(usize, Answers)> {
        let kept = self.answers.len();
        let Some(first) = self.scores.len().checked_sub(kept).filter(|_| kept == self.maps.len()) else {
            return Vec::new();
        };
        let read = |at: usize| answers_of(block, &self.answers[at]);
        (0..kept).map(|at| (first + at, read(at))).collect()
    }

    /// Returns the newest submission that is kept.
    pub(super) fn newest(&self, block: &Block<'_>) -> Option<Answers> {
        self.answers.last().map(|stored| answers_of(block, stored))
    }

    /// Replaces how the submission at a place among the scores was graded.
    pub(super) fn regrade(&mut self, at: usize, correct_map: &CorrectMap, score: Score) {
        let back = self.scores.len() - at;
        self.scores[at] = score;
        if let Some(at) = self.maps.len().checked_sub(back) {
            self.maps[at] = json_of(correct_map);
        }
    }

    fn trim(&mut self) {
        let mut bytes: usize = self.answers.iter().chain(&self.maps).map(size).sum();
        // The newest stays, whatever its size.
        while self.answers.len().max(self.maps.len()) > 1
            && (bytes > MOST_BYTES || self.answers.len().max(self.maps.len()) > MOST_SUBMISSIONS)
        {
            for list in [&mut self.answers, &mut self.maps] {
                if list.len() > 1 {
                    bytes -= size(&list.remove(0));
                }
            }
        }
        while self.scores.len() > MOST_SCORES {
            let best = best(&self.scores);
            self.scores.remove(if best == Some(1) { 2 } else { 1 });
        }
    }

    /// Emits the history.
    pub(super) fn store(self, effects: &mut Effects) {
        effects.set_state("student_answers_history", self.answers.into());
        effects.set_state("correct_map_history", self.maps.into());
        effects.set_state("score_history", self.scores.into_iter().map(score_json).collect());
    }
}

/// Returns the place of the first of the best scores.
fn best(scores: &[Score]) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (at, score) in scores.iter().enumerate() {
        if best.is_none_or(|best| score.raw_earned > scores[best].raw_earned) {
            best = Some(at);
        }
    }
    best
}

/// Returns the number of bytes a value has as JSON.
pub(super) fn size(value: &Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Counting cannot fail, and JSON values always have a text.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(earned: f64) -> Score {
        Score { raw_earned: earned, raw_possible: 10.0 }
    }

    fn answered(text: &str) -> Answers {
        [("p_2_1", capa::Value::Text(text.to_owned()))].into_iter().collect()
    }

    #[test]
    fn the_newest_submissions_are_kept_within_the_limit_with_their_gradings() {
        let mut history = History::default();
        let long = "x".repeat(100 << 10);
        for n in 0..20 {
            history.push(&answered(&format!("{n}{long}")), &CorrectMap::default(), scored(f64::from(n)));
        }
        assert_eq!((history.answers.len(), history.maps.len(), history.scores.len()), (3, 3, 20));
        assert!(history.answers[2]["p_2_1"].as_str().unwrap().starts_with("19x"));
        let longer = "x".repeat(500 << 10);
        history.push(&answered(&longer), &CorrectMap::default(), scored(1.0));
        assert_eq!((history.answers.len(), history.maps.len()), (1, 1));
    }

    #[test]
    fn the_scores_that_may_count_are_never_forgotten() {
        let mut history = History::default();
        for n in 0..(MOST_SCORES + 700) {
            let earned = if n == 600 { 9.0 } else { 1.0 + n as f64 / 1e6 };
            history.push(&answered("a"), &CorrectMap::default(), scored(earned));
        }
        assert_eq!(history.scores.len(), MOST_SCORES);
        assert_eq!(history.scores[0], scored(1.0));
        assert_eq!(history.scores[1], scored(9.0));
        assert_eq!(history.scores[MOST_SCORES - 1], scored(1.0 + 1699.0 / 1e6));
        assert_eq!(history.answers.len(), MOST_SUBMISSIONS);
    }

    #[test]
    fn sizes_are_those_of_the_text() {
        let value = serde_json::json!({"a": ["é\"", 1.5, null]});
        assert_eq!(size(&value), value.to_string().len());
    }
}
