//! Handler calls: find the block, gather, have its type answer, persist.

use blockstore::Blockstore as _;
use xblock::{BlockCx, Child, Effects, HandlerError, HandlerRequest, HandlerResponse, View};

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
        links::{BlockUrls, asset_url},
        persist,
        render::show,
    },
};

/// How often a call is answered anew because another request of the same learner was faster.
const TRIES: usize = 8;

/// A handler call as it came in.
pub struct Call<'a> {
    /// Handler.
    pub name: &'a str,
    /// Rest of the path.
    pub suffix: &'a str,
    /// HTTP method.
    pub method: &'a str,
    /// Query parameters.
    pub query: &'a [(String, String)],
    /// Media type of the body.
    pub content_type: &'a str,
    /// Body.
    pub body: &'a [u8],
    /// Form fields.
    pub form: &'a [(String, String)],
}

/// Answers a handler call and keeps what it changed.
///
/// # Errors
/// As [`Scene::open`]; 404 for handlers the block does not have.
pub async fn call(
    app: &App,
    caller: &Caller,
    path: &BlockPath,
    call: &Call<'_>,
) -> Result<HandlerResponse, ApiError> {
    for _ in 0..TRIES {
        let scene = Scene::open(app, caller, path).await?;
        let (response, effects) = answer(app, caller, &scene, call).await?;
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

async fn answer(
    app: &App,
    caller: &Caller,
    scene: &Scene,
    call: &Call<'_>,
) -> Result<(HandlerResponse, Effects), ApiError> {
    let now = app.clock.now();
    let used = scene.block(0);
    let root = &scene.blocks[0];
    let block_type = scene.root_type();
    let mut request = HandlerRequest {
        method: call.method,
        suffix: call.suffix,
        query: call.query,
        content_type: call.content_type,
        body: call.body,
        form: call.form,
        assets: &[],
    };
    let node = root.structure.node(root.node);
    let wanted = block_type.handler_assets(&used, call.name, &request);
    let found: Vec<_> = wanted
        .into_iter()
        .filter_map(|path| Some((root.structure.asset(node, &path)?.digest, path)))
        .collect();
    let mut assets = Vec::new();
    if !found.is_empty() {
        let digests: Vec<_> = found.iter().map(|(digest, _)| *digest).collect();
        let bytes = app.database.read(&digests).await.map_err(|e| ApiError::Internal(e.to_string()))?;
        assets.extend(found.into_iter().map(|(_, path)| path).zip(bytes.into_iter().map(Vec::from)));
    }
    request.assets = &assets;
    let urls = BlockUrls {
        app,
        learner: &caller.info.id,
        asked: scene.found.asked,
        now: now.unix_timestamp(),
        return_url: call.query.iter().find(|(name, _)| name == "return").map(|(_, path)| path.clone()),
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
        children: &children,
        random: u32::from_ne_bytes(random),
        effects: Effects::default(),
    };
    match block_type.handle(&used, call.name, &request, &mut cx) {
        Ok(response) => Ok((response, cx.effects)),
        Err(e @ HandlerError::NoSuchHandler(_)) => Err(ApiError::problem(Code::NotFound, e.to_string())),
        Err(HandlerError::Refused { status, message }) => {
            Ok((HandlerResponse::json(status, &serde_json::json!({"error": message})), Effects::default()))
        }
        Err(HandlerError::Failed(message)) => Err(ApiError::Internal(format!("{}: {message}", root.usage))),
    }
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
