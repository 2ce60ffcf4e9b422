//! The contexts of page templates, one type each.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Serialize;
use xblock::Resource;

use super::Publishing;

/// A rendered block and what its page needs to run it.
#[derive(Clone, Debug)]
pub struct BlockPage<'a> {
    /// BCP 47 tag of the page's language.
    pub language: &'a str,
    /// What the block is called; the title of the document.
    pub title: &'a str,
    /// Whether the embed page shows the title.
    pub show_title: bool,
    /// The block's HTML, wrapped, links rewritten.
    pub content: &'a str,
    /// Resources of the block and its children.
    pub resources: Vec<&'a Resource>,
    /// For every block on the page, the URL of its handlers with the literal name `handler_name`.
    pub handler_urls: &'a BTreeMap<String, String>,
}

/// What stands around a unit.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UnitPage<'a> {
    /// The way from the context to the unit, the unit itself left out.
    pub breadcrumbs: Vec<Crumb<'a>>,
    /// The units of the sequence, in order; empty when the unit is in none.
    pub sequence: Vec<SequenceEntry<'a>>,
    /// The unit before.
    pub previous: Option<Crumb<'a>>,
    /// The unit after.
    pub next: Option<Crumb<'a>>,
    /// Something the reader should know first, e.g. that this is a draft.
    pub notice: Option<&'a str>,
    /// For authors: the references to library blocks in the unit.
    pub references: Vec<ReferenceBox<'a>>,
    /// For authors: titles of the blocks that ask something, and where their answers are reported.
    pub answers: Vec<(String, String)>,
}

/// A reference to library blocks, for its authors.
#[derive(Clone, Debug, Serialize)]
pub struct ReferenceBox<'a> {
    /// What authors call it.
    pub title: &'a str,
    /// Its usage key.
    pub key: &'a str,
    /// The page of the reference.
    pub url: String,
    /// In words, what learners get; empty while that cannot be said.
    pub draws: String,
    /// What is new in the library.
    pub update: Option<UpdateNotice>,
    /// What is wrong with it, the most important first.
    pub remarks: Vec<Remark<'a>>,
    /// The blocks that can be drawn; none when they cannot be listed.
    pub pool: Option<Vec<PoolEntry<'a>>>,
}

/// Tells that there is another version of a library.
#[derive(Clone, Debug, Serialize)]
pub struct UpdateNotice {
    /// Which, in words.
    pub version: String,
    /// The page that says what would change.
    pub url: String,
}

/// Something said about a reference.
#[derive(Clone, Debug, Serialize)]
pub struct Remark<'a> {
    /// Whether learners miss something because of it.
    pub is_error: bool,
    /// What is wrong with what.
    pub message: &'a str,
}

/// A block of a pool.
#[derive(Clone, Debug, Serialize)]
pub struct PoolEntry<'a> {
    /// What it is called.
    pub title: &'a str,
    /// Its type.
    pub block_type: &'a str,
    /// The page of the block in its library.
    pub url: String,
    /// Names of the fields this reference overrides, with commas.
    pub overridden: String,
}

/// A link with its text.
#[derive(Clone, Debug, Serialize)]
pub struct Crumb<'a> {
    /// What it is called.
    pub title: &'a str,
    /// Where it leads; without it the text is no link.
    pub url: Option<&'a str>,
}

/// A unit of a sequence.
#[derive(Clone, Debug, Serialize)]
pub struct SequenceEntry<'a> {
    /// What it is called.
    pub title: &'a str,
    /// Its page.
    pub url: &'a str,
    /// Whether it is the unit on the page.
    pub current: bool,
    /// Whether the learner completed it.
    pub complete: bool,
}

/// A page of links.
#[derive(Clone, Debug, Serialize)]
pub struct ListingPage<'a> {
    /// Title.
    pub title: &'a str,
    /// A sentence below the title.
    pub summary: Option<&'a str>,
    /// The way to the page.
    pub breadcrumbs: Vec<Crumb<'a>>,
    /// Links, nested.
    pub entries: Vec<ListingEntry<'a>>,
    /// What is said when there are none.
    pub empty: &'a str,
    /// For authors: what is to be published, and what was.
    pub publishing: Option<Publishing<'a>>,
}

/// A link or heading of a [`ListingPage`], with what is below it.
#[derive(Clone, Debug, Serialize)]
pub struct ListingEntry<'a> {
    /// What it is called.
    pub title: &'a str,
    /// Where it leads; without it, a heading.
    pub url: Option<&'a str>,
    /// A few words, e.g. the type of a block.
    pub detail: Option<&'a str>,
    /// What is below it.
    pub entries: Vec<ListingEntry<'a>>,
}

/// A page that says what went wrong.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorPage<'a> {
    /// HTTP status.
    pub status: u16,
    /// A few words.
    pub title: &'a str,
    /// What is wrong with what, and what to do.
    pub detail: &'a str,
    /// Id of the request, to be found in the log.
    pub request_id: Option<&'a str>,
    /// The page one came from; without it, the page leads to the site's first one.
    pub back_url: Option<&'a str>,
}

/// What every page needs.
#[derive(Clone, Debug, Serialize)]
pub struct Frame<'a> {
    /// Title of the document.
    pub title: &'a str,
    /// BCP 47 tag.
    pub language: &'a str,
    /// `ltr` or `rtl`.
    pub direction: &'a str,
    /// Name of the site.
    pub site_name: &'a str,
    /// First page of the site.
    pub home_url: &'a str,
    /// For the page's own scripts.
    pub nonce: &'a str,
}

#[derive(Serialize)]
pub(super) struct PageContext<'a, P> {
    pub(super) frame: &'a Frame<'a>,
    pub(super) page: &'a P,
}

#[derive(Serialize)]
pub(super) struct BlockContext<'a> {
    pub(super) title: &'a str,
    pub(super) show_title: bool,
    pub(super) content: Cow<'a, str>,
    pub(super) head: String,
    pub(super) foot: String,
    pub(super) data: &'a str,
    pub(super) unit: &'a UnitPage<'a>,
}
