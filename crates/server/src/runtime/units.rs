//! Units of published courses as they are recorded: written when a version is published, read by the learn site
//! where the course itself is not in memory (unit-composition §2.2).

use std::sync::Arc;

use compositor::Unit;
use learning_context::{
    ContextError, ContextKind, ContextRecord, ContextStore as _, NodeId, ResolvedAt, Structure,
};
use opaque_keys::{LearningContextKey, UsageKey};
use xblock::Site;

use crate::{
    app::{App, Shared},
    runtime::legacy::settled,
};

/// Courses listed at once when the records of all are looked after.
const COURSES: u32 = 100;

/// Returns a block of a published course with the part of the course that was recorded with its page. `None`
/// where the whole course is to be asked: it is in memory, or there is no such record. Also what goes wrong with
/// a record ends there, and in the log.
pub(super) async fn recorded(
    app: &App,
    record: &ContextRecord,
    at: ResolvedAt,
    usage: &UsageKey,
) -> Option<(Arc<Structure>, NodeId)> {
    let version = at.version()?;
    if app.site != Site::Learn || record.kind != ContextKind::Course || app.contexts.holds(record, at) {
        return None;
    }
    let reference = usage.as_lib_ref().map(|key| key.reference());
    let block = reference.as_ref().unwrap_or(usage);
    let plan = match app.plans.recorded(record, version, block).await {
        Ok(plan) => plan?,
        Err(error) => {
            tracing::warn!(%error, unit = %block, version, "the record of a unit cannot be used");
            return None;
        }
    };
    let unit = plan.unit();
    let structure = Arc::clone(unit.structure());
    let node = structure.entry(usage).filter(|&node| Unit::around(&structure, node) == unit.root())?;
    Some((structure, node))
}

/// Records the units of a context's newest version, if it is a course; to be called after it was published.
/// What goes wrong is for the log: units without a record are made from the course.
pub async fn record_units(shared: &Shared, key: &LearningContextKey) {
    let record = match shared.contexts.record(key).await {
        Ok(record) if record.kind == ContextKind::Course && record.latest_version > 0 => record,
        Ok(_) => return,
        Err(error) => return failed(key, &error),
    };
    match shared.plans.record_version(&record, record.latest_version).await {
        Ok(done) if done.written > 0 => tracing::info!(
            course = %key, version = record.latest_version, pages = done.pages, recorded = done.recorded,
            written = done.written, "units recorded"
        ),
        Ok(_) => {}
        Err(error) => failed(key, &error),
    }
}

/// Records the units of a course's newest version after the request that published it was answered.
pub fn record_later(app: &App, key: &LearningContextKey) {
    let (shared, key) = (Arc::clone(&app.shared), key.clone());
    actix_web::rt::spawn(async move { record_units(&shared, &key).await });
}

/// Ends what a publish left when the server was stopped: learner state goes where its blocks are, and the units of all
/// courses whose newest version has no records are recorded, as after an upgrade to another format.
pub async fn end_publishes(shared: &Shared) {
    let mut after = None;
    loop {
        let listed = shared.database.list_contexts(Some(ContextKind::Course), after.as_ref(), COURSES).await;
        let courses = match listed {
            Ok(courses) => courses,
            Err(error) => return tracing::error!(%error, "courses cannot be listed"),
        };
        for course in &courses {
            settled(shared, course).await;
            match shared.plans.has_records(course, course.latest_version).await {
                Ok(true) => {}
                Ok(false) => record_units(shared, &course.key).await,
                Err(error) => failed(&course.key, &error),
            }
        }
        match courses.last() {
            Some(last) if courses.len() == COURSES as usize => after = Some(last.key.clone()),
            _ => return,
        }
    }
}

fn failed(key: &LearningContextKey, error: &ContextError) {
    tracing::error!(%error, course = %key, "units cannot be recorded");
}
