//! Definitions: read together, kept, overridden, unreadable ones.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, ThreadId},
};

use blockstore::At;
use learning_context::{
    DefinitionSource, Definitions, LearningContext, LibraryContext, ResolvedAt, is_unreadable,
};
use serde_json::json;
use xblock::Fields;

use crate::support::{FixedBundles, bundle, record, registry};

struct World {
    bundles: Arc<FixedBundles>,
    definitions: Definitions,
    compiled: Arc<AtomicUsize>,
}

fn world(files: &[(&str, &str)]) -> World {
    let bundles = Arc::new(FixedBundles::default());
    bundles.put(bundle(1), At::Version(1), files.iter().map(|&(p, b)| (p, b.to_owned())));
    let compiled = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&compiled);
    let math = move |text: &str, _: &mut Vec<_>| {
        counter.fetch_add(1, Ordering::Relaxed);
        text.to_uppercase()
    };
    let definitions = Definitions::new(Arc::clone(&bundles) as Arc<_>, registry(), Arc::new(math), 1 << 20);
    World { bundles, definitions, compiled }
}

impl World {
    async fn sources(&self) -> Vec<Arc<DefinitionSource>> {
        let plugin = LibraryContext::new(Arc::clone(&self.bundles) as Arc<_>, registry());
        let record = record("lib:Org:L", bundle(1), 1, None);
        let structure = plugin.structure(&record, ResolvedAt::Version(1)).await.unwrap();
        self.bundles.calls();
        structure.blocks().map(|id| Arc::clone(&structure.node(id).source)).collect()
    }
}

fn compiled(definition: &xblock::Definition) -> &str {
    definition.compiled.downcast_ref::<String>().unwrap()
}

#[tokio::test]
async fn all_missing_ones_are_read_at_once_and_then_kept() {
    let world = world(&[
        ("html/a/definition.xml", "<html>one</html>"),
        ("html/b/definition.xml", "<html>two</html>"),
        ("html/c/definition.xml", "<html>one</html>"),
        ("hologram/d/definition.xml", "<hologram>x</hologram>"),
    ]);
    let sources = world.sources().await;
    let loaded = world.definitions.load(&sources).await.unwrap();
    let texts: Vec<_> = loaded.iter().map(|d| (&*d.block_type, compiled(d))).collect();
    assert_eq!(texts, [("hologram", "X"), ("html", "ONE"), ("html", "TWO"), ("html", "ONE")]);
    assert_eq!(world.bundles.calls(), 1);
    assert!(Arc::ptr_eq(&loaded[1], &loaded[3]), "equal content is one definition");

    let again = world.definitions.load(&sources).await.unwrap();
    assert!(loaded.iter().zip(&again).all(|(a, b)| Arc::ptr_eq(a, b)));
    assert_eq!((world.bundles.calls(), world.compiled.load(Ordering::Relaxed)), (0, 3));
}

#[tokio::test]
async fn what_is_long_is_compiled_on_another_thread() {
    let (long, longer) = ("x".repeat(200_000), "y".repeat(300_000));
    let bundles = Arc::new(FixedBundles::default());
    let html = |text: &str| format!("<html>{text}</html>");
    let files = [("html/a/definition.xml", html("short")), ("html/b/definition.xml", html(&long))];
    bundles.put(bundle(1), At::Version(1), files);
    let seen: Arc<Mutex<Vec<(usize, ThreadId)>>> = Arc::default();
    let seer = Arc::clone(&seen);
    let math = move |text: &str, _: &mut Vec<_>| {
        seer.lock().unwrap().push((text.len(), thread::current().id()));
        if text.starts_with("panic") {
            panic!("{}", text.len())
        }
        text.to_owned()
    };
    let definitions = Definitions::new(Arc::clone(&bundles) as Arc<_>, registry(), Arc::new(math), 1 << 26);
    let world = World { bundles, definitions, compiled: Arc::default() };
    let sources = world.sources().await;
    let load = |at: usize| world.definitions.load(&sources[at..=at]);
    load(0).await.unwrap();
    let (first, second) = tokio::join!(load(1), load(1));
    assert_eq!(compiled(&first.unwrap()[0]), compiled(&second.unwrap()[0]));
    let body = |text: &str| [Arc::new(serde_json::from_value::<Fields>(json!({"data": text})).unwrap())];
    let (body, broken) = (body(&longer), body(&format!("panic{longer}")));
    let overridden = |body| world.definitions.load_with_overrides(body);
    let body = [(Arc::clone(&sources[0]), &body[..])];
    overridden(&body).await.unwrap();
    let broken = [(Arc::clone(&sources[0]), &broken[..])];
    assert!(overridden(&broken).await.is_err(), "what breaks down does not take the thread with it");

    let own = thread::current().id();
    let seen = seen.lock().unwrap();
    let at_once: Vec<_> = seen.iter().filter(|(_, on)| *on == own).map(|(length, _)| *length).collect();
    assert_eq!(at_once, [5]);
    let mut beside: Vec<_> = seen.iter().filter(|(_, on)| *on != own).map(|(length, _)| *length).collect();
    beside.dedup();
    assert_eq!(beside, [200_000, 300_000, 300_005]);
}

#[tokio::test]
async fn the_longest_an_author_sends_is_kept_whatever_the_machine() {
    let html = format!("<html>{}</html>", "x".repeat((2 << 20) - 100));
    let bundles = Arc::new(FixedBundles::default());
    bundles.put(bundle(1), At::Version(1), [("html/a/definition.xml", html)]);
    let math = |text: &str, _: &mut Vec<_>| text.to_owned();
    // The default of the configuration.
    let definitions = Definitions::new(Arc::clone(&bundles) as Arc<_>, registry(), Arc::new(math), 32 << 20);
    let world = World { bundles, definitions, compiled: Arc::default() };
    let sources = world.sources().await;
    let first = world.definitions.load(&sources).await.unwrap();
    let again = world.definitions.load(&sources).await.unwrap();
    assert!(Arc::ptr_eq(&first[0], &again[0]));
}

#[tokio::test]
async fn an_override_of_what_is_compiled_compiles_anew() {
    let world = world(&[("html/a/definition.xml", "<html display_name='A'>one</html>")]);
    let sources = world.sources().await;
    let fields = |value| Arc::new(serde_json::from_value::<Fields>(value).unwrap());
    let name_only = [fields(json!({"display_name": "B"}))];
    let body = [fields(json!({"display_name": "B", "data": "two"})), fields(json!({"data": "three"}))];
    let source = || Arc::clone(&sources[0]);
    let load = || world.definitions.load_with_overrides(&[]);
    assert!(load().await.unwrap().is_empty());
    let request = [(source(), &[][..]), (source(), &name_only[..]), (source(), &body[..])];
    let loaded = world.definitions.load_with_overrides(&request).await.unwrap();
    assert!(Arc::ptr_eq(&loaded[0], &loaded[1]));
    assert_eq!((compiled(&loaded[1]), compiled(&loaded[2])), ("ONE", "TWO"));
    assert_eq!(loaded[2].fields["display_name"], json!("A"));
    let again = world.definitions.load_with_overrides(&request).await.unwrap();
    assert!(Arc::ptr_eq(&loaded[2], &again[2]));
    assert_eq!(world.compiled.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn what_cannot_be_read_is_a_definition_that_says_so() {
    let world = world(&[
        ("html/a/definition.xml", "<html>fine</html>"),
        ("html/b/definition.xml", "<html>\n<p></html>"),
        ("html/c/definition.xml", "<html>gone</html>"),
    ]);
    let sources = world.sources().await;
    world.bundles.lose(b"<html>gone</html>");
    let loaded = world.definitions.load(&sources).await.unwrap();
    let unreadable: Vec<_> = loaded.iter().map(|d| is_unreadable(d)).collect();
    assert_eq!(unreadable, [false, true, true]);
    let problem = &loaded[1].problems[0];
    assert_eq!((problem.file.as_deref(), problem.line), (Some("definition.xml"), 2));

    world.bundles.put(bundle(7), At::Version(1), [("x", "<html>gone</html>")]);
    let again = world.definitions.load(&sources).await.unwrap();
    assert_eq!(compiled(&again[2]), "GONE");
    assert!(Arc::ptr_eq(&loaded[1], &again[1]), "what stays unreadable is not read with every request");
}
