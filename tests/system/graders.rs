//! Answers go to a queue of external graders and come back judged (capa §6.12, §12 "score_update").

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{
    App as ActixApp, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::Method,
    rt,
    web::{self, Bytes, Data},
};
use serde_json::{Value, json};
use server::config::XQueueConfig;
use tokio::sync::Notify;

use crate::app::{Answer, BLOCKS, TestApp, Who, count, text};

const USAGE: &str = "lb:Org1:code:problem:p";
const LIBRARY: &str = "lib:Org1:code";
const CODE: &str = "<problem><coderesponse queuename=\"q1\"><label>Sort</label><textbox/><codeparam>\
    <grader_payload>{\"tests\": 3}</grader_payload></codeparam></coderesponse></problem>";
const FILES: &str = "<problem><coderesponse><filesubmission/><codeparam/></coderesponse></problem>";

/// How the queue answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    /// It takes submissions.
    Takes,
    /// It takes none of those that are not signed in, and forgets sessions at once.
    Forgets,
    /// It lets nobody in.
    LetsNobodyIn,
    /// It does not know the queue.
    Refuses,
    /// It fails.
    Fails,
    /// It leads elsewhere.
    LeadsAway,
    /// It says something else.
    Babbles,
    /// It answers when it is told to.
    Hesitates,
}

/// What the queue heard.
#[derive(Default)]
struct Heard {
    logins: Vec<String>,
    submissions: Vec<Submission>,
    elsewhere: usize,
}

#[derive(Clone)]
struct Submission {
    cookie: String,
    body: String,
}

impl Submission {
    /// Returns a field of the multipart body.
    fn field(&self, name: &str) -> Value {
        let start = format!("name=\"{name}\"\r\n\r\n");
        let (_, rest) = self.body.split_once(&start).unwrap_or_else(|| panic!("{name} in {}", self.body));
        serde_json::from_str(rest.split_once("\r\n--").unwrap().0).unwrap()
    }

    fn key(&self) -> String {
        self.field("xqueue_header")["lms_key"].as_str().unwrap().to_owned()
    }

    /// Returns the path that the reply goes to.
    fn callback(&self) -> String {
        let header = self.field("xqueue_header");
        let url = header["lms_callback_url"].as_str().unwrap();
        url.strip_prefix("http://graders-see.test").unwrap().to_owned()
    }
}

/// A queue on a port of this machine.
struct Queue {
    mood: Mutex<Mood>,
    heard: Mutex<Heard>,
    go_on: Notify,
    asked: Notify,
}

impl Queue {
    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn last(&self) -> Submission {
        self.heard.lock().unwrap().submissions.last().unwrap().clone()
    }
}

async fn login(queue: Data<Arc<Queue>>, body: String) -> HttpResponse {
    queue.heard.lock().unwrap().logins.push(body);
    if *queue.mood.lock().unwrap() == Mood::LetsNobodyIn {
        return HttpResponse::Ok().json(json!({"return_code": 1, "content": "Incorrect login credentials"}));
    }
    let session = queue.heard.lock().unwrap().logins.len();
    HttpResponse::Ok()
        .insert_header(("Set-Cookie", format!("sessionid=s{session}; HttpOnly; Path=/")))
        .json(json!({"return_code": 0, "content": "Logged in"}))
}

async fn submit(request: HttpRequest, queue: Data<Arc<Queue>>, body: Bytes) -> HttpResponse {
    let mood = *queue.mood.lock().unwrap();
    let cookie = request.headers().get("Cookie").map_or("", |value| value.to_str().unwrap()).to_owned();
    let newest = {
        let mut heard = queue.heard.lock().unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        heard.submissions.push(Submission { cookie: cookie.clone(), body });
        format!("sessionid=s{}", heard.logins.len())
    };
    queue.asked.notify_one();
    match mood {
        Mood::Forgets if cookie == newest => queue.set(Mood::Takes),
        Mood::Forgets => {}
        Mood::Refuses => {
            return HttpResponse::Ok().json(json!({"return_code": 1, "content": "Queue '<q1>' not found"}));
        }
        Mood::Fails => return HttpResponse::InternalServerError().body("no"),
        Mood::LeadsAway => {
            return HttpResponse::TemporaryRedirect().insert_header(("Location", "/elsewhere")).finish();
        }
        Mood::Babbles => return HttpResponse::Ok().body("<html>"),
        Mood::Hesitates => queue.go_on.notified().await,
        Mood::Takes | Mood::LetsNobodyIn => {}
    }
    match cookie == newest {
        true => HttpResponse::Ok().json(json!({"return_code": 0, "content": "7"})),
        false => HttpResponse::Ok().json(json!({"return_code": 1, "content": "login_required"})),
    }
}

/// Both sites with a problem of each kind, and the queue they submit to.
struct Setting {
    app: TestApp,
    queue: Arc<Queue>,
    server: ServerHandle,
}

impl Setting {
    async fn new() -> Setting {
        // Longer than any test waits.
        Setting::patient_for(Duration::from_secs(60)).await
    }

    async fn patient_for(patience: Duration) -> Setting {
        let queue = Arc::new(Queue {
            mood: Mutex::new(Mood::Takes),
            heard: Mutex::default(),
            go_on: Notify::new(),
            asked: Notify::new(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let data = Data::new(Arc::clone(&queue));
        let server = HttpServer::new(move || {
            ActixApp::new()
                .app_data(data.clone())
                .app_data(web::PayloadConfig::new(16 << 20))
                .route("/xqueue/login/", web::post().to(login))
                .route("/xqueue/submit/", web::post().to(submit))
                .default_service(web::to(|queue: Data<Arc<Queue>>| async move {
                    queue.heard.lock().unwrap().elsewhere += 1;
                    HttpResponse::NotFound().finish()
                }))
        });
        let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
        let handle = server.handle();
        rt::spawn(server);
        let app = TestApp::with_queue(XQueueConfig {
            url,
            account: Some(("lms".to_owned(), "p&ss".to_owned())),
            callback_root: "http://graders-see.test".to_owned(),
            wait_seconds: 5,
            patience,
        })
        .await;
        let choice = crate::content::choice("");
        let files = [
            ("problem/p/definition.xml", CODE),
            ("problem/f/definition.xml", FILES),
            ("problem/c/definition.xml", &choice),
        ];
        app.context(LIBRARY, true, &files).await;
        Setting { app, queue, server: handle }
    }

    async fn submit(&self, program: &str) -> Answer {
        let path = self.app.handler(USAGE, "7", "xmodule_handler/problem_check");
        self.app.learn(Method::POST, &path).form(&[(&format!("input_{USAGE}_2_1"), program)]).send().await
    }

    async fn reply(&self, path: &str, key: &str, body: &Value) -> Answer {
        let header = json!({"lms_callback_url": "x", "lms_key": key, "queue_name": "q1"}).to_string();
        let form = [("xqueue_header", header.as_str()), ("xqueue_body", &body.to_string())];
        self.app.learn(Method::POST, path).form(&form).send().await
    }

    async fn message(&self) -> String {
        let path = self.app.handler(USAGE, "7", "xmodule_handler/problem_get");
        let answer = self.app.learn(Method::POST, &path).send().await.is(200);
        text(&answer.html(), ".external-grader-message")
    }

    async fn stop(self) {
        self.server.stop(false).await;
    }
}

#[actix_web::test]
async fn an_answer_is_submitted_judged_and_scored_once() {
    let setting = Setting::new().await;
    let app = &setting.app;
    let answer = setting.submit("print('é')").await.is(200);
    assert_eq!(answer.json()["success"], "incorrect");
    assert_eq!(count(&answer.html(), "span.xqueue"), 1);
    assert_eq!(text(&answer.html(), "span.xqueue"), "7");
    assert_eq!(setting.queue.heard.lock().unwrap().logins, ["username=lms&password=p%26ss"]);
    let sent = setting.queue.last();
    let header = sent.field("xqueue_header");
    assert_eq!((sent.cookie.as_str(), &header["queue_name"]), ("sessionid=s1", &json!("q1")));
    assert_eq!((sent.key().len(), header.as_object().unwrap().len()), (32, 3));
    let body = sent.field("xqueue_body");
    assert_eq!(
        (&body["student_response"], &body["grader_payload"]),
        (&json!("print('é')"), &json!("{\"tests\": 3}"))
    );
    let student: Value = serde_json::from_str(body["student_info"].as_str().unwrap()).unwrap();
    assert_eq!((&student["submission_time"], &student["random_seed"]), (&json!("20250101000000"), &json!(1)));
    assert_eq!(student["anonymous_student_id"], app.shared.anonymous_id("7"));
    assert!(!answer.text().contains(&sent.key()), "who has the key can reply");

    // Ten days later the handler token of the page would have expired.
    app.wait(10 * 24 * 3600);
    let fine = json!({"correct": true, "score": 1, "msg": "<p>Well done</p><script>x</script>"});
    let (path, key) = (sent.callback(), sent.key());
    let unknown = setting.reply(&path, &"0".repeat(32), &fine).await.is(200).json();
    assert_eq!(unknown, json!({"success": false, "msg": "No answer waits for this reply."}));
    assert_eq!(app.state("7", &[USAGE]).await.blocks[&USAGE.parse().unwrap()].score, Some((0.0, 1.0)));
    setting.reply(&path, &key, &fine).await.says(200, &json!({"success": true}));
    let row = app.state("7", &[USAGE]).await.blocks[&USAGE.parse().unwrap()].clone();
    assert_eq!((row.score, &row.fields["attempts"]), (Some((1.0, 1.0)), &json!(1)));
    assert_eq!(setting.message().await, "Well done");
    let worse = json!({"correct": false, "score": 0, "msg": "no"});
    assert_eq!(setting.reply(&path, &key, &worse).await.is(200).json()["success"], false);
    assert_eq!(app.state("7", &[USAGE]).await.blocks[&USAGE.parse().unwrap()].score, Some((1.0, 1.0)));

    // The session is used again.
    app.wait(5);
    setting.submit("x").await.is(200);
    assert_eq!(setting.queue.heard.lock().unwrap().logins.len(), 1);
    setting.stop().await;
}

#[actix_web::test]
async fn addresses_for_replies_are_good_for_one_learner_and_block() {
    let setting = Setting::new().await;
    setting.submit("x").await.is(200);
    let (path, key) = (setting.queue.last().callback(), setting.queue.last().key());
    let fine = json!({"correct": true, "score": 1, "msg": "m"});
    let flipped = path.replace("/7-", "/7-0");
    for (path, status) in [
        (path.replace("/7-", "/8-"), 403),
        (path.replace("problem:p", "problem:c"), 403),
        (flipped, 403),
        (path.replace("7-", "7"), 404),
        (path.replace("score_update", "problem_check"), 404),
        (path.replace("lb:", "no:"), 404),
    ] {
        let answer = setting.reply(&path, &key, &fine).await;
        assert_eq!(answer.status, status, "{path}");
        answer.refused(&path);
    }
    for form in [vec![], vec![("xqueue_header", "{}")], vec![("xqueue_header", "{\"lms_key\": \"k\"}")]] {
        let answer = setting.app.learn(Method::POST, &path).form(&form).send().await;
        answer.problem(400, "bad_request");
    }
    let studio = setting.app.studio(Method::POST, &path).form(&[]).send().await;
    studio.problem(404, "not_found");
    assert_eq!(setting.app.get(&path, Who::Learner(7)).await.status, 405);
    assert_eq!(setting.reply(&path, &key, &fine).await.is(200).json()["success"], true);
    setting.stop().await;
}

#[actix_web::test]
async fn a_queue_that_takes_nothing_is_said_to_and_the_answer_kept() {
    let setting = Setting::new().await;
    let said = |reason: &str| {
        format!("Unable to deliver your submission to grader (Reason: {reason}). Please try again later.")
    };
    for (mood, reason) in [
        (Mood::Refuses, "Queue '<q1>' not found"),
        (Mood::Fails, "unexpected HTTP status code [500]"),
        (Mood::LeadsAway, "unexpected HTTP status code [307]"),
        (Mood::Babbles, "unexpected reply from server"),
    ] {
        setting.queue.set(mood);
        setting.submit("x = 1").await.is(200);
        assert_eq!(setting.message().await, said(reason), "{mood:?}");
    }
    assert_eq!(setting.queue.heard.lock().unwrap().elsewhere, 0, "redirects are not followed");
    let state = setting.app.state("7", &[USAGE]).await;
    let row = &state.blocks[&USAGE.parse().unwrap()];
    assert_eq!(row.fields["student_answers"][format!("{USAGE}_2_1")], "x = 1");
    assert_eq!(row.fields["correct_map"][format!("{USAGE}_2_1")]["queuestate"], Value::Null);

    // A session that ended is opened again; one that cannot be is said to.
    setting.queue.set(Mood::Forgets);
    setting.queue.heard.lock().unwrap().logins.push("another server's".to_owned());
    setting.submit("x = 1").await.is(200);
    assert!(setting.message().await.starts_with("Your answer has been submitted."));
    setting.app.wait(5);
    setting.queue.set(Mood::LetsNobodyIn);
    setting.queue.heard.lock().unwrap().logins.push("another server's".to_owned());
    setting.submit("x = 1").await.is(200);
    assert_eq!(setting.message().await, said("this server may not use the grader"));

    let Setting { app, queue, server } = setting;
    server.stop(true).await;
    let setting = Setting { app, queue, server };
    setting.submit("x = 1").await.is(200);
    assert_eq!(setting.message().await, said("cannot connect to server"));
}

#[actix_web::test]
async fn a_slow_queue_holds_up_nobody_else_and_not_for_ever() {
    let setting = Setting::new().await;
    setting.queue.set(Mood::Hesitates);
    let submitted = setting.submit("x = 1");
    let others = async {
        setting.queue.asked.notified().await;
        let page = setting.app.get(&format!("{BLOCKS}{USAGE}/view/student_view/"), Who::Learner(7)).await;
        assert_eq!(count(&page.is(200).html(), ".xqueue"), 0, "nothing is kept yet");
        let (usage, form) = ("lb:Org1:code:problem:c", "choice_1");
        let path = setting.app.handler(usage, "7", "xmodule_handler/problem_check");
        let choice = setting.app.learn(Method::POST, &path).form(&[(&format!("input_{usage}_2_1"), form)]);
        assert_eq!(choice.send().await.is(200).json()["success"], "correct");
        // Only now the queue goes on.
        setting.queue.go_on.notify_one();
    };
    let (answer, ()) = futures_util::future::join(submitted, others).await;
    assert_eq!(count(&answer.is(200).html(), ".xqueue"), 1);
    setting.stop().await;

    let setting = Setting::patient_for(Duration::from_millis(200)).await;
    setting.queue.set(Mood::Hesitates);
    setting.submit("x = 1").await.is(200);
    assert!(setting.message().await.contains("(Reason: the grader did not answer in time)"));
    setting.queue.go_on.notify_one();
    setting.stop().await;
}

#[actix_web::test]
async fn a_submission_during_another_one_loses_nothing() {
    let setting = Setting::new().await;
    setting.queue.set(Mood::Hesitates);
    let first = setting.submit("x = 1");
    let second = async {
        setting.queue.asked.notified().await;
        setting.queue.set(Mood::Takes);
        let answer = setting.submit("x = 2").await;
        setting.queue.go_on.notify_one();
        answer
    };
    let (first, second) = futures_util::future::join(first, second).await;
    assert_eq!(count(&second.is(200).html(), ".xqueue"), 1);
    let wait = "You must wait at least 5 seconds between submissions.";
    assert_eq!(first.is(200).json()["success"], wait, "the other one was kept first");
    let state = setting.app.state("7", &[USAGE]).await;
    let row = &state.blocks[&USAGE.parse().unwrap()];
    assert_eq!(row.fields["attempts"], 1);
    assert_eq!(row.fields["student_answers"][format!("{USAGE}_2_1")], "x = 2");
    let heard = setting.queue.heard.lock().unwrap().submissions.len();
    assert_eq!(heard, 2, "each was sent once");
    setting.stop().await;
}

#[actix_web::test]
async fn files_go_to_the_queue_beside_the_body() {
    let setting = Setting::new().await;
    let usage = "lb:Org1:code:problem:f";
    let path = setting.app.handler(usage, "7", "xmodule_handler/problem_check");
    let part = |name: &str, content: &str| {
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"input_{usage}_2_1\"; filename=\"{name}\"\r\n\r\n{content}\r\n"
        )
    };
    let body = [part("../a.py", "print(1)"), part("b.txt", "é"), "--b--\r\n".to_owned()].concat();
    let send = |body: String| {
        setting.app.learn(Method::POST, &path).body("multipart/form-data; boundary=b", body).send()
    };
    let answer = send(body).await.is(200);
    assert_eq!(count(&answer.html(), ".xqueue"), 1);
    let sent = setting.queue.last();
    assert_eq!(sent.field("xqueue_header")["queue_name"], "Org1-code");
    assert_eq!(sent.field("xqueue_body")["student_response"], "");
    for file in
        ["name=\"a.py\"; filename=\"a.py\"", "\r\n\r\nprint(1)\r\n", "filename=\"b.txt\"", "\r\n\r\né\r\n"]
    {
        assert!(sent.body.contains(file), "{file} in {}", sent.body);
    }
    let state = setting.app.state("7", &[usage]).await;
    let row = &state.blocks[&usage.parse().unwrap()];
    assert_eq!(row.fields["student_answers"][format!("{usage}_2_1")], json!(["a.py", "b.txt"]));

    let none = send([part("", ""), "--b--\r\n".to_owned()].concat()).await.is(200);
    assert_eq!(none.json()["success"], "You must wait at least 5 seconds between submissions.");
    setting.app.wait(5);
    let none = send([part("", ""), "--b--\r\n".to_owned()].concat()).await.is(200);
    assert_eq!(none.json()["success"], "You did not select any files to submit.");
    let large = send([part("a", &"x".repeat((4 << 20) + 1)), "--b--\r\n".to_owned()].concat()).await.is(413);
    assert_eq!(large.json()["success"], "Your file a is too large (max size: 4 MB).");
    setting.stop().await;
}

#[actix_web::test]
async fn previews_and_other_problems_never_ask_the_queue() {
    let setting = Setting::new().await;
    let path = setting.app.handler(USAGE, "1", "xmodule_handler/problem_check");
    let input = format!("input_{USAGE}_2_1");
    let preview = setting.app.studio(Method::POST, &path).form(&[(&input, "x")]).send().await.is(200);
    assert_eq!(
        text(&preview.html(), ".external-grader-message"),
        "Error: No grader has been set up for this problem."
    );

    let plain = TestApp::new().await;
    plain.context(LIBRARY, true, &[("problem/c/definition.xml", &crate::content::choice(""))]).await;
    let usage = "lb:Org1:code:problem:c";
    let mut counted = Vec::new();
    for app in [&setting.app, &plain] {
        let path = app.handler(usage, "7", "xmodule_handler/problem_check");
        let ask = app.learn(Method::POST, &path).form(&[(&format!("input_{usage}_2_1"), "choice_1")]);
        let (statements, answer) = app.counted(ask).await;
        assert_eq!(answer.is(200).json()["success"], "correct");
        counted.push(statements);
    }
    assert_eq!(counted[0], counted[1], "a queue costs problems that do not use it nothing");
    let asked = {
        let heard = setting.queue.heard.lock().unwrap();
        heard.submissions.len() + heard.logins.len()
    };
    assert_eq!(asked, 0);
    setting.stop().await;
}
