//! Handler calls: find the block, gather, have its type answer, persist.

use std::sync::Arc;

use blockstore::Blockstore as _;
use bytes::Bytes;
use xblock::{
    BlockCx, Child, Effects, GraderDelivery, GraderQueue, GraderSubmission, HandlerError, HandlerRequest,
    HandlerResponse, Site, UploadedFile, View,
};

use crate::{
    app::App,
    caller::Caller,
    http::{
        error::{ApiError, Code},
        pages::LANGUAGE,
    },
    path::BlockPath,
    runtime::{
        Scene,
        beside::beside,
        links::{BlockUrls, asset_url},
        persist,
        render::show,
    },
    xqueue::Submitter,
};

/// How often a call is answered anew because another request of the same learner was faster.
const TRIES: usize = 8;

/// A handler call as it came in.
pub struct Call {
    /// Handler.
    pub name: String,
    /// Rest of the path.
    pub suffix: String,
    /// HTTP method.
    pub method: String,
    /// Query parameters.
    pub query: Vec<(String, String)>,
    /// Media type of the body.
    pub content_type: String,
    /// Body.
    pub body: Bytes,
    /// Form fields.
    pub form: Vec<(String, String)>,
    /// Files of a multipart form.
    pub files: Vec<UploadedFile>,
}

impl Call {
    fn request<'a>(&'a self, assets: &'a [(String, Vec<u8>)]) -> HandlerRequest<'a> {
        HandlerRequest {
            method: &self.method,
            suffix: &self.suffix,
            query: &self.query,
            content_type: &self.content_type,
            body: &self.body,
            form: &self.form,
            files: &self.files,
            assets,
        }
    }
}

/// Answers a handler call and keeps what it changed.
///
/// # Errors
/// As [`Scene::open`]; 404 for handlers the block does not have.
pub async fn call(
    app: &App,
    caller: &Caller,
    path: &BlockPath,
    call: Call,
) -> Result<HandlerResponse, ApiError> {
    let call = Arc::new(call);
    // What went to graders stays there, however often the rest has to be done again.
    let mut delivered: Arc<[GraderDelivery]> = Arc::default();
    for _ in 0..TRIES {
        let scene = Arc::new(Scene::open(app, caller, path).await?);
        let assets = assets(app, &scene, &call).await?;
        let (response, mut effects) = compute(app, caller, &scene, &call, assets, &delivered).await?;
        if !effects.submissions.is_empty() {
            let fresh = deliver(app, caller, &scene, std::mem::take(&mut effects.submissions)).await;
            delivered = delivered.iter().cloned().chain(fresh).collect();
            continue;
        }
        let now = app.clock.now();
        let mut changes = scene.selection_changes(now);
        let drawn_again = !effects.reset.is_empty();
        // A handler that failed on purpose keeps nothing (xblock-core §9).
        if response.status < 500 {
            persist::collect(&mut changes, &scene, 0, effects, caller, now);
        }
        if persist::keep(app, caller, &changes).await? {
            return if drawn_again { body_anew(app, caller, path).await } else { Ok(response) };
        }
    }
    Err(ApiError::problem(Code::Conflict, "Other requests of yours keep changing this block; try again."))
}

/// Sends answers to external graders; nothing is locked meanwhile.
async fn deliver(
    app: &App,
    caller: &Caller,
    scene: &Scene,
    submissions: Vec<GraderSubmission>,
) -> Vec<GraderDelivery> {
    let Some(queue) = &app.xqueue else { return Vec::new() };
    let whose = Submitter {
        learner: &caller.info.id,
        usage: &scene.blocks[0].usage,
        asked: scene.found.asked,
        context: &scene.found.record.key,
    };
    queue.deliver(app, whose, submissions).await
}

/// Reads the assets that the handler asks for.
async fn assets(app: &App, scene: &Scene, call: &Call) -> Result<Vec<(String, Vec<u8>)>, ApiError> {
    let wanted = scene.root_type().handler_assets(&scene.block(0), &call.name, &call.request(&[]));
    let root = &scene.blocks[0];
    let node = root.structure.node(root.node);
    let found: Vec<_> = wanted
        .into_iter()
        .filter_map(|path| Some((root.structure.asset(node, &path)?.digest, path)))
        .collect();
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let digests: Vec<_> = found.iter().map(|(digest, _)| *digest).collect();
    let bytes = app.database.read(&digests).await.map_err(|e| ApiError::Internal(e.to_string()))?;
    Ok(found.into_iter().map(|(_, path)| path).zip(bytes.into_iter().map(Vec::from)).collect())
}

/// Has the block answer beside the workers: what a learner sends decides how long grading takes.
async fn compute(
    app: &App,
    caller: &Caller,
    scene: &Arc<Scene>,
    call: &Arc<Call>,
    assets: Vec<(String, Vec<u8>)>,
    delivered: &Arc<[GraderDelivery]>,
) -> Result<(HandlerResponse, Effects), ApiError> {
    let (own, caller) = (app.clone(), caller.clone());
    let (scene, call, delivered) = (Arc::clone(scene), Arc::clone(call), Arc::clone(delivered));
    let work = move || answer(&own, &caller, &scene, &call.request(&assets), &call.name, &delivered);
    beside(app, work).await?
}

/// Has the block answer; pure but for the time and the random number it is handed.
fn answer(
    app: &App,
    caller: &Caller,
    scene: &Scene,
    request: &HandlerRequest<'_>,
    name: &str,
    delivered: &[GraderDelivery],
) -> Result<(HandlerResponse, Effects), ApiError> {
    let now = app.clock.now();
    let used = scene.block(0);
    let root = &scene.blocks[0];
    let node = root.structure.node(root.node);
    let urls = BlockUrls {
        app,
        learner: &caller.info.id,
        asked: scene.found.asked,
        now: now.unix_timestamp(),
        return_url: request.query.iter().find(|(name, _)| name == "return").map(|(_, path)| path.clone()),
    };
    let lookup = |path: &str| asset_url(app, &root.structure, node, path);
    let links = renderer::urls::Links::statics_only(&lookup);
    let rewrite = |html: &str| renderer::urls::rewrite(html, &links).into_owned();
    let children: Vec<Child> = root.children.iter().map(|child| scene.child(*child)).collect();
    let mut random = [0; 4];
    app.clock.random(&mut random);
    let mut cx = BlockCx {
        site: app.site,
        learner: &caller.info,
        now,
        language: LANGUAGE,
        templates: &app.shared.templates,
        urls: &urls,
        rewrite: &rewrite,
        math: &renderer::math::formula,
        children: &children,
        random: u32::from_ne_bytes(random),
        grader: grader(app, delivered),
        effects: Effects::default(),
    };
    match scene.root_type().handle(&used, name, request, &mut cx) {
        Ok(response) => Ok((response, cx.effects)),
        Err(e @ HandlerError::NoSuchHandler(_)) => Err(ApiError::problem(Code::NotFound, e.to_string())),
        Err(HandlerError::Refused { status, message }) => {
            Ok((HandlerResponse::json(status, &serde_json::json!({"error": message})), Effects::default()))
        }
        Err(HandlerError::Failed(message)) => Err(ApiError::Internal(format!("{}: {message}", root.usage))),
    }
}

/// Returns the way to external graders. Previews do not go there, as in the reference.
fn grader<'a>(app: &App, deliveries: &'a [GraderDelivery]) -> Option<GraderQueue<'a>> {
    let queue = app.xqueue.as_ref().filter(|_| app.site == Site::Learn)?;
    Some(GraderQueue { wait_seconds: queue.wait_seconds(), deliveries })
}

/// Returns the block's new body as a JSON string: what drawing again answers with.
async fn body_anew(app: &App, caller: &Caller, path: &BlockPath) -> Result<HandlerResponse, ApiError> {
    let view = if caller.info.anonymous { View("public_view".to_owned()) } else { View::student() };
    let (rendered, _) = show(app, caller, path, &view, None).await?;
    // The client puts the answer into the wrapper that is there already.
    let inner = rendered.html.split_once('>').map_or("", |(_, rest)| rest);
    let inner = inner.strip_suffix("</div>").unwrap_or(inner);
    Ok(HandlerResponse::json(200, &inner.into()))
}
