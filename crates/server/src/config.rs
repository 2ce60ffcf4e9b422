//! Configuration: one TOML file, every entry also an `EXEDRA_…` variable and a flag. Flags win over
//! variables, variables over the file, and the file over the defaults, which need nothing.

use std::{
    fmt, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use renderer::page::Origin;
use serde::Deserialize;

use crate::{
    clock::{Clock, random_hex},
    token::HandlerKeys,
};

/// Entries as given: by flag, by variable or in the file.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Folder of the embedded store: database, blobs, secrets.
    #[arg(long, env = "EXEDRA_DATA_DIR", global = true)]
    pub data_dir: Option<PathBuf>,
    /// `sqlite://PATH` or `postgres://…`; default is a SQLite file in the data folder.
    #[arg(long, env = "EXEDRA_DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,
    /// Where the learn site listens.
    #[arg(long, env = "EXEDRA_LEARN_LISTEN", global = true)]
    pub learn_listen: Option<SocketAddr>,
    /// Where the studio site listens.
    #[arg(long, env = "EXEDRA_STUDIO_LISTEN", global = true)]
    pub studio_listen: Option<SocketAddr>,
    /// Root of the learn site as browsers see it, without a trailing slash.
    #[arg(long, env = "EXEDRA_LEARN_URL", global = true)]
    pub learn_url: Option<String>,
    /// Root of the studio site as browsers see it, without a trailing slash.
    #[arg(long, env = "EXEDRA_STUDIO_URL", global = true)]
    pub studio_url: Option<String>,
    /// Secret everything else is derived from; made and kept in the data folder when absent.
    #[arg(long, env = "EXEDRA_SECRET_KEY", global = true, hide_env_values = true)]
    pub secret_key: Option<String>,
    /// Keys handler tokens are signed with; the first signs, all validate. Default: the secret key.
    #[arg(
        long,
        env = "EXEDRA_HANDLER_TOKEN_KEYS",
        global = true,
        value_delimiter = ',',
        hide_env_values = true
    )]
    #[serde(default)]
    pub handler_token_keys: Vec<String>,
    /// Keys JSON Web Tokens (HS256) may be signed with. Default: the secret key.
    #[arg(long, env = "EXEDRA_JWT_KEYS", global = true, value_delimiter = ',', hide_env_values = true)]
    #[serde(default)]
    pub jwt_keys: Vec<String>,
    /// Origins that may frame pages and hear their messages, e.g. `https://lms.example.org`.
    #[arg(long, env = "EXEDRA_FRAME_ORIGINS", global = true, value_delimiter = ',')]
    #[serde(default)]
    pub frame_origins: Vec<String>,
    /// Server threads a site.
    #[arg(long, env = "EXEDRA_WORKERS", global = true)]
    pub workers: Option<usize>,
    /// `json` or `text`.
    #[arg(long, env = "EXEDRA_LOG_FORMAT", global = true)]
    pub log_format: Option<String>,
    /// Which log lines, e.g. `info` or `server=debug`.
    #[arg(long, env = "EXEDRA_LOG", global = true)]
    pub log: Option<String>,
    /// Milliseconds for which a context's version pointers may be old; writes of this process show at once.
    #[arg(long, env = "EXEDRA_POINTER_TTL_MS", global = true)]
    pub pointer_ttl_ms: Option<u64>,
    /// Root of the queue of external graders (XQueue), `http://…`; without it problems of that kind are not graded.
    #[arg(long, env = "EXEDRA_XQUEUE_URL", global = true)]
    pub xqueue_url: Option<String>,
    /// User name of this server at the queue; without one it does not sign in.
    #[arg(long, env = "EXEDRA_XQUEUE_USERNAME", global = true)]
    pub xqueue_username: Option<String>,
    /// Password of this server at the queue.
    #[arg(long, env = "EXEDRA_XQUEUE_PASSWORD", global = true, hide_env_values = true)]
    pub xqueue_password: Option<String>,
    /// Root of the learn site as the queue sees it, without a trailing slash; replies come there.
    /// Default: the root as browsers see it.
    #[arg(long, env = "EXEDRA_XQUEUE_CALLBACK_URL", global = true)]
    pub xqueue_callback_url: Option<String>,
    /// Seconds a learner waits between submissions while one is with a grader. Default: 5.
    #[arg(long, env = "EXEDRA_XQUEUE_WAIT_SECONDS", global = true)]
    pub xqueue_wait_seconds: Option<u32>,
    /// Bytes of parsed content kept in memory.
    #[arg(long, env = "EXEDRA_CONTENT_CACHE_BYTES", global = true)]
    pub content_cache_bytes: Option<u64>,
}

impl Settings {
    /// Reads settings from a TOML file.
    pub fn from_file(path: &Path) -> Result<Settings> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("the configuration file {} cannot be read", path.display()))?;
        toml::from_str(&text)
            .with_context(|| format!("the configuration file {} is not valid", path.display()))
    }

    /// Returns these settings with gaps filled from others.
    pub fn or(self, other: Settings) -> Settings {
        let list = |own: Vec<String>, other| if own.is_empty() { other } else { own };
        Settings {
            data_dir: self.data_dir.or(other.data_dir),
            database_url: self.database_url.or(other.database_url),
            learn_listen: self.learn_listen.or(other.learn_listen),
            studio_listen: self.studio_listen.or(other.studio_listen),
            learn_url: self.learn_url.or(other.learn_url),
            studio_url: self.studio_url.or(other.studio_url),
            secret_key: self.secret_key.or(other.secret_key),
            handler_token_keys: list(self.handler_token_keys, other.handler_token_keys),
            jwt_keys: list(self.jwt_keys, other.jwt_keys),
            frame_origins: list(self.frame_origins, other.frame_origins),
            workers: self.workers.or(other.workers),
            log_format: self.log_format.or(other.log_format),
            log: self.log.or(other.log),
            pointer_ttl_ms: self.pointer_ttl_ms.or(other.pointer_ttl_ms),
            content_cache_bytes: self.content_cache_bytes.or(other.content_cache_bytes),
            xqueue_url: self.xqueue_url.or(other.xqueue_url),
            xqueue_username: self.xqueue_username.or(other.xqueue_username),
            xqueue_password: self.xqueue_password.or(other.xqueue_password),
            xqueue_callback_url: self.xqueue_callback_url.or(other.xqueue_callback_url),
            xqueue_wait_seconds: self.xqueue_wait_seconds.or(other.xqueue_wait_seconds),
        }
    }
}

/// Configuration, complete and checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of the embedded store.
    pub data_dir: PathBuf,
    /// Database to use.
    pub database_url: String,
    /// Where the learn site listens.
    pub learn_listen: SocketAddr,
    /// Where the studio site listens.
    pub studio_listen: SocketAddr,
    /// Root of the learn site, without a trailing slash.
    pub learn_url: String,
    /// Root of the studio site, without a trailing slash.
    pub studio_url: String,
    /// Handler token keys.
    pub handler_keys: HandlerKeys,
    /// Keys for JSON Web Tokens; the first signs those this server makes.
    pub jwt_keys: Vec<Vec<u8>>,
    /// Key of session cookies. Not one of the keys above, which may be an LMS's too: a cookie outlives the token
    /// it was given for, and must be good for nothing elsewhere.
    pub session_key: Vec<u8>,
    /// Key of the draws (unit-composition §5.2).
    pub selection_secret: Vec<u8>,
    /// Key of ids that do not tell who a learner is.
    pub anonymity_secret: Vec<u8>,
    /// Key of the signatures in asset addresses.
    pub asset_secret: Vec<u8>,
    /// Key of the addresses that graders reply to.
    pub grader_secret: Vec<u8>,
    /// The queue of external graders.
    pub xqueue: Option<XQueueConfig>,
    /// Origins that may frame pages.
    pub frame_origins: Vec<Origin>,
    /// Server threads a site.
    pub workers: usize,
    /// Whether logs are JSON.
    pub log_json: bool,
    /// Log filter.
    pub log: String,
    /// Milliseconds for which version pointers may be old.
    pub pointer_ttl_ms: u64,
    /// Bytes of parsed content kept in memory.
    pub content_cache_bytes: u64,
}

impl Config {
    /// Completes settings with defaults; creates the data folder and the secret where they are missing.
    pub fn complete(settings: Settings, clock: &dyn Clock) -> Result<Config> {
        let data_dir = settings.data_dir.unwrap_or_else(|| PathBuf::from("exedra-data"));
        fs::create_dir_all(&data_dir)
            .with_context(|| format!("the data folder {} cannot be made", data_dir.display()))?;
        let secret = match settings.secret_key {
            Some(secret) if secret.len() < 16 => bail!("the secret key is too short: it needs 16 characters"),
            Some(secret) => secret,
            None => kept_secret(&data_dir.join("secret"), clock)?,
        };
        let learn_listen = settings.learn_listen.unwrap_or_else(|| ([127, 0, 0, 1], 8000).into());
        let studio_listen = settings.studio_listen.unwrap_or_else(|| ([127, 0, 0, 1], 8001).into());
        let root = |given: Option<String>, listen: SocketAddr| {
            given.map_or_else(|| format!("http://{listen}"), |url| url.trim_end_matches('/').to_owned())
        };
        let jwt_keys = match settings.jwt_keys.as_slice() {
            [] => vec![derived(&secret, "jwt")],
            keys => keys.iter().map(|k| k.as_bytes().to_vec()).collect(),
        };
        let frame_origins = settings
            .frame_origins
            .iter()
            .map(|text| text.parse::<Origin>().with_context(|| format!("'{text}' may not frame pages")))
            .collect::<Result<Vec<_>>>()?;
        let learn_url = root(settings.learn_url, learn_listen);
        let account =
            settings.xqueue_username.map(|name| (name, settings.xqueue_password.unwrap_or_default()));
        let callback_root = settings.xqueue_callback_url.as_deref().unwrap_or(&learn_url);
        let xqueue = settings.xqueue_url.map(|url| {
            let wait_seconds = settings.xqueue_wait_seconds.unwrap_or(5);
            XQueueConfig::new(&url, account, callback_root, wait_seconds)
        });
        Ok(Config {
            xqueue: xqueue.transpose()?,
            database_url: settings
                .database_url
                .unwrap_or_else(|| format!("sqlite://{}", data_dir.join("exedra.sqlite").display())),
            learn_url,
            studio_url: root(settings.studio_url, studio_listen),
            learn_listen,
            studio_listen,
            handler_keys: HandlerKeys::new(&settings.handler_token_keys, &secret),
            jwt_keys,
            session_key: derived(&secret, "session"),
            selection_secret: derived(&secret, "selection"),
            anonymity_secret: derived(&secret, "anonymity"),
            asset_secret: derived(&secret, "asset"),
            grader_secret: derived(&secret, "grader"),
            frame_origins,
            workers: settings.workers.unwrap_or(2).max(1),
            log_json: settings.log_format.as_deref() == Some("json"),
            log: settings.log.unwrap_or_else(|| "info".to_owned()),
            pointer_ttl_ms: settings.pointer_ttl_ms.unwrap_or(1000),
            content_cache_bytes: settings.content_cache_bytes.unwrap_or(32 << 20),
            data_dir,
        })
    }

    /// Returns the root of a site as browsers see it.
    pub fn root(&self, site: xblock::Site) -> &str {
        match site {
            xblock::Site::Learn => &self.learn_url,
            xblock::Site::Studio => &self.studio_url,
        }
    }
}

/// Where the queue of external graders is, and how it is used.
#[derive(Clone)]
pub struct XQueueConfig {
    /// Its root, without a trailing slash.
    pub url: String,
    /// Name and password of this server there.
    pub account: Option<(String, String)>,
    /// Root of the learn site as the queue sees it, without a trailing slash.
    pub callback_root: String,
    /// Seconds a learner waits between submissions while one is with a grader.
    pub wait_seconds: u32,
    /// Longest wait for everything a submission takes, signing in included.
    pub patience: Duration,
}

impl XQueueConfig {
    fn new(
        url: &str,
        account: Option<(String, String)>,
        callback_root: &str,
        wait_seconds: u32,
    ) -> Result<XQueueConfig> {
        // The client has no TLS: queues stand in the same network, or behind something that adds it.
        if !url.starts_with("http://") {
            bail!("the queue of graders has to be at an http:// address");
        }
        let root = |url: &str| url.trim_end_matches('/').to_owned();
        let patience = Duration::from_secs(5);
        Ok(XQueueConfig {
            url: root(url),
            account,
            callback_root: root(callback_root),
            wait_seconds,
            patience,
        })
    }
}

/// Without the password.
impl fmt::Debug for XQueueConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XQueueConfig").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Returns a key for one purpose, so that no two purposes share one.
fn derived(secret: &str, purpose: &str) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    Sha256::new()
        .chain_update(b"exedra ")
        .chain_update(purpose)
        .chain_update([0])
        .chain_update(secret)
        .finalize()
        .to_vec()
}

fn kept_secret(path: &Path, clock: &dyn Clock) -> Result<String> {
    match fs::read_to_string(path) {
        Ok(secret) if secret.trim().len() >= 16 => return Ok(secret.trim().to_owned()),
        Ok(_) => {
            bail!("the secret in {} is too short; delete the file to have a new one made", path.display())
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(e).with_context(|| format!("the secret in {} cannot be read", path.display())),
    }
    let secret = random_hex(clock, 32);
    write_private(path, &secret)
        .with_context(|| format!("the secret cannot be kept in {}", path.display()))?;
    Ok(secret)
}

/// Writes a file only its owner may read.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    #[test]
    fn file_settings_fill_gaps_and_unknown_entries_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("exedra.toml");
        fs::write(&file, "workers = 3\nlog = \"debug\"\nlearn_url = \"https://learn.example.org/\"\n")
            .expect("written");
        let from_file = Settings::from_file(&file).expect("valid");
        let flags = Settings {
            log: Some("warn".into()),
            data_dir: Some(folder.path().join("d")),
            ..Settings::default()
        };
        let config = Config::complete(flags.or(from_file), &SystemClock).expect("complete");
        assert_eq!((config.workers, config.log.as_str()), (3, "warn"));
        assert_eq!(config.learn_url, "https://learn.example.org");
        fs::write(&file, "wrokers = 3").expect("written");
        let error = format!("{:#}", Settings::from_file(&file).expect_err("unknown entry"));
        assert!(error.contains("wrokers"), "{error}");
    }

    #[test]
    fn the_queue_of_graders_is_found_where_it_can_be_asked_and_its_password_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let complete = |url: &str| {
            let settings = Settings {
                data_dir: Some(folder.path().to_owned()),
                learn_url: Some("https://learn.example.org/".into()),
                xqueue_url: Some(url.into()),
                xqueue_username: Some("lms".into()),
                xqueue_password: Some("hidden".into()),
                ..Settings::default()
            };
            Config::complete(settings, &SystemClock)
        };
        let config = complete("http://xqueue:8040/").expect("complete");
        let queue = config.xqueue.as_ref().expect("a queue");
        assert_eq!((queue.url.as_str(), queue.wait_seconds), ("http://xqueue:8040", 5));
        assert_eq!(queue.callback_root, "https://learn.example.org");
        assert!(!format!("{config:?}").contains("hidden"));
        assert!(complete("https://xqueue.example.org").is_err());
        assert!(complete("file:///etc/passwd").is_err());
    }

    #[test]
    fn the_secret_is_made_once_and_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = || Settings { data_dir: Some(folder.path().to_owned()), ..Settings::default() };
        let first = Config::complete(settings(), &SystemClock).expect("complete");
        let second = Config::complete(settings(), &SystemClock).expect("complete");
        assert_eq!(first.selection_secret, second.selection_secret);
        assert_ne!(first.selection_secret, first.anonymity_secret);
    }
}
