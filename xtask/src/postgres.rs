//! A PostgreSQL of our own: on a temporary folder, on a socket and a free port of the loopback address.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

use crate::run::{install, is_root};

/// A running server; it ends with this value.
pub(crate) struct Postgres {
    binaries: PathBuf,
    folder: tempfile::TempDir,
    user: Option<String>,
    port: u16,
}

impl Postgres {
    /// Starts a server, installing it first where that is possible; `None` when there is none to be had.
    pub(crate) fn start() -> Result<Option<Postgres>> {
        let found = binaries().or_else(|| install(&["postgresql"]).then(binaries).flatten());
        let Some(binaries) = found else { return Ok(None) };
        let folder = tempfile::Builder::new().prefix("exedra-postgres-").tempdir()?;
        // A server refuses to run as root: hand it to the user the package made.
        let user = is_root().then(|| "postgres".to_owned());
        if let Some(user) = &user {
            run(Command::new("chown").arg(user).arg(folder.path()))?;
        }
        // The port is free now; nobody else on this machine is likely to take it in between.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let postgres = Postgres { binaries, folder, user, port };
        postgres.tool(
            "initdb",
            &["-D", &postgres.data(), "-U", "exedra", "-A", "trust", "-E", "UTF8", "--no-sync"],
        )?;
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{}' -c fsync=off \
             -c max_connections=200 -c full_page_writes=off",
            postgres.folder.path().display()
        );
        let log = postgres.folder.path().join("log").display().to_string();
        postgres.tool("pg_ctl", &["-D", &postgres.data(), "-o", &options, "-l", &log, "-w", "start"])?;
        Ok(Some(postgres))
    }

    /// Returns the address of a database in which others may be created.
    pub(crate) fn url(&self) -> String {
        format!("postgres://exedra@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn tool(&self, name: &str, arguments: &[&str]) -> Result<()> {
        let program = self.binaries.join(name);
        let mut command = match &self.user {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        run(command.args(arguments).current_dir(self.folder.path()))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.tool("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]);
    }
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stdout(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// Returns the folder of the newest installed server's programs.
fn binaries() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("bin"))
        .filter(|p| p.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().or_else(|| Path::new("/usr/bin/initdb").exists().then(|| PathBuf::from("/usr/bin")))
}
