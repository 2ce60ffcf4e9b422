//! What a learner may do and see now (capa §10).

use time::Duration;

use super::{
    session::Session,
    settings::{Rerandomize, ShowAnswer, ShowCorrectness},
};

impl Session<'_> {
    /// Returns whether the deadline, grace period included, has passed.
    pub(super) fn is_past_due(&self) -> bool {
        self.settings.deadline().is_some_and(|date| self.now > date)
    }

    fn used_all_attempts(&self) -> bool {
        self.settings.max_attempts.is_some_and(|max| self.state.attempts >= max)
    }

    /// Returns whether nothing can be submitted any more.
    pub(super) fn is_closed(&self) -> bool {
        self.used_all_attempts() || self.is_past_due()
    }

    /// Returns whether the problem is closed for a reason other than that it never could be submitted: problems
    /// without tries can be saved and reset as long as one likes.
    pub(super) fn is_closed_after_attempts(&self) -> bool {
        self.is_closed() && self.settings.max_attempts != Some(0)
    }

    /// Returns whether the problem must be reset before it can be answered again.
    pub(super) fn needs_reset(&self) -> bool {
        self.state.done && self.settings.rerandomize == Rerandomize::Always
    }

    /// Returns whether all points are earned; true for problems without points.
    pub(super) fn is_correct(&self) -> bool {
        let score = self.score();
        score.raw_earned == score.raw_possible
    }

    /// Returns whether the submit button works.
    pub(super) fn can_submit(&self) -> bool {
        self.problem.gradable() && !self.is_closed() && !self.needs_reset()
    }

    /// Returns whether the save button is there.
    pub(super) fn can_save(&self) -> bool {
        if self.settings.force_save_button {
            return !self.is_closed();
        }
        let rerandomizes = self.settings.rerandomize == Rerandomize::Always;
        // Work that nothing grades can only be saved.
        let saves = rerandomizes || self.problem.keeps_work();
        if self.settings.max_attempts.is_none() && !saves {
            return false;
        }
        !self.is_closed_after_attempts() && !self.needs_reset()
    }

    /// Returns whether the reset button is there.
    pub(super) fn can_reset(&self) -> bool {
        if self.state.attempts == 0 || self.is_closed_after_attempts() {
            return false;
        }
        let rerandomizes = matches!(self.settings.rerandomize, Rerandomize::Always | Rerandomize::OnReset);
        if rerandomizes && self.state.done {
            return true;
        }
        // Where what is correct is withheld, a button that is not there would tell it.
        let is_known_correct = self.correctness_available() && self.is_correct();
        !is_known_correct && self.settings.show_reset_button
    }

    /// Returns whether the learner may know what is correct.
    pub(super) fn correctness_available(&self) -> bool {
        match self.settings.show_correctness {
            ShowCorrectness::Never | ShowCorrectness::NeverButGrade => false,
            _ if self.staff => true,
            ShowCorrectness::Always => true,
            ShowCorrectness::PastDue => self.settings.deadline().is_none() || self.is_past_due(),
        }
    }

    /// Returns whether the learner may see the answers.
    pub(super) fn answer_available(&self) -> bool {
        if !self.correctness_available() {
            return false;
        }
        let attempts = self.state.attempts;
        match self.settings.show_answer {
            ShowAnswer::Never => false,
            _ if self.staff => true,
            ShowAnswer::Always => true,
            ShowAnswer::Answered => self.is_correct(),
            ShowAnswer::Attempted => attempts > 0 || self.is_past_due(),
            ShowAnswer::AttemptedNoPastDue => attempts > 0,
            ShowAnswer::Closed => self.is_closed(),
            ShowAnswer::Finished => self.is_closed() || self.is_correct(),
            ShowAnswer::CorrectOrPastDue => self.is_correct() || self.is_past_due(),
            ShowAnswer::PastDue => self.is_past_due(),
            ShowAnswer::AfterAttempts => {
                let wanted = self.settings.attempts_before_show_answer;
                attempts >= self.settings.max_attempts.map_or(wanted, |max| max.min(wanted))
            }
            ShowAnswer::AfterAllAttempts => self.used_all_attempts(),
            ShowAnswer::AfterAllAttemptsOrCorrect => self.used_all_attempts() || self.is_correct(),
        }
    }

    /// Returns how long the learner has to wait until the next try; none when that time is over.
    pub(super) fn remaining_wait(&self) -> Option<Duration> {
        let last = self.state.last_submission?;
        let wait = Duration::seconds(self.settings.submission_wait.max(0));
        let remaining = last.saturating_add(wait) - self.now;
        remaining.is_positive().then_some(remaining)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use xblock::PointsTold;

    use super::*;
    use crate::{
        problem::{Compilation, Problem},
        testing::{Fixture, fields},
    };

    const ONE: &str = "<problem><stringresponse answer=\"a\"><textline/></stringresponse></problem>";
    const PAST: &str = "2026-11-22T11:59:59Z";

    /// What a learner did.
    #[derive(Clone, Copy)]
    enum Did {
        Nothing,
        Wrong,
        Right,
    }

    use Did::{Nothing, Right, Wrong};

    fn ask<T>(settings: Value, did: Did, staff: bool, question: impl FnOnce(&Session<'_>) -> T) -> T {
        let mut authored = settings;
        authored["data"] = ONE.into();
        let mut fixture = Fixture::new(&Problem, authored);
        fixture.learner.staff = staff;
        fixture.user_state = fields(match did {
            Nothing => json!({}),
            Wrong => json!({"attempts": 1, "done": true, "score": {"raw_earned": 0, "raw_possible": 1}}),
            Right => json!({"attempts": 1, "done": true, "score": [1, 1]}),
        });
        fixture
            .with(|block, cx| {
                let Some(Compilation(Ok(problem))) = block.compiled() else { panic!("{ONE} is a problem") };
                question(&Session::new(block, problem, cx))
            })
            .0
    }

    #[test]
    fn the_answer_is_shown_when_the_author_lets_it() {
        // Without a try, after a wrong one, after a right one; then the same past the deadline.
        let rows = [
            ("always", [true; 6]),
            ("never", [false; 6]),
            ("", [false; 6]),
            ("no such word", [false; 6]),
            ("answered", [false, false, true, false, false, true]),
            ("attempted", [false, true, true, true, true, true]),
            ("attempted_no_past_due", [false, true, true, false, true, true]),
            ("closed", [false, false, false, true, true, true]),
            ("finished", [false, false, true, true, true, true]),
            ("correct_or_past_due", [false, false, true, true, true, true]),
            ("past_due", [false, false, false, true, true, true]),
            ("after_attempts", [true; 6]),
            ("after_all_attempts", [false; 6]),
            ("after_all_attempts_or_correct", [false, false, true, false, false, true]),
        ];
        for (word, expected) in rows {
            for (i, expected) in expected.into_iter().enumerate() {
                let due = if i < 3 { Value::Null } else { PAST.into() };
                let did = [Nothing, Wrong, Right][i % 3];
                let settings = json!({"showanswer": word, "due": due});
                assert_eq!(ask(settings, did, false, |s| s.answer_available()), expected, "{word} {i}");
            }
        }
    }

    #[test]
    fn tries_decide_when_the_answer_is_shown_after_some() {
        let after = |settings, did| ask(settings, did, false, |s| s.answer_available());
        let two = json!({"showanswer": "after_attempts", "attempts_before_showanswer_button": 2});
        assert!(!after(two.clone(), Wrong));
        let mut one_allowed = two;
        one_allowed["max_attempts"] = 1.into();
        assert!(!after(one_allowed.clone(), Nothing));
        assert!(after(one_allowed, Wrong));
        assert!(after(json!({"showanswer": "after_all_attempts", "max_attempts": 1}), Wrong));
    }

    #[test]
    fn staff_see_answers_before_learners_but_not_when_nobody_shall() {
        let answer = |word: &str| ask(json!({"showanswer": word}), Nothing, true, |s| s.answer_available());
        assert!(answer("past_due"));
        assert!(!answer("never"));
        let hidden = json!({"showanswer": "always", "show_correctness": "never"});
        assert!(!ask(hidden, Right, true, |s| s.answer_available()));
    }

    #[test]
    fn correctness_is_known_when_the_author_lets_it() {
        let known = |settings, staff| ask(settings, Wrong, staff, |s| s.correctness_available());
        assert!(known(json!({}), false));
        assert!(!known(json!({"show_correctness": "never"}), true));
        assert!(!known(json!({"show_correctness": "never_but_include_grade"}), true));
        assert!(known(json!({"show_correctness": "past_due"}), false));
        assert!(known(json!({"show_correctness": "past_due", "due": PAST}), false));
        let later = json!({"show_correctness": "past_due", "due": "2026-11-22T12:00:01Z"});
        assert!(!known(later.clone(), false));
        assert!(known(later, true));
    }

    #[test]
    fn points_are_known_when_the_author_lets_them() {
        let told = |settings| ask(settings, Wrong, false, |s| s.settings.points_told(s.now));
        assert_eq!(told(json!({})), PointsTold::Everywhere);
        assert_eq!(told(json!({"show_correctness": "never"})), PointsTold::Nowhere);
        assert_eq!(told(json!({"show_correctness": "never_but_include_grade"})), PointsTold::InTheWhole);
        assert_eq!(told(json!({"show_correctness": "past_due"})), PointsTold::Everywhere);
        assert_eq!(told(json!({"show_correctness": "past_due", "due": PAST})), PointsTold::Everywhere);
        let later = json!({"show_correctness": "past_due", "due": "2026-11-22T12:00:01Z"});
        assert_eq!(told(later), PointsTold::Nowhere);
    }

    #[test]
    fn buttons_are_there_when_they_can_be_used() {
        // Submit, save and reset.
        let buttons =
            |settings, did| ask(settings, did, false, |s| [s.can_submit(), s.can_save(), s.can_reset()]);
        assert_eq!(buttons(json!({}), Nothing), [true, false, false]);
        assert_eq!(buttons(json!({"max_attempts": 2}), Nothing), [true, true, false]);
        assert_eq!(buttons(json!({"max_attempts": 1}), Wrong), [false, false, false]);
        assert_eq!(buttons(json!({"max_attempts": 0}), Nothing), [false, true, false]);
        assert_eq!(buttons(json!({"max_attempts": 0, "force_save_button": true}), Nothing), [false; 3]);
        assert_eq!(buttons(json!({"force_save_button": true}), Nothing), [true, true, false]);
        assert_eq!(buttons(json!({"show_reset_button": true}), Nothing), [true, false, false]);
        assert_eq!(buttons(json!({"show_reset_button": true}), Wrong), [true, false, true]);
        assert_eq!(buttons(json!({"show_reset_button": true}), Right), [true, false, false]);
        assert_eq!(buttons(json!({"rerandomize": "always"}), Nothing), [true, true, false]);
        assert_eq!(buttons(json!({"rerandomize": "always"}), Right), [false, false, true]);
        assert_eq!(buttons(json!({"rerandomize": "onreset"}), Right), [true, false, true]);
        assert_eq!(buttons(json!({"due": PAST, "show_reset_button": true}), Wrong), [false; 3]);
    }
}
