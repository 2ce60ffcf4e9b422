//! The attributes of one start tag.

use super::chars::{self, BadReference};
use crate::{Attribute, codes};

/// An error inside a tag: the byte offset from the start of the attributes, code and message.
pub(super) type TagError = (usize, &'static str, String);

/// Parses what stands between the name of a start tag and its end.
pub(super) fn parse(raw: &str, limit: usize) -> Result<Vec<Attribute>, TagError> {
    let mut attributes = Vec::new();
    let mut at = 0;
    loop {
        let gap = raw[at..].len() - raw[at..].trim_start_matches([' ', '\t', '\n', '\r']).len();
        let start = at + gap;
        if start == raw.len() {
            return Ok(attributes);
        }
        if gap == 0 {
            return Err((start, codes::MALFORMED, "expected white space between attributes".to_owned()));
        }
        if attributes.len() == limit {
            let message = format!("more than {limit} attributes in one element");
            return Err((start, codes::TOO_MANY_ATTRIBUTES, message));
        }
        let (attribute, end) = parse_one(raw, start)?;
        attributes.push(attribute);
        at = end;
    }
}

/// Parses one `name="value"` and returns it with the offset after it.
fn parse_one(raw: &str, start: usize) -> Result<(Attribute, usize), TagError> {
    let rest = &raw[start..];
    let name_end = rest.find(['=', ' ', '\t', '\n', '\r', '"', '\'']).unwrap_or(rest.len());
    let name = &rest[..name_end];
    if !chars::is_name(name) || chars::split_name(name).is_none() {
        return Err((start, codes::MALFORMED, format!("`{name}` is not an attribute name")));
    }
    let no_value = || (start, codes::MALFORMED, format!("attribute `{name}` has no quoted value"));
    let value = rest[name_end..]
        .trim_start_matches([' ', '\t', '\n', '\r'])
        .strip_prefix('=')
        .ok_or_else(no_value)?;
    let value = value.trim_start_matches([' ', '\t', '\n', '\r']);
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or_else(no_value)?;
    let value = &value[1..];
    let length = value.find(quote).ok_or_else(no_value)?;
    let value_start = raw.len() - value.len();
    let value =
        decode_value(name, &value[..length]).map_err(|(offset, code, m)| (value_start + offset, code, m))?;
    Ok((Attribute { name: name.to_owned(), value }, value_start + length + 1))
}

/// Decodes references and turns literal white space into spaces, as XML prescribes for attributes.
fn decode_value(name: &str, raw: &str) -> Result<String, TagError> {
    let mut value = String::with_capacity(raw.len());
    let mut at = 0;
    while let Some(found) = raw[at..].find(['&', '<', '\t', '\n', '\r']) {
        value.push_str(&raw[at..at + found]);
        at += found;
        match raw.as_bytes()[at] {
            b'<' => return Err((at, codes::MALFORMED, format!("`<` in the value of attribute `{name}`"))),
            b'&' => {
                let Some(length) = raw[at..].find(';') else {
                    return Err((
                        at,
                        codes::MALFORMED,
                        format!("`&` without `;` in the value of attribute `{name}`"),
                    ));
                };
                let reference = &raw[at + 1..at + length];
                value.push(
                    chars::decode_reference(reference).map_err(|bad| reference_error(at, reference, bad))?,
                );
                at += length + 1;
            }
            white => {
                value.push(' ');
                at += if white == b'\r' && raw[at..].starts_with("\r\n") { 2 } else { 1 };
            }
        }
    }
    value.push_str(&raw[at..]);
    Ok(value)
}

/// Returns the error for a reference that cannot be decoded.
pub(super) fn reference_error(offset: usize, reference: &str, bad: BadReference) -> TagError {
    let shown: String = reference.chars().take(40).collect();
    match bad {
        BadReference::Undefined if chars::is_name(reference) => {
            let message = format!("entity `&{shown};` is not defined; write the character or its number");
            (offset, codes::UNDEFINED_ENTITY, message)
        }
        BadReference::Undefined => {
            (offset, codes::MALFORMED, "`&` that starts no reference; write `&amp;`".to_owned())
        }
        BadReference::NotACharacter => (offset, codes::MALFORMED, format!("`&{shown};` is not a character")),
    }
}
