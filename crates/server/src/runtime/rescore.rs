//! Grading again what learners submitted, by someone who may edit the context (capa §12.1 `problem_rescore`).

use std::{collections::BTreeMap, sync::Arc};

use learner::{
    BlockChange, Event, LearnerError, LearnerId, LearnerRow, LearnerStore as _, Learners, StateWrite,
};
use opaque_keys::UsageKey;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use xblock::{BlockCx, Effects, Published, RescoreError, Rescored, Scope};

use crate::{
    app::App,
    caller::{Caller, is_anonymous_id},
    http::{
        error::{ApiError, Code},
        pages::LANGUAGE,
    },
    runtime::{beside::beside, everyones::Everyones, links::BlockUrls},
    token::is_learner_id,
};

/// How often a learner is tried again because requests of the learner were faster.
const TRIES: usize = 8;
/// How long one request grades before it leaves the rest of its page to the next one.
const BUDGET: Duration = Duration::seconds(2);

/// What is to be graded again.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The submissions of one learner; of all of them, in pages, if none.
    pub learner: Option<&'a LearnerId>,
    /// The learner the page starts after.
    pub after: Option<&'a LearnerId>,
    /// Most learners of the page.
    pub limit: u32,
    /// Whether the old points are kept where they are higher.
    pub only_if_higher: bool,
}

/// Grades submissions of a block again, as it is published now. The number of statements does not depend on how
/// many learners there are; what changes for a learner is written with the event that tells of it.
///
/// # Errors
/// 403 without the right to edit the context; 404 when the published version has no such block, or nothing is kept
/// of the learner; 422 for blocks in which nothing is graded.
pub async fn rescore(
    learn: &App,
    staff: &Caller,
    usage: &UsageKey,
    asked: &Asked<'_>,
) -> Result<Value, ApiError> {
    let target = Arc::new(Target::find(learn, staff, usage).await?);
    let (db, block) = (&learn.database, target.everyones.usage());
    let failed = |e: LearnerError| ApiError::Internal(e.to_string());
    // Anonymous learners leave nothing behind, and not every database takes every character.
    if let Some(learner) = asked.learner.filter(|id| !is_learner_id(&id.0) || is_anonymous_id(&id.0)) {
        return Err(nothing_of(learner, usage));
    }
    let one = asked.learner.map(std::slice::from_ref);
    let page = Learners::Page { after: asked.after, limit: asked.limit + 1 };
    let mut rows = db.rows_of(block, one.map_or(page, Learners::These)).await.map_err(failed)?;
    if let (Some(learner), []) = (asked.learner, &*rows) {
        return Err(nothing_of(learner, usage));
    }
    let mut is_last = rows.len() <= asked.limit as usize;
    rows.truncate(asked.limit as usize);

    let deadline = learn.clock.now().saturating_add(BUDGET);
    let mut results: BTreeMap<LearnerId, Outcome> = BTreeMap::new();
    for attempt in 0..TRIES {
        let mut changes = Vec::new();
        let total = rows.len();
        for row in rows {
            // What takes too long is left for the next request.
            if attempt == 0 && learn.clock.now() > deadline && !results.is_empty() {
                break;
            }
            let (learner, only_if_higher) = (row.learner.clone(), asked.only_if_higher);
            let own = Arc::clone(&target);
            let (outcome, change) = beside(learn, move || own.grade(&row, only_if_higher)).await?;
            changes.extend(change);
            results.insert(learner, outcome);
        }
        is_last &= results.len() >= total;
        let moved_on = write(learn, &changes, &mut results).await?;
        if moved_on.is_empty() {
            break;
        }
        rows = db.rows_of(block, Learners::These(&moved_on)).await.map_err(failed)?;
    }
    let next = results.keys().next_back().filter(|_| !is_last).cloned();
    let results: Vec<Value> = results.into_iter().map(|(learner, outcome)| outcome.json(&learner)).collect();
    Ok(json!({"usage_key": usage, "results": results, "next": next}))
}

fn nothing_of(learner: &LearnerId, usage: &UsageKey) -> ApiError {
    ApiError::problem(Code::NotFound, format!("Nothing is kept of a learner '{learner}' in '{usage}'."))
}

/// Writes what changes; returns the learners whose rows moved on. A learner whose changes cannot be kept does not
/// stand in the way of the others.
async fn write(
    learn: &App,
    changes: &[BlockChange],
    results: &mut BTreeMap<LearnerId, Outcome>,
) -> Result<Vec<LearnerId>, ApiError> {
    let db = &learn.database;
    let refused = match db.persist_each(changes).await {
        Ok(moved_on) => {
            for learner in &moved_on {
                results.insert(learner.clone(), Outcome::Conflict);
            }
            return Ok(moved_on);
        }
        Err(error @ (LearnerError::TooLarge { .. } | LearnerError::InvalidNumber { .. })) => error,
        Err(error) => return Err(ApiError::Internal(error.to_string())),
    };
    if let [change] = changes {
        results.insert(change.learner().clone(), Outcome::Failed(refused.to_string()));
        return Ok(Vec::new());
    }
    let mut moved_on = Vec::new();
    for change in changes {
        moved_on.extend(Box::pin(write(learn, std::slice::from_ref(change), results)).await?);
    }
    Ok(moved_on)
}

/// What came of grading again for one learner.
enum Outcome {
    /// The new points count.
    Rescored(Rescored),
    /// The old points are higher and were kept.
    Kept(Rescored),
    /// Nothing was submitted.
    Unanswered,
    /// Parts of the block are graded elsewhere.
    Unsupported,
    /// The submission cannot be graded, or the result not be kept.
    Failed(String),
    /// Requests of the learner kept winning.
    Conflict,
}

impl Outcome {
    fn json(&self, learner: &LearnerId) -> Value {
        let (name, points, message) = match self {
            Outcome::Rescored(points) => ("rescored", Some(points), None),
            Outcome::Kept(points) => ("kept", Some(points), None),
            Outcome::Unanswered => ("unanswered", None, None),
            Outcome::Unsupported => ("unsupported", None, None),
            Outcome::Failed(message) => ("failed", None, Some(message)),
            Outcome::Conflict => ("conflict", None, None),
        };
        let pair = |(earned, possible): (f64, f64)| json!({"earned": earned, "possible": possible});
        json!({
            "learner": learner,
            "outcome": name,
            "before": points.map(|points| pair(points.before)),
            "after": points.map(|points| pair(points.after)),
            "message": message,
        })
    }
}

/// A block to be graded again, the same for every learner.
struct Target {
    everyones: Everyones,
    actor: String,
    now: OffsetDateTime,
}

impl Target {
    /// Finds the block where learners use it, whether or not each of them is shown it now.
    async fn find(learn: &App, staff: &Caller, usage: &UsageKey) -> Result<Self, ApiError> {
        let everyones = Everyones::find(learn, staff, usage).await?;
        if !everyones.block_type().decl().has_score {
            let nothing = format!("Nothing is graded in '{usage}'.");
            return Err(ApiError::problem(Code::CannotRescore, nothing));
        }
        Ok(Target { everyones, actor: staff.info.id.clone(), now: learn.clock.now() })
    }

    /// Grades what one learner submitted.
    fn grade(&self, row: &LearnerRow, only_if_higher: bool) -> (Outcome, Option<BlockChange>) {
        let Everyones { learn, found, .. } = &self.everyones;
        let block = self.everyones.block(&row.row.fields);
        let learner = self.everyones.learner(&row.learner);
        let urls = BlockUrls {
            app: learn,
            learner: &learner.id,
            asked: found.asked,
            now: self.now.unix_timestamp(),
            return_url: None,
        };
        let mut cx = BlockCx {
            site: learn.site,
            learner: &learner,
            now: self.now,
            language: LANGUAGE,
            templates: &learn.shared.templates,
            urls: &urls,
            rewrite: &str::to_owned,
            math: &renderer::math::formula,
            children: &[],
            // Grading again draws nothing.
            random: 0,
            grader: None,
            effects: Effects::default(),
        };
        let answer = self.everyones.block_type().rescore(&block, only_if_higher, &mut cx);
        let change = self.change(row, cx.effects);
        let outcome = match answer {
            Ok(points) if change.is_some() => Outcome::Rescored(points),
            Ok(points) => Outcome::Kept(points),
            Err(RescoreError::Unanswered) => Outcome::Unanswered,
            Err(RescoreError::Unsupported) => Outcome::Unsupported,
            Err(error @ RescoreError::Failed(_)) => Outcome::Failed(error.to_string()),
        };
        (outcome, change)
    }

    /// Returns what changes for a learner, the events with who had it done.
    fn change(&self, row: &LearnerRow, effects: Effects) -> Option<BlockChange> {
        if effects.is_empty() {
            return None;
        }
        let usage = self.everyones.usage();
        let sets_state = effects.set.iter().any(|set| set.scope == Scope::UserState);
        let state = sets_state.then(|| StateWrite {
            block: usage.clone(),
            fields: effects.apply(Scope::UserState, &row.row.fields),
            revision: row.row.revision,
        });
        let (mut score, mut events) = (None, Vec::new());
        for published in effects.published {
            match published {
                Published::Grade { value, max_value, only_if_higher } => {
                    score = Some((value, max_value, only_if_higher));
                }
                Published::Event { name, mut data } => {
                    data["actor"] = self.actor.as_str().into();
                    events.push(Event {
                        name,
                        learner: Some(row.learner.clone()),
                        context: Some(self.everyones.found.record.key.clone()),
                        block: Some(usage.clone()),
                        data,
                        at: self.now,
                    });
                }
                // Grading again completes nothing: what was submitted completed the block then.
                Published::Completion(_) => {}
            }
        }
        Some(BlockChange::new(row.learner.clone(), usage, state, score, events, self.now))
    }
}
