//! The questions and answers of a signer in another process, sound and unsound.

use super::super::super::keys::random;
use super::super::LogSigner;
use super::*;
use crate::log::SigningKey;

const ORIGIN: &str = "coop.example/livre";

fn key() -> SigningKey {
    SigningKey::generate(ORIGIN, [3; 32]).expect("a key")
}

/// A signer that listens in a folder of its own.
fn listening() -> (SocketSigner, PathBuf) {
    let random: [u8; 8] = random().expect("randomness");
    let folder = std::env::temp_dir().join(format!("socket-{:x}", u64::from_be_bytes(random)));
    std::fs::create_dir(&folder).expect("a folder");
    let signer = LogSigner::new(vec![key()], folder.join("state"));
    let nothing = Checkpoint { origin: ORIGIN.into(), size: 0, root: Hash::EMPTY_ROOT };
    signer.begin_at(&nothing).expect("a new state");
    let listener = UnixListener::bind(folder.join("s")).expect("a socket");
    let signer: Arc<dyn Signer> = Arc::new(signer);
    std::thread::spawn(move || serve(&listener, &signer));
    (SocketSigner::at(folder.join("s")), folder)
}

fn head(size: u64) -> Ask {
    let root = Hash::leaf(&[u8::try_from(size).expect("small")]);
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root };
    Ask { checkpoint, keys: vec![key().verifier().clone()], old: 0, proof: Vec::new() }
}

#[test]
fn another_process_signs_and_refuses_as_this_one_does() {
    let (signer, folder) = listening();
    assert_eq!(signer.keys().expect("its keys"), [key().verifier().clone()]);
    let signatures = signer.sign(&head(3)).expect("signed");
    assert_eq!(signatures, [key().sign_text(&head(3).checkpoint.text()).expect("signed")]);
    assert!(matches!(signer.sign(&head(2)), Err(SignError::Behind(last)) if last.size == 3));
    assert!(matches!(signer.sign(&head(5)), Err(SignError::Stale(last)) if last.size == 3));
    let mut forked = head(3);
    forked.checkpoint.root = Hash::leaf(b"other");
    assert!(matches!(signer.sign(&forked), Err(SignError::Forked(last)) if last.size == 3));
    let mut unknown = head(3);
    unknown.keys = vec![SigningKey::generate(ORIGIN, [9; 32]).expect("a key").verifier().clone()];
    assert!(matches!(signer.sign(&unknown), Err(SignError::NoKey(_))));
    std::fs::remove_file(folder.join("state")).expect("removed");
    assert!(matches!(signer.sign(&head(3)), Err(SignError::State(_))));
    std::fs::remove_dir_all(folder).expect("swept");
}

#[test]
fn a_signer_that_is_not_there_is_silent_not_wrong() {
    let nobody = SocketSigner::at(PathBuf::from("/nonexistent/socket"));
    assert!(matches!(nobody.sign(&head(1)), Err(SignError::Silent(_))));
    assert!(matches!(nobody.keys(), Err(SignError::Silent(_))));
}

#[test]
fn a_question_is_read_as_it_was_written_and_in_no_other_form() {
    let mut ask = head(9);
    ask.old = 4;
    ask.proof = vec![Hash::leaf(b"a"), Hash::leaf(b"b")];
    let lines = question(&ask);
    assert_eq!(asked(&lines[1..]), Some(ask));
    for at in 1..lines.len() {
        let mut without = lines[1..].to_vec();
        let gone = without.remove(at - 1);
        let optional = gone.starts_with("hash ") || gone.starts_with("key ");
        assert_eq!(asked(&without).is_some(), optional, "without {gone}");
        let mut swapped = lines[1..].to_vec();
        swapped.reverse();
        assert_eq!(asked(&swapped), None);
    }
}

#[test]
fn a_message_too_long_cut_short_or_of_another_form_is_answered_or_dropped() {
    let (signer, folder) = listening();
    let say = |bytes: &[u8]| {
        let mut stream = UnixStream::connect(folder.join("s")).expect("connected");
        // The other side may hang up while it is still being talked to.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    };
    assert!(say(b"hello\n.\n").starts_with("state "));
    assert!(say(b"sign\nold x\n.\n").starts_with("state "));
    assert_eq!(say(b"sign\nold 1"), "", "cut short");
    assert_eq!(say(&vec![b'x'; 2 * MESSAGE_MAX]), "", "too long");
    assert_eq!(say(format!("{}.\n", "sign\n".repeat(LINES_MAX + 1)).as_bytes()), "", "too many");
    assert_eq!(say(b"\xff\xfe\n.\n"), "", "not text");
    signer.sign(&head(1)).expect("it still answers");
    std::fs::remove_dir_all(folder).expect("swept");
}

#[test]
fn a_signer_outlives_a_connection_that_it_could_not_accept() {
    const TOO_MANY_FILES: i32 = 24;
    let signer: Arc<dyn Signer> =
        Arc::new(LogSigner::new(vec![key()], PathBuf::from("/nonexistent/state")));
    let (mut asks, answers) = UnixStream::pair().expect("two ends");
    let incoming = [
        Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
        Err(io::Error::from_raw_os_error(TOO_MANY_FILES)),
        Ok(answers),
        Err(io::Error::from(io::ErrorKind::InvalidInput)),
    ];
    let ended = serve_each(incoming.into_iter(), &signer).expect_err("no listener");
    assert_eq!(ended.kind(), io::ErrorKind::InvalidInput);
    send(&mut asks, &["keys".to_owned()]).expect("asked");
    assert_eq!(receive(&mut asks).expect("answered"), [format!("key {}", key().vkey())]);
}
