//! `/answers/{usage}`: what learners answered to a block, for its authors.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use learning_context::Action;
use opaque_keys::UsageKey;
use renderer::page::{AnswerEntry, AnswersPage, Crumb, QuestionEntry};
use xblock::Site;

use super::{LANGUAGE, error_for_people, nonce, pages, template_error};
use crate::{
    app::App,
    caller::Caller,
    http::{
        answers::LISTED,
        error::{ApiError, Code},
        html_page, private, query,
    },
    runtime::{
        Scene,
        answers::{Answers, Distribution, Row, TOLD_FROM, distribution},
        find::{context_error, permitted},
        links::{answers_path, context_path},
    },
};

/// Answers the page.
pub async fn answers(
    request: HttpRequest,
    app: Data<App>,
    usage: Path<String>,
) -> Result<HttpResponse, ApiError> {
    match answer(&request, &app, &usage).await {
        Ok(answer) => Ok(answer),
        Err(error) => error_for_people(&request, &app, error),
    }
}

async fn answer(request: &HttpRequest, app: &App, usage: &str) -> Result<HttpResponse, ApiError> {
    let caller = Caller::of(request, app)?;
    if app.site != Site::Studio {
        return Err(ApiError::problem(Code::NotFound, "Answers are reported on the studio site."));
    }
    let usage: UsageKey = query::key(usage)?;
    let learn = app.on(Site::Learn);
    let record = permitted(&learn, &caller, &usage.context_key(), Action::Edit).await?;
    let report = distribution(&learn, &caller, &usage, LISTED as usize).await?;
    let context_url = context_path(&record.key);
    let context = if record.title.is_empty() { record.key.as_str() } else { &record.title };
    let page = AnswersPage {
        title: &report.display_name,
        breadcrumbs: vec![
            Crumb { title: "Home", url: Some("/") },
            Crumb { title: context, url: Some(&context_url) },
        ],
        summary: summary(&report),
        privacy: format!(
            "No learner is named. What fewer than {TOLD_FROM} wrote is counted as other answers."
        ),
        questions: report.questions.iter().enumerate().map(|(at, question)| entry(at, question)).collect(),
    };
    let page = pages(app).answers(&page, LANGUAGE, &nonce(app)).map_err(template_error)?;
    Ok(private(html_page(page)))
}

/// Says how many learners there are, in words.
fn summary(report: &Distribution) -> String {
    let learners =
        |number: u64| if number == 1 { "1 learner".to_owned() } else { format!("{number} learners") };
    let mut text = match report.submitted {
        0 => format!("Nobody has submitted answers yet; {} opened it.", learners(report.learners)),
        submitted => format!("Answers of {} who submitted.", learners(submitted)),
    };
    if let Some(mean) = report.attempts_mean {
        text += &format!(" On average each submitted {mean:.1} times.");
    }
    if !report.complete {
        text += " There are more learners than were looked at.";
    }
    text
}

fn entry(at: usize, question: &Answers) -> QuestionEntry<'_> {
    let title =
        if question.label.is_empty() { format!("Question {}", at + 1) } else { question.label.clone() };
    QuestionEntry {
        title,
        input: &question.input,
        learners: question.learners,
        answers: question.answers.iter().map(row).collect(),
        others: question.others,
    }
}

fn row(row: &Row) -> AnswerEntry {
    AnswerEntry {
        text: if row.answer.is_empty() { "No answer".to_owned() } else { row.answer.join(" · ") },
        graded: match row.correctness {
            Some("correct") => "Right",
            Some("partially-correct") => "Partly right",
            Some("incorrect") => "Wrong",
            _ => "",
        },
        count: row.count,
        share: row.share,
        percent: format!("{:.0} %", row.share * 100.0),
    }
}

/// Returns the blocks of a unit that ask something, for those who may read what was answered.
pub(super) async fn reported(
    app: &App,
    caller: &Caller,
    scene: &Scene,
) -> Result<Vec<(String, String)>, ApiError> {
    let record = &scene.found.record;
    let may = app.contexts.allowed(record, &caller.who, Site::Learn, Action::Edit).await;
    if app.site != Site::Studio || !may.map_err(context_error)? {
        return Ok(Vec::new());
    }
    let asking = (0..scene.blocks.len()).filter_map(|index| {
        let block = scene.block(index);
        let block_type = app.registry.get(&scene.blocks[index].source.block_type);
        block_type.questions(&block).filter(|questions| !questions.is_empty())?;
        Some((block.display_name().into_owned(), answers_path(block.usage)))
    });
    Ok(asking.collect())
}
