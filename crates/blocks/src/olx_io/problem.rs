//! `problem`: the whole element is its content (xblock-core §4.2, §5).

use olx::{Document, Element, Limits, OlxError};
use serde_json::Value;
use xblock::{Authored, BlockDecl, Fields, Scope};

use super::{Mode, WriteError, plain};

pub(super) fn read(decl: &BlockDecl, element: &Element) -> Result<Authored, OlxError> {
    let mut authored = Authored::default();
    authored.fields.insert("data".to_owned(), pretty(element).into());
    plain::attributes(decl, element, Mode::V2, &mut authored)?;
    Ok(authored)
}

/// Returns the element printed as the reference keeps it, without CDATA sections.
pub(super) fn pretty(element: &Element) -> String {
    let mut element = element.clone();
    element.merge_cdata();
    element.pretty_xml()
}

/// Removes the attributes that are settings fields: they are stored as fields, not in the content.
pub(super) fn remove_settings(decl: &BlockDecl, element: &mut Element) {
    let is_setting = |name: &str| decl.field(name).is_some_and(|field| field.scope == Scope::Settings);
    element.attributes.retain(|attribute| !is_setting(&attribute.name));
}

/// Returns the stored content as an element, without settings.
pub(super) fn definition(decl: &BlockDecl, fields: &Fields) -> Result<Element, WriteError> {
    let default = decl.field("data").map_or(Value::Null, |field| field.default.to_json());
    let data = fields.get("data").unwrap_or(&default).as_str().unwrap_or_default();
    let document = Document::parse(data, &Limits::default())
        .map_err(|source| WriteError::Markup { field: "data".to_owned(), source })?;
    let mut element = document.root;
    element.merge_cdata();
    remove_settings(decl, &mut element);
    Ok(element)
}
