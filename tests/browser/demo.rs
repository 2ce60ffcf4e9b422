//! The demo, started as a person would start it, on free ports and a temporary folder.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use anyhow::{Result, bail};

/// A running demo; it ends with this value.
pub(crate) struct Demo {
    process: Child,
    _folder: tempfile::TempDir,
    /// Root of the learn site.
    pub(crate) learn: String,
    /// Root of the studio site.
    pub(crate) studio: String,
    /// Paths of all units it printed.
    pub(crate) units: Vec<String>,
    as_learner: String,
    as_author: String,
}

impl Demo {
    /// Starts the demo and waits until it has printed its addresses.
    pub(crate) fn start() -> Result<Demo> {
        Demo::start_with(&[])
    }

    /// Starts it with the content of these tests, which has what no teacher would put on one page.
    pub(crate) fn start_with_test_content() -> Result<Demo> {
        Demo::start_with(&["--content", concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/browser/content")])
    }

    fn start_with(options: &[&str]) -> Result<Demo> {
        let folder = tempfile::tempdir()?;
        let mut process = Command::new(env!("CARGO_BIN_EXE_exedra"))
            .arg("demo")
            .args(options)
            .args(["--learn-listen", "127.0.0.1:0", "--studio-listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder.path())
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
            .stdout(Stdio::piped())
            .spawn()?;
        let Some(output) = process.stdout.take() else { bail!("no output") };
        let mut urls = Vec::new();
        for line in BufReader::new(output).lines() {
            let line = line?;
            urls.extend(line.split_whitespace().filter(|w| w.starts_with("http://")).map(str::to_owned));
            // The last address it prints.
            if line.contains("/docs") {
                break;
            }
        }
        let root = |url: &str| url.split('/').take(3).collect::<Vec<_>>().join("/");
        let sign_ins: Vec<&String> = urls.iter().filter(|u| u.contains("/login?")).collect();
        let [as_learner, as_author] = sign_ins.as_slice() else {
            let _ = process.kill();
            bail!("the demo printed other addresses than expected: {urls:?}");
        };
        let learn = root(as_learner);
        let units = urls
            .iter()
            .filter_map(|u| u.strip_prefix(&learn))
            .filter(|p| p.starts_with("/units/"))
            .map(str::to_owned)
            .collect();
        Ok(Demo {
            studio: root(as_author),
            as_learner: (*as_learner).clone(),
            as_author: (*as_author).clone(),
            process,
            _folder: folder,
            learn,
            units,
        })
    }

    /// Returns the address that signs a learner (learn site) or an author (studio site) in.
    pub(crate) fn sign_in(&self, site: &str) -> &str {
        if site == self.learn { &self.as_learner } else { &self.as_author }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
