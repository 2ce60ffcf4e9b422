//! `exedra serve`: both sites, until told to stop.

use std::{net::TcpListener, process::ExitCode, sync::Arc};

use actix_web::{HttpServer, middleware, rt::signal};
use anyhow::{Context as _, Result};
use futures_util::future;
use xblock::Site;

use super::{block_on, open, start_log};
use crate::{
    app::{App, Shared},
    config::Config,
    http,
    runtime::units::end_publishes,
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
        // Left to itself, the first server to hear a signal takes the threads of the other one down with it.
        .disable_signals()
        .listen(listener)?
        .run();
        anyhow::Ok(server)
    };
    let all = Arc::clone(&shared);
    actix_web::rt::spawn(async move { end_publishes(&all).await });
    let (learn, studio) = (server(Site::Learn, learn)?, server(Site::Studio, studio)?);
    let handles = [learn.handle(), studio.handle()];
    let stop = told_to_stop()?;
    actix_web::rt::spawn(async move {
        stop.await;
        tracing::info!("stopping");
        future::join_all(handles.map(|handle| handle.stop(true))).await;
    });
    tracing::info!(learn = %shared.config.learn_url, studio = %shared.config.studio_url, "serving");
    future::try_join(learn, studio).await?;
    shared.database.close().await;
    Ok(())
}

/// Listens for Ctrl-C and SIGTERM from now on; the future ends with the first of them.
fn told_to_stop() -> Result<impl Future<Output = ()>> {
    use signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).context("signals cannot be heard");
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    Ok(async move {
        future::select(Box::pin(interrupt.recv()), Box::pin(terminate.recv())).await;
    })
}
