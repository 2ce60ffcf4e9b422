//! What every native type is: one static table a type.

pub mod chapter;
pub mod course;
pub mod discussion;
pub mod html;
pub mod itembank;
pub mod lib_ref;
pub mod library_content;
pub mod library_sourced;
pub mod pdf;
pub mod placeholder;
pub mod problem;
pub mod random_lib_ref;
pub mod section;
pub mod sequential;
pub mod unit;
pub mod vertical;
pub mod video;

use xblock::BlockDecl;

/// Returns the declaration of a type, if it has one; not every declared type has views yet.
pub fn find(block_type: &str) -> Option<&'static BlockDecl> {
    let all = [
        &chapter::DECL,
        &course::DECL,
        &discussion::DECL,
        &html::DECL,
        &itembank::DECL,
        &lib_ref::DECL,
        &library_content::DECL,
        &library_sourced::DECL,
        &pdf::DECL,
        &problem::DECL,
        &random_lib_ref::DECL,
        &section::SECTION,
        &section::SUBSECTION,
        &sequential::DECL,
        &unit::DECL,
        &vertical::DECL,
        &video::DECL,
    ];
    all.into_iter().find(|decl| decl.block_type == block_type)
}
