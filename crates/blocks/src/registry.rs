//! All native types.

use std::sync::Arc;

use xblock::{BlockType, Registry};

use crate::{html, outline, placeholder, problem, selection, unit, vertical, video};

/// Returns the registry of all native types; tags without one get a placeholder.
pub fn registry() -> Registry {
    let types: [Arc<dyn BlockType>; 15] = [
        Arc::new(html::Html),
        Arc::new(problem::Problem),
        Arc::new(video::Video),
        Arc::new(unit::UNIT),
        Arc::new(vertical::VERTICAL),
        Arc::new(outline::SEQUENTIAL),
        Arc::new(outline::CHAPTER),
        Arc::new(outline::COURSE),
        Arc::new(outline::SECTION),
        Arc::new(outline::SUBSECTION),
        Arc::new(selection::LIBRARY_CONTENT),
        Arc::new(selection::ITEMBANK),
        Arc::new(selection::LIB_REF),
        Arc::new(selection::LIBRARY_SOURCED),
        Arc::new(selection::RANDOM_LIB_REF),
    ];
    Registry::new(types, Arc::new(placeholder::Placeholder))
}

#[cfg(test)]
mod tests {
    use super::registry;

    #[test]
    fn every_type_is_found_by_its_tag_and_other_tags_get_the_stand_in() {
        let registry = registry();
        let tags = registry.tags();
        assert_eq!(
            tags,
            [
                "chapter",
                "course",
                "html",
                "itembank",
                "lib_ref",
                "library_content",
                "library_sourced",
                "problem",
                "random_lib_ref",
                "section",
                "sequential",
                "subsection",
                "unit",
                "vertical",
                "video",
            ]
        );
        for tag in tags {
            assert_eq!(registry.get(tag).decl().block_type, tag);
        }
        assert_eq!(registry.get("openassessment").decl().block_type, "placeholder");
    }
}
