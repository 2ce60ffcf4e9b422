//! One course and some libraries, composed for a learner.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use blockstore::At;
use compositor::{Composed, Learner, NewDraw, Outcome, Plan, Plans, StoredDraw, UnitRecords};
use learning_context::{
    ContextOptions, Contexts, CourseContext, Definitions, LearningContext, LibraryContext, Located,
    PathwayContext, VersionSelector,
};
use opaque_keys::UsageKey;
use xblock::Site;

use crate::support::{FixedBundles, FixedRecords, bundle, record, registry};

pub(crate) const SECRET: &[u8] = b"a secret of the deployment, long";

pub(crate) struct World {
    pub(crate) bundles: Arc<FixedBundles>,
    pub(crate) records: Arc<FixedRecords>,
    pub(crate) contexts: Arc<Contexts>,
    pub(crate) definitions: Arc<Definitions>,
    pub(crate) plans: Plans,
}

/// Draws as a store keeps them.
pub(crate) type Draws = HashMap<UsageKey, NewDraw>;

impl World {
    pub(crate) fn new() -> Self {
        World::over(Arc::default(), Arc::default())
    }

    /// Returns the same content as another process sees it, which has read nothing yet and keeps units.
    pub(crate) fn anew(&self, units: Arc<dyn UnitRecords>) -> Self {
        let world = World::over(Arc::clone(&self.bundles), Arc::clone(&self.records));
        World { plans: world.plans.with_records(units), ..world }
    }

    fn over(bundles: Arc<FixedBundles>, records: Arc<FixedRecords>) -> Self {
        let plugins: [Arc<dyn LearningContext>; 3] = [
            Arc::new(LibraryContext::new(Arc::clone(&bundles) as Arc<_>, registry())),
            Arc::new(CourseContext::new(Arc::clone(&bundles) as Arc<_>, registry())),
            Arc::new(PathwayContext::new(Arc::clone(&bundles) as Arc<_>)),
        ];
        let options = ContextOptions { record_ttl: Duration::ZERO, ..ContextOptions::default() };
        let clock = Arc::new(|| Duration::ZERO);
        let contexts = Arc::new(Contexts::new(Arc::clone(&records) as Arc<_>, plugins, options, clock));
        let math = Arc::new(|text: &str, _: &mut Vec<_>| text.to_owned());
        let definitions =
            Arc::new(Definitions::new(Arc::clone(&bundles) as Arc<_>, registry(), math, 1 << 22));
        let plans = Plans::new(
            Arc::clone(&contexts),
            Arc::clone(&definitions),
            Arc::clone(&bundles) as Arc<_>,
            10_000,
        );
        World { bundles, records, contexts, definitions, plans }
    }

    /// Publishes a library with its first blocks in bundle `n` at a version.
    pub(crate) fn library(&self, key: &str, n: u128, version: u32, files: &[(&str, &str)]) {
        self.library_with(key, n, version, files, &[]);
    }

    /// Publishes a library as [`World::library`] does, with other files beside the blocks.
    pub(crate) fn library_with(
        &self,
        key: &str,
        n: u128,
        version: u32,
        blocks: &[(&str, &str)],
        files: &[(&str, &str)],
    ) {
        let blocks = blocks.iter().map(|&(block, olx)| (format!("{block}/definition.xml"), olx.to_owned()));
        let files = files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned()));
        self.bundles.put(bundle(n), At::Version(version), blocks.chain(files));
        self.records.put(record(key, bundle(n), version, None));
    }

    /// Publishes the course `course-v1:edX+UseLib+1`; `inside` is what is in its `<course>`.
    pub(crate) fn course(&self, version: u32, inside: &str) {
        let root = format!("<course url_name='1' org='edX' course='UseLib'>{inside}</course>");
        self.bundles.put(bundle(1), At::Version(version), [("course.xml", root)]);
        self.records.put(record("course-v1:edX+UseLib+1", bundle(1), version, None));
    }

    /// Publishes a pathway in bundle `n` with the items given as JSON.
    pub(crate) fn pathway(&self, key: &str, n: u128, version: u32, items: &serde_json::Value) {
        let document = serde_json::json!({"title": "A pathway", "items": items}).to_string();
        self.bundles.put(bundle(n), At::Version(version), [("pathway.json", document)]);
        self.records.put(record(key, bundle(n), version, None));
    }

    pub(crate) async fn locate(&self, usage: &str) -> Located {
        let usage = usage.parse().unwrap();
        self.contexts.locate(&usage, VersionSelector::Published, Site::Learn).await.unwrap()
    }

    pub(crate) async fn plan(&self, usage: &str) -> Arc<Plan> {
        let located = self.locate(usage).await;
        self.plans.plan(&located.structure, located.node).await.unwrap()
    }

    /// Returns the codes of what authors of a unit are told.
    pub(crate) async fn findings(&self, usage: &str) -> Vec<&'static str> {
        let findings = self.plans.author_findings(&*self.plan(usage).await).await.unwrap();
        findings.iter().map(|finding| finding.code).collect()
    }

    /// Composes for a learner and stores what changed.
    pub(crate) async fn compose(&self, usage: &str, learner: &str, draws: &mut Draws) -> Composed {
        let plan = self.plan(usage).await;
        match compose(&plan, learner, draws, None) {
            Outcome::Ready(composed) => {
                store(draws, &composed);
                *composed
            }
            Outcome::NeedsState(blocks) => panic!("needs the state of {blocks:?}"),
        }
    }
}

pub(crate) fn compose(
    plan: &Plan,
    learner: &str,
    draws: &Draws,
    touched: Option<&HashSet<UsageKey>>,
) -> Outcome {
    let stored = |usage: &UsageKey| draws.get(usage).map(as_stored);
    plan.compose(&Learner { id: learner, secret: SECRET, stored: &stored, touched })
}

pub(crate) fn as_stored(draw: &NewDraw) -> StoredDraw<'_> {
    StoredDraw { selected: &draw.selected, seen: &draw.seen, epoch: draw.epoch }
}

pub(crate) fn store(draws: &mut Draws, composed: &Composed) {
    draws.extend(composed.changed.iter().map(|draw| (draw.reference.clone(), draw.clone())));
}

/// Returns the keys of the page's blocks, those inside others in brackets.
pub(crate) fn page(composed: &Composed) -> Vec<String> {
    fn lines(blocks: &[compositor::ComposedBlock]) -> Vec<String> {
        blocks
            .iter()
            .map(|block| match block.children.is_empty() {
                true => block.usage.to_string(),
                false => format!("{} [{}]", block.usage, lines(&block.children).join(" ")),
            })
            .collect()
    }
    lines(&composed.root.children)
}

/// Returns the codes of what is hidden.
pub(crate) fn hidden(composed: &Composed) -> Vec<&'static str> {
    composed.hidden.iter().map(|hidden| hidden.code).collect()
}

/// Returns the codes of a plan's findings.
pub(crate) fn findings(plan: &Plan) -> Vec<&'static str> {
    plan.findings().iter().map(|finding| finding.code).collect()
}
