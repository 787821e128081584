//! The log's side of witnessing: who is asked, when, and what their answers change.
//!
//! | file | what it is |
//! |---|---|
//! | this one | who is asked and when: by the node that writes, all about the same checkpoint |
//! | `call` | one question over HTTP |
//! | `request` | the question: a proof that was checked before it is sent |
//! | `kept` | the cosignatures that are shown, and which checkpoint a proof uses |
//! | `alarm` | what contradicts the book, and until when |
//! | `by_file` | the same question and answer, carried by mail or on a USB key |
//! | `policy_file` | the file that says which witnesses count |

mod alarm;
mod by_file;
mod call;
mod kept;
mod policy_file;
mod request;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use alarm::Alarm;
pub use by_file::{Carried, FileError, answer_from_file, request_for_file};
pub use kept::{WitnessedHead, cosigned, largest_witnessed, with_latest};
pub use policy_file::{POLICY_FILE, PolicyFileError, read_policy};

use super::draft::StartError;
use super::{Book, Clock, Registrar, shown};
use crate::log::policy::PolicyWitness;
use crate::log::witness::{Answer, Asked, Client, Heard, Pace};
use crate::log::{Note, Policy, Signature, VerifierKey, cosignature};
use crate::store::{CheckpointRow, CosignatureRow, Failure, Store};

/// Once a minute at most, once an hour at least, an hour at most after failures.
const PACE: Pace = Pace { every: 60_000, refresh: 3_600_000, patience: 3_600_000 };
/// How often it is looked whether somebody is to be asked, or has said something to another node.
const LOOK: Duration = Duration::from_secs(1);
/// Most questions to one witness at a turn: it may ask for another proof first.
const QUESTIONS: usize = 4;

/// The witnesses of a book.
pub(super) struct Witnesses {
    store: Arc<Store>,
    published: Arc<RwLock<Arc<Book>>>,
    clock: Arc<dyn Clock>,
    policy: Policy,
    caller: call::Caller,
    /// Whether this node is the one that asks: the one that writes.
    asks: AtomicBool,
    /// Those with an address.
    asked: Mutex<Vec<AskedWitness>>,
    /// Why the last question to a witness was of no use, by its name in the policy.
    troubles: RwLock<BTreeMap<String, String>>,
    alarms: RwLock<Vec<Alarm>>,
    /// Whether an alarm is in memory alone, since the disk did not take it: it stands until the end.
    unkept: AtomicBool,
    begun: Instant,
    /// No witness is asked before, by the steady clock of this process: a turn is for all at once, so
    /// that a quorum comes together on one checkpoint.
    next_turn: AtomicU64,
}

/// A witness that is asked over HTTP.
#[derive(Clone)]
struct AskedWitness {
    name: String,
    url: String,
    client: Client,
}

/// What is known of a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessStanding {
    /// Its name in the policy.
    pub name: String,
    /// Its public key.
    pub vkey: String,
    /// Where it is asked; without an address it is asked by files.
    pub url: Option<String>,
    /// The largest size that it has cosigned, and when, in POSIX seconds.
    pub cosigned: Option<(u64, u64)>,
    /// Why the last question was of no use, in the words of who did not help.
    pub trouble: Option<String>,
}

/// The store, the published book and the clock that witnesses are asked with.
type Seen = (Arc<Store>, Arc<RwLock<Arc<Book>>>, Arc<dyn Clock>);

impl Witnesses {
    /// What witnesses have said so far.
    ///
    /// # Errors
    /// [`StartError::OtherPolicy`] when the policy lists logs and not this one.
    pub(super) async fn open(seen: Seen, policy: Policy) -> Result<Self, StartError> {
        let (store, published, clock) = seen;
        is_for(&policy, &shown(&published))?;
        let mut asked = Vec::new();
        for witness in policy.witnesses() {
            let Some(url) = witness.url.clone() else { continue };
            let last = store.last_cosigned_by(witness.key.name(), witness.key.id()).await?;
            let old = last.map_or(0, |row| row.size);
            let client = Client::new(witness.key.clone(), old, PACE);
            asked.push(AskedWitness { name: witness.name.clone(), url, client });
        }
        alarm::warn_of_unnamed(&store, &policy).await?;
        let alarms = alarm::standing(&store, &policy).await?;
        for alarm in &alarms {
            tracing::error!(%alarm, "a witness contradicts this book: nothing is written");
        }
        Ok(Self {
            asks: AtomicBool::new(!store.is_shared()),
            store,
            published,
            clock,
            policy,
            caller: call::Caller::default(),
            asked: Mutex::new(asked),
            troubles: RwLock::default(),
            alarms: RwLock::new(alarms),
            unkept: AtomicBool::new(false),
            begun: Instant::now(),
            next_turn: AtomicU64::new(0),
        })
    }

    /// Whether this node is the one that asks.
    pub(super) fn this_node_asks(&self, asks: bool) {
        self.asks.store(asks, Ordering::Relaxed);
    }

    /// Milliseconds by the steady clock of this process.
    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// What there is to do at this moment.
    async fn look(self: &Arc<Self>) {
        // Another node, or a file that the operator's program took in, may have brought an alarm.
        match alarm::standing(&self.store, &self.policy).await {
            Ok(_) if self.unkept.load(Ordering::Relaxed) => {}
            Ok(standing) => self.set_alarms(standing),
            Err(failure) => tracing::warn!(%failure, "what contradicts the book can't be read"),
        }
        let now = self.now();
        if self.asks.load(Ordering::Relaxed) && now >= self.next_turn.load(Ordering::Relaxed) {
            self.turn(false).await;
        }
    }

    /// Asks those whose turn it is, or `everybody`, about the checkpoint that is shown.
    async fn turn(self: &Arc<Self>, everybody: bool) {
        let mut witnesses = self.asked.lock().await;
        let book = shown(&self.published);
        if book.size() == 0 {
            return;
        }
        let now = self.now();
        let mut asks = JoinSet::new();
        for (at, witness) in witnesses.iter().enumerate() {
            if everybody || witness.client.wait(book.size(), now) == 0 {
                let (this, book) = (Arc::clone(self), Arc::clone(&book));
                let mut witness = witness.clone();
                asks.spawn(async move {
                    let trouble = this.ask(&mut witness, &book, now).await.err();
                    (at, witness, trouble)
                });
            }
        }
        if !asks.is_empty() {
            self.next_turn.store(now.saturating_add(PACE.every), Ordering::Relaxed);
        }
        while let Some(done) = asks.join_next().await {
            let Ok((at, asked, trouble)) = done else { continue };
            self.set_trouble(&asked.name, trouble);
            if let Some(place) = witnesses.get_mut(at) {
                *place = asked;
            }
        }
    }

    /// Asks one witness, again where it wants another proof. `Err` says why it was of no use.
    async fn ask(&self, witness: &mut AskedWitness, book: &Book, now: u64) -> Result<(), String> {
        for _ in 0..QUESTIONS {
            match self.question(witness, book, now).await {
                Ok(Some(Heard::Cosigned { .. })) => return Ok(()),
                Ok(Some(Heard::Again(_))) => {}
                Ok(Some(Heard::Useless(why))) => return Err(why),
                Ok(Some(Heard::Against(_))) => return Err("il contredit ce livre".into()),
                Ok(None) => return Err("il a cosigné plus que ce portail n’a encore lu".into()),
                Err(why) => {
                    witness.client.failed(now);
                    return Err(why);
                }
            }
        }
        Err("il demande sans cesse une autre preuve".into())
    }

    /// One question and what its answer means; `None` while this process has read too little to ask.
    async fn question(
        &self,
        witness: &mut AskedWitness,
        book: &Book,
        now: u64,
    ) -> Result<Option<Heard>, String> {
        let old = witness.client.old();
        if old > book.size() {
            return Ok(None);
        }
        let note = Note::parse(book.checkpoint()).map_err(|error| error.to_string())?;
        let checkpoint = CheckpointRow { size: book.size(), note: book.checkpoint().to_vec() };
        let request = request::checked(&self.store, old, &checkpoint).await?.to_bytes();
        let (caller, url, sent) = (self.caller.clone(), witness.url.clone(), request.clone());
        let told = tokio::task::spawn_blocking(move || caller.ask(&url, &sent)).await;
        let told = told.map_err(|error| error.to_string())??;
        // Read after the answer: another process may have written, and had it cosigned, meanwhile.
        let ours = self.store.head().await.map_err(|failure| failure.to_string())?.size;
        let asked = Asked { old, size: book.size(), text: note.text };
        let heard = witness.client.hear(&asked, &told.answer, ours, now);
        match &heard {
            Heard::Cosigned { .. } => {
                let Answer::Cosigned(lines) = &told.answer else { return Ok(Some(heard)) };
                let of = std::slice::from_ref(&checkpoint);
                let kept = keep_lines(&self.store, &self.policy, lines, of).await;
                kept.map_err(|failure| failure.to_string())?;
            }
            Heard::Against(evidence) => {
                let found_ms = self.clock.now_ms();
                let key = witness.client.witness();
                let found = alarm::row(key, *evidence, ours, found_ms, (request, &told));
                self.raise(found).await;
            }
            Heard::Again(_) | Heard::Useless(_) => {}
        }
        Ok(Some(heard))
    }

    fn set_trouble(&self, name: &str, trouble: Option<String>) {
        if let Some(why) = &trouble {
            tracing::warn!(witness = name, why, "a witness has not cosigned");
        }
        let mut troubles = self.troubles.write().unwrap_or_else(PoisonError::into_inner);
        match trouble {
            Some(why) => troubles.insert(name.to_owned(), why),
            None => troubles.remove(name),
        };
    }

    /// The checkpoint of a proof over at least `size` leaves, if the witnesses vouch for one.
    pub(super) async fn first_witnessed(
        &self,
        size: u64,
    ) -> Result<Option<CheckpointRow>, Failure> {
        kept::first_witnessed(&self.store, &self.policy, size).await
    }

    async fn standing(&self) -> Result<Vec<WitnessStanding>, Failure> {
        let mut all = Vec::new();
        for PolicyWitness { name, key, url } in self.policy.witnesses() {
            let last = self.store.last_cosigned_by(key.name(), key.id()).await?;
            let troubles = self.troubles.read().unwrap_or_else(PoisonError::into_inner);
            all.push(WitnessStanding {
                name: name.clone(),
                vkey: key.to_string(),
                url: url.clone(),
                cosigned: last.map(|row| (row.size, row.time)),
                trouble: troubles.get(name).cloned(),
            });
        }
        Ok(all)
    }
}

/// A policy that lists logs must list this one.
fn is_for(policy: &Policy, book: &Book) -> Result<(), StartError> {
    let authority = &book.state().registers.authority;
    let Some(origin) = authority.origin().filter(|_| !policy.logs().is_empty()) else {
        return Ok(());
    };
    let listed = authority
        .log_keys()
        .any(|named| policy.logs().iter().any(|log| log.key.to_string() == named.vkey));
    if listed { Ok(()) } else { Err(StartError::OtherPolicy(origin.to_owned())) }
}

/// Keeps the lines by witnesses of the policy, each under the first of the checkpoints that it is of, and
/// says whose, of which size and of when: one witness may pass on another's word.
async fn keep_lines(
    store: &Store,
    policy: &Policy,
    lines: &[Signature],
    checkpoints: &[CheckpointRow],
) -> Result<Vec<(String, u64, u64)>, Failure> {
    let mut kept = Vec::new();
    for line in lines {
        let by = policy.witnesses().iter().find(|witness| line.is_by(&witness.key));
        let Some(witness) = by else { continue };
        let of = checkpoints.iter().find_map(|row| Some((row, time_of(row, line, &witness.key)?)));
        let Some((checkpoint, time)) = of else { continue };
        let (key, size) = (&witness.key, checkpoint.size);
        let (name, key_id, line) = (key.name().to_owned(), key.id(), line.to_string());
        // The release keeps it too, and goes on when it could not.
        store.save_checkpoint(checkpoint).await?;
        store.save_cosignature(&CosignatureRow { size, name, key_id, time, line }).await?;
        kept.push((witness.name.clone(), size, time));
    }
    Ok(kept)
}

fn time_of(checkpoint: &CheckpointRow, line: &Signature, key: &VerifierKey) -> Option<u64> {
    let note = Note::parse(&checkpoint.note).ok()?;
    cosignature::verify_one(&note.text, line, key).ok()
}

impl Registrar {
    /// Which witnesses count, and how many of them.
    pub fn policy(&self) -> &Policy {
        &self.witnesses.policy
    }

    /// Asks the witnesses from now on, for as long as this registrar lives: after each checkpoint,
    /// at their pace.
    pub fn watch_witnesses(&self) {
        if self.policy().witnesses().is_empty() {
            return;
        }
        let witnesses = Arc::downgrade(&self.witnesses);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                let Some(witnesses) = witnesses.upgrade() else { return };
                witnesses.look().await;
            }
        });
    }

    /// Asks every witness that has an address now, whatever their pace.
    pub async fn ask_witnesses(&self) {
        self.witnesses.turn(true).await;
    }

    /// What is known of each witness of the policy, in its order.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn witnesses(&self) -> Result<Vec<WitnessStanding>, Failure> {
        self.witnesses.standing().await
    }

    /// What stands against the book: nothing is written while there is any.
    pub fn alarms(&self) -> Vec<Alarm> {
        self.witnesses.alarms()
    }

    /// The latest checkpoint of `book`, with the cosignatures that it has so far.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn cosigned_checkpoint(&self, book: &Book) -> Result<Vec<u8>, Failure> {
        kept::cosigned(&self.store, self.policy(), book.size(), book.checkpoint()).await
    }

    /// The largest tree that is witnessed as the policy asks.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn witnessed_head(&self) -> Result<Option<WitnessedHead>, Failure> {
        kept::largest_witnessed(&self.store, self.policy(), self.book().size()).await
    }
}
