//! Which kinds of responses the problems of a context have; what `capa_type` filters by
//! (unit-composition §1.2).

use std::{collections::HashMap, sync::Arc};

use olx::Limits;

use crate::{ContextError, Definitions, NodeId, Structure, definitions::parse};

/// Response tags of the problems of one structure, e.g. `multiplechoiceresponse`.
#[derive(Debug, Default)]
pub struct ResponseTags(HashMap<NodeId, Box<[Arc<str>]>>);

impl ResponseTags {
    /// Returns whether a problem has a response of that tag.
    pub fn has(&self, problem: NodeId, tag: &str) -> bool {
        self.0.get(&problem).is_some_and(|tags| tags.iter().any(|known| **known == *tag))
    }
}

impl Structure {
    /// Returns the response tags of the context's own problems; read with one call on first use, and kept
    /// with the structure. Problems that cannot be read have none.
    ///
    /// # Errors
    /// Storage failures.
    pub async fn response_tags(&self, definitions: &Definitions) -> Result<Arc<ResponseTags>, ContextError> {
        if let Some(known) = self.tags.get() {
            return Ok(Arc::clone(known));
        }
        let problems = || {
            self.blocks().filter_map(|id| {
                let source = &self.node(id).source;
                let file = source.files.first().filter(|_| source.inline.is_none())?;
                (&*source.block_type == "problem").then_some((id, source.mode, file.digest))
            })
        };
        let blobs = definitions.read(problems().map(|(_, _, digest)| digest)).await?;
        let mut texts = crate::source::Texts::default();
        let mut tags = HashMap::new();
        for (id, mode, digest) in problems() {
            let Some(Ok(document)) = blobs.get(&digest).map(|bytes| parse(bytes, mode, &Limits::default()))
            else {
                continue;
            };
            let mut found: Vec<Arc<str>> = Vec::new();
            for element in document.root.descendants().filter(|e| e.name.ends_with("response")) {
                if !found.iter().any(|known| **known == *element.name) {
                    found.push(texts.get(&element.name));
                }
            }
            tags.insert(id, found.into());
        }
        Ok(Arc::clone(self.tags.get_or_init(|| Arc::new(ResponseTags(tags)))))
    }
}
