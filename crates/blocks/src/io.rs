//! Reading and writing OLX, by declaration.

use serde_json::Value;
use xblock::{Authored, BlockDecl, ChildElement, Fields, ReadInput, Scope, ViewError, field::FieldType};

/// Reads a block: attributes of declared fields, the body of types that have one, children of those that have
/// them.
pub(crate) fn read(decl: &BlockDecl, input: &ReadInput<'_>) -> Result<Authored, olx::OlxError> {
    let mut authored = Authored::default();
    for attribute in &input.element.attributes {
        let Some(field) = decl.field(&attribute.name).filter(|f| f.scope.is_authored()) else { continue };
        let text = || Value::from(attribute.value.as_str());
        let value = match field.ty {
            FieldType::String | FieldType::XmlString => text(),
            _ => serde_json::from_str(&attribute.value).unwrap_or_else(|_| text()),
        };
        authored.fields.insert(attribute.name.clone(), value);
    }
    match decl.block_type {
        "html" => drop(authored.fields.insert("data".to_owned(), input.element.inner_xml().into())),
        "problem" => drop(authored.fields.insert("data".to_owned(), input.element.outer_xml().into())),
        _ => {}
    }
    if decl.has_children {
        let children = input.element.child_elements().cloned();
        authored.children = children.map(|element| ChildElement { element }).collect();
    }
    Ok(authored)
}

/// Writes a block's `definition.xml`.
pub(crate) fn write(
    decl: &BlockDecl,
    fields: &Fields,
    includes: &[olx::Element],
) -> Result<String, ViewError> {
    let mut element = olx::Element::new(decl.block_type);
    for (name, value) in fields {
        if decl.field(name).is_some_and(|f| f.scope == Scope::Settings) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            element.set_attr(name, text);
        }
    }
    if let Some(data) = fields.get("data").and_then(Value::as_str) {
        element = element.with_text(data);
    }
    for include in includes {
        element = element.with_child(include.clone());
    }
    Ok(element.pretty_xml())
}
