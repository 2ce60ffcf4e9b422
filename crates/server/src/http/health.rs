//! Whether the process lives and whether it can serve.

use actix_web::{HttpResponse, web::Data};
use serde_json::json;

use crate::app::App;

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, description = "The process answers")))]
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// The database answers too.
#[utoipa::path(get, path = "/readyz", tag = "operations", responses(
    (status = 200, description = "Requests can be served"),
    (status = 503, description = "The database does not answer")
))]
pub(super) async fn ready(app: Data<App>) -> HttpResponse {
    match app.shared.database.ping().await {
        Ok(()) => HttpResponse::Ok().json(json!({"status": "ok", "database": "ok"})),
        Err(error) => {
            tracing::warn!(error.detail = %error, "the database does not answer");
            HttpResponse::ServiceUnavailable()
                .json(json!({"status": "unavailable", "database": "unavailable"}))
        }
    }
}
