use num_bigint::BigInt;
use serde_json::json;

use super::{FieldErrorKind, FieldType, FieldValue, deserialize_field, json_text, serialize_field};

/// Reads attribute text and returns the stored JSON, or the kind of error.
fn stored(ty: FieldType, text: &str) -> Result<serde_json::Value, FieldErrorKind> {
    let value = ty.from_string(text).map_err(|error| error.kind)?;
    ty.to_json(&value).map(|json| json.to_stored()).map_err(|error| error.kind)
}

fn int(n: i64) -> FieldValue {
    FieldValue::Int(BigInt::from(n))
}

fn text(text: &str) -> FieldValue {
    FieldValue::Text(text.to_owned())
}

#[test]
fn attributes_become_stored_values() {
    use FieldErrorKind::{Overflow, Type, Value, Yaml};
    use FieldType as T;
    for (ty, text, expected) in [
        (T::String, "a\u{1}: [", Ok(json!("a: ["))),
        (T::Randomization, "false", Ok(json!("per_student"))),
        (T::Integer, "3.9", Ok(json!(3))),
        (T::Integer, "yes", Ok(json!(1))),
        (T::Integer, "'3.9'", Err(Value)),
        (T::Integer, ".inf", Err(Overflow)),
        (T::Integer, "[1]", Err(Type)),
        (T::Float, "1e3", Ok(json!(1000.0))),
        (T::Float, "", Ok(json!(null))),
        (T::Boolean, "on", Ok(json!(true))),
        (T::Boolean, "y", Ok(json!(false))),
        (T::Boolean, "", Ok(json!(false))),
        (T::List, "[a, {b: 1}]", Ok(json!(["a", {"b": 1}]))),
        (T::List, "a", Err(Type)),
        (T::Dict, "{1: a}", Ok(json!({"1": "a"}))),
        (T::Dict, "{", Err(Yaml)),
        (T::Set, "aba", Ok(json!(["a", "b"]))),
        (T::Set, "[[1]]", Err(Type)),
        (T::Date, "2015-01-02T03:04:05Z", Ok(json!("2015-01-02T03:04:05Z"))),
        (T::Date, "2015-01-02 03:04:05 -5", Ok(json!("2015-01-02T03:04:05-05:00"))),
        (T::Date, "2015-01-02", Err(Type)),
        (T::Date, "Jan 2015", Ok(json!(null))),
        (T::Date, "1000", Ok(json!("1970-01-01T00:00:01Z"))),
        (T::Date, "1e30", Err(Value)),
        (T::DateTime, "2015-01-02T03:04:05+02:00", Ok(json!("2015-01-02T01:04:05.000000"))),
        (T::DateTime, "90", Ok(json!(90.0))),
        (T::DateTime, "noon", Err(Value)),
        (T::Timedelta, "1 day 2 hours", Ok(json!("1 days 7200 seconds"))),
        (T::Timedelta, "2 hours 1 day", Ok(json!(null))),
        (T::Timedelta, "99999999999999999999 days", Err(Overflow)),
        (T::RelativeTime, "00:01:02", Ok(json!("00:01:02"))),
        (T::RelativeTime, "1:01:02", Err(Type)),
        (T::RelativeTime, "'24:00:00'", Err(Value)),
        (T::RelativeTime, "62.5", Ok(json!("0:01:02.500000"))),
        (T::Score, "{raw_earned: 1, raw_possible: 2}", Ok(json!({"raw_earned": 1, "raw_possible": 2}))),
        (T::Score, "{raw_earned: 3, raw_possible: 2}", Err(Value)),
        (T::Score, "{raw_earned: 1}", Err(Type)),
        (
            T::ListScore,
            "[{raw_earned: 1, raw_possible: 1}]",
            Ok(json!([{"raw_earned": 1, "raw_possible": 1}])),
        ),
        (T::Any, "12345678901234567890123", Ok(json!("12345678901234567890123"))),
        (T::Any, ".nan", Ok(json!("NaN"))),
    ] {
        assert_eq!(stored(ty, text), expected, "{ty:?} {text:?}");
    }
}

#[test]
fn values_become_attributes() {
    use FieldType as T;
    for (ty, value, expected) in [
        (T::String, text("a\"b"), text("a\"b")),
        (T::String, FieldValue::Null, FieldValue::Null),
        (T::Integer, int(5), text("5")),
        (T::Boolean, FieldValue::Null, text("null")),
        (T::Float, FieldValue::Float(1e16), text("1e+16")),
        (T::List, FieldValue::List(vec![int(1), text("\u{e9}")]), text("[\n  1,\n  \"\\u00e9\"\n]")),
        (T::Dict, FieldValue::Dict(vec![(FieldValue::Null, int(1))]), text("{\n  \"null\": 1\n}")),
        (T::Timedelta, FieldValue::Timedelta(-1_000_000), text("\"86399 seconds\"")),
        (T::DateTime, FieldValue::Timedelta(1_500_000), FieldValue::Float(1.5)),
        (T::RelativeTime, FieldValue::Timedelta(86_400_000_000), text("\"1 day, 0:00:00\"")),
    ] {
        assert_eq!(ty.to_string(&value), Ok(expected), "{ty:?} {value:?}");
    }
    let too_long = FieldType::RelativeTime.to_string(&FieldValue::Timedelta(86_400_000_001));
    assert_eq!(too_long.map_err(|error| error.kind), Err(FieldErrorKind::Value));
    let set = FieldType::Any.to_string(&FieldValue::Set(vec![int(1)]));
    assert_eq!(set.map_err(|error| error.kind), Err(FieldErrorKind::Type));
}

#[test]
fn the_legacy_rule_keeps_text_that_the_field_refuses_as_json() {
    for (ty, given, expected) in [
        (FieldType::String, "3.4", text("3.4")),
        (FieldType::String, "\"q\"", text("q")),
        (FieldType::String, "null", FieldValue::Null),
        (FieldType::Integer, "3", int(3)),
        (FieldType::Integer, "[3]", text("[3]")),
        (FieldType::Boolean, "True", text("True")),
        (FieldType::List, "[1]", FieldValue::List(vec![int(1)])),
        (FieldType::Date, "\"2015-01-02\"", text("2015-01-02")),
    ] {
        assert_eq!(deserialize_field(ty, given), expected, "{ty:?} {given:?}");
    }
    let moment = FieldType::Date.from_string("2015-01-02T03:04:05.5+02:00").unwrap();
    assert_eq!(serialize_field(&moment).unwrap(), "2015-01-02T03:04:05.500000+02:00");
    assert_eq!(
        serialize_field(&FieldValue::List(vec![moment])).unwrap(),
        "[\"2015-01-02T03:04:05.500+02:00\"]"
    );
    assert_eq!(serialize_field(&FieldValue::Timedelta(-61_000_000)).unwrap(), "\"-P0DT00H01M01S\"");
    assert_eq!(serialize_field(&text("a")).unwrap(), "a");
}

#[test]
fn enforcing_xml_wants_one_element() {
    let enforce = |xml: &str| FieldType::XmlString.enforce(text(xml)).map_err(|error| error.kind);
    assert_eq!(enforce("<a>x</a>"), Ok(text("<a>x</a>")));
    assert_eq!(enforce("<a/><b/>"), Err(FieldErrorKind::Xml));
    assert_eq!(FieldType::XmlString.enforce(FieldValue::Null), Ok(FieldValue::Null));
    assert_eq!(FieldType::RelativeTime.enforce(FieldValue::Null), Ok(FieldValue::Null));
}

#[test]
fn json_is_printed_as_python_prints_it() {
    let value = json!({"b": [1.0, "\u{1F600}"], "a": null});
    assert_eq!(json_text(&value), "{\"b\": [1.0, \"\\ud83d\\ude00\"], \"a\": null}");
}

#[test]
fn every_type_stores_what_it_reads_back() {
    use FieldType as T;
    for (ty, text) in [
        (T::Date, "2015-01-02T03:04:05Z"),
        (T::Timedelta, "2 days 3 seconds"),
        (T::RelativeTime, "'1:02:03'"),
        (T::Integer, "123456789012345678901234567890"),
        (T::Float, ".inf"),
        (T::Boolean, "off"),
        (T::Dict, "{a: [1, 2.5, null]}"),
        (T::Score, "{raw_earned: 0, raw_possible: 0}"),
    ] {
        let read = ty.from_string(text).unwrap();
        let kept = ty.to_json(&read).unwrap().to_stored();
        assert_eq!(ty.from_json(FieldValue::from_json(&kept)), Ok(read), "{ty:?} {text:?}");
    }
}
