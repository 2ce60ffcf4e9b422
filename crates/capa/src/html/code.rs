//! Fields for programs.

use super::Writer;
use crate::view::{CodeView, InputView, TrialView};

impl Writer {
    /// Writes the field. The reference puts an editor of its own in front of it, which its label names; on our pages
    /// the field is what is written in, so the label names it and the descriptions, which the reference loses, are
    /// there.
    pub(super) fn code(&mut self, input: &InputView, code: &CodeView) {
        let CodeView { value, rows, cols, mode, tab_size, line_numbers, hidden, .. } = code;
        let id = input.id.as_str();
        let page = self.is_page();
        self.raw("<div");
        self.joined("id", &["textbox_", id]);
        self.raw(" class=\"capa_inputtype textbox cminput\"><label class=\"");
        self.raw(if input.label_html.is_some() { "" } else { "sr " });
        self.raw("problem-group-label\"");
        self.joined("for", &[if page { "input_" } else { "cm-textarea-" }, id]);
        self.raw(">");
        self.raw(input.label_html.as_deref().unwrap_or("Code Editor"));
        self.raw("</label>");
        if page {
            self.descriptions(&input.descriptions);
        }
        self.raw("<textarea");
        self.attribute("rows", rows);
        self.attribute("cols", cols);
        self.joined("name", &["input_", id]);
        if page {
            self.joined("aria-describedby", &["answer_", id, " ", &input.described_by]);
            self.raw(" spellcheck=\"false\" autocapitalize=\"off\" autocomplete=\"off\"");
        } else {
            self.joined("aria-label", &[mode, " editor"]);
            self.joined("aria-describedby", &["answer_", id]);
        }
        self.joined("id", &["input_", id]);
        self.raw(" tabindex=\"0\"");
        if hidden.is_some() {
            self.raw(" style=\"display:none;\"");
        }
        self.attribute("data-mode", mode);
        self.attribute("data-tabsize", tab_size);
        self.attribute("data-linenums", line_numbers);
        // Readers of HTML take a line break right after the start tag away.
        self.raw(if value.starts_with('\n') { ">\n" } else { ">" });
        self.text(value);
        self.raw("</textarea><span class=\"cm-editor-exit-message capa-message\"");
        self.joined("id", &["cm-editor-exit-message-", id]);
        self.raw(if page { " hidden>" } else { ">" });
        self.raw("Press ESC then TAB or click outside of the code editor to exit</span>");
        self.grader_status(input, "grader-status", hidden.as_deref());
        self.raw("<span");
        self.joined("id", &["answer_", id]);
        self.raw("></span><div class=\"external-grader-message\">");
        if let Some(message) = &input.message {
            self.raw(&message.html);
        }
        self.raw("</div>");
        if let Some(trial) = &code.trial {
            self.trial(input, trial);
        }
        self.raw("</div>");
    }

    /// Writes the verdict, and while a grader has the answer, the mark that clients wait for to go away.
    pub(super) fn grader_status(&mut self, input: &InputView, class: &str, hidden: Option<&str>) {
        let id = input.id.as_str();
        self.raw("<div");
        self.attribute("class", class);
        self.raw(" tabindex=\"-1\">");
        self.status(id, &input.status);
        if let Some(message) = input.kind.queue_message() {
            self.waiting(id, message);
        }
        if let Some(name) = hidden {
            self.raw("<div style=\"display:none;\"");
            self.attribute("name", name);
            self.joined("inputid", &["input_", id]);
            self.raw("></div>");
        }
        if !self.is_page() {
            self.raw("<p class=\"debug\">");
            self.text(input.status.text);
            self.raw("</p>");
        }
        self.raw("</div>");
    }

    fn waiting(&mut self, id: &str, message: &str) {
        self.raw("<span style=\"display:none;\" class=\"xqueue\"");
        self.attribute("id", id);
        self.raw(">");
        self.text(message);
        self.raw("</span>");
    }

    /// Writes what a `matlabinput` has beside: a button that has the program run without submitting it, and what the
    /// last run printed.
    fn trial(&mut self, input: &InputView, trial: &TrialView) {
        let id = input.id.as_str();
        self.raw("<div class=\"external-grader-message ungraded-matlab-result\"");
        self.joined("id", &["trial_", id]);
        self.raw(" role=\"status\">");
        self.raw(&trial.html);
        self.raw("</div>");
        if trial.waits {
            self.waiting(&["trial_queue_", id].concat(), "");
        }
        // Without a client that asks for it, nothing can be run without being submitted.
        self.raw("<div class=\"plot-button needs-script\"><button type=\"button\" class=\"plot\"");
        self.joined("id", &["plot_", id]);
        self.attribute("data-input-id", id);
        self.raw(" data-dispatch=\"plot\">Run Code</button></div>");
    }
}
