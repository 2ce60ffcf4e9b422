//! Pictures to point at.

use super::{STATIC_URL, Style, Writer};
use crate::view::{ImageView, InputView};

/// Half the size of the mark of the reference: it stands with its centre on the point.
const HALF_MARK: f64 = 15.0;

/// The space between two rules in a style of the reference, which its client can see.
const GAP: &str = "                     ";

impl Writer {
    pub(super) fn image(&mut self, input: &InputView, image: &ImageView) {
        self.raw("<div class=\"imageinput capa_inputtype\"");
        self.joined("id", &["inputtype_", &input.id]);
        self.raw(">");
        match self.style {
            Style::Reference => self.reference_image(&input.id, image),
            Style::Page => self.page_image(input, image),
        }
        self.status(&input.id, &input.status);
        self.message(input.message.as_ref());
        self.raw("</div>");
    }

    fn reference_image(&mut self, id: &str, image: &ImageView) {
        self.raw("<input type=\"hidden\" class=\"imageinput\"");
        self.attribute("src", &image.src);
        self.joined("name", &["input_", id]);
        self.joined("id", &["input_", id]);
        self.attribute("value", &image.value);
        self.raw("/><div style=\"position:relative;\"><div");
        self.joined("id", &["imageinput_", id]);
        self.joined(
            "style",
            &[
                &["background-image: url('", &image.src, "');", GAP].concat(),
                &["width: ", &image.width, "px;", GAP, "height: ", &image.height, "px;", GAP].concat(),
                &["position: relative;", GAP, "left: 0;", GAP, "top: 0"].concat(),
            ],
        );
        self.raw("><img");
        self.joined("src", &[STATIC_URL, "images/green-pointer.png"]);
        self.joined("id", &["cross_", id]);
        let (left, top) = image.point.map_or((0.0, 0.0), |(x, y)| (x - HALF_MARK, y - HALF_MARK));
        let wide = [GAP, "    "].concat();
        self.joined(
            "style",
            &["position: absolute;", &wide, "top: ", &format!("{top}px;"), &wide, &format!("left: {left}px")],
        );
        self.raw(" alt=\"Selection indicator\"/></div><div");
        self.attribute("data-width", &image.width);
        self.attribute("data-height", &image.height);
        self.joined("id", &["answer_", id]);
        self.joined("style", &["position: absolute;", GAP, "left: 0;", GAP, "top: 0"]);
        self.raw("></div></div><script type=\"text/javascript\" charset=\"utf-8\">(new ImageInput('");
        self.text(id);
        self.raw("'));</script>");
    }

    /// Writes the picture with a field for each coordinate. A client may set them from clicks and keys.
    fn page_image(&mut self, input: &InputView, image: &ImageView) {
        let id = input.id.as_str();
        self.raw("<fieldset");
        self.attribute("aria-describedby", &input.described_by);
        // The author's label stands before the picture already.
        self.raw("><legend class=\"sr\">");
        self.raw(input.label_html.as_deref().unwrap_or("A point of the picture"));
        self.raw("</legend>");
        self.descriptions(&input.descriptions);
        self.raw("<div class=\"imageinput-picture\"");
        self.joined("id", &["imageinput_", id]);
        self.raw("><img");
        self.attribute("src", &image.src);
        self.attribute("alt", if image.alt.is_empty() { "Picture to point at" } else { &image.alt });
        for (name, size) in [("width", &image.width), ("height", &image.height)] {
            if is_whole(size) {
                self.attribute(name, size);
            }
        }
        self.raw("/><span class=\"imageinput-mark\"");
        self.joined("id", &["cross_", id]);
        match image.point {
            Some((x, y)) => {
                let (left, top) = (offset(x, &image.width), offset(y, &image.height));
                self.joined("style", &["left:", &left, ";top:", &top]);
            }
            None => self.raw(" hidden=\"hidden\""),
        }
        self.raw("></span><div class=\"imageinput-answer\"");
        self.joined("id", &["answer_", id]);
        self.attribute("data-width", &image.width);
        self.attribute("data-height", &image.height);
        self.raw("></div></div><div class=\"imageinput-fields\">");
        let (x, y) = image.point.map(|(x, y)| (x.to_string(), y.to_string())).unwrap_or_default();
        self.coordinate(id, "_x", "Pixels from the left", &x, &image.width);
        self.coordinate(id, "_y", "Pixels from the top", &y, &image.height);
        self.raw("</div></fieldset>");
    }

    fn coordinate(&mut self, id: &str, suffix: &str, label: &str, value: &str, max: &str) {
        self.raw("<label");
        self.joined("for", &["input_", id, suffix]);
        self.raw(">");
        self.raw(label);
        self.raw("</label><input type=\"number\" min=\"0\" step=\"1\"");
        if is_whole(max) {
            self.attribute("max", max);
        }
        self.joined("name", &["input_", id, suffix]);
        self.joined("id", &["input_", id, suffix]);
        self.attribute("value", value);
        self.raw("/>");
    }
}

/// Returns where a coordinate is: as a part of the picture, which may be shown smaller than it is.
fn offset(coordinate: f64, size: &str) -> String {
    match size.parse::<f64>() {
        Ok(size) if size > 0.0 => format!("{:.2}%", 100.0 * coordinate / size),
        _ => format!("{coordinate}px"),
    }
}

fn is_whole(size: &str) -> bool {
    !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit())
}
