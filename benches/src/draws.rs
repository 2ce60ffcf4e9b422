//! What drawing costs and how it spreads: one pool for many learners, and units on a store with many draws.

use std::{
    collections::HashSet,
    hint::black_box,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use blockstore::Blockstore;
use compositor::{
    Composed, Learner, Outcome, Plan, Plans, StoredDraw, UnitsRecorded, draw,
    selection::{SelectInput, select},
};
use learner::{Changes, Gather, LearnerId, LearnerStore as _, SelectionRow};
use learning_context::{
    ContextRecord, Contexts, CourseContext, Definitions, LearningContext, LibraryContext, ResolvedAt,
};
use opaque_keys::UsageKey;
use server::{app::Shared, runtime::units::record_units};

use crate::{Fixture, content};

/// Blocks that a plan may weigh before it is dropped; plenty.
const PLAN_BLOCKS: u64 = 100_000;

/// How often each block of a pool was drawn.
pub struct Frequencies {
    /// Learners.
    pub learners: u32,
    /// Blocks each of them got.
    pub count: i64,
    /// Learners that got each block.
    pub drawn: Vec<u32>,
    /// Time of one draw.
    pub one: Duration,
}

impl Frequencies {
    /// Draws `count` blocks of a pool for so many learners.
    pub fn of(learners: u32, pool: usize, count: i64) -> Self {
        let tokens: Vec<String> = (0..pool).map(|n| format!("{}:problem:b{n}", content::LIBRARY)).collect();
        let pool: Vec<&str> = tokens.iter().map(String::as_str).collect();
        let nothing = HashSet::new();
        let mut drawn = vec![0; pool.len()];
        let start = Instant::now();
        for learner in 0..learners {
            let seed = draw::seed(SECRET, &id(learner).0, content::STRESS, 0);
            let input = SelectInput {
                pool: &pool,
                stored: &[],
                count,
                shuffle: true,
                seen: &nothing,
                has_state: &nothing,
                seed: &seed,
            };
            for token in select(&input).selected {
                // The pool is small: looking a block up costs nothing beside its draw.
                drawn[pool.iter().position(|known| *known == token).unwrap_or_default()] += 1;
            }
        }
        Frequencies { learners, count, one: start.elapsed() / learners.max(1), drawn }
    }

    /// Returns the chi-square statistic of the frequencies, with a degree of freedom less than there are blocks.
    /// Draws are without replacement, so that a block varies by `p (1 - p)` and not by `p`.
    pub fn chi_square(&self) -> f64 {
        let blocks = self.drawn.len() as f64;
        let share = self.count as f64 / blocks;
        let expected = f64::from(self.learners) * share;
        let squares: f64 = self.drawn.iter().map(|&n| (f64::from(n) - expected).powi(2)).sum();
        squares * (blocks - 1.0) / (blocks * expected * (1.0 - share))
    }
}

/// Returns the value that a chi-square statistic stays below in 999 of 1000 cases (Wilson and Hilferty).
pub fn chi_square_bound(degrees: usize) -> f64 {
    const NORMAL: f64 = 3.090_232;
    let degrees = degrees as f64;
    degrees * (1.0 - 2.0 / (9.0 * degrees) + NORMAL * (2.0 / (9.0 * degrees)).sqrt()).powi(3)
}

const SECRET: &[u8] = b"a secret for draws that are counted";

/// What recording a large course took.
pub struct Recording {
    /// What was done.
    pub done: UnitsRecorded,
    /// How long.
    pub time: Duration,
    /// SQL statements, reading the course included.
    pub statements: u64,
}

impl Recording {
    /// Imports a course of so many units, and records them in a process that has read nothing.
    ///
    /// # Errors
    /// Store failures.
    pub fn of(fixture: &Fixture, folder: &Path, units: usize) -> Result<Self> {
        content::write_large_course(folder, units)?;
        fixture.import(folder)?;
        let shared = &fixture.app.shared;
        let record = fixture.runtime.block_on(shared.contexts.record(&content::LARGE_COURSE.parse()?))?;
        let (_, plans) = process(shared);
        let (before, start) = (shared.database.statement_count(), Instant::now());
        let done = fixture.runtime.block_on(plans.record_version(&record, record.latest_version))?;
        let (time, statements) = (start.elapsed(), shared.database.statement_count() - before);
        Ok(Recording { done, time, statements })
    }
}

/// Times of some work, and how many statements each took.
pub struct Times {
    sorted: Vec<Duration>,
    /// SQL statements of one, the most there were.
    pub statements: u64,
}

impl Times {
    /// Returns the time below which so large a part of the times is.
    pub fn quantile(&self, part: f64) -> Duration {
        let last = self.sorted.len().saturating_sub(1);
        self.sorted.get((last as f64 * part).round() as usize).copied().unwrap_or_default()
    }
}

/// The stress unit of a [`Fixture`], composed in all the ways there are.
pub struct Stress<'a> {
    fixture: &'a Fixture,
    record: Arc<ContextRecord>,
    usage: UsageKey,
    learners: u32,
}

impl<'a> Stress<'a> {
    /// Records the course's units, and stores the draws of so many learners.
    ///
    /// # Errors
    /// Store failures.
    pub fn new(fixture: &'a Fixture, learners: u32) -> Result<(Self, Duration)> {
        let usage: UsageKey = content::STRESS.parse()?;
        let shared = &fixture.app.shared;
        fixture.runtime.block_on(record_units(shared, &usage.context_key()));
        let record = fixture.runtime.block_on(shared.contexts.record(&usage.context_key()))?;
        let stress = Stress { fixture, record, usage, learners: learners.max(1) };
        let one = stress.fill()?;
        Ok((stress, one))
    }

    /// Measures composing in a process that has read nothing, from the unit's record.
    ///
    /// # Errors
    /// Store failures, a unit without a record.
    pub fn from_record(&self, times: usize) -> Result<Times> {
        self.measure(
            times,
            || Ok(process(&self.fixture.app.shared)),
            async |(_, plans), learner| {
                let version = self.record.latest_version;
                let plan = plans.recorded(&self.record, version, &self.usage).await?.context("no record")?;
                self.compose(&plan, learner).await
            },
        )
    }

    /// Measures composing in a process that has read nothing, from the whole course and the whole library.
    ///
    /// # Errors
    /// Store failures.
    pub fn from_structure(&self, times: usize) -> Result<Times> {
        self.measure(
            times,
            || Ok(process(&self.fixture.app.shared)),
            async |(contexts, plans), learner| {
                let plan = self.plan(&contexts, &plans).await?;
                self.compose(&plan, learner).await
            },
        )
    }

    /// Measures composing where course and library are in memory and the plan has to be made: what the first
    /// learner of a changed pin waits for.
    ///
    /// # Errors
    /// Store failures.
    pub fn after_change(&self, times: usize) -> Result<Times> {
        let (contexts, plans) = process(&self.fixture.app.shared);
        self.fixture.runtime.block_on(self.plan(&contexts, &plans))?;
        let definitions = definitions(&self.fixture.app.shared);
        let anew = || {
            let store: Arc<dyn Blockstore> = self.fixture.app.database.clone();
            Ok(Plans::new(Arc::clone(&contexts), Arc::clone(&definitions), store, PLAN_BLOCKS))
        };
        self.measure(times, anew, async |plans, learner| {
            let plan = self.plan(&contexts, &plans).await?;
            self.compose(&plan, learner).await
        })
    }

    /// Measures composing where the plan is in memory: the draw is read, and nothing else.
    ///
    /// # Errors
    /// Store failures.
    pub fn warm(&self, times: usize) -> Result<Times> {
        let (contexts, plans) = process(&self.fixture.app.shared);
        let plan = self.fixture.runtime.block_on(self.plan(&contexts, &plans))?;
        self.measure(times, || Ok(()), async |(), learner| self.compose(&plan, learner).await)
    }

    /// Draws for all learners and stores every draw, one transaction a learner; returns the time of one.
    fn fill(&self) -> Result<Duration> {
        let (contexts, plans) = process(&self.fixture.app.shared);
        let plan = self.fixture.runtime.block_on(self.plan(&contexts, &plans))?;
        let start = Instant::now();
        self.fixture.runtime.block_on(async {
            for learner in 0..self.learners {
                let composed = composed(&plan, &id(learner).0, &|_| None)?;
                let row = |draw: compositor::NewDraw| {
                    let row = SelectionRow { selected: draw.selected, ..SelectionRow::default() };
                    (draw.reference, row)
                };
                let selections = composed.changed.into_iter().map(row).collect();
                let at = Some(self.fixture.app.clock.now());
                let changes = Changes { selections, at, ..Changes::default() };
                self.fixture.app.database.persist(&id(learner), &changes).await?;
            }
            anyhow::Ok(())
        })?;
        Ok(start.elapsed() / self.learners)
    }

    async fn plan(&self, contexts: &Contexts, plans: &Plans) -> Result<Arc<Plan>> {
        let at = ResolvedAt::Version(self.record.latest_version);
        let structure = contexts.structure(&self.record, at).await?;
        let root = structure.find(&self.usage).context("the course has no stress unit")?;
        Ok(plans.plan(&structure, root).await?)
    }

    /// Composes for a learner whose draw is stored.
    async fn compose(&self, plan: &Plan, learner: u32) -> Result<()> {
        let gather = Gather { selections: plan.draws(), ..Gather::default() };
        let stored = self.fixture.app.database.gather(&id(learner), &gather).await?.selections;
        let draw = |reference: &UsageKey| {
            let row = stored.get(reference)?;
            Some(StoredDraw { selected: &row.selected, seen: &row.seen, epoch: row.epoch })
        };
        let composed = composed(plan, &id(learner).0, &draw)?;
        if !composed.changed.is_empty() {
            bail!("learner {learner} has no stored draw");
        }
        black_box(composed);
        Ok(())
    }

    /// Runs some work so often, each time for another learner, on something made anew, which is not counted.
    fn measure<T>(
        &self,
        times: usize,
        anew: impl Fn() -> Result<T>,
        work: impl AsyncFn(T, u32) -> Result<()>,
    ) -> Result<Times> {
        let mut sorted = Vec::with_capacity(times);
        let (mut statements, mut learner) = (0, 1_u32);
        for _ in 0..times {
            // Learners in no order (a linear congruence), so that their rows are not beside each other.
            learner = learner.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let input = anew()?;
            let before = self.fixture.app.database.statement_count();
            let start = Instant::now();
            self.fixture.runtime.block_on(work(input, (learner >> 8) % self.learners))?;
            sorted.push(start.elapsed());
            statements = statements.max(self.fixture.app.database.statement_count() - before);
        }
        sorted.sort_unstable();
        Ok(Times { sorted, statements })
    }
}

fn id(learner: u32) -> LearnerId {
    LearnerId(format!("s-{learner}").into())
}

fn composed<'a>(
    plan: &Plan,
    learner: &'a str,
    stored: &'a dyn Fn(&UsageKey) -> Option<StoredDraw<'a>>,
) -> Result<Composed> {
    match plan.compose(&Learner { id: learner, secret: SECRET, stored, touched: None }) {
        Outcome::Ready(composed) => Ok(*composed),
        Outcome::NeedsState(_) => bail!("composing asks for state"),
    }
}

fn definitions(shared: &Shared) -> Arc<Definitions> {
    let store: Arc<dyn Blockstore> = shared.database.clone();
    let math = Arc::new(renderer::math::compile_math);
    Arc::new(Definitions::new(store, Arc::clone(&shared.registry), math, shared.config.content_cache_bytes))
}

/// Returns what a process composes with that has read nothing yet.
fn process(shared: &Shared) -> (Arc<Contexts>, Plans) {
    let store: Arc<dyn Blockstore> = shared.database.clone();
    let registry = &shared.registry;
    let plugins: [Arc<dyn LearningContext>; 2] = [
        Arc::new(LibraryContext::new(Arc::clone(&store), Arc::clone(registry))),
        Arc::new(CourseContext::new(Arc::clone(&store), Arc::clone(registry))),
    ];
    let started = Instant::now();
    let clock = Arc::new(move || started.elapsed());
    let contexts = Arc::new(Contexts::new(shared.database.clone(), plugins, Default::default(), clock));
    let plans = Plans::new(Arc::clone(&contexts), definitions(shared), store, PLAN_BLOCKS)
        .with_records(shared.database.clone());
    (contexts, plans)
}
