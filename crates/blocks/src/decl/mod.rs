//! What every native type is: one static table a type.

pub mod chapter;
pub mod course;
pub mod html;
pub mod itembank;
pub mod lib_ref;
pub mod library_content;
pub mod placeholder;
pub mod problem;
pub mod random_lib_ref;
pub mod sequential;
pub mod unit;
pub mod vertical;
pub mod video;
