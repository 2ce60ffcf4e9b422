//! `GET …/` (xblock-rest-api §2.1).

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    caller::Caller,
    http::{body::pairs, error::ApiError, private},
    path::BlockPath,
    runtime::Scene,
};

/// Answers what a block is. Independent of who asks.
#[utoipa::path(get, path = "/api/xblock/v2/xblocks/{usage}/", tag = "xblock",
    params(("usage" = String, Path, description = "Usage key, optionally `@draft`, `@published` or `@N`"),
        ("include" = Option<String>, Query, description = "Comma-separated: index_dictionary, student_view_data, children, editable_children")),
    responses((status = 200, description = "Metadata"), (status = 403, description = "No permission"), (status = 404, description = "No such block")))]
pub(crate) async fn metadata(
    request: &HttpRequest,
    app: &App,
    path: &BlockPath,
) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(request, app)?;
    let include: Vec<String> = pairs(request.query_string().as_bytes())?
        .into_iter()
        .filter(|(name, _)| name == "include")
        .flat_map(|(_, value)| value.split(',').map(|word| word.trim().to_owned()).collect::<Vec<_>>())
        .collect();
    let wants = |word: &str| include.iter().any(|w| w == word);
    let scene = Scene::open_and_keep(app, &caller, path).await?;
    let mut answer = basics(&scene);
    let block = scene.root_block();
    if wants("index_dictionary") {
        answer.insert("index_dictionary".into(), scene.root_type().index_dictionary(&block));
    }
    if wants("student_view_data") {
        answer.insert(
            "student_view_data".into(),
            scene.root_type().student_view_data(&block).unwrap_or(Value::Null),
        );
    }
    if wants("children") {
        answer.insert("children".into(), scene.child_keys().into());
    }
    if wants("editable_children") {
        answer.insert("editable_children".into(), scene.editable_child_keys().into());
    }
    Ok(private(HttpResponse::Ok().json(Value::Object(answer))))
}

/// Returns the three fields every answer about a block starts with.
pub(crate) fn basics(scene: &Scene) -> Map<String, Value> {
    let mut answer = Map::new();
    answer.insert("block_id".into(), scene.blocks[0].usage.to_string().into());
    answer.insert("block_type".into(), json!(&*scene.blocks[0].source.block_type));
    answer.insert("display_name".into(), scene.title().into());
    answer
}
