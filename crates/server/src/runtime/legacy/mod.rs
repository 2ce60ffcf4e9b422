//! `library_content` and `itembank` blocks whose children are copies of library blocks: bringing them up to date,
//! and turning them into references (unit-composition §9).

mod bank;
mod convert;
mod settle;
mod sync;

pub use convert::{Converted, convert};
pub use settle::{settle, settled};
pub use sync::{Synced, sync};
