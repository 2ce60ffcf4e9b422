//! The rules of course trees: attributes by the legacy rule, then `<meta>`, then the policy (xblock-core §4.3, §5).

use std::borrow::Cow;

use olx::{Document, Element, Limits, OlxError, codes};
use serde_json::{Map, Value, json};
use xblock::field::{FieldValue, deserialize_field};
use xblock::{Authored, BlockDecl, ChildElement, Fields, Scope};

use super::value::{authored_field, bad_value, convert, field_error, is_stripped, legacy_text};
use super::{Mode, Source, WriteError, html, pointer, problem};

pub(super) fn read(decl: &BlockDecl, source: &Source<'_>) -> Result<Authored, OlxError> {
    let mut authored = Authored::default();
    let (mut element, filename) = resolve_filename(decl, source)?;
    let mut unknown = Map::new();
    let mut metadata = read_attributes(decl, &element, &mut unknown);
    if decl.block_type != "html" {
        merge_meta(decl, &mut element, &mut metadata, &mut unknown);
    }
    apply_policy(decl, source.policy, &mut metadata, &mut unknown);
    match decl.block_type {
        "html" => {
            let data = match &filename {
                Filename::Body(_, _, body) => body.clone(),
                _ => html::inner(&element),
            };
            authored.fields.insert("data".to_owned(), data.into());
        }
        "problem" => {
            let mut content = element.clone().into_owned();
            problem::remove_settings(decl, &mut content);
            authored.fields.insert("data".to_owned(), problem::pretty(&content).into());
        }
        _ if decl.has_children => {
            authored.children =
                element.child_elements().map(|child| ChildElement { element: child.clone() }).collect();
        }
        _ => {}
    }
    for (name, value) in metadata {
        set(decl, &element, &name, value, &mut authored)?;
    }
    if source.mode == Mode::V1 {
        unknown.insert("filename".to_owned(), filename.entry(source.path));
    }
    if !unknown.is_empty() {
        authored.fields.insert("xml_attributes".to_owned(), Value::Object(unknown));
    }
    Ok(authored)
}

/// Stores a value the way the type does: `html` as it is, `problem` converted or refused, containers converted or
/// ignored, since a bad date must not hide a whole chapter.
fn set(
    decl: &BlockDecl,
    element: &Element,
    name: &str,
    value: FieldValue,
    authored: &mut Authored,
) -> Result<(), OlxError> {
    let Some(field) = authored_field(decl, name) else { return Ok(()) };
    let stored = match decl.block_type {
        "html" => value.to_stored(),
        _ => match convert(field.ty, value) {
            Ok(stored) => stored,
            Err(error) if decl.block_type == "problem" => return Err(field_error(element, name, &error)),
            Err(error) => {
                authored.problems.push(bad_value(element, name, &error));
                return Ok(());
            }
        },
    };
    authored.fields.insert(name.to_owned(), stored);
    Ok(())
}

/// Where a definition with a `filename` attribute was found.
enum Filename {
    None,
    /// Path and name of the file with the definition.
    Definition(String, String),
    /// Path and name of the file with the body, and the body.
    Body(String, String, String),
}

impl Filename {
    fn entry(&self, pointer: Option<&str>) -> Value {
        match (pointer, self) {
            (Some(path), _) => json!([path, path]),
            (None, Filename::None) => json!(["", null]),
            (None, Filename::Definition(path, name) | Filename::Body(path, name, _)) => json!([path, name]),
        }
    }
}

/// Follows the `filename` attribute of the 2012 layout.
fn resolve_filename<'e>(
    decl: &BlockDecl,
    source: &Source<'e>,
) -> Result<(Cow<'e, Element>, Filename), OlxError> {
    let element = source.element;
    let Some(name) = element.attr("filename").filter(|_| source.mode == Mode::V1) else {
        return Ok((Cow::Borrowed(element), Filename::None));
    };
    if decl.block_type == "html" {
        let own = pointer::path("html", source.url_name.unwrap_or_default(), "xml");
        let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = format!("{folder}/{name}.html");
        let (found, bytes) = body_paths(&path)
            .into_iter()
            .find_map(|path| source.files.read(&path).map(|bytes| (path, bytes)))
            .ok_or_else(|| missing(element, &path))?;
        let body = text(element, &found, &bytes)?.to_owned();
        return Ok((Cow::Borrowed(element), Filename::Body(path, name.to_owned(), body)));
    }
    let path = pointer::path(decl.block_type, name, "xml");
    let bytes = source.files.read(&path).ok_or_else(|| missing(element, &path))?;
    let document = Document::parse_without_blank_text(text(element, &path, &bytes)?, &Limits::default())
        .map_err(|error| error.in_file(&path))?;
    let mut definition = document.root;
    for attribute in &element.attributes {
        definition.set_attr(&attribute.name, attribute.value.clone());
    }
    Ok((Cow::Owned(definition), Filename::Definition(path, name.to_owned())))
}

/// Returns where the body of an `html` block may be: the path, and the path without its leading folders.
fn body_paths(path: &str) -> Vec<String> {
    let mut rest = path.strip_suffix(".html").filter(|rest| rest.ends_with(".html")).unwrap_or(path);
    let mut paths = Vec::new();
    while let Some((_, shorter)) = rest.split_once('/') {
        paths.push(rest.to_owned());
        rest = shorter;
    }
    let also_html = paths.iter().filter_map(|path| Some(path.strip_suffix(".xml")?.to_owned() + ".html"));
    let also_html: Vec<String> = also_html.collect();
    paths.extend(also_html);
    paths
}

fn missing(element: &Element, path: &str) -> OlxError {
    OlxError::at(element.position, codes::MISSING_FILE, format!("there is no file {path}"))
}

fn text<'b>(element: &Element, path: &str, bytes: &'b [u8]) -> Result<&'b str, OlxError> {
    let text = std::str::from_utf8(bytes).map_err(|_| {
        OlxError::at(element.position, codes::ENCODING, format!("the file {path} is not UTF-8"))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Returns the attributes that are fields, by the legacy rule; the others are kept as text in `unknown`.
fn read_attributes(
    decl: &BlockDecl,
    element: &Element,
    unknown: &mut Map<String, Value>,
) -> Vec<(String, FieldValue)> {
    let mut metadata = Vec::new();
    for attribute in element.attributes.iter().filter(|attribute| !is_stripped(&attribute.name)) {
        match decl.field(&attribute.name) {
            Some(field) => {
                metadata.push((attribute.name.clone(), deserialize_field(field.ty, &attribute.value)))
            }
            None => {
                unknown.insert(attribute.name.clone(), attribute.value.as_str().into());
            }
        }
    }
    metadata
}

/// Takes the `<meta>` child out of the element and merges the JSON object it holds.
fn merge_meta(
    decl: &BlockDecl,
    element: &mut Cow<'_, Element>,
    metadata: &mut Vec<(String, FieldValue)>,
    unknown: &mut Map<String, Value>,
) {
    let is_meta = |node: &olx::Node| node.as_element().is_some_and(|child| child.name == "meta");
    let Some(place) = element.children.iter().position(is_meta) else { return };
    let removed = element.to_mut().children.remove(place);
    let text = removed.as_element().map(Element::text).unwrap_or_default();
    if let Ok(Value::Object(entries)) = serde_json::from_str(&text) {
        apply_policy(decl, Some(&entries), metadata, unknown);
    }
}

fn apply_policy(
    decl: &BlockDecl,
    policy: Option<&Fields>,
    metadata: &mut Vec<(String, FieldValue)>,
    unknown: &mut Map<String, Value>,
) {
    for (name, value) in policy.into_iter().flatten() {
        if decl.field(name).is_some() {
            metadata.retain(|(other, _)| other != name);
            metadata.push((name.clone(), FieldValue::from_json(value)));
        } else {
            unknown.insert(name.clone(), value.clone());
        }
    }
}

/// Returns the element of a container.
pub(super) fn definition(decl: &BlockDecl, children: &[Element]) -> Element {
    children.iter().fold(Element::new(decl.block_type), |element, child| element.with_child(child.clone()))
}

/// Writes the settings that are set, in the order of their names, and the unknown attributes.
pub(super) fn with_settings(
    decl: &BlockDecl,
    fields: &Fields,
    mut element: Element,
) -> Result<Element, WriteError> {
    let mut settings: Vec<(&String, &Value)> = fields
        .iter()
        .filter(|(name, _)| decl.field(name).is_some_and(|field| field.scope == Scope::Settings))
        .filter(|(name, _)| !is_stripped(name))
        .filter(|(name, _)| decl.block_type != "video" || !is_written_by_video(name))
        .collect();
    settings.sort_by_key(|(name, _)| name.as_str());
    for (name, value) in settings {
        element.set_attr(name, legacy_text(name, value)?);
    }
    if let Some(Value::Object(unknown)) = fields.get("xml_attributes") {
        for (name, value) in unknown.iter().filter(|(name, _)| !is_stripped(name)) {
            element.set_attr(name, legacy_text(name, value)?);
        }
    }
    Ok(element)
}

fn is_written_by_video(name: &str) -> bool {
    matches!(name, "sub" | "transcripts")
}
