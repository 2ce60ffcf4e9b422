//! The registry: records, versions, structures, permissions.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use blockstore::At;
use learning_context::{
    Action, Caller, ContextError, ContextOptions, ContextStore, Contexts, CourseContext, LearningContext,
    LibraryContext, ResolvedAt, Role, VersionSelector,
};
use xblock::Site;

use crate::support::{FixedBundles, FixedRecords, bundle, draft, record, registry};

struct World {
    bundles: Arc<FixedBundles>,
    records: Arc<FixedRecords>,
    contexts: Contexts,
    seconds: Arc<AtomicU64>,
}

fn world() -> World {
    let bundles = Arc::new(FixedBundles::default());
    let records = Arc::new(FixedRecords::default());
    let html = |n: u32| (0..n).map(|i| (format!("html/h{i}/definition.xml"), "<html/>"));
    bundles.put(bundle(1), At::Version(1), html(1));
    bundles.put(bundle(1), At::Version(2), html(2));
    bundles.put(bundle(1), draft(), html(3));
    records.put(record("lib:Org:L", bundle(1), 2, Some(5)));
    let plugins: [Arc<dyn LearningContext>; 2] = [
        Arc::new(LibraryContext::new(Arc::clone(&bundles) as Arc<_>, registry())),
        Arc::new(CourseContext::new(Arc::clone(&bundles) as Arc<_>, registry())),
    ];
    let seconds = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&seconds);
    let contexts = Contexts::new(
        Arc::clone(&records) as Arc<_>,
        plugins,
        ContextOptions::default(),
        Arc::new(move || Duration::from_secs(clock.load(Ordering::Relaxed))),
    );
    World { bundles, records, contexts, seconds }
}

#[tokio::test]
async fn sites_choose_versions() {
    let world = world();
    let count = async |selector, site| {
        let found = world.contexts.locate(&"lb:Org:L:html:h0".parse().unwrap(), selector, site).await;
        found.map(|located| located.structure.len()).map_err(|error| error.to_string())
    };
    use VersionSelector::{Auto, Draft, Number, Published};
    assert_eq!(count(Auto, Site::Learn).await, Ok(2));
    assert_eq!(count(Published, Site::Learn).await, Ok(2));
    assert_eq!(count(Auto, Site::Studio).await, Ok(3));
    assert_eq!(count(Draft, Site::Studio).await, Ok(3));
    assert_eq!(count(Published, Site::Studio).await, Ok(2));
    assert_eq!(count(Number(1), Site::Studio).await, Ok(1));
    for selector in [Draft, Number(2)] {
        assert!(count(selector, Site::Learn).await.unwrap_err().contains("only the published version"));
    }
    for number in [0, 3] {
        assert!(count(Number(number), Site::Studio).await.unwrap_err().contains("has no version"));
    }
    assert_eq!("12".parse(), Ok(Number(12)));
    assert_eq!("99999999999".parse(), Ok(Number(u32::MAX)));
    assert!("".parse::<VersionSelector>().is_err());
    assert!("-1".parse::<VersionSelector>().is_err());
}

#[tokio::test]
async fn records_are_believed_for_a_second_and_structures_for_ever() {
    let world = world();
    let usage = "lb:Org:L:html:h1".parse().unwrap();
    let locate = || world.contexts.locate(&usage, VersionSelector::Auto, Site::Studio);
    let first = locate().await.unwrap();
    let second = locate().await.unwrap();
    assert!(Arc::ptr_eq(&first.structure, &second.structure));
    assert_eq!((world.records.reads(), world.bundles.calls()), (1, 2));

    world.records.put(record("lib:Org:L", bundle(1), 2, Some(6)));
    assert_eq!(locate().await.unwrap().structure.at, ResolvedAt::Draft { revision: 5 });
    world.seconds.store(1, Ordering::Relaxed);
    assert_eq!(locate().await.unwrap().structure.at, ResolvedAt::Draft { revision: 6 });

    world.records.alias("library-v1:Org+L", "lib:Org:L");
    let alias = "library-v1:Org+L".parse().unwrap();
    assert_eq!(world.contexts.record(&alias).await.unwrap().key.as_str(), "lib:Org:L");
    world.records.put(record("lib:Org:L", bundle(1), 2, Some(7)));
    world.contexts.invalidate(&"lib:Org:L".parse().unwrap());
    assert_eq!(world.contexts.record(&alias).await.unwrap().draft_revision, Some(7));
    assert_eq!(locate().await.unwrap().structure.at, ResolvedAt::Draft { revision: 7 });
}

#[tokio::test]
async fn structures_are_read_once_for_all_who_ask_at_once() {
    let world = world();
    let record = world.contexts.record(&"lib:Org:L".parse().unwrap()).await.unwrap();
    let ask = || world.contexts.structure(&record, ResolvedAt::Version(1));
    let (a, b, c) = tokio::join!(ask(), ask(), ask());
    assert!(Arc::ptr_eq(a.as_ref().unwrap(), &b.unwrap()) && Arc::ptr_eq(&a.unwrap(), &c.unwrap()));
    assert_eq!(world.bundles.calls(), 2);
    assert_eq!(world.contexts.version(&record, 2).await.unwrap().len(), 2);
    assert!(matches!(
        world.contexts.version(&record, 9).await,
        Err(ContextError::NoSuchVersion { version: 9, latest: 2, .. })
    ));
}

#[tokio::test]
async fn what_is_not_there_has_its_own_error() {
    let world = world();
    let locate = async |usage: &str| {
        world.contexts.locate(&usage.parse().unwrap(), VersionSelector::Auto, Site::Learn).await
    };
    assert!(matches!(locate("lb:Org:L:html:none").await, Err(ContextError::NoSuchUsage(_))));
    assert!(matches!(locate("lb:Org:Other:html:h0").await, Err(ContextError::NotFound(_))));
    world.records.put(record("library-v1:Org+L", bundle(1), 0, None));
    world.records.put(record("lx-pathway:5d2a1b7e-0000-4000-8000-000000000000", bundle(1), 0, None));
    let pathway = locate("lx-pb:5d2a1b7e-0000-4000-8000-000000000000:html:x").await;
    let Err(ContextError::UnknownNamespace { namespace, known }) = pathway else { panic!("{pathway:?}") };
    assert_eq!((namespace.as_str(), known.as_str()), ("lx-pathway", "course-v1, lib"));
}

#[tokio::test]
async fn roles_are_read_only_where_they_matter() {
    let world = world();
    let record = world.contexts.record(&"lib:Org:L".parse().unwrap()).await.unwrap();
    world.records.set_role(&record.key, "7", Some(Role::Read)).await.unwrap();
    world.records.reads();
    let person = Caller { id: "7".to_owned(), active: true, ..Caller::default() };
    let anonymous = Caller { id: "anon1".to_owned(), anonymous: true, ..Caller::default() };
    let may = async |caller: &Caller, action| {
        world.contexts.allowed(&record, caller, Site::Learn, action).await.unwrap()
    };
    assert!(!may(&anonymous, Action::Learn).await);
    assert!(may(&Caller { staff: true, ..person.clone() }, Action::Edit).await);
    assert_eq!(world.records.reads(), 0);
    assert!(may(&person, Action::View).await);
    assert!(!may(&person, Action::Edit).await);
    assert_eq!(world.records.reads(), 1);
}
