//! The seam where the code of authors runs (capa §14).
//!
//! This crate runs no code and waits for none: it says what is to be run, as [`Job`]s, and goes on with what came out of
//! them, as [`Outcomes`]. So an engine may be in this process or behind a network, and what it computed may be kept: equal
//! jobs have equal outcomes.
//!
//! 1. [`crate::Problem::script_job`] is what the problem computes before anything else; [`crate::Problem::instance_with`]
//!    takes what it computed.
//! 2. [`crate::Instance::grade_attempt`] either grades, or returns the jobs it needs first; then it is asked again with
//!    their outcomes. That is at most three times: checks, then hints.
//!
//! Problems are compiled for this with [`crate::Hooks::scripts`]. Without it nothing needs a job, and what would is shown
//! with a note.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use thiserror::Error;

/// Runs Python.
///
/// What an engine has to provide is in capa §14: a generator `random` seeded with the seed of the job (`random2`, also as
/// the module of that name), true division, the preloaded modules, and the files of the job on its path. Only JSON goes in
/// and out: other values and keys are dropped, tuples become lists, keys that are integers become texts. Integers of more
/// than 64 bits and floats without a JSON form may come back as texts, which print the same.
pub trait ScriptEngine: Send + Sync {
    /// Runs the code of a job with its globals, and returns the globals after it.
    ///
    /// # Errors
    /// What the code raised, and what kept it from running or ending within its limits.
    fn run(&self, job: &Job) -> Result<Globals, ScriptError>;
}

/// Code of an author's, and all that it depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The whole code.
    pub code: String,
    /// The variables it starts with, in order.
    pub globals: Map<String, Value>,
    /// The seed of the generator.
    pub seed: i64,
    /// Where it runs.
    pub environment: Environment,
}

/// Where code runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Environment {
    /// Files to import from, such as the `python_lib.zip` of the course.
    pub files: Arc<[ScriptFile]>,
    /// What it may use.
    pub limits: ScriptLimits,
    /// Whose code it is, for logs.
    pub slug: String,
}

/// A file that code may import from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptFile {
    /// Its name, without folders.
    pub name: String,
    /// Its content.
    pub content: Arc<[u8]>,
}

/// What code may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScriptLimits {
    /// Time to run, from start to end.
    pub time: Duration,
    /// Memory in bytes.
    pub memory: u64,
}

/// Three seconds and 256 MiB.
impl Default for ScriptLimits {
    fn default() -> Self {
        Self { time: Duration::from_secs(3), memory: 256 << 20 }
    }
}

/// The variables after code ran, in the order they were made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Globals(Map<String, Value>);

impl Globals {
    /// Returns the value of a variable.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
    }
}

impl From<Map<String, Value>> for Globals {
    fn from(globals: Map<String, Value>) -> Self {
        Self(globals)
    }
}

/// Why code did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScriptError {
    /// It raised an exception; the text says which.
    #[error("{0}")]
    Raised(String),
    /// It was not run, or not to its end: no engine answered, or it used more than it may.
    #[error("{0}")]
    NotRun(String),
}

/// What jobs came to.
#[derive(Debug, Default)]
pub struct Outcomes(Vec<(Job, Result<Globals, ScriptError>)>);

impl Outcomes {
    /// Keeps the outcome of a job.
    pub fn insert(&mut self, job: Job, outcome: Result<Globals, ScriptError>) {
        self.0.push((job, outcome));
    }

    /// Runs jobs one after the other and keeps their outcomes.
    pub fn run(&mut self, engine: &dyn ScriptEngine, jobs: Vec<Job>) {
        for job in jobs {
            let outcome = engine.run(&job);
            self.insert(job, outcome);
        }
    }

    /// Returns the outcome of an equal job.
    pub fn get(&self, job: &Job) -> Option<&Result<Globals, ScriptError>> {
        // There are a few jobs in a problem at most.
        self.0.iter().find(|(kept, _)| kept == job).map(|(_, outcome)| outcome)
    }
}
