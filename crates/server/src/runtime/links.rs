//! URLs for blocks: handlers, assets, pages, client files.

use learning_context::{ContextKind, Node, ResolvedAt, Structure, VersionSelector};
use opaque_keys::{LearningContextKey, UsageKey};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use xblock::Urls;

use crate::{
    app::App,
    runtime::find::{state_name, version_suffix},
};

/// What is percent-encoded in a path segment. Keys keep `: @ + ~ ! = $`, as the reference's URLs do.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'\'')
    .add(b'&');
/// What is percent-encoded in a path of several segments.
const PATH: &AsciiSet = &SEGMENT.remove(b'/');

/// Makes URLs for the blocks of one request.
pub struct BlockUrls<'a> {
    /// The site.
    pub app: &'a App,
    /// Whose tokens the handler URLs carry.
    pub learner: &'a str,
    /// The version asked for, kept in the URLs.
    pub asked: VersionSelector,
    /// Unix seconds.
    pub now: i64,
    /// The page plain forms come back to.
    pub return_url: Option<String>,
}

impl Urls for BlockUrls<'_> {
    fn handler_url(&self, usage: &UsageKey, handler: &str, suffix: &str) -> String {
        let token = self.app.config.handler_keys.sign(self.learner, usage.as_str(), self.now);
        let block = block_segment(usage, self.asked);
        let root = self.app.root();
        let learner = self.learner;
        format!("{root}/api/xblock/v2/xblocks/{block}/handler/{learner}-{token}/{handler}/{suffix}")
    }

    fn client_url(&self, file: &str) -> String {
        // A path, so that the page's policy ('self') covers it under whatever name the site was opened.
        renderer::assets::asset(file).map_or_else(String::new, |a| a.url.clone())
    }

    fn page_url(&self, usage: &UsageKey) -> Option<String> {
        Some(page_path(usage))
    }

    fn return_url(&self) -> Option<&str> {
        self.return_url.as_deref()
    }
}

/// Returns what names a block in the paths of its handlers: its key, and the version asked for.
pub fn block_segment(usage: &UsageKey, asked: VersionSelector) -> String {
    format!("{}{}", utf8_percent_encode(usage.as_str(), SEGMENT), version_suffix(asked, usage))
}

/// Returns the path of the page that shows a block.
pub fn page_path(usage: &UsageKey) -> String {
    format!("/units/{}", utf8_percent_encode(usage.as_str(), SEGMENT))
}

/// Returns the path of the page that reports the answers to a block.
pub fn answers_path(usage: &UsageKey) -> String {
    format!("/answers/{}", utf8_percent_encode(usage.as_str(), SEGMENT))
}

/// Returns the path of the page on which authors look after a reference.
pub fn reference_path(usage: &UsageKey) -> String {
    format!("/references/{}", utf8_percent_encode(usage.as_str(), SEGMENT))
}

/// Returns the path of a library's block at a version, to be framed.
pub fn frame_path(usage: &UsageKey, version: u32) -> String {
    let key = utf8_percent_encode(usage.as_str(), SEGMENT);
    format!("/xblocks/v2/{key}/embed/student_view/?version={version}&show_title=1")
}

/// Returns the path of the page that lists a context.
pub fn context_path(key: &LearningContextKey) -> String {
    format!("/contexts/{}", utf8_percent_encode(key.as_str(), SEGMENT))
}

/// Returns the URL of a block's static file, if it is there.
///
/// The address is a capability: it names block and state and is signed, so that a learner who was shown a
/// library block inside a course can fetch its images without any rights on the library, and so that caches on
/// the way need to know nobody. Of a numbered version, what it names never changes.
pub fn asset_url(app: &App, structure: &Structure, node: &Node, path: &str) -> Option<String> {
    structure.asset(node, path)?;
    // All blocks of a course share one folder: one address a file, whichever block shows it.
    let owner = match (structure.kind, structure.roots.first()) {
        (ContextKind::Course, Some(root)) => structure.node(*root),
        _ => node,
    };
    let place = asset_place(&owner.usage, structure.at);
    let mut url = String::with_capacity(place.len() + path.len() + 96);
    url.push_str(app.root());
    url.push_str("/assets/");
    url.extend(utf8_percent_encode(&place, SEGMENT));
    url.push('/');
    url.push_str(&app.asset_signature(&place));
    url.push('/');
    url.extend(utf8_percent_encode(path, PATH));
    Some(url)
}

/// Returns what an asset's address names: `<usage>@<state>`.
pub fn asset_place(usage: &UsageKey, at: ResolvedAt) -> String {
    format!("{usage}@{}", state_name(at))
}
