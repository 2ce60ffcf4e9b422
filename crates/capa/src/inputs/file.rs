//! `filesubmission`: files to be handed in.

use olx::Element;

use crate::vars::Template;

/// A field for files.
#[derive(Debug)]
pub(crate) struct FileInput {
    /// Names of which every one has to be there.
    pub(crate) required: Vec<Template>,
    /// The only names there may be; any if there are none.
    pub(crate) allowed: Vec<Template>,
}

impl FileInput {
    pub(super) fn compile(element: &Element) -> Self {
        let names = |name: &str| {
            let text = element.attr(name).unwrap_or_default();
            text.split_whitespace().map(Template::new).collect()
        };
        Self { required: names("required_files"), allowed: names("allowed_files") }
    }
}
