//! Random histories, compared with a model that copies every version whole.

use std::collections::BTreeMap;

use blockstore::{At, Blockstore as _, Commit};
use rstest::rstest;

use crate::bench::{Backend, Bench, draft_name};

/// A small generator, so that every run makes the same histories.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

type Files = BTreeMap<String, String>;

/// What a bundle should hold.
#[derive(Default)]
struct Model {
    /// Versions from 0 on.
    versions: Vec<Files>,
    /// Open drafts: the base's number, and the files.
    drafts: BTreeMap<&'static str, (usize, Files)>,
}

impl Model {
    fn new() -> Self {
        Model { versions: vec![Files::new()], drafts: BTreeMap::new() }
    }

    fn draft(&mut self, name: &'static str) -> &mut (usize, Files) {
        let newest = self.versions.len() - 1;
        let files = self.versions[newest].clone();
        self.drafts.entry(name).or_insert((newest, files))
    }
}

#[rstest]
#[tokio::test]
async fn random_histories_equal_the_model(
    #[values(Backend::SqliteInMemory, Backend::Postgres)] backend: Backend,
    #[values(1, 2, 3)] seed: u64,
) {
    let Some(bench) = Bench::open(backend).await else { return };
    let bundle = bench.bundle(1).await;
    let (mut random, mut model) = (Random(seed), Model::new());
    let names = ["studio_draft", "second", "third"];
    for step in 0..150 {
        let name = names[random.below(names.len())];
        let draft = draft_name(name);
        match random.below(10) {
            0..=6 => {
                let mut changes = Vec::new();
                for _ in 0..=random.below(3) {
                    let path = format!("f{}", random.below(8));
                    // Few different texts, so that changes often take a file back to what it was.
                    let text = (random.below(4) > 0).then(|| random.below(3).to_string());
                    changes.push((path, text));
                }
                let files = &mut model.draft(name).1;
                for (path, text) in &changes {
                    match text {
                        Some(text) => files.insert(path.clone(), text.clone()),
                        None => files.remove(path),
                    };
                }
                let changes: Vec<_> = changes.iter().map(|(p, t)| (p.as_str(), t.as_deref())).collect();
                bench.write_to(bundle, &draft, &changes).await;
            }
            7 | 8 => {
                let committed = bench.db.commit(bundle, &draft, Commit::default()).await.is_ok();
                assert_eq!(committed, model.drafts.contains_key(name), "step {step}");
                let number = model.versions.len();
                if let Some((base, files)) = model.drafts.get_mut(name) {
                    *base = number;
                    model.versions.push(files.clone());
                }
            }
            _ => {
                let deleted = bench.db.delete_draft(bundle, &draft, None).await.expect("delete");
                assert_eq!(deleted, model.drafts.remove(name).is_some(), "step {step}");
            }
        }
        let found = bench.texts(bundle, &At::Draft(draft.clone())).await;
        let newest = model.versions.len() - 1;
        let (base, expected) =
            model.drafts.get(name).cloned().unwrap_or((newest, model.versions[newest].clone()));
        assert_eq!(found, expected.clone().into_iter().collect::<Vec<_>>(), "step {step}");
        if let Some(draft) = bench.db.draft(bundle, &draft).await.expect("draft") {
            assert_eq!(draft.base_version as usize, base, "step {step}");
            assert_eq!(draft.has_changes, expected != model.versions[base], "step {step}");
        }
    }
    assert!(model.versions.len() > 10, "the history is too short to mean anything");
    for (number, files) in (0..).zip(model.versions) {
        let found = bench.texts(bundle, &At::Version(number)).await;
        assert_eq!(found, files.into_iter().collect::<Vec<_>>(), "version {number}");
    }
    bench.close().await;
}
