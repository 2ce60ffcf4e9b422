//! Reading the event outbox.

use learner::{Event, EventPage, EventQuery, LearnerId};
use opaque_keys::LearningContextKey;

use super::parse;
use crate::{
    StorageError,
    database::time_of,
    engine::{Engine, Record},
    sql::learners as sql,
};

/// Reads a page in one transaction, so that its end is the end of what was there.
pub(super) async fn page(engine: &Engine, query: &EventQuery) -> Result<EventPage, StorageError> {
    let name = query.name.as_deref().unwrap_or_default();
    let mut tx = engine.begin().await?;
    tx.on_postgres(&sql::LOCK_EVENTS, &[]).await?;
    let rows = match query.context.as_ref().map(LearningContextKey::as_str) {
        None => tx.rows(&sql::EVENTS, &[query.after.into(), query.limit.into(), name.into()]).await?,
        Some(context) => {
            let params = [query.after.into(), query.limit.into(), name.into(), context.into()];
            tx.rows(&sql::EVENTS_OF_CONTEXT, &params).await?
        }
    };
    let last = tx.row(&sql::LAST_EVENT, &[]).await?.map_or(Ok(0), |row| row.get(0))?;
    tx.commit().await?;
    let events = rows.iter().map(event).collect::<Result<_, _>>()?;
    Ok(EventPage::new(query, events, last))
}

fn event(row: &Record) -> Result<(i64, Event), StorageError> {
    let event = Event {
        name: row.get(1)?,
        learner: row.get::<Option<&str>>(2)?.map(|id| LearnerId(id.into())),
        context: row.get(3)?,
        block: row.get(4)?,
        data: parse("event", row.get(5)?)?,
        at: time_of(row.get(6)?)?,
    };
    Ok((row.get(0)?, event))
}
