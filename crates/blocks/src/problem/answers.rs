//! Answers as forms send them (capa §12).

use std::collections::{BTreeMap, btree_map::Entry};

use capa::{Answers, Value};

/// Reads a submitted form: names lose everything up to their first `_`; a name that ends in `[]` has all its
/// values, one that ends in `{}` JSON. Fields of other forms are left out.
///
/// # Errors
/// A name without `_`, two names for one input, and text that is no JSON object: no form of ours sends those.
pub(super) fn from_form(form: &[(String, String)], html_id: &str) -> Result<Answers, &'static str> {
    let mut found: BTreeMap<&str, (&str, Value)> = BTreeMap::new();
    for (name, text) in form {
        let (_, key) = name.split_once('_').ok_or("a field has no '_' in its name")?;
        let list = key.strip_suffix("[]");
        let object = key.strip_suffix("{}");
        let input = list.or(object).unwrap_or(key);
        let value = match object {
            Some(_) => Value::Object(serde_json::from_str(text).map_err(|_| "a value is no JSON object")?),
            None if list.is_some() => Value::List(vec![text.clone()]),
            None => Value::Text(text.clone()),
        };
        match found.entry(input) {
            Entry::Vacant(entry) => drop(entry.insert((key, value))),
            Entry::Occupied(entry) if entry.get().0 != key => return Err("two fields are for one input"),
            Entry::Occupied(mut entry) => match (&mut entry.get_mut().1, value) {
                (Value::List(values), Value::List(mut more)) => values.append(&mut more),
                (kept, value) => *kept = value,
            },
        }
    }
    let ours = |input: &str| input.strip_prefix(html_id).is_some_and(|rest| rest.starts_with('_'));
    Ok(found.into_iter().filter(|(input, _)| ours(input)).map(|(input, (_, value))| (input, value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &[(&str, &str)]) -> Result<Answers, &'static str> {
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
    fn refuses_what_no_form_sends() {
        assert!(read(&[("answer", "a")]).is_err());
        assert!(
            read(&[("input_lb:o:l:problem:p_1_2_1", "a"), ("input_lb:o:l:problem:p_1_2_1[]", "b")]).is_err()
        );
        assert!(read(&[("input_lb:o:l:problem:p_1_2_1{}", "[]")]).is_err());
    }
}
