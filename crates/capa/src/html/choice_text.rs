//! Choices with fields in their text.

use super::{Style, Writer};
use crate::view::{ChoiceTextView, ChoiceTextsView, InputView, TextPartView};

impl Writer {
    pub(super) fn choice_texts(&mut self, input: &InputView, group: &ChoiceTextsView) {
        match self.style {
            Style::Reference => self.reference_choice_texts(input, group),
            Style::Page => self.page_choice_texts(input, group),
        }
    }

    fn reference_choice_texts(&mut self, input: &InputView, group: &ChoiceTextsView) {
        let id = input.id.as_str();
        let label = input.label_html.as_deref().unwrap_or_default();
        let read_as_html = group.read_as_html || label.contains(['<', '&']);
        self.raw("<section");
        self.joined("id", &["choicetextinput_", id]);
        self.raw(" class=\"choicetextinput\"><div class=\"choicetextgroup capa_inputtype\"");
        self.joined("id", &["inputtype_", id]);
        self.raw(">");
        self.placeholder("js/capa/choicetextinput.js", read_as_html);
        // The label as it is written, markup and all.
        let label = label.replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        self.raw("<fieldset aria-label=\"");
        self.raw(&label);
        self.raw("\">");
        for choice in &group.choices {
            self.reference_choice_text(input, group.checkboxes, choice);
        }
        self.raw("<span");
        self.joined("id", &["answer_", id]);
        self.raw("></span></fieldset><input class=\"choicetextvalue\" type=\"hidden\"");
        self.joined("name", &["input_", id, "{}"]);
        self.joined("id", &["input_", id]);
        self.attribute("value", &group.printed);
        self.raw("/><div class=\"indicator-container\">");
        // A chosen radio button carries the verdict itself.
        if group.checkboxes || !group.choices.iter().any(|choice| choice.checked) {
            self.status(id, &input.status);
        }
        self.raw("</div>");
        self.message(input.message.as_ref());
        self.end_placeholder(read_as_html);
        self.raw("</div></section>");
    }

    fn reference_choice_text(&mut self, input: &InputView, checkboxes: bool, choice: &ChoiceTextView) {
        self.raw("<section");
        self.joined("id", &["forinput", &choice.name]);
        if choice.marked {
            self.joined("class", &["choicetextgroup_", input.status.class]);
        }
        self.raw("><input class=\"ctinput\"");
        self.attribute("type", if checkboxes { "checkbox" } else { "radio" });
        self.joined("name", &["choiceinput_", &input.id]);
        self.attribute("id", &choice.name);
        self.attribute("value", &choice.name);
        if choice.checked {
            self.raw(" checked=\"true\"");
        }
        self.raw("/>");
        for part in &choice.parts {
            let tail = match part {
                TextPartView::Html { html, tail_html } => {
                    self.raw("<span class=\"mock_label\">");
                    self.raw(html);
                    self.raw("</span>");
                    tail_html
                }
                TextPartView::Field { name, tail_html, .. } => {
                    self.raw("<input class=\"ctinput\" type=\"text\"");
                    self.attribute("name", name);
                    self.attribute("id", name);
                    self.raw(" value=\"\"/>");
                    tail_html
                }
            };
            self.raw("<span class=\"mock_label\">");
            self.raw(tail);
            self.raw("</span>");
        }
        self.raw("<p");
        self.joined("id", &["answer_", &choice.name]);
        self.raw(" class=\"answer\"></p></section>");
    }

    /// Writes plain fields that hold what was answered.
    fn page_choice_texts(&mut self, input: &InputView, group: &ChoiceTextsView) {
        let id = input.id.as_str();
        self.raw("<div class=\"choicetextgroup capa_inputtype\"");
        self.joined("id", &["inputtype_", id]);
        self.raw("><fieldset");
        self.attribute("aria-describedby", &input.described_by);
        // The author's label stands before the group already.
        self.raw("><legend class=\"sr\">");
        self.raw(input.label_html.as_deref().unwrap_or("Choices with fields for numbers"));
        self.raw("</legend>");
        self.descriptions(&input.descriptions);
        for (at, choice) in group.choices.iter().enumerate() {
            self.page_choice_text(input, group.checkboxes, at, choice);
        }
        self.raw("<span");
        self.joined("id", &["answer_", id]);
        self.raw("></span></fieldset><div class=\"indicator-container\">");
        self.status(id, &input.status);
        self.raw("</div>");
        self.message(input.message.as_ref());
        self.raw("</div>");
    }

    fn page_choice_text(&mut self, input: &InputView, checkboxes: bool, at: usize, choice: &ChoiceTextView) {
        let name = choice.name.as_str();
        let (class, verdict) =
            if choice.marked { (" choicetextgroup_", input.status.class) } else { ("", "") };
        self.raw("<div");
        self.joined("class", &["field", class, verdict]);
        self.joined("id", &["forinput", name]);
        self.raw("><input class=\"ctinput\"");
        self.attribute("type", if checkboxes { "checkbox" } else { "radio" });
        self.joined("name", &["input_", &input.id, "_choiceinput", if checkboxes { "[]" } else { "" }]);
        self.attribute("id", name);
        self.attribute("value", name);
        if choice.checked {
            self.raw(" checked=\"checked\"");
        }
        self.raw("/>");
        // What stands before a field names it, after the choice itself.
        let mut before: Option<String> = None;
        for (part_at, part) in choice.parts.iter().enumerate() {
            let text_id = format!("{name}-{part_at}");
            let tail = match part {
                TextPartView::Html { html, tail_html } if part_at == 0 => {
                    self.raw("<label");
                    self.attribute("for", name);
                    self.attribute("id", &text_id);
                    self.raw(">");
                    if html.trim().is_empty() {
                        self.raw("<span class=\"sr\">Choice ");
                        self.raw(&(at + 1).to_string());
                        self.raw("</span>");
                    }
                    self.raw(html);
                    self.raw("</label>");
                    tail_html
                }
                TextPartView::Html { html, tail_html } => {
                    self.raw(html);
                    tail_html
                }
                TextPartView::Field { name: field, value, tail_html } => {
                    self.raw("<input class=\"ctinput\" type=\"text\"");
                    self.joined("name", &["input_", field]);
                    self.attribute("id", field);
                    let before = before.as_ref().map(|id| [" ", id].concat()).unwrap_or_default();
                    self.joined("aria-labelledby", &[name, "-0", &before]);
                    self.attribute("value", value);
                    self.raw("/>");
                    tail_html
                }
            };
            if part_at > 0 {
                self.raw("<span");
                self.attribute("id", &text_id);
                self.raw(">");
                self.raw(tail);
                self.raw("</span>");
                before = Some(text_id);
            }
        }
        self.raw("<p");
        self.joined("id", &["answer_", name]);
        self.raw(" class=\"answer\"></p></div>");
    }
}
