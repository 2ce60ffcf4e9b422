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

fn form(action: &str) -> Form {
    Form { action: action.to_owned(), etag: "\"bundle-d1-2\"".to_owned() }
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
            answers: vec![("Which <one>?".to_owned(), "/answers/a".to_owned())],
            references: vec![
                ReferenceBox {
                    title: "Two & more",
                    key: "block-v1:o+c+r+type@lib_ref+block@a",
                    url: "/references/a".to_owned(),
                    draws: "Each learner sees 2 of 1 blocks.".to_owned(),
                    update: Some(UpdateNotice {
                        version: "Version 2 “<New>”".to_owned(),
                        url: "/references/a/update".to_owned(),
                    }),
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
                    url: "/references/b".to_owned(),
                    draws: String::new(),
                    update: None,
                    remarks: vec![Remark { is_error: true, message: "The library is missing." }],
                    pool: None,
                },
            ],
        }
    }

    fn versions() -> Vec<VersionEntry> {
        let entry = |number, name: &str| VersionEntry {
            number,
            name: name.to_owned(),
            comment: name.to_owned(),
            date: "2026-11-22".to_owned(),
            is_shown: number == 1,
            is_chosen: number == 2,
        };
        vec![entry(3, "<third>"), entry(2, "second"), entry(1, "")]
    }

    fn publishing() -> Publishing<'static> {
        Publishing {
            notice: Some("Done."),
            has_changes: true,
            form: Some(form("/contexts/c/publish")),
            updates: vec![UpdateEntry {
                unit: "A & B".to_owned(),
                title: "<Two>".to_owned(),
                versions: "version 1 → 2".to_owned(),
                url: "/references/a/update".to_owned(),
            }],
            update_all: Some("/contexts/c/update".to_owned()),
            versions: Samples::versions(),
        }
    }

    fn answers() -> AnswersPage<'static> {
        let answer = |text: &str, graded, count| AnswerEntry {
            text: text.to_owned(),
            graded,
            count,
            share: 0.5,
            percent: "50 %".to_owned(),
        };
        let question = |answers, others| QuestionEntry {
            title: "Which <one>?".to_owned(),
            input: "2_1",
            learners: 4,
            answers,
            others,
        };
        AnswersPage {
            title: "A & B",
            breadcrumbs: vec![Crumb { title: "Home", url: Some("/") }],
            summary: "Answers of 4 learners.".to_owned(),
            privacy: "Nobody is named.".to_owned(),
            questions: vec![question(vec![answer("<b>", "Right", 2), answer("c", "", 0)], 2)],
        }
    }

    fn reference() -> ReferencePage<'static> {
        let value = |name: &str, for_all, ignored| CustomizedValue {
            name: name.to_owned(),
            title: name.to_owned(),
            for_all,
            library: "3".to_owned(),
            course: "<5>".to_owned(),
            ignored,
        };
        ReferencePage {
            title: "Two <blocks>",
            breadcrumbs: vec![Crumb { title: "Home", url: Some("/") }],
            notice: Some("Reset."),
            undo: Some(Undo {
                form: form("/references/a/restore"),
                fields: r#"{"field_overrides":{"a":"\"><script>"}}"#.to_owned(),
                signature: "00".to_owned(),
            }),
            draws: "Learners see all.".to_owned(),
            remarks: vec![Remark { is_error: false, message: "only <1> is there" }],
            standing: "The course shows version 1.".to_owned(),
            update: Some(Crumb { title: "See what changes", url: Some("/references/a/update") }),
            settings: vec![("Library", "lib:O:L".to_owned())],
            pool: None,
            customized: vec![CustomizedEntry {
                title: "A <b>".to_owned(),
                block: "lb:o:l:problem:a".to_owned(),
                waits: true,
                fields: vec![value("max_attempts", false, ""), value("weight", true, "no such field")],
            }],
            reset: Some(form("/references/a/reset")),
        }
    }

    fn update() -> UpdatePage<'static> {
        let piece = |kind, text: &str| TextPiece { kind, text: text.to_owned() };
        let change = BlockChange {
            title: "A <b>".to_owned(),
            block_type: "problem".to_owned(),
            used: "1 learner has it now.".to_owned(),
            fields: vec![
                FieldChange { name: "x".to_owned(), from: "<1>".to_owned(), to: "2".to_owned(), kept: None },
                FieldChange {
                    name: "y".to_owned(),
                    from: "1".to_owned(),
                    to: "2".to_owned(),
                    kept: Some("<3>".to_owned()),
                },
            ],
            files: true,
            text: vec![piece("same", "<p>"), piece("gone", "a"), piece("new", "b"), piece("gap", "")],
            source: vec![piece("same", "<p>")],
            before: Some("/xblocks/v2/a/embed/student_view/?version=1&show_title=1".to_owned()),
            after: None,
        };
        UpdatePage {
            title: "What the update changes",
            breadcrumbs: vec![],
            summary: "1 block changed.".to_owned(),
            versions: Samples::versions(),
            added: vec![change.clone()],
            removed: vec![change.clone()],
            changed: vec![change],
            warnings: vec![Remark { is_error: true, message: "<too few>" }],
            waiting: vec!["problem:<gone>".to_owned()],
            apply: Some("Update"),
            to: 2,
            needs_confirmation: true,
            form: form("/references/a/update"),
            decline: Some("/references/a/decline".to_owned()),
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
            publishing: Some(Samples::publishing()),
        };
        let empty = ListingPage {
            entries: vec![],
            summary: None,
            breadcrumbs: vec![],
            publishing: None,
            ..listing.clone()
        };
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
            ("page/reference.html", pages.reference(&Samples::reference(), "en", &nonce).unwrap()),
            (
                "page/reference.html",
                pages
                    .reference(
                        &ReferencePage { reset: None, undo: None, ..Samples::reference() },
                        "en",
                        &nonce,
                    )
                    .unwrap(),
            ),
            ("page/update.html", pages.update(&Samples::update(), "en", &nonce).unwrap()),
            (
                "page/update.html",
                pages
                    .update(
                        &UpdatePage {
                            apply: None,
                            changed: vec![],
                            added: vec![],
                            removed: vec![],
                            ..Samples::update()
                        },
                        "en",
                        &nonce,
                    )
                    .unwrap(),
            ),
            ("page/answers.html", pages.answers(&Samples::answers(), "en", &nonce).unwrap()),
            (
                "page/answers.html",
                pages
                    .answers(&AnswersPage { questions: vec![], ..Samples::answers() }, "en", &nonce)
                    .unwrap(),
            ),
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
