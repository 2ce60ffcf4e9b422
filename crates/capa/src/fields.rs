//! Answers that plain forms send in several fields.
//!
//! Some inputs have one answer that no form control can hold: a point, a choice with numbers. The reference has a client
//! that packs them into a hidden field. The fields of our pages ([`crate::html::render_page`]) are called after the
//! input and a part, and are packed here, so that the pages work without a client.

use serde_json::{Map, Value as Json, json};

use crate::answers::{Answers, Value};
use crate::inputs::InputKind;
use crate::instance::Instance;

impl Instance<'_> {
    /// Makes one answer of the fields of each input that has several. An answer that came packed is left as it is.
    pub fn join_fields(&self, mut fields: Answers) -> Answers {
        for (unit, input, id) in self.all_inputs() {
            let kind = &self.problem.units[unit].inputs[input].kind;
            let join: fn(&Parts<'_>) -> Value = match kind {
                InputKind::Image(_) => |parts| parts.point(),
                InputKind::Annotation(_) => |parts| parts.annotation(),
                InputKind::ChoiceText(_) => |parts| parts.choice_text(),
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
    fn name(&self, part: &str) -> String {
        [self.prefix, part].concat()
    }

    fn text(&self, part: &str) -> &str {
        self.parts.get(&self.name(part)).and_then(Value::as_text).unwrap_or_default()
    }

    /// Returns `[x,y]`; nothing when both coordinates are left empty.
    fn point(&self) -> Value {
        let (x, y) = (self.text("x").trim(), self.text("y").trim());
        Value::Text(if x.is_empty() && y.is_empty() { String::new() } else { format!("[{x},{y}]") })
    }

    /// Returns the option and the comment; `null` when there is neither.
    fn annotation(&self) -> Value {
        let options: Vec<usize> = self.text("option").trim().parse().into_iter().collect();
        let comment = self.text("comment");
        let answer = match options.is_empty() && comment.is_empty() {
            true => Json::Null,
            false => json!({"options": options, "comment": comment}),
        };
        Value::Text(answer.to_string())
    }

    /// Returns the chosen names and the texts that are not empty, each under its name.
    fn choice_text(&self) -> Value {
        let chosen = match self.parts.get(&self.name("choiceinput")) {
            Some(Value::Text(name)) => std::slice::from_ref(name),
            Some(Value::List(names)) => names.as_slice(),
            _ => &[],
        };
        let ours = chosen.iter().filter(|name| name.starts_with(self.prefix));
        let mut answer: Map<String, Json> = ours.map(|name| (name.clone(), name.as_str().into())).collect();
        let texts = self.parts.iter().filter_map(|(name, value)| Some((name, value.as_text()?)));
        for (name, text) in
            texts.filter(|(name, text)| name.contains("_numtolerance_input_") && !text.is_empty())
        {
            answer.insert(name.to_owned(), text.into());
        }
        Value::Object(answer)
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
    fn an_option_and_a_comment_are_an_annotation() {
        let annotation = "<annotationresponse><annotationinput><options><option choice='correct'>a</option>\
            </options></annotationinput></annotationresponse>";
        assert_eq!(
            join(annotation, &[("p_2_1_option", "0"), ("p_2_1_comment", "so \"it\" is")]),
            r#"{"p_2_1":"{\"options\":[0],\"comment\":\"so \\\"it\\\" is\"}"}"#
        );
        assert_eq!(join(annotation, &[("p_2_1_comment", "")]), r#"{"p_2_1":"null"}"#);
        assert_eq!(join(annotation, &[("p_2_1_comment", "c"), ("p_2_1", "null")]), r#"{"p_2_1":"null"}"#);
    }

    #[test]
    fn chosen_names_and_their_texts_are_one_object() {
        let choices = "<choicetextresponse><radiotextgroup><choice correct='true'>a \
            <numtolerance_input answer='1'/></choice></radiotextgroup></choicetextresponse>";
        let field = "p_2_1_choiceinput_0_numtolerance_input_0";
        assert_eq!(
            join(choices, &[("p_2_1_choiceinput", "p_2_1_choiceinput_0bc"), (field, "7")]),
            format!(r#"{{"p_2_1":{{"p_2_1_choiceinput_0bc":"p_2_1_choiceinput_0bc","{field}":"7"}}}}"#)
        );
        assert_eq!(join(choices, &[("p_2_1_choiceinput", "elsewhere"), (field, "")]), r#"{"p_2_1":{}}"#);
    }

    #[test]
    fn other_inputs_keep_their_fields() {
        let line = "<stringresponse answer='a'><textline math='1'/></stringresponse>";
        let fields = [("p_2_1", "a"), ("p_2_1_dynamath", "<math/>")];
        assert_eq!(join(line, &fields), r#"{"p_2_1":"a","p_2_1_dynamath":"<math/>"}"#);
    }
}
