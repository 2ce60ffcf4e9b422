//! What single words and numbers mean.

/// The first year that two digits can mean.
const CENTURY_START: i32 = 1976;

pub(super) fn is_jump(token: &str) -> bool {
    [" ", ".", ",", ";", "-", "/", "'", "at", "on", "and", "ad", "m", "t", "of", "st", "nd", "rd", "th"]
        .contains(&token.to_lowercase().as_str())
}

pub(super) fn is_weekday(token: &str) -> bool {
    let token = token.to_lowercase();
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        .iter()
        .any(|day| token == *day || token == day[..3])
}

pub(super) fn month(token: &str) -> Option<u32> {
    let token = token.to_lowercase();
    let names = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let found = names
        .iter()
        .position(|name| token == *name || token == name[..3] || (token == "sept" && *name == "september"));
    found.and_then(|index| u32::try_from(index + 1).ok())
}

/// Returns 0 for hours, 1 for minutes, 2 for seconds.
pub(super) fn time_unit(token: &str) -> Option<usize> {
    match token.to_lowercase().as_str() {
        "h" | "hour" | "hours" => Some(0),
        "m" | "minute" | "minutes" => Some(1),
        "s" | "second" | "seconds" => Some(2),
        _ => None,
    }
}

/// Returns whether the token means afternoon, if it is am or pm.
pub(super) fn afternoon(token: &str) -> Option<bool> {
    match token.to_lowercase().as_str() {
        "am" | "a" => Some(false),
        "pm" | "p" => Some(true),
        _ => None,
    }
}

pub(super) fn is_utc_name(token: &str) -> bool {
    matches!(token, "UTC" | "GMT" | "Z" | "z")
}

/// Returns the number if Python's `float` reads the token, which holds no underscores or signs.
pub(super) fn number(token: &str) -> Option<f64> {
    token.parse().ok().filter(|_| token.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
}

pub(super) fn is_digits(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|b| b.is_ascii_digit())
}

pub(super) fn full_year(year: i32) -> i32 {
    if year >= 100 {
        return year;
    }
    CENTURY_START + (year - CENTURY_START).rem_euclid(100)
}

pub(super) fn twelve_hours(hour: u32, pm: bool) -> u32 {
    match (hour, pm) {
        (hour, true) if hour < 12 => hour + 12,
        (12, false) => 0,
        _ => hour,
    }
}

pub(super) fn whole(value: f64) -> Option<u32> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "in range, and Python truncates too"
    )]
    (0.0..1e9).contains(&value).then_some(value as u32)
}
