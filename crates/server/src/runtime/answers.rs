//! How the answers to a block are distributed, for those who teach. No learner is told apart in it.

use std::collections::BTreeMap;

use learner::{LearnerStore as _, Learners};
use opaque_keys::UsageKey;
use serde::Serialize;
use xblock::{
    Fields,
    answers::{Answer, Answered, Question},
};

use crate::{
    app::App,
    caller::Caller,
    http::error::{ApiError, Code},
    runtime::everyones::Everyones,
};

/// Learners read at once.
const PAGE: u32 = 100;
/// Most learners that are read: a report has to come to an end, and a sample of this size says the same.
const MOST_LEARNERS: u64 = 20_000;
/// How many learners must have written the same before it is told. What fewer wrote may say who they are; answers
/// to choose from are the author's words and are always told.
pub const TOLD_FROM: u64 = 3;
/// Longest answer that is repeated, in characters.
const LONGEST: usize = 300;

/// The answers to a block.
#[derive(Debug, Serialize)]
pub struct Distribution {
    /// The block.
    pub usage_key: UsageKey,
    /// What it is called.
    pub display_name: String,
    /// Learners who did anything in it.
    pub learners: u64,
    /// Learners whose last submission is counted here: it is graded, and neither reset nor changed since.
    pub submitted: u64,
    /// Mean number of submissions of those.
    pub attempts_mean: Option<f64>,
    /// Whether all learners were looked at.
    pub complete: bool,
    /// The questions in order.
    pub questions: Vec<Answers>,
}

/// The answers to one question.
#[derive(Debug, Serialize)]
pub struct Answers {
    /// What the question is called in the block.
    pub input: String,
    /// What is asked; empty when it has no label.
    pub label: String,
    /// Learners who answered.
    pub learners: u64,
    /// The most frequent answers, the most frequent first; then those to choose from that nobody chose.
    pub answers: Vec<Row>,
    /// Learners who answered something that is not listed.
    pub others: u64,
}

/// One answer.
#[derive(Debug, PartialEq, Serialize)]
pub struct Row {
    /// The answer, shortened when it is long; of several that were chosen, each.
    pub answer: Vec<String>,
    /// `correct`, `incorrect` or `partially-correct`; nothing where nobody answered or it is not graded.
    pub correctness: Option<&'static str>,
    /// Learners who answered it.
    pub count: u64,
    /// Their share of those who answered.
    pub share: f64,
}

/// Counts the answers of all learners to a block, as it is published, for somebody who may edit its context; at most
/// `limit` answers to each question are told.
///
/// # Errors
/// 403 without the right to edit the context; 404 when the published version has no such block, or it asks nothing.
pub async fn distribution(
    learn: &App,
    staff: &Caller,
    usage: &UsageKey,
    limit: usize,
) -> Result<Distribution, ApiError> {
    let target = Everyones::find(learn, staff, usage).await?;
    let nothing = Fields::new();
    let block = target.block(&nothing);
    let questions = target.block_type().questions(&block).ok_or_else(|| {
        ApiError::problem(Code::NotFound, format!("'{usage}' asks nothing that could be reported."))
    })?;
    let display_name = block.display_name().into_owned();
    let mut count = Count::new(questions);
    let mut after = None;
    loop {
        let page = Learners::Page { after: after.as_ref(), limit: PAGE };
        let rows = learn.database.rows_of(target.usage(), page).await;
        let rows = rows.map_err(|e| ApiError::Internal(e.to_string()))?;
        for row in &rows {
            let answered =
                target.block_type().answered(&target.block(&row.row.fields), &target.learner(&row.learner));
            count.add(answered);
            // Others on this thread come in between.
            tokio::task::yield_now().await;
        }
        let Some(last) = rows.last() else { break };
        after = Some(last.learner.clone());
        if count.learners >= MOST_LEARNERS {
            count.complete = false;
            break;
        }
    }
    Ok(count.distribution(usage.clone(), display_name, limit))
}

/// The answers to a question, counted: the texts and how they were graded.
type Counted = BTreeMap<(Vec<String>, Option<&'static str>), u64>;

/// The answers that were counted so far.
struct Count {
    learners: u64,
    submitted: u64,
    attempts: u64,
    complete: bool,
    questions: Vec<(Question, Counted)>,
}

impl Count {
    fn new(questions: Vec<Question>) -> Self {
        let questions = questions.into_iter().map(|question| (question, Counted::new())).collect();
        Count { learners: 0, submitted: 0, attempts: 0, complete: true, questions }
    }

    fn add(&mut self, answered: Option<Answered>) {
        self.learners += 1;
        let Some(mut answered) = answered else { return };
        self.submitted += 1;
        self.attempts += answered.attempts;
        for (question, counted) in &mut self.questions {
            let Some(Answer { texts, correctness }) = answered.answers.remove(&question.input) else {
                continue;
            };
            let texts: Vec<String> = texts.iter().map(|text| shortened(text.trim())).collect();
            *counted.entry((texts, correctness)).or_default() += 1;
        }
    }

    fn distribution(self, usage_key: UsageKey, display_name: String, limit: usize) -> Distribution {
        let questions =
            self.questions.into_iter().map(|(question, counted)| listed(question, counted, limit));
        Distribution {
            usage_key,
            display_name,
            learners: self.learners,
            submitted: self.submitted,
            attempts_mean: mean(self.attempts, self.submitted),
            complete: self.complete,
            questions: questions.collect(),
        }
    }
}

/// Returns a text of bounded length.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Returns a number of some, rounded to four decimals; nothing of none.
fn mean(sum: u64, number: u64) -> Option<f64> {
    // Numbers of learners are exact as floats.
    (number > 0).then(|| (sum as f64 / number as f64 * 1e4).round() / 1e4)
}

/// Lists what may be told of the answers to a question.
fn listed(question: Question, counted: Counted, limit: usize) -> Answers {
    let Question { input, label, offers } = question;
    let offers: Vec<String> = offers.iter().map(|offer| shortened(offer.trim())).collect();
    let learners = counted.values().sum();
    // Whoever answers without a page can send anything where a choice is asked for.
    let may_be_told =
        |texts: &[String], count: u64| count >= TOLD_FROM || texts.iter().all(|text| offers.contains(text));
    let mut rows: Vec<Row> = counted
        .into_iter()
        .filter(|((texts, _), count)| may_be_told(texts, *count))
        .map(|((answer, correctness), count)| Row {
            answer,
            correctness,
            count,
            share: mean(count, learners).unwrap_or_default(),
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    rows.truncate(limit);
    let told: u64 = rows.iter().map(|row| row.count).sum();
    let unchosen = |offer: &String| !rows.iter().any(|row| row.answer.contains(offer));
    let unchosen: Vec<Row> = offers
        .iter()
        .filter(|offer| unchosen(offer))
        .take(limit - rows.len())
        .map(|offer| Row { answer: vec![offer.clone()], correctness: None, count: 0, share: 0.0 })
        .collect();
    // An offer that is not listed for want of room was chosen by some.
    if told == learners {
        rows.extend(unchosen);
    }
    Answers { input, label, learners, answers: rows, others: learners - told }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(texts: &[&str], correctness: &'static str) -> Option<Answered> {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        let answer = Answer { texts, correctness: Some(correctness) };
        Some(Answered { attempts: 2, answers: [("2_1".to_owned(), answer)].into() })
    }

    fn counted(offers: &[&str], answers: Vec<Option<Answered>>, limit: usize) -> Distribution {
        let offers = offers.iter().map(|offer| (*offer).to_owned()).collect();
        let question = Question { input: "2_1".to_owned(), label: String::new(), offers };
        let mut count = Count::new(vec![question]);
        answers.into_iter().for_each(|answer| count.add(answer));
        let usage = "lb:Org1:lib1:problem:p".parse().expect("a key");
        count.distribution(usage, String::new(), limit)
    }

    fn rows(distribution: &Distribution) -> Vec<(String, u64)> {
        let rows = distribution.questions[0].answers.iter();
        rows.map(|row| (row.answer.join(" + "), row.count)).collect()
    }

    fn row(answer: &str, count: u64) -> (String, u64) {
        (answer.to_owned(), count)
    }

    #[test]
    fn answers_of_few_are_told_only_where_they_are_the_authors_words() {
        let answers = || {
            let mut answers = vec![None, answer(&["a"], "correct"), answer(&["my name"], "incorrect")];
            answers.extend((0..3).map(|_| answer(&["b"], "incorrect")));
            answers
        };
        let written = counted(&[], answers(), 10);
        assert_eq!(rows(&written), [row("b", 3)]);
        assert_eq!((written.learners, written.submitted, written.attempts_mean), (6, 5, Some(2.0)));
        assert_eq!((written.questions[0].learners, written.questions[0].others), (5, 2));
        assert_eq!(written.questions[0].answers[0].share, 0.6);
        let chosen = counted(&["a", "b"], answers(), 10);
        assert_eq!(rows(&chosen), [row("b", 3), row("a", 1)]);
        assert_eq!(chosen.questions[0].others, 1);
    }

    #[test]
    fn what_nobody_chose_is_listed_when_all_answers_are() {
        let answers =
            || vec![answer(&["a", "b"], "incorrect"), answer(&["b"], "correct"), answer(&[], "incorrect")];
        let all = counted(&["a", "b", "c", "d"], answers(), 4);
        assert_eq!(rows(&all), [row("", 1), row("a + b", 1), row("b", 1), row("c", 0)]);
        let cut = counted(&["a", "b", "c", "d"], answers(), 2);
        assert_eq!((rows(&cut).len(), cut.questions[0].others), (2, 1));
    }

    #[test]
    fn long_answers_are_shortened_before_they_are_counted() {
        let answers =
            (0..3).map(|n| answer(&[&format!("{}{n}", "é".repeat(LONGEST))], "incorrect")).collect();
        let counted = counted(&[], answers, 10);
        assert_eq!(rows(&counted), [row(&format!("{}…", "é".repeat(LONGEST)), 3)]);
    }

    #[test]
    fn the_same_answer_to_several_variants_is_listed_by_its_grading() {
        let mut answers: Vec<_> = (0..3).map(|_| answer(&["5"], "correct")).collect();
        answers.extend((0..4).map(|_| answer(&["5"], "incorrect")));
        let counted = counted(&[], answers, 10);
        let graded: Vec<_> =
            counted.questions[0].answers.iter().map(|row| (row.correctness, row.count)).collect();
        assert_eq!(graded, [(Some("incorrect"), 4), (Some("correct"), 3)]);
    }
}
