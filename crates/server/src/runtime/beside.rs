//! Work that takes its time, done beside the workers.

use std::sync::Arc;

use crate::{app::App, http::error::ApiError};

/// Computes on a thread of its own and waits for the result: the worker has other requests to serve meanwhile. As many
/// of these as there are processors are computed at once; the others wait for their turn.
///
/// # Errors
/// Work that panics is a fault of its request alone.
pub async fn beside<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let stopped = |e: &dyn std::fmt::Display| ApiError::Internal(format!("work was stopped: {e}"));
    let permit = Arc::clone(&app.shared.computing).acquire_owned().await.map_err(|e| stopped(&e))?;
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(permit);
        done
    });
    done.await.map_err(|e| stopped(&e))
}
