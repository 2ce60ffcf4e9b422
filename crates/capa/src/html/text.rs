//! Lines of text and of formulas.

use super::{STATIC_URL, Style, Writer};
use crate::view::{InputView, InputViewKind};

impl Writer {
    pub(super) fn text_line(&mut self, input: &InputView) {
        let InputViewKind::TextLine { value, size, hidden, math, inline, trailing_html } = &input.kind else {
            return;
        };
        let id = input.id.as_str();
        let inline = if *inline { "inline" } else { "" };
        let dynamath = if *math { "text-input-dynamath" } else { "" };
        self.raw("<div");
        self.joined("id", &["inputtype_", id]);
        self.joined("class", &[dynamath, " capa_inputtype ", inline, " textline"]);
        self.raw(">");
        self.joined_start("div", &[input.status.class, " ", inline]);
        self.raw(">");
        if let Some(name) = hidden {
            self.raw("<div style=\"display:none;\"");
            self.attribute("name", name);
            self.joined("inputid", &["input_", id]);
            self.raw("></div>");
        }
        self.label(input);
        self.descriptions(&input.descriptions);
        self.raw("<input type=\"text\"");
        self.joined("class", &["mw-100 ", if *math { "math" } else { "" }]);
        self.joined("name", &["input_", id]);
        self.joined("id", &["input_", id]);
        self.attribute("aria-describedby", &input.described_by);
        self.attribute("value", value);
        if let Some(size) = size {
            self.attribute("size", size);
        }
        if hidden.is_some() {
            self.raw(" style=\"display:none;\"");
        }
        self.raw("/>");
        self.trailing(id, trailing_html.as_deref());
        self.status(id, &input.status);
        self.answer(id);
        if *math {
            self.raw("<div");
            self.joined("id", &["display_", id]);
            self.raw(match self.style {
                Style::Reference => " class=\"equation\">`{::}`</div>",
                Style::Page => " class=\"equation\" aria-live=\"polite\"></div>",
            });
            self.raw("<textarea style=\"display:none\"");
            self.joined("id", &["input_", id, "_dynamath"]);
            self.joined("name", &["input_", id, "_dynamath"]);
            self.raw("></textarea>");
        }
        self.raw("</div>");
        self.message(input.message.as_ref());
        self.raw("</div>");
    }

    pub(super) fn formula(
        &mut self,
        input: &InputView,
        value: &str,
        size: &str,
        inline: bool,
        trailing: Option<&str>,
    ) {
        let id = input.id.as_str();
        self.raw("<div");
        self.joined("id", &["formulaequationinput_", id]);
        self.raw(" class=\"inputtype formulaequationinput\"");
        if inline {
            self.raw(" style=\"display:inline-block;vertical-align:top\"");
        }
        self.raw(">");
        self.joined_start("div", &[input.status.class]);
        self.raw(">");
        self.label(input);
        self.descriptions(&input.descriptions);
        self.raw("<input type=\"text\"");
        self.joined("name", &["input_", id]);
        self.joined("id", &["input_", id]);
        self.attribute("data-input-id", id);
        self.attribute("value", value);
        self.attribute("aria-describedby", &input.described_by);
        self.attribute("size", size);
        self.raw("/>");
        self.trailing(id, trailing);
        self.status(id, &input.status);
        self.answer(id);
        self.raw("<div");
        self.joined("id", &["input_", id, "_preview"]);
        if self.style == Style::Reference {
            self.raw(" class=\"equation\">\\(\\)<img");
            self.joined("src", &[STATIC_URL, "images/spinner.gif"]);
            self.raw(" class=\"loading\" alt=\"Loading\"/></div></div><div class=\"script_placeholder\"");
            self.joined("data-src", &[STATIC_URL, "js/capa/src/formula_equation_preview.js"]);
            self.raw("></div>");
        } else {
            self.raw(" class=\"equation\" aria-live=\"polite\"></div></div>");
        }
        self.message(input.message.as_ref());
        self.raw("</div>");
    }
}
