//! A fragment as it goes over the wire (xblock-core §7, xblock-rest-api §2.2).

use serde::Serialize;
use xblock::{Resource, ResourceKind, ResourcePlacement};

/// Rendered HTML with the resources it needs.
///
/// The block's own client call is in its wrapper, so the three fields for it are always null.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WireFragment {
    /// HTML, wrapped, links rewritten.
    pub content: String,
    /// Resources, each once, in the order in which they first occur.
    pub resources: Vec<WireResource>,
    /// Always null.
    pub js_init_fn: Option<String>,
    /// Always null.
    pub js_init_version: Option<u32>,
    /// Always null.
    pub json_init_args: Option<serde_json::Value>,
}

/// A resource on the wire.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WireResource {
    /// `text` or `url`.
    pub kind: ResourceKind,
    /// The text or the URL.
    pub data: String,
    /// `text/css`, `application/javascript` or `text/html`.
    pub mimetype: &'static str,
    /// `head` or `foot`.
    pub placement: ResourcePlacement,
}

impl WireFragment {
    /// Returns the wire form. URLs that start with one `/` are made absolute with the site root, which has no
    /// slash at its end.
    pub fn new<'a>(
        content: String,
        resources: impl IntoIterator<Item = &'a Resource>,
        site_root: &str,
    ) -> WireFragment {
        let mut seen: Vec<&Resource> = Vec::new();
        for resource in resources {
            if !seen.contains(&resource) {
                seen.push(resource);
            }
        }
        let resources = seen
            .into_iter()
            .map(|resource| WireResource {
                kind: resource.kind,
                data: match resource.kind {
                    ResourceKind::Url => absolute(&resource.data, site_root),
                    ResourceKind::Text => resource.data.clone(),
                },
                mimetype: resource.mimetype,
                placement: resource.placement,
            })
            .collect();
        WireFragment { content, resources, js_init_fn: None, js_init_version: None, json_init_args: None }
    }
}

fn absolute(url: &str, site_root: &str) -> String {
    if url.starts_with('/') && !url.starts_with("//") { format!("{site_root}{url}") } else { url.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use xblock::Fragment;

    use super::*;

    #[test]
    fn has_the_shape_of_the_contract() {
        let mut fragment = Fragment::html("x");
        fragment.add_js_url("/static/a.js");
        fragment.add_js_url("/static/a.js");
        fragment.add_css_url("https://example.org/a.css");
        fragment.add_css_url("//example.org/b.css");
        let wire = WireFragment::new("<p>x</p>".to_owned(), &fragment.resources, "http://localhost:1");
        assert_eq!(
            serde_json::to_value(&wire).unwrap(),
            json!({
                "content": "<p>x</p>",
                "resources": [
                    {"kind": "url", "data": "http://localhost:1/static/a.js", "mimetype": "application/javascript", "placement": "foot"},
                    {"kind": "url", "data": "https://example.org/a.css", "mimetype": "text/css", "placement": "head"},
                    {"kind": "url", "data": "//example.org/b.css", "mimetype": "text/css", "placement": "head"},
                ],
                "js_init_fn": null,
                "js_init_version": null,
                "json_init_args": null,
            })
        );
    }
}
