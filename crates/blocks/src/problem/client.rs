//! The client files of a problem: one for all problems, others only for the inputs that need them.

use capa::ProblemView;
use xblock::{Fragment, Urls};

use super::shown;

/// Adds the scripts and style sheets that the inputs of a problem need, and the call that starts it.
pub(super) fn add(fragment: &mut Fragment, view: &ProblemView, urls: &dyn Urls) {
    let (mut inputs, mut frames) = (false, false);
    for (_, input) in shown::inputs(view) {
        match input.tag {
            "jsinput" => frames = true,
            tag => inputs |= !is_plain(tag),
        }
    }
    fragment.add_js_url(urls.client_url("problem.js"));
    if inputs || frames {
        fragment.add_css_url(urls.client_url("problem-inputs.css"));
    }
    if inputs {
        fragment.add_js_url(urls.client_url("problem-inputs.js"));
    }
    if frames {
        fragment.add_js_url(urls.client_url("problem-jsinput.js"));
    }
    fragment.initialize_js("Problem", None);
}

/// Whether the fields of an input are all there is to it.
fn is_plain(tag: &str) -> bool {
    matches!(tag, "choicegroup" | "radiogroup" | "checkboxgroup" | "optioninput" | "textline")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{problem::Problem, testing::Fixture};

    fn files(input: &str) -> Vec<String> {
        let data = format!("<problem>{input}</problem>");
        let fragment = Fixture::new(&Problem, json!({"data": data})).view().0;
        let urls = fragment.resources.iter().map(|resource| format!("{resource:?}"));
        let known = ["problem.js", "problem-inputs.js", "problem-inputs.css", "problem-jsinput.js"];
        let urls: Vec<_> = urls.collect();
        known.into_iter().filter(|name| urls.iter().any(|u| u.contains(name))).map(str::to_owned).collect()
    }

    #[test]
    fn choices_and_words_need_the_common_script_alone() {
        let choice = "<multiplechoiceresponse><choicegroup><choice correct='true'>a</choice></choicegroup></multiplechoiceresponse>";
        let word = "<stringresponse answer='a'><textline/></stringresponse>";
        assert_eq!(files(&[choice, word].concat()), ["problem.js"]);
    }

    #[test]
    fn inputs_that_are_more_than_a_field_bring_their_own() {
        let number = "<numericalresponse answer='1'><formulaequationinput/></numericalresponse>";
        assert_eq!(files(number), ["problem.js", "problem-inputs.js", "problem-inputs.css"]);
    }
}
