//! Both sites on a fresh store, with a clock that stands still and requests that are easy to write.

use std::{
    future::Future,
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use actix_web::{
    App as ActixApp,
    body::to_bytes,
    cookie::Cookie,
    http::{Method, header::HeaderMap},
    middleware, test,
};
use blockstore::{At, BlobStore, Blockstore, BundleId, Change, Commit, DraftName, FolderBlobs, NewBundle};
use bytes::Bytes;
use learner::{Event, Gather, LearnerId, LearnerStore, StateSet};
use learning_context::{ContextKind, ContextStore, NewContext, Role};
use opaque_keys::LearningContextKey;
use scraper::{Html, Selector};
use serde_json::Value;
use server::{
    app::{App, Shared},
    clock::Clock,
    config::{Config, Settings, XQueueConfig},
    http,
    token::{Claims, sign_jwt},
};
use tempfile::TempDir;
use time::OffsetDateTime;
use uuid::Uuid;
use xblock::Site;

/// The moment the recorded handler tokens of the contract were made at (xblock-rest-api §2.4).
pub(crate) const NOW: i64 = 1_735_689_600;
/// Roots of the sites as browsers see them.
pub(crate) const LEARN: &str = "http://learn.test";
pub(crate) const STUDIO: &str = "http://studio.test";
/// Where every block is, in the REST interface.
pub(crate) const BLOCKS: &str = "/api/xblock/v2/xblocks/";

/// A clock that stands still, and bytes that are never the same twice.
pub(crate) struct TestClock {
    seconds: AtomicI64,
    drawn: AtomicU64,
}

impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.seconds.load(Ordering::Relaxed)).unwrap()
    }

    fn random(&self, buffer: &mut [u8]) {
        let mut number = self.drawn.fetch_add(1, Ordering::Relaxed);
        for byte in buffer {
            // Split-mix, so that bytes look like random ones.
            number = number.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
            *byte = (number >> 56) as u8;
        }
    }
}

/// Somebody who may ask.
#[derive(Clone, Copy)]
pub(crate) enum Who {
    /// Nobody signed in.
    Nobody,
    /// A learner with that user id and no role anywhere.
    Learner(u64),
    /// User 5, who has a role where the test says so.
    Author,
    /// Staff of the installation.
    Staff,
}

impl Who {
    /// Returns the learner's id.
    pub(crate) fn id(self) -> String {
        match self {
            Who::Nobody => String::new(),
            Who::Learner(id) => id.to_string(),
            Who::Author => "5".to_owned(),
            Who::Staff => "1".to_owned(),
        }
    }

    /// Returns the claims of a token that is valid for an hour.
    pub(crate) fn claims(self) -> Claims {
        Claims {
            user_id: self.id().parse().ok(),
            administrator: matches!(self, Who::Staff),
            exp: NOW + 3600,
            ..Claims::default()
        }
    }
}

type Answering = Pin<Box<dyn Future<Output = Answer>>>;
type Service = Box<dyn Fn(test::TestRequest) -> Answering>;

/// Both sites.
pub(crate) struct TestApp {
    pub(crate) shared: Arc<Shared>,
    clock: Arc<TestClock>,
    learn: Service,
    studio: Service,
    folder: Arc<TempDir>,
}

impl TestApp {
    /// Returns both sites with nothing in their store.
    pub(crate) async fn empty() -> TestApp {
        TestApp::on(|folder| Arc::new(FolderBlobs::open(folder.join("blobs")).unwrap())).await
    }

    /// Returns both sites with the library and the course of [`crate::content`].
    pub(crate) async fn new() -> TestApp {
        let app = TestApp::empty().await;
        crate::content::fill(&app).await;
        app
    }

    /// Returns both sites on a blob store of the test's own.
    pub(crate) async fn on(blobs: impl FnOnce(&std::path::Path) -> Arc<dyn BlobStore>) -> TestApp {
        TestApp::in_folder(Arc::new(TempDir::new().unwrap()), blobs, None).await
    }

    /// Returns both sites with nothing in their store, and a queue of external graders.
    pub(crate) async fn with_queue(xqueue: XQueueConfig) -> TestApp {
        let blobs = |folder: &std::path::Path| -> Arc<dyn BlobStore> {
            Arc::new(FolderBlobs::open(folder.join("blobs")).unwrap())
        };
        TestApp::in_folder(Arc::new(TempDir::new().unwrap()), blobs, Some(xqueue)).await
    }

    /// Returns both sites as another process on the same store, which has read nothing yet.
    pub(crate) async fn beside(&self) -> TestApp {
        let blobs = |folder: &std::path::Path| -> Arc<dyn BlobStore> {
            Arc::new(FolderBlobs::open(folder.join("blobs")).unwrap())
        };
        TestApp::in_folder(Arc::clone(&self.folder), blobs, None).await
    }

    async fn in_folder(
        folder: Arc<TempDir>,
        blobs: impl FnOnce(&std::path::Path) -> Arc<dyn BlobStore>,
        xqueue: Option<XQueueConfig>,
    ) -> TestApp {
        let clock = Arc::new(TestClock { seconds: AtomicI64::new(NOW), drawn: AtomicU64::new(1) });
        let settings = Settings {
            data_dir: Some(folder.path().to_owned()),
            secret_key: Some("a secret of the tests".to_owned()),
            handler_token_keys: vec!["test-key-1".to_owned()],
            learn_url: Some(LEARN.to_owned()),
            studio_url: Some(STUDIO.to_owned()),
            frame_origins: vec!["https://lms.example.org".to_owned()],
            // Every request reads the pointers, so that writes beside the server show at once.
            pointer_ttl_ms: Some(0),
            ..Settings::default()
        };
        let config = Config { xqueue, ..Config::complete(settings, clock.as_ref()).unwrap() };
        let blobs = blobs(folder.path());
        let shared = Arc::new(Shared::with_blobs(config, clock.clone(), blobs).await.unwrap());
        TestApp {
            learn: service(Site::Learn, &shared).await,
            studio: service(Site::Studio, &shared).await,
            shared,
            clock,
            folder,
        }
    }

    /// Moves the clock.
    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Starts a request to the learn site.
    pub(crate) fn learn(&self, method: Method, path: &str) -> Ask<'_> {
        Ask { service: &self.learn, app: self, request: request(method, path) }
    }

    /// Starts a request to the studio site.
    pub(crate) fn studio(&self, method: Method, path: &str) -> Ask<'_> {
        Ask { service: &self.studio, app: self, request: request(method, path) }
    }

    /// Reads from the learn site.
    pub(crate) async fn get(&self, path: &str, who: Who) -> Answer {
        self.learn(Method::GET, path).by(who).send().await
    }

    /// Reads from the studio site.
    pub(crate) async fn get_studio(&self, path: &str, who: Who) -> Answer {
        self.studio(Method::GET, path).by(who).send().await
    }

    /// Returns the path of a handler with a token of a learner.
    pub(crate) fn handler(&self, usage: &str, learner: &str, handler: &str) -> String {
        let token = self.shared.config.handler_keys.sign(learner, usage, self.clock.now().unix_timestamp());
        format!("{BLOCKS}{usage}/handler/{learner}-{token}/{handler}")
    }

    /// Returns a token that says who somebody is.
    pub(crate) fn jwt(&self, claims: &Claims) -> String {
        sign_jwt(&self.shared.config.jwt_keys[0], claims)
    }

    /// Creates a library or course and publishes files as its first version.
    pub(crate) async fn context(&self, key: &str, public: bool, files: &[(&str, &str)]) -> BundleId {
        let key: LearningContextKey = key.parse().unwrap();
        let db = &self.shared.database;
        let mut id = [0; 16];
        self.clock.random(&mut id);
        let id = BundleId(Uuid::from_bytes(id));
        let (title, slug) = (String::from("Title"), String::from("slug"));
        db.create_bundle(NewBundle { id, title, slug, description: String::new() }).await.unwrap();
        let new = NewContext {
            kind: if key.is_course() { ContextKind::Course } else { ContextKind::Library },
            key: key.clone(),
            bundle: id,
            title: format!("Title of {key}"),
            description: String::new(),
            license: String::new(),
            allow_public_learning: public,
            allow_public_read: false,
            aliases: Vec::new(),
            created_at: self.clock.now(),
        };
        db.create_context(new).await.unwrap();
        self.write(id, files).await;
        self.publish(id).await;
        id
    }

    /// Writes files to the working draft.
    pub(crate) async fn write(&self, bundle: BundleId, files: &[(&str, &str)]) {
        let put = |(path, text): &(&str, &str)| {
            Change::Put(path.parse().unwrap(), Bytes::copy_from_slice(text.as_bytes()))
        };
        let changes = files.iter().map(put).collect();
        self.shared.database.write_draft(bundle, &DraftName::studio(), changes, None).await.unwrap();
    }

    /// Publishes the working draft; returns the version's number.
    pub(crate) async fn publish(&self, bundle: BundleId) -> u32 {
        let commit = Commit::default();
        self.shared.database.commit(bundle, &DraftName::studio(), commit).await.unwrap().number
    }

    /// Gives user 5 a role.
    pub(crate) async fn role(&self, key: &str, role: Role) {
        self.shared.database.set_role(&key.parse().unwrap(), "5", Some(role)).await.unwrap();
    }

    /// Returns how often the working draft was written, and all its files.
    pub(crate) async fn draft(&self, key: &str) -> (Option<u64>, Vec<(String, String)>) {
        let key = key.parse().unwrap();
        let found = self.shared.database.contexts(&[key]).await.unwrap();
        let (_, record) = found.into_iter().next().unwrap();
        let draft = At::Draft(DraftName::studio());
        let files = self.shared.database.files(record.bundle, &draft, None).await.unwrap();
        let files = files.into_iter().map(|f| (f.path.to_string(), f.digest.to_string()));
        (record.draft_revision, files.collect())
    }

    /// Returns what is stored of a learner's blocks.
    pub(crate) async fn state(&self, learner: &str, usages: &[&str]) -> StateSet {
        let blocks = usages.iter().map(|usage| usage.parse().unwrap()).collect();
        let gather = Gather { blocks, ..Gather::default() };
        self.shared.database.gather(&LearnerId(learner.into()), &gather).await.unwrap()
    }

    /// Returns all events told so far.
    pub(crate) async fn events(&self) -> Vec<Event> {
        let events = self.shared.database.events(0, 1000).await.unwrap();
        events.into_iter().map(|(_, event)| event).collect()
    }

    /// Returns how many statements a request takes, and its answer.
    pub(crate) async fn counted(&self, ask: Ask<'_>) -> (u64, Answer) {
        let before = self.shared.database.statement_count();
        let answer = ask.send().await;
        (self.shared.database.statement_count() - before, answer)
    }
}

fn request(method: Method, path: &str) -> test::TestRequest {
    test::TestRequest::with_uri(path).method(method).peer_addr(SocketAddr::from(([127, 0, 0, 1], 40_000)))
}

async fn service(site: Site, shared: &Arc<Shared>) -> Service {
    let app = App { site, shared: Arc::clone(shared) };
    let routes = ActixApp::new()
        .wrap(middleware::from_fn(http::observe::observe))
        .configure(|config| http::routes(config, app));
    let service = Rc::new(test::init_service(routes).await);
    Box::new(move |request| {
        let service = Rc::clone(&service);
        Box::pin(async move {
            let response = test::call_service(&*service, request.to_request()).await;
            let status = response.status().as_u16();
            let headers = response.headers().clone();
            let body = to_bytes(response.into_body()).await.ok().unwrap();
            Answer { status, headers, body }
        })
    })
}

/// A request in the making.
pub(crate) struct Ask<'a> {
    service: &'a Service,
    app: &'a TestApp,
    request: test::TestRequest,
}

impl<'a> Ask<'a> {
    /// Signs the request in, in its header.
    pub(crate) fn by(self, who: Who) -> Self {
        match who {
            Who::Nobody => self,
            who => {
                let token = self.app.jwt(&who.claims());
                self.header("Authorization", &format!("JWT {token}"))
            }
        }
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.insert_header((name, value));
        self
    }

    /// Adds a cookie.
    pub(crate) fn cookie(mut self, cookie: &Cookie<'static>) -> Self {
        self.request = self.request.cookie(Cookie::new(cookie.name().to_owned(), cookie.value().to_owned()));
        self
    }

    /// Sends a form as browsers do.
    pub(crate) fn form(self, fields: &[(&str, &str)]) -> Self {
        let encode = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        let pairs: Vec<_> = fields.iter().map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect();
        self.body("application/x-www-form-urlencoded", pairs.join("&"))
    }

    /// Sends JSON.
    pub(crate) fn json(self, value: &Value) -> Self {
        self.body("application/json", value.to_string())
    }

    /// Sends bytes.
    pub(crate) fn body(mut self, media_type: &str, bytes: impl Into<Bytes>) -> Self {
        self.request = self.request.insert_header(("Content-Type", media_type)).set_payload(bytes);
        self
    }

    /// Sends the request.
    pub(crate) fn send(self) -> impl Future<Output = Answer> + 'a {
        (self.service)(self.request)
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// Returns the body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Returns the body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {} {}", self.status, self.text()))
    }

    /// Returns a header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Returns a cookie the answer sets.
    pub(crate) fn cookie(&self, name: &str) -> Option<Cookie<'static>> {
        let all = self.headers.get_all("set-cookie");
        all.filter_map(|value| Cookie::parse(value.to_str().ok()?.to_owned()).ok()).find(|c| c.name() == name)
    }

    /// Asserts a status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Asserts a status and an exact JSON body.
    #[track_caller]
    pub(crate) fn says(&self, status: u16, body: &Value) {
        assert_eq!((self.status, &self.json()), (status, body));
    }

    /// Asserts an error of ours with a stable code.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!((&self.json()["code"], &self.json()["status"]), (&code.into(), &status.into()));
    }

    /// Asserts that the request was refused in a way that tells the caller why: 4xx with JSON.
    #[track_caller]
    pub(crate) fn refused(&self, what: &str) {
        assert!((400..500).contains(&self.status), "{what}: {} {}", self.status, self.text());
        assert!(self.header("content-type").contains("json"), "{what}: {}", self.header("content-type"));
        self.json();
    }

    /// Returns the HTML of a page or of a fragment's `content`.
    pub(crate) fn html(&self) -> Html {
        if self.header("content-type").starts_with("text/html") {
            return Html::parse_document(self.text());
        }
        let json = self.json();
        let content = json.get("content").or(json.get("contents")).or(json.get("html"));
        Html::parse_fragment(content.and_then(Value::as_str).expect("the answer holds HTML"))
    }
}

/// Returns how many elements a selector finds.
pub(crate) fn count(html: &Html, selector: &str) -> usize {
    html.select(&Selector::parse(selector).unwrap()).count()
}

/// Returns an attribute of all elements a selector finds.
pub(crate) fn attributes(html: &Html, selector: &str, name: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    html.select(&selector).filter_map(|element| element.attr(name).map(str::to_owned)).collect()
}

/// Returns the text of the first element a selector finds.
#[track_caller]
pub(crate) fn text(html: &Html, selector: &str) -> String {
    let found = html.select(&Selector::parse(selector).unwrap()).next();
    let found = found.unwrap_or_else(|| panic!("no {selector} in {}", html.html()));
    found.text().collect::<String>().trim().to_owned()
}
