//! Course-style contexts and their blocks.

use std::borrow::Cow;

use super::key_struct;
use crate::chars::{ID, is_word};
use crate::error::{InvalidKey, Reason};
use crate::form::{Form, Slot};
use crate::grammar::{self, part, read};
use crate::raw::{Draft, Raw};

key_struct! {
    /// A course run and what is written like one: `course-v1:`, the old `org/course/run`, `ccx-v1:`, and
    /// `library-v1:`, a library of the first version.
    CourseKey, "courses", Course | SlashCourse | LegacyLibrary | Ccx, grammar::context
}

key_struct! {
    /// A block in a [`CourseKey`]: `block-v1:`, the old `i4x://`, `location:`, `ccx-block-v1:`, `lib-block-v1:`.
    CourseBlockKey, "blocks of courses",
    CourseBlock | I4x | Location | CcxBlock | LegacyLibraryBlock, |input, mode| grammar::usage(input, mode, 0)
}

/// Removes the version of a course-style key, and the branch too if asked. The names must be complete then.
pub(super) fn without_version(raw: &Raw, keep_branch: bool) -> Result<Raw, InvalidKey> {
    let form = raw.form();
    let old = matches!(form, Form::SlashCourse | Form::I4x | Form::C4x);
    let named = raw.get(Slot::Org).is_some()
        && raw.get(Slot::Course).is_some()
        && (old || form.is_library_family() || form == Form::LegacyLibrary || raw.get(Slot::Run).is_some());
    if !named {
        return Err(Reason::Incomplete { needed: "organisation, course and run" }.about(raw.text()));
    }
    let draft = raw.draft(form).with(Slot::Version, None);
    Ok(if keep_branch { draft } else { draft.with(Slot::Branch, None) }.finish(raw.text()))
}

/// The course of a block or asset.
pub(super) fn course_of(raw: &Raw) -> CourseKey {
    let form = match raw.form() {
        Form::I4x | Form::C4x => Form::SlashCourse,
        Form::LegacyLibraryBlock => Form::LegacyLibrary,
        Form::CcxBlock => Form::Ccx,
        _ => Form::Course,
    };
    CourseKey(raw.draft(form).with(Slot::Type, None).with(Slot::Id, None).finish(""))
}

/// The id of the old forms in HTML: other characters than letters, numbers and `-` become one `_`.
pub(super) fn old_html_id(raw: &Raw) -> String {
    let mut id = String::from(raw.form().namespace());
    for slot in [Slot::Org, Slot::Course, Slot::Type, Slot::Id] {
        id.push('-');
        for c in raw.field(slot).chars() {
            match c {
                '-' => id.push(c),
                c if is_word(c) && c != '_' => id.push(c),
                _ if id.ends_with('_') => {}
                _ => id.push('_'),
            }
        }
    }
    id
}

impl CourseKey {
    /// Makes the key of a new course run. Stricter than parsing: no branch, no version, at most 255 characters.
    pub fn new(org: &str, course: &str, run: &str) -> Result<Self, InvalidKey> {
        let create = || {
            for name in [org, course, run] {
                read(name, name, part("a name", ID))?;
            }
            let draft = Draft::new(Form::Course).with(Slot::Org, org).with(Slot::Course, course);
            draft.with(Slot::Run, run).finish("").checked_new()
        };
        create().map(Self).map_err(|reason| reason.about(&format!("course-v1:{org}+{course}+{run}")))
    }

    /// Returns the organisation; `None` where the key names only a version.
    pub fn org(&self) -> Option<&str> {
        self.0.get(Slot::Org)
    }

    /// Returns the course, or for `library-v1:` the library.
    pub fn course(&self) -> Option<&str> {
        self.0.get(Slot::Course)
    }

    /// Returns the run. Libraries have none; neither has the course of an `i4x://` key, whose text ends in a
    /// slash and should not be stored.
    pub fn run(&self) -> Option<&str> {
        self.0.get(Slot::Run)
    }

    /// Returns the branch.
    pub fn branch(&self) -> Option<&str> {
        self.0.get(Slot::Branch)
    }

    /// Returns the version: 24 hexadecimal digits.
    pub fn version(&self) -> Option<&str> {
        self.0.get(Slot::Version)
    }

    /// Returns the number of a custom course, in the digits it was written in.
    pub fn ccx(&self) -> Option<&str> {
        self.0.get(Slot::Ccx)
    }

    /// Says whether this is a course: libraries of the first version are not.
    pub fn is_course(&self) -> bool {
        self.0.form() != Form::LegacyLibrary
    }

    /// Returns the key without branch and version.
    pub fn without_branch(&self) -> Result<Self, InvalidKey> {
        without_version(&self.0, false).map(Self)
    }

    /// Returns the key without version, on the same branch.
    pub fn without_version(&self) -> Result<Self, InvalidKey> {
        without_version(&self.0, true).map(Self)
    }

    /// Returns the key of a block in this course. Stricter than parsing: at most 255 characters, and courses
    /// in the old form get no new blocks.
    pub fn block(&self, block_type: &str, id: &str) -> Result<CourseBlockKey, InvalidKey> {
        let create = || {
            read(block_type, block_type, part("a block type", ID))?;
            read(id, id, part("a block id", ID))?;
            let form = match self.0.form() {
                Form::SlashCourse => {
                    return Err(Reason::Unsuitable("a course in the old form gets no new blocks"));
                }
                Form::LegacyLibrary => Form::LegacyLibraryBlock,
                Form::Ccx => Form::CcxBlock,
                _ => Form::CourseBlock,
            };
            self.0.draft(form).with(Slot::Type, block_type).with(Slot::Id, id).finish("").checked_new()
        };
        create()
            .map(CourseBlockKey)
            .map_err(|reason| reason.about(&format!("{self}+type@{block_type}+block@{id}")))
    }
}

impl CourseBlockKey {
    /// Returns the course, on the same branch and version.
    pub fn course(&self) -> CourseKey {
        course_of(&self.0)
    }

    /// Returns the block type; `None` where the text left it out.
    pub fn block_type(&self) -> Option<&str> {
        self.0.get(Slot::Type)
    }

    /// Returns the id of the block in its course.
    pub fn block_id(&self) -> &str {
        self.0.field(Slot::Id)
    }

    /// Returns the id of the block in HTML; not unique across courses.
    pub fn html_id(&self) -> Cow<'_, str> {
        match self.0.form() {
            Form::I4x => Cow::Owned(old_html_id(&self.0)),
            _ => Cow::Borrowed(self.block_id()),
        }
    }

    /// Returns the key without branch and version.
    pub fn without_branch(&self) -> Result<Self, InvalidKey> {
        without_version(&self.0, false).map(Self)
    }

    /// Returns the key without version, on the same branch.
    pub fn without_version(&self) -> Result<Self, InvalidKey> {
        without_version(&self.0, true).map(Self)
    }

    /// Returns the key of the same block in a `course-v1:` course. Works for `block-v1:` and `i4x://` keys.
    pub fn map_into_course(&self, course: &CourseKey) -> Result<Self, InvalidKey> {
        let movable =
            matches!(self.0.form(), Form::CourseBlock | Form::I4x) && course.0.form() == Form::Course;
        match self.block_type() {
            Some(block_type) if movable => course.block(block_type, self.block_id()),
            _ => Err(Reason::Unsuitable("only typed blocks can be moved, and only into course-v1 courses")
                .about(self.as_str())),
        }
    }
}
