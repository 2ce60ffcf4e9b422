//! The default renderer: the structure of capa §8 with everything escaped that is not markup.

use crate::markup::{push_attribute, push_attribute_value, push_text};
use crate::view::{
    ChoiceView, DescriptionView, InputView, InputViewKind, MessageView, OptionView, Piece, ProblemView,
    ResponseView, StatusView,
};

/// Where the client files named by placeholders are served.
const STATIC_URL: &str = "/static/";

/// Renders a problem: the inside of `div.problem`, exactly as capa §8 has it.
pub fn render(view: &ProblemView) -> String {
    write(view, true)
}

/// Renders a problem for clients that show no preview of a formula while it is typed: the places for it, which hold
/// an image and a script of the reference, are left out.
pub fn render_without_previews(view: &ProblemView) -> String {
    write(view, false)
}

fn write(view: &ProblemView, previews: bool) -> String {
    let mut writer = Writer { out: String::with_capacity(8 * 1024), previews };
    view.pieces.iter().for_each(|piece| writer.piece(piece));
    writer.out
}

struct Writer {
    out: String,
    previews: bool,
}

impl Writer {
    fn raw(&mut self, html: &str) {
        self.out.push_str(html);
    }

    fn text(&mut self, text: &str) {
        push_text(&mut self.out, text);
    }

    fn attribute(&mut self, name: &str, value: &str) {
        push_attribute(&mut self.out, name, value);
    }

    /// Writes an attribute whose value has several parts.
    fn joined(&mut self, name: &str, parts: &[&str]) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        parts.iter().for_each(|part| push_attribute_value(&mut self.out, part));
        self.out.push('"');
    }

    fn piece(&mut self, piece: &Piece) {
        match piece {
            Piece::Html { html } => self.raw(html),
            Piece::Response(response) => self.response(response),
            Piece::Input(input) => self.input(input),
            Piece::GroupLabel { id, html } => {
                self.raw("<p");
                self.attribute("id", id);
                self.raw(" class=\"multi-inputs-group-label\">");
                self.raw(html);
                self.raw("</p>");
            }
            Piece::GroupDescription(description) => {
                self.raw("<p");
                self.attribute("id", &description.id);
                self.raw(" class=\"multi-inputs-group-description question-description\">");
                self.raw(&description.html);
                self.raw("</p>");
            }
            Piece::Solution { id } => {
                self.raw("<div class=\"solution-span\"><span");
                self.joined("id", &["solution_", id]);
                self.raw("></span></div>");
            }
            Piece::Feedback { before, legend, lead, verdict, after } => {
                self.raw(before);
                self.raw(" role=\"group\"");
                self.attribute("aria-describedby", legend);
                self.raw(">");
                self.raw(lead);
                self.raw("<span class=\"sr\">");
                self.raw(verdict);
                self.raw("</span>");
                self.raw(after);
            }
        }
    }

    fn response(&mut self, response: &ResponseView) {
        let class = if response.inline { "inline" } else { "wrapper-problem-response" };
        self.raw("<div");
        self.attribute("class", class);
        self.raw(" tabindex=\"-1\"");
        self.joined("aria-label", &["Question ", &response.number.to_string()]);
        self.raw(" role=\"group\">");
        if !response.supported {
            self.raw("<p class=\"capa-unsupported\" role=\"note\"");
            self.attribute("data-response-type", response.tag);
            self.raw(">This question cannot be answered here: its type (");
            self.text(response.tag);
            self.raw(") is not supported.</p>");
        }
        if let Some(group) = &response.group {
            self.raw("<div class=\"multi-inputs-group\" role=\"group\"");
            for (name, ids) in
                [("aria-labelledby", &group.labelled_by), ("aria-describedby", &group.described_by)]
            {
                if !ids.is_empty() {
                    self.attribute(name, ids);
                }
            }
            self.raw(">");
        }
        response.pieces.iter().for_each(|piece| self.piece(piece));
        if response.group.is_some() {
            self.raw("</div>");
        }
        self.raw("</div>");
    }

    fn input(&mut self, input: &InputView) {
        match &input.kind {
            InputViewKind::Choices { checkboxes, list, choices, status_hidden, submitted_message } => {
                let group = Group { checkboxes: *checkboxes, list: *list, status_hidden: *status_hidden };
                self.choices(input, group, choices, submitted_message.as_deref());
            }
            InputViewKind::Options { inline, options } => self.options(input, *inline, options),
            InputViewKind::TextLine { .. } => self.text_line(input),
            InputViewKind::Formula { value, size, inline, trailing_html } => {
                self.formula(input, value, size, *inline, trailing_html.as_deref());
            }
        }
    }

    fn status(&mut self, id: &str, status: &StatusView) {
        self.raw("<span");
        self.joined("class", &["status ", status.class]);
        self.joined("id", &["status_", id]);
        self.attribute("data-tooltip", status.tooltip);
        self.raw("><span class=\"sr\">");
        self.text(status.text);
        self.raw("</span><span class=\"status-icon\" aria-hidden=\"true\"></span></span>");
    }

    fn message(&mut self, message: Option<&MessageView>) {
        let Some(message) = message else { return };
        self.raw("<span class=\"message\"");
        self.attribute("aria-describedby", &message.described_by);
        self.raw(" tabindex=\"-1\">");
        self.raw(&message.html);
        self.raw("</span>");
    }

    fn label(&mut self, input: &InputView) {
        let Some(html) = &input.label_html else { return };
        self.raw("<label class=\"problem-group-label\"");
        self.joined("for", &["input_", &input.id]);
        self.joined("id", &["label_", &input.id]);
        self.raw(">");
        self.raw(html);
        self.raw("</label>");
    }

    fn descriptions(&mut self, descriptions: &[DescriptionView]) {
        for description in descriptions {
            self.raw("<p class=\"question-description\"");
            self.attribute("id", &description.id);
            self.raw(">");
            self.raw(&description.html);
            self.raw("</p>");
        }
    }

    fn choices(&mut self, input: &InputView, group: Group, choices: &[ChoiceView], submitted: Option<&str>) {
        let id = input.id.as_str();
        self.raw("<div class=\"choicegroup capa_inputtype\"");
        self.joined("id", &["inputtype_", id]);
        self.raw("><fieldset");
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
        if choice.marked {
            self.joined("class", &[class, " choicegroup_", input.status.class]);
        } else {
            self.attribute("class", class);
        }
        self.attribute("aria-describedby", &input.described_by);
        self.raw("><div>");
        self.raw(&choice.html);
        self.raw("</div></label></div>");
    }

    fn options(&mut self, input: &InputView, inline: bool, options: &[OptionView]) {
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

    fn joined_start(&mut self, tag: &str, class: &[&str]) {
        self.raw("<");
        self.raw(tag);
        self.joined("class", class);
    }

    fn answer(&mut self, id: &str) {
        self.raw("<p");
        self.joined("id", &["answer_", id]);
        self.raw(" class=\"answer\"></p>");
    }

    fn trailing(&mut self, id: &str, html: Option<&str>) {
        self.raw("<span class=\"trailing_text\"");
        self.joined("id", &["trailing_text_", id]);
        self.raw(">");
        self.raw(html.unwrap_or_default());
        self.raw("</span>");
    }

    fn text_line(&mut self, input: &InputView) {
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
            self.raw(" class=\"equation\">`{::}`</div><textarea style=\"display:none\"");
            self.joined("id", &["input_", id, "_dynamath"]);
            self.joined("name", &["input_", id, "_dynamath"]);
            self.raw("></textarea>");
        }
        self.raw("</div>");
        self.message(input.message.as_ref());
        self.raw("</div>");
    }

    fn formula(&mut self, input: &InputView, value: &str, size: &str, inline: bool, trailing: Option<&str>) {
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
        if self.previews {
            self.raw("<div");
            self.joined("id", &["input_", id, "_preview"]);
            self.raw(" class=\"equation\">\\(\\)<img");
            self.joined("src", &[STATIC_URL, "images/spinner.gif"]);
            self.raw(" class=\"loading\" alt=\"Loading\"/></div></div><div class=\"script_placeholder\"");
            self.joined("data-src", &[STATIC_URL, "js/capa/src/formula_equation_preview.js"]);
            self.raw("></div>");
        } else {
            self.raw("</div>");
        }
        self.message(input.message.as_ref());
        self.raw("</div>");
    }
}

/// What the choices of a group have in common.
#[derive(Clone, Copy)]
struct Group {
    checkboxes: bool,
    list: bool,
    status_hidden: bool,
}
