//! Problems alone: from the text an author wrote and an answer to the page with its verdict, one after the other on one
//! core. Nothing is kept between two rounds.
//!
//! The three kinds are measured on texts of this project. Where recorded courses lie beside the project, the same kinds
//! are measured on theirs too, in the benchmarks called `corpus_…`; without them those have no row.

use std::{fs, path::PathBuf};

use capa::{Answers, Hooks, Instance, Problem, State, html};
use divan::{Bencher, black_box, counter::ItemsCount};

fn main() {
    divan::main();
}

/// A problem and the answers to its inputs, in order.
struct Case {
    text: String,
    answers: Vec<&'static str>,
}

const CHOICE: &str = r#"<problem display_name="The tide">
  <p>The water at the pier rises and falls twice a day.</p>
  <multiplechoiceresponse>
    <label>What moves it?</label>
    <choicegroup type="MultipleChoice">
      <choice correct="false" name="wind">The wind <choicehint>The wind makes waves, not tides.</choicehint></choice>
      <choice correct="true" name="moon">Mostly the moon</choice>
      <choice correct="false" name="river">The river</choice>
      <choice correct="false" name="ships">Ships</choice>
    </choicegroup>
    <solution><div class="detailed-solution"><p>Explanation</p><p>The moon pulls, and the sun a little.</p></div></solution>
  </multiplechoiceresponse>
</problem>"#;

const NUMBER: &str = r#"<problem display_name="The gauge">
  <p>The gauge read 1, 5, 6, 3 and 5 decimetres.</p>
  <numericalresponse answer="4">
    <label>What is the mean?</label>
    <responseparam type="tolerance" default="1%"/>
    <formulaequationinput/>
    <correcthint>Twenty by five.</correcthint>
  </numericalresponse>
  <solution><div class="detailed-solution"><p>Explanation</p><p>(1 + 5 + 6 + 3 + 5) / 5 = 4</p></div></solution>
  <demandhint><hint>Add them.</hint><hint>Divide by how many there are.</hint></demandhint>
</problem>"#;

const FORMULAS: &str = r#"<problem display_name="The beam">
  <formularesponse type="cs" samples="F,L,E,I,b@1,1,1,1,1:9,9,9,9,9#10" answer="F*L^3/(3*E*I)*(1 + b/(2*L))">
    <label>How far does the end sink?</label>
    <responseparam type="tolerance" default="1%"/>
    <textline inline="1" math="1"/>
    <solution><div class="worked-solution"><p>Integrate twice.</p></div></solution>
  </formularesponse>
  <formularesponse type="cs" samples="F,L,E,I,b@1,1,1,1,1:9,9,9,9,9#10" answer="(F*L^2)/(2*E*I)">
    <label>And how much does it turn?</label>
    <responseparam type="tolerance" default="1%"/>
    <textline inline="1" math="1"/>
    <solution><div class="worked-solution"><p>Integrate once.</p></div></solution>
  </formularesponse>
</problem>"#;

impl Case {
    fn own(text: &str, answers: &[&'static str]) -> Self {
        Self { text: text.to_owned(), answers: answers.to_vec() }
    }

    /// Returns a problem of the recorded course, where there is one.
    fn recorded(file: &str, answers: &[&'static str]) -> Option<Self> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
        let text = fs::read_to_string(folder.join(file)).ok()?;
        Some(Self { text, answers: answers.to_vec() })
    }

    fn load(&self) -> Problem {
        Problem::compile(&self.text, &Hooks::NONE).expect("a problem")
    }

    fn answers_of(&self, instance: &Instance<'_>) -> Answers {
        let ids = instance.input_ids();
        assert_eq!(ids.len(), self.answers.len(), "every input has an answer");
        let fields = ids.into_iter().zip(&self.answers);
        fields.map(|(id, answer)| (id, capa::Value::Text((*answer).to_owned()))).collect()
    }

    fn bench_load(&self, bencher: Bencher<'_, '_>) {
        bencher.counter(ItemsCount::new(1_usize)).bench_local(|| black_box(self.load()));
    }

    fn bench_round(&self, bencher: Bencher<'_, '_>) {
        bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
            let problem = self.load();
            let instance = problem.instance(1, "lb:Bench:tides:problem:p");
            let answers = self.answers_of(&instance);
            let graded = instance.grade(&answers).expect("a verdict");
            assert_eq!(graded.score.raw_earned, graded.score.raw_possible, "the answers are right");
            html::render(&instance.view(&State {
                answers: &answers,
                correct_map: &graded.correct_map,
                input_state: None,
                overall_message: &graded.overall_message,
                done: true,
                has_saved_answers: false,
                show_correctness: true,
            }))
        });
    }
}

fn choice() -> Case {
    Case::own(CHOICE, &["choice_moon"])
}

fn number() -> Case {
    Case::own(NUMBER, &["20/5"])
}

fn formulas() -> Case {
    Case::own(FORMULAS, &["(F*L^3)/(3*E*I) + F*L^2*b/(6*E*I)", "F*L*L/E/I/2"])
}

#[divan::bench]
fn choice_load(bencher: Bencher<'_, '_>) {
    choice().bench_load(bencher);
}

#[divan::bench]
fn choice_round(bencher: Bencher<'_, '_>) {
    choice().bench_round(bencher);
}

#[divan::bench]
fn number_load(bencher: Bencher<'_, '_>) {
    number().bench_load(bencher);
}

#[divan::bench]
fn number_round(bencher: Bencher<'_, '_>) {
    number().bench_round(bencher);
}

#[divan::bench]
fn formulas_load(bencher: Bencher<'_, '_>) {
    formulas().bench_load(bencher);
}

#[divan::bench]
fn formulas_round(bencher: Bencher<'_, '_>) {
    formulas().bench_round(bencher);
}

#[divan::bench]
fn corpus_choice_round(bencher: Bencher<'_, '_>) {
    if let Some(case) =
        Case::recorded("oxa-kitchen-sink/problem/d27f47be94b34597b1210c260501b7a4.xml", &["choice_indonesia"])
    {
        case.bench_round(bencher);
    }
}

#[divan::bench]
fn corpus_number_round(bencher: Bencher<'_, '_>) {
    if let Some(case) =
        Case::recorded("oxa-kitchen-sink/problem/26284ee4d418486fa0ee3e116dbea813.xml", &["4"])
    {
        case.bench_round(bencher);
    }
}

#[divan::bench]
fn corpus_formulas_round(bencher: Bencher<'_, '_>) {
    let answers = ["(rho*omega^2*L^2)/E*((11*L)/48 +(3*R)/8)", "(rho*omega^2)/E*(L^3/3 + (R*L^2)/2)"];
    let file = "demo-course/demo-course/course/problem/ced178178f4440e08f15a408ea14cbf1.xml";
    if let Some(case) = Case::recorded(file, &answers) {
        case.bench_round(bencher);
    }
}
