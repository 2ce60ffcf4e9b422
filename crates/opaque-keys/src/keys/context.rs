//! Learning contexts: where blocks are used.

use super::{CourseKey, LibraryKey, PathwayKey, key_enum};
use crate::error::InvalidKey;
use crate::grammar;

key_enum! {
    /// The key of a learning context: a course, a library, a pathway.
    LearningContextKey, "learning contexts", grammar::context,
    /// A course run, or a library of the first version.
    Course(CourseKey),
    /// A content library.
    Library(LibraryKey);
    /// A pathway.
    Pathway(PathwayKey)
}

impl LearningContextKey {
    /// Makes the key of a new library; see [`LibraryKey::new`].
    pub fn library(org: &str, slug: &str) -> Result<Self, InvalidKey> {
        LibraryKey::new(org, slug).map(Self::Library)
    }

    /// Makes the key of a new course run; see [`CourseKey::new`].
    pub fn course_run(org: &str, course: &str, run: &str) -> Result<Self, InvalidKey> {
        CourseKey::new(org, course, run).map(Self::Course)
    }

    /// Returns the organisation; pathways and courses named by version only have none.
    pub fn org(&self) -> Option<&str> {
        match self {
            Self::Course(key) => key.org(),
            Self::Library(key) => Some(key.org()),
            Self::Pathway(_) => None,
        }
    }

    /// Returns the slug of a library.
    pub fn slug(&self) -> Option<&str> {
        self.as_library().map(LibraryKey::slug)
    }

    /// Returns the course of a course run.
    pub fn course(&self) -> Option<&str> {
        self.as_course().and_then(CourseKey::course)
    }

    /// Returns the run of a course.
    pub fn run(&self) -> Option<&str> {
        self.as_course().and_then(CourseKey::run)
    }

    /// Says whether this is a course.
    pub fn is_course(&self) -> bool {
        self.as_course().is_some_and(CourseKey::is_course)
    }

    /// Says whether this is a content library (`lib:`).
    pub fn is_library(&self) -> bool {
        matches!(self, Self::Library(_))
    }

    /// Returns the course-style key this is, if it is one.
    pub fn as_course(&self) -> Option<&CourseKey> {
        match self {
            Self::Course(key) => Some(key),
            _ => None,
        }
    }

    /// Returns the content library this is, if it is one.
    pub fn as_library(&self) -> Option<&LibraryKey> {
        match self {
            Self::Library(key) => Some(key),
            _ => None,
        }
    }

    /// Returns the pathway this is, if it is one.
    pub fn as_pathway(&self) -> Option<&PathwayKey> {
        match self {
            Self::Pathway(key) => Some(key),
            _ => None,
        }
    }

    /// Returns the key without branch and version. Keys that never have one are returned as they are.
    pub fn without_branch(&self) -> Result<Self, InvalidKey> {
        match self {
            Self::Course(key) => key.without_branch().map(Self::Course),
            Self::Library(_) | Self::Pathway(_) => Ok(self.clone()),
        }
    }
}
