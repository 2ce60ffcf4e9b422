//! Dates and times: civil time with an optional offset, printed as Python's ISO format.

use time::{Duration, Month, PrimitiveDateTime, Time, UtcOffset};

use super::error::FieldError;

/// Microseconds of a day.
const DAY: i128 = 86_400_000_000;
/// Longest duration Python holds, in days.
const MAX_DAYS: i128 = 999_999_999;

/// A calendar date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(time::Date);

impl Date {
    /// Returns the date of those numbers.
    ///
    /// # Errors
    /// A year outside 1 to 9999, or a month or day that does not exist.
    pub fn new(year: i32, month: u32, day: u32) -> Result<Self, FieldError> {
        let bad = || FieldError::value(format!("{year:04}-{month:02}-{day:02} is not a date"));
        if !(1..=9999).contains(&year) {
            return Err(bad());
        }
        let month = u8::try_from(month).ok().and_then(|m| Month::try_from(m).ok()).ok_or_else(bad)?;
        let day = u8::try_from(day).map_err(|_| bad())?;
        time::Date::from_calendar_date(year, month, day).map(Date).map_err(|_| bad())
    }

    /// Returns `YYYY-MM-DD`.
    pub fn iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

/// A date with a time of day and, unless it is local, an offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    local: PrimitiveDateTime,
    offset: Option<UtcOffset>,
}

impl DateTime {
    /// Returns the date with a time of day, hour, minute, second and microsecond, without an offset.
    ///
    /// # Errors
    /// Numbers that are no time of day; leap seconds are not.
    pub fn new(date: Date, hms: (u32, u32, u32), micros: u32) -> Result<Self, FieldError> {
        let small = |n: u32| u8::try_from(n).unwrap_or(u8::MAX);
        let time = Time::from_hms_micro(small(hms.0), small(hms.1), small(hms.2), micros).map_err(|_| {
            FieldError::value(format!("{:02}:{:02}:{:02} is not a time of day", hms.0, hms.1, hms.2))
        })?;
        Ok(DateTime { local: PrimitiveDateTime::new(date.0, time), offset: None })
    }

    /// Returns the same local time at an offset from UTC in seconds.
    ///
    /// # Errors
    /// An offset of a day or more.
    pub fn at_offset(self, seconds: i32) -> Result<Self, FieldError> {
        let offset = Some(seconds).filter(|s| s.abs() < 86_400);
        let offset = offset.and_then(|s| UtcOffset::from_whole_seconds(s).ok());
        match offset {
            Some(offset) => Ok(DateTime { local: self.local, offset: Some(offset) }),
            None => Err(FieldError::value("an offset from UTC is less than a day")),
        }
    }

    /// Returns the moment as UTC; a local time is taken as UTC.
    ///
    /// # Errors
    /// A moment that is outside the years 1 to 9999 in UTC.
    pub fn to_utc(self) -> Result<Self, FieldError> {
        let offset = self.offset.map_or(0, UtcOffset::whole_seconds);
        shift(self.local, -i128::from(offset) * 1_000_000)?.at_offset(0)
    }

    /// Returns the moment, taking a local time as UTC but keeping any other offset.
    pub fn or_utc(self) -> Self {
        DateTime { offset: self.offset.or(Some(UtcOffset::UTC)), ..self }
    }

    /// Returns the moment that many microseconds after the epoch, in UTC.
    ///
    /// # Errors
    /// A moment outside the years 1 to 9999.
    pub fn from_epoch(micros: i128) -> Result<Self, FieldError> {
        shift(PrimitiveDateTime::new(time::Date::MIN.max(EPOCH), Time::MIDNIGHT), micros)?.at_offset(0)
    }

    /// Returns Python's ISO format: microseconds only if there are any, the offset only if there is one.
    pub fn iso(self) -> String {
        let mut text = self.seconds_text();
        if self.local.microsecond() > 0 {
            text.push_str(&format!(".{:06}", self.local.microsecond()));
        }
        if let Some(offset) = self.offset {
            let total = offset.whole_seconds();
            let sign = if total < 0 { '-' } else { '+' };
            let total = total.abs();
            text.push_str(&format!("{sign}{:02}:{:02}", total / 3600, total / 60 % 60));
            if total % 60 != 0 {
                text.push_str(&format!(":{:02}", total % 60));
            }
        }
        text
    }

    /// Returns the stored form of a `Date` field (xblock-core §3.1).
    pub fn date_field_text(self) -> String {
        if self.is_utc_or_local() && self.local.year() >= 1900 {
            return self.seconds_text() + "Z";
        }
        self.iso()
    }

    /// Returns the stored form of a `DateTime` field (xblock-core §3.1); its year is not padded.
    pub fn datetime_field_text(self) -> String {
        let text = self.seconds_text();
        format!("{}.{:06}", text.trim_start_matches('0'), self.local.microsecond())
    }

    /// Returns the form that moments inside JSON have: milliseconds, and `Z` for UTC.
    pub fn json_text(self) -> String {
        let mut text = self.seconds_text();
        if self.local.microsecond() > 0 {
            text.push_str(&format!(".{:03}", self.local.millisecond()));
        }
        let whole = self.iso();
        let zone_at = if self.local.microsecond() > 0 { 26 } else { 19 };
        let zone = whole.get(zone_at..).unwrap_or_default();
        text.push_str(if zone == "+00:00" { "Z" } else { zone });
        text
    }

    fn is_utc_or_local(self) -> bool {
        self.offset.is_none_or(UtcOffset::is_utc)
    }

    fn seconds_text(self) -> String {
        let (hour, minute, second) = self.local.as_hms();
        format!("{}T{hour:02}:{minute:02}:{second:02}", Date(self.local.date()).iso())
    }
}

const EPOCH: time::Date = match time::Date::from_calendar_date(1970, Month::January, 1) {
    Ok(date) => date,
    Err(_) => time::Date::MIN,
};

fn shift(from: PrimitiveDateTime, micros: i128) -> Result<DateTime, FieldError> {
    let out_of_range = || FieldError::value("the date is outside the years 1 to 9999");
    let seconds = i64::try_from(micros.div_euclid(1_000_000)).map_err(|_| out_of_range())?;
    let rest = i64::try_from(micros.rem_euclid(1_000_000)).map_err(|_| out_of_range())?;
    let moved = from
        .checked_add(Duration::seconds(seconds))
        .and_then(|at| at.checked_add(Duration::microseconds(rest)));
    let local = moved.filter(|at| (1..=9999).contains(&at.year())).ok_or_else(out_of_range)?;
    Ok(DateTime { local, offset: None })
}

/// Returns a duration of seconds in microseconds, rounded half to even as Python does.
pub(crate) fn timedelta(seconds: f64) -> Result<i128, FieldError> {
    let micros = round_micros(seconds, 1e6)?;
    check_timedelta(micros)
}

/// Returns a number of units as whole microseconds, `scale` of them a unit, rounded half to even.
pub(crate) fn round_micros(units: f64, scale: f64) -> Result<i128, FieldError> {
    if units.is_nan() {
        return Err(FieldError::value("NaN is not a time"));
    }
    if units.is_infinite() || units.abs() > 1e17 {
        return Err(FieldError::overflow("the time is out of range"));
    }
    // Whole units are exact; only the rest is scaled, so that large times keep their microseconds.
    let whole = units.trunc();
    let rest = ((units - whole) * scale).round_ties_even();
    Ok(exact(whole) * exact(scale) + exact(rest))
}

#[expect(clippy::cast_possible_truncation, reason = "callers pass whole numbers far below 2^127")]
fn exact(whole: f64) -> i128 {
    whole as i128
}

/// Refuses durations longer than Python's.
pub(crate) fn check_timedelta(micros: i128) -> Result<i128, FieldError> {
    let days = micros.div_euclid(DAY);
    if days.abs() > MAX_DAYS { Err(FieldError::overflow("the duration is out of range")) } else { Ok(micros) }
}

/// Splits a duration into days, seconds of the day and microseconds, as Python's attributes have it.
pub(crate) fn timedelta_parts(micros: i128) -> (i128, i128, i128) {
    let rest = micros.rem_euclid(DAY);
    (micros.div_euclid(DAY), rest / 1_000_000, rest % 1_000_000)
}

/// Prints a duration as `str(timedelta)` does: `1 day, 2:03:04.000005`.
pub(crate) fn timedelta_text(micros: i128) -> String {
    let (days, seconds, rest) = timedelta_parts(micros);
    let mut text = String::new();
    if days != 0 {
        text = format!("{days} day{}, ", if days.abs() == 1 { "" } else { "s" });
    }
    text.push_str(&format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
    if rest > 0 {
        text.push_str(&format!(".{rest:06}"));
    }
    text
}

/// Prints a duration as ISO 8601, the form durations inside JSON have: `P1DT02H03M04S`.
pub(crate) fn timedelta_iso(micros: i128) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let (days, seconds, rest) = timedelta_parts(micros.abs());
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = if rest > 0 { format!(".{rest:06}") } else { String::new() };
    format!("{sign}P{days}DT{hour:02}H{minute:02}M{second:02}{fraction}S")
}
