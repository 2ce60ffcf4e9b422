//! `exedra serve`: both sites, until told to stop.

use std::{net::TcpListener, process::ExitCode, sync::Arc};

use actix_web::{HttpServer, middleware};
use anyhow::{Context as _, Result};
use futures_util::future;
use xblock::Site;

use super::{block_on, open, start_log};
use crate::{
    app::{App, Shared},
    config::Config,
    http,
};

/// Seconds that requests under way get when the server is told to stop.
const GRACE_SECONDS: u64 = 20;

pub(super) fn run(config: Config) -> Result<ExitCode> {
    start_log(&config)?;
    let bind = |address| TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"));
    let learn = bind(config.learn_listen)?;
    let studio = bind(config.studio_listen)?;
    block_on(async {
        let shared = open(config).await?;
        tracing::info!(learn = %shared.config.learn_url, studio = %shared.config.studio_url, "serving");
        both(shared, learn, studio).await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Serves both sites on the given listeners until SIGINT or SIGTERM, then lets requests under way finish.
pub(super) async fn both(shared: Arc<Shared>, learn: TcpListener, studio: TcpListener) -> Result<()> {
    let workers = shared.config.workers;
    let server = |site: Site, listener: TcpListener| {
        let app = App { site, shared: Arc::clone(&shared) };
        let server = HttpServer::new(move || {
            actix_web::App::new()
                .wrap(middleware::Compress::default())
                .wrap(middleware::from_fn(http::observe::observe))
                .configure(|routes| http::routes(routes, app.clone()))
        })
        .workers(workers)
        .shutdown_timeout(GRACE_SECONDS)
        .listen(listener)?
        .run();
        anyhow::Ok(server)
    };
    future::try_join(server(Site::Learn, learn)?, server(Site::Studio, studio)?).await?;
    shared.database.close().await;
    Ok(())
}
