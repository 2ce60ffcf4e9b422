//! An update of a reference as an author looks at it before taking it: what [`Preview`] says, with the names of
//! the blocks and what became of their texts (unit-composition §8).

use std::{collections::HashMap, sync::Arc};

use blockstore::{Blockstore as _, Digest};
use compositor::{Availability, Preview};
use learning_context::{Node, NodeId, ResolvedAt, Structure};
use opaque_keys::UsageKey;

use super::{
    diff::{Kind, Piece, readable, words},
    find::context_error,
    outline::Names,
    references::{self, Referred},
};
use crate::{app::App, http::error::ApiError};

/// Most changed blocks whose texts are compared for one page.
const MOST_TEXTS: usize = 40;
/// Longest text that is compared, in bytes.
const LONGEST: usize = 100_000;

/// A preview that people can read.
pub struct Review {
    /// What would change.
    pub preview: Preview,
    titles: HashMap<UsageKey, String>,
    texts: HashMap<UsageKey, Compared>,
}

/// What became of the text of a block.
#[derive(Default)]
pub struct Compared {
    /// What people read of it; empty when that is the same.
    pub readable: Vec<Piece>,
    /// All of it, with what tells right answers and the like.
    pub source: Vec<Piece>,
}

impl Review {
    /// Compares what a reference draws from with another version of its library, the newest if none is named.
    /// The number of statements does not depend on the number of blocks.
    ///
    /// # Errors
    /// As [`references::preview`].
    pub async fn new(app: &App, referred: &Referred, to: Option<u32>) -> Result<Review, ApiError> {
        let preview = references::preview(app, referred, to).await?;
        let from = match &referred.availability {
            Availability::Here(library) => Some(Arc::clone(&library.structure)),
            _ => None,
        };
        let mut review = Review { preview, titles: HashMap::new(), texts: HashMap::new() };
        let (Some(record), Some(to)) = (&referred.library, review.preview.to) else { return Ok(review) };
        let at = ResolvedAt::Version(to);
        let to = app.contexts.structure(record, at).await.map_err(context_error)?;
        let preview = &review.preview;
        let after = preview.added.iter().map(|added| &added.block);
        let after: Vec<UsageKey> = after.chain(preview.changed.iter().map(|c| &c.block)).cloned().collect();
        let before: Vec<UsageKey> = preview.removed.iter().map(|removed| removed.block.clone()).collect();
        review.name(app, &to, &after).await?;
        if let Some(from) = from {
            review.name(app, &from, &before).await?;
            review.compare(app, &from, &to).await?;
        }
        Ok(review)
    }

    /// Returns what a block is called: then, or now if it goes.
    pub fn title<'s>(&'s self, block: &'s UsageKey) -> &'s str {
        self.titles.get(block).map_or_else(|| block.block_id(), String::as_str)
    }

    /// Returns what became of the text of a block, as far as that was looked at.
    pub fn text(&self, block: &UsageKey) -> Option<&Compared> {
        self.texts.get(block)
    }

    async fn name(&mut self, app: &App, at: &Arc<Structure>, blocks: &[UsageKey]) -> Result<(), ApiError> {
        let found: Vec<(&UsageKey, NodeId)> =
            blocks.iter().filter_map(|block| Some((block, at.find(block)?))).collect();
        let ids: Vec<NodeId> = found.iter().map(|(_, id)| *id).collect();
        let names = Names::of(app, at, &ids).await?;
        self.titles.extend(found.into_iter().map(|(block, id)| (block.clone(), names.get(id).to_owned())));
        Ok(())
    }

    async fn compare(&mut self, app: &App, from: &Structure, to: &Structure) -> Result<(), ApiError> {
        let changed = self.preview.changed.iter().filter(|changed| changed.content_changed);
        let pairs: Vec<(&UsageKey, Source, Source)> = changed
            .filter_map(|changed| {
                let source = |at: &Structure| Source::of(at.node(at.find(&changed.block)?));
                Some((&changed.block, source(from)?, source(to)?))
            })
            .take(MOST_TEXTS)
            .collect();
        let digests: Vec<Digest> = pairs
            .iter()
            .flat_map(|(_, was, is)| [was, is])
            .filter_map(|source| match source {
                Source::Stored(digest) => Some(*digest),
                Source::Inline(_) => None,
            })
            .collect();
        let read = app.database.read(&digests).await;
        let read = read.map_err(|error| ApiError::Internal(error.to_string()))?;
        let read: HashMap<_, _> = digests.into_iter().zip(read).collect();
        let text = |source: &Source| match source {
            Source::Inline(text) => Some(text.to_string()),
            Source::Stored(digest) => Some(String::from_utf8_lossy(read.get(digest)?).into_owned()),
        };
        let compared = pairs.iter().filter_map(|(block, was, is)| {
            let (was, is) = (text(was)?, text(is)?);
            let is_short = was.len() <= LONGEST && is.len() <= LONGEST;
            is_short.then(|| {
                let mut read = words(&readable(&was), &readable(&is));
                if read.iter().all(|piece| matches!(piece.kind, Kind::Same | Kind::Gap)) {
                    read.clear();
                }
                ((*block).clone(), Compared { readable: read, source: words(&was, &is) })
            })
        });
        self.texts = compared.collect();
        Ok(())
    }
}

/// Where the OLX of a block is.
enum Source {
    Inline(Arc<str>),
    Stored(Digest),
}

impl Source {
    fn of(node: &Node) -> Option<Source> {
        match &node.source.inline {
            Some(inline) => Some(Source::Inline(Arc::clone(&inline.olx))),
            None => node.source.files.first().map(|file| Source::Stored(file.digest)),
        }
    }
}
