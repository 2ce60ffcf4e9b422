//! What the author decided about a problem (capa §9), each value of the kind it should be.

use serde_json::Value;
use time::{Duration, OffsetDateTime};
use xblock::Block;

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
    /// Reads a block's settings. Values that mean nothing count as the field's default.
    pub(super) fn of(block: &Block<'_>) -> Self {
        let inherited = |name: &str| block.placement.inherited.get(name).is_some_and(is_true);
        Settings {
            max_attempts: block.int("max_attempts"),
            close_date: close_date(block),
            self_paced: inherited("self_paced"),
            show_correctness: match &*block.text("show_correctness") {
                "never" | "never_but_include_grade" => ShowCorrectness::Never,
                "past_due" => ShowCorrectness::PastDue,
                _ => ShowCorrectness::Always,
            },
            show_answer: show_answer(&block.text("showanswer")),
            attempts_before_show_answer: block.int("attempts_before_showanswer_button").unwrap_or(0),
            force_save_button: block.flag("force_save_button"),
            show_reset_button: block.flag("show_reset_button"),
            rerandomize: match &*block.text("rerandomize") {
                "" | "true" | "always" => Rerandomize::Always,
                "onreset" => Rerandomize::OnReset,
                "false" | "per_student" => Rerandomize::PerStudent,
                _ => Rerandomize::Never,
            },
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
