//! The plain form: attributes and option elements set fields, other elements are children (xblock-core §4.1, §5).

use olx::{Element, OlxError, codes};
use serde_json::Value;
use xblock::field::{FieldType, FieldValue};
use xblock::{Authored, BlockDecl, ChildElement, FieldDecl, Scope};

use super::value::{authored_field, field_error, is_stripped, store, unknown_attribute};
use super::{Mode, Stored, WriteError};

const FAMILY: &str = "xblock-family";
const ASIDE_FAMILY: &str = "xblock_asides.v1";
const OPTION_NAMESPACE: &str = "http://code.edx.org/xblock/option";
const BLOCK_NAMESPACE: &str = "http://code.edx.org/xblock/block";

pub(super) fn read(decl: &BlockDecl, element: &Element, mode: Mode) -> Result<Authored, OlxError> {
    let mut authored = Authored::default();
    for child in element.child_elements() {
        if let Some(name) = child.option_name() {
            option(decl, child, name, &mut authored)?;
        } else if child.attr(FAMILY) == Some(ASIDE_FAMILY) {
            // Asides are off in this runtime; an aside is no child.
        } else if decl.has_children {
            authored.children.push(ChildElement { element: child.clone() });
        } else {
            let message = format!("a {} block has no children, but holds <{}>", decl.block_type, child.name);
            return Err(OlxError::at(child.position, codes::CONTENT, message));
        }
    }
    attributes(decl, element, mode, &mut authored)?;
    let content = element.text();
    if decl.field("content").is_some_and(|field| field.scope == Scope::Content) && !content.trim().is_empty()
    {
        authored.fields.insert("content".to_owned(), content.into());
    }
    Ok(authored)
}

/// Reads an option element; an empty one is null for text and an error for all else.
fn option(decl: &BlockDecl, element: &Element, name: &str, authored: &mut Authored) -> Result<(), OlxError> {
    let Some(field) = decl.field(name) else {
        authored.problems.push(unknown_attribute(element, name));
        return Ok(());
    };
    let text = element.text();
    let is_text = matches!(field.ty, FieldType::String | FieldType::XmlString | FieldType::Randomization);
    if text.is_empty() && !is_text {
        let message = format!("the option {name} is empty");
        return Err(OlxError::at(element.position, codes::FIELD, message));
    }
    let read = field.ty.from_string(&text).map_err(|error| field_error(element, name, &error))?;
    let is_null = element.attr("none") == Some("true") || text.is_empty();
    let value = if is_null { FieldValue::Null } else { read };
    if field.scope.is_authored() {
        let stored = store(field.ty, &value).map_err(|error| field_error(element, name, &error))?;
        authored.fields.insert(name.to_owned(), stored);
    }
    Ok(())
}

/// Reads attributes whose text is typed as YAML; those that name no field are dropped and reported.
pub(super) fn attributes(
    decl: &BlockDecl,
    element: &Element,
    mode: Mode,
    authored: &mut Authored,
) -> Result<(), OlxError> {
    for attribute in &element.attributes {
        let name = attribute.name.as_str();
        match authored_field(decl, name) {
            Some(field) => {
                let value = field.ty.from_string(&attribute.value).and_then(|value| store(field.ty, &value));
                let value = value.map_err(|error| field_error(element, name, &error))?;
                authored.fields.insert(name.to_owned(), value);
            }
            None if is_stripped(name) && mode != Mode::XBlock => {}
            None if name == FAMILY || name.starts_with("xmlns") || name == "url_name" => {}
            None => authored.problems.push(unknown_attribute(element, name)),
        }
    }
    Ok(())
}

pub(super) fn write(decl: &BlockDecl, stored: &Stored<'_>) -> Result<Element, WriteError> {
    let mut element = Element::new(decl.block_type).with_attr(FAMILY, "xblock.v1");
    let mut fields: Vec<&FieldDecl> = decl.fields.iter().filter(|field| field.scope.is_authored()).collect();
    // The class order of the reference is that of the names.
    fields.sort_by_key(|field| field.name);
    for field in fields {
        let value = match stored.fields.get(field.name) {
            Some(value) => value.clone(),
            None if field.force_export => field.default.to_json(),
            None => continue,
        };
        write_field(&mut element, field, &value)?;
    }
    for child in stored.children {
        element = element.with_child(child.clone());
    }
    Ok(element)
}

fn write_field(element: &mut Element, field: &FieldDecl, stored: &Value) -> Result<(), WriteError> {
    let failed = |source| WriteError::Field { field: field.name.to_owned(), source };
    let value = field.ty.from_json(FieldValue::from_json(stored)).map_err(failed)?;
    let text = match field.ty.to_string(&value).map_err(failed)? {
        FieldValue::Text(text) => text,
        FieldValue::Null if field.none_to_xml => {
            let option = option_element(field.name).with_attr("none", "true");
            element.children.push(olx::Node::Element(option));
            return Ok(());
        }
        other => xblock::field::serialize_field(&other).map_err(failed)?,
    };
    if field.name == "content" {
        *element = std::mem::take(element).with_text(text);
    } else if field.xml_node {
        let option = option_element(field.name).with_text(text);
        element.children.push(olx::Node::Element(option));
    } else {
        element.set_attr(field.name, text);
    }
    Ok(())
}

fn option_element(name: &str) -> Element {
    Element::new(format!("option:{name}")).with_attr("xmlns:option", OPTION_NAMESPACE)
}

/// Prints a plain block as a document of its own, with declaration and namespaces at the root (xblock-core §5).
pub fn document(element: &Element) -> String {
    let mut root = Element::new(element.name.clone())
        .with_attr("xmlns:option", OPTION_NAMESPACE)
        .with_attr("xmlns:block", BLOCK_NAMESPACE);
    root.attributes.extend(element.attributes.iter().cloned());
    root.children.clone_from(&element.children);
    undeclare(&mut root.children);
    format!("<?xml version='1.0' encoding='UTF-8'?>\n{}", root.pretty_xml())
}

/// Removes declarations that the root makes for all.
fn undeclare(children: &mut [olx::Node]) {
    for node in children {
        if let olx::Node::Element(element) = node {
            if element.attr("xmlns:option") == Some(OPTION_NAMESPACE) {
                element.remove_attr("xmlns:option");
            }
            undeclare(&mut element.children);
        }
    }
}
