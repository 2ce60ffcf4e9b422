//! Dates as people write them, read the way Python's `dateutil` reads them (month first, fuzziness off).
//!
//! Authored content is read once and kept, so nothing here depends on the day it is read: what a date leaves out is
//! left out, and a two-digit year is one of 1976 to 2075.

use super::FieldError;
use super::moment::{Date, DateTime};

/// The first year that two digits can mean.
const CENTURY_START: i32 = 1976;

/// What a text says about a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Parts {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    hour: Option<u32>,
    minute: Option<u32>,
    second: Option<u32>,
    micros: Option<u32>,
    weekday: bool,
    zone: Option<String>,
    offset: Option<i32>,
}

/// Reads a text with a date or time.
///
/// Returns nothing if the text does not say which day it means.
///
/// # Errors
/// Text in which something is neither date nor time, and numbers that are out of range.
pub(crate) fn parse(text: &str) -> Result<Option<DateTime>, FieldError> {
    let unknown = || FieldError::value(format!("{text:?} is not a date"));
    let parts = Parser::new(text).run().ok_or_else(unknown)?;
    if parts == Parts::default() {
        return Err(unknown());
    }
    let (hour, minute, second) = (parts.hour.unwrap_or(0), parts.minute.unwrap_or(0), parts.second.unwrap_or(0));
    // Numbers that no default could mend are errors even if the day is not known.
    let (year, month, day) = (parts.year.unwrap_or(2000), parts.month.unwrap_or(1), parts.day.unwrap_or(1));
    let date = Date::new(year, month, day)?;
    let moment = DateTime::new(date, (hour, minute, second), parts.micros.unwrap_or(0))?;
    let moment = match parts.offset {
        Some(offset) => moment.at_offset(offset)?,
        None => moment,
    };
    let is_complete = parts.year.is_some() && parts.month.is_some() && parts.day.is_some();
    Ok(is_complete.then_some(moment))
}

/// Splits a text into words, numbers and single characters; white space is one space.
fn tokens(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let chars: Vec<char> = text.chars().filter(|&c| c != '\0').collect();
    let mut at = 0;
    while let Some(&first) = chars.get(at) {
        at += 1;
        if first.is_whitespace() {
            out.push(" ".to_owned());
            continue;
        }
        if !(first.is_alphabetic() || first.is_ascii_digit()) {
            out.push(first.to_string());
            continue;
        }
        let mut token = first.to_string();
        let mut in_word = first.is_alphabetic();
        let mut seen_letters = in_word;
        let mut dotted = false;
        while let Some(&c) = chars.get(at) {
            let after_dot = token.ends_with(['.', ',']);
            let belongs = match (dotted, in_word) {
                (false, true) => c.is_alphabetic() || c == '.',
                (false, false) => c.is_ascii_digit() || c == '.' || (c == ',' && token.len() >= 2),
                (true, true) => c == '.' || c.is_alphabetic() || (c.is_ascii_digit() && token.ends_with('.')),
                (true, false) => c == '.' || c.is_ascii_digit() || (c.is_alphabetic() && token.ends_with('.')),
            };
            if !belongs {
                break;
            }
            dotted = dotted || matches!(c, '.' | ',');
            if dotted && after_dot && c.is_alphanumeric() {
                in_word = c.is_alphabetic();
            }
            seen_letters = seen_letters || c.is_alphabetic();
            token.push(c);
            at += 1;
        }
        let dots = token.matches('.').count();
        if dotted && (seen_letters || dots > 1 || token.ends_with(['.', ','])) {
            out.extend(split_keeping(&token));
        } else if dotted && dots == 0 {
            out.push(token.replace(',', "."));
        } else {
            out.push(token);
        }
    }
    out
}

/// Splits at dots and commas and keeps them.
fn split_keeping(token: &str) -> Vec<String> {
    token.split_inclusive(['.', ',']).flat_map(|piece| {
        let (text, mark) = match piece.strip_suffix(['.', ',']) {
            Some(text) => (text, &piece[text.len()..]),
            None => (piece, ""),
        };
        [text.to_owned(), mark.to_owned()]
    }).filter(|piece| !piece.is_empty()).collect()
}

fn is_jump(token: &str) -> bool {
    [" ", ".", ",", ";", "-", "/", "'", "at", "on", "and", "ad", "m", "t", "of", "st", "nd", "rd", "th"]
        .contains(&token.to_lowercase().as_str())
}

fn is_weekday(token: &str) -> bool {
    let token = token.to_lowercase();
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        .iter()
        .any(|day| token == *day || token == day[..3])
}

fn month(token: &str) -> Option<u32> {
    let token = token.to_lowercase();
    let names = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ];
    let found = names.iter().position(|name| token == *name || token == name[..3] || (token == "sept" && *name == "september"));
    found.and_then(|index| u32::try_from(index + 1).ok())
}

/// Returns 0 for hours, 1 for minutes, 2 for seconds.
fn time_unit(token: &str) -> Option<usize> {
    match token.to_lowercase().as_str() {
        "h" | "hour" | "hours" => Some(0),
        "m" | "minute" | "minutes" => Some(1),
        "s" | "second" | "seconds" => Some(2),
        _ => None,
    }
}

/// Returns whether the token means afternoon, if it is am or pm.
fn afternoon(token: &str) -> Option<bool> {
    match token.to_lowercase().as_str() {
        "am" | "a" => Some(false),
        "pm" | "p" => Some(true),
        _ => None,
    }
}

fn is_utc_name(token: &str) -> bool {
    matches!(token, "UTC" | "GMT" | "Z" | "z")
}

/// Returns the number if Python's `float` reads the token, which holds no underscores or signs.
fn number(token: &str) -> Option<f64> {
    token.parse().ok().filter(|_| token.starts_with(|c: char| c.is_ascii_digit() || c == '.') )
}

fn is_digits(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|b| b.is_ascii_digit())
}

/// The members of a date in the order written.
#[derive(Default)]
struct Ymd {
    values: Vec<i32>,
    has_century: bool,
    year_at: Option<usize>,
    month_at: Option<usize>,
}

impl Ymd {
    fn push(&mut self, token: &str) -> Option<()> {
        if is_digits(token) && token.len() > 2 {
            return self.push_year(token);
        }
        self.push_value(number(token)?)
    }

    fn push_value(&mut self, value: f64) -> Option<()> {
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

    fn push_year(&mut self, digits: &str) -> Option<()> {
        self.has_century = self.has_century || digits.len() > 2;
        self.set_year()?;
        self.values.push(digits.parse().ok()?);
        Some(())
    }

    fn push_month(&mut self, month: u32) -> Option<()> {
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

    fn could_be_day(&self, value: f64) -> bool {
        let at = |place: Option<usize>| place.and_then(|at| self.values.get(at)).copied();
        let days = match (at(self.month_at), at(self.year_at)) {
            (None, _) => 31,
            (Some(month), year) => days_of(year.unwrap_or(2000), month),
        };
        (1.0..=f64::from(days)).contains(&value)
    }

    /// Says which member is the year, the month and the day.
    fn resolve(&self) -> Option<(Option<i32>, Option<i32>, Option<i32>)> {
        let known: Vec<usize> = [self.year_at, self.month_at].into_iter().flatten().collect();
        let get = |at: Option<usize>| at.and_then(|at| self.values.get(at)).copied();
        match (self.values.as_slice(), self.month_at) {
            ([], _) => Some((None, None, None)),
            (values, _) if values.len() == known.len() => Some((get(self.year_at), get(self.month_at), None)),
            (values, _) if values.len() == 3 && known.len() == 2 => {
                let day = (0..3).find(|at| !known.contains(at));
                Some((get(self.year_at), get(self.month_at), get(day)))
            }
            ([other], None) => Some(if *other > 31 { (Some(*other), None, None) } else { (None, None, Some(*other)) }),
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

struct Parser {
    tokens: Vec<String>,
    at: usize,
    ymd: Ymd,
    parts: Parts,
    has_ampm: bool,
}

impl Parser {
    fn new(text: &str) -> Self {
        Parser { tokens: tokens(text), at: 0, ymd: Ymd::default(), parts: Parts::default(), has_ampm: false }
    }

    fn token(&self, ahead: usize) -> Option<&str> {
        self.tokens.get(self.at + ahead).map(String::as_str)
    }

    fn run(mut self) -> Option<Parts> {
        while let Some(token) = self.token(0).map(str::to_owned) {
            if let Some(value) = number(&token) {
                self.number(&token, value)?;
            } else if is_weekday(&token) {
                self.parts.weekday = true;
            } else if let Some(month) = month(&token) {
                self.month(month)?;
            } else if let Some(pm) = afternoon(&token) {
                let hour = self.parts.hour.filter(|hour| !self.has_ampm && *hour <= 12);
                match hour {
                    Some(hour) => {
                        self.parts.hour = Some(twelve_hours(hour, pm));
                        self.has_ampm = true;
                    }
                    // `a` and `p` are also no jumps: without a fitting hour they are an error.
                    None => return None,
                }
            } else if self.could_be_zone(&token) {
                self.zone(token);
            } else if self.parts.hour.is_some() && (token == "+" || token == "-") {
                self.offset(if token == "+" { 1 } else { -1 })?;
            } else if !is_jump(&token) {
                return None;
            }
            self.at += 1;
        }
        self.finish()
    }

    fn finish(mut self) -> Option<Parts> {
        let (year, month, day) = self.ymd.resolve()?;
        let unsigned = |n: Option<i32>| n.map(u32::try_from).transpose().ok();
        self.parts.year = year.map(|year| if year < 100 && !self.ymd.has_century { full_year(year) } else { year });
        self.parts.month = unsigned(month)?;
        self.parts.day = unsigned(day)?;
        let zone = self.parts.zone.as_deref();
        if zone.is_some_and(is_utc_name) && self.parts.offset != Some(0) {
            self.parts.offset = Some(0);
        }
        Some(self.parts)
    }

    fn could_be_zone(&self, token: &str) -> bool {
        self.parts.hour.is_some()
            && self.parts.zone.is_none()
            && self.parts.offset.is_none()
            && token.len() <= 5
            && (token.bytes().all(|b| b.is_ascii_uppercase()) || is_utc_name(token))
    }

    fn zone(&mut self, token: String) {
        self.parts.offset = is_utc_name(&token).then_some(0);
        // `GMT+3` means "my time plus 3 is GMT".
        let flipped = match self.token(1) {
            Some("+") => Some("-"),
            Some("-") => Some("+"),
            _ => None,
        };
        self.parts.zone = Some(token);
        if let Some(flipped) = flipped {
            let next = self.at + 1;
            self.tokens[next] = flipped.to_owned();
            self.parts.offset = None;
            if self.parts.zone.as_deref().is_some_and(is_utc_name) {
                self.parts.zone = None;
            }
        }
    }

    fn offset(&mut self, sign: i32) -> Option<()> {
        let digits = self.token(1).filter(|digits| is_digits(digits))?.to_owned();
        let (hours, minutes) = match digits.len() {
            4 => (digits[..2].parse::<i32>().ok()?, digits[2..].parse::<i32>().ok()?),
            _ if self.token(2) == Some(":") => {
                let minutes = self.token(3).filter(|digits| is_digits(digits))?.parse::<i32>().ok()?;
                self.at += 2;
                (digits.parse::<i32>().ok()?, minutes)
            }
            1 | 2 => (digits.parse::<i32>().ok()?, 0),
            _ => return None,
        };
        self.at += 1;
        let total = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
        self.parts.offset = Some(sign * total);
        Some(())
    }

    /// Reads what follows the name of a month: `Jan-01`, `Jan-01-99`, `Jan of 01`.
    fn month(&mut self, month: u32) -> Option<()> {
        self.ymd.push_month(month)?;
        match (self.token(1), self.token(2), self.token(3), self.token(4)) {
            (Some(sep @ ("-" | "/")), other, next, last) => {
                let (sep, other) = (sep.to_owned(), other?.to_owned());
                let last = last.map(str::to_owned);
                let more = next == Some(sep.as_str());
                self.ymd.push(&other)?;
                if more {
                    self.ymd.push(&last?)?;
                    self.at += 2;
                }
                self.at += 2;
            }
            (Some(" "), Some(of), Some(" "), Some(year)) if of.eq_ignore_ascii_case("of") => {
                if is_digits(year) {
                    let full = full_year(year.parse().ok()?).to_string();
                    self.ymd.push_year(&full)?;
                }
                self.at += 4;
            }
            _ => {}
        }
        Some(())
    }

    fn number(&mut self, token: &str, value: f64) -> Option<()> {
        let length = token.len();
        let before_dot = token.find('.').unwrap_or(length);
        let next = self.token(1).map(str::to_owned);
        let next = next.as_deref();
        let no_time_next = next.is_none_or(|next| next != ":" && time_unit(next).is_none());
        let part = |range: std::ops::Range<usize>| token.get(range).and_then(|text| text.parse::<u32>().ok());
        if self.ymd.values.len() == 3 && (length == 2 || length == 4) && self.parts.hour.is_none() && no_time_next {
            self.parts.hour = Some(part(0..2)?);
            if length == 4 {
                self.parts.minute = Some(part(2..4)?);
            }
        } else if length == 6 || (length > 6 && before_dot == 6) {
            if self.ymd.values.is_empty() && !token.contains('.') {
                for range in [0..2, 2..4, 4..6] {
                    self.ymd.push(&token[range])?;
                }
            } else {
                self.parts.hour = Some(part(0..2)?);
                self.parts.minute = Some(part(2..4)?);
                self.seconds(token.get(4..)?)?;
            }
        } else if matches!(length, 8 | 12 | 14) && is_digits(token) {
            self.ymd.push_year(&token[..4])?;
            self.ymd.push(&token[4..6])?;
            self.ymd.push(&token[6..8])?;
            if length > 8 {
                self.parts.hour = Some(part(8..10)?);
                self.parts.minute = Some(part(10..12)?);
            }
            if length > 12 {
                self.parts.second = Some(part(12..14)?);
            }
        } else if let Some((skip, unit)) = self.unit_of_number() {
            self.assign(value, token, unit)?;
            self.at += skip;
        } else if next == Some(":") && self.token(2).is_some() {
            self.clock(value)?;
        } else if let Some(sep @ ("-" | "/" | ".")) = next {
            self.separated(token, &sep.to_owned())?;
        } else if next.is_none_or(is_jump) {
            match self.token(2).and_then(afternoon) {
                Some(pm) => {
                    self.parts.hour = Some(twelve_hours(whole(value)?, pm));
                    self.at += 1;
                }
                None => self.ymd.push_value(value)?,
            }
            self.at += 1;
        } else if let Some(pm) = next.and_then(afternoon).filter(|_| (0.0..24.0).contains(&value)) {
            self.parts.hour = Some(twelve_hours(whole(value)?, pm));
            self.at += 1;
        } else if self.ymd.could_be_day(value) {
            self.ymd.push_value(value)?;
        } else {
            return None;
        }
        Some(())
    }

    /// Returns the unit a number has: after it, after a space, or the one below the unit two tokens before.
    fn unit_of_number(&self) -> Option<(usize, usize)> {
        if let Some(unit) = self.token(1).and_then(time_unit) {
            return Some((1, unit));
        }
        if self.token(1) == Some(" ") && let Some(unit) = self.token(2).and_then(time_unit) {
            return Some((2, unit));
        }
        let before = |back: usize| self.at.checked_sub(back).and_then(|at| self.tokens.get(at)).map(String::as_str);
        let unit = match before(1).and_then(time_unit) {
            Some(unit) => Some(unit),
            None if before(1) == Some(" ") && self.at + 1 == self.tokens.len() => before(2).and_then(time_unit),
            None => None,
        };
        unit.map(|unit| (0, unit + 1))
    }

    fn assign(&mut self, value: f64, token: &str, unit: usize) -> Option<()> {
        match unit {
            0 => {
                self.parts.hour = Some(whole(value)?);
                if value.fract() != 0.0 {
                    self.parts.minute = Some(whole((60.0 * value.fract()).trunc())?);
                }
            }
            1 => self.minutes(value)?,
            2 => self.seconds(token)?,
            _ => {}
        }
        Some(())
    }

    fn minutes(&mut self, value: f64) -> Option<()> {
        self.parts.minute = Some(whole(value)?);
        if value.fract() != 0.0 {
            self.parts.second = Some(whole((60.0 * value.fract()).trunc())?);
        }
        Some(())
    }

    fn seconds(&mut self, token: &str) -> Option<()> {
        let (seconds, fraction) = token.split_once('.').unwrap_or((token, ""));
        self.parts.second = Some(seconds.parse().ok()?);
        let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
        self.parts.micros = Some(digits.parse().ok()?);
        Some(())
    }

    /// Reads `HH:MM` or `HH:MM:SS`.
    fn clock(&mut self, value: f64) -> Option<()> {
        self.parts.hour = Some(whole(value)?);
        let minute = number(self.token(2)?)?;
        self.minutes(minute)?;
        if self.token(3) == Some(":") && let Some(seconds) = self.token(4).map(str::to_owned) {
            self.seconds(&seconds)?;
            self.at += 2;
        }
        self.at += 2;
        Some(())
    }

    /// Reads the members of a date after its first: `01-02-2015`, `2-Jan-2015`.
    fn separated(&mut self, first: &str, sep: &str) -> Option<()> {
        self.ymd.push(first)?;
        let member = |token: Option<&str>| token.map(str::to_owned);
        if let Some(second) = member(self.token(2)).filter(|second| !is_jump(second)) {
            match month(&second) {
                _ if is_digits(&second) => self.ymd.push(&second)?,
                Some(month) => self.ymd.push_month(month)?,
                None => return None,
            }
            if self.token(3) == Some(sep) {
                let third = member(self.token(4))?;
                match month(&third) {
                    Some(month) => self.ymd.push_month(month)?,
                    None => self.ymd.push(&third)?,
                }
                self.at += 2;
            }
            self.at += 1;
        }
        self.at += 1;
        Some(())
    }
}

fn full_year(year: i32) -> i32 {
    if year >= 100 {
        return year;
    }
    CENTURY_START + (year - CENTURY_START).rem_euclid(100)
}

fn twelve_hours(hour: u32, pm: bool) -> u32 {
    match (hour, pm) {
        (hour, true) if hour < 12 => hour + 12,
        (12, false) => 0,
        _ => hour,
    }
}

fn whole(value: f64) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, and Python truncates too")]
    (0.0..1e9).contains(&value).then_some(value as u32)
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn read(text: &str) -> String {
        match parse(text) {
            Ok(Some(moment)) => moment.iso(),
            Ok(None) => "incomplete".to_owned(),
            Err(_) => "error".to_owned(),
        }
    }

    #[test]
    fn reads_dates_as_people_write_them() {
        for (text, iso) in [
            ("2015-01-02", "2015-01-02T00:00:00"),
            ("2015-01-02T03:04:05Z", "2015-01-02T03:04:05+00:00"),
            ("2015-01-02T03:04:05.678901-05:30", "2015-01-02T03:04:05.678901-05:30"),
            ("2015-01-02 03:04 UTC", "2015-01-02T03:04:00+00:00"),
            ("20150102T030405Z", "2015-01-02T03:04:05+00:00"),
            ("20150102", "2015-01-02T00:00:00"),
            ("01/02/2015", "2015-01-02T00:00:00"),
            ("13/02/2015", "2015-02-13T00:00:00"),
            ("1/2/15 5:00", "2015-01-02T05:00:00"),
            ("2 Jan 2015", "2015-01-02T00:00:00"),
            ("Jan 2, 2015", "2015-01-02T00:00:00"),
            ("January 2 2015 3:04pm", "2015-01-02T15:04:00"),
            ("2-Jan-2015 12 am", "2015-01-02T00:00:00"),
            ("Fri, 02 Jan 2015 03:04:05 GMT", "2015-01-02T03:04:05+00:00"),
            ("2nd of January 2015", "2015-01-02T00:00:00"),
            ("2015.01.02 10h30m15.5s", "2015-01-02T10:30:15.500000"),
            ("2015-01-02 10:00 GMT+3", "2015-01-02T10:00:00-03:00"),
            ("99-01-02", "1999-01-02T00:00:00"),
            ("2015-01-02-03", "2015-01-02T03:00:00"),
        ] {
            assert_eq!(read(text), iso, "{text}");
        }
    }

    #[test]
    fn says_when_the_day_is_not_known() {
        for text in ["2015", "Jan 2015", "10:30", "December 4 16:30", "Friday", " 5 ", "5.5", "3 hours", "1.5 hours"] {
            assert_eq!(read(text), "incomplete", "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "", " ", "-", "hello", "2 days", "1 day 2 hours", "2015-13-02", "2015-02-30", "2015-01-02T24:00:00Z", "nan",
            "inf", "2015-06-30T23:59:60Z", "99:00:00", "0", "[]", "1 2 3 4", "12345678901234567890",
        ] {
            assert_eq!(read(text), "error", "{text}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn never_panics(text in "\\PC{0,24}", marks in "([0-9]{1,5}|[-:/., +]|jan|of|am|UTC|h|m|Z|t){0,10}") {
            let _ = parse(&text);
            let _ = parse(&marks);
        }
    }
}
