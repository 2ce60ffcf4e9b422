//! Library-style keys: `lib`, `lb`, `lct`, `lib-collection` with and without a domain, and the keys of
//! pathways (opaque-keys §4-§6, §11.1).

use nom::Parser;
use nom::combinator::opt;

use super::{Mode, Parsed, colon, fault, part, read, until, uuid};
use crate::chars::{ASCII_PART, Class, LABEL, SLUG};
use crate::error::Reason;
use crate::form::{Form, Slot};
use crate::raw::{Draft, Raw};

/// A part that may end in one line feed, which belongs to it.
#[inline]
pub(super) fn line_part<'a>(expected: &'static str, class: Class) -> impl Fn(&'a str) -> Parsed<'a, &'a str> {
    move |input| match class.span(input) {
        0 => fault(input, expected),
        length => {
            let length = length + usize::from(input[length..].starts_with('\n'));
            Ok((&input[length..], &input[..length]))
        }
    }
}

/// A domain: labels with dots between them, lower case, not an IP address (opaque-keys §11.1).
pub(crate) fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        let within = |c: char| c == '-' || LABEL.span(c.encode_utf8(&mut [0; 4])) == 1;
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(within)
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    text.contains('.')
        && text.len() <= 253
        && text.split('.').all(label)
        && !last.bytes().all(|byte| byte.is_ascii_digit())
}

fn domain(input: &str) -> Parsed<'_, &str> {
    let (rest, found) = until(':')(input)?;
    if is_domain(found) { Ok((rest, found)) } else { fault(input, "a domain name") }
}

/// What follows the slug of a library in a key.
#[derive(Clone, Copy, PartialEq)]
enum Tail {
    Nothing,
    Id(&'static str),
    TypeAndId(&'static str, &'static str),
}

/// The parts of a key after its namespace and domain.
struct Parts<'a> {
    org: &'a str,
    slug: &'a str,
    kind: Option<&'a str>,
    id: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn draft(self, form: Form, domain: Option<&'a str>) -> Draft<'a> {
        Draft::new(form)
            .with(Slot::Org, self.org)
            .with(Slot::SLUG, self.slug)
            .with(Slot::DOMAIN, domain)
            .with(Slot::Type, self.kind)
            .with(Slot::Id, self.id)
    }
}

/// A library and its tail. `partly` reads a part.
fn parts<'a, P>(tail: Tail, partly: fn(&'static str, Class) -> P) -> impl Fn(&'a str) -> Parsed<'a, Parts<'a>>
where
    P: Fn(&'a str) -> Parsed<'a, &'a str>,
{
    move |input| {
        let (rest, org) = partly("an organisation", ASCII_PART)(input)?;
        let (rest, ()) = colon(rest)?;
        let (rest, slug) = partly("a library slug", SLUG)(rest)?;
        match tail {
            Tail::Nothing => Ok((rest, Parts { org, slug, kind: None, id: None })),
            Tail::Id(id) => {
                let (rest, ()) = colon(rest)?;
                let (rest, id) = partly(id, SLUG)(rest)?;
                Ok((rest, Parts { org, slug, kind: None, id: Some(id) }))
            }
            Tail::TypeAndId(kind, id) => {
                let (rest, ()) = colon(rest)?;
                let (rest, kind) = partly(kind, ASCII_PART)(rest)?;
                let (rest, ()) = colon(rest)?;
                let (rest, id) = partly(id, SLUG)(rest)?;
                Ok((rest, Parts { org, slug, kind: Some(kind), id: Some(id) }))
            }
        }
    }
}

/// No part holds a colon, so the number of parts says whether a domain comes first.
fn key(whole: &str, text: &str, form: Form, tail: Tail, mode: Mode) -> Result<Raw, Reason> {
    let local = match read(whole, text, parts(tail, line_part)) {
        Ok(parts) => return Ok(parts.draft(form, None).finish(whole)),
        Err(reason) => reason,
    };
    let colons = match tail {
        Tail::Nothing => 1,
        Tail::Id(_) => 2,
        Tail::TypeAndId(..) => 3,
    };
    if mode == Mode::Reference || text.matches(':').count() != colons + 1 {
        return Err(local);
    }
    let (domain, (), parts) = read(whole, text, (domain, colon, parts(tail, part)))?;
    Ok(parts.draft(form, Some(domain)).finish(whole))
}

/// `lib:`.
pub(super) fn library(whole: &str, text: &str, mode: Mode) -> Result<Raw, Reason> {
    key(whole, text, Form::Library, Tail::Nothing, mode)
}

/// `lb:`.
pub(super) fn block(whole: &str, text: &str, mode: Mode) -> Result<Raw, Reason> {
    let tail = Tail::TypeAndId("a block type", "a block id");
    key(whole, text, Form::LibraryBlock, tail, mode)
}

/// `lct:`.
pub(super) fn container(whole: &str, text: &str, mode: Mode) -> Result<Raw, Reason> {
    let tail = Tail::TypeAndId("a container type", "a container id");
    key(whole, text, Form::Container, tail, mode)
}

/// `lib-collection:`.
pub(super) fn collection(whole: &str, text: &str, mode: Mode) -> Result<Raw, Reason> {
    key(whole, text, Form::Collection, Tail::Id("a collection id"), mode)
}

/// `lx-pathway:`.
pub(super) fn pathway(whole: &str, text: &str) -> Result<Raw, Reason> {
    Ok(Draft::new(Form::Pathway).with(Slot::UUID, read(whole, text, uuid)?).finish(whole))
}

/// `lx-pb:`. The child may be anything without a colon, and empty.
pub(super) fn pathway_block(whole: &str, text: &str) -> Result<Raw, Reason> {
    let block_type = line_part("a block type", ASCII_PART);
    let id = line_part("a block id", SLUG);
    let child = opt((colon, until(':')).map(|((), child)| child));
    let (uuid, (), block_type, (), id, child) =
        read(whole, text, (uuid, colon, block_type, colon, id, child))?;
    Ok(Draft::new(Form::PathwayBlock)
        .with(Slot::UUID, uuid)
        .with(Slot::Type, block_type)
        .with(Slot::Id, id)
        .with(Slot::CHILD, child)
        .finish(whole))
}
