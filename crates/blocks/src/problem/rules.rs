//! What a learner may do and see now (capa §10).

use time::{Duration, OffsetDateTime};

use super::{
    session::Session,
    settings::{Rerandomize, ShowAnswer, ShowCorrectness},
};

impl Session<'_> {
    fn close_date(&self) -> Option<OffsetDateTime> {
        self.settings.close_date.filter(|_| !self.settings.self_paced)
    }

    /// Returns whether the deadline, grace period included, has passed.
    pub(super) fn is_past_due(&self) -> bool {
        self.close_date().is_some_and(|date| self.now > date)
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
        !self.is_closed() && !self.needs_reset()
    }

    /// Returns whether the save button is there.
    pub(super) fn can_save(&self) -> bool {
        if self.settings.force_save_button {
            return !self.is_closed();
        }
        let rerandomizes = self.settings.rerandomize == Rerandomize::Always;
        if self.settings.max_attempts.is_none() && !rerandomizes {
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
        !self.is_correct() && self.settings.show_reset_button
    }

    /// Returns whether the learner may know what is correct.
    pub(super) fn correctness_available(&self) -> bool {
        match self.settings.show_correctness {
            ShowCorrectness::Never => false,
            _ if self.staff => true,
            ShowCorrectness::Always => true,
            ShowCorrectness::PastDue => self.close_date().is_none() || self.is_past_due(),
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
