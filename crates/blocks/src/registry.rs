//! All native types.

use std::sync::Arc;

use xblock::{BlockType, Registry};

use crate::{html, outline, placeholder, problem, selection, unit, vertical, video};

/// Returns the registry of all native types; tags without one get a placeholder.
pub fn registry() -> Registry {
    let types: [Arc<dyn BlockType>; 12] = [
        Arc::new(html::Html),
        Arc::new(problem::Problem),
        Arc::new(video::Video),
        Arc::new(unit::UNIT),
        Arc::new(vertical::VERTICAL),
        Arc::new(outline::SEQUENTIAL),
        Arc::new(outline::CHAPTER),
        Arc::new(outline::COURSE),
        Arc::new(selection::LIBRARY_CONTENT),
        Arc::new(selection::ITEMBANK),
        Arc::new(selection::LIB_REF),
        Arc::new(selection::RANDOM_LIB_REF),
    ];
    Registry::new(types, Arc::new(placeholder::Placeholder))
}
