//! Every key of the learning-content world: parsed, validated, printed.
//!
//! A *key* is an opaque identifier. A [`LearningContextKey`] names a library, a course or a pathway; a
//! [`UsageKey`] names a block used in a context; the other types name definitions, assets, collections,
//! containers and block types. [`AnyKey`] holds any of them.
//!
//! All types are immutable, cheap to clone (one reference count) and cannot hold an invalid value: text comes
//! in through `FromStr`, goes out through `Display`, and serde and SQL use the same two. Input is read as the
//! reference system reads it (contract "opaque-keys"), plus the extensions of §11: library keys with a
//! domain, and `lb-ref:` keys. What may be *created* is stricter, so constructors check more than parsers.
//!
//! # How it is built
//! - `grammar`: nom parsers, one module per family of keys. They read text into named slots.
//! - `form`: one table that says for every form of key its namespace, its identity fields and how it prints.
//!   Every key is printed by that table when it is made, so equal fields always give equal values.
//! - `keys`: the public types.
//!
//! To add a kind of key: a variant and its row in `form`, its grammar in `grammar`, its type in `keys`.

mod chars;
mod error;
mod form;
mod grammar;
mod identity;
mod keys;
mod raw;

pub use error::{InvalidKey, Reason};
pub use keys::{
    AnyKey, AsideDefinitionKey, AsideUsageKey, AssetKey, BlockTypeKey, BundleDefinitionKey, CollectionKey,
    ContainerKey, CourseBlockKey, CourseKey, DefinitionKey, LearningContextKey, LibRefKey, LibraryBlockKey,
    LibraryKey, MongoDefinitionKey, PathwayBlockKey, PathwayKey, UsageKey, VersionedLibraryRef,
};
