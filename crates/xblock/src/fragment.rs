//! Fragments: HTML with the resources and the client call it needs (xblock-core §7).

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

/// Part of a fragment's HTML, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// HTML made for this view.
    Html(String),
    /// HTML compiled once and shared.
    Shared(Arc<str>),
    /// The n-th child, wrapper included.
    Child(usize),
}

/// Whether a resource is inline text or a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ResourceKind {
    /// Inline text.
    Text,
    /// A URL; a leading `/` is made absolute with the site root.
    Url,
}

/// Where in the page a resource goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ResourcePlacement {
    /// In the head.
    Head,
    /// After the content.
    Foot,
}

/// CSS, JavaScript or HTML a fragment needs once a page.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Resource {
    /// Inline or by URL.
    pub kind: ResourceKind,
    /// The text or the URL.
    pub data: String,
    /// `text/css`, `application/javascript` or `text/html`.
    pub mimetype: &'static str,
    /// Head or foot.
    pub placement: ResourcePlacement,
}

/// The function the client runtime calls for a block.
#[derive(Clone, Debug, PartialEq)]
pub struct JsInit {
    /// Name of a global function.
    pub function: String,
    /// Its arguments, if any.
    pub args: Option<Value>,
}

/// What a view answers with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fragment {
    /// HTML, in order.
    pub content: Vec<Piece>,
    /// Resources as added; duplicates are dropped where they are read.
    pub resources: Vec<Resource>,
    /// Client call.
    pub js_init: Option<JsInit>,
}

impl Fragment {
    /// Returns a fragment of one piece of HTML.
    pub fn html(html: impl Into<String>) -> Self {
        Fragment { content: vec![Piece::Html(html.into())], ..Fragment::default() }
    }

    /// Returns a fragment of HTML that is compiled once and shared.
    pub fn shared(html: Arc<str>) -> Self {
        Fragment { content: vec![Piece::Shared(html)], ..Fragment::default() }
    }

    /// Appends HTML.
    pub fn push(&mut self, html: impl Into<String>) {
        self.content.push(Piece::Html(html.into()));
    }

    /// Appends the n-th child.
    pub fn push_child(&mut self, index: usize) {
        self.content.push(Piece::Child(index));
    }

    /// Adds a script by URL, at the foot.
    pub fn add_js_url(&mut self, url: impl Into<String>) {
        self.add(ResourceKind::Url, url.into(), "application/javascript", ResourcePlacement::Foot);
    }

    /// Adds a style sheet by URL, in the head.
    pub fn add_css_url(&mut self, url: impl Into<String>) {
        self.add(ResourceKind::Url, url.into(), "text/css", ResourcePlacement::Head);
    }

    fn add(
        &mut self,
        kind: ResourceKind,
        data: String,
        mimetype: &'static str,
        placement: ResourcePlacement,
    ) {
        self.resources.push(Resource { kind, data, mimetype, placement });
    }

    /// Sets the client call; empty arguments (`{}`) count as none.
    pub fn initialize_js(&mut self, function: &str, args: Option<Value>) {
        let args = args.filter(|a| !matches!(a, Value::Object(o) if o.is_empty()));
        self.js_init = Some(JsInit { function: function.to_owned(), args });
    }

    /// Returns whether there is no HTML at all.
    pub fn is_empty(&self) -> bool {
        self.content.iter().all(|p| match p {
            Piece::Html(s) => s.is_empty(),
            Piece::Shared(s) => s.is_empty(),
            Piece::Child(_) => false,
        })
    }
}
