//! Answers that plain forms send in several fields.
//!
//! Some inputs have one answer that no form control can hold: a point, a choice with numbers. The reference has a client
//! that packs them into a hidden field. The fields of our pages ([`crate::html::render_page`]) are called after the
//! input and a part, and are packed here, so that the pages work without a client.

use crate::answers::{Answers, Value};
use crate::inputs::InputKind;
use crate::instance::Instance;

impl Instance<'_> {
    /// Makes one answer of the fields of each input that has several. An answer that came packed is left as it is.
    pub fn join_fields(&self, mut fields: Answers) -> Answers {
        for (unit, input, id) in self.inputs() {
            let kind = &self.problem.units[unit].inputs[input].kind;
            let join: fn(&Parts<'_>) -> Value = match kind {
                InputKind::Image(_) => |parts| parts.point(),
                _ => continue,
            };
            let prefix = format!("{id}_");
            let parts = fields.take_prefixed(&prefix);
            if !parts.is_empty() && fields.get(&id).is_none() {
                fields.insert(id, join(&Parts { prefix: &prefix, parts }));
            }
        }
        fields
    }
}

/// The fields of one input.
struct Parts<'p> {
    prefix: &'p str,
    parts: Answers,
}

impl Parts<'_> {
    fn text(&self, part: &str) -> &str {
        let value = self.parts.get(&[self.prefix, part].concat());
        value.and_then(Value::as_text).unwrap_or_default().trim()
    }

    /// Returns `[x,y]`; nothing when both coordinates are left empty.
    fn point(&self) -> Value {
        let (x, y) = (self.text("x"), self.text("y"));
        Value::Text(if x.is_empty() && y.is_empty() { String::new() } else { format!("[{x},{y}]") })
    }
}

#[cfg(test)]
mod tests {
    use crate::{Answers, Hooks, Problem, Value};

    fn join(inside: &str, fields: &[(&str, &str)]) -> String {
        let problem =
            Problem::compile(&format!("<problem>{inside}</problem>"), &Hooks::NONE).expect("compiles");
        let fields: Answers =
            fields.iter().map(|&(name, text)| (name, Value::Text(text.to_owned()))).collect();
        serde_json::to_string(&problem.instance(1, "p").join_fields(fields)).expect("serializes")
    }

    #[test]
    fn two_coordinates_are_a_point() {
        let picture = "<imageresponse><imageinput src='a.png' rectangle='(0,0)-(1,1)'/></imageresponse>";
        assert_eq!(join(picture, &[("p_2_1_x", "3"), ("p_2_1_y", " 4")]), r#"{"p_2_1":"[3,4]"}"#);
        assert_eq!(join(picture, &[("p_2_1_x", ""), ("p_2_1_y", "")]), r#"{"p_2_1":""}"#);
        assert_eq!(join(picture, &[("p_2_1_x", "3"), ("p_2_1", "[1,1]")]), r#"{"p_2_1":"[1,1]"}"#);
        assert_eq!(join(picture, &[("p_3_1_x", "3")]), r#"{"p_3_1_x":"3"}"#);
    }

    #[test]
    fn other_inputs_keep_their_fields() {
        let line = "<stringresponse answer='a'><textline math='1'/></stringresponse>";
        let fields = [("p_2_1", "a"), ("p_2_1_dynamath", "<math/>")];
        assert_eq!(join(line, &fields), r#"{"p_2_1":"a","p_2_1_dynamath":"<math/>"}"#);
    }
}
