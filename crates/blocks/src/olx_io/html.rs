//! `html` in the learning-context runtime: its inner markup is its content (xblock-core §4.2, §5).

use olx::{Element, Node, OlxError};
use serde_json::Value;
use xblock::{Authored, BlockDecl, Fields};

use super::value::legacy_text;
use super::{Mode, WriteError, plain};

pub(super) fn read(decl: &BlockDecl, element: &Element) -> Result<Authored, OlxError> {
    let mut authored = Authored::default();
    authored.fields.insert("data".to_owned(), inner(element).into());
    plain::attributes(decl, element, Mode::V2, &mut authored)?;
    Ok(authored)
}

/// Returns the markup inside the element as the reference keeps it, without CDATA sections.
pub(super) fn inner(element: &Element) -> String {
    let mut element = element.clone();
    element.merge_cdata();
    element.inner_xml()
}

/// Writes the definition: the content as one CDATA section, and few attributes; the display name always.
pub(super) fn write(decl: &BlockDecl, fields: &Fields) -> Result<Element, WriteError> {
    let mut element = Element::new(decl.block_type);
    let default = decl.field("display_name").map_or(Value::Null, |field| field.default.to_json());
    let display_name = fields.get("display_name").unwrap_or(&default);
    if !matches!(display_name.as_str(), None | Some("")) {
        element.set_attr("display_name", legacy_text("display_name", display_name)?);
    }
    for (name, value) in fields {
        let is_sync = name.starts_with("upstream") || name.starts_with("downstream");
        let is_written = match name.as_str() {
            "editor" => true,
            "use_latex_compiler" => value == &Value::Bool(true),
            _ => is_sync,
        };
        if is_written && !value.is_null() {
            element.set_attr(name, legacy_text(name, value)?);
        }
    }
    let data = super::value::text(fields, "data").replace("]]>", "]]&gt;");
    element.children.push(Node::CData(data));
    Ok(element)
}
