//! Real courses, when they are there.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use blockstore::At;
use learning_context::{CourseContext, Definitions, LearningContext, ResolvedAt, is_unreadable};

use crate::support::{FixedBundles, bundle, record, registry};

fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: the course corpus is not beside this checkout");
    None
}

/// Returns the files below a folder whose names a bundle takes.
fn files(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut pending = vec![root.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                found.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    found
}

#[tokio::test]
async fn real_courses_are_read_whole() {
    let Some(corpus) = corpus() else { return };
    for (folder, blocks) in
        [("demo-course/demo-course/course", 400), ("oxa-kitchen-sink", 50), ("mit-latex2edx-demo", 40)]
    {
        let bundles = Arc::new(FixedBundles::default());
        bundles.put(bundle(1), At::Version(1), files(&corpus.join(folder)));
        let plugin = CourseContext::new(Arc::clone(&bundles) as Arc<_>, registry());
        let record = record("course-v1:Org+Course+Run", bundle(1), 1, None);
        let structure = plugin.structure(&record, ResolvedAt::Version(1)).await.unwrap();
        let structure_calls = bundles.calls();
        let mut types: BTreeMap<&str, usize> = BTreeMap::new();
        for node in structure.nodes() {
            *types.entry(node.block_type()).or_default() += 1;
        }
        let sources: Vec<_> = structure.nodes().map(|node| Arc::clone(&node.source)).collect();
        let math = Arc::new(|text: &str, _: &mut Vec<_>| text.to_owned());
        let definitions = Definitions::new(Arc::clone(&bundles) as Arc<_>, registry(), math, 1 << 26);
        let loaded = definitions.load(&sources).await.unwrap();
        let unreadable: Vec<_> = loaded.iter().filter(|d| is_unreadable(d)).map(|d| &d.problems[0]).collect();
        eprintln!("{folder}: {} blocks in {structure_calls} calls, {types:?}", structure.len());
        eprintln!("  problems: {:?}, unreadable: {unreadable:?}", structure.problems);
        assert!(structure.len() > blocks, "{folder} has only {} blocks", structure.len());
        assert!(structure.nodes().all(|node| node.parent.is_some() != (node.usage.block_id() == "course")));
        assert!(structure_calls <= 9);
        assert_eq!(bundles.calls(), 1);
    }
}
