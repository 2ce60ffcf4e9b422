//! What linked blocks were copied from, as it is now (unit-composition §8.1).

use std::collections::HashMap;

use blockstore::Blockstore as _;
use learning_context::{ContextRecord, NodeId, ResolvedAt, Structure, Upstream, upstream::Available};
use opaque_keys::{LearningContextKey, UsageKey};
use serde::Deserialize;
use std::sync::Arc;

use crate::{
    app::App,
    caller::Caller,
    http::error::ApiError,
    runtime::find::{all_visible, context_error},
};

/// A link with what there is of its source.
pub struct UpstreamLink {
    /// The link.
    pub link: Upstream,
    /// The source, where its key names one.
    pub source: Option<UsageKey>,
    /// What there is of it.
    pub available: Available,
}

/// The record of a block that came in an archive: its versions are numbered on their own.
#[derive(Deserialize)]
struct EntityFile {
    version: Option<EntityVersion>,
}

#[derive(Deserialize)]
struct EntityVersion {
    version_num: u32,
}

/// Returns the links of a context at a state with what there is of their sources, in a number of statements
/// that depends on the number of libraries only. What the caller may not read counts as not here.
///
/// # Errors
/// Storage failures.
pub async fn links(
    app: &App,
    caller: &Caller,
    record: &ContextRecord,
    at: ResolvedAt,
) -> Result<(Arc<Structure>, Vec<UpstreamLink>), ApiError> {
    let structure = app.contexts.structure(record, at).await.map_err(context_error)?;
    let links = structure.upstreams(&app.definitions).await.map_err(context_error)?;
    let sources: Vec<Option<UsageKey>> = links.iter().map(Upstream::source).collect();
    let mut keys: Vec<_> = sources.iter().flatten().map(UsageKey::context_key).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut libraries = HashMap::new();
    for (key, record) in all_visible(app, caller, &keys).await? {
        if record.latest_version > 0 {
            let latest = app.contexts.version(&record, record.latest_version).await.map_err(context_error)?;
            libraries.insert(key, (record.latest_version, latest));
        }
    }
    let available = available(app, &sources, &libraries).await?;
    let links = links.iter().zip(sources).zip(available);
    let links =
        links.map(|((link, source), available)| UpstreamLink { link: link.clone(), source, available });
    Ok((structure, links.collect()))
}

/// Returns what there is of each source: its own version number where it has one, else that of its library.
async fn available(
    app: &App,
    sources: &[Option<UsageKey>],
    libraries: &HashMap<LearningContextKey, (u32, Arc<Structure>)>,
) -> Result<Vec<Available>, ApiError> {
    let find = |source: &UsageKey| -> Option<(u32, &Arc<Structure>, Option<NodeId>)> {
        let (version, library) = libraries.get(&source.context_key())?;
        Some((*version, library, library.find(source)))
    };
    let own_record = |source: &UsageKey| {
        let (_, library, node) = find(source)?;
        let node = library.node(node?);
        library.file(&format!("{}/{}/entity.json", node.block_type(), source.block_id()))
    };
    let mut digests: Vec<_> = sources.iter().flatten().filter_map(own_record).map(|a| a.digest).collect();
    digests.sort_unstable();
    digests.dedup();
    let bytes = match digests.is_empty() {
        true => Vec::new(),
        false => app.database.read(&digests).await.map_err(|e| ApiError::Internal(e.to_string()))?,
    };
    let numbers: HashMap<_, u32> = digests
        .iter()
        .zip(bytes)
        .filter_map(|(digest, bytes)| {
            let entity: EntityFile = serde_json::from_slice(&bytes).ok()?;
            Some((*digest, entity.version?.version_num))
        })
        .collect();
    let of = |source: &UsageKey| match find(source) {
        None => Available::Unknown,
        Some((_, _, None)) => Available::Deleted,
        Some((version, _, Some(_))) => {
            let own = own_record(source).and_then(|asset| numbers.get(&asset.digest));
            Available::Version(own.copied().unwrap_or(version))
        }
    };
    Ok(sources.iter().map(|source| source.as_ref().map_or(Available::Unknown, of)).collect())
}
