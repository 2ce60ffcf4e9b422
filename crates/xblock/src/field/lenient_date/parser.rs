//! From tokens to the parts of a moment.

use super::Parts;
use super::tokens::tokens;
use super::words::{
    afternoon, full_year, is_digits, is_jump, is_utc_name, is_weekday, month, number, time_unit,
    twelve_hours, whole,
};
use super::ymd::Ymd;

pub(super) struct Parser {
    tokens: Vec<String>,
    at: usize,
    ymd: Ymd,
    parts: Parts,
    has_ampm: bool,
}

impl Parser {
    pub(super) fn new(text: &str) -> Self {
        Parser { tokens: tokens(text), at: 0, ymd: Ymd::default(), parts: Parts::default(), has_ampm: false }
    }

    fn token(&self, ahead: usize) -> Option<&str> {
        self.tokens.get(self.at + ahead).map(String::as_str)
    }

    pub(super) fn run(mut self) -> Option<Parts> {
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
        self.parts.year =
            year.map(|year| if year < 100 && !self.ymd.has_century { full_year(year) } else { year });
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
        if self.ymd.values.len() == 3
            && (length == 2 || length == 4)
            && self.parts.hour.is_none()
            && no_time_next
        {
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
            self.separated(token, sep)?;
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
        if self.token(1) == Some(" ")
            && let Some(unit) = self.token(2).and_then(time_unit)
        {
            return Some((2, unit));
        }
        let before =
            |back: usize| self.at.checked_sub(back).and_then(|at| self.tokens.get(at)).map(String::as_str);
        let unit = match before(1).and_then(time_unit) {
            Some(unit) => Some(unit),
            None if before(1) == Some(" ") && self.at + 1 == self.tokens.len() => {
                before(2).and_then(time_unit)
            }
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
        if self.token(3) == Some(":")
            && let Some(seconds) = self.token(4).map(str::to_owned)
        {
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
