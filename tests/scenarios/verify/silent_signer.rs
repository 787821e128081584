//! A signer that does not answer: what is on the disk is not lost, what is not signed is not shown.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use ledger::audit::{Expected, audit};
use ledger::base::MemberRef;
use ledger::log::{Checkpoint, Leaf, Note, Signature, VerifierKey};
use ledger::registrar::signer::{Ask, serve};
use ledger::registrar::{
    Abandoned, Keys, LogSigner, Registrar, SignError, Signed, Signer, SocketSigner, SubmitError,
};
use ledger::store::{Store, Submission, Target};
use support::{Coop, Database, StoredLog, bits, day};

use support::place;

/// The signer of the book's own folder, which can be made to fall silent; it keeps all that it signed.
pub(super) struct Moody {
    inner: LogSigner,
    silent: AtomicBool,
    signed: Mutex<Vec<Checkpoint>>,
}

impl Moody {
    pub(super) fn of(coop: &Coop) -> Arc<Self> {
        let folder = coop.data.join("keys");
        let key =
            ledger::registrar::keys::read_signing_key(&folder.join("log.key")).expect("a key");
        let inner = LogSigner::new(vec![key], folder.join("signer.state"));
        Arc::new(Self { inner, silent: AtomicBool::new(false), signed: Mutex::default() })
    }

    /// Every head it has signed, in order.
    pub(super) fn signed(&self) -> Vec<Checkpoint> {
        self.signed.lock().expect("nobody panics").clone()
    }

    fn falls_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::SeqCst);
    }
}

impl Signer for Moody {
    fn keys(&self) -> Result<Vec<VerifierKey>, SignError> {
        self.inner.keys()
    }

    fn sign(&self, ask: &Ask) -> Result<Vec<Signature>, SignError> {
        if self.silent.load(Ordering::SeqCst) {
            return Err(SignError::Silent("il dort".into()));
        }
        let signatures = self.inner.sign(ask)?;
        self.signed.lock().expect("nobody panics").push(ask.checkpoint.clone());
        Ok(signatures)
    }
}

async fn opened(coop: &Coop, signer: Arc<dyn Signer>) -> Arc<Registrar> {
    let keys = Keys::load_beside(&coop.data.join("keys"), signer).expect("keys");
    let store = Store::open(&coop.target).await.expect("opened");
    Registrar::open(store, keys, coop.clock.clone()).await.expect("it opens")
}

/// A book of its own, opened by a signer that can be made to fall silent.
async fn with_a_moody_signer() -> (Coop, Arc<Moody>, Arc<Registrar>) {
    let coop = Coop::open().await;
    coop.registrar.store().close().await;
    let signer = Moody::of(&coop);
    let registrar = opened(&coop, signer.clone()).await;
    (coop, signer, registrar)
}

/// Waits until the book shows more than so many leaves.
async fn shows_more_than(registrar: &Registrar, before: u64) {
    while registrar.book().size() == before {
        tokio::task::yield_now().await;
    }
}

fn leaf(registrar: &Registrar, coop: &Coop, number: u16) -> Signed {
    let draft = registrar.draft(place(number), Vec::new()).expect("drafted");
    let text = draft.texts[0].clone();
    let signature = coop.key("bureau-1").sign_text(&text).expect("signed");
    Signed { leaves: vec![Leaf::assemble(text, vec![signature])], private: Vec::new() }
}

#[tokio::test]
async fn what_waits_for_the_signer_is_kept_and_acknowledged_once_it_signs() {
    let (coop, signer, registrar) = with_a_moody_signer().await;
    let before = registrar.book().size();
    signer.falls_silent(true);
    let (first, second) = (leaf(&registrar, &coop, 1), leaf(&registrar, &coop, 2));
    let waits = registrar.submit(first.clone()).await;
    assert!(matches!(waits, Err(SubmitError::NotReleased(_))), "{waits:?}");
    assert_eq!(registrar.book().size(), before, "what nobody signed is not shown");
    assert_eq!(registrar.store().head().await.expect("head").size, before + 1, "it is kept");
    // A second act is not piled on top of it, and says so; the first says again that it waits.
    let untouched = registrar.submit(second.clone()).await;
    assert!(matches!(untouched, Err(SubmitError::Failed(_))), "{untouched:?}");
    let still = registrar.submit(first.clone()).await;
    assert!(matches!(still, Err(SubmitError::NotReleased(_))), "{still:?}");
    assert_eq!(registrar.store().head().await.expect("head").size, before + 1);
    registrar.refresh().await.expect("reading goes on");
    assert_eq!(registrar.book().size(), before);

    signer.falls_silent(false);
    let receipt = registrar.submit(first.clone()).await.expect("acknowledged");
    assert_eq!((receipt.first, receipt.count), (before, 1));
    assert_eq!(registrar.submit(second).await.expect("written").first, before + 1);
    assert_eq!(registrar.submit(first).await.expect("the same again"), receipt);
}

fn member(who: u8) -> MemberRef {
    MemberRef::from_random(bits(who))
}

fn unsigned(member: &MemberRef) -> [Abandoned; 1] {
    [Abandoned { owner: member.to_string(), digests: Vec::new(), spoken_of: false }]
}

/// The leaf is on the disk and its member in no book that is shown: nobody may take them for a stranger.
#[tokio::test]
async fn nobody_is_forgotten_while_a_leaf_waits_for_the_signer() {
    let (mut coop, signer, registrar) = with_a_moody_signer().await;
    coop.registrar = registrar;
    let (member, stranger) = (member(1), member(2));
    let before = coop.registrar.book().size();
    signer.falls_silent(true);
    let waits = coop.joins(1, 10).await;
    assert!(matches!(waits, Err(SubmitError::NotReleased(_))), "{waits:?}");
    let held = coop.registrar.private(member.as_str()).await.expect("read");
    assert!(!held.is_empty());
    for somebody in [&member, &stranger] {
        assert_eq!(coop.registrar.forget(&unsigned(somebody)).await, Ok(None), "not now");
    }
    assert_eq!(coop.registrar.private(member.as_str()).await.expect("read"), held);

    signer.falls_silent(false);
    shows_more_than(&coop.registrar, before).await;
    assert_eq!(coop.registrar.forget(&unsigned(&member)).await, Ok(Some(0)), "known");
    assert_eq!(coop.registrar.private(member.as_str()).await.expect("read"), held);
}

#[tokio::test]
async fn nobody_is_forgotten_while_a_node_has_yet_to_take_what_was_handed_in() {
    let Some(database) = Database::new() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let target = Target::Postgres { url: database.url.clone() };
    let coop = Coop::open_in(&target, folder.path(), day("2026-03-01")).await;
    // It leads no more, so that what is handed in stays.
    coop.registrar.end().await;
    let member = member(1);
    assert_eq!(coop.registrar.forget(&unsigned(&member)).await, Ok(Some(0)));
    let handed = Submission { id: [7; 16], node: "other".into(), leaves: vec![vec![1]] };
    assert_eq!(coop.registrar.store().hand_in(&handed, 1).await, Ok(true));
    assert_eq!(coop.registrar.forget(&unsigned(&member)).await, Ok(None));
}

#[tokio::test]
async fn a_head_that_waits_is_released_without_anybody_asking() {
    let (coop, signer, registrar) = with_a_moody_signer().await;
    let before = registrar.book().size();
    signer.falls_silent(true);
    registrar.submit(leaf(&registrar, &coop, 1)).await.expect_err("it waits");
    signer.falls_silent(false);
    shows_more_than(&registrar, before).await;
    assert_eq!(registrar.book().size(), before + 1);
}

#[tokio::test]
async fn a_book_whose_head_is_signed_opens_for_reading_while_the_signer_sleeps() {
    let coop = Coop::open().await;
    let size = coop.registrar.book().size();
    coop.registrar.store().close().await;
    let signer = Moody::of(&coop);
    signer.falls_silent(true);
    let registrar = opened(&coop, signer.clone()).await;
    assert_eq!(registrar.book().size(), size);
    Note::parse(registrar.book().checkpoint()).expect("its signed checkpoint");
}

#[tokio::test]
async fn a_book_whose_head_waits_opens_as_it_was_released_and_shows_the_rest_once_signed() {
    let (coop, signer, registrar) = with_a_moody_signer().await;
    let before = registrar.book().size();
    signer.falls_silent(true);
    registrar.submit(leaf(&registrar, &coop, 1)).await.expect_err("it waits");
    registrar.store().close().await;
    drop(registrar);

    let registrar = opened(&coop, signer.clone()).await;
    assert_eq!(registrar.book().size(), before, "what nobody signed is not shown");
    Note::parse(registrar.book().checkpoint()).expect("its signed checkpoint");
    registrar.submit(leaf(&registrar, &coop, 2)).await.expect_err("nothing is put on top of it");
    registrar.refresh().await.expect("reading goes on");
    assert_eq!(registrar.store().head().await.expect("head").size, before + 1);

    signer.falls_silent(false);
    shows_more_than(&registrar, before).await;
    assert_eq!(registrar.book().size(), before + 1);
    registrar.submit(leaf(&registrar, &coop, 2)).await.expect("written");
}

#[tokio::test]
async fn every_head_ever_signed_is_on_one_history() {
    let coop = Coop::open().await;
    coop.registrar.store().close().await;
    let signer = Moody::of(&coop);
    // Two processes on one book, one signer between them: each writes in turn and all at once.
    let nodes = [opened(&coop, signer.clone()).await, opened(&coop, signer.clone()).await];
    let mut under_way = tokio::task::JoinSet::new();
    for number in 0..24 {
        let (node, officer) =
            (Arc::clone(&nodes[usize::from(number % 2)]), coop.key("bureau-1").clone());
        under_way.spawn(async move { node.perform(place(number), Vec::new(), &[&officer]).await });
    }
    for answer in under_way.join_all().await {
        answer.expect("written");
    }
    let log = StoredLog::read(&coop.target).await.expect("read");
    let report = audit(&log, &Expected::default()).expect("sound");
    let mut replay = ledger::replay::Replay::default();
    for leaf in &log.leaves {
        replay.push(leaf).expect("sound");
    }
    let signed = signer.signed();
    assert!(signed.len() >= 2, "{} heads", signed.len());
    for head in signed {
        use ledger::decide::KnownRoots;
        assert_eq!(replay.root_at(head.size), Some(head.root), "size {}", head.size);
    }
    assert!(report.leaves >= 24);
}

#[tokio::test]
async fn a_book_is_signed_by_another_process_over_its_socket() {
    let coop = Coop::open().await;
    coop.registrar.store().close().await;
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("signataire");
    let moody = Moody::of(&coop);
    let there: Arc<dyn Signer> = moody.clone();
    let listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    std::thread::spawn(move || serve(&listener, &there));
    // The portal's folder holds no log key any more.
    std::fs::remove_file(coop.data.join("keys/log.key")).expect("moved away");
    let registrar = opened(&coop, Arc::new(SocketSigner::at(socket))).await;
    let before = registrar.book().size();
    registrar.submit(leaf(&registrar, &coop, 1)).await.expect("written and signed");
    moody.falls_silent(true);
    let waiting = leaf(&registrar, &coop, 2);
    registrar.submit(waiting.clone()).await.expect_err("it waits");
    moody.falls_silent(false);
    registrar.submit(waiting).await.expect("acknowledged");
    assert_eq!(registrar.book().size(), before + 2);
}
