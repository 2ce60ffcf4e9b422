//! Blocks, contexts and pages for tests: the real templates, everything else plain values.

use minijinja::{Environment, UndefinedBehavior};
use opaque_keys::UsageKey;
use scraper::{Html, Selector};
use serde_json::{Value, json};
use time::OffsetDateTime;
use xblock::{
    Block, BlockCx, BlockState, BlockType, Child, CompileCx, Definition, Effects, Fields, Fragment,
    GraderDelivery, GraderQueue, HandlerError, HandlerRequest, HandlerResponse, LearnerInfo, Piece,
    Placement, Site, TemplateEngine, Urls, View, ViewError,
};

/// Renders the project's templates.
pub(crate) struct Templates(Environment<'static>);

impl Templates {
    pub(crate) fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../templates/");
        environment.set_loader(move |name| Ok(std::fs::read_to_string([folder, name].concat()).ok()));
        Templates(environment)
    }
}

impl TemplateEngine for Templates {
    fn render(&self, name: &str, context: minijinja::Value) -> Result<String, ViewError> {
        let failed = |e: minijinja::Error| ViewError::Failed(format!("{e:#}"));
        self.0.get_template(name).map_err(failed)?.render(context).map_err(failed)
    }
}

/// URLs that show what was asked for.
struct FakeUrls;

impl Urls for FakeUrls {
    fn handler_url(&self, usage: &UsageKey, handler: &str, suffix: &str) -> String {
        format!("https://learn.test/{usage}/handler/{handler}/{suffix}")
    }

    fn client_url(&self, file: &str) -> String {
        format!("/static/exedra/{file}")
    }

    fn return_url(&self) -> Option<&str> {
        Some("/units/u1?a=1")
    }

    fn page_url(&self, usage: &UsageKey) -> Option<String> {
        Some(format!("/pages/{usage}"))
    }
}

/// One block with everything a test may want to change about it.
pub(crate) struct Fixture {
    pub(crate) block_type: &'static dyn BlockType,
    pub(crate) usage: UsageKey,
    pub(crate) definition: Definition,
    pub(crate) override_fields: Fields,
    pub(crate) inherited: Fields,
    pub(crate) user_state: Fields,
    pub(crate) preferences: Fields,
    pub(crate) learner: LearnerInfo,
    pub(crate) site: Site,
    pub(crate) now: OffsetDateTime,
    pub(crate) random: u32,
    pub(crate) children: Vec<Child>,
    /// Seconds between submissions to an external grader, where there is one, and what became of those made.
    pub(crate) grader: Option<(u32, Vec<GraderDelivery>)>,
    pub(crate) templates: Templates,
}

pub(crate) fn fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        other => panic!("{other} is no object"),
    }
}

impl Fixture {
    pub(crate) fn new(block_type: &'static dyn BlockType, authored: Value) -> Self {
        let name = block_type.decl().block_type;
        let authored = fields(authored);
        let mut problems = Vec::new();
        let math = |html: &str, _: &mut Vec<_>| html.replace("\\(x\\)", "<math><mi>x</mi></math>");
        let compiled = block_type.compile(&authored, &CompileCx { math: &math }, &mut problems);
        Fixture {
            block_type,
            usage: key(&format!("lb:Org:lib:{name}:b1")),
            definition: Definition {
                digest: [0; 20],
                block_type: name.into(),
                fields: authored,
                compiled,
                problems,
            },
            override_fields: Fields::new(),
            inherited: Fields::new(),
            user_state: Fields::new(),
            preferences: Fields::new(),
            learner: LearnerInfo {
                id: "5".to_owned(),
                email: "a&b@example.org".to_owned(),
                anonymous_id: "f00d".to_owned(),
                ..LearnerInfo::default()
            },
            site: Site::Learn,
            now: time::macros::datetime!(2026-11-22 12:00:00 UTC),
            random: 123_456,
            children: Vec::new(),
            grader: None,
            templates: Templates::new(),
        }
    }

    /// Adds children of the given names; an empty name is a child that renders to nothing.
    pub(crate) fn with_children(mut self, names: &[&str]) -> Self {
        self.children = names
            .iter()
            .enumerate()
            .map(|(i, name)| Child {
                usage: key(&format!("lb:Org:lib:html:c{i}")),
                block_type: "html".to_owned(),
                display_name: (*name).to_owned(),
                is_empty: name.is_empty(),
                completion: (i == 0).then_some(1.0),
                draw_again: None,
            })
            .collect();
        self
    }

    pub(crate) fn with<T>(&self, f: impl FnOnce(&Block<'_>, &mut BlockCx<'_>) -> T) -> (T, Effects) {
        let none = Fields::new();
        let overrides = [std::sync::Arc::new(self.override_fields.clone())];
        let block = Block {
            usage: &self.usage,
            decl: self.block_type.decl(),
            definition: &self.definition,
            placement: Placement {
                overrides: &overrides,
                inherited: &self.inherited,
                inherited_first: false,
            },
            state: BlockState {
                user_state: &self.user_state,
                preferences: &self.preferences,
                user_info: &none,
                summary: &none,
            },
        };
        let mut cx = BlockCx {
            site: self.site,
            learner: &self.learner,
            now: self.now,
            language: "en",
            templates: &self.templates,
            urls: &FakeUrls,
            rewrite: &|html| html.replace("\"/static/", "\"/assets/"),
            math: &|tex| Some(format!("<math><mtext>{tex}</mtext></math>")),
            children: &self.children,
            random: self.random,
            grader: self
                .grader
                .as_ref()
                .map(|(wait_seconds, deliveries)| GraderQueue { wait_seconds: *wait_seconds, deliveries }),
            effects: Effects::default(),
        };
        let answer = f(&block, &mut cx);
        (answer, cx.effects)
    }

    pub(crate) fn block<T>(&self, f: impl FnOnce(&Block<'_>) -> T) -> T {
        self.with(|block, _| f(block)).0
    }

    pub(crate) fn view_named(&self, view: &str) -> (Result<Fragment, ViewError>, Effects) {
        self.with(|block, cx| self.block_type.view(block, &View(view.to_owned()), cx))
    }

    /// Returns the fragment and HTML of `student_view`, children as `[index]`.
    pub(crate) fn view(&self) -> (Fragment, String, Effects) {
        let (fragment, effects) = self.view_named("student_view");
        let fragment = fragment.unwrap();
        let html = fragment.content.iter().map(|piece| match piece {
            Piece::Html(html) => html.clone(),
            Piece::Shared(html) => html.to_string(),
            Piece::Child(index) => format!("[{index}]"),
        });
        let html = html.collect();
        (fragment, html, effects)
    }

    pub(crate) fn call(&self, name: &str, request: &HandlerRequest<'_>) -> (Answer, Effects) {
        self.with(|block, cx| self.block_type.handle(block, name, request, cx))
    }

    /// Posts JSON to a handler.
    pub(crate) fn post_json(&self, name: &str, suffix: &str, body: &Value) -> (Answer, Effects) {
        let body = body.to_string();
        let json = "application/json";
        let request = HandlerRequest { suffix, content_type: json, body: body.as_bytes(), ..POST };
        self.call(name, &request)
    }

    /// Posts a form to a handler.
    pub(crate) fn post_form(&self, name: &str, suffix: &str, form: &[(&str, &str)]) -> (Answer, Effects) {
        let form: Vec<_> = form.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.call(name, &HandlerRequest { suffix, form: &form, ..POST })
    }
}

type Answer = Result<HandlerResponse, HandlerError>;

/// An empty form.
pub(crate) const POST: HandlerRequest<'static> = HandlerRequest {
    method: "POST",
    suffix: "",
    query: &[],
    content_type: "application/x-www-form-urlencoded",
    body: b"",
    form: &[],
    files: &[],
    assets: &[],
};

/// Returns the JSON of an answer.
pub(crate) fn body(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.as_ref().unwrap().body).unwrap()
}

pub(crate) fn key(text: &str) -> UsageKey {
    text.parse().unwrap()
}

/// A rendered fragment to ask questions of.
pub(crate) struct Page(Html);

impl Page {
    pub(crate) fn new(html: &str) -> Self {
        Page(Html::parse_fragment(html))
    }

    fn select(&self, selector: &str) -> Vec<scraper::ElementRef<'_>> {
        self.0.select(&Selector::parse(selector).unwrap()).collect()
    }

    pub(crate) fn count(&self, selector: &str) -> usize {
        self.select(selector).len()
    }

    /// Returns the text of the only element that matches, blanks collapsed.
    pub(crate) fn text(&self, selector: &str) -> String {
        let found = self.select(selector);
        assert_eq!(found.len(), 1, "{selector} in {}", self.0.html());
        let text: String = found[0].text().collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Returns an attribute of the only element that matches.
    pub(crate) fn attr(&self, selector: &str, name: &str) -> Option<String> {
        let found = self.select(selector);
        assert_eq!(found.len(), 1, "{selector} in {}", self.0.html());
        found[0].value().attr(name).map(str::to_owned)
    }
}

/// Returns a user_state with one field.
pub(crate) fn state(name: &str, value: Value) -> Fields {
    fields(json!({name: value}))
}
