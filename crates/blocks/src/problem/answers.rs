//! Answers as forms send them (capa §12).

use std::collections::{BTreeMap, btree_map::Entry};

use capa::{Answers, Value};

use super::{history::size, state::json_of};

/// Most bytes of one answer. Simulations keep about 100 kB of state in theirs.
pub(super) const MOST_BYTES: usize = 128 << 10;
/// Most bytes of JSON of all answers to a problem.
pub(super) const MOST_BYTES_OF_ALL: usize = 256 << 10;

/// Why a form is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// No form of ours sends this.
    NotOurs(&'static str),
    /// An answer, or all of them, are longer than are kept.
    TooLong,
}

/// Reads a submitted form: names lose everything up to their first `_`; a name that ends in `[]` has all its
/// values, one that ends in `{}` JSON. Fields of other forms are left out.
///
/// # Errors
/// A name without `_`, two names for one input, and text that is no JSON object: no form of ours sends those. Answers
/// over the limits.
pub(super) fn from_form(form: &[(String, String)], html_id: &str) -> Result<Answers, Unreadable> {
    let mut found: BTreeMap<&str, (&str, Value)> = BTreeMap::new();
    for (name, text) in form {
        let (_, key) = name.split_once('_').ok_or(Unreadable::NotOurs("a field has no '_' in its name"))?;
        let list = key.strip_suffix("[]");
        let object = key.strip_suffix("{}");
        let input = list.or(object).unwrap_or(key);
        if text.len() > MOST_BYTES {
            return Err(Unreadable::TooLong);
        }
        let value = match object {
            Some(_) => Value::Object(
                serde_json::from_str(text).map_err(|_| Unreadable::NotOurs("a value is no JSON object"))?,
            ),
            None if list.is_some() => Value::List(vec![text.clone()]),
            None => Value::Text(text.clone()),
        };
        match found.entry(input) {
            Entry::Vacant(entry) => drop(entry.insert((key, value))),
            Entry::Occupied(entry) if entry.get().0 != key => {
                return Err(Unreadable::NotOurs("two fields are for one input"));
            }
            Entry::Occupied(mut entry) => match (&mut entry.get_mut().1, value) {
                (Value::List(values), Value::List(mut more)) => values.append(&mut more),
                (kept, value) => *kept = value,
            },
        }
    }
    let ours = |input: &str| input.strip_prefix(html_id).is_some_and(|rest| rest.starts_with('_'));
    let answers =
        found.into_iter().filter(|(input, _)| ours(input)).map(|(input, (_, value))| (input, value));
    let answers = answers.collect();
    if size(&json_of(&answers)) > MOST_BYTES_OF_ALL {
        return Err(Unreadable::TooLong);
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &[(&str, &str)]) -> Result<Answers, Unreadable> {
        let form: Vec<_> = form.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        from_form(&form, "lb:o:l:problem:p_1")
    }

    #[test]
    fn reads_texts_lists_and_objects() {
        let id = "lb:o:l:problem:p_1";
        let (text, list) = (format!("input_{id}_2_1"), format!("input_{id}_3_1[]"));
        let object = format!("input_{id}_4_1{{}}");
        let answers =
            read(&[(&text, "a"), (&list, "choice_0"), (&list, "choice_2"), (&object, "{\"x\": 1}")]).unwrap();
        assert_eq!(answers.get(&format!("{id}_2_1")), Some(&Value::Text("a".to_owned())));
        let list = vec!["choice_0".to_owned(), "choice_2".to_owned()];
        assert_eq!(answers.get(&format!("{id}_3_1")), Some(&Value::List(list)));
        assert!(matches!(answers.get(&format!("{id}_4_1")), Some(Value::Object(_))));
    }

    #[test]
    fn fields_of_other_forms_are_left_out() {
        assert!(read(&[("input_lb:o:l:problem:p_12_2_1", "a"), ("problem_id", "x")]).unwrap().is_empty());
    }

    #[test]
    fn answers_have_a_length() {
        let long = "\u{e9}".repeat(MOST_BYTES / 2);
        let names: Vec<_> = (2..5).map(|n| format!("input_lb:o:l:problem:p_1_{n}_1")).collect();
        assert!(read(&[(&names[0], &long)]).is_ok());
        assert_eq!(read(&[(&names[0], &[&long, "x"].concat())]), Err(Unreadable::TooLong));
        let three: Vec<_> = names.iter().map(|name| (name.as_str(), long.as_str())).collect();
        assert_eq!(read(&three), Err(Unreadable::TooLong));
    }

    #[test]
    fn refuses_what_no_form_sends() {
        assert!(read(&[("answer", "a")]).is_err());
        assert!(
            read(&[("input_lb:o:l:problem:p_1_2_1", "a"), ("input_lb:o:l:problem:p_1_2_1[]", "b")]).is_err()
        );
        assert!(read(&[("input_lb:o:l:problem:p_1_2_1{}", "[]")]).is_err());
    }
}
