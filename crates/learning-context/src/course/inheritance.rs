//! Values that course blocks take from their ancestors (xblock-core §13).

use std::sync::Arc;

use olx::Element;
use xblock::{
    Fields,
    field::{FieldType, deserialize_field},
};

/// The fields that are inherited, with the type that reads their attribute.
pub const INHERITABLE: &[(&str, FieldType)] = &[
    ("graded", FieldType::Boolean),
    ("start", FieldType::Date),
    ("due", FieldType::Date),
    ("relative_weeks_due", FieldType::Integer),
    ("visible_to_staff_only", FieldType::Boolean),
    ("course_edit_method", FieldType::String),
    ("giturl", FieldType::String),
    ("xqa_key", FieldType::String),
    ("graceperiod", FieldType::Timedelta),
    ("group_access", FieldType::Dict),
    ("showanswer", FieldType::String),
    ("show_correctness", FieldType::String),
    ("rerandomize", FieldType::String),
    ("days_early_for_beta", FieldType::Float),
    ("static_asset_path", FieldType::String),
    ("use_latex_compiler", FieldType::Boolean),
    ("max_attempts", FieldType::Integer),
    ("matlab_api_key", FieldType::String),
    ("user_partitions", FieldType::List),
    ("video_speed_optimizations", FieldType::Boolean),
    ("video_auto_advance", FieldType::Boolean),
    ("video_bumper", FieldType::Dict),
    ("show_reset_button", FieldType::Boolean),
    ("edxnotes", FieldType::Boolean),
    ("in_entrance_exam", FieldType::Boolean),
    ("self_paced", FieldType::Boolean),
    ("hide_from_toc", FieldType::Boolean),
];

/// Set on a course, what it passes on comes before what libraries set themselves, for blocks used through references
/// (unit-composition §4.1). Passed on like the fields, so that a chapter can say otherwise.
pub const INHERITED_OVER_LIBRARY: &str = "inherited_over_library";

/// When a course ends: not inherited as a field, but problems without a deadline close then (capa §10).
const COURSE_END: (&str, FieldType) = ("end", FieldType::Date);

/// Returns what the children of a block inherit: what the block inherits, with the values it sets itself
/// (policy over attributes over its `<meta>`) on top. Shared with the block where it sets none.
pub(super) fn passed_on(inherited: &Arc<Fields>, element: &Element, policy: Option<&Fields>) -> Arc<Fields> {
    let meta = element.find("meta").and_then(|meta| serde_json::from_str::<Fields>(&meta.text()).ok());
    let option = [(INHERITED_OVER_LIBRARY, FieldType::Boolean)];
    let end = Some(&COURSE_END).filter(|_| element.name == "course");
    let own = INHERITABLE.iter().chain(&option).chain(end).filter_map(|&(name, ty)| {
        let value = match policy.and_then(|policy| policy.get(name)) {
            Some(value) => value.clone(),
            None => match element.attr(name) {
                Some(text) => deserialize_field(ty, text).to_stored(),
                None => meta.as_ref()?.get(name)?.clone(),
            },
        };
        Some((name.to_owned(), value))
    });
    let mut own = own.peekable();
    if own.peek().is_none() {
        return Arc::clone(inherited);
    }
    let mut all = (**inherited).clone();
    all.extend(own);
    Arc::new(all)
}

#[cfg(test)]
mod tests {
    use olx::{Document, Limits};
    use serde_json::{Value, json};

    use super::*;

    fn element(text: &str) -> Element {
        Document::parse(text, &Limits::default()).unwrap().root
    }

    fn fields(value: Value) -> Fields {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn only_explicit_inheritable_values_are_passed_on() {
        let course = Arc::new(fields(json!({"showanswer": "never", "graded": true})));
        let plain = passed_on(&course, &element("<chapter display_name='x' format='Exam'/>"), None);
        assert!(Arc::ptr_eq(&plain, &course));

        let policy = fields(json!({"graded": false, "display_name": "p"}));
        let chapter = element(
            r#"<chapter graded="true" max_attempts="3" start="&quot;2020-01-01&quot;" xqa_key="7"/>"#,
        );
        let below = passed_on(&course, &chapter, Some(&policy));
        let expected = json!({"showanswer": "never", "graded": false, "max_attempts": 3, "start": "2020-01-01", "xqa_key": "7"});
        assert_eq!(Value::Object((*below).clone()), expected);
    }

    #[test]
    fn the_end_of_a_course_is_passed_on_and_that_of_nothing_else() {
        let below =
            passed_on(&Arc::default(), &element(r#"<course end="&quot;2030-01-01T00:00:00Z&quot;"/>"#), None);
        assert_eq!(Value::Object((*below).clone()), json!({"end": "2030-01-01T00:00:00Z"}));
        assert!(passed_on(&Arc::default(), &element(r#"<chapter end="x"/>"#), None).is_empty());
    }

    #[test]
    fn meta_counts_least() {
        let chapter =
            element(r#"<chapter graded="true"><meta>{"graded": false, "due": "x"}</meta></chapter>"#);
        let below = passed_on(&Arc::default(), &chapter, None);
        assert_eq!(Value::Object((*below).clone()), json!({"graded": true, "due": "x"}));
    }

    #[test]
    fn the_table_is_that_of_the_field_vectors() {
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/fields.json");
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("skipped: the field vectors are not beside this checkout");
            return;
        };
        let vectors: Value = serde_json::from_str(&text).unwrap();
        let mixin = vectors["mixins"]["InheritanceMixin"].as_array().unwrap();
        let settings = mixin.iter().filter(|field| field["scope"] == "settings");
        let expected: Vec<_> = settings
            .map(|field| {
                let ty = field["type"].as_str().unwrap();
                (
                    field["name"].as_str().unwrap(),
                    if ty == "UserPartitionList" { "List" } else { ty }.to_owned(),
                )
            })
            .collect();
        let table: Vec<_> = INHERITABLE.iter().map(|(name, ty)| (*name, format!("{ty:?}"))).collect();
        assert_eq!(table, expected);
    }
}
