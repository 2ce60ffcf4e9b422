//! Course-style keys: courses, custom courses and libraries of the first version, their blocks and assets,
//! with the forms older than namespaces (opaque-keys §4-§6).

use nom::Parser;
use nom::combinator::opt;

use super::{Fault, Parsed, fault, literal, part, read, until};
use crate::chars::{ANY_HEX, Class, HEX, ID, OLD, PERCENT_ID, is_decimal, same_fold};
use crate::error::Reason;
use crate::form::{Form, Slot};
use crate::raw::{Draft, Raw};

const NAMES: &str = "a name, or one of branch@, version@, type@, block@ in this order";

/// How the body of a form differs from that of a course.
#[derive(Debug, Clone, Copy)]
struct Dialect {
    /// Keywords and versions in any case, and a custom course number.
    ccx: bool,
    /// What a block id is made of.
    block: Class,
}

const PLAIN: Dialect = Dialect { ccx: false, block: ID };
const ASSET: Dialect = Dialect { ccx: false, block: PERCENT_ID };
const CCX: Dialect = Dialect { ccx: true, block: ID };

/// The segments of a body, as written.
#[derive(Debug, Clone, Copy)]
struct Body<'a> {
    names: Option<(&'a str, &'a str, Option<&'a str>)>,
    branch: Option<&'a str>,
    version: Option<&'a str>,
    ccx: Option<&'a str>,
    block_type: Option<&'a str>,
    block: Option<&'a str>,
}

impl<'a> Body<'a> {
    fn draft(&self, form: Form) -> Draft<'a> {
        let (org, course, run) =
            self.names.map_or((None, None, None), |(org, course, run)| (Some(org), Some(course), run));
        Draft::new(form)
            .with(Slot::Org, org)
            .with(Slot::Course, course)
            .with(Slot::Run, run.filter(|_| !form.is_library_family()))
            .with(Slot::Branch, self.branch)
            .with(Slot::Version, self.version)
            .with(Slot::Ccx, self.ccx)
    }

    fn block_draft(&self, form: Form) -> Draft<'a> {
        self.draft(form).with(Slot::Type, self.block_type).with(Slot::Id, self.block)
    }
}

/// What ends a segment: the end of the text, or a plus and something after it.
fn separator(input: &str) -> Parsed<'_, ()> {
    match input.strip_prefix('+') {
        Some("") => fault("", "a name after the last +"),
        Some(rest) => Ok((rest, ())),
        None if input.is_empty() => Ok((input, ())),
        None => fault(input, "a + or the end"),
    }
}

fn name(input: &str) -> Parsed<'_, &str> {
    let (rest, name) = part(NAMES, ID)(input)?;
    let (rest, ()) = separator(rest)?;
    Ok((rest, name))
}

fn names(input: &str) -> Parsed<'_, (&str, &str, Option<&str>)> {
    (name, name, opt(name)).parse(input)
}

/// A keyword up to and with its `@`.
fn keyword<'a>(word: &'static str, any_case: bool) -> impl Fn(&'a str) -> Parsed<'a, ()> {
    move |input| {
        if !any_case {
            return literal(word)(input);
        }
        let mut rest = input.chars();
        for expected in word.chars() {
            if !rest.next().is_some_and(|c| same_fold(expected, c)) {
                return fault(input, word);
            }
        }
        Ok((rest.as_str(), ()))
    }
}

/// A segment `KEYWORD@value`, if it is there.
fn tagged<'a, F>(
    word: &'static str,
    any_case: bool,
    mut value: F,
) -> impl FnMut(&'a str) -> Parsed<'a, Option<&'a str>>
where
    F: Parser<&'a str, Output = &'a str, Error = Fault<'a>>,
{
    move |input| match keyword(word, any_case)(input) {
        Err(_) => Ok((input, None)),
        Ok((rest, ())) => {
            let (rest, value) = value.parse(rest)?;
            let (rest, ()) = separator(rest)?;
            Ok((rest, Some(value)))
        }
    }
}

fn decimals(input: &str) -> Parsed<'_, &str> {
    match input.find(|c| !is_decimal(c)).unwrap_or(input.len()) {
        0 => fault(input, "a number"),
        length => Ok((&input[length..], &input[..length])),
    }
}

fn body<'a>(dialect: Dialect) -> impl FnMut(&'a str) -> Parsed<'a, Body<'a>> {
    move |input| {
        let any_case = dialect.ccx;
        let hex = if any_case { ANY_HEX } else { HEX };
        let (rest, names) = opt(names).parse(input)?;
        let (rest, branch) = tagged("branch@", any_case, part("a branch", ID))(rest)?;
        let (rest, version) = tagged("version@", any_case, part("a version", hex))(rest)?;
        let (rest, ccx) = match dialect.ccx {
            true => tagged("ccx@", any_case, decimals)(rest)?,
            false => (rest, None),
        };
        let (rest, block_type) = tagged("type@", any_case, part("a block type", ID))(rest)?;
        let (rest, block) = tagged("block@", any_case, part("a block id", dialect.block))(rest)?;
        if !rest.is_empty() {
            return fault(rest, if block.is_some() { "the end" } else { NAMES });
        }
        Ok((rest, Body { names, branch, version, ccx, block_type, block }))
    }
}

/// Refuses versions that are no object ids, and courses without a version or a complete name.
fn check(body: &Body<'_>, form: Form) -> Result<(), Reason> {
    if body.version.is_some_and(|version| version.len() != 24) {
        return Err(Reason::VersionGuid);
    }
    let named = body.names.is_some_and(|(_, _, run)| run.is_some() || form.is_library_family());
    if body.version.is_none() && !named {
        let needed = if form.is_library_family() {
            "organisation and library"
        } else {
            "organisation, course and run"
        };
        return Err(Reason::Incomplete { needed });
    }
    Ok(())
}

fn read_body<'a>(whole: &str, text: &'a str, dialect: Dialect, form: Form) -> Result<Body<'a>, Reason> {
    let body = read(whole, text, body(dialect))?;
    check(&body, form)?;
    Ok(body)
}

fn read_block<'a>(whole: &str, text: &'a str, dialect: Dialect, form: Form) -> Result<Body<'a>, Reason> {
    let body = read_body(whole, text, dialect, form)?;
    match body.block {
        Some(_) => Ok(body),
        None => Err(Reason::Expected { expected: "block@ and a block id", at: whole.len(), found: None }),
    }
}

/// `course-v1:` and `slashes:`.
pub(super) fn course(whole: &str, text: &str) -> Result<Raw, Reason> {
    Ok(read_body(whole, text, ASSET, Form::Course)?.draft(Form::Course).finish(whole))
}

/// `library-v1:`. A run is read and dropped.
pub(super) fn legacy_library(whole: &str, text: &str) -> Result<Raw, Reason> {
    Ok(read_body(whole, text, ASSET, Form::LegacyLibrary)?.draft(Form::LegacyLibrary).finish(whole))
}

/// `ccx-v1:`.
pub(super) fn ccx(whole: &str, text: &str) -> Result<Raw, Reason> {
    let body = read_ccx(whole, text, Form::Ccx)?;
    let version = body.version.map(str::to_ascii_lowercase);
    Ok(body.draft(Form::Ccx).with(Slot::Version, version.as_deref()).finish(whole))
}

fn read_ccx<'a>(whole: &str, text: &'a str, form: Form) -> Result<Body<'a>, Reason> {
    let body = match form {
        Form::CcxBlock => read_block(whole, text, CCX, form)?,
        _ => read_body(whole, text, CCX, form)?,
    };
    match body.ccx {
        Some(_) => Ok(body),
        None => Err(Reason::Incomplete { needed: "a custom course with ccx@" }),
    }
}

/// `block-v1:`. The block type may be missing.
pub(super) fn block(whole: &str, text: &str) -> Result<Raw, Reason> {
    Ok(read_block(whole, text, PLAIN, Form::CourseBlock)?.block_draft(Form::CourseBlock).finish(whole))
}

/// `lib-block-v1:`. The block type must be there.
pub(super) fn legacy_library_block(whole: &str, text: &str) -> Result<Raw, Reason> {
    let body = read_block(whole, text, PLAIN, Form::LegacyLibraryBlock)?;
    match body.block_type {
        Some(_) => Ok(body.block_draft(Form::LegacyLibraryBlock).finish(whole)),
        None => Err(Reason::Incomplete { needed: "a block type with type@" }),
    }
}

/// `ccx-block-v1:`.
pub(super) fn ccx_block(whole: &str, text: &str) -> Result<Raw, Reason> {
    let body = read_ccx(whole, text, Form::CcxBlock)?;
    let version = body.version.map(str::to_ascii_lowercase);
    Ok(body.block_draft(Form::CcxBlock).with(Slot::Version, version.as_deref()).finish(whole))
}

/// `asset-v1:`. The asset type may be missing.
pub(super) fn asset(whole: &str, text: &str) -> Result<Raw, Reason> {
    Ok(read_block(whole, text, ASSET, Form::Asset)?.block_draft(Form::Asset).finish(whole))
}

/// `location:`, five names.
pub(super) fn location(whole: &str, text: &str) -> Result<Raw, Reason> {
    let id = || part("a name", ID);
    let plus = || literal("+");
    let parser = (id(), plus(), id(), plus(), id(), plus(), id(), plus(), id());
    let (org, (), course, (), run, (), block_type, (), block) = read(whole, text, parser)?;
    Ok(Draft::new(Form::Location)
        .with(Slot::Org, org)
        .with(Slot::Course, course)
        .with(Slot::Run, run)
        .with(Slot::Type, block_type)
        .with(Slot::Id, block)
        .finish(whole))
}

/// `org/course/run`; the run may be empty. `None` where the text has another form.
pub(super) fn slash_course(input: &str) -> Option<Raw> {
    let old = || part("a name", OLD);
    let parser = (old(), literal("/"), old(), literal("/"), opt(old()));
    let (org, (), course, (), run) = read(input, input, parser).ok()?;
    let draft = Draft::new(Form::SlashCourse).with(Slot::Org, org).with(Slot::Course, course);
    Some(draft.with(Slot::Run, run.unwrap_or_default()).finish(input))
}

/// `i4x://org/course/category/name@revision`.
pub(super) fn i4x(input: &str) -> Result<Raw, Reason> {
    old_block(input, "i4x://", Form::I4x)
}

/// `/c4x/org/course/category/name@revision`.
pub(super) fn c4x(input: &str) -> Result<Raw, Reason> {
    old_block(input, "/c4x/", Form::C4x)
}

fn old_block(input: &str, prefix: &'static str, form: Form) -> Result<Raw, Reason> {
    let slash = || literal("/");
    let old = || part("a name", OLD);
    let category = |input| match until('/')(input)? {
        (_, "") => fault(input, "a category"),
        found => Ok(found),
    };
    let name = || part("a name", PERCENT_ID);
    let revision = opt((literal("@"), name()));
    let parser = (literal(prefix), old(), slash(), old(), slash(), category, slash(), name(), revision);
    let ((), org, (), course, (), category, (), name, revision) = read(input, input, parser)?;
    Ok(Draft::new(form)
        .with(Slot::Org, org)
        .with(Slot::Course, course)
        .with(Slot::Branch, revision.map(|((), revision)| revision))
        .with(Slot::Type, category)
        .with(Slot::Id, name)
        .finish(input))
}
