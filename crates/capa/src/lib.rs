//! Problems: parsing, grading, hints and the view model of their inputs.
//!
//! [`Problem::compile`] reads a `<problem>` once; the result is shared by all learners. [`Problem::instance`] makes it
//! one learner's: [`Instance::grade`] judges answers, [`Instance::view`] says what to show, [`html::render`] prints it.
//! Nothing here does I/O, reads the clock or draws random numbers: a seed is handed in.
//!
//! To add a response type: a file in `responses`, a function in its table. To add an input type: a file in `inputs`,
//! variants of the input and view kinds, a function in `html`.

mod answers;
mod calc;
mod compile;
mod correct_map;
mod describe;
mod entities;
mod error;
mod external;
mod fields;
mod grading;
mod hints;
pub mod html;
mod inputs;
mod instance;
pub mod markdown;
mod markup;
pub mod preview;
mod problem;
mod python;
mod responses;
pub mod script;
mod tidy;
mod vars;
pub mod view;

pub use answers::{Answers, Value};
pub use compile::Index;
pub use correct_map::{CorrectMap, Correctness, Entry, HintMode};
pub use describe::{Described, Said};
pub use error::CapaError;
pub use external::{Delivery, GraderTask, Queued, is_same_key, safe_message};
pub use grading::{Attempt, Graded, Step};
pub use hints::{FeedbackEvent, Trigger, TriggerType, TriggeredHint};
pub use instance::{Instance, Score, Shown};
pub use markup::close_empty_elements;
pub use problem::{Fault, Hooks, Problem, Reason, Unsupported};
pub use responses::Permutation;
pub use view::{ProblemView, State};
