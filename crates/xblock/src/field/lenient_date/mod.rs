//! Dates as people write them, read the way Python's `dateutil` reads them (month first, fuzziness off).
//!
//! Authored content is read once and kept, so nothing here depends on the day it is read: what a date leaves out is
//! left out, and a two-digit year is one of 1976 to 2075.

mod parser;
mod tokens;
mod words;
mod ymd;

use super::FieldError;
use super::moment::{Date, DateTime};
use parser::Parser;

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
    let (hour, minute, second) =
        (parts.hour.unwrap_or(0), parts.minute.unwrap_or(0), parts.second.unwrap_or(0));
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
        for text in
            ["2015", "Jan 2015", "10:30", "December 4 16:30", "Friday", " 5 ", "5.5", "3 hours", "1.5 hours"]
        {
            assert_eq!(read(text), "incomplete", "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "",
            " ",
            "-",
            "hello",
            "2 days",
            "1 day 2 hours",
            "2015-13-02",
            "2015-02-30",
            "2015-01-02T24:00:00Z",
            "nan",
            "inf",
            "2015-06-30T23:59:60Z",
            "99:00:00",
            "0",
            "[]",
            "1 2 3 4",
            "12345678901234567890",
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
