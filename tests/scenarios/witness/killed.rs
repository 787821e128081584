//! The real program, killed at any moment: its state never goes back, and no size has two roots that
//! it cosigned. Then its file mode, as two persons use it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use ledger::log::Hash;
use ledger::log::witness::Answer;
use ledger::registrar::keys::random;

use super::{Grown, log_key, new_witness, program};

/// The program at work.
struct Running {
    child: Child,
    address: String,
}

impl Running {
    fn start(program: &Path, folder: &Path) -> Self {
        let mut child = witness(program, folder, "serve")
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().expect("its output"));
        said.read_line(&mut line).expect("a line");
        let address = line.split("http://").nth(1).expect("its address").trim_end();
        Self { address: address.trim_end_matches('/').to_owned(), child }
    }

    fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("it ended");
    }
}

fn witness(program: &Path, folder: &Path, action: &str) -> Command {
    let mut command = Command::new(program);
    command.arg(action).arg("--key").arg(folder.join("witness.key"));
    command.arg("--state").arg(folder.join("state")).args(["--log", &log_key().vkey()]);
    command
}

/// What it answers; nothing when it died meanwhile.
fn ask(address: &str, request: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let head = format!(
        "POST /add-checkpoint HTTP/1.1\r\nhost: w\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        request.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(request).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    // An answer cut short by the kill is no answer.
    if length.parse::<usize>().ok()? != body.len() {
        return None;
    }
    let kind = head.lines().find_map(|line| line.strip_prefix("content-type: "));
    Some(Answer::from_http(status, kind, body.as_bytes()).expect("one of the answers"))
}

/// What two callers try at once until the program dies: each step goes two ways.
fn press(address: &str, mut log: Grown) -> (Grown, Vec<(u64, Hash)>) {
    let mut cosigned = Vec::new();
    loop {
        let size = log.size();
        let ways = [log.with("one way"), log.with("the other way")];
        let answers = ways.clone().map(|way| {
            let (address, request) = (address.to_owned(), way.from(size));
            thread::spawn(move || ask(&address, &request))
        });
        let answers = answers.map(|answer| answer.join().expect("a caller"));
        let mut dead = false;
        for (way, answer) in ways.iter().zip(answers) {
            match answer {
                Some(Answer::Cosigned(_)) => {
                    cosigned.push((way.size(), way.root()));
                    log = way.clone();
                }
                Some(Answer::Conflict(_)) => {}
                None => dead = true,
                Some(other) => unreachable!("{other:?}"),
            }
        }
        if dead {
            return (log, cosigned);
        }
    }
}

/// After a start: where the witness is, and on which of the ways, which it cosigns again.
fn found(address: &str, log: &Grown) -> (Grown, Vec<(u64, Hash)>) {
    // Nothing is no size that it has cosigned: it says which one it is.
    let answer = ask(address, &log.with("x").from(0));
    let Some(Answer::Conflict(Some(size))) = answer else { unreachable!("{answer:?}") };
    assert!(size >= log.size(), "the state went back from {} to {size}", log.size());
    assert!(size <= log.size() + 1, "a step of one leaf led to {size}");
    let mut candidates = vec![log.with("one way"), log.with("the other way"), log.clone()];
    candidates.retain(|way| way.size() == size);
    let mut cosigned = Vec::new();
    let mut now = log.clone();
    for way in candidates {
        if let Some(Answer::Cosigned(_)) = ask(address, &way.from(size)) {
            cosigned.push((size, way.root()));
            now = way;
        }
    }
    assert_eq!(cosigned.len(), 1, "one way of size {size}, and one only, is cosigned again");
    (now, cosigned)
}

#[expect(clippy::disallowed_methods, reason = "the settings of this test")]
fn rounds() -> u32 {
    std::env::var("KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10)
}

#[test]
fn a_killed_witness_never_goes_back_and_never_cosigns_two_roots() {
    let Some(program) = program("ledger-witness") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    new_witness(folder.path(), 1);
    let mut log = Grown::of("a", 3);
    let mut roots: BTreeMap<u64, Hash> = BTreeMap::new();
    let running = Running::start(&program, folder.path());
    assert_eq!(ask(&running.address, &log.from(0)).expect("alive").status(), 200);
    running.kill();
    let mut answers = 0;
    for round in 0..rounds() {
        let running = Running::start(&program, folder.path());
        let (now, first) = found(&running.address, &log);
        let address = running.address.clone();
        let pressing = thread::spawn(move || press(&address, now));
        let [patience] = random::<1>().expect("randomness");
        thread::sleep(Duration::from_millis(u64::from(patience % 40)));
        running.kill();
        let (now, cosigned) = pressing.join().expect("the callers");
        answers += cosigned.len();
        for (size, root) in first.into_iter().chain(cosigned) {
            let before = roots.insert(size, root);
            assert!(
                before.is_none_or(|before| before == root),
                "round {round}: two roots at {size}"
            );
        }
        log = now;
    }
    println!("{answers} cosignatures in {} rounds, {} sizes", rounds(), roots.len());
    assert!(answers > 0 && !roots.is_empty(), "the program was always killed before it answered");
}

#[test]
fn a_request_and_its_answer_travel_as_files() {
    let Some(program) = program("ledger-witness") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let made = Command::new(&program)
        .args(["new-key", "temoin-9.exemple", "--out"])
        .arg(at("witness.key"))
        .arg("--state")
        .arg(at("state"))
        .output()
        .expect("it runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let log = Grown::of("a", 9);
    let cosign = |request: &[u8], name: &str| {
        std::fs::write(at("request"), request).expect("written");
        let output = witness(&program, folder.path(), "cosign")
            .args([at("request"), at(name)])
            .output()
            .expect("it runs");
        let answer = std::fs::read(at(name)).map(|bytes| Answer::from_file(&bytes));
        (output.status.success(), answer, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (cosigned, answer, _) = cosign(&log.request(0, 4).to_bytes(), "one");
    assert!(cosigned && matches!(answer, Ok(Ok(Answer::Cosigned(_)))));
    let (cosigned, answer, said) = cosign(&log.from(0), "two");
    assert!(!cosigned && matches!(answer, Ok(Ok(Answer::Conflict(Some(4))))), "{said}");
    let (cosigned, answer, said) = cosign(&Grown::of("b", 9).from(4), "three");
    assert!(!cosigned && matches!(answer, Ok(Ok(Answer::BadProof(_)))), "{said}");
    assert!(said.contains("indice de falsification"), "{said}");
    let (cosigned, _, said) = cosign(&log.from(4), "one");
    assert!(!cosigned && said.contains("existe déjà"), "an answer is not written over: {said}");
    let (cosigned, ..) = cosign(&log.from(4), "four");
    assert!(cosigned, "what was not answered was not cosigned either");
}
