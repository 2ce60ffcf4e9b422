//! The element around a block (student-view-html §1.1), and a tree of rendered blocks as one text.

use opaque_keys::UsageKey;
use xblock::{Fragment, Piece, Resource};

use crate::{
    escape::{escape_attribute, script_json},
    urls::{Links, rewrite_into},
};

/// A block with the fragment its view gave and, in the order of `cx.children`, its children.
pub struct RenderedBlock<'a> {
    /// Its usage.
    pub usage: &'a UsageKey,
    /// Its type as written in its key.
    pub block_type: &'a str,
    /// Class name of its type; block style sheets select on it.
    pub class_name: &'a str,
    /// `data-name`, if the block has a name.
    pub name: Option<&'a str>,
    /// What its view gave.
    pub fragment: Fragment,
    /// Its children.
    pub children: Vec<RenderedBlock<'a>>,
    /// How links in its own HTML are rewritten: each block has its own assets.
    pub links: Option<Links<'a>>,
}

impl RenderedBlock<'_> {
    /// Returns the HTML of the block and all its children, each in its wrapper, links rewritten.
    pub fn to_html(&self, view: &str) -> String {
        let mut out = String::with_capacity(self.size());
        self.write(&mut out, view);
        out
    }

    /// Returns the resources of the block and its children, children first, each once, in the order in which
    /// they first occur.
    pub fn resources(&self) -> Vec<&Resource> {
        let mut all = Vec::new();
        self.collect(&mut all);
        all
    }

    fn collect<'s>(&'s self, all: &mut Vec<&'s Resource>) {
        for child in &self.children {
            child.collect(all);
        }
        for resource in &self.fragment.resources {
            if !all.contains(&resource) {
                all.push(resource);
            }
        }
    }

    fn size(&self) -> usize {
        let own: usize = self
            .fragment
            .content
            .iter()
            .map(|piece| match piece {
                Piece::Html(html) => html.len(),
                Piece::Shared(html) => html.len(),
                Piece::Child(n) => self.children.get(*n).map_or(0, RenderedBlock::size),
            })
            .sum();
        own + 256
    }

    fn write(&self, out: &mut String, view: &str) {
        self.open(out, view);
        for piece in &self.fragment.content {
            match piece {
                Piece::Html(html) => self.text(out, html),
                Piece::Shared(html) => self.text(out, html),
                Piece::Child(n) => {
                    if let Some(child) = self.children.get(*n) {
                        child.write(out, view);
                    }
                }
            }
        }
        let args = self.fragment.js_init.as_ref().and_then(|init| init.args.as_ref());
        // A JSON value always serialises; without arguments the block starts with none.
        if let Some(Ok(json)) = args.map(script_json) {
            out.push_str("<script type=\"json/xblock-args\" class=\"xblock_json_init_args\">");
            self.text(out, &json);
            out.push_str("</script>");
        }
        out.push_str("</div>");
    }

    fn text(&self, out: &mut String, html: &str) {
        match &self.links {
            Some(links) => rewrite_into(out, html, links),
            None => out.push_str(html),
        }
    }

    fn open(&self, out: &mut String, view: &str) {
        out.push_str("<div class='xblock-v1 xblock-v1-");
        escape_attribute(out, view);
        match view {
            "student_view" | "public_view" => out.push_str(" xmodule_display"),
            "studio_view" => out.push_str(" xmodule_edit"),
            _ => {}
        }
        out.push_str(" xmodule_");
        escape_attribute(out, self.class_name);
        attribute(out, "data-usage", self.usage.as_str());
        attribute(out, "data-block-type", self.block_type);
        if let Some(name) = self.name {
            attribute(out, "data-name", name);
        }
        if let Some(init) = &self.fragment.js_init {
            attribute(out, "data-init", &init.function);
            attribute(out, "data-runtime-version", "1");
        }
        out.push_str("'>");
    }
}

/// Ends the value before and starts this one, which the next call or the end of the tag ends.
fn attribute(out: &mut String, name: &str, value: &str) {
    out.push_str("' ");
    out.push_str(name);
    out.push_str("='");
    escape_attribute(out, value);
}

#[cfg(test)]
mod tests {
    use scraper::{Html, Selector};
    use serde_json::json;
    use xblock::{ResourceKind, ResourcePlacement};

    use super::*;

    fn block<'a>(usage: &'a UsageKey, fragment: Fragment) -> RenderedBlock<'a> {
        RenderedBlock {
            usage,
            block_type: "html",
            class_name: "HtmlBlock",
            name: None,
            fragment,
            children: Vec::new(),
            links: None,
        }
    }

    fn usage(text: &str) -> UsageKey {
        text.parse().unwrap()
    }

    #[test]
    fn wraps_as_the_contract_prints_it() {
        let key = usage("lb:o:l:html:a");
        let mut fragment = Fragment::html("<p>x</p>");
        fragment.initialize_js("HtmlBlock", None);
        assert_eq!(
            block(&key, fragment).to_html("student_view"),
            "<div class='xblock-v1 xblock-v1-student_view xmodule_display xmodule_HtmlBlock' \
             data-usage='lb:o:l:html:a' data-block-type='html' data-init='HtmlBlock' \
             data-runtime-version='1'><p>x</p></div>"
        );
    }

    #[test]
    fn escapes_values_and_arguments() {
        let key = usage("lb:o:l:html:a");
        let mut fragment = Fragment::html("");
        fragment.initialize_js("A'B", Some(json!({"html": "</script><b>&'\"/static/a'"})));
        let mut rendered = block(&key, fragment);
        rendered.name = Some("it's <b>&");
        let html = rendered.to_html("author_view");
        let document = Html::parse_fragment(&html);
        let wrapper = document.select(&Selector::parse("div.xblock-v1").unwrap()).next().unwrap();
        assert_eq!(wrapper.attr("class"), Some("xblock-v1 xblock-v1-author_view xmodule_HtmlBlock"));
        assert_eq!(wrapper.attr("data-name"), Some("it's <b>&"));
        assert_eq!(wrapper.attr("data-init"), Some("A'B"));
        let script =
            document.select(&Selector::parse("div > script.xblock_json_init_args").unwrap()).next().unwrap();
        let args: serde_json::Value = serde_json::from_str(&script.text().collect::<String>()).unwrap();
        assert_eq!(args, json!({"html": "</script><b>&'\"/static/a'"}));
    }

    #[test]
    fn nests_children_where_the_fragment_puts_them() {
        let keys = [usage("lb:o:l:unit:u"), usage("lb:o:l:html:a"), usage("lb:o:l:html:b")];
        let mut parent = Fragment::html("<section>");
        parent.push_child(1);
        parent.push("<hr>");
        parent.push_child(0);
        parent.push_child(7);
        parent.push("</section>");
        let mut rendered = block(&keys[0], parent);
        rendered.children = vec![block(&keys[1], Fragment::html("A")), block(&keys[2], Fragment::html("B"))];
        let document = Html::parse_fragment(&rendered.to_html("student_view"));
        let order: Vec<_> = document
            .select(&Selector::parse("div section > *").unwrap())
            .map(|e| e.attr("data-usage").unwrap_or(e.value().name()).to_owned())
            .collect();
        assert_eq!(order, ["lb:o:l:html:b", "hr", "lb:o:l:html:a"]);
    }

    #[test]
    fn rewrites_each_block_with_its_own_assets() {
        let keys = [usage("lb:o:l:unit:u"), usage("lb:o:l:html:a")];
        let mut fragment = Fragment::html("<img src='/static/x.png'>");
        fragment.push_child(0);
        let mut rendered = block(&keys[0], fragment);
        rendered.links = Some(Links::statics_only(&|path| Some(format!("/unit/{path}"))));
        let mut child = Fragment::html("<img src='/static/x.png'>");
        child.initialize_js("F", Some(json!({"src": "/static/y.png"})));
        let mut child = block(&keys[1], child);
        child.links = Some(Links::statics_only(&|path| Some(format!("/child/{path}"))));
        rendered.children = vec![child];
        let html = rendered.to_html("student_view");
        assert_eq!(html.matches("src='/unit/x.png'").count(), 1);
        assert_eq!(html.matches("src='/child/x.png'").count(), 1);
        assert!(html.contains(r#"{"src":"/child/y.png"}"#), "{html}");
    }

    #[test]
    fn collects_each_resource_once_children_first() {
        let keys = [usage("lb:o:l:unit:u"), usage("lb:o:l:html:a"), usage("lb:o:l:html:b")];
        let mut parent = Fragment::default();
        parent.add_js_url("/parent.js");
        parent.add_js_url("/shared.js");
        let mut child = Fragment::default();
        child.add_css_url("/child.css");
        child.add_js_url("/shared.js");
        let mut rendered = block(&keys[0], parent);
        rendered.children = vec![block(&keys[1], child.clone()), block(&keys[2], child)];
        let urls: Vec<_> = rendered.resources().iter().map(|r| r.data.as_str()).collect();
        assert_eq!(urls, ["/child.css", "/shared.js", "/parent.js"]);
        assert_eq!(rendered.resources()[0].kind, ResourceKind::Url);
        assert_eq!(rendered.resources()[0].placement, ResourcePlacement::Head);
    }
}
