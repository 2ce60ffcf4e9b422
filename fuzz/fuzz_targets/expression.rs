//! What a learner may type as a number, formula or chemical equation: it is printed, previewed and graded.
#![no_main]

use std::sync::LazyLock;

use capa::{Answers, Hooks, Problem, Value, preview};
use libfuzzer_sys::fuzz_target;

static PROBLEM: LazyLock<Problem> = LazyLock::new(|| {
    let text = "<problem>\
        <numericalresponse answer='3.5+2' partial_credit='close'>\
          <responseparam type='tolerance' default='1%'/><additional_answer answer='i'/><textline/>\
        </numericalresponse>\
        <numericalresponse answer='[-1,2^0.5)'><textline/></numericalresponse>\
        <formularesponse type='ci' samples='x,R_1,n@-2,1,0:3,9,1#7' answer='x*R_1/n'><textline/>\
          <hintgroup><formulahint name='h' samples='x,R_1,n@1,1,1:2,2,2#3' answer='x'/>\
          <hintpart on='h'><text>no</text></hintpart></hintgroup></formularesponse>\
        <formularesponse type='cs' samples='X,x&apos;@1,2:3,4#3' answer='X||x&apos;'><textline/></formularesponse>\
        </problem>";
    Problem::compile(text, &Hooks::NONE).expect("the problem is well written")
});

fuzz_target!(|text: &str| {
    if let Ok(tex) = preview::latex(text) {
        assert_eq!(tex.matches('{').count(), tex.matches('}').count(), "{tex}");
        assert_eq!(tex.matches("\\left(").count(), tex.matches("\\right)").count(), "{tex}");
    }
    if let Ok(html) = preview::chemistry(text) {
        assert_eq!(html.matches('<').count(), 2 * html.matches("</").count(), "{html}");
    }
    let instance = PROBLEM.instance(3, "p");
    // One at a time, since what cannot be read ends the grading of all.
    for input in instance.input_ids() {
        let one = |id: String| (id, Value::Text("1".to_owned()));
        let mut answers: Answers = instance.input_ids().into_iter().map(one).collect();
        answers.insert(input, Value::Text(text.to_owned()));
        assert_eq!(instance.grade(&answers), instance.grade(&answers));
    }
});
