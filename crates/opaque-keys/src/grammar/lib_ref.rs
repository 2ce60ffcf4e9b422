//! `lb-ref:`: a library block used through a reference block (unit-composition §3, opaque-keys §11.3).

use nom::Parser;
use nom::combinator::{opt, recognize};
use nom::multi::many0_count;

use super::{Mode, Parsed, colon, fault, literal, part, read, usage};
use crate::chars::{ASCII_PART, SLUG};
use crate::error::Reason;
use crate::form::{Form, Slot};
use crate::raw::{Draft, Raw};

/// The most bytes of an `lb-ref:` key.
pub(crate) const MAX_BYTES: usize = 2048;
/// How many `lb-ref:` keys may be inside each other, the outermost included.
const MAX_LEVELS: usize = 4;

fn usage_id(input: &str) -> Parsed<'_, &str> {
    part("a block id", SLUG)(input)
}

/// An ordinal of 2 or more, without leading zeros.
fn ordinal(input: &str) -> Parsed<'_, &str> {
    let length = input.find(|c: char| !c.is_ascii_digit()).unwrap_or(input.len());
    let (digits, rest) = input.split_at(length);
    let accepted = !digits.starts_with('0') && digits.parse::<u32>().is_ok_and(|number| number >= 2);
    if accepted { Ok((rest, digits)) } else { fault(input, "an ordinal of 2 or more") }
}

/// Block ids from the outermost in, then which occurrence this is.
pub(crate) fn path(input: &str) -> Parsed<'_, &str> {
    let child = (literal("~"), usage_id);
    recognize((usage_id, many0_count(child), opt((literal("!"), ordinal)))).parse(input)
}

/// What a tail does not begin with: course names may hold colons, so a whole key would read as a strange body.
const NAMESPACES: [&str; 9] = [
    "block-v1:",
    "lib-block-v1:",
    "ccx-block-v1:",
    "location:",
    "lb:",
    "lx-pb:",
    "lb-ref:",
    "aside-usage-v1:",
    "aside-usage-v2:",
];

/// Reads the tail: the body of a `block-v1:` key, or `NAMESPACE=` and the body of another usage key.
fn reference(tail: &str, levels: usize) -> Result<Raw, Reason> {
    if NAMESPACES.iter().any(|namespace| tail.starts_with(namespace)) {
        return Err(Reason::Unsuitable(
            "a namespace is left out before the body of a block-v1 key, or followed by =",
        ));
    }
    let text = match tail.split_once('=') {
        None => format!("block-v1:{tail}"),
        Some(("block-v1", _)) => return Err(Reason::NotCanonical),
        Some((namespace, body)) => format!("{namespace}:{body}"),
    };
    let reference = usage(&text, Mode::Extended, levels)?;
    refuse_unsuitable(&reference)?;
    if reference.text() == text { Ok(reference) } else { Err(Reason::NotCanonical) }
}

/// Refuses what a reference block can not be: old, an aside, or at a version.
pub(crate) fn refuse_unsuitable(reference: &Raw) -> Result<(), Reason> {
    match reference.form() {
        Form::CourseBlock | Form::LegacyLibraryBlock | Form::CcxBlock | Form::Location => {
            if reference.get(Slot::Branch).is_some() || reference.get(Slot::Version).is_some() {
                return Err(Reason::Unsuitable("a reference block is named without branch and version"));
            }
        }
        Form::LibraryBlock | Form::PathwayBlock | Form::LibRef => {}
        _ => return Err(Reason::Unsuitable("a key of this kind can not be a reference block")),
    }
    if reference.text().contains('\n') {
        return Err(Reason::Unsuitable("the key of a reference block has no line feeds"));
    }
    Ok(())
}

/// Reads what follows `lb-ref:`. `levels` is the number of keys around it.
pub(super) fn lib_ref(whole: &str, text: &str, levels: usize) -> Result<Raw, Reason> {
    if whole.len() > MAX_BYTES {
        return Err(Reason::TooLong { limit: MAX_BYTES });
    }
    if levels >= MAX_LEVELS {
        return Err(Reason::TooDeep { limit: MAX_LEVELS });
    }
    let tail = |rest| match rest {
        "" => fault(rest, "the key of a reference block"),
        _ => Ok(("", rest)),
    };
    let slug = part("a library slug", SLUG);
    let block_type = part("a block type", ASCII_PART);
    let parser = (slug, colon, block_type, colon, path, colon, tail);
    let (slug, (), block_type, (), path, (), tail) = read(whole, text, parser)?;
    let reference = reference(tail, levels + 1).map_err(Reason::inside)?;
    Ok(Draft::new(Form::LibRef)
        .with(Slot::SLUG, slug)
        .with(Slot::Type, block_type)
        .with(Slot::Id, path)
        .with(Slot::TAIL, tail)
        .around(reference)
        .finish(whole))
}
