//! Annotations.

use super::{Style, Writer};
use crate::view::{AnnotationView, InputView};

impl Writer {
    pub(super) fn annotation(&mut self, input: &InputView, annotation: &AnnotationView) {
        match self.style {
            Style::Reference => self.reference_annotation(input, annotation),
            Style::Page => self.page_annotation(input, annotation),
        }
    }

    fn annotation_text(&mut self, annotation: &AnnotationView) {
        for (class, html) in [
            ("block block-highlight", &annotation.text_html),
            ("block block-comment", &annotation.comment_html),
        ] {
            self.raw("<div");
            self.attribute("class", class);
            self.raw(">");
            self.raw(html);
            self.raw("</div>");
        }
    }

    fn annotation_comment(&mut self, id: &str, described_by: &[&str], annotation: &AnnotationView) {
        self.raw("<textarea class=\"comment\"");
        self.joined("id", &["input_", id, "_comment"]);
        self.joined("name", &["input_", id, "_comment"]);
        self.joined("aria-describedby", described_by);
        self.raw(">");
        // A browser drops a first line that is empty.
        if annotation.comment.starts_with('\n') {
            self.raw("\n");
        }
        self.text(&annotation.comment);
        self.raw("</textarea>");
    }

    fn reference_annotation(&mut self, input: &InputView, annotation: &AnnotationView) {
        let id = input.id.as_str();
        self.raw("<div class=\"annotation-input\">");
        self.placeholder("js/capa/annotationinput.js", annotation.read_as_html);
        self.raw("<div class=\"annotation-header\">");
        self.raw(&annotation.title_html);
        self.raw(
            "<a class=\"annotation-return\" href=\"javascript:void(0)\">Return to Annotation</a><br/></div>\
             <div class=\"annotation-body\">",
        );
        self.annotation_text(annotation);
        self.raw("<div class=\"block\">");
        self.raw(&annotation.comment_prompt_html);
        self.raw("</div>");
        self.annotation_comment(id, &["answer_", id], annotation);
        self.raw("<div class=\"block\"");
        self.joined("id", &["label_", id]);
        self.raw(">");
        self.raw(&annotation.tag_prompt_html);
        self.raw("</div><ul class=\"tags\">");
        for (at, option) in annotation.options.iter().enumerate() {
            self.raw("<li>");
            if option.marked {
                self.raw("<span");
                self.joined("class", &["tag-status ", input.status.class]);
                self.joined("aria-describedby", &["input_", id, "_comment"]);
                self.raw(">");
                self.status("", &input.status);
                self.raw("</span>");
            }
            self.raw("<span");
            self.joined("class", &["tag ", if option.selected { "selected" } else { "" }, " "]);
            self.joined("data-id", &[&at.to_string()]);
            self.raw(">");
            self.raw(&option.html);
            self.raw("</span></li>");
        }
        self.raw("</ul><input type=\"hidden\" class=\"value\"");
        self.joined("name", &["input_", id]);
        self.joined("id", &["input_", id]);
        self.attribute("value", &annotation.value);
        self.raw("/>");
        self.annotation_end(input);
        self.raw("</div>");
        self.end_placeholder(annotation.read_as_html);
        self.raw("</div>");
    }

    fn annotation_end(&mut self, input: &InputView) {
        self.status(&input.id, &input.status);
        self.raw("<p");
        self.joined("id", &["answer_", &input.id]);
        self.raw(" class=\"answer answer-annotation\"></p>");
        self.message(input.message.as_ref());
    }

    /// Writes radio buttons and a text field. The verdict stands beside the chosen option only.
    fn page_annotation(&mut self, input: &InputView, annotation: &AnnotationView) {
        let id = input.id.as_str();
        self.raw("<div class=\"annotation-input capa_inputtype\"");
        self.joined("id", &["inputtype_", id]);
        self.raw("><div class=\"annotation-header\">");
        self.raw(&annotation.title_html);
        self.raw("</div><div class=\"annotation-body\">");
        self.descriptions(&input.descriptions);
        self.annotation_text(annotation);
        self.raw("<label class=\"block\"");
        self.joined("for", &["input_", id, "_comment"]);
        self.raw(">");
        self.raw(&annotation.comment_prompt_html);
        self.raw("</label>");
        self.annotation_comment(id, &[&input.described_by], annotation);
        self.raw("<fieldset");
        self.attribute("aria-describedby", &input.described_by);
        self.raw("><legend class=\"block\"");
        self.joined("id", &["label_", id]);
        self.raw(">");
        self.raw(&annotation.tag_prompt_html);
        self.raw("</legend>");
        for (at, option) in annotation.options.iter().enumerate() {
            let number = at.to_string();
            self.raw("<div class=\"field\"><input type=\"radio\"");
            self.joined("name", &["input_", id, "_option"]);
            self.joined("id", &["input_", id, "_option_", &number]);
            self.attribute("value", &number);
            if option.selected {
                self.raw(" checked=\"checked\"");
            }
            self.raw("/><label");
            let class = "response-label field-label label-inline";
            if option.selected && option.marked {
                self.joined("class", &[class, " choicegroup_", input.status.class]);
            } else {
                self.attribute("class", class);
            }
            self.joined("for", &["input_", id, "_option_", &number]);
            self.raw(">");
            self.raw(&option.html);
            self.raw("</label></div>");
        }
        self.raw("</fieldset>");
        self.annotation_end(input);
        self.raw("</div></div>");
    }
}
