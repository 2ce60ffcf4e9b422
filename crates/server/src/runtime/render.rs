//! Views of a scene: children before parents, pure; then wrapped into one piece of HTML.

use std::collections::BTreeMap;

use learner::Changes;
use opaque_keys::UsageKey;
use renderer::{
    RenderedBlock, WireFragment,
    page::{BlockPage, Page},
    urls::{CourseLinks, Links, StaticLookup},
};
use serde_json::Value;
use xblock::{BlockCx, Child, Effects, Fragment, Resource, Urls as _, View, ViewError};

use crate::{
    app::App,
    caller::Caller,
    http::{
        error::{ApiError, Code},
        pages::{LANGUAGE, nonce, pages, template_error},
    },
    path::BlockPath,
    runtime::{
        Scene,
        links::{BlockUrls, asset_url},
        persist,
    },
};

/// How often a page is made anew because another request of the same learner was faster.
pub(super) const TRIES: usize = 5;

/// A rendered block tree.
#[derive(Debug)]
pub struct Rendered {
    /// HTML of the root block, in its wrapper.
    pub html: String,
    /// Resources, each once, children first.
    pub resources: Vec<Resource>,
    /// For every block, the URL of its handlers with the literal name `handler_name`.
    pub handlers: BTreeMap<String, String>,
}

impl Rendered {
    /// Returns the form of the view endpoints.
    pub fn wire(&self, root: &str) -> WireFragment {
        WireFragment::new(self.html.clone(), &self.resources, root)
    }

    /// Returns what a page shows of it.
    pub fn block_page<'a>(&'a self, scene: &'a Scene, language: &'a str, show_title: bool) -> BlockPage<'a> {
        BlockPage {
            language,
            title: scene.title(),
            show_title,
            content: &self.html,
            resources: self.resources.iter().collect(),
            handler_urls: &self.handlers,
        }
    }

    /// Returns the page to be framed.
    pub fn embed_page(&self, app: &App, scene: &Scene, show_title: bool) -> Result<Page, ApiError> {
        pages(app).embed(&self.block_page(scene, LANGUAGE, show_title), &nonce(app)).map_err(template_error)
    }
}

/// Renders a block for a caller and keeps what that changed: the road of docs/ARCHITECTURE.md from step 2 to 7.
///
/// # Errors
/// As [`Scene::open`]; 404 for views the block does not have.
pub async fn show(
    app: &App,
    caller: &Caller,
    path: &BlockPath,
    view: &View,
    return_url: Option<String>,
) -> Result<(Rendered, Scene), ApiError> {
    for _ in 0..TRIES {
        let scene = Scene::open(app, caller, path).await?;
        let (rendered, changes) = render(app, caller, &scene, view, return_url.clone())?;
        if persist::keep(app, caller, &changes).await? {
            return Ok((rendered, scene));
        }
    }
    Err(ApiError::problem(Code::Conflict, "Other requests of yours keep changing this page; try again."))
}

/// Renders a scene; pure but for the nonces and ids it was handed.
///
/// # Errors
/// 404 for views the root block does not have; a child that fails is left out and logged.
pub fn render(
    app: &App,
    caller: &Caller,
    scene: &Scene,
    view: &View,
    return_url: Option<String>,
) -> Result<(Rendered, Changes), ApiError> {
    let now = app.clock.now();
    let urls = BlockUrls {
        app,
        learner: &caller.info.id,
        asked: scene.found.asked,
        now: now.unix_timestamp(),
        return_url,
    };
    let lookups: Vec<Box<StaticLookup<'_>>> = scene
        .blocks
        .iter()
        .map(|block| {
            let node = block.structure.node(block.node);
            Box::new(move |path: &str| asset_url(app, &block.structure, node, path)) as Box<StaticLookup<'_>>
        })
        .collect();
    let jump = format!("/courses/{}/jump_to_id/", scene.found.structure.key);
    let mut random = [0; 4];
    app.clock.random(&mut random);
    let mut renderer = Renderer {
        app,
        caller,
        scene,
        view,
        urls: &urls,
        now,
        random: u32::from_ne_bytes(random),
        course: scene
            .found
            .structure
            .key
            .is_course()
            .then(|| CourseLinks { course_key: scene.found.structure.key.as_str(), jump_to_id: &jump }),
        lookups: &lookups,
        effects: Vec::new(),
    };
    let (root, _) = renderer.block(0).map_err(|e| match e {
        ViewError::NoSuchView { .. } => ApiError::problem(Code::NotFound, e.to_string()),
        ViewError::Failed(message) => ApiError::Internal(format!("{}: {message}", scene.blocks[0].usage)),
    })?;
    let effects = std::mem::take(&mut renderer.effects);
    let rendered = Rendered {
        html: root.to_html(&view.0),
        resources: root.resources().into_iter().cloned().collect(),
        handlers: scene
            .blocks
            .iter()
            .map(|b| {
                let url = urls.handler_url(&b.usage, "handler_name", "");
                (b.usage.to_string(), url)
            })
            .collect(),
    };
    let mut changes = scene.selection_changes(now);
    for (index, effects) in effects {
        persist::collect(&mut changes, scene, index, effects, caller, now);
    }
    Ok((rendered, changes))
}

/// Leaves the control for drawing again with the last block shown of each draw.
fn last_drawn_only(children: &mut [Child]) {
    let mut met: Vec<UsageKey> = Vec::new();
    for child in children.iter_mut().rev() {
        let Some(reference) = &child.draw_again else { continue };
        if child.is_empty || met.contains(reference) {
            child.draw_again = None;
        } else {
            met.push(reference.clone());
        }
    }
}

struct Renderer<'a> {
    app: &'a App,
    caller: &'a Caller,
    scene: &'a Scene,
    view: &'a View,
    urls: &'a BlockUrls<'a>,
    now: time::OffsetDateTime,
    random: u32,
    course: Option<CourseLinks<'a>>,
    lookups: &'a [Box<StaticLookup<'a>>],
    effects: Vec<(usize, Effects)>,
}

impl<'a> Renderer<'a> {
    fn block(&mut self, index: usize) -> Result<(RenderedBlock<'a>, Child), ViewError> {
        let scene = self.scene;
        let block = &scene.blocks[index];
        let mut rendered = Vec::with_capacity(block.children.len());
        let mut children = Vec::with_capacity(block.children.len());
        for child in &block.children {
            match self.block(*child) {
                Ok((html, child)) => {
                    rendered.push(html);
                    children.push(child);
                }
                // One block that fails does not take the page with it (unit-composition §7).
                Err(error) => {
                    tracing::warn!(block = %scene.blocks[*child].usage, error.detail = %error, "a block was left out")
                }
            }
        }
        last_drawn_only(&mut children);
        let links = self.links(index);
        let rewrite = |html: &str| renderer::urls::rewrite(html, &links).into_owned();
        let mut cx = BlockCx {
            site: self.app.site,
            learner: &self.caller.info,
            now: self.now,
            language: LANGUAGE,
            templates: &self.app.shared.templates,
            urls: self.urls,
            rewrite: &rewrite,
            math: &renderer::math::formula,
            children: &children,
            random: self.random.wrapping_add(index as u32),
            grader: None,
            effects: Effects::default(),
        };
        let used = scene.block(index);
        let block_type = self.app.registry.get(&block.source.block_type);
        let fragment: Fragment = block_type.view(&used, self.view, &mut cx)?;
        if !cx.effects.is_empty() {
            self.effects.push((index, std::mem::take(&mut cx.effects)));
        }
        let child = Child {
            usage: block.usage.clone(),
            block_type: block.source.block_type.to_string(),
            display_name: used.display_name().into_owned(),
            is_empty: fragment.is_empty(),
            completion: scene.completion(index),
            draw_again: block.draw_again.clone(),
        };
        let name = match used.value("name").as_ref() {
            Value::String(_) => block.definition.fields.get("name").and_then(Value::as_str),
            _ => None,
        };
        let rendered = RenderedBlock {
            usage: &block.usage,
            block_type: &block.source.block_type,
            class_name: used.decl.class_name,
            name,
            fragment,
            children: rendered,
            links: Some(links),
        };
        Ok((rendered, child))
    }

    fn links(&self, index: usize) -> Links<'a> {
        let in_course = self.scene.blocks[index].structure.key.is_course();
        Links { course: self.course.filter(|_| in_course), ..Links::statics_only(&*self.lookups[index]) }
    }
}
