//! `fields`: how values are converted (a file of lines), or which fields the types declare (one document).

use std::path::Path;

use anyhow::{Context, bail};
use blocks::decl;
use serde_json::Value;
use xblock::field::{FieldError, FieldType, FieldValue, deserialize_field, serialize_field};
use xblock::{BlockDecl, CompletionMode, FieldDecl};

use super::encoding::{decode, same};
use super::{Options, Outcome, Row, json_lines, text};

pub(super) fn run(file: &Path, options: &Options) -> anyhow::Result<Outcome> {
    if file.extension().is_some_and(|extension| extension == "json") {
        let document =
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        return declarations(&serde_json::from_str(&document)?, options);
    }
    let mut outcome = Outcome::default();
    for row in json_lines(file)? {
        let (ty, op) = (text(&row, "type")?, text(&row, "op")?);
        let expected = if row["ok"] == true { Ok(decode(&row["value"])?) } else { Err(text(&row, "error")?) };
        let got = convert(ty, op, &row["input"])?;
        let mut compared = outcome.row();
        let agrees = match (&expected, &got) {
            (Ok(expected), Ok(got)) => same(expected, got) || same_text(op, &row["input"], expected, got),
            // The class of an error is advisory (xblock-core §15).
            (Err(_), Err(_)) => true,
            _ => false,
        };
        if !agrees {
            compared.differs(
                format!("{ty} {op} {}", row["input"]),
                format!("{expected:?}"),
                format!("{got:?}"),
            );
        }
    }
    Ok(outcome)
}

fn convert(ty: &str, op: &str, input: &Value) -> anyhow::Result<Result<FieldValue, FieldError>> {
    let value = decode(input)?;
    if op == "serialize_field" {
        return Ok(serialize_field(&value).map(FieldValue::Text));
    }
    let ty = field_type(ty)?;
    let text = || value.as_text().with_context(|| format!("{op} of {input}, which is no text"));
    Ok(match op {
        "from_string" => ty.from_string(text()?),
        "deserialize_field" => Ok(deserialize_field(ty, text()?)),
        "from_json" => ty.from_json(value),
        "enforce_type" => ty.enforce(value),
        "to_json" => ty.to_json(&value),
        "to_string" => ty.to_string(&value),
        other => bail!("there is no operation {other}"),
    })
}

fn field_type(name: &str) -> anyhow::Result<FieldType> {
    Ok(match name {
        "String" => FieldType::String,
        "XMLString" => FieldType::XmlString,
        "Integer" => FieldType::Integer,
        "Float" => FieldType::Float,
        "Boolean" => FieldType::Boolean,
        "List" => FieldType::List,
        "Dict" => FieldType::Dict,
        "Set" => FieldType::Set,
        "Date" => FieldType::Date,
        "DateTime" => FieldType::DateTime,
        "Timedelta" => FieldType::Timedelta,
        "RelativeTime" => FieldType::RelativeTime,
        "ScoreField" => FieldType::Score,
        "ListScoreField" => FieldType::ListScore,
        "Any" => FieldType::Any,
        "Reference" => FieldType::Reference,
        "ReferenceList" => FieldType::ReferenceList,
        "ReferenceValueDict" => FieldType::ReferenceValueDict,
        "Randomization" => FieldType::Randomization,
        // Kinds of the platform that are stored as these.
        "TextbookList" | "CourseTabList" | "UserPartitionList" => FieldType::List,
        "TeamsConfigField" => FieldType::Dict,
        "ProctoringProvider" | "EmailString" => FieldType::String,
        other => bail!("there is no field type {other}"),
    })
}

/// Compares printed JSON. The file sorts the keys of its inputs, so the order in which the printed ones come is not
/// known: objects may differ in it, and in nothing else.
fn same_text(op: &str, input: &Value, expected: &FieldValue, got: &FieldValue) -> bool {
    let (Some(expected), Some(got)) = (expected.as_text(), got.as_text()) else { return false };
    let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
    op == "serialize_field"
        && has_order(input)
        && expected.len() == got.len()
        && parse(expected).is_some_and(|expected| Some(expected) == parse(got))
}

fn has_order(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.len() > 1 || map.values().any(has_order),
        Value::Array(items) => items.iter().any(has_order),
        _ => false,
    }
}

fn declarations(document: &Value, options: &Options) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let blocks = document["blocks"].as_object().context("no blocks")?;
    for (name, block) in blocks.iter().filter(|(name, _)| options.wants(name)) {
        let Some(decl) = decl::find(name) else { continue };
        block_traits(&mut outcome.row(), decl, block)?;
        for field in block["fields"].as_array().context("a block without fields")? {
            let mut row = outcome.row();
            let field_name = text(field, "name")?;
            match decl.field(field_name) {
                None => row.differs(format!("{name}.{field_name}"), "a declaration", "none"),
                Some(ours) => field_traits(&mut row, name, ours, field)?,
            }
        }
    }
    Ok(outcome)
}

fn block_traits(row: &mut Row<'_>, decl: &BlockDecl, block: &Value) -> anyhow::Result<()> {
    let completion = match decl.completion_mode {
        CompletionMode::Completable => "completable",
        CompletionMode::Aggregator => "aggregator",
        CompletionMode::Excluded => "excluded",
    };
    // Some names and modes carry a remark after a space.
    let word = |member: &str| text(block, member).map(|text| text.split(' ').next().unwrap_or_default());
    for (what, expected, got) in [
        ("class", word("class")?.to_owned(), decl.class_name.to_owned()),
        ("completion_mode", word("completion_mode")?.to_owned(), completion.to_owned()),
        ("has_children", block["has_children"].to_string(), decl.has_children.to_string()),
    ] {
        if expected != got {
            row.differs(format!("{} {what}", decl.block_type), expected, got);
        }
    }
    if block["source"] == "introspected" {
        let expected = (block["has_score"].as_bool().unwrap_or(false), text(block, "icon_class")?);
        let got = (decl.has_score, decl.icon_class);
        if expected != got {
            row.differs(
                format!("{} score and icon", decl.block_type),
                format!("{expected:?}"),
                format!("{got:?}"),
            );
        }
    }
    Ok(())
}

fn field_traits(row: &mut Row<'_>, block: &str, ours: &FieldDecl, field: &Value) -> anyhow::Result<()> {
    let mut compare = |what: &str, expected: String, got: String| {
        if expected != got {
            row.differs(format!("{block}.{} {what}", ours.name), expected, got);
        }
    };
    compare("type", format!("{:?}", field_type(text(field, "type")?)?), format!("{:?}", ours.ty));
    compare("scope", text(field, "scope")?.to_owned(), ours.scope.name().to_owned());
    let default = &field["default"];
    let is_platform_setting =
        default.as_object().is_some_and(|map| map.keys().any(|key| key.starts_with('$')));
    if !is_platform_setting {
        let (expected, got) = (decode(default)?, FieldValue::from_json(&ours.default.to_json()));
        let float = |value: &FieldValue| FieldType::Float.from_json(value.clone());
        let equal = same(&expected, &got)
            || (ours.ty == FieldType::Float && float(&expected).is_ok() && float(&expected) == float(&got));
        if !equal {
            compare("default", default.to_string(), ours.default.to_json().to_string());
        }
    }
    // Only what was read by running the classes says the rest.
    if field.get("enforce_type").is_some() {
        for (what, got) in [
            ("enforce_type", ours.enforce_type),
            ("xml_node", ours.xml_node),
            ("force_export", ours.force_export),
            ("none_to_xml", ours.none_to_xml),
        ] {
            compare(what, field[what].to_string(), got.to_string());
        }
        let shown = ours.display_name.map_or(Value::Null, Value::from);
        compare("display_name", field["display_name"].to_string(), shown.to_string());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_declare_the_fields_of_the_vectors() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors/fields.json");
        if !file.exists() {
            eprintln!("skipped: there are no vectors beside the project");
            return;
        }
        let outcome = run(&file, &Options::default()).expect("a readable file");
        let shown: Vec<String> = outcome.mismatches.iter().map(ToString::to_string).collect();
        assert!(outcome.passed > 200 && shown.is_empty(), "{shown:#?}");
    }

    #[test]
    fn conversions_are_compared_by_kind_and_value() {
        let value = |json: Value| decode(&json).expect("a value");
        use serde_json::json;
        assert!(same(&value(json!({"$float": "nan"})), &value(json!({"$float": "nan"}))));
        assert!(same(&value(json!({"$set": [1, 2]})), &value(json!({"$set": [2, 1]}))));
        assert!(!same(&value(json!({"$float": "1.0"})), &value(json!(1))));
        assert!(!same(&value(json!({"$float": "-0.0"})), &value(json!({"$float": "0.0"}))));
        assert!(!same(&value(json!([1, 2])), &value(json!([2, 1]))));
        let moment = value(json!({"$datetime": "2015-01-02T03:04:05.678901+02:00"}));
        assert_eq!(serialize_field(&moment).ok().as_deref(), Some("2015-01-02T03:04:05.678901+02:00"));
        assert!(decode(&json!({"$unheard": 1})).is_err());
    }
}
