//! The contexts of the pages on which authors look after references and versions.

use serde::Serialize;

use super::{Crumb, PoolEntry, Remark};

/// Where a form is sent, and the state it was made for.
#[derive(Clone, Debug, Serialize)]
pub struct Form {
    /// The path it is sent to.
    pub action: String,
    /// Entity tag of what the page shows: another state refuses the form.
    pub etag: String,
}

/// What was taken away, and how it comes back.
#[derive(Clone, Debug, Serialize)]
pub struct Undo {
    /// Where the form is sent.
    pub form: Form,
    /// The settings as they were, as JSON.
    pub fields: String,
    /// Says that the settings were made here.
    pub signature: String,
}

/// What learners answered to a block.
#[derive(Clone, Debug, Serialize)]
pub struct AnswersPage<'a> {
    /// What the block is called.
    pub title: &'a str,
    /// The way to it.
    pub breadcrumbs: Vec<Crumb<'a>>,
    /// In words, how many learners there are.
    pub summary: String,
    /// In words, what is not told.
    pub privacy: String,
    /// The questions.
    pub questions: Vec<QuestionEntry<'a>>,
}

/// A question and what was answered.
#[derive(Clone, Debug, Serialize)]
pub struct QuestionEntry<'a> {
    /// What is asked.
    pub title: String,
    /// What it is called in the block.
    pub input: &'a str,
    /// Learners who answered.
    pub learners: u64,
    /// The answers.
    pub answers: Vec<AnswerEntry>,
    /// Learners who answered something else.
    pub others: u64,
}

/// An answer and how many gave it.
#[derive(Clone, Debug, Serialize)]
pub struct AnswerEntry {
    /// The answer.
    pub text: String,
    /// Whether it is right, in words; empty when that is not known.
    pub graded: &'static str,
    /// Learners who gave it.
    pub count: u64,
    /// Their share, from 0 to 1.
    pub share: f64,
    /// The same in words.
    pub percent: String,
}

/// A reference on a page of its own.
#[derive(Clone, Debug, Serialize)]
pub struct ReferencePage<'a> {
    /// What authors call it.
    pub title: &'a str,
    /// The way to it.
    pub breadcrumbs: Vec<Crumb<'a>>,
    /// What was just done.
    pub notice: Option<&'a str>,
    /// Takes back what was just done.
    pub undo: Option<Undo>,
    /// In words, what learners get; empty while that cannot be said.
    pub draws: String,
    /// What is wrong with it, the most important first.
    pub remarks: Vec<Remark<'a>>,
    /// Where it stands, in words.
    pub standing: String,
    /// The page that says what an update would change, and what the link says.
    pub update: Option<Crumb<'a>>,
    /// Names and values of its settings.
    pub settings: Vec<(&'static str, String)>,
    /// The blocks it draws from; none when they cannot be listed.
    pub pool: Option<Vec<PoolEntry<'a>>>,
    /// The blocks whose fields it changes.
    pub customized: Vec<CustomizedEntry>,
    /// For resetting them; none for those who may not.
    pub reset: Option<Form>,
}

/// A block whose fields a reference changes.
#[derive(Clone, Debug, Serialize)]
pub struct CustomizedEntry {
    /// What it is called.
    pub title: String,
    /// Its key, as written.
    pub block: String,
    /// Whether the pool has no such block now.
    pub waits: bool,
    /// The fields.
    pub fields: Vec<CustomizedValue>,
}

/// A field that a reference changes.
#[derive(Clone, Debug, Serialize)]
pub struct CustomizedValue {
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Whether it is changed for all blocks of the reference.
    pub for_all: bool,
    /// The library's value.
    pub library: String,
    /// The value learners get.
    pub course: String,
    /// Why it does not count; empty when it does.
    pub ignored: &'static str,
}

/// What an update of a reference would change.
#[derive(Clone, Debug, Serialize)]
pub struct UpdatePage<'a> {
    /// Title.
    pub title: &'a str,
    /// The way to it.
    pub breadcrumbs: Vec<Crumb<'a>>,
    /// What is shown now and what would be, in words.
    pub summary: String,
    /// The versions there are, the newest first.
    pub versions: Vec<VersionEntry>,
    /// Blocks that enter the pool.
    pub added: Vec<BlockChange>,
    /// Blocks that leave it.
    pub removed: Vec<BlockChange>,
    /// Blocks that stay and differ.
    pub changed: Vec<BlockChange>,
    /// What authors would be told of the reference afterwards.
    pub warnings: Vec<Remark<'a>>,
    /// Customisations that would wait for their blocks to return.
    pub waiting: Vec<String>,
    /// What the button says; none where there is nothing to take or the reader may not.
    pub apply: Option<&'static str>,
    /// The number of the version.
    pub to: u32,
    /// Whether learners have blocks that would go.
    pub needs_confirmation: bool,
    /// For taking the update.
    pub form: Form,
    /// Where declining is sent; none where there is nothing to decline.
    pub decline: Option<String>,
}

/// A version of a library or course.
#[derive(Clone, Debug, Serialize)]
pub struct VersionEntry {
    /// Its number.
    pub number: u32,
    /// Its name; empty when nobody gave it one.
    pub name: String,
    /// What its author said of it.
    pub comment: String,
    /// When it was published: year, month and day.
    pub date: String,
    /// Whether it is the one shown.
    pub is_shown: bool,
    /// Whether it is the one the page is about.
    pub is_chosen: bool,
}

/// A block that is another one, or in another place, after an update.
#[derive(Clone, Debug, Default, Serialize)]
pub struct BlockChange {
    /// What it is called.
    pub title: String,
    /// Its type.
    pub block_type: String,
    /// Who has it, in words.
    pub used: String,
    /// Its fields.
    pub fields: Vec<FieldChange>,
    /// Whether its files changed.
    pub files: bool,
    /// What people read of it, with what went and came; empty when that is the same.
    pub text: Vec<TextPiece>,
    /// Its source, with what went and came.
    pub source: Vec<TextPiece>,
    /// The block as it was, to be framed.
    pub before: Option<String>,
    /// The block as it will be, to be framed.
    pub after: Option<String>,
}

/// A field with another value.
#[derive(Clone, Debug, Serialize)]
pub struct FieldChange {
    /// Its name.
    pub name: String,
    /// The library's value now.
    pub from: String,
    /// The library's value then.
    pub to: String,
    /// The value of the course, where that stays.
    pub kept: Option<String>,
}

/// A piece of a text that was compared.
#[derive(Clone, Debug, Serialize)]
pub struct TextPiece {
    /// `same`, `gone`, `new`, or `gap` for text left out.
    pub kind: &'static str,
    /// The text.
    pub text: String,
}

/// What authors see of a course or library beside its contents.
#[derive(Clone, Debug, Serialize)]
pub struct Publishing<'a> {
    /// What was just done.
    pub notice: Option<&'a str>,
    /// Whether the draft has changes.
    pub has_changes: bool,
    /// For publishing; none for those who may not.
    pub form: Option<Form>,
    /// References with updates.
    pub updates: Vec<UpdateEntry>,
    /// Where taking all of them is sent; none for those who may not.
    pub update_all: Option<String>,
    /// The versions, the newest first.
    pub versions: Vec<VersionEntry>,
}

/// A reference with an update.
#[derive(Clone, Debug, Serialize)]
pub struct UpdateEntry {
    /// The page it is on.
    pub unit: String,
    /// What authors call it.
    pub title: String,
    /// From which version to which, in words.
    pub versions: String,
    /// The page that says what would change.
    pub url: String,
}
