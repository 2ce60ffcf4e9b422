//! Every endpoint with a request that it grants, over a store in which everything those name is there.

use actix_web::http::Method;
use blockstore::Blockstore as _;
use learning_context::{AliasStore as _, ContextStore as _, Role};
use serde_json::{Value, json};

use crate::{
    app::{Answer, Ask, TestApp, Who},
    content::{COURSE, LIBRARY, P1, PRIVATE, block},
};

pub(crate) const API: &str = "/api/exedra/v1";
pub(crate) const PATHWAYS: &str = "/api/lx-pathways/v1/pathway";
/// A course with a bank of old.
pub(crate) const OLD: &str = "course-v1:Org1+Old+2020";

/// The child of the bank, under the id it was given when it was copied (unit-composition §9.1).
fn derived() -> String {
    use learning_context::legacy::{Era, derived_id};
    derived_id("library-v1:Org1+lib1+branch@library", "p1", "bank", Era::BytesLiteral)
}

/// Returns the block of the course with a bank.
pub(crate) fn old(block_type: &str, id: &str) -> String {
    format!("block-v1:Org1+Old+2020+type@{block_type}+block@{id}")
}

/// Who gets how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum May {
    /// Everybody who is let into the course: nobody is asked for anything but a public context.
    Learn,
    /// Those who see the content as authors do.
    View,
    /// Those who edit.
    Edit,
    /// Staff and those who create courses.
    Create,
}

/// A request that is granted to staff on the studio site.
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    /// The path as the OpenAPI document has it.
    pub(crate) template: &'static str,
    /// What stands in the places of the path, in order.
    pub(crate) keys: Vec<String>,
    pub(crate) query: &'static str,
    pub(crate) body: Option<Value>,
    pub(crate) may: May,
    /// Whether it is answered with 412 when `If-Match` names another state.
    pub(crate) matches: bool,
    pub(crate) status: u16,
}

impl Endpoint {
    fn new(method: Method, template: &'static str, keys: &[&str], may: May) -> Endpoint {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Endpoint { method, template, keys, query: "", body: None, may, matches: false, status: 200 }
    }

    fn get(template: &'static str, keys: &[&str], may: May) -> Endpoint {
        Endpoint::new(Method::GET, template, keys, may)
    }

    fn post(template: &'static str, keys: &[&str], body: Value) -> Endpoint {
        Endpoint { body: Some(body), ..Endpoint::new(Method::POST, template, keys, May::Edit) }
    }

    fn delete(template: &'static str, keys: &[&str]) -> Endpoint {
        Endpoint::new(Method::DELETE, template, keys, May::Edit)
    }

    fn matching(self) -> Endpoint {
        Endpoint { matches: true, ..self }
    }

    fn made(self, status: u16) -> Endpoint {
        Endpoint { status, ..self }
    }

    fn without_body(self) -> Endpoint {
        Endpoint { body: None, ..self }
    }

    fn asked(self, query: &'static str) -> Endpoint {
        Endpoint { query, ..self }
    }

    /// Returns whether it changes something of what authors made.
    pub(crate) fn writes(&self) -> bool {
        let of_learners = ["/redraw/", "/rescore/"];
        self.method != Method::GET && !of_learners.iter().any(|end| self.template.ends_with(end))
    }

    /// Returns the names of the places of the path.
    pub(crate) fn places(&self) -> Vec<&'static str> {
        self.template.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
    }

    /// Returns the path with these in its places, and the query.
    pub(crate) fn path_of(&self, keys: &[String]) -> String {
        let mut path = self.template.to_owned();
        for (place, key) in self.places().into_iter().zip(keys) {
            path = path.replacen(&format!("{{{place}}}"), key, 1);
        }
        path + self.query
    }

    pub(crate) fn path(&self) -> String {
        self.path_of(&self.keys)
    }

    /// Returns the request that is granted, but for its caller.
    pub(crate) fn ask<'a>(&self, app: &'a TestApp) -> Ask<'a> {
        let ask = app.studio(self.method.clone(), &self.path());
        match &self.body {
            Some(body) => ask.json(body),
            None => ask,
        }
    }

    /// Says which one it is.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }
}

/// Everything that can be asked of the interfaces for authors and for those who compose.
pub(crate) fn endpoints(pathway: &str) -> Vec<Endpoint> {
    use May::{Create, Edit, Learn, View};
    let (fixed, random) = (block("vertical", "fixed"), block("vertical", "random"));
    let (words, chosen, drawn) =
        (block("html", "words"), block("lib_ref", "chosen"), block("random_lib_ref", "drawn"));
    let (bank, child) = (old("library_content", "bank"), old("problem", &derived()));
    let course = "?context=course-v1%3AOrg1%2BC1%2B2026";
    let (get, post, delete) = (Endpoint::get, Endpoint::post, Endpoint::delete);
    let pathway_row = |method, template, keys, body: Option<Value>| Endpoint {
        body,
        ..Endpoint::new(method, template, keys, Edit)
    };
    let items = json!({"draft_data": {"items": [{"original_usage_id": P1, "id": "a"}]}});
    vec![
        get("/api/exedra/v1/contexts/", &[], Learn),
        get("/api/exedra/v1/contexts/{key}/blocks/", &[COURSE], Learn),
        get("/api/exedra/v1/contexts/{key}/links/", &[COURSE], View),
        get("/api/exedra/v1/contexts/{key}/versions/", &[COURSE], View),
        get("/api/exedra/v1/contexts/{key}/progress/", &[COURSE], Learn),
        get("/api/exedra/v1/aliases/{usage}/", &[&child], Learn),
        get("/api/exedra/v1/events/", &[], Edit).asked(course),
        get("/api/exedra/v1/units/{usage}/", &[&fixed], Learn),
        get("/api/exedra/v1/units/{usage}/view/{view}/", &[&fixed, "student_view"], Learn),
        get("/api/exedra/v1/units/{usage}/progress/", &[&fixed], Learn),
        get("/api/exedra/v1/blocks/{usage}/answers/", &[P1], Edit),
        post("/api/exedra/v1/units/{usage}/duplicate/", &[&fixed], json!({"display_name": "x"}))
            .made(201)
            .matching(),
        post("/api/exedra/v1/units/{usage}/children/", &[&fixed], json!({"copy": words, "index": 0}))
            .made(201)
            .matching(),
        post(
            "/api/exedra/v1/units/{usage}/references/",
            &[&random],
            json!({"block_type": "lib_ref", "id": "made", "fields": {"library_key": LIBRARY}}),
        )
        .made(201)
        .matching(),
        delete("/api/exedra/v1/blocks/{usage}/", &[&words]).made(204).matching(),
        post("/api/exedra/v1/blocks/{usage}/move/", &[&words], json!({"parent": random})).matching(),
        Endpoint {
            matches: true,
            ..post("/api/exedra/v1/contexts/{key}/publish/", &[LIBRARY], json!({"name": "n"}))
        },
        delete("/api/exedra/v1/contexts/{key}/draft/", &[LIBRARY]).made(204).matching(),
        Endpoint {
            may: Create,
            ..post(
                "/api/exedra/v1/contexts/{key}/rerun/",
                &[COURSE],
                json!({"key": "course-v1:Org1+C1+2027"}),
            )
            .made(201)
        },
        post("/api/exedra/v1/contexts/{key}/problem-markdown/", &[COURSE], json!({"markdown": "= 1"})),
        post("/api/exedra/v1/legacy/{usage}/sync/", &[&bank], json!({})).without_body().matching(),
        post("/api/exedra/v1/legacy/{usage}/convert/", &[&bank], json!({})).without_body().matching(),
        get("/api/exedra/v1/references/", &[], View).asked(course),
        get("/api/exedra/v1/references/summary/", &[], View).asked(course),
        post("/api/exedra/v1/references/update/", &[], json!({"to": "latest"})).asked(course),
        delete("/api/exedra/v1/references/update/", &[]).asked(course),
        get("/api/exedra/v1/references/{key}/", &[&chosen], View),
        Endpoint {
            method: Method::PATCH,
            ..post("/api/exedra/v1/references/{key}/", &[&chosen], json!({"fields": {"count": 1}})).matching()
        },
        delete("/api/exedra/v1/references/{key}/", &[&chosen]).made(204).matching(),
        get("/api/exedra/v1/references/{key}/update/", &[&chosen], View),
        post("/api/exedra/v1/references/{key}/update/", &[&chosen], json!({"to": 2})).matching(),
        delete("/api/exedra/v1/references/{key}/update/", &[&chosen]).matching(),
        get("/api/exedra/v1/references/{key}/update/preview/", &[&chosen], View),
        get("/api/exedra/v1/references/{key}/customizations/", &[&chosen], View),
        delete("/api/exedra/v1/references/{key}/customizations/", &[&chosen]).matching(),
        post("/api/exedra/v1/references/{key}/unlink/", &[&chosen], json!({})).without_body().matching(),
        get("/api/exedra/v1/references/{reference}/learners/", &[&drawn], Edit),
        post(
            "/api/exedra/v1/references/{reference}/learners/{learner}/redraw/",
            &[&drawn, "7"],
            json!({"reason": "x"}),
        ),
        post("/api/exedra/v1/blocks/{usage}/rescore/", &[P1], json!({"only_if_higher": true})),
        Endpoint {
            may: Create,
            ..pathway_row(Method::POST, "/api/lx-pathways/v1/pathway/", &[], Some(items.clone()))
        }
        .made(201),
        get("/api/lx-pathways/v1/pathway/{key}/", &[pathway], View),
        pathway_row(Method::PATCH, "/api/lx-pathways/v1/pathway/{key}/", &[pathway], Some(items)),
        pathway_row(Method::DELETE, "/api/lx-pathways/v1/pathway/{key}/", &[pathway], None).made(204),
        pathway_row(Method::POST, "/api/lx-pathways/v1/pathway/{key}/publish/", &[pathway], None),
        pathway_row(Method::DELETE, "/api/lx-pathways/v1/pathway/{key}/publish/", &[pathway], None),
    ]
}

/// Both sites with the content of [`crate::content`], a course with a bank of old, a pathway, and learner 7 at
/// work. User 5 has a role in none of them.
pub(crate) async fn surface() -> (TestApp, String) {
    let app = TestApp::new().await;
    let alias = "library-v1:Org1+lib1".parse().unwrap();
    app.shared.database.add_aliases(&LIBRARY.parse().unwrap(), &[alias]).await.unwrap();
    let bank = format!(
        "<course url_name=\"2020\" org=\"Org1\" course=\"Old\"><chapter url_name=\"c\"><sequential url_name=\"s\">\
         <vertical url_name=\"u\"><library_content url_name=\"bank\" max_count=\"1\" source_library_id=\"library-v1:Org1+lib1\">\
         <problem url_name=\"{}\"/></library_content></vertical></sequential></chapter></course>",
        derived()
    );
    app.context(OLD, false, &[("course.xml", &bank)]).await;
    let body = json!({"draft_data": {"title": "T", "items": []}});
    let made =
        app.studio(Method::POST, &format!("{PATHWAYS}/")).by(Who::Staff).json(&body).send().await.is(201);
    let pathway = made.json()["id"].as_str().unwrap().to_owned();
    app.studio(Method::POST, &format!("{PATHWAYS}/{pathway}/publish/")).by(Who::Staff).send().await.is(200);
    let change = json!({"draft_data": {"title": "Draft"}});
    app.studio(Method::PATCH, &format!("{PATHWAYS}/{pathway}/"))
        .by(Who::Staff)
        .json(&change)
        .send()
        .await
        .is(200);
    for unit in ["fixed", "random"] {
        app.get(&format!("{API}/units/{}/", block("vertical", unit)), Who::Learner(7)).await.is(200);
    }
    (app, pathway)
}

/// Gives user 5 a role in everything of [`surface`] but the private library.
pub(crate) async fn let_in(app: &TestApp, pathway: &str, role: Role) {
    for key in [COURSE, OLD, LIBRARY, pathway] {
        app.role(key, role).await;
    }
}

/// Returns everything that is stored but state of learners: contexts, drafts, versions, aliases and what was told.
pub(crate) async fn stored(app: &TestApp) -> Value {
    let db = &app.shared.database;
    let all = db.list_contexts(None, None, 100).await.unwrap();
    assert!(all.iter().any(|record| record.key.as_str() == PRIVATE));
    let mut told = Vec::new();
    for record in all {
        let key = record.key.to_string();
        let versions = db.versions(record.bundle).await.unwrap().len();
        told.push(json!([key, record.title, versions, app.draft(&key).await]));
    }
    let aliases = db.other_keys(&old("problem", &derived()).parse().unwrap()).await.unwrap();
    json!([told, aliases, app.events().await.len()])
}

/// Asserts an answer of an interface for programs: JSON, and when it is an error of ours, a problem with a code.
#[track_caller]
pub(crate) fn well_formed(answer: &Answer, what: &str) {
    assert!(answer.status < 500, "{what}: {} {}", answer.status, answer.text());
    if answer.status == 204 {
        return assert!(answer.body.is_empty(), "{what}");
    }
    let media_type = answer.header("content-type");
    assert!(media_type.contains("json"), "{what}: {media_type}");
    let json = answer.json();
    if media_type == "application/problem+json" {
        assert_eq!(json["status"], answer.status, "{what}");
        assert!(json["code"].as_str().is_some_and(|code| !code.is_empty()), "{what}: {json}");
        assert!(json["detail"].is_string() && json["title"].is_string(), "{what}: {json}");
    } else if answer.status >= 400 {
        assert!(json["detail"].is_string(), "{what}: {json}");
    }
}
