//! The pages on which authors look after references and publish, with nothing but links and plain forms.

use actix_web::http::Method;
use blockstore::{Blockstore as _, BundleId};
use learning_context::{ContextStore as _, Role};
use scraper::Html;

use crate::{
    app::{Answer, TestApp, Who, attributes, count, text},
    content::{COURSE, LIBRARY, block, choice},
};

const AUTHOR: Who = Who::Author;

fn at(id: &str) -> String {
    let tag = if id == "drawn" { "random_lib_ref" } else { "lib_ref" };
    format!("/references/{}", block(tag, id))
}

/// An author of the course who may read the library.
async fn authored() -> TestApp {
    let app = TestApp::new().await;
    app.role(COURSE, Role::Author).await;
    app.role(LIBRARY, Role::Read).await;
    app
}

async fn bundle(app: &TestApp, key: &str) -> BundleId {
    let found = app.shared.database.contexts(&[key.parse().unwrap()]).await.unwrap();
    found.into_iter().next().unwrap().1.bundle
}

async fn open(app: &TestApp, path: &str) -> Html {
    app.get_studio(path, AUTHOR).await.is(200).html()
}

/// Sends the form that a selector finds, as it stands on the page, with more fields.
async fn send(app: &TestApp, page: &Html, form: &str, more: &[(&str, &str)]) -> Answer {
    let action = attributes(page, form, "action").into_iter().next().unwrap_or_else(|| panic!("no {form}"));
    let inputs = format!("{form} input[type=hidden]");
    let names = attributes(page, &inputs, "name");
    let values = attributes(page, &inputs, "value");
    let mut fields: Vec<(&str, &str)> =
        names.iter().zip(&values).map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend(more);
    let ask = app.studio(Method::POST, &action).by(AUTHOR).header("Accept", "text/html");
    ask.form(&fields).send().await
}

/// Follows the redirect of a form that did what it was for.
async fn follow(app: &TestApp, answer: Answer) -> Html {
    let to = answer.is(303).header("location").to_owned();
    open(app, &to).await
}

#[actix_web::test]
async fn an_update_is_looked_at_taken_and_published_with_plain_forms() {
    let app = authored().await;
    let unit = open(&app, &format!("/units/{}", block("vertical", "fixed"))).await;
    assert_eq!(text(&unit, ".reference-update"), "Version 2 is there. See what changes");
    let path = attributes(&unit, ".reference-update a", "href").remove(0);
    assert_eq!(path, format!("{}/update", at("chosen")));

    let page = open(&app, &path).await;
    assert_eq!(text(&page, ".page-summary"), "From version 1 to version 2: 1 block changed.");
    assert_eq!(text(&page, ".text-pieces:not(.is-source) del").trim(), "Old");
    assert_eq!(text(&page, ".text-pieces:not(.is-source) ins").trim(), "Hello");
    let frames = attributes(&page, "iframe", "src");
    assert_eq!(frames.len(), 2);
    for frame in &frames {
        app.get_studio(frame, AUTHOR).await.is(200);
    }
    let done = follow(&app, send(&app, &page, ".decide form[action$='/update']", &[]).await).await;
    assert!(text(&done, "[role=status]").starts_with("Updated in the draft."));
    assert!(text(&done, "section p").starts_with("The course shows version 2, the newest."));

    let course = open(&app, &format!("/contexts/{COURSE}")).await;
    assert_eq!(count(&course, ".publish"), 1);
    assert_eq!(text(&course, ".reference-update strong"), "1 reference has an update");
    let named = [("name", "After the update"), ("comment", "")];
    let published = follow(&app, send(&app, &course, ".publish form", &named).await).await;
    assert_eq!(text(&published, "[role=status]"), "Published. Learners see it from now on.");
    assert_eq!(count(&published, ".publish"), 0);
    assert!(text(&published, ".versions li").starts_with("Version 2 “After the update”"));
}

#[actix_web::test]
async fn a_customisation_is_reset_and_the_reset_undone() {
    let app = authored().await;
    let page = open(&app, &at("chosen")).await;
    assert_eq!(text(&page, ".customized h3"), "Renamed");
    let reset = "form[action$='/reset']:has([name=field][value=display_name])";
    let done = follow(&app, send(&app, &page, reset, &[]).await).await;
    assert_eq!(count(&done, "[name=field][value=display_name]"), 0);
    assert_eq!(count(&done, "[name=field][value=max_attempts]"), 1, "the others stay");
    let undone = follow(&app, send(&app, &done, "form[action$='/restore']", &[]).await).await;
    assert_eq!(text(&undone, "[role=status]"), "It is as it was before.");
    assert_eq!(text(&undone, ".customized h3"), "Renamed");
    let bare = follow(&app, send(&app, &undone, "form:has([name=everything])", &[]).await).await;
    assert_eq!(count(&bare, ".customized"), 0);
}

#[actix_web::test]
async fn settings_that_were_not_made_here_are_not_offered_nor_taken() {
    let app = authored().await;
    let forged = format!("{}?done=reset&undo=%7B%22count%22%3A1%7D&signature=00", at("chosen"));
    let page = open(&app, &forged).await;
    assert_eq!(count(&page, "form[action$='/restore']"), 0);
    let etag = attributes(&page, "[name=etag]", "value").remove(0);
    let fields = [("etag", &*etag), ("fields", "{\"count\":1}"), ("signature", "00")];
    let sent = app.studio(Method::POST, &format!("{}/restore", at("chosen"))).by(AUTHOR).form(&fields);
    sent.send().await.is(400);
}

#[actix_web::test]
async fn blocks_that_learners_have_go_only_when_that_is_confirmed() {
    let app = authored().await;
    let library = bundle(&app, LIBRARY).await;
    let learner = Who::Learner(7);
    let page = app.get(&format!("/units/{}", block("vertical", "fixed")), learner).await.is(200).html();
    let key = attributes(&page, "[data-usage^='lb-ref:lib1:problem']", "data-usage").remove(0);
    let name = attributes(&page, &format!("[data-usage='{key}'] input[type=radio]"), "name").remove(0);
    let check = app.handler(&key, "7", "xmodule_handler/problem_check");
    app.learn(Method::POST, &check).form(&[(&name, "choice_1")]).send().await.is(200);
    let gone = vec![blockstore::Change::Delete("problem/p1/definition.xml".parse().unwrap())];
    let draft = blockstore::DraftName::studio();
    app.shared.database.write_draft(library, &draft, gone, None).await.unwrap();
    app.publish(library).await;
    app.wait(10);

    let page = open(&app, &format!("{}/update", at("chosen"))).await;
    let removed = text(&page, "section[aria-labelledby=removed] p");
    assert_eq!(removed, "1 learner has it now. What they did is kept.");
    let form = ".decide form[action$='/update']";
    let refused = send(&app, &page, form, &[]).await.is(409);
    assert!(refused.text().contains("tick the box"), "{}", refused.text());
    assert!(attributes(&refused.html(), "main a", "href")[0].ends_with("/update?to=3"));
    let done = follow(&app, send(&app, &page, form, &[("confirm_removed", "1")]).await).await;
    assert!(text(&done, "[role=status]").starts_with("Updated"));
}

#[actix_web::test]
async fn a_form_for_another_state_is_refused_in_words() {
    let app = authored().await;
    let page = open(&app, &format!("{}/update", at("drawn"))).await;
    follow(&app, send(&app, &page, "form[action$='/decline']", &[]).await).await;
    let stale = send(&app, &page, ".decide form[action$='/update']", &[]).await.is(412);
    assert!(stale.text().contains("Somebody changed it while you were looking"), "{}", stale.text());
    let declined = open(&app, &at("drawn")).await;
    assert!(text(&declined, "section p").contains("You declined version 2"));
    // A form that names no state is for none.
    let path = format!("{}/decline", at("drawn"));
    app.studio(Method::POST, &path).by(AUTHOR).form(&[]).send().await.is(412);
    let publish = format!("/contexts/{COURSE}/publish");
    app.studio(Method::POST, &publish).by(AUTHOR).form(&[("name", "x")]).send().await.is(412);
}

#[actix_web::test]
async fn an_older_version_is_compared_and_gone_back_to() {
    let app = authored().await;
    let path = format!("{}/update", at("chosen"));
    let page = open(&app, &path).await;
    follow(&app, send(&app, &page, ".decide form[action$='/update']", &[]).await).await;
    let page = open(&app, &format!("{path}?to=1")).await;
    assert_eq!(text(&page, "h1"), "What going back would change");
    assert_eq!(count(&page, "form[action$='/decline']"), 0);
    let back = follow(&app, send(&app, &page, ".decide form", &[]).await).await;
    assert!(text(&back, "section p").starts_with("The course shows version 1."));
    let missing = app.studio(Method::GET, &format!("{path}?to=99")).by(AUTHOR).send().await.is(422);
    assert!(missing.text().contains("does not have version 99"), "{}", missing.text());
}

#[actix_web::test]
async fn all_updates_are_taken_at_once() {
    let app = authored().await;
    let course = open(&app, &format!("/contexts/{COURSE}")).await;
    assert_eq!(text(&course, ".reference-update strong"), "2 references have updates");
    let done = follow(&app, send(&app, &course, ".reference-update form", &[]).await).await;
    assert!(text(&done, "[role=status]").starts_with("All are updated in the draft."));
    assert_eq!((count(&done, ".reference-update"), count(&done, ".publish")), (0, 1));
    for id in ["chosen", "drawn"] {
        let reference = open(&app, &at(id)).await;
        assert!(text(&reference, "section p").starts_with("The course shows version 2, the newest."));
    }
    let path = format!("/contexts/{COURSE}/update");
    app.studio(Method::POST, &path).by(Who::Learner(7)).send().await.is(403);
    app.learn(Method::POST, &path).by(AUTHOR).send().await.is(403);
}

#[actix_web::test]
async fn the_pages_are_for_authors_on_the_studio_site() {
    let app = authored().await;
    for path in [at("chosen"), format!("{}/update", at("chosen"))] {
        app.get(&path, AUTHOR).await.is(404);
        app.get_studio(&path, Who::Nobody).await.is(401);
        app.get_studio(&path, Who::Learner(7)).await.is(403);
        app.get_studio(&path.replace("chosen", "none"), AUTHOR).await.is(404);
    }
    let form = [("to", "2"), ("everything", "1"), ("etag", "x")];
    for action in ["update", "decline", "reset"] {
        let path = format!("{}/{action}", at("chosen"));
        for (who, status) in [(Who::Nobody, 401), (Who::Learner(7), 403)] {
            app.studio(Method::POST, &path).by(who).form(&form).send().await.is(status);
        }
        app.learn(Method::POST, &path).by(AUTHOR).form(&form).send().await.is(403);
    }
    // Who may look and not change finds no forms.
    app.role(COURSE, Role::Read).await;
    let page = open(&app, &at("chosen")).await;
    assert_eq!(count(&page, "form"), 0);
    let page = open(&app, &format!("{}/update", at("chosen"))).await;
    assert_eq!(count(&page, "form"), 0);
    let learners = app.get(&format!("/contexts/{COURSE}"), Who::Learner(7)).await.is(200).html();
    assert_eq!(count(&learners, ".reference-update, .publish, .versions"), 0);
}

#[actix_web::test]
async fn a_form_of_another_site_does_nothing() {
    let app = authored().await;
    let token = app.jwt(&AUTHOR.claims());
    let login = app.studio(Method::GET, &format!("/login?token={token}")).send().await;
    let session = login.cookie("exedra_studio_session").unwrap();
    let path = format!("{}/decline", at("chosen"));
    let ask = app.studio(Method::POST, &path).cookie(&session).header("Origin", "https://evil.example");
    ask.form(&[("etag", "x")]).send().await.is(403);
}

#[actix_web::test]
async fn the_page_of_an_update_asks_the_store_as_often_for_one_change_as_for_many() {
    let app = authored().await;
    let library = bundle(&app, LIBRARY).await;
    let update = format!("{}/update", at("drawn"));
    let counted = async || {
        open(&app, &update).await;
        let (statements, answer) = app.counted(app.studio(Method::GET, &update).by(AUTHOR)).await;
        (statements, count(&answer.is(200).html(), "section[aria-labelledby=changed] article"))
    };
    let publish = async |names: &[&str]| {
        let text = choice("display_name=\"New\" weight=\"3\"").replace("Pick", "Choose");
        let files: Vec<String> = names.iter().map(|name| format!("problem/{name}/definition.xml")).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|path| (&**path, &*text)).collect();
        app.write(library, &files).await;
        app.publish(library).await;
        app.wait(10);
    };
    publish(&["p1"]).await;
    let (one, changed) = counted().await;
    assert_eq!(changed, 1);
    publish(&["p2", "p3", "p4"]).await;
    let (many, changed) = counted().await;
    assert_eq!(changed, 4);
    assert_eq!(one, many);
}
