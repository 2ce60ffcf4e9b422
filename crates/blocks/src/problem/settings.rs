//! What the author decided about a problem (capa §9), each value of the kind it should be.

use serde_json::Value;
use time::{Duration, OffsetDateTime};
use xblock::{Block, PointsTold};

use super::dates;

/// When a problem changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rerandomize {
    /// With every try.
    Always,
    /// When it is reset.
    OnReset,
    /// It is the same for everyone.
    Never,
    /// It differs between learners.
    PerStudent,
}

/// Which of several tries counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GradingMethod {
    /// The last one.
    Last,
    /// The first one.
    First,
    /// The best one.
    Highest,
    /// All, on average.
    Average,
}

impl GradingMethod {
    /// Returns what learners see it called.
    pub(super) fn name(self) -> &'static str {
        match self {
            GradingMethod::Last => "Last Score",
            GradingMethod::First => "First Score",
            GradingMethod::Highest => "Highest Score",
            GradingMethod::Average => "Average Score",
        }
    }
}

/// When learners see what is correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShowCorrectness {
    /// At once.
    Always,
    /// Never.
    Never,
    /// Never, but the points count in what they have in all.
    NeverButGrade,
    /// After the problem closed for everyone.
    PastDue,
}

/// When learners see the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShowAnswer {
    /// Any time.
    Always,
    /// When they answered correctly.
    Answered,
    /// When they tried, or it is past due.
    Attempted,
    /// When they tried.
    AttemptedNoPastDue,
    /// When they cannot answer any more.
    Closed,
    /// When they cannot answer any more, or answered correctly.
    Finished,
    /// When they answered correctly, or it is past due.
    CorrectOrPastDue,
    /// When it is past due.
    PastDue,
    /// After some tries.
    AfterAttempts,
    /// After the last try.
    AfterAllAttempts,
    /// After the last try, or when they answered correctly.
    AfterAllAttemptsOrCorrect,
    /// Never.
    Never,
}

/// The settings of a problem where it is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    /// Number of tries; any number if none.
    pub(super) max_attempts: Option<i64>,
    /// When the problem closes, grace period included.
    pub(super) close_date: Option<OffsetDateTime>,
    /// Whether there are no deadlines.
    pub(super) self_paced: bool,
    pub(super) show_correctness: ShowCorrectness,
    pub(super) show_answer: ShowAnswer,
    /// Tries before the answer can be shown.
    pub(super) attempts_before_show_answer: i64,
    pub(super) force_save_button: bool,
    pub(super) show_reset_button: bool,
    pub(super) rerandomize: Rerandomize,
    pub(super) grading_method: GradingMethod,
    /// Seconds between tries.
    pub(super) submission_wait: i64,
    /// Points the problem is worth; its raw points if none.
    pub(super) weight: Option<f64>,
    /// Whether it counts for the grade of a course.
    pub(super) graded: bool,
}

impl Settings {
    /// Returns when the problem closes for this course's learners; never where there are no deadlines.
    pub(super) fn deadline(&self) -> Option<OffsetDateTime> {
        self.close_date.filter(|_| !self.self_paced)
    }

    /// Returns where learners may know at this moment how many points they earned.
    pub(super) fn points_told(&self, now: OffsetDateTime) -> PointsTold {
        match self.show_correctness {
            ShowCorrectness::PastDue if self.deadline().is_some_and(|date| now <= date) => {
                PointsTold::Nowhere
            }
            ShowCorrectness::Always | ShowCorrectness::PastDue => PointsTold::Everywhere,
            ShowCorrectness::NeverButGrade => PointsTold::InTheWhole,
            ShowCorrectness::Never => PointsTold::Nowhere,
        }
    }

    /// Reads a block's settings. Values that mean nothing count as the field's default.
    pub(super) fn of(block: &Block<'_>) -> Self {
        let inherited = |name: &str| block.placement.inherited.get(name).is_some_and(is_true);
        Settings {
            max_attempts: block.int("max_attempts"),
            close_date: close_date(block),
            self_paced: inherited("self_paced"),
            show_correctness: match &*block.text("show_correctness") {
                "never" => ShowCorrectness::Never,
                "never_but_include_grade" => ShowCorrectness::NeverButGrade,
                "past_due" => ShowCorrectness::PastDue,
                _ => ShowCorrectness::Always,
            },
            show_answer: show_answer(&block.text("showanswer")),
            attempts_before_show_answer: block.int("attempts_before_showanswer_button").unwrap_or(0),
            force_save_button: block.flag("force_save_button"),
            show_reset_button: block.flag("show_reset_button"),
            rerandomize: rerandomize(&block.value("rerandomize")),
            grading_method: match &*block.text("grading_method") {
                "first_score" => GradingMethod::First,
                "highest_score" => GradingMethod::Highest,
                "average_score" => GradingMethod::Average,
                _ => GradingMethod::Last,
            },
            submission_wait: block.int("submission_wait_seconds").unwrap_or(0),
            weight: block.float("weight").filter(|weight| weight.is_finite() && *weight >= 0.0),
            graded: inherited("graded"),
        }
    }
}

/// Reads when a problem changes, also from the older words. Nothing is not the empty text, which was one of them.
fn rerandomize(value: &Value) -> Rerandomize {
    match value {
        Value::String(word) => match word.as_str() {
            "" | "true" | "always" => Rerandomize::Always,
            "onreset" => Rerandomize::OnReset,
            "false" | "per_student" => Rerandomize::PerStudent,
            _ => Rerandomize::Never,
        },
        Value::Bool(true) => Rerandomize::Always,
        Value::Bool(false) => Rerandomize::PerStudent,
        _ => Rerandomize::Never,
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// Returns when the problem closes: with the grace period after its deadline, or else after the end of its course.
fn close_date(block: &Block<'_>) -> Option<OffsetDateTime> {
    let course_end = || block.placement.inherited.get("end").and_then(dates::moment);
    let due = dates::moment(&block.value("due")).or_else(course_end)?;
    let grace = dates::duration(&block.value("graceperiod")).unwrap_or(Duration::ZERO);
    Some(due.saturating_add(grace))
}

fn show_answer(text: &str) -> ShowAnswer {
    match text {
        "always" => ShowAnswer::Always,
        "answered" => ShowAnswer::Answered,
        "attempted" => ShowAnswer::Attempted,
        "attempted_no_past_due" => ShowAnswer::AttemptedNoPastDue,
        "closed" => ShowAnswer::Closed,
        "finished" => ShowAnswer::Finished,
        "correct_or_past_due" => ShowAnswer::CorrectOrPastDue,
        "past_due" => ShowAnswer::PastDue,
        "after_attempts" => ShowAnswer::AfterAttempts,
        "after_all_attempts" => ShowAnswer::AfterAllAttempts,
        "after_all_attempts_or_correct" => ShowAnswer::AfterAllAttemptsOrCorrect,
        // An unknown word shows nothing rather than everything.
        _ => ShowAnswer::Never,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;
    use crate::{problem::Problem, testing::Fixture};

    fn read(authored: Value) -> Settings {
        Fixture::new(&Problem, authored).block(Settings::of)
    }

    #[test]
    fn fields_have_the_defaults_of_the_reference() {
        let settings = read(json!({}));
        assert_eq!((settings.max_attempts, settings.weight, settings.close_date), (None, None, None));
        assert_eq!(settings.show_correctness, ShowCorrectness::Always);
        assert_eq!(settings.show_answer, ShowAnswer::Finished);
        assert_eq!((settings.attempts_before_show_answer, settings.submission_wait), (0, 0));
        assert!(!settings.force_save_button && !settings.show_reset_button && !settings.graded);
        assert_eq!(settings.rerandomize, Rerandomize::Never);
        assert_eq!(settings.grading_method, GradingMethod::Last);
    }

    #[test]
    fn randomisation_is_read_in_the_words_it_was_stored_in() {
        let rows = [
            (json!(""), Rerandomize::Always),
            (json!("true"), Rerandomize::Always),
            (json!(true), Rerandomize::Always),
            (json!("always"), Rerandomize::Always),
            (json!("onreset"), Rerandomize::OnReset),
            (json!("false"), Rerandomize::PerStudent),
            (json!(false), Rerandomize::PerStudent),
            (json!("per_student"), Rerandomize::PerStudent),
            (json!("never"), Rerandomize::Never),
            (json!("no such word"), Rerandomize::Never),
            (json!(null), Rerandomize::Never),
        ];
        for (stored, expected) in rows {
            assert_eq!(read(json!({"rerandomize": stored})).rerandomize, expected, "{stored}");
        }
    }

    #[test]
    fn numbers_are_read_in_the_forms_they_were_stored_in() {
        for (stored, expected) in [
            (json!(3), Some(3)),
            (json!("3"), Some(3)),
            (json!(3.0), Some(3)),
            (json!(""), None),
            (json!(null), None),
            (json!("many"), None),
            (json!([3]), None),
        ] {
            assert_eq!(read(json!({"max_attempts": stored})).max_attempts, expected, "{stored}");
        }
        for (stored, expected) in [
            (json!(2.5), Some(2.5)),
            (json!("2.5"), Some(2.5)),
            (json!(0), Some(0.0)),
            (json!(""), None),
            (json!("nan"), None),
            (json!(-1), None),
        ] {
            assert_eq!(read(json!({"weight": stored})).weight, expected, "{stored}");
        }
    }

    #[test]
    fn the_grace_period_is_read_in_the_forms_authors_write_it_in() {
        let due = datetime!(2030-01-02 00:00:00 UTC);
        for (stored, expected) in [
            (json!("1 day 12 hours 59 minutes 59 seconds"), Duration::seconds(133_199)),
            (json!("2 hours"), Duration::hours(2)),
            (json!("90 seconds"), Duration::seconds(90)),
            (json!(""), Duration::ZERO),
            (json!(null), Duration::ZERO),
            (json!("a while"), Duration::ZERO),
        ] {
            let settings = json!({"due": "2030-01-02T00:00:00Z", "graceperiod": stored});
            assert_eq!(read(settings).close_date, Some(due + expected), "{stored}");
        }
        for stored in
            [json!("2030-01-02T00:00:00+00:00"), json!("January 2, 2030"), json!(1_893_542_400_000_i64)]
        {
            assert_eq!(read(json!({"due": stored})).close_date, Some(due), "{stored}");
        }
        assert_eq!(read(json!({"graceperiod": "2 hours"})).close_date, None);
    }
}
