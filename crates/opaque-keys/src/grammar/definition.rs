//! Definitions and block types (opaque-keys §6).

use super::library::line_part;
use super::{colon, fault, literal, part, read, until, uuid};
use crate::chars::{ASCII_PART, HEX, ID, PATH, is_digit};
use crate::error::Reason;
use crate::form::{Form, PLAIN_FAMILY, Slot};
use crate::grammar::Parsed;
use crate::raw::{Draft, Raw};

/// The most digits of a bundle version.
const MAX_VERSION_DIGITS: usize = 4300;

/// `def-v1:`.
pub(super) fn mongo(whole: &str, text: &str) -> Result<Raw, Reason> {
    let parser = (part("24 hexadecimal digits", HEX), literal("+type@"), part("a block type", ID));
    let (id, (), block_type) = read(whole, text, parser)?;
    if id.len() != 24 {
        return Err(Reason::VersionGuid);
    }
    Ok(Draft::new(Form::MongoDefinition).with(Slot::UUID, id).with(Slot::Type, block_type).finish(whole))
}

/// A version number in canonical digits, or the name of a draft: anything that is not all digits.
fn version_or_draft(input: &str) -> Parsed<'_, &str> {
    let (rest, found) = until(':')(input)?;
    let accepted = if found.chars().all(is_digit) {
        let canonical = found == "0" || !found.starts_with('0');
        !found.is_empty()
            && canonical
            && found.len() <= MAX_VERSION_DIGITS
            && found.bytes().all(|byte| byte.is_ascii_digit())
    } else {
        true
    };
    if accepted { Ok((rest, found)) } else { fault(input, "a version number or the name of a draft") }
}

/// `bundle-olx:`.
pub(super) fn bundle(whole: &str, text: &str) -> Result<Raw, Reason> {
    let block_type = line_part("a block type", ASCII_PART);
    let parser = (uuid, colon, version_or_draft, colon, block_type, colon, line_part("a path", PATH));
    let (uuid, (), version, (), block_type, (), path) = read(whole, text, parser)?;
    Ok(Draft::new(Form::BundleDefinition)
        .with(Slot::UUID, uuid)
        .with(Slot::VERSION_OR_DRAFT, version)
        .with(Slot::Type, block_type)
        .with(Slot::Id, path)
        .finish(whole))
}

/// `block-type-v1:FAMILY:TYPE`, or the bare name of an XBlock type.
pub(crate) fn block_type(input: &str) -> Raw {
    let family_and_type = input.strip_prefix("block-type-v1:").and_then(|rest| rest.split_once(':'));
    match family_and_type {
        Some((PLAIN_FAMILY | "xmodule.v1", block_type)) => plain(block_type, input),
        Some((family, block_type)) => {
            Draft::new(Form::BlockType).with(Slot::Org, family).with(Slot::Type, block_type).finish(input)
        }
        None => plain(input, input),
    }
}

fn plain(block_type: &str, input: &str) -> Raw {
    Draft::new(Form::PlainBlockType).with(Slot::Type, block_type).finish(input)
}
