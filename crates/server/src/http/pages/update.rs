//! `/references/{key}/update`: what another version of the library would change, and the forms that take or
//! decline it (unit-composition §8).

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Payload},
};
use compositor::{ChangedBlock, RemovedBlock, UpdateState};
use opaque_keys::UsageKey;
use renderer::page::{BlockChange, Crumb, FieldChange, Form, TextPiece, UpdatePage};
use serde_json::Value;

use super::{
    LANGUAGE, error_for_people,
    forms::{Sent, go, refused},
    nonce, pages,
    reference::{Way, address, found, may_edit, writer},
    refusal, template_error,
    unit::remark,
    words::{field_name, label, shown, version_entries},
};
use crate::{
    app::App,
    http::{
        error::{ApiError, Code},
        html_page, private,
        query::Params,
    },
    runtime::{
        diff::{Kind, Piece},
        links::{frame_path, reference_path},
        references::{self, Apply},
        review::Review,
    },
};

/// Answers the page.
pub async fn update(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
) -> Result<HttpResponse, ApiError> {
    match answer(&request, &app, &key).await {
        Ok(answer) => Ok(answer),
        // A library or version that is not there: the reference itself is, and says what to do.
        Err(ApiError::Rejected(reasons)) => {
            let detail = reasons.first().map_or("", |reason| &reason.message);
            refusal(&app, 422, detail, &address(&key))
        }
        Err(error) => error_for_people(&request, &app, error),
    }
}

/// Takes an update, or goes back to an older version.
pub async fn apply(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let mut back = format!("{}/update", address(&key));
    let done = async {
        let (caller, usage) = writer(&request, &app, &key)?;
        let sent = Sent::read(&request, payload).await?;
        let to = sent.text("to").and_then(|to| to.parse::<u32>().ok());
        let to = to.ok_or_else(|| ApiError::problem(Code::BadRequest, "The form names no version."))?;
        back.push_str(&format!("?to={to}"));
        let confirm_removed = sent.text("confirm_removed").is_some();
        let apply = Apply { to: to.into(), confirm_removed, ..Apply::default() };
        references::apply(&app, &caller, &usage, &sent.if_match(), &apply).await
    };
    match done.await {
        Ok(_) => Ok(go(&address(&key), "updated")),
        Err(error) => refused(&request, &app, error, &back),
    }
}

/// Declines the newest version.
pub async fn decline(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let done = async {
        let (caller, usage) = writer(&request, &app, &key)?;
        let sent = Sent::read(&request, payload).await?;
        references::decline(&app, &caller, &usage, &sent.if_match()).await
    };
    match done.await {
        Ok(()) => Ok(go(&address(&key), "declined")),
        Err(error) => refused(&request, &app, error, &format!("{}/update", address(&key))),
    }
}

async fn answer(request: &HttpRequest, app: &App, key: &str) -> Result<HttpResponse, ApiError> {
    let (caller, referred) = found(request, app, key).await?;
    let to = Params::of(request)?.parsed("to")?;
    let may_edit = may_edit(app, &caller, &referred).await?;
    let review = Review::new(app, &referred, to).await?;
    let preview = &review.preview;
    let versions = referred.versions(app).await?;
    let way = Way::to(app, &referred).await?;
    let to = preview.to.unwrap_or_default();
    let (pinned, latest) = (referred.pinned(), referred.latest());
    let is_news = referred.state() == Some(UpdateState::UpdateAvailable);
    let path = reference_path(&referred.usage);
    let mut breadcrumbs = way.crumbs();
    let title = referred.settings().get("display_name").and_then(Value::as_str).unwrap_or("Library content");
    breadcrumbs.push(Crumb { title, url: Some(&path) });
    let page = UpdatePage {
        title: match pinned {
            Some(pinned) if pinned > to => "What going back would change",
            Some(pinned) if pinned == to => "The version the course shows",
            _ => "What the update changes",
        },
        breadcrumbs,
        summary: summary(&review, &label(to, &versions), preview.from.map(|from| label(from, &versions))),
        versions: version_entries(&versions, pinned, Some(to)),
        added: preview
            .added
            .iter()
            .map(|added| BlockChange {
                after: Some(frame_path(&added.block, to)),
                ..named(&review, &added.block, &added.block_type)
            })
            .collect(),
        removed: preview.removed.iter().map(|block| removed(&review, block)).collect(),
        changed: preview.changed.iter().map(|block| changed(&review, block)).collect(),
        warnings: preview.warnings.iter().map(remark).collect(),
        waiting: preview.orphan_overrides.clone(),
        apply: (may_edit && pinned != Some(to)).then_some(match pinned {
            Some(pinned) if pinned > to => "Go back to this version",
            _ => "Update",
        }),
        to,
        needs_confirmation: preview.removed.iter().any(RemovedBlock::is_in_use),
        form: Form { action: format!("{path}/update"), etag: referred.etag() },
        decline: (may_edit && is_news && latest == Some(to)).then(|| format!("{path}/decline")),
    };
    let page = pages(app).update(&page, LANGUAGE, &nonce(app)).map_err(template_error)?;
    Ok(private(html_page(page)))
}

/// Says in a sentence or two what would change.
fn summary(review: &Review, to: &str, from: Option<String>) -> String {
    let preview = &review.preview;
    let count = |n: usize, what: &str| match n {
        0 => None,
        1 => Some(format!("1 block {what}")),
        n => Some(format!("{n} blocks {what}")),
    };
    let parts: Vec<String> = [
        count(preview.changed.len(), "changed"),
        count(preview.added.len(), "new"),
        count(preview.removed.len(), "no longer there"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let from = from.unwrap_or_else(|| "a version that is not here".to_owned());
    let pool = match (preview.pool.before, preview.pool.after) {
        (Some(before), after) if before != after => {
            format!(" The pool has {after} blocks instead of {before}.")
        }
        _ => String::new(),
    };
    let what = if parts.is_empty() { "nothing different".to_owned() } else { parts.join(", ") };
    format!("From {from} to {to}: {what}.{pool}")
}

fn named(review: &Review, block: &UsageKey, block_type: &str) -> BlockChange {
    BlockChange {
        title: review.title(block).to_owned(),
        block_type: block_type.to_owned(),
        ..BlockChange::default()
    }
}

fn removed(review: &Review, block: &RemovedBlock) -> BlockChange {
    let used = match (block.selected_by, block.has_state) {
        (0, false) => "No learner has it.".to_owned(),
        (0, true) => "Learners did something there; that is kept.".to_owned(),
        (1, _) => "1 learner has it now. What they did is kept.".to_owned(),
        (n, _) => format!("{n} learners have it now. What they did is kept."),
    };
    let before = review.preview.from.map(|from| frame_path(&block.block, from));
    BlockChange { used, before, ..named(review, &block.block, &block.block_type) }
}

fn changed(review: &Review, block: &ChangedBlock) -> BlockChange {
    let fields = block.fields.iter().map(|field| FieldChange {
        name: field_name(&field.name),
        from: shown(&field.from),
        to: shown(&field.to),
        kept: field.customized.then(|| shown(&field.effective_after)),
    });
    let text = review.text(&block.block);
    let frame = |version: Option<u32>| version.map(|version| frame_path(&block.block, version));
    BlockChange {
        fields: fields.collect(),
        files: block.assets_changed,
        text: text.map_or_else(Vec::new, |text| pieces(&text.readable)),
        source: text.map_or_else(Vec::new, |text| pieces(&text.source)),
        before: frame(review.preview.from),
        after: frame(review.preview.to),
        ..named(review, &block.block, block.block.block_type().unwrap_or_default())
    }
}

fn pieces(text: &[Piece]) -> Vec<TextPiece> {
    let piece = |piece: &Piece| TextPiece {
        kind: match piece.kind {
            Kind::Same => "same",
            Kind::Gone => "gone",
            Kind::New => "new",
            Kind::Gap => "gap",
        },
        text: piece.text.clone(),
    };
    text.iter().map(piece).collect()
}
