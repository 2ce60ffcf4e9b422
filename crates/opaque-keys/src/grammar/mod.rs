//! The grammars: from text to fields, with nom.

pub(crate) mod aside;
pub(crate) mod course;
pub(crate) mod definition;
pub(crate) mod lib_ref;
pub(crate) mod library;

pub(crate) use definition::block_type;
use nom::error::{ErrorKind, ParseError};
use nom::{IResult, Parser};

use crate::chars::Class;
use crate::error::Reason;
use crate::raw::Raw;

/// Which texts are read: those of the reference only, or our extensions too (opaque-keys §11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Reference,
    Extended,
}

/// Where a parser stopped and what it wanted there.
#[derive(Debug)]
pub(crate) struct Fault<'a> {
    rest: &'a str,
    expected: &'static str,
}

impl<'a> ParseError<&'a str> for Fault<'a> {
    fn from_error_kind(rest: &'a str, _: ErrorKind) -> Self {
        Self { rest, expected: "another character" }
    }

    fn append(_: &'a str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

pub(crate) type Parsed<'a, T> = IResult<&'a str, T, Fault<'a>>;

/// Stops here, wanting something else.
pub(crate) fn fault<'a, T>(rest: &'a str, expected: &'static str) -> Parsed<'a, T> {
    Err(nom::Err::Error(Fault { rest, expected }))
}

/// One or more characters of a class.
#[inline]
pub(crate) fn part<'a>(expected: &'static str, class: Class) -> impl Fn(&'a str) -> Parsed<'a, &'a str> {
    move |input| match class.span(input) {
        0 => fault(input, expected),
        length => Ok((&input[length..], &input[..length])),
    }
}

/// The given text.
pub(crate) fn literal<'a>(text: &'static str) -> impl Fn(&'a str) -> Parsed<'a, ()> {
    move |input| match input.strip_prefix(text) {
        Some(rest) => Ok((rest, ())),
        None => fault(input, text),
    }
}

/// A colon. The commonest mark of all, so it has a parser of its own.
#[inline]
pub(crate) fn colon(input: &str) -> Parsed<'_, ()> {
    match input.as_bytes() {
        [b':', ..] => Ok((&input[1..], ())),
        _ => fault(input, ":"),
    }
}

/// Everything up to the next `stop`, or to the end.
pub(crate) fn until<'a>(stop: char) -> impl Fn(&'a str) -> Parsed<'a, &'a str> {
    move |input| {
        let length = input.find(stop).unwrap_or(input.len());
        Ok((&input[length..], &input[..length]))
    }
}

/// A UUID in its canonical form: lower case, 8-4-4-4-12.
pub(crate) fn uuid(input: &str) -> Parsed<'_, &str> {
    let well_formed = input.get(..36).is_some_and(|text| {
        text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
    });
    if well_formed { Ok((&input[36..], &input[..36])) } else { fault(input, "a lower-case UUID") }
}

/// Runs a parser over all of `body`, the end of `whole`.
pub(crate) fn read<'a, T>(
    whole: &str,
    body: &'a str,
    mut parser: impl Parser<&'a str, Output = T, Error = Fault<'a>>,
) -> Result<T, Reason> {
    let stopped = |rest: &str, expected| Reason::Expected {
        expected,
        at: whole.len() - rest.len(),
        found: rest.chars().next(),
    };
    match parser.parse(body) {
        Ok(("", value)) => Ok(value),
        Ok((rest, _)) => Err(stopped(rest, "the end")),
        Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => Err(stopped(fault.rest, fault.expected)),
        Err(nom::Err::Incomplete(_)) => Err(stopped("", "more text")),
    }
}

/// Splits a text at its first colon.
fn namespace(input: &str) -> Result<(&str, &str), Reason> {
    // Namespaces are short: a plain loop beats a search.
    let length = input.bytes().position(|byte| byte == b':').ok_or(Reason::NoNamespace)?;
    Ok((&input[..length], &input[length + 1..]))
}

/// Reads a key of a learning context.
pub(crate) fn context(input: &str, mode: Mode) -> Result<Raw, Reason> {
    let read = || match namespace(input)? {
        ("lib", body) => library::library(input, body, mode),
        ("course-v1" | "slashes", body) => course::course(input, body),
        ("library-v1", body) => course::legacy_library(input, body),
        ("ccx-v1", body) => course::ccx(input, body),
        ("lx-pathway", body) => library::pathway(input, body),
        (other, _) => Err(Reason::namespace(other, "learning contexts")),
    };
    read().or_else(|reason| course::slash_course(input).ok_or(reason))
}

/// Reads a key of a usage. `levels` is the number of keys around it.
pub(crate) fn usage(input: &str, mode: Mode, levels: usize) -> Result<Raw, Reason> {
    match namespace(input)? {
        ("lb", body) => library::block(input, body, mode),
        ("block-v1", body) => course::block(input, body),
        ("lb-ref", body) if mode == Mode::Extended => lib_ref::lib_ref(input, body, levels),
        ("lx-pb", body) => library::pathway_block(input, body),
        ("lib-block-v1", body) => course::legacy_library_block(input, body),
        ("ccx-block-v1", body) => course::ccx_block(input, body),
        ("location", body) => course::location(input, body),
        ("aside-usage-v1", body) => aside::usage_v1(input, body, levels),
        ("aside-usage-v2", body) => aside::usage_v2(input, body, levels),
        ("i4x", _) => course::i4x(input),
        (other, _) => Err(Reason::namespace(other, "usages")),
    }
}

/// Reads a key of a definition. `levels` is the number of keys around it.
pub(crate) fn definition(input: &str, levels: usize) -> Result<Raw, Reason> {
    match namespace(input)? {
        ("def-v1", body) => definition::mongo(input, body),
        ("bundle-olx", body) => definition::bundle(input, body),
        ("aside-def-v1", body) => aside::definition_v1(input, body, levels),
        ("aside-def-v2", body) => aside::definition_v2(input, body, levels),
        (other, _) => Err(Reason::namespace(other, "definitions")),
    }
}

/// Reads a key of an asset.
pub(crate) fn asset(input: &str) -> Result<Raw, Reason> {
    if input.starts_with("/c4x/") {
        return course::c4x(input);
    }
    match namespace(input)? {
        ("asset-v1", body) => course::asset(input, body),
        (other, _) => Err(Reason::namespace(other, "assets")),
    }
}

/// Reads a key of a collection.
pub(crate) fn collection(input: &str, mode: Mode) -> Result<Raw, Reason> {
    match namespace(input)? {
        ("lib-collection", body) => library::collection(input, body, mode),
        (other, _) => Err(Reason::namespace(other, "collections")),
    }
}

/// Reads a key of a container.
pub(crate) fn container(input: &str, mode: Mode) -> Result<Raw, Reason> {
    match namespace(input)? {
        ("lct", body) => library::container(input, body, mode),
        (other, _) => Err(Reason::namespace(other, "containers")),
    }
}
