//! A store with the content imported, and what benchmarks do with it.

use std::{cell::Cell, path::Path, sync::Arc};

use anyhow::{Context as _, Result, anyhow};
use blockstore::{Blockstore as _, BundleId, Change, Commit, DraftName, NewBundle, Version};
use bytes::Bytes;
use learning_context::VersionSelector;
use server::{
    app::{App, Shared},
    caller::{Caller, Via},
    clock::{SystemClock, random_uuid},
    config::{Config, Settings},
    path::BlockPath,
    runtime::{
        Scene,
        call::{Call, call},
        render::{Rendered, show},
        scene::SceneBlock,
    },
    token::Claims,
};
use tokio::runtime::{Builder, Runtime};
use xblock::{HandlerRequest, Site, View};

use crate::content;

/// An open store with the content of the benchmarks, a learner who answered all problems, and a runtime.
pub struct Fixture {
    /// Runs what waits for the store.
    pub runtime: Runtime,
    /// The learn site.
    pub app: App,
    /// Somebody who signed in.
    pub learner: Caller,
    /// Nobody in particular.
    pub anonymous: Caller,
}

impl Fixture {
    /// Makes a store in an empty folder.
    ///
    /// # Errors
    /// Whatever goes wrong, for people.
    pub fn open(folder: &Path) -> Result<Fixture> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let settings = Settings { data_dir: Some(folder.join("data")), ..Settings::default() };
        let config = Config::complete(settings, &SystemClock)?;
        let shared = Arc::new(runtime.block_on(Shared::open(config, Arc::new(SystemClock)))?);
        content::write_library(&folder.join("library"), content::LIBRARY, content::POOL)?;
        content::write_course(&folder.join("course"))?;
        for part in ["library", "course"] {
            runtime.block_on(import(&shared, &folder.join(part)))?;
        }
        let app = App { site: Site::Learn, shared };
        let claims = Claims { user_id: Some(7), ..Claims::default() };
        let learner = Caller::signed_in(&app, &claims, Via::Header);
        let anonymous = Caller::anonymous(&app, "anon0123456789abcdef0123".to_owned(), None);
        let fixture = Fixture { runtime, app, learner, anonymous };
        for page in [content::CHOICE, content::NUMBER, content::STRESS] {
            fixture.answer_all(page)?;
        }
        Ok(fixture)
    }

    /// Imports a folder.
    ///
    /// # Errors
    /// Content that cannot be imported.
    pub fn import(&self, folder: &Path) -> Result<()> {
        self.runtime.block_on(import(&self.app.shared, folder))
    }

    /// Gathers a block and what is below it for the learner.
    ///
    /// # Errors
    /// Blocks that are not there, store failures.
    pub fn scene(&self, key: &str) -> Result<Scene> {
        let path = path(key)?;
        self.runtime.block_on(Scene::open(&self.app, &self.learner, &path)).map_err(|e| anyhow!("{e}"))
    }

    /// Renders a view from the store to HTML, as a request does.
    ///
    /// # Errors
    /// Blocks that are not there, store failures.
    pub fn show(&self, caller: &Caller, path: &BlockPath, view: &View) -> Result<Rendered> {
        let shown = self.runtime.block_on(show(&self.app, caller, path, view, None));
        Ok(shown.map_err(|e| anyhow!("{e}"))?.0)
    }

    /// Answers every problem on a page, as its forms would.
    fn answer_all(&self, page: &str) -> Result<()> {
        // Drawn blocks get their draw stored by the first look at the page.
        self.show(&self.learner, &path(page)?, &View::student())?;
        let scene = self.scene(page)?;
        for block in scene.blocks.iter().filter(|b| &*b.source.block_type == "problem") {
            let request = Call {
                name: "xmodule_handler".to_owned(),
                suffix: "problem_check".to_owned(),
                method: "POST".to_owned(),
                query: Vec::new(),
                content_type: FORM.to_owned(),
                body: Bytes::new(),
                form: answer(block),
                files: Vec::new(),
            };
            let path = BlockPath { usage: block.usage.clone(), version: VersionSelector::Auto };
            let answered = self.runtime.block_on(call(&self.app, &self.learner, &path, request));
            let answered = answered.map_err(|e| anyhow!("{e}"))?;
            if answered.status != 200 {
                return Err(anyhow!("{}: answered with {}", block.usage, answered.status));
            }
        }
        Ok(())
    }
}

/// A bundle of many files, and the runtime and store it is in.
pub struct BigBundle<'a> {
    fixture: &'a Fixture,
    bundle: BundleId,
    draft: DraftName,
    edits: Cell<u64>,
}

impl<'a> BigBundle<'a> {
    /// Makes a bundle of so many files in the fixture's store, as one version.
    ///
    /// # Errors
    /// Store failures.
    pub fn new(fixture: &'a Fixture, files: usize) -> Result<Self> {
        let database = &fixture.app.database;
        let bundle = BundleId(random_uuid(&SystemClock));
        let draft = DraftName::studio();
        fixture.runtime.block_on(async {
            let title = format!("{files} files");
            let new = NewBundle { id: bundle, title, slug: "files".to_owned(), description: String::new() };
            database.create_bundle(new).await?;
            let mut changes = Vec::with_capacity(files);
            for n in 0..files {
                let text = format!("<html>File {n}</html>");
                changes.push(Change::Put(format!("html/b{n}/definition.xml").parse()?, Bytes::from(text)));
            }
            database.write_draft(bundle, &draft, changes, None).await?;
            database.commit(bundle, &draft, Commit::default()).await?;
            anyhow::Ok(())
        })?;
        Ok(BigBundle { fixture, bundle, draft, edits: Cell::new(0) })
    }

    /// Changes one file in the draft.
    ///
    /// # Errors
    /// Store failures.
    pub fn edit(&self) -> Result<()> {
        self.edits.set(self.edits.get() + 1);
        let text = format!("<html>Edit {}</html>", self.edits.get());
        let change = Change::Put("html/b7/definition.xml".parse()?, Bytes::from(text));
        let work = self.fixture.app.database.write_draft(self.bundle, &self.draft, vec![change], None);
        self.fixture.runtime.block_on(work)?;
        Ok(())
    }

    /// Makes the draft a version.
    ///
    /// # Errors
    /// Store failures.
    pub fn commit(&self) -> Result<Version> {
        let work = self.fixture.app.database.commit(self.bundle, &self.draft, Commit::default());
        Ok(self.fixture.runtime.block_on(work)?)
    }
}

/// Media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// Returns the path of a key at the site's own version.
///
/// # Errors
/// Texts that are no key.
pub fn path(key: &str) -> Result<BlockPath> {
    Ok(BlockPath { usage: key.parse().with_context(|| key.to_owned())?, version: VersionSelector::Auto })
}

/// Returns the form that answers a problem: a choice or a number, as its definition asks.
pub fn answer(problem: &SceneBlock) -> Vec<(String, String)> {
    let data = problem.definition.fields.get("data").and_then(|data| data.as_str()).unwrap_or_default();
    let answer = if data.contains("numericalresponse") { "6.2" } else { "choice_1" };
    vec![(format!("input_{}_2_1", problem.usage.html_id()), answer.to_owned())]
}

/// Returns the request that posts a form to a problem.
pub fn check<'a>(form: &'a [(String, String)]) -> HandlerRequest<'a> {
    HandlerRequest {
        method: "POST",
        suffix: "problem_check",
        query: &[],
        content_type: FORM,
        body: b"",
        form,
        files: &[],
        assets: &[],
    }
}

async fn import(shared: &Shared, path: &Path) -> Result<()> {
    let new_uuid = || random_uuid(shared.clock.as_ref());
    let scratch = shared.config.data_dir.clone();
    let mut options = importer::Options::new(shared.clock.now(), &new_uuid, &scratch);
    options.allow_public_learning = true;
    let (store, registry) = (&*shared.database, &shared.registry);
    importer::import(path, store, store, registry, &options, &importer::NoProgress).await?;
    Ok(())
}
