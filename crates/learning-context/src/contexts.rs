//! The registry of plugins, with the two caches every request goes through.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use blockstore::BundleId;
use opaque_keys::{LearningContextKey, UsageKey};
use quick_cache::sync::Cache;
use xblock::Site;

use crate::{
    Action, Caller, ContextError, ContextRecord, ContextStore, LearningContext, NodeId, ResolvedAt, Role,
    Structure, VersionSelector,
};

/// Time since some fixed moment, never going back. Handed in, since libraries read no clock.
pub type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// How much is cached, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct ContextOptions {
    /// How long a context's record and roles are believed without asking; zero asks every time.
    pub record_ttl: Duration,
    /// Number of records and of roles kept.
    pub records: usize,
    /// Number of structures kept.
    pub structures: usize,
}

impl Default for ContextOptions {
    fn default() -> Self {
        ContextOptions { record_ttl: Duration::from_secs(1), records: 4_096, structures: 64 }
    }
}

type StructureKey = (LearningContextKey, BundleId, ResolvedAt);

/// A block found in its context.
#[derive(Clone, Debug)]
pub struct Located {
    /// The context.
    pub record: Arc<ContextRecord>,
    /// The context at the version asked for.
    pub structure: Arc<Structure>,
    /// The block.
    pub node: NodeId,
}

/// All learning contexts of this installation: plugins by namespace, records, roles and structures.
pub struct Contexts {
    store: Arc<dyn ContextStore>,
    plugins: BTreeMap<&'static str, Arc<dyn LearningContext>>,
    options: ContextOptions,
    clock: Clock,
    records: Cache<LearningContextKey, (Duration, Arc<ContextRecord>)>,
    roles: Cache<(LearningContextKey, Arc<str>), (Duration, Option<Role>)>,
    structures: Cache<StructureKey, Arc<Structure>>,
}

impl Contexts {
    /// Returns the registry of the given plugins.
    pub fn new(
        store: Arc<dyn ContextStore>,
        plugins: impl IntoIterator<Item = Arc<dyn LearningContext>>,
        options: ContextOptions,
        clock: Clock,
    ) -> Self {
        Contexts {
            store,
            plugins: plugins.into_iter().map(|p| (p.namespace(), p)).collect(),
            options,
            clock,
            records: Cache::new(options.records),
            roles: Cache::new(options.records),
            structures: Cache::new(options.structures),
        }
    }

    /// Returns the plugin of a context key.
    ///
    /// # Errors
    /// [`ContextError::UnknownNamespace`], naming the ones there are.
    pub fn plugin(&self, key: &LearningContextKey) -> Result<&Arc<dyn LearningContext>, ContextError> {
        self.plugins.get(key.namespace()).ok_or_else(|| ContextError::UnknownNamespace {
            namespace: key.namespace().to_owned(),
            known: self.plugins.keys().copied().collect::<Vec<_>>().join(", "),
        })
    }

    /// Returns the record of a context, by its key or an alias.
    ///
    /// # Errors
    /// [`ContextError::NotFound`], or what the store says.
    pub async fn record(&self, key: &LearningContextKey) -> Result<Arc<ContextRecord>, ContextError> {
        let mut found = self.records(std::slice::from_ref(key)).await?;
        found.remove(key).ok_or_else(|| ContextError::NotFound(key.clone()))
    }

    /// Returns the records of those contexts that exist, by the keys asked for, with one read for all that
    /// are not cached.
    ///
    /// # Errors
    /// What the store says.
    pub async fn records(
        &self,
        keys: &[LearningContextKey],
    ) -> Result<HashMap<LearningContextKey, Arc<ContextRecord>>, ContextError> {
        let now = (self.clock)();
        let mut found = HashMap::with_capacity(keys.len());
        let mut missing = Vec::new();
        for key in keys {
            match self.records.get(key) {
                Some((read, record)) if self.is_fresh(now, read) => {
                    found.insert(key.clone(), record);
                }
                _ => missing.push(key.clone()),
            }
        }
        if !missing.is_empty() {
            for (key, record) in self.store.contexts(&missing).await? {
                let record = Arc::new(record);
                if !self.options.record_ttl.is_zero() {
                    self.records.insert(key.clone(), (now, Arc::clone(&record)));
                }
                found.insert(key, record);
            }
        }
        Ok(found)
    }

    fn is_fresh(&self, now: Duration, read: Duration) -> bool {
        now.saturating_sub(read) < self.options.record_ttl
    }

    /// Forgets what is known of a context, under its key and its aliases. To be called after every write
    /// that moves its pointers, its settings or its roles.
    pub fn invalidate(&self, key: &LearningContextKey) {
        self.records.retain(|asked, (_, record)| asked != key && record.key != *key);
        self.roles.retain(|(context, _), _| context != key);
    }

    /// Returns a person's role in a context.
    ///
    /// # Errors
    /// What the store says.
    pub async fn role(&self, key: &LearningContextKey, user: &str) -> Result<Option<Role>, ContextError> {
        let now = (self.clock)();
        let cached_under = (key.clone(), Arc::from(user));
        if let Some((read, role)) = self.roles.get(&cached_under)
            && self.is_fresh(now, read)
        {
            return Ok(role);
        }
        let role = self.store.role(key, user).await?;
        if !self.options.record_ttl.is_zero() {
            self.roles.insert(cached_under, (now, role));
        }
        Ok(role)
    }

    /// Decides whether a caller may do something with a context. Roles are read only where they matter:
    /// not for callers who are not signed in, nor where anyone may.
    ///
    /// # Errors
    /// What the store says, or an unknown namespace.
    pub async fn allowed(
        &self,
        record: &ContextRecord,
        caller: &Caller,
        site: Site,
        action: Action,
    ) -> Result<bool, ContextError> {
        let plugin = self.plugin(&record.key)?;
        if plugin.allowed(record, None, caller, site, action) {
            return Ok(true);
        }
        if caller.anonymous {
            return Ok(false);
        }
        let role = self.role(&record.key, &caller.id).await?;
        Ok(plugin.allowed(record, role, caller, site, action))
    }

    /// Returns which of the contexts a caller may do something with, in their order; roles are read with one
    /// call, however many contexts there are.
    ///
    /// # Errors
    /// What the store says, or an unknown namespace.
    pub async fn allowed_among(
        &self,
        records: &[ContextRecord],
        caller: &Caller,
        site: Site,
        action: Action,
    ) -> Result<Vec<bool>, ContextError> {
        let mut allowed = Vec::with_capacity(records.len());
        for record in records {
            allowed.push(self.plugin(&record.key)?.allowed(record, None, caller, site, action));
        }
        let open: Vec<LearningContextKey> = records
            .iter()
            .zip(&allowed)
            .filter(|(_, allowed)| !**allowed)
            .map(|(record, _)| record.key.clone())
            .collect();
        if caller.anonymous || open.is_empty() {
            return Ok(allowed);
        }
        let roles: HashMap<_, _> = self.store.roles(&open, &caller.id).await?.into_iter().collect();
        for (record, allowed) in records.iter().zip(&mut allowed) {
            let role = roles.get(&record.key).copied();
            *allowed = *allowed || self.plugin(&record.key)?.allowed(record, role, caller, site, action);
        }
        Ok(allowed)
    }

    /// Returns the structure of a context at a state; read once, however many ask at the same time.
    ///
    /// # Errors
    /// What the plugin says; failures are not cached.
    pub async fn structure(
        &self,
        record: &ContextRecord,
        at: ResolvedAt,
    ) -> Result<Arc<Structure>, ContextError> {
        let plugin = self.plugin(&record.key)?;
        let key = (record.key.clone(), record.bundle, at);
        self.structures
            .get_or_insert_async(&key, async { plugin.structure(record, at).await.map(Arc::new) })
            .await
    }

    /// Returns whether the structure of a context at a state is in memory.
    pub fn holds(&self, record: &ContextRecord, at: ResolvedAt) -> bool {
        self.structures.get(&(record.key.clone(), record.bundle, at)).is_some()
    }

    /// Returns the published version of a context with that number, whatever the site: references name
    /// versions (unit-composition §1.2).
    ///
    /// # Errors
    /// [`ContextError::NoSuchVersion`], or what the plugin says.
    pub async fn version(
        &self,
        record: &ContextRecord,
        version: u32,
    ) -> Result<Arc<Structure>, ContextError> {
        let latest = record.latest_version;
        if !(1..=latest).contains(&version) {
            return Err(ContextError::NoSuchVersion { key: record.key.clone(), version, latest });
        }
        self.structure(record, ResolvedAt::Version(version)).await
    }

    /// Finds the block a usage key names, or the one it is composed from: see [`Structure::entry`].
    ///
    /// # Errors
    /// [`ContextError::NotFound`], [`ContextError::NoSuchUsage`], or what choosing the version says.
    pub async fn locate(
        &self,
        usage: &UsageKey,
        selector: VersionSelector,
        site: Site,
    ) -> Result<Located, ContextError> {
        let record = self.record(&usage.context_key()).await?;
        let at = selector.resolve(&record, site)?;
        let structure = self.structure(&record, at).await?;
        let node = structure.entry(usage).ok_or_else(|| ContextError::NoSuchUsage(usage.clone()))?;
        Ok(Located { record, structure, node })
    }
}
