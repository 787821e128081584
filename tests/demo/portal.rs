//! A running demonstration: started on a free port, stopped when it goes out of scope.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A program of this workspace, beside the test's own; `None` when it was not built.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let beside = std::env::current_exe().ok()?;
    let path = beside.parent()?.parent()?.join(name);
    path.is_file().then_some(path)
}

/// The demonstration and where it answers.
pub(crate) struct Portal {
    child: Child,
    pub(crate) base: String,
    pub(crate) welcome: String,
}

impl Portal {
    /// Starts it on that folder and waits until it answers; `None`, and a word why, when the
    /// programs were not built.
    pub(crate) fn start(data: &Path) -> Option<Self> {
        let built = program("fonciere").zip(program("ledger-verify"));
        let Some((fonciere, _)) = built else {
            assert!(std::env::var_os("BROWSER_TESTS").is_none(), "tests/run builds the programs");
            println!("skipped: the programs are not built (cargo build --workspace --bins)");
            return None;
        };
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = free.local_addr().expect("its number").port();
        drop(free);
        let mut child = Command::new(fonciere)
            .args(["demo", "--port", &port.to_string(), "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output"));
        let mut welcome = String::new();
        for _ in 0..5 {
            lines.read_line(&mut welcome).expect("a line");
        }
        let portal = Self { child, base: format!("http://127.0.0.1:{port}"), welcome };
        for _ in 0..200 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Some(portal);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        unreachable!("it does not answer: {}", portal.welcome);
    }

    /// The path of the certificate that the welcome names.
    pub(crate) fn certificate(&self) -> String {
        let word = self.welcome.split_whitespace().find(|word| word.contains("/attestation/"));
        word.and_then(|url| url.strip_prefix(&self.base)).expect("a certificate").to_owned()
    }

    /// The whole answer to a GET, bytes that are no text replaced.
    pub(crate) fn get(&self, path: &str) -> String {
        let address = self.base.strip_prefix("http://").expect("an address");
        let mut stream = TcpStream::connect(address).expect("it answers");
        let ask = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(ask.as_bytes()).expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("read");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Asks for a page now and then until the program ends by itself; its status.
    pub(crate) fn ends_while_asked(&mut self) -> Option<i32> {
        let address = self.base.strip_prefix("http://").expect("an address").to_owned();
        for _ in 0..200 {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.code();
            }
            // The answer is no matter: it may end before it gives one.
            if let Ok(mut stream) = TcpStream::connect(&address) {
                let ask = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
                let _ = stream.write_all(ask.as_bytes());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        unreachable!("it serves a book that was taken back");
    }

    /// Kills it as a power cut would: no farewell.
    pub(crate) fn kill(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        self.stop();
    }
}
