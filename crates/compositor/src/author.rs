//! What authors see of a unit: its references with their pools, and what is wrong with them
//! (unit-composition §1.5, §2.1, §7).

use std::{collections::HashSet, sync::Arc};

use learning_context::{DefinitionSource, NodeId, is_unreadable};
use opaque_keys::{LearningContextKey, UsageKey};
use serde::Serialize;
use serde_json::Value;
use xblock::{Definition, Severity};

use crate::{
    Finding, Hidden, Pin, PlacedReference, Plan,
    missing::library_missing,
    pool::{Entry, Pool},
    unit::Selecting,
};

/// What is said of a reference's own settings, which an author may read whatever the library.
const ABOUT_SETTINGS: [&str; 6] = [
    "library_not_selected",
    "count_invalid",
    "field_invalid",
    "group_invalid",
    "unknown_attribute",
    "overrides_too_large",
];

/// A unit as its authors see it, besides what a learner sees.
#[derive(Debug, Serialize)]
pub struct AuthorView<'p> {
    /// The references, in order.
    pub references: Vec<AuthorReference<'p>>,
    /// What learners do not see, and why.
    pub hidden: Vec<Hidden>,
    /// Everything authors should look at.
    pub problems: Vec<Finding>,
}

/// A reference as its authors see it.
#[derive(Debug, Serialize)]
pub struct AuthorReference<'p> {
    /// Its key.
    pub usage_key: &'p UsageKey,
    /// Its type.
    pub block_type: &'p str,
    /// What authors call it.
    pub display_name: String,
    /// The library, once one is chosen.
    pub library_key: Option<&'p LearningContextKey>,
    /// The version shown; none while nothing is.
    pub version: Option<u32>,
    /// The version as it was written: a number, a name, or nothing.
    pub library_version: Option<String>,
    /// Blocks per learner; −1 is all.
    pub count: i64,
    /// Per-learner order, else pool order.
    pub shuffle: bool,
    /// The pool is what the author listed.
    pub manual: bool,
    /// Learners may draw again.
    pub allow_reset: bool,
    /// Reference group, or empty.
    pub group: &'p str,
    /// The first error, while there is one; learners then see nothing of the reference, unless it only says
    /// that this author may not look into the library.
    pub summary: Option<Finding>,
    /// All that is said about the reference, the summary included.
    pub findings: Vec<Finding>,
    /// What can be done about the summary: `choose_library`, `import_library`, `pin_version`, `set_count`.
    pub remedies: &'static [&'static str],
    /// The blocks that can be drawn, in pool order; none for authors who may not view the library, and while
    /// the library is missing.
    pub pool: Option<Vec<PoolBlock<'p>>>,
}

/// A block of a pool.
#[derive(Debug, Serialize)]
pub struct PoolBlock<'p> {
    /// Its key when it is drawn; none where no such key can be made.
    pub usage_key: Option<UsageKey>,
    /// Its key in the library.
    pub block: &'p UsageKey,
    /// Its type.
    pub block_type: &'p str,
    /// What it is called, overrides applied.
    pub display_name: String,
    /// Names of the overridden fields, sorted.
    pub overridden: &'p [Arc<str>],
}

/// Definitions of pools by what they are read from.
pub type Titles<'a> = dyn Fn(&DefinitionSource) -> Option<Arc<Definition>> + 'a;

impl Plan {
    /// Returns the sources of the references, and of all blocks in pools of libraries an author may view; their
    /// definitions say what they are called.
    pub fn pool_sources(&self, may_view: &dyn Fn(&LearningContextKey) -> bool) -> Vec<Arc<DefinitionSource>> {
        let mut met = HashSet::new();
        let pools = self.placed().filter_map(|placed| self.pool(placed.node));
        let references = self.placed().map(|placed| &self.unit.structure.node(placed.node).source);
        pools
            .filter(|pool| pool.origin.as_ref().is_some_and(|origin| may_view(&origin.library)))
            .flat_map(|pool| pool.entries.iter().map(|entry| &pool.structure.node(entry.node).source))
            .chain(references)
            .filter(|source| met.insert(source.digest))
            .map(Arc::clone)
            .collect()
    }

    /// Returns what authors see besides the blocks a learner gets: `problems` and `hidden` are those of the
    /// unit, `may_view` says into which libraries this author may look, `titles` has the definitions of
    /// [`Plan::pool_sources`]. Of other libraries nothing is told but what a missing one would say, and that
    /// learners are shown their blocks.
    pub fn author(
        &self,
        problems: &[Finding],
        hidden: &[Hidden],
        may_view: &dyn Fn(&LearningContextKey) -> bool,
        titles: &Titles<'_>,
    ) -> AuthorView<'_> {
        let closed: Vec<&PlacedReference> = self
            .placed()
            .filter(|placed| placed.reference.library.as_ref().is_some_and(|library| !may_view(library)))
            .collect();
        let told = |source: &UsageKey, code: &str| {
            let is_inside =
                closed.iter().any(|p| p.reference.library.as_ref() == Some(&source.context_key()));
            let is_closed = closed.iter().any(|p| p.usage == *source);
            !is_inside && (!is_closed || ABOUT_SETTINGS.contains(&code))
        };
        let mut problems: Vec<Finding> =
            problems.iter().filter(|p| told(&p.source, p.code)).cloned().collect();
        let mut hidden: Vec<Hidden> = hidden.iter().filter(|h| told(&h.source, h.code)).cloned().collect();
        for reference in closed {
            // A library whose blocks learners see is known to be here; otherwise nothing tells it from a
            // missing one.
            let is_shown = self.pool(reference.node).is_some();
            let code = if is_shown { "library_no_access" } else { "library_missing" };
            let (source, message) = (reference.usage.clone(), library_missing(&reference.reference));
            if !is_shown && !hidden.iter().any(|h| h.source == source) {
                hidden.push(Hidden { source: source.clone(), code, message: message.clone() });
            }
            problems.push(Finding { source, severity: Severity::Error, code, message });
        }
        problems.extend(self.unreadable(may_view, titles));
        let references =
            self.placed().map(|placed| self.author_reference(placed, &problems, may_view, titles)).collect();
        AuthorView { references, hidden, problems }
    }

    /// Tells of the blocks in pools that cannot be read: learners see nothing of them (unit-composition §7).
    fn unreadable(
        &self,
        may_view: &dyn Fn(&LearningContextKey) -> bool,
        definitions: &Titles<'_>,
    ) -> Vec<Finding> {
        let mut met = HashSet::new();
        let mut found = Vec::new();
        for pool in self.placed().filter_map(|placed| self.pool(placed.node)) {
            if !pool.origin.as_ref().is_some_and(|origin| may_view(&origin.library)) {
                continue;
            }
            for node in pool.entries.iter().map(|entry| pool.structure.node(entry.node)) {
                let definition = definitions(&node.source).filter(|definition| is_unreadable(definition));
                if let Some(definition) = definition.filter(|_| met.insert(&node.usage)) {
                    found.extend(definition.problems.iter().map(|problem| Finding {
                        source: node.usage.clone(),
                        severity: problem.severity,
                        code: problem.code,
                        message: problem.message.clone(),
                    }));
                }
            }
        }
        found
    }

    fn author_reference<'p>(
        &'p self,
        placed: &'p PlacedReference,
        problems: &[Finding],
        may_view: &dyn Fn(&LearningContextKey) -> bool,
        titles: &Titles<'_>,
    ) -> AuthorReference<'p> {
        let (reference, node) = (&placed.reference, self.unit.structure.node(placed.node));
        let findings: Vec<Finding> = problems.iter().filter(|p| p.source == placed.usage).cloned().collect();
        let summary = findings.iter().find(|finding| finding.severity == Severity::Error).cloned();
        let pool = self.pool(placed.node).filter(|_| reference.library.as_ref().is_some_and(may_view));
        AuthorReference {
            usage_key: &placed.usage,
            block_type: node.block_type(),
            display_name: called(None, titles(&node.source).as_deref()).unwrap_or_else(|| {
                let is_random = &**node.block_type() == "random_lib_ref";
                if is_random { "Problem Bank".to_owned() } else { "Library Content".to_owned() }
            }),
            library_key: reference.library.as_ref(),
            version: pool.and_then(|pool| pool.origin.as_ref()).map(|origin| origin.version),
            library_version: match &reference.pin {
                Pin::Number(number) => Some(number.to_string()),
                Pin::Name(name) => Some(name.clone()),
                Pin::Missing => None,
            },
            count: reference.count,
            shuffle: reference.shuffle,
            manual: reference.manual,
            allow_reset: reference.allow_reset,
            group: &reference.group,
            remedies: summary.as_ref().map_or(&[], |summary| remedies(summary.code)),
            summary,
            findings,
            pool: pool.map(|pool| pool.entries.iter().map(|entry| pool_block(pool, entry, titles)).collect()),
        }
    }

    /// Returns the references of the unit itself.
    fn placed(&self) -> impl Iterator<Item = &PlacedReference> {
        self.unit.selecting.iter().filter_map(|(_, selecting)| match selecting {
            Selecting::Library(placed) => Some(&**placed),
            Selecting::Bank(_) => None,
        })
    }

    fn pool(&self, reference: NodeId) -> Option<&Pool> {
        self.slot(reference).map(|(_, slot)| &slot.pool)
    }
}

/// Returns a block of a pool as authors see it.
pub(crate) fn pool_block<'p>(pool: &'p Pool, entry: &Entry, titles: &Titles<'_>) -> PoolBlock<'p> {
    let node = pool.structure.node(entry.node);
    let applied = pool.overrides(entry.node);
    let overridden = applied.levels.iter().find_map(|fields| fields.get("display_name"));
    let title = called(overridden, titles(&node.source).as_deref());
    PoolBlock {
        usage_key: pool.key(entry),
        block: &node.usage,
        block_type: node.block_type(),
        display_name: title.unwrap_or_else(|| node.usage.block_id().replace('_', " ")),
        overridden: &applied.names,
    }
}

/// Returns the name somebody gave a block, in an override or else in its definition.
fn called(overridden: Option<&Value>, definition: Option<&Definition>) -> Option<String> {
    let title = overridden.or_else(|| definition?.fields.get("display_name"))?.as_str()?.trim();
    (!title.is_empty()).then(|| title.to_owned())
}

/// Returns what can be done about an error.
fn remedies(code: &str) -> &'static [&'static str] {
    match code {
        "library_not_selected" => &["choose_library"],
        "library_missing" => &["import_library", "choose_library"],
        "library_version_missing" => &["import_library", "pin_version"],
        "count_invalid" => &["set_count"],
        _ => &[],
    }
}
