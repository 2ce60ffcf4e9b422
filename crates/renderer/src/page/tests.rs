use std::collections::BTreeMap;

use scraper::{Html, Selector};
use serde_json::json;
use xblock::Fragment;

use super::*;

struct Samples {
    site: SiteSettings,
    templates: Templates,
    resources: Vec<Resource>,
    handler_urls: BTreeMap<String, String>,
}

const CONTENT: &str =
    "<div class='xblock-v1' data-usage='lb:o:l:html:a'><p>Text</p><script>run()</script></div>";

impl Samples {
    fn new(templates: Templates) -> Self {
        let mut fragment = Fragment::default();
        fragment.add_css_url("/static/a.css");
        fragment.add_js_url("/static/a.js?x=1&y=\"2\"");
        fragment.add_js_url("/static/a.js?x=1&y=\"2\"");
        let mut resources = fragment.resources;
        for (data, mimetype, placement) in [
            ("p {}", "text/css", ResourcePlacement::Head),
            ("let a = 1;", "application/javascript", ResourcePlacement::Foot),
            ("<template id='t'><b></b></template>", "text/html", ResourcePlacement::Head),
        ] {
            resources.push(Resource { kind: ResourceKind::Text, data: data.to_owned(), mimetype, placement });
        }
        Samples {
            site: SiteSettings {
                name: "Exedra <learn>".to_owned(),
                home_url: "/".to_owned(),
                frame_ancestors: vec!["https://lms.example.org".parse().unwrap()],
            },
            templates,
            resources,
            handler_urls: [(
                "lb:o:l:html:</script>".to_owned(),
                "http://localhost/api/xblock/v2/xblocks/lb:o:l:html:a/handler/1-f/handler_name/".to_owned(),
            )]
            .into(),
        }
    }

    fn block(&self) -> BlockPage<'_> {
        BlockPage {
            language: "he-IL",
            title: "Light & <lenses>",
            show_title: true,
            content: CONTENT,
            resources: self.resources.iter().collect(),
            handler_urls: &self.handler_urls,
        }
    }

    fn unit() -> UnitPage<'static> {
        let entry = |title, current, complete| SequenceEntry { title, url: "/units/u", current, complete };
        UnitPage {
            breadcrumbs: vec![
                Crumb { title: "Optics", url: Some("/courses/o") },
                Crumb { title: "Week 1", url: None },
            ],
            sequence: vec![entry("Light", true, false), entry("Lenses", false, true)],
            previous: None,
            next: Some(Crumb { title: "Lenses", url: Some("/units/lenses") }),
            notice: Some("This is a draft."),
            references: vec![
                ReferenceBox {
                    title: "Two & more",
                    key: "block-v1:o+c+r+type@lib_ref+block@a",
                    draws: "Each learner sees 2 of 1 blocks.".to_owned(),
                    remarks: vec![Remark { is_error: false, message: "only <1> is there" }],
                    pool: Some(vec![PoolEntry {
                        title: "A <b>",
                        block_type: "problem",
                        url: "/units/lb:o:l:problem:a".to_owned(),
                        overridden: "max_attempts, weight".to_owned(),
                    }]),
                },
                ReferenceBox {
                    title: "Broken",
                    key: "block-v1:o+c+r+type@lib_ref+block@b",
                    draws: String::new(),
                    remarks: vec![Remark { is_error: true, message: "The library is missing." }],
                    pool: None,
                },
            ],
        }
    }

    /// Renders every page with every sample.
    fn render(&self) -> Vec<(&'static str, Page)> {
        let pages = Pages::new(&self.templates, &self.site);
        let nonce = Nonce::from_random([7; 16]);
        let untitled = BlockPage { show_title: false, language: "en", ..self.block() };
        let listing = ListingPage {
            title: "Optics",
            summary: Some("What light does."),
            breadcrumbs: vec![Crumb { title: "Courses", url: Some("/") }],
            entries: vec![ListingEntry {
                title: "Week 1",
                url: None,
                detail: None,
                entries: vec![ListingEntry {
                    title: "Light",
                    url: Some("/units/u"),
                    detail: Some("unit"),
                    entries: vec![],
                }],
            }],
            empty: "Nothing here.",
        };
        let empty = ListingPage { entries: vec![], summary: None, breadcrumbs: vec![], ..listing.clone() };
        let error = ErrorPage {
            status: 404,
            title: "Not found",
            detail: "No unit <u>.",
            request_id: Some("r1"),
            back_url: None,
        };
        let openapi = OpenApiPage::from_document(
            &json!({
                "info": {"title": "Exedra", "version": "1", "description": "All of it."},
                "paths": {
                    "/a/{key}/": {
                        "get": {
                            "tags": ["blocks"],
                            "summary": "Returns a block.",
                            "parameters": [{"name": "key", "in": "path", "required": true, "schema": {"type": "string"}}],
                            "responses": {"200": {"description": "The block."}, "404": {"description": "No such block."}},
                        },
                        "post": {"requestBody": {"content": {"application/json": {}}}, "responses": {}},
                    },
                },
            }),
            "/openapi.json",
        );
        vec![
            ("page/embed.html", pages.embed(&self.block(), &nonce).unwrap()),
            ("page/embed.html", pages.embed(&untitled, &nonce).unwrap()),
            ("page/unit.html", pages.unit(&self.block(), &Self::unit(), &nonce).unwrap()),
            ("page/unit.html", pages.unit(&untitled, &UnitPage::default(), &nonce).unwrap()),
            ("page/listing.html", pages.listing(&listing, "en", &nonce).unwrap()),
            ("page/listing.html", pages.listing(&empty, "en", &nonce).unwrap()),
            ("page/error.html", pages.error(&error, "en", &nonce).unwrap()),
            ("page/error.html", pages.error(&ErrorPage { request_id: None, ..error }, "en", &nonce).unwrap()),
            ("page/openapi.html", pages.openapi(&openapi, &nonce).unwrap()),
            ("page/openapi.html", pages.openapi(&OpenApiPage::default(), &nonce).unwrap()),
        ]
    }
}

fn select<'a>(document: &'a Html, selector: &str) -> Vec<scraper::ElementRef<'a>> {
    document.select(&Selector::parse(selector).unwrap()).collect()
}

#[test]
fn every_page_template_renders_with_every_sample_and_twice_the_same() {
    let once = Samples::new(Templates::embedded().unwrap()).render();
    let twice = Samples::new(Templates::new().unwrap()).render();
    for ((name, a), (_, b)) in once.iter().zip(&twice) {
        assert_eq!(a.html, b.html, "{name}");
    }
    // Names that start with `_` are parts of pages.
    for name in Templates::names().filter(|n| n.starts_with("page/") && !n.starts_with("page/_")) {
        assert!(once.iter().any(|(rendered, _)| *rendered == name), "{name} has no sample");
    }
}

#[test]
fn every_page_is_valid_html_with_language_title_and_one_main_heading() {
    for (name, page) in Samples::new(Templates::embedded().unwrap()).render() {
        assert!(page.html.starts_with("<!doctype html>"), "{name}");
        let document = Html::parse_document(&page.html);
        assert_eq!(document.errors, Vec::<&str>::new(), "{name}:\n{}", page.html);
        assert!(select(&document, "html[lang][dir]").len() == 1, "{name}");
        assert!(!select(&document, "title")[0].text().collect::<String>().trim().is_empty(), "{name}");
        assert_eq!(select(&document, "main, [role=main]").len(), 1, "{name}");
        if name != "page/embed.html" {
            assert_eq!(select(&document, "h1").len(), 1, "{name}");
        }
        for script in select(&document, "script[src]") {
            assert!(script.attr("src").unwrap().starts_with("/static/"), "{name}");
        }
    }
}

#[test]
fn the_embed_page_has_what_its_parent_relies_on() {
    let samples = Samples::new(Templates::embedded().unwrap());
    let pages = samples.render();
    let document = Html::parse_document(&pages[0].1.html);
    assert_eq!(select(&document, "head > base:first-child[target=_blank]").len(), 1);
    assert_eq!(select(&document, "html[lang='he-IL'][dir=rtl]").len(), 1);
    assert_eq!(select(&document, "body.view-container").len(), 1);
    let title = select(&document, "#content.wrapper.xblock-iframe-content > .xblock-title");
    assert_eq!(title[0].text().collect::<String>(), "Light & <lenses>");
    assert_eq!(select(&document, "#content > .xblock-v1 > p").len(), 1);
    let data: serde_json::Value =
        serde_json::from_str(&select(&document, "script#exedra-page")[0].text().collect::<String>()).unwrap();
    assert_eq!(data["handlers"], json!(samples.handler_urls));
    assert_eq!(data["parents"], json!(["https://lms.example.org"]));
    let untitled = Html::parse_document(&pages[1].1.html);
    assert!(select(&untitled, ".xblock-title").is_empty());
}

#[test]
fn resources_come_once_in_their_place_and_inline_scripts_carry_the_nonce() {
    let pages = Samples::new(Templates::embedded().unwrap()).render();
    let (_, page) = &pages[0];
    let document = Html::parse_document(&page.html);
    assert_eq!(select(&document, "head link[href='/static/a.css']").len(), 1);
    assert_eq!(select(&document, "head style").len(), 1);
    assert_eq!(select(&document, "head template#t").len(), 1);
    let scripts = select(&document, "body script[src^='/static/a.js']");
    assert_eq!(scripts.len(), 1);
    assert_eq!(scripts[0].attr("src"), Some("/static/a.js?x=1&y=\"2\""));
    let nonce = "07".repeat(16);
    for script in select(&document, "script:not([src]):not([type])") {
        assert_eq!(script.attr("nonce"), Some(nonce.as_str()), "{}", script.html());
    }
    let policy = &page.headers.iter().find(|(name, _)| *name == "Content-Security-Policy").unwrap().1;
    assert!(policy.contains(&format!("'nonce-{nonce}'")) && policy.contains("https://lms.example.org"));
}

#[test]
fn a_unit_has_its_way_and_its_sequence() {
    let pages = Samples::new(Templates::embedded().unwrap()).render();
    let document = Html::parse_document(&pages[2].1.html);
    assert_eq!(select(&document, "nav.breadcrumbs a[href='/courses/o']").len(), 1);
    assert_eq!(select(&document, "nav.sequence a[aria-current=page]").len(), 1);
    assert_eq!(select(&document, "a[rel=next][href='/units/lenses']").len(), 1);
    assert!(select(&document, "a[rel=prev]").is_empty());
    assert_eq!(select(&document, "base").len(), 0);
    let bare = Html::parse_document(&pages[3].1.html);
    assert!(select(&bare, "nav").is_empty());
}

#[test]
fn authors_see_references_with_their_pools_and_what_is_wrong() {
    let pages = Samples::new(Templates::embedded().unwrap()).render();
    let document = Html::parse_document(&pages[2].1.html);
    assert_eq!(select(&document, "section[aria-labelledby] > article.reference").len(), 2);
    assert_eq!(select(&document, ".reference details li").len(), 1);
    let entry = select(&document, ".reference details a[href='/units/lb:o:l:problem:a']");
    assert_eq!(entry[0].text().collect::<String>(), "A <b>");
    assert_eq!(select(&document, ".reference-remark.is-error").len(), 1);
    let bare = Html::parse_document(&pages[3].1.html);
    assert!(select(&bare, ".reference, .unit-references").is_empty());
}

#[test]
fn texts_are_written_in_the_direction_of_their_language() {
    for (language, expected) in [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("FA", "rtl"), ("", "ltr")] {
        assert_eq!(direction(language), expected, "{language}");
    }
}
