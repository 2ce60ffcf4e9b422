//! Radio buttons and checkboxes.

use super::Writer;
use crate::view::{ChoiceView, InputView};

/// What the choices of a group have in common.
#[derive(Clone, Copy)]
pub(super) struct Group {
    pub(super) checkboxes: bool,
    pub(super) list: bool,
    pub(super) status_hidden: bool,
}

impl Writer {
    pub(super) fn choices(
        &mut self,
        input: &InputView,
        group: Group,
        choices: &[ChoiceView],
        submitted: Option<&str>,
    ) {
        let id = input.id.as_str();
        self.raw("<div class=\"choicegroup capa_inputtype\"");
        self.joined("id", &["inputtype_", id]);
        self.raw("><fieldset");
        if self.is_page() && input.label_html.is_none() {
            let name = self.name_of(input);
            self.attribute("aria-label", &name);
        }
        self.attribute("aria-describedby", &input.described_by);
        self.raw(">");
        if let Some(html) = &input.label_html {
            self.raw("<legend");
            self.joined("id", &[id, "-legend"]);
            self.raw(" class=\"response-fieldset-legend field-group-hd\">");
            self.raw(html);
            self.raw("</legend>");
        }
        self.descriptions(&input.descriptions);
        choices.iter().for_each(|choice| self.choice(input, group, choice));
        self.raw("<span");
        self.joined("id", &["answer_", id]);
        self.raw("></span></fieldset><div class=\"indicator-container\">");
        if group.status_hidden {
            self.raw("<span class=\"status \"");
            self.joined("id", &["status_", id]);
            self.raw(" data-tooltip=\"\"></span>");
        } else {
            self.status(id, &input.status);
        }
        self.raw("</div>");
        if let Some(text) = submitted {
            self.raw("<div class=\"capa_alert\">");
            self.text(text);
            self.raw("</div>");
        }
        self.message(input.message.as_ref());
        self.raw("</div>");
    }

    fn choice(&mut self, input: &InputView, group: Group, choice: &ChoiceView) {
        let id = input.id.as_str();
        let name: &str = &choice.name;
        let kind = if group.checkboxes { "checkbox" } else { "radio" };
        self.raw("<div class=\"field\"><input");
        self.attribute("type", kind);
        self.joined("name", &["input_", id, if group.list { "[]" } else { "" }]);
        self.joined("id", &["input_", id, "_", name]);
        self.joined("class", &["field-input input-", kind, if choice.checked { " submitted" } else { "" }]);
        self.attribute("value", name);
        if choice.checked {
            self.raw(" checked=\"true\"");
        }
        self.raw("/><label");
        self.joined("id", &[id, "-", name, "-label"]);
        self.joined("for", &["input_", id, "_", name]);
        let class = "response-label field-label label-inline";
        if choice.marked || (choice.echoed && !self.is_page()) {
            self.joined("class", &[class, " choicegroup_", input.status.class]);
        } else {
            self.attribute("class", class);
        }
        self.attribute("aria-describedby", &input.described_by);
        self.raw("><div>");
        self.raw(&choice.html);
        self.raw("</div></label></div>");
    }
}
