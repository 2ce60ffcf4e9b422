//! What all requests share, and the two sites made of it.

use std::{ops::Deref, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use blockstore::{BlobStore, Blockstore, FolderBlobs};
use compositor::Plans;
use learner::{EphemeralLimits, EphemeralState, LearnerStore};
use learning_context::{
    ContextOptions, ContextStore, Contexts, CourseContext, Definitions, LearningContext, LibraryContext,
    PathwayContext,
};
use quick_cache::sync::Cache;
use renderer::{Templates, page::SiteSettings};
use storage::Database;
use tokio::sync::Semaphore;
use xblock::{Registry, Site};

use crate::{
    caller::Caller,
    clock::Clock,
    clock::{random_hex, random_uuid},
    config::Config,
    http::observe::Metrics,
    token::{Claims, keyed_id},
    xqueue::XQueue,
};

/// How many people's names and addresses are remembered for handler calls.
const PEOPLE: usize = 10_000;
/// How much is kept of units that are worked out: those of about so many blocks, which need some 50 MB.
const UNIT_BLOCKS: u64 = 100_000;

/// What all requests of both sites share.
pub struct Shared {
    /// Configuration.
    pub config: Config,
    /// Time and randomness.
    pub clock: Arc<dyn Clock>,
    /// The database, behind all storage traits.
    pub database: Arc<Database>,
    /// Learning contexts.
    pub contexts: Arc<Contexts>,
    /// Definitions, read and compiled.
    pub definitions: Arc<Definitions>,
    /// Units, worked out as far as no learner matters.
    pub plans: Plans,
    /// Block types.
    pub registry: Arc<Registry>,
    /// Templates.
    pub templates: Templates,
    /// What is the same for all pages of the learn site, and of the studio site.
    pub site_settings: [SiteSettings; 2],
    /// State of anonymous learners and previews.
    pub ephemeral: EphemeralState,
    /// What signed-in people's tokens said of them, for handler calls that carry only their id.
    pub people: Cache<String, Arc<Claims>>,
    /// The queue of external graders, where there is one.
    pub xqueue: Option<XQueue>,
    /// Room for handlers that are being computed: one for each processor.
    pub computing: Arc<Semaphore>,
    /// Metrics.
    pub metrics: Metrics,
}

impl Shared {
    /// Opens the store, with large blobs in the data folder, and puts everything together.
    pub async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Shared> {
        let blobs =
            FolderBlobs::open(config.data_dir.join("blobs")).context("the blob folder cannot be opened")?;
        Shared::with_blobs(config, clock, Arc::new(blobs)).await
    }

    /// Opens the store, with large blobs in the given place, and puts everything together.
    pub async fn with_blobs(
        config: Config,
        clock: Arc<dyn Clock>,
        blobs: Arc<dyn BlobStore>,
    ) -> Result<Shared> {
        let options = storage::Options::new(
            Arc::new({
                let clock = Arc::clone(&clock);
                move || clock.now()
            }),
            Arc::new({
                let clock = Arc::clone(&clock);
                move || random_uuid(clock.as_ref())
            }),
        );
        let database = Database::connect(&config.database_url, blobs, options)
            .await
            .context("the database cannot be opened")?;
        database.migrate().await.context("the database's schema cannot be brought up to date")?;
        let database = Arc::new(database);
        let registry = Arc::new(blocks::registry());
        let store: Arc<dyn Blockstore> = database.clone();
        let records: Arc<dyn ContextStore> = database.clone();
        let options = ContextOptions {
            record_ttl: Duration::from_millis(config.pointer_ttl_ms),
            ..ContextOptions::default()
        };
        let started = std::time::Instant::now();
        let contexts = Arc::new(Contexts::new(
            records,
            plugins(&store, &registry),
            options,
            Arc::new(move || started.elapsed()),
        ));
        let definitions = Arc::new(Definitions::new(
            Arc::clone(&store),
            Arc::clone(&registry),
            Arc::new(renderer::math::compile_math),
            config.content_cache_bytes,
        ));
        Ok(Shared {
            plans: Plans::new(Arc::clone(&contexts), Arc::clone(&definitions), store, UNIT_BLOCKS)
                .with_records(database.clone()),
            contexts,
            definitions,
            site_settings: ["Exedra", "Exedra Studio"].map(|name| SiteSettings {
                name: name.to_owned(),
                home_url: "/".to_owned(),
                frame_ancestors: config.frame_origins.clone(),
            }),
            templates: Templates::new().context("the templates are not valid")?,
            ephemeral: EphemeralState::new(EphemeralLimits::default()),
            people: Cache::new(PEOPLE),
            xqueue: config.xqueue.clone().map(XQueue::new),
            computing: Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from))),
            metrics: Metrics::new(random_hex(clock.as_ref(), 4)),
            registry,
            database,
            clock,
            config,
        })
    }

    /// Returns an id for a learner that does not tell who it is, the same everywhere here: 32 hex digits.
    pub fn anonymous_id(&self, learner: &str) -> String {
        keyed_id(&self.config.anonymity_secret, learner)
    }

    /// Returns the signature that an asset's address carries: 32 hex digits.
    pub fn asset_signature(&self, place: &str) -> String {
        keyed_id(&self.config.asset_secret, place)
    }
}

/// Returns the kinds of learning contexts there are, one line each.
fn plugins(store: &Arc<dyn Blockstore>, registry: &Arc<Registry>) -> [Arc<dyn LearningContext>; 3] {
    [
        Arc::new(LibraryContext::new(Arc::clone(store), Arc::clone(registry))),
        Arc::new(CourseContext::new(Arc::clone(store), Arc::clone(registry))),
        Arc::new(PathwayContext::new(Arc::clone(store))),
    ]
}

/// One site: what is shared, and which face it shows.
#[derive(Clone)]
pub struct App {
    /// Which face.
    pub site: Site,
    /// What both share.
    pub shared: Arc<Shared>,
}

impl App {
    /// Returns the same server with the face of a site: what learners did is on the learn site, also for those who
    /// ask on studio.
    pub fn on(&self, site: Site) -> App {
        App { site, shared: Arc::clone(&self.shared) }
    }

    /// Returns the name of the site, as in metrics and pages.
    pub fn site_name(&self) -> &'static str {
        match self.site {
            Site::Learn => "learn",
            Site::Studio => "studio",
        }
    }

    /// Returns the site's root as browsers see it, without a trailing slash.
    pub fn root(&self) -> &str {
        self.config.root(self.site)
    }

    /// Returns what is the same for all pages of the site.
    pub fn site_settings(&self) -> &SiteSettings {
        match self.site {
            Site::Learn => &self.shared.site_settings[0],
            Site::Studio => &self.shared.site_settings[1],
        }
    }

    /// Returns where a caller's state is kept: in the database for people on the learn site, in memory for
    /// anonymous learners and previews (xblock-rest-api §3.2).
    pub fn states(&self, caller: &Caller) -> &dyn LearnerStore {
        match self.site {
            Site::Learn if !caller.info.anonymous => &*self.database,
            _ => &self.ephemeral,
        }
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}
