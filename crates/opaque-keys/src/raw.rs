//! One representation for every key: its text, and where its fields are in it.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::error::Reason;
use crate::form::{Form, Slot};

/// The most bytes of text in one key. Offsets are 16 bits wide.
pub(crate) const MAX_BYTES: usize = u16::MAX as usize;
/// How many levels of asides may surround a key. Each level doubles the escapes, so longer chains hardly fit
/// into [`MAX_BYTES`] anyway.
pub(crate) const MAX_ASIDES: usize = 16;
/// The most characters of a key that is created here: what columns for keys hold elsewhere.
pub(crate) const MAX_CREATED_CHARS: usize = 255;

const SLOTS: usize = 8;

/// Where a field is. An absent field ends before it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    start: u16,
    end: u16,
}

const ABSENT: Span = Span { start: 1, end: 0 };

/// A parsed key of any form.
///
/// The buffer holds the canonical text and after it those fields that the canonical text leaves out or
/// escapes. Its layout is a function of the fields, so two keys are the same key exactly when they are equal
/// member by member (opaque-keys §7).
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Raw {
    buffer: Arc<str>,
    form: Form,
    end: u16,
    spans: [Span; SLOTS],
    inner: Option<Arc<Raw>>,
}

impl Raw {
    pub(crate) fn form(&self) -> Form {
        self.form
    }

    /// Returns the canonical text.
    pub(crate) fn text(&self) -> &str {
        self.buffer.get(..usize::from(self.end)).unwrap_or_default()
    }

    /// Returns a field, if it is set.
    pub(crate) fn get(&self, slot: Slot) -> Option<&str> {
        let span = self.spans[slot as usize];
        self.buffer.get(usize::from(span.start)..usize::from(span.end))
    }

    /// Returns a field that every key of this form has.
    pub(crate) fn field(&self, slot: Slot) -> &str {
        self.get(slot).unwrap_or_default()
    }

    /// Refuses a key whose offsets do not fit.
    pub(crate) fn checked(self) -> Result<Self, Reason> {
        if self.buffer.len() > MAX_BYTES { Err(Reason::TooLong { limit: MAX_BYTES }) } else { Ok(self) }
    }

    /// Refuses a key longer than what is created here may be.
    pub(crate) fn checked_new(self) -> Result<Self, Reason> {
        match self.checked()? {
            key if key.text().chars().count() > MAX_CREATED_CHARS => {
                Err(Reason::TooLong { limit: MAX_CREATED_CHARS })
            }
            key => Ok(key),
        }
    }

    /// Returns the key this key is about: the usage or definition of an aside.
    pub(crate) fn inner(&self) -> Option<&Raw> {
        self.inner.as_deref()
    }

    /// Starts a key of another form with the fields of this one.
    pub(crate) fn draft(&self, form: Form) -> Draft<'_> {
        let mut draft = Draft::new(form);
        for slot in Slot::ALL {
            draft.slots[slot as usize] = self.get(slot);
        }
        draft.inner = self.inner.clone();
        draft
    }
}

impl PartialOrd for Raw {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By canonical text; the few different keys that print the same are told apart by their layout.
impl Ord for Raw {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text()
            .cmp(other.text())
            .then_with(|| self.form.cmp(&other.form))
            .then_with(|| self.buffer.cmp(&other.buffer))
            .then_with(|| self.spans.cmp(&other.spans))
            .then_with(|| self.inner.cmp(&other.inner))
    }
}

impl Hash for Raw {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text().hash(state);
    }
}

/// The fields of a key that is being made.
#[derive(Clone)]
pub(crate) struct Draft<'a> {
    form: Form,
    slots: [Option<&'a str>; SLOTS],
    inner: Option<Arc<Raw>>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(form: Form) -> Self {
        Self { form, slots: [None; SLOTS], inner: None }
    }

    #[inline]
    pub(crate) fn with(mut self, slot: Slot, value: impl Into<Option<&'a str>>) -> Self {
        self.slots[slot as usize] = value.into();
        self
    }

    pub(crate) fn around(mut self, inner: Raw) -> Self {
        self.inner = Some(Arc::new(inner));
        self
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&'a str> {
        self.slots[slot as usize]
    }

    pub(crate) fn inner_text(&self) -> &str {
        self.inner.as_ref().map_or("", |inner| inner.text())
    }

    /// Prints the key. `likely` is the text it was read from: nothing is written while the two agree, which
    /// makes reading canonical text one allocation.
    pub(crate) fn finish(self, likely: &str) -> Raw {
        let mut printer = Printer::new(likely);
        self.form.print(&self, &mut printer);
        let end = narrow(printer.at);
        if printer.at < likely.len() {
            printer.diverge();
        }
        for slot in Slot::ALL {
            if let (Some(value), ABSENT) = (self.get(slot), printer.spans[slot as usize]) {
                printer.diverge();
                printer.field(slot, value);
            }
        }
        let buffer = printer.copy.map_or_else(|| Arc::from(likely), Arc::from);
        Raw { buffer, form: self.form, end, spans: printer.spans, inner: self.inner }
    }
}

/// Makes an offset 16 bits wide. Buffers too long for that are refused by [`Raw::checked`] before anyone sees
/// them.
fn narrow(offset: usize) -> u16 {
    u16::try_from(offset).unwrap_or(u16::MAX)
}

/// Prints a key, and only starts to write when what it prints differs from a text it is given.
#[derive(Debug)]
pub(crate) struct Printer<'a> {
    likely: &'a str,
    copy: Option<String>,
    at: usize,
    spans: [Span; SLOTS],
}

impl<'a> Printer<'a> {
    fn new(likely: &'a str) -> Self {
        Self { likely, copy: None, at: 0, spans: [ABSENT; SLOTS] }
    }

    fn diverge(&mut self) -> &mut String {
        self.copy.get_or_insert_with(|| {
            let mut copy = String::with_capacity(self.likely.len() + 32);
            copy.push_str(self.likely.get(..self.at).unwrap_or_default());
            copy
        })
    }

    /// Says whether `piece` is what the given text goes on with.
    #[inline]
    fn agrees(&self, piece: &str) -> bool {
        let Some(rest) = self.likely.as_bytes().get(self.at..) else { return false };
        // What was read from the text is not compared with it again.
        let is_that_text = piece.len() <= rest.len() && std::ptr::eq(piece.as_ptr(), rest.as_ptr());
        is_that_text
            || match piece.as_bytes() {
                [byte] => rest.first() == Some(byte),
                bytes => rest.starts_with(bytes),
            }
    }

    /// Prints text that is not a field.
    #[inline]
    pub(crate) fn text(&mut self, piece: &str) {
        if self.copy.is_some() || !self.agrees(piece) {
            self.diverge().push_str(piece);
        }
        self.at += piece.len();
    }

    /// Prints a field and remembers where.
    #[inline]
    pub(crate) fn field(&mut self, slot: Slot, value: &str) {
        let start = narrow(self.at);
        self.text(value);
        self.spans[slot as usize] = Span { start, end: narrow(self.at) };
    }
}
