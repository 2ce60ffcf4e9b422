//! Fields for files.

use super::Writer;
use crate::view::{FilesView, InputView};

impl Writer {
    pub(super) fn files(&mut self, input: &InputView, files: &FilesView) {
        let FilesView { submitted, required, allowed, .. } = files;
        let id = input.id.as_str();
        self.raw("<div");
        self.joined("id", &["filesubmission_", id]);
        self.raw(" class=\"filesubmission capa_inputtype\">");
        // The author's label stands before the field already.
        self.raw("<label class=\"sr problem-group-label\"");
        self.joined("for", &["input_", id]);
        self.raw(">");
        self.raw(input.label_html.as_deref().unwrap_or("Files to submit"));
        self.raw("</label>");
        self.descriptions(&input.descriptions);
        self.grader_status(input, "grader-status file", None);
        self.raw("<input type=\"file\"");
        self.joined("name", &["input_", id]);
        self.joined("id", &["input_", id]);
        self.attribute("aria-describedby", &input.described_by);
        self.raw(" multiple=\"multiple\"");
        self.names("data-required_files", required);
        self.names("data-allowed_files", allowed);
        self.raw("/>");
        if !submitted.is_empty() {
            self.raw("<ul class=\"submitted-files\" aria-label=\"Submitted files\">");
            for name in submitted {
                self.raw("<li>");
                self.text(name);
                self.raw("</li>");
            }
            self.raw("</ul>");
        }
        self.raw("<span");
        self.joined("id", &["answer_", id]);
        self.raw("></span><div class=\"message external-grader-message\">");
        if let Some(message) = &input.message {
            self.raw(&message.html);
        }
        self.raw("</div></div>");
    }

    /// Writes names as a JSON list.
    fn names(&mut self, attribute: &str, names: &[std::sync::Arc<str>]) {
        self.attribute(
            attribute,
            &serde_json::Value::from_iter(names.iter().map(|name| &**name)).to_string(),
        );
    }
}
