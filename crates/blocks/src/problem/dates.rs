//! Times in fields: when a problem closes and when it was answered.

use serde_json::Value;
use time::{
    Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::format_description,
};
use xblock::field::{FieldType, FieldValue};

/// Reads a date field; what is no date is none.
pub(super) fn moment(value: &Value) -> Option<OffsetDateTime> {
    if let Some(moment) = value.as_str().and_then(rfc3339) {
        return Some(moment);
    }
    match FieldType::Date.from_json(FieldValue::from_json(value)) {
        Ok(FieldValue::DateTime(moment)) => rfc3339(&moment.or_utc().iso()),
        _ => None,
    }
}

fn rfc3339(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// Reads a duration field, e.g. `2 days 1 hour`; what is no duration is none.
pub(super) fn duration(value: &Value) -> Option<Duration> {
    match FieldType::Timedelta.from_json(FieldValue::from_json(value)) {
        Ok(FieldValue::Timedelta(micros)) => i64::try_from(micros).ok().map(Duration::microseconds),
        _ => None,
    }
}

/// Returns the stored form of a date, in whole seconds UTC.
pub(super) fn stored(moment: OffsetDateTime) -> Value {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    // The format has only parts that every moment has.
    moment.to_offset(UtcOffset::UTC).format(format).map_or(Value::Null, Value::from)
}

/// Returns a duration in words, e.g. `1 hour 2 minutes 5 seconds`; parts that are zero are left out.
pub(super) fn in_words(duration: Duration) -> String {
    let total = duration.whole_seconds().max(0);
    let parts = [(total / 3600, "hour"), (total / 60 % 60, "minute"), (total % 60, "second")];
    let words: Vec<_> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, unit)| format!("{n} {unit}{}", if *n == 1 { "" } else { "s" }))
        .collect();
    if words.is_empty() { "0 seconds".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn reads_dates_as_stored_and_as_authors_write_them() {
        let expected = Some(datetime!(2030-01-02 03:04:05 UTC));
        assert_eq!(moment(&json!("2030-01-02T03:04:05Z")), expected);
        assert_eq!(moment(&json!("2030-01-02T04:04:05+01:00")), expected);
        assert_eq!(moment(&json!("January 2, 2030 03:04:05")), expected);
        assert_eq!(moment(&json!(null)), None);
        assert_eq!(moment(&json!(["x"])), None);
    }

    #[test]
    fn stored_dates_read_back() {
        let now = datetime!(2026-11-22 13:00:00.5 +01:00);
        assert_eq!(stored(now), json!("2026-11-22T12:00:00Z"));
        assert_eq!(moment(&stored(now)), Some(datetime!(2026-11-22 12:00:00 UTC)));
    }

    #[test]
    fn reads_durations_in_words() {
        assert_eq!(duration(&json!("1 day 2 hours")), Some(Duration::hours(26)));
        assert_eq!(duration(&json!("soon")), None);
        assert_eq!(duration(&json!(null)), None);
    }

    #[test]
    fn says_durations_in_words() {
        assert_eq!(in_words(Duration::seconds(3665)), "1 hour 1 minute 5 seconds");
        assert_eq!(in_words(Duration::seconds(120)), "2 minutes");
        assert_eq!(in_words(Duration::seconds(-1)), "0 seconds");
    }
}
