//! `video`: sources, tracks and YouTube ids are attributes and children at once (xblock-core §5, §6).

use olx::{Element, OlxError};
use serde_json::{Map, Value, json};
use xblock::field::{FieldType, FieldValue, deserialize_field};
use xblock::{Authored, BlockDecl, Fields};

use super::value::{authored_field, convert, field_error, is_stripped, legacy_text};
use super::{Mode, Source, Stored, WriteError};

/// The speeds that have a video of their own, and the fields with their ids.
const SPEEDS: [(&str, &str); 4] = [
    ("0.75", "youtube_id_0_75"),
    ("1.00", "youtube_id_1_0"),
    ("1.25", "youtube_id_1_25"),
    ("1.50", "youtube_id_1_5"),
];

pub(super) fn read(decl: &BlockDecl, source: &Source<'_>) -> Result<Authored, OlxError> {
    let element = source.element;
    let mut authored = Authored::default();
    read_children(element, &mut authored.fields);
    let mut unknown = Map::new();
    for attribute in &element.attributes {
        let name = match attribute.name.as_str() {
            "from" => "start_time",
            "to" => "end_time",
            name => name,
        };
        match (name, authored_field(decl, name)) {
            // `source` was replaced by `<source>` long ago; the id and the name are the file's.
            ("source" | "name", _) => {}
            ("youtube", _) => read_youtube(element, &attribute.value, &mut authored.fields),
            (name, _) if is_stripped(name) => {}
            (name, Some(field)) => {
                let value = convert(field.ty, deserialize_field(field.ty, &attribute.value))
                    .map_err(|error| field_error(element, name, &error))?;
                authored.fields.insert(name.to_owned(), value);
            }
            (name, None) if decl.field(name).is_some() => {}
            (name, None) => {
                unknown.insert(name.to_owned(), attribute.value.as_str().into());
            }
        }
    }
    if element.attr("download_track").is_none() && element.find("track").is_some() {
        authored.fields.insert("download_track".to_owned(), true.into());
    }
    apply_policy(decl, source, &mut authored.fields, &mut unknown)?;
    if source.mode == Mode::V1
        && let Some(id) = authored.fields.get_mut("edx_video_id")
    {
        *id = id.as_str().unwrap_or_default().trim().into();
    }
    if !unknown.is_empty() {
        authored.fields.insert("xml_attributes".to_owned(), Value::Object(unknown));
    }
    Ok(authored)
}

fn read_children(element: &Element, fields: &mut Fields) {
    let src = |child: &Element| child.attr("src").map_or(Value::Null, Value::from);
    let all = |name: &'static str| element.child_elements().filter(move |child| child.name == name);
    let sources: Vec<Value> = all("source").map(src).collect();
    if !sources.is_empty() {
        fields.insert("html5_sources".to_owned(), Value::Array(sources));
    }
    for name in ["track", "handout"] {
        if let Some(child) = element.find(name) {
            fields.insert(name.to_owned(), src(child));
        }
    }
    let transcripts: Map<String, Value> = all("transcript")
        .filter_map(|child| Some((child.attr("language")?.to_owned(), src(child))))
        .collect();
    if !transcripts.is_empty() {
        fields.insert("transcripts".to_owned(), Value::Object(transcripts));
    }
}

/// Reads `speed:id` pairs; bad ones are skipped. With sources of its own, a block without ids has no default video.
fn read_youtube(element: &Element, text: &str, fields: &mut Fields) {
    let mut ids: Map<String, Value> =
        SPEEDS.iter().map(|(speed, _)| ((*speed).to_owned(), "".into())).collect();
    for pair in text.split(',') {
        let mut parts = pair.split(':');
        let speed = parts.next().and_then(|speed| speed.trim().parse::<f64>().ok());
        if let (Some(speed), Some(id)) = (speed, parts.next()) {
            ids.insert(format!("{speed:.2}"), deserialize_field(FieldType::String, id).to_stored());
        }
    }
    let has_sources = element.find("source").is_some();
    for (speed, field) in SPEEDS {
        let id = ids.remove(speed).unwrap_or_default();
        if has_sources || !matches!(id.as_str(), None | Some("")) {
            fields.insert(field.to_owned(), id);
        }
    }
}

fn apply_policy(
    decl: &BlockDecl,
    source: &Source<'_>,
    fields: &mut Fields,
    unknown: &mut Map<String, Value>,
) -> Result<(), OlxError> {
    for (name, value) in source.policy.into_iter().flatten() {
        match authored_field(decl, name) {
            Some(field) => {
                let value = convert(field.ty, FieldValue::from_json(value))
                    .map_err(|error| field_error(source.element, name, &error))?;
                fields.insert(name.clone(), value);
            }
            None => {
                unknown.insert(name.clone(), value.clone());
            }
        }
    }
    Ok(())
}

/// Returns the element with what the settings alone would not say: ids, sources, tracks, transcripts.
pub(super) fn definition(decl: &BlockDecl, stored: &Stored<'_>) -> Result<Element, WriteError> {
    let fields = stored.fields;
    let mut element = Element::new(decl.block_type);
    let effective = |name: &str| match fields.get(name) {
        Some(value) => value.clone(),
        None => decl.field(name).map_or(Value::Null, |field| field.default.to_json()),
    };
    let ids = SPEEDS.iter().filter_map(|(speed, field)| match effective(field).as_str() {
        None | Some("") => None,
        Some(id) => Some(format!("{speed}:{id}")),
    });
    let youtube = ids.collect::<Vec<_>>().join(",");
    if !youtube.is_empty() {
        element.set_attr("youtube", youtube);
    }
    if let (Mode::V1, Some(url_name)) = (stored.mode, stored.url_name) {
        element.set_attr("url_name", url_name);
    }
    if let Some(sub) = fields.get("sub").filter(|sub| !matches!(sub.as_str(), None | Some(""))) {
        element.set_attr("sub", legacy_text("sub", sub)?);
    }
    let child = |name: &str, src: &Value| match src.as_str() {
        Some(src) => Element::new(name).with_attr("src", src),
        None => Element::new(name),
    };
    for source in fields.get("html5_sources").and_then(Value::as_array).into_iter().flatten() {
        element = element.with_child(child("source", source));
    }
    for name in ["track", "handout"] {
        if let Some(src) = fields.get(name).filter(|src| !matches!(src.as_str(), None | Some(""))) {
            element = element.with_child(child(name, src));
        }
    }
    if let Some(Value::Object(transcripts)) = fields.get("transcripts").filter(|all| all != &&json!({})) {
        let mut sorted: Vec<(&String, &Value)> = transcripts.iter().collect();
        sorted.sort_by_key(|(language, _)| language.as_str());
        if transcripts.contains_key("en") {
            element.set_attr("sub", "");
        }
        let map: Map<String, Value> = sorted.iter().map(|(l, src)| ((*l).clone(), (*src).clone())).collect();
        element.set_attr("transcripts", legacy_text("transcripts", &Value::Object(map))?);
        for (language, src) in sorted {
            let mut transcript = Element::new("transcript").with_attr("language", language);
            if let Some(src) = src.as_str() {
                transcript.set_attr("src", src);
            }
            element = element.with_child(transcript);
        }
    }
    if let Some(license) = fields.get("license").and_then(Value::as_str).filter(|license| !license.is_empty())
    {
        element.set_attr("license", license);
    }
    Ok(element)
}
