//! Pages of authors in frames (capa §11).

use super::{STATIC_URL, Style, Writer};
use crate::view::{InputView, JsInputView};

/// What the page in the frame may do. That it counts as one of this site is for the policy of its file to say.
const SANDBOX: &str =
    "allow-scripts allow-popups allow-same-origin allow-forms allow-pointer-lock allow-downloads";

impl Writer {
    pub(super) fn js_input(&mut self, input: &InputView, page: &JsInputView) {
        let id = input.id.as_str();
        self.raw("<div");
        self.joined("id", &["inputtype_", id]);
        self.raw(" class=\"jsinput\"");
        self.attribute("data", &page.gradefn);
        if !page.value.is_empty() {
            self.verbatim("data-stored", &page.value);
        }
        for (name, value) in [
            ("data-initial-state", &page.initial_state),
            ("data-getstate", &page.get_statefn),
            ("data-setstate", &page.set_statefn),
            ("data-sop", &page.sop),
        ] {
            if let Some(value) = value {
                self.attribute(name, value);
            }
        }
        self.raw(" data-processed=\"false\">");
        if self.style == Style::Reference {
            for script in ["jschannel.js", "jsinput.js"] {
                self.raw("<div class=\"script_placeholder\"");
                self.joined("data-src", &[STATIC_URL, "js/capa/src/", script]);
                self.raw("></div>");
            }
        }
        self.joined_start("div", &[input.status.class]);
        self.raw("><iframe");
        self.joined("name", &["iframe_", id]);
        self.joined("id", &["iframe_", id]);
        self.attribute("sandbox", SANDBOX);
        self.raw(" seamless=\"seamless\" frameborder=\"0\"");
        self.attribute("src", &page.html_file);
        self.attribute("height", &page.height);
        self.attribute("width", &page.width);
        self.attribute("title", &page.title);
        self.raw("></iframe><input type=\"hidden\"");
        self.joined("name", &["input_", id]);
        self.joined("id", &["input_", id]);
        self.raw(" waitfor=\"\"");
        self.verbatim("value", &page.value);
        self.raw("/><br/>");
        self.answer(id);
        self.raw("<div class=\"indicator-container\">");
        self.status(id, &input.status);
        self.raw("</div><div class=\"error_message\" style=\"display:none;\"></div></div>");
        self.message(input.message.as_ref());
        self.raw("</div>");
    }

    /// Writes an attribute whose value nothing may change on its way to the browser: without the apostrophes that
    /// would make a link of a text such as `'/static/a.png'`.
    fn verbatim(&mut self, name: &str, value: &str) {
        self.raw(" ");
        self.raw(name);
        self.raw("=\"");
        for (at, part) in value.split('\'').enumerate() {
            if at > 0 {
                self.raw("&#39;");
            }
            crate::markup::push_attribute_value(&mut self.out, part);
        }
        self.raw("\"");
    }
}
