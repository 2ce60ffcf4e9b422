//! Turns a unit document into the blocks one learner sees.
//!
//! Composing has two halves. What does not depend on the learner is worked out once per version of the unit,
//! into a [`Plan`]: a [`Unit`] (its blocks and what its reference blocks say) with the libraries it names
//! (pools in order, valid overrides, keys). [`Plan::compose`] then selects for one learner, purely: stored
//! draws come in, the page comes out with what is to be stored. [`Plans`] fetches the parts of plans from
//! learning contexts and keeps what cannot change.
//!
//! Which blocks of a pool a learner sees is [`selection`]'s to say, chance is in [`draw`].

mod author;
mod bank;
mod compose;
mod composed;
mod customize;
pub mod draw;
mod drawing;
mod drawing_group;
mod finding;
pub mod group;
mod libraries;
mod listing;
mod missing;
mod overrides;
mod plan;
mod plans;
mod pool;
mod prepared;
mod reading;
mod record;
mod recorded;
mod records;
mod reference;
mod references;
mod save;
pub mod selection;
mod settings;
mod shortfall;
mod token;
mod unit;
mod update;

pub use author::{AuthorReference, AuthorView, PoolBlock, Titles};
pub use compose::{Learner, Outcome};
pub use composed::{Composed, ComposedBlock, CompositionJson, DrawEvent, NewDraw};
pub use customize::{Cleared, Customizations, CustomizedBlock, CustomizedField, Scope, clear};
pub use drawing::StoredDraw;
pub use finding::{Finding, Hidden};
pub use libraries::Libraries;
pub use listing::PoolListing;
pub use overrides::{Level, never_overridden};
pub use plan::Plan;
pub use plans::Plans;
pub use pool::{Availability, Library, Origin};
pub use record::FORMAT as RECORD_FORMAT;
pub use recorded::UnitsRecorded;
pub use records::{UnitRecord, UnitRecords, UnitVersion};
pub use reference::{Pin, Reference, is_bank, is_group_id, is_reference};
pub use references::{PlacedReference, References};
pub use save::{Rejection, Saving, Versions};
pub use shortfall::Shortfall;
pub use token::token_usage;
pub use unit::{LibraryWant, MAX_REFERENCES, Unit, is_navigation};
pub use update::{
    AddedBlock, ChangedBlock, ChangedField, InUse, PoolSizes, Preview, RemovedBlock, Update, UpdateState,
};
