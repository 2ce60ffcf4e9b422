//! Dropdowns.

use super::Writer;
use crate::view::{InputView, OptionView};

impl Writer {
    pub(super) fn options(&mut self, input: &InputView, inline: bool, options: &[OptionView]) {
        let id = input.id.as_str();
        self.joined_start("div", &["inputtype option-input ", if inline { "inline" } else { "" }]);
        self.raw(">");
        self.label(input);
        self.descriptions(&input.descriptions);
        self.raw("<select");
        self.joined("name", &["input_", id]);
        self.joined("id", &["input_", id]);
        self.attribute("aria-describedby", &input.described_by);
        self.raw("><option");
        self.joined("value", &["option_", id, "_dummy_default"]);
        self.raw(">Select an option</option>");
        for option in options {
            self.raw("<option");
            self.attribute("value", &option.text);
            if option.selected {
                self.raw(" selected=\"true\"");
            }
            self.raw(">");
            self.text(&option.text);
            self.raw("</option>");
        }
        self.raw("</select><div class=\"indicator-container\">");
        self.status(id, &input.status);
        self.raw("</div>");
        self.answer(id);
        self.message(input.message.as_ref());
        self.raw("</div>");
    }
}
