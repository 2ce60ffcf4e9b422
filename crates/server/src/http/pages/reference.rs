//! `/references/{key}`: a reference as its authors look after it, and forms that take back what the course
//! changed of its blocks.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::LOCATION,
    web::{Data, Path, Payload},
};
use compositor::{Scope, clear as without};
use learning_context::Action;
use opaque_keys::UsageKey;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use renderer::page::{Crumb, Form, ReferencePage, Undo};
use xblock::{Fields, Site};

use super::{
    LANGUAGE, error_for_people,
    forms::{Sent, go, refused, said},
    nonce, pages, template_error,
    unit::{UPDATE_AVAILABLE, pool_entry, remark},
    words::{customized, settings, standing},
};
use crate::{
    app::App,
    caller::Caller,
    http::{
        error::{ApiError, Code},
        html_page, private,
        query::Params,
    },
    runtime::{
        author::may_write,
        author_view::{author_view, in_words},
        find::context_error,
        links::{context_path, page_path, reference_path},
        outline::Names,
        references::{self, Referred},
    },
    token::{keyed_id, same},
};

/// Longest settings that travel with an address so that a reset can be undone, in bytes.
const LONGEST_UNDO: usize = 6_000;

/// Answers the page.
pub async fn reference(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
) -> Result<HttpResponse, ApiError> {
    match answer(&request, &app, &key).await {
        Ok(answer) => Ok(answer),
        Err(error) => error_for_people(&request, &app, error),
    }
}

/// Takes customisations away, and leads back with what brings them back.
pub async fn reset(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let back = address(&key);
    let done = async {
        let (caller, usage) = writer(&request, &app, &key)?;
        let sent = Sent::read(&request, payload).await?;
        let text = |name| sent.text(name).map(str::to_owned);
        let scope = Scope { block: text("block"), field: text("field") };
        if scope == Scope::default() && sent.text("everything").is_none() {
            return Err(ApiError::problem(Code::BadRequest, "The form does not say what to reset."));
        }
        let clear = |settings: &Fields, library: Option<&_>| {
            without(settings, library, std::slice::from_ref(&scope), &[])
        };
        references::clear(&app, &caller, &usage, &sent.if_match(), clear).await
    };
    match done.await {
        Ok(previous) => Ok(with_undo(&app, &key, &previous)),
        Err(error) => refused(&request, &app, error, &back),
    }
}

/// Brings back what a reset took away.
pub async fn restore(
    request: HttpRequest,
    app: Data<App>,
    key: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let back = address(&key);
    let done = async {
        let (caller, usage) = writer(&request, &app, &key)?;
        let sent = Sent::read(&request, payload).await?;
        let fields = undone(&app, &key, sent.text("fields"), sent.text("signature"))
            .and_then(|text| serde_json::from_str::<Fields>(text).ok())
            .ok_or_else(|| ApiError::problem(Code::BadRequest, "This cannot be undone any more."))?;
        references::save(&app, &caller, &usage, &sent.if_match(), &fields).await
    };
    match done.await {
        Ok(()) => Ok(go(&back, "restored")),
        Err(error) => refused(&request, &app, error, &back),
    }
}

/// Returns the path of the page of a reference whose key stands in an address.
pub(super) fn address(key: &str) -> String {
    key.parse().map_or_else(|_| "/".to_owned(), |usage: UsageKey| reference_path(&usage))
}

/// Returns who changes which reference.
pub(super) fn writer(request: &HttpRequest, app: &App, key: &str) -> Result<(Caller, UsageKey), ApiError> {
    let caller = Caller::of(request, app)?;
    may_write(app, &caller)?;
    Ok((caller, usage(key)?))
}

/// Finds the reference that a page is about.
pub(super) async fn found(
    request: &HttpRequest,
    app: &App,
    key: &str,
) -> Result<(Caller, Referred), ApiError> {
    let caller = Caller::of(request, app)?;
    if app.site != Site::Studio {
        let detail = "References are looked after on the studio site.";
        return Err(ApiError::problem(Code::NotFound, detail));
    }
    let referred = Referred::find(app, &caller, &usage(key)?, Action::View).await?;
    Ok((caller, referred))
}

fn usage(key: &str) -> Result<UsageKey, ApiError> {
    key.parse().map_err(|e| ApiError::problem(Code::NotFound, format!("{e}")))
}

/// Returns whether a caller may change what a page shows.
pub(super) async fn may_edit(app: &App, caller: &Caller, referred: &Referred) -> Result<bool, ApiError> {
    let allowed = app.contexts.allowed(&referred.record, &caller.who, app.site, Action::Edit).await;
    allowed.map_err(context_error)
}

/// The way to a reference: its context and its unit, titles and addresses.
pub(super) struct Way([(String, String); 2]);

impl Way {
    /// Returns the way to a reference.
    pub(super) async fn to(app: &App, referred: &Referred) -> Result<Way, ApiError> {
        let unit = referred.unit();
        let names = Names::of(app, &referred.structure, &[unit]).await?;
        let record = &referred.record;
        let title = if record.title.is_empty() { record.key.as_str() } else { &record.title };
        let usage = &referred.structure.node(unit).usage;
        Ok(Way([
            (title.to_owned(), context_path(&record.key)),
            (names.get(unit).to_owned(), page_path(usage)),
        ]))
    }

    /// Returns it as links.
    pub(super) fn crumbs(&self) -> Vec<Crumb<'_>> {
        let home = Crumb { title: "Home", url: Some("/") };
        let links = self.0.iter().map(|(title, url)| Crumb { title, url: Some(url) });
        std::iter::once(home).chain(links).collect()
    }
}

async fn answer(request: &HttpRequest, app: &App, key: &str) -> Result<HttpResponse, ApiError> {
    let (caller, referred) = found(request, app, key).await?;
    let params = Params::of(request)?;
    let way = Way::to(app, &referred).await?;
    let plan = app.plans.plan(&referred.structure, referred.unit()).await.map_err(context_error)?;
    let view = author_view(app, &caller, &plan, &[]).await?;
    let missing = || ApiError::problem(Code::NotFound, "The unit does not show this reference.");
    let shown = view.references.iter().find(|r| *r.usage_key == referred.usage).ok_or_else(missing)?;
    let versions = referred.versions(app).await?;
    let standing = standing(&referred, &versions);
    let customizations = referred.customizations(app).await?;
    let path = reference_path(&referred.usage);
    let form = |action: &str| Form { action: format!("{path}/{action}"), etag: referred.etag() };
    let may_edit = may_edit(app, &caller, &referred).await?;
    let fields = undone(app, key, params.text("undo"), params.text("signature"));
    let update_url = format!("{path}/update");
    let others = shown.findings.iter().filter(|f| Some(*f) != shown.summary.as_ref());
    let remarks = shown.summary.iter().chain(others).filter(|finding| finding.code != UPDATE_AVAILABLE);
    let page = ReferencePage {
        title: &shown.display_name,
        breadcrumbs: way.crumbs(),
        notice: params.text("done").and_then(said),
        undo: fields.filter(|_| may_edit).map(|fields| Undo {
            form: form("restore"),
            fields: fields.to_owned(),
            signature: params.text("signature").unwrap_or_default().to_owned(),
        }),
        draws: in_words(shown),
        remarks: remarks.map(remark).collect(),
        standing: standing.sentence,
        update: standing.link.map(|title| Crumb { title, url: Some(&update_url) }),
        settings: settings(&referred, &versions),
        customized: customized(customizations, shown.pool.as_deref().unwrap_or_default()),
        pool: shown.pool.as_ref().map(|pool| pool.iter().map(pool_entry).collect()),
        reset: may_edit.then(|| form("reset")),
    };
    let page = pages(app).reference(&page, LANGUAGE, &nonce(app)).map_err(template_error)?;
    Ok(private(html_page(page)))
}

/// Leads back to the page of a reference, with the settings that a reset took away, if they are short enough for
/// an address. They are signed: nobody else can offer settings to authors in this way.
fn with_undo(app: &App, key: &str, previous: &Fields) -> HttpResponse {
    let back = address(key);
    let text = serde_json::to_string(previous).unwrap_or_default();
    if previous.is_empty() || text.len() > LONGEST_UNDO {
        return go(&back, "reset");
    }
    let undo = utf8_percent_encode(&text, NON_ALPHANUMERIC);
    let address = format!("{back}?done=reset&undo={undo}&signature={}", signature(app, key, &text));
    HttpResponse::SeeOther().insert_header((LOCATION, address)).finish()
}

/// Returns settings that came with an address or form, if they were made here for this reference.
fn undone<'t>(app: &App, key: &str, text: Option<&'t str>, signed: Option<&str>) -> Option<&'t str> {
    let (text, signed) = (text?, signed?);
    same(signature(app, key, text).as_bytes(), signed.as_bytes()).then_some(text)
}

fn signature(app: &App, key: &str, text: &str) -> String {
    keyed_id(&app.config.session_key, &format!("undo {key} {text}"))
}
