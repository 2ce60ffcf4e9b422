//! The default renderer: the structure of capa §8 with everything escaped that is not markup.
//!
//! What every input shares is here; each kind of input has a file.

mod annotation;
mod choice_text;
mod choices;
mod code;
mod file;
mod image;
mod jsinput;
mod options;
mod text;
mod tool;

use choices::Group;

use crate::markup::{first_block, push_attribute, push_attribute_value, push_text};
use crate::view::{
    Availability, DescriptionView, InputView, InputViewKind, MessageView, Piece, ProblemView, ResponseView,
    StatusView,
};

/// Where the client files named by placeholders are served.
const STATIC_URL: &str = "/static/";

/// What the markup is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// The reference's own client.
    Reference,
    /// Our pages.
    Page,
}

/// Renders a problem: the inside of `div.problem`, exactly as capa §8 has it.
pub fn render(view: &ProblemView) -> String {
    write(view, Style::Reference)
}

/// Renders a problem for our pages. Where the markup of the reference needs its client to be of use, plain fields with
/// names for people stand instead; [`crate::Instance::join_fields`] makes answers of them. The places for previews of
/// formulas are empty and announced when they fill; there are no `html` elements around old formulas.
pub fn render_page(view: &ProblemView) -> String {
    write(view, Style::Page)
}

fn write(view: &ProblemView, style: Style) -> String {
    let out = String::with_capacity(8 * 1024);
    let mut writer = Writer { out, style, question: 0, is_group: false, reader: Reader::Html };
    view.pieces.iter().for_each(|piece| writer.piece(piece));
    writer.out
}

/// What reads the markup of an input in the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// Makes spaces of tabs and line breaks in attributes.
    Xml,
    /// Ends a paragraph where a block begins.
    Html,
}

struct Writer {
    out: String,
    style: Style,
    /// The number of the response that is written.
    question: usize,
    /// Whether it has several inputs.
    is_group: bool,
    reader: Reader,
}

impl Writer {
    fn raw(&mut self, html: &str) {
        self.out.push_str(html);
    }

    fn text(&mut self, text: &str) {
        push_text(&mut self.out, text);
    }

    fn attribute(&mut self, name: &str, value: &str) {
        if self.reader == Reader::Xml && value.contains(['\t', '\n', '\r']) {
            let line = value.replace("\r\n", " ").replace(['\t', '\n', '\r'], " ");
            return push_attribute(&mut self.out, name, &line);
        }
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
            Piece::Math { html } if self.style == Style::Reference => {
                self.raw("<html><html>");
                self.raw(html);
                self.raw("</html><html></html></html>");
            }
            Piece::Math { html } => self.raw(html),
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
        (self.question, self.is_group) = (response.number, response.group.is_some());
        let class = if response.inline { "inline" } else { "wrapper-problem-response" };
        self.raw("<div");
        self.attribute("class", class);
        self.raw(" tabindex=\"-1\"");
        self.joined("aria-label", &["Question ", &response.number.to_string()]);
        self.raw(" role=\"group\">");
        self.note(response);
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

    /// Tells learners what they cannot do with a question here. It is nothing they did.
    fn note(&mut self, response: &ResponseView) {
        let text = match response.availability {
            Availability::Graded => return,
            Availability::Kept => {
                "This question is not checked on this site. You can work on it, and what you save is kept."
            }
            Availability::NotHere => "This question cannot be answered on this site.",
        };
        self.raw("<p class=\"capa-unsupported\" role=\"note\"");
        self.attribute("data-response-type", response.tag);
        self.raw(">");
        self.raw(text);
        self.raw("</p>");
    }

    fn input(&mut self, input: &InputView) {
        if self.style == Style::Reference && !input.read_as_html {
            self.reader = Reader::Xml;
        }
        self.field(input);
        self.reader = Reader::Html;
    }

    fn field(&mut self, input: &InputView) {
        match &input.kind {
            InputViewKind::JsInput(page) => self.js_input(input, page),
            InputViewKind::Choices { checkboxes, list, choices, status_hidden, submitted_message } => {
                let group = Group { checkboxes: *checkboxes, list: *list, status_hidden: *status_hidden };
                self.choices(input, group, choices, submitted_message.as_deref());
            }
            InputViewKind::Chemistry { value, size } => self.chemistry(input, value, size),
            InputViewKind::Tool { value } => self.tool(input, value),
            InputViewKind::Code(code) => self.code(input, code),
            InputViewKind::Files(files) => self.files(input, files),
            InputViewKind::Options { inline, options } => self.options(input, *inline, options),
            InputViewKind::TextLine { .. } => self.text_line(input),
            InputViewKind::Formula { value, size, inline, trailing_html } => {
                self.formula(input, value, size, *inline, trailing_html.as_deref());
            }
            InputViewKind::Annotation(annotation) => self.annotation(input, annotation),
            InputViewKind::ChoiceTexts(group) => self.choice_texts(input, group),
            InputViewKind::Image(image) => self.image(input, image),
        }
    }

    /// Returns whether this is for our pages.
    fn is_page(&self) -> bool {
        self.style == Style::Page
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

    /// Writes the label of a field. On our pages every field has a name for people, also where the author gave none.
    fn label(&mut self, input: &InputView) {
        let Some(html) = &input.label_html else {
            if self.is_page() {
                self.raw("<label class=\"sr\"");
                self.joined("for", &["input_", &input.id]);
                self.joined("id", &["label_", &input.id]);
                self.raw(">");
                let name = self.name_of(input);
                self.raw(&name);
                self.raw("</label>");
            }
            return;
        };
        self.raw("<label class=\"problem-group-label\"");
        self.joined("for", &["input_", &input.id]);
        self.joined("id", &["label_", &input.id]);
        self.raw(">");
        self.raw(html);
        self.raw("</label>");
    }

    /// Returns the name of a field that its author gave no label: nobody reads what stands before it as its name.
    fn name_of(&self, input: &InputView) -> String {
        let question = ["Answer to question ", &self.question.to_string()].concat();
        match input.id.rsplit('_').next().filter(|_| self.is_group) {
            Some(number) => [&question, ", field ", number].concat(),
            None => question,
        }
    }

    fn descriptions(&mut self, descriptions: &[DescriptionView]) {
        for description in descriptions {
            let html = &*description.html;
            let block = first_block(html).filter(|_| self.is_page() || self.reader == Reader::Html);
            // A paragraph holds no block; in our pages the description stays whole all the same.
            let tag = if block.is_some() && self.is_page() { "div" } else { "p" };
            self.raw("<");
            self.raw(tag);
            self.raw(" class=\"question-description\"");
            self.attribute("id", &description.id);
            self.raw(">");
            match block.filter(|_| !self.is_page()) {
                Some(at) => {
                    self.raw(&html[..at]);
                    self.raw("</p>");
                    self.raw(&html[at..]);
                    self.raw("<p>");
                }
                None => self.raw(html),
            }
            self.raw("</");
            self.raw(tag);
            self.raw(">");
        }
    }

    /// Writes the place of a script of the reference. Its tag is written as an empty element; a reader of HTML takes
    /// it for an open one, and what follows for its content.
    fn placeholder(&mut self, script: &str, read_as_html: bool) {
        self.raw("<div class=\"script_placeholder\"");
        self.joined("data-src", &[STATIC_URL, script]);
        self.raw(if read_as_html { ">" } else { "></div>" });
    }

    fn end_placeholder(&mut self, read_as_html: bool) {
        self.raw(if read_as_html { "</div>" } else { "" });
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
}
