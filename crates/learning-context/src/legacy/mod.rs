//! Libraries of the first version and the `library_content` blocks that copy from them
//! (unit-composition §9).

mod ids;
mod sync;

pub use ids::{Era, derived_id, derived_ids, hashed_context, library_context, unique_data};
pub use sync::{Item, Sync, Wanted, sync};
