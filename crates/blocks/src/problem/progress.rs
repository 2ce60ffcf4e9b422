//! Points: what is earned, by which tries, and how it is said (capa §10).

use capa::Score;

use super::{session::Session, settings::GradingMethod};

/// Returns the score that counts of the scores of all tries.
pub(super) fn counted(method: GradingMethod, history: &[Score], possible: f64) -> Score {
    let none = Score { raw_earned: 0.0, raw_possible: possible };
    let last = history.last().copied().unwrap_or(none);
    match method {
        GradingMethod::Last => last,
        GradingMethod::First => history.first().copied().unwrap_or(none),
        GradingMethod::Highest => history
            .iter()
            .copied()
            .fold(none, |best, score| if score.raw_earned > best.raw_earned { score } else { best }),
        GradingMethod::Average if history.is_empty() => none,
        GradingMethod::Average => {
            let sum: f64 = history.iter().map(|score| score.raw_earned).sum();
            Score { raw_earned: rounded(sum / history.len() as f64), raw_possible: possible }
        }
    }
}

/// Rounds to two decimals by the exact value, as Python does: 1.115 is a little less than its text says.
fn rounded(value: f64) -> f64 {
    format!("{value:.2}").parse().unwrap_or(value)
}

impl Session<'_> {
    /// Returns the points earned and possible, weighted; none when there is nothing to earn. Before the first
    /// try the problem's own points count, since they may have changed since a state was stored.
    pub(super) fn progress(&self) -> Option<(f64, f64)> {
        let score = self.score();
        let possible = if self.state.attempts == 0 { self.max_score() } else { score.raw_possible };
        weighted(score.raw_earned, possible, self.settings.weight)
    }

    /// Returns what learners see of the progress: the points earned, unless that would tell what is correct,
    /// and the points possible.
    pub(super) fn displayed_progress(&self) -> (Option<f64>, f64) {
        let (earned, possible) = self.progress().unwrap_or((0.0, 0.0));
        (Some(earned).filter(|_| self.correctness_available()), possible)
    }

    /// Returns the line below the title.
    pub(super) fn progress_text(&self) -> String {
        let (earned, possible) = self.displayed_progress();
        if possible == 0.0 {
            return String::new();
        }
        let unit = points(possible);
        let graded = if self.settings.graded { "graded" } else { "ungraded" };
        match earned {
            None => format!("{} {unit} possible ({graded}, results hidden)", decimal(possible)),
            Some(earned) if self.state.attempts > 0 => {
                format!("{}/{} {unit} ({graded})", decimal(earned), decimal(possible))
            }
            Some(_) => format!("{} {unit} possible ({graded})", decimal(possible)),
        }
    }

    /// Returns ` (1/2 points)` for notifications; nothing when there is nothing to earn.
    pub(super) fn points_in_parentheses(&self) -> String {
        match self.progress() {
            Some((earned, possible)) => {
                format!(" ({}/{} {})", decimal(earned), decimal(possible), points(possible))
            }
            None => String::new(),
        }
    }
}

/// Returns points with the author's weight applied; none when there is nothing to earn.
pub(super) fn weighted(earned: f64, possible: f64, weight: Option<f64>) -> Option<(f64, f64)> {
    let (earned, possible) = match weight {
        Some(weight) => (earned * weight / possible, weight),
        None => (earned, possible),
    };
    // An impossible share is a number that is not one.
    (possible > 0.0 && earned.is_finite()).then(|| (earned.clamp(0.0, possible), possible))
}

fn points(number: f64) -> &'static str {
    if number == 1.0 { "point" } else { "points" }
}

/// Returns a number with at most two decimals and no zeros at the end.
pub(super) fn decimal(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(earned: &[f64]) -> Vec<Score> {
        earned.iter().map(|e| Score { raw_earned: *e, raw_possible: 3.0 }).collect()
    }

    #[test]
    fn the_grading_method_decides_which_try_counts() {
        let history = scores(&[1.0, 3.0, 1.0, 2.0]);
        let earned = |method| counted(method, &history, 3.0).raw_earned;
        assert_eq!(earned(GradingMethod::Last), 2.0);
        assert_eq!(earned(GradingMethod::First), 1.0);
        assert_eq!(earned(GradingMethod::Highest), 3.0);
        assert_eq!(earned(GradingMethod::Average), 1.75);
        assert_eq!(counted(GradingMethod::Average, &scores(&[1.0, 0.0, 0.0]), 3.0).raw_earned, 0.33);
        assert_eq!(counted(GradingMethod::Average, &[], 3.0).raw_earned, 0.0);
        assert_eq!(counted(GradingMethod::Average, &scores(&[1.115]), 3.0).raw_earned, 1.11);
        assert_eq!(counted(GradingMethod::Average, &scores(&[0.125]), 3.0).raw_earned, 0.12);
    }

    #[test]
    fn the_weight_is_what_can_be_earned() {
        assert_eq!(weighted(1.0, 2.0, None), Some((1.0, 2.0)));
        assert_eq!(weighted(1.0, 2.0, Some(5.0)), Some((2.5, 5.0)));
        assert_eq!(weighted(3.0, 2.0, Some(5.0)), Some((5.0, 5.0)));
        for (possible, weight) in [(2.0, Some(0.0)), (0.0, None), (0.0, Some(1.0)), (2.0, Some(-1.0))] {
            assert_eq!(weighted(0.0, possible, weight), None, "{possible} {weight:?}");
        }
    }

    #[test]
    fn numbers_have_no_more_decimals_than_they_need() {
        assert_eq!(decimal(1.0), "1");
        assert_eq!(decimal(0.5), "0.5");
        assert_eq!(decimal(2.0 / 3.0), "0.67");
        assert_eq!(decimal(100.0), "100");
        assert_eq!(decimal(0.0), "0");
    }
}
