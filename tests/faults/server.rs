//! A `PostgreSQL` server of the campaigns' own: it is stopped in the middle of its work, so no other
//! test may share it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::bench::{say, setting};

/// The server, and where it answers; stopped and removed at the end.
pub(crate) struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
}

impl Server {
    /// Makes and starts one; a word why where there is no `PostgreSQL`.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            say("skipped: no initdb found, set PG_BIN");
            return None;
        };
        // On the disk, not in memory: it has to survive what it is put through as it would elsewhere.
        let folder = tempfile::tempdir().expect("a folder");
        if is_root() {
            does(Command::new("chown").arg(owner()).arg(folder.path()));
        }
        let port = free_port();
        let server = Self { folder, programs, port };
        does(server.command("initdb").args(["-U", "postgres", "-A", "trust", "-E", "UTF8"]));
        server.go();
        Some(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it, again or for the first time, and waits until it answers.
    pub(crate) fn go(&self) {
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories= -c fsync=on \
             -c max_connections=100",
            self.port
        );
        let log = self.folder.path().join("log");
        does(self.command("pg_ctl").args(["-w", "-t", "60", "-l"]).arg(log).args([
            "-o",
            options.as_str(),
            "start",
        ]));
    }

    /// Stops it as a crash does: every session is cut, nothing is tidied up.
    pub(crate) fn stop_at_once(&self) {
        does(self.command("pg_ctl").args(["-w", "-m", "immediate", "stop"]));
    }

    /// A command on this server's folder, as the one who may run it.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", &owner(), "--regid", &owner(), "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path()).arg("-D").arg(self.folder.path().join("data"));
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.command("pg_ctl").args(["-w", "-m", "immediate", "stop"]).output();
    }
}

fn does(command: &mut Command) -> Output {
    let log = tempfile::NamedTempFile::new().expect("a file");
    // To a file and not a pipe: the server inherits it, and a pipe would never end.
    command.stdout(log.reopen().expect("open")).stderr(log.reopen().expect("open"));
    let output = command.output().expect("it starts");
    let said = std::fs::read_to_string(log.path()).unwrap_or_default();
    assert!(output.status.success(), "{command:?}: {said}");
    output
}

fn programs() -> Option<PathBuf> {
    if let Some(folder) = setting("PG_BIN") {
        return Some(folder.into());
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> =
        versions.flatten().map(|entry| entry.path().join("bin")).collect();
    found.retain(|folder| folder.join("initdb").is_file());
    found.sort();
    found.pop()
}

fn owner() -> String {
    setting("PG_OWNER").unwrap_or_else(|| "postgres".into())
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(Path::new("/proc/self")).expect("proc"))
        == 0
}

/// A port that nobody listens on now.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
