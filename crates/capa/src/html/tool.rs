//! Lines for chemical equations, and what is kept of drawing tools.

use super::Writer;
use crate::view::InputView;

impl Writer {
    pub(super) fn chemistry(&mut self, input: &InputView, value: &str, size: &str) {
        let id = input.id.as_str();
        self.raw("<div");
        self.joined("id", &["chemicalequationinput_", id]);
        self.raw(" class=\"inputtype chemicalequationinput\">");
        self.joined_start("div", &[input.status.class]);
        self.raw(">");
        // The label of this input stays where the author wrote it.
        let label = input.label_html.as_deref().unwrap_or("Chemical equation");
        self.raw("<label class=\"sr\"");
        self.joined("for", &["input_", id]);
        self.raw(">");
        self.raw(label);
        self.raw("</label>");
        self.descriptions(&input.descriptions);
        self.raw("<input type=\"text\"");
        self.joined("name", &["input_", id]);
        self.joined("id", &["input_", id]);
        self.attribute("data-input-id", id);
        self.attribute("value", value);
        self.attribute("aria-describedby", &input.described_by);
        self.attribute("size", size);
        self.raw("/>");
        self.status(id, &input.status);
        self.answer(id);
        self.raw("<div");
        self.joined("id", &["input_", id, "_preview"]);
        self.raw(" class=\"equation\" aria-live=\"polite\"></div></div>");
        self.message(input.message.as_ref());
        self.raw("</div>");
    }

    /// Writes what was answered with a tool that is not here, so that it is sent again with other answers.
    pub(super) fn tool(&mut self, input: &InputView, value: &str) {
        let id = input.id.as_str();
        self.raw("<div class=\"capa-tool\"");
        self.joined("id", &["inputtype_", id]);
        self.raw("><input type=\"hidden\"");
        self.joined("name", &["input_", id]);
        self.joined("id", &["input_", id]);
        self.attribute("value", value);
        self.raw("/>");
        self.answer(id);
        self.raw("</div>");
    }
}
