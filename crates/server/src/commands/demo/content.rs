//! What the demo shows: brought in once, and left alone when the demo is started again.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use actix_web::http::header::HeaderMap;
use anyhow::{Context as _, Result, bail};
use importer::NoProgress;
use learning_context::{ContextError, ContextKind};
use opaque_keys::LearningContextKey;
use serde_json::Value;
use xblock::Site;

use crate::{
    app::{App, Shared},
    caller::{Caller, Via},
    clock::random_uuid,
    http::error::ApiError,
    runtime::{
        author::{self, Named},
        pathways::{self, Edit},
        units::record_units,
    },
    token::Claims,
};

/// The file that makes a folder a pathway: what reading one from the studio site answers with.
const PATHWAY: &str = "pathway.json";

/// Returns the folders with content: libraries, then courses, which use them, then pathways.
pub(super) fn folders(given: Option<&Path>) -> Result<Vec<PathBuf>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    let root = match given {
        Some(path) => path.to_owned(),
        None if Path::new("demo/course").is_dir() => PathBuf::from("demo"),
        None if beside.join("course").is_dir() => beside,
        None => {
            bail!("the demo content is not here; run this in the project's folder or give --content FOLDER")
        }
    };
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&root)
        .with_context(|| format!("{} cannot be read", root.display()))?
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.is_dir())
        .collect();
    folders.sort_by_key(|p| (p.join(PATHWAY).exists(), p.join("course.xml").exists(), p.clone()));
    if folders.is_empty() {
        bail!("{} holds no content", root.display());
    }
    Ok(folders)
}

/// Brings in what is not there yet and returns the keys of all. The drafts that libraries come with are published
/// last, as their second edition: so the course, which pins the first, has updates to show.
pub(super) async fn fill(
    shared: &Arc<Shared>,
    author: &Claims,
    folders: &[PathBuf],
) -> Result<Vec<LearningContextKey>> {
    let studio = App { site: Site::Studio, shared: Arc::clone(shared) };
    let author = Caller::signed_in(&studio, author, Via::Nobody);
    let mut keys = Vec::new();
    let mut new_libraries = Vec::new();
    for folder in folders {
        let brought = match folder.join(PATHWAY) {
            file if file.exists() => pathway(&studio, &author, &file).await,
            _ => import(shared, folder).await,
        };
        let (key, is_new) = brought.with_context(|| format!("{}", folder.display()))?;
        if is_new && key.is_library() {
            new_libraries.push(key.clone());
        }
        keys.push(key);
    }
    for key in new_libraries {
        publish(&studio, &author, &key).await?;
    }
    Ok(keys)
}

/// Imports a course or library that is not there; returns its key and whether it is new.
async fn import(shared: &Shared, folder: &Path) -> Result<(LearningContextKey, bool)> {
    let new_uuid = || random_uuid(shared.clock.as_ref());
    let mut options = importer::Options::new(shared.clock.now(), &new_uuid, &shared.config.data_dir);
    options.allow_public_learning = true;
    options.allow_public_read = true;
    let plan = importer::prepare(folder, &shared.registry, &options, &NoProgress)?;
    let key = plan.key.clone();
    if is_there(shared, &key).await? {
        return Ok((key, false));
    }
    let store = &*shared.database;
    importer::apply(plan, store, store, &options, &NoProgress).await?;
    shared.contexts.invalidate(&key);
    record_units(shared, &key).await;
    Ok((key, true))
}

/// Creates and publishes a pathway that is not there; returns its key and whether it is new.
async fn pathway(studio: &App, author: &Caller, file: &Path) -> Result<(LearningContextKey, bool)> {
    let body: Value = serde_json::from_slice(&std::fs::read(file)?)?;
    let key = body["id"].as_str().context("it has no \"id\"")?;
    let key: LearningContextKey = key.parse()?;
    if is_there(studio, &key).await? {
        return Ok((key, false));
    }
    pathways::create_as(studio, author, &key, &Edit::read(body).map_err(failed)?).await.map_err(failed)?;
    pathways::publish(studio, author, &key).await.map_err(failed)?;
    Ok((key, true))
}

async fn publish(studio: &App, author: &Caller, key: &LearningContextKey) -> Result<()> {
    let record = studio.contexts.record(key).await?;
    if record.kind != ContextKind::Library || record.draft_revision.is_none() {
        return Ok(());
    }
    let named = Named { name: "Second edition", comment: "Corrections, and a question in place of another." };
    let version =
        author::publish(studio, author, &record, &named, &HeaderMap::new()).await.map_err(failed)?;
    tracing::info!(library = %key, version = version.number, "published");
    Ok(())
}

async fn is_there(shared: &Shared, key: &LearningContextKey) -> Result<bool> {
    match shared.contexts.record(key).await {
        Ok(_) => Ok(true),
        Err(ContextError::NotFound(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn failed(error: ApiError) -> anyhow::Error {
    anyhow::anyhow!("{error}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::SystemClock,
        config::{Config, Settings},
    };

    #[actix_web::test]
    async fn starting_the_demo_again_leaves_everything_as_it_is() {
        let data = tempfile::tempdir().expect("a folder");
        let settings = Settings { data_dir: Some(data.path().to_owned()), ..Settings::default() };
        let config = Config::complete(settings, &SystemClock).expect("a configuration");
        let shared = Arc::new(Shared::open(config, Arc::new(SystemClock)).await.expect("a store"));
        let folders = folders(None).expect("the demo content");
        let author = Claims { user_id: Some(1), administrator: true, ..Claims::default() };
        let first = fill(&shared, &author, &folders).await.expect("filled");
        let versions = async || {
            let mut versions = Vec::new();
            for key in &first {
                shared.contexts.invalidate(key);
                let record = shared.contexts.record(key).await.expect("a record");
                versions.push((record.kind, record.latest_version));
            }
            versions
        };
        let expected = [(ContextKind::Library, 2), (ContextKind::Course, 1), (ContextKind::Pathway, 1)];
        assert_eq!(versions().await, expected);
        assert_eq!(fill(&shared, &author, &folders).await.expect("filled again"), first);
        assert_eq!(versions().await, expected);
    }
}
