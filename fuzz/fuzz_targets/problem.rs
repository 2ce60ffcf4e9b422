//! A problem as an author may write it, with answers as anybody may send them: it is compiled, shown, graded and
//! shown again.
//!
//! The input is the text of the problem, then the answers, each behind a NUL.
#![no_main]

use capa::{Answers, CorrectMap, Hooks, Instance, Problem, State, Value, html};
use libfuzzer_sys::fuzz_target;

/// An answer is several values behind `[`, an object behind `\u{1}`, otherwise a text.
fn value(text: &str) -> Value {
    if let Some(values) = text.strip_prefix('[') {
        return Value::List(values.split(',').map(str::to_owned).collect());
    }
    let object = text.strip_prefix('\u{1}').and_then(|json| serde_json::from_str(json).ok());
    object.map_or_else(|| Value::Text(text.to_owned()), Value::Object)
}

fn show(instance: &Instance<'_>, answers: &Answers, correct_map: &CorrectMap, done: bool) {
    for show_correctness in [true, false] {
        let state = State {
            answers,
            correct_map,
            input_state: None,
            overall_message: "",
            done,
            has_saved_answers: false,
            show_correctness,
        };
        let view = instance.view(&state);
        let page = html::render_page(&view);
        assert!(page.len() < 1 << 24, "a page of {} bytes", page.len());
        let _ = html::render(&view);
    }
}

fuzz_target!(|text: &str| {
    let mut parts = text.split('\0');
    let written = parts.next().unwrap_or_default();
    let whole = written.trim_start().starts_with("<problem");
    let written = if whole { written.to_owned() } else { format!("<problem>{written}</problem>") };
    let Ok(problem) = Problem::compile(&written, &Hooks::NONE) else { return };
    let given: Vec<&str> = parts.take(8).collect();
    for seed in [1, 7] {
        let instance = problem.instance(seed, "lb:o:l:problem:p");
        show(&instance, &Answers::default(), &CorrectMap::default(), false);
        let answers: Answers = instance
            .input_ids()
            .into_iter()
            .zip(given.iter().cycle())
            .map(|(id, text)| (id, value(text)))
            .collect();
        let graded = instance.grade(&answers);
        assert_eq!(graded, instance.grade(&answers));
        if let Ok(graded) = graded {
            assert!(graded.score.raw_earned.is_finite());
            show(&instance, &answers, &graded.correct_map, true);
        }
        let _ = (instance.answers_shown(), instance.demand_hints(), instance.permutations());
    }
});
