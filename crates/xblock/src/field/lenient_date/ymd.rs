//! Which member of a date is the year, the month and the day.

use super::words::{is_digits, number};

/// The members of a date in the order written.
#[derive(Default)]
pub(super) struct Ymd {
    pub(super) values: Vec<i32>,
    pub(super) has_century: bool,
    year_at: Option<usize>,
    month_at: Option<usize>,
}

impl Ymd {
    pub(super) fn push(&mut self, token: &str) -> Option<()> {
        if is_digits(token) && token.len() > 2 {
            return self.push_year(token);
        }
        self.push_value(number(token)?)
    }

    pub(super) fn push_value(&mut self, value: f64) -> Option<()> {
        if !(0.0..=99_999.0).contains(&value) {
            return None;
        }
        if value > 100.0 {
            self.has_century = true;
            self.set_year()?;
        }
        #[expect(clippy::cast_possible_truncation, reason = "in range, and Python truncates too")]
        self.values.push(value as i32);
        Some(())
    }

    pub(super) fn push_year(&mut self, digits: &str) -> Option<()> {
        self.has_century = self.has_century || digits.len() > 2;
        self.set_year()?;
        self.values.push(digits.parse().ok()?);
        Some(())
    }

    pub(super) fn push_month(&mut self, month: u32) -> Option<()> {
        if self.month_at.is_some() {
            return None;
        }
        self.month_at = Some(self.values.len());
        self.values.push(i32::try_from(month).ok()?);
        Some(())
    }

    fn set_year(&mut self) -> Option<()> {
        if self.year_at.is_some() {
            return None;
        }
        self.year_at = Some(self.values.len());
        Some(())
    }

    pub(super) fn could_be_day(&self, value: f64) -> bool {
        let at = |place: Option<usize>| place.and_then(|at| self.values.get(at)).copied();
        let days = match (at(self.month_at), at(self.year_at)) {
            (None, _) => 31,
            (Some(month), year) => days_of(year.unwrap_or(2000), month),
        };
        (1.0..=f64::from(days)).contains(&value)
    }

    /// Says which member is the year, the month and the day.
    pub(super) fn resolve(&self) -> Option<(Option<i32>, Option<i32>, Option<i32>)> {
        let known: Vec<usize> = [self.year_at, self.month_at].into_iter().flatten().collect();
        let get = |at: Option<usize>| at.and_then(|at| self.values.get(at)).copied();
        match (self.values.as_slice(), self.month_at) {
            ([], _) => Some((None, None, None)),
            (values, _) if values.len() == known.len() => Some((get(self.year_at), get(self.month_at), None)),
            (values, _) if values.len() == 3 && known.len() == 2 => {
                let day = (0..3).find(|at| !known.contains(at));
                Some((get(self.year_at), get(self.month_at), get(day)))
            }
            ([other], None) => {
                Some(if *other > 31 { (Some(*other), None, None) } else { (None, None, Some(*other)) })
            }
            ([a, b], Some(at)) => {
                let other = if at == 0 { *b } else { *a };
                let month = get(Some(at));
                Some(if other > 31 { (Some(other), month, None) } else { (None, month, Some(other)) })
            }
            ([a, b], None) => Some(match (*a > 31, *b > 31) {
                (true, _) => (Some(*a), Some(*b), None),
                (_, true) => (Some(*b), Some(*a), None),
                _ => (None, Some(*a), Some(*b)),
            }),
            ([a, b, c], month_at) => {
                let (year, month, day) = match month_at {
                    Some(0) if *b > 31 => (b, a, c),
                    Some(0) => (c, a, b),
                    Some(1) if *a > 31 => (a, b, c),
                    Some(1) => (c, b, a),
                    Some(_) if *b > 31 => (b, c, a),
                    Some(_) => (a, c, b),
                    None if *a > 31 || self.year_at == Some(0) => (a, b, c),
                    None if *a > 12 => (c, b, a),
                    None => (c, a, b),
                };
                Some((Some(*year), Some(*month), Some(*day)))
            }
            _ => None,
        }
    }
}

fn days_of(year: i32, month: i32) -> u32 {
    match month {
        2 if time::util::is_leap_year(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
