//! What views and handlers may use, and how what they change gets out.

use std::fmt;

use opaque_keys::UsageKey;
use serde_json::Value;
use time::OffsetDateTime;

use crate::{Fields, GraderQueue, GraderSubmission, Scope, ViewError};

/// The two faces of one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Site {
    /// Published content, state kept.
    Learn,
    /// Drafts by default, preview state.
    Studio,
}

/// A view by name, e.g. `student_view`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View(pub String);

impl View {
    /// Returns `student_view`.
    pub fn student() -> Self {
        View("student_view".to_owned())
    }

    /// Returns whether this is the ordinary view of a learner (`student_view`, and `author_view` and
    /// `public_view` for types that have no other).
    pub fn is_learner(&self) -> bool {
        matches!(self.0.as_str(), "student_view" | "author_view" | "public_view")
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who is looking.
#[derive(Clone, Debug, Default)]
pub struct LearnerInfo {
    /// Stable opaque id; `anon…` for anonymous learners.
    pub id: String,
    /// Whether nobody is signed in.
    pub anonymous: bool,
    /// Whether the person is staff where they are.
    pub staff: bool,
    /// Name, if known.
    pub full_name: String,
    /// E-mail, if known.
    pub email: String,
    /// Id that does not tell who the learner is; what `%%USER_ID%%` prints.
    pub anonymous_id: String,
}

/// Turns a template and its context into HTML.
pub trait TemplateEngine: Send + Sync {
    /// Renders a template by name with autoescaping; undefined variables are errors.
    fn render(&self, name: &str, context: minijinja::Value) -> Result<String, ViewError>;
}

/// Makes URLs for blocks.
pub trait Urls: Send + Sync {
    /// Returns the absolute URL of a handler of a block, ending in `/`, with the suffix appended as is.
    fn handler_url(&self, usage: &UsageKey, handler: &str, suffix: &str) -> String;

    /// Returns the URL of one of our client files (`problem.js`), with its digest in it.
    fn client_url(&self, file: &str) -> String;

    /// Returns the URL of the page that shows a block, if there is such a page.
    fn page_url(&self, usage: &UsageKey) -> Option<String> {
        let _ = usage;
        None
    }

    /// Returns the page a plain form comes back to after a handler call, if the block is on a page.
    fn return_url(&self) -> Option<&str>;
}

/// A child of the block being rendered, with its wrapper already around it.
#[derive(Clone, Debug)]
pub struct Child {
    /// Its usage.
    pub usage: UsageKey,
    /// Its type.
    pub block_type: String,
    /// What it is called.
    pub display_name: String,
    /// Whether it rendered to nothing.
    pub is_empty: bool,
    /// Completion in 0..=1, if known.
    pub completion: Option<f64>,
    /// The reference that drew this block and those before it, where the learner may draw again: the control
    /// for that goes behind this block.
    pub draw_again: Option<UsageKey>,
}

/// Something published by a block.
#[derive(Clone, Debug, PartialEq)]
pub enum Published {
    /// Points earned of points possible.
    Grade {
        /// Earned.
        value: f64,
        /// Possible.
        max_value: f64,
        /// Keep the old score if it is higher.
        only_if_higher: bool,
    },
    /// Completion in 0..=1.
    Completion(f64),
    /// Anything else, for the event log.
    Event {
        /// Its name.
        name: String,
        /// Payload.
        data: Value,
    },
}

/// A field set by a view or handler.
#[derive(Clone, Debug, PartialEq)]
pub struct Emitted {
    /// Scope of the field.
    pub scope: Scope,
    /// Its name.
    pub field: String,
    /// New stored value.
    pub value: Value,
}

/// What a view or handler changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// Learner fields set, in order; the last one of a name counts.
    pub set: Vec<Emitted>,
    /// Grades, completion and events, in order.
    pub published: Vec<Published>,
    /// Children whose learner state is cleared (`library_content` reset).
    pub reset: Vec<UsageKey>,
    /// What is to be sent to external graders before anything else happens ([`crate::grader`]).
    pub submissions: Vec<GraderSubmission>,
}

impl Effects {
    /// Sets a learner field.
    pub fn set(&mut self, scope: Scope, field: &str, value: Value) {
        self.set.push(Emitted { scope, field: field.to_owned(), value });
    }

    /// Sets a user_state field.
    pub fn set_state(&mut self, field: &str, value: Value) {
        self.set(Scope::UserState, field, value);
    }

    /// Publishes an event.
    pub fn event(&mut self, name: &str, data: Value) {
        self.published.push(Published::Event { name: name.to_owned(), data });
    }

    /// Returns whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
            && self.published.is_empty()
            && self.reset.is_empty()
            && self.submissions.is_empty()
    }

    /// Returns user_state after these changes.
    pub fn apply(&self, scope: Scope, before: &Fields) -> Fields {
        let mut after = before.clone();
        for e in self.set.iter().filter(|e| e.scope == scope) {
            after.insert(e.field.clone(), e.value.clone());
        }
        after
    }
}

/// What views and handlers may use.
pub struct BlockCx<'a> {
    /// Which face of the server.
    pub site: Site,
    /// Who is looking.
    pub learner: &'a LearnerInfo,
    /// Now.
    pub now: OffsetDateTime,
    /// BCP 47 tag of the page's language.
    pub language: &'a str,
    /// Templates.
    pub templates: &'a dyn TemplateEngine,
    /// URLs.
    pub urls: &'a dyn Urls,
    /// Rewrites static links in HTML that a handler returns (views are rewritten by the renderer).
    pub rewrite: &'a dyn Fn(&str) -> String,
    /// Returns a formula in TeX, without delimiters, as a `math` element; `None` when it cannot be converted.
    pub math: &'a dyn Fn(&str) -> Option<String>,
    /// The block's children, rendered; for handlers, as they are on the page.
    pub children: &'a [Child],
    /// A number in 0..2^32 for draws that are not reproducible by design (problem seeds).
    pub random: u32,
    /// The way to external graders; none where none is set up, and in views.
    pub grader: Option<GraderQueue<'a>>,
    /// What changes.
    pub effects: Effects,
}
