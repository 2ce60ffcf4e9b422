//! An `exedra` of our own, on free ports and a temporary folder.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use crate::run::{cargo, must, root};

/// Builds the command and returns where it is.
pub(crate) fn build(release: bool) -> Result<PathBuf> {
    let mut arguments = vec!["build", "--package", "server", "--bin", "exedra"];
    if release {
        arguments.push("--release");
    }
    must("building exedra", &mut cargo(&arguments))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join(if release { "release" } else { "debug" }).join("exedra"))
}

/// A folder with a store of its own.
pub(crate) struct Store {
    program: PathBuf,
    folder: tempfile::TempDir,
}

impl Store {
    /// Makes an empty store.
    pub(crate) fn new(program: PathBuf) -> Result<Store> {
        Ok(Store { program, folder: tempfile::Builder::new().prefix("exedra-").tempdir()? })
    }

    /// Returns the folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command of exedra on the store and returns what it printed.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command().args(arguments).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            bail!("exedra {} failed:\n{}", arguments.join(" "), String::from_utf8_lossy(&output.stdout));
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Returns a token of a staff member, or of a learner.
    pub(crate) fn token(&self, user: u64, staff: bool) -> Result<String> {
        let user = user.to_string();
        let mut arguments = vec!["token", "--user", &user];
        if staff {
            arguments.push("--staff");
        }
        Ok(self.run(&arguments)?.trim().to_owned())
    }

    /// Starts both sites and waits until they answer.
    pub(crate) fn serve(&self) -> Result<Server> {
        let free = || anyhow::Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?);
        let (learn, studio) = (free()?, free()?);
        let process = self
            .command()
            .args(["serve", "--learn-listen", &learn.to_string(), "--studio-listen", &studio.to_string()])
            .stdout(Stdio::null())
            .spawn()
            .context("exedra could not be started")?;
        let server = Server { process, learn, studio };
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(learn).is_err() || TcpStream::connect(studio).is_err() {
            if Instant::now() > deadline {
                bail!("exedra does not listen");
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data-dir").arg(self.folder.path()).args(["--log", "warn"]).current_dir(root());
        command
    }
}

/// A running server; it ends with this value.
pub(crate) struct Server {
    process: Child,
    /// Where the learn site listens.
    pub(crate) learn: SocketAddr,
    /// Where the studio site listens.
    pub(crate) studio: SocketAddr,
}

impl Server {
    /// Returns the process's id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
