//! What is outside the book: the signer's state, the last checkpoint seen, a witness over a bad network.

use ledger::log::proof::consistency_proof;
use ledger::log::witness::{AddCheckpoint, Answer, Asked, Client, Cosigner, Heard, Pace, Seen};
use ledger::log::{After, Checkpoint, Hash, Note, SigningKey};
use ledger::registrar::signer::{Ask, SignError, moved};

use super::store::Store;
use crate::bench::Chance;

pub(super) const ORIGIN: &str = "livre.exemple.coop/simulation";

/// The signer: the rule of the real one on a state in memory.
pub(super) struct Signer {
    pub(super) key: SigningKey,
    pub(super) state: After,
    /// Every head that it ever signed, whether its answer arrived or not.
    pub(super) signed: Vec<After>,
}

impl Signer {
    pub(super) fn new() -> Self {
        let key = SigningKey::generate(ORIGIN, [9; 32]).expect("a key");
        Self { key, state: After { size: 0, root: Hash::EMPTY_ROOT }, signed: Vec::new() }
    }

    /// Signs, unless the rule refuses, or chance has it silent: before or after its state is written.
    pub(super) fn sign(&mut self, ask: &Ask, chance: &mut Chance) -> Result<Vec<u8>, SignError> {
        let silent = || SignError::Silent("simulated".into());
        if chance.once_in(40) {
            return Err(silent());
        }
        if let Some(next) = moved(&self.state, ask)? {
            assert!(next.size > self.state.size, "the signer went back");
            self.state = next;
        }
        let head = After { size: ask.checkpoint.size, root: ask.checkpoint.root };
        self.signed.push(head);
        if chance.once_in(40) {
            return Err(silent());
        }
        let text = ask.checkpoint.text();
        let signature = self.key.sign_text(&text).expect("signed");
        Ok(Note { text, signatures: vec![signature] }.to_bytes())
    }
}

/// A question or an answer that is on its way.
#[derive(Clone)]
enum Letter {
    Question(Vec<u8>, Asked),
    Answer(Answer, Asked),
}

/// A witness, how the log speaks to it, and the letters between them: late, twice, lost, out of order.
pub(super) struct Witness {
    cosigner: Cosigner,
    client: Client,
    pub(super) seen: Option<Seen>,
    /// When each arrives, in steps.
    letters: Vec<(u64, Letter)>,
    pub(super) cosigned: u64,
}

impl Witness {
    pub(super) fn new(log: &SigningKey) -> Self {
        let name = "temoin.exemple.coop/1";
        let key = SigningKey::generate_cosigner(name, [4; 32]).expect("a key");
        let client =
            Client::new(key.verifier().clone(), 0, Pace { every: 2, refresh: 400, patience: 60 });
        let cosigner = Cosigner::new(key, vec![log.verifier().clone()]).expect("a witness");
        Self { cosigner, client, seen: None, letters: Vec::new(), cosigned: 0 }
    }

    /// One step of the network at `now`, with the latest checkpoint that the log has released.
    pub(super) fn step(
        &mut self,
        store: &Store,
        released: Option<&Vec<u8>>,
        now: u64,
        clock: u64,
        chance: &mut Chance,
    ) {
        if let Some(note) = released {
            self.asks(store, note, now, chance);
        }
        let arrived = self.letters.extract_if(.., |(at, _)| *at <= now);
        for (_, letter) in arrived.collect::<Vec<_>>() {
            match letter {
                Letter::Question(request, asked) => {
                    let seen = self.seen;
                    let (answer, kept) = self.cosigner.consider(&request, clock, |_| seen);
                    if let Some((_, next)) = kept {
                        assert!(
                            seen.is_none_or(|seen| seen.size <= next.size),
                            "the witness went back"
                        );
                        self.seen = Some(next);
                    }
                    self.sends(Letter::Answer(answer, asked), now, chance);
                }
                Letter::Answer(answer, asked) => {
                    match self.client.hear(&asked, &answer, store.head.size, now) {
                        Heard::Cosigned { .. } => self.cosigned += 1,
                        Heard::Against(evidence) => {
                            panic!(
                                "the witness is against a book that never went back: {evidence:?}"
                            )
                        }
                        Heard::Again(_) | Heard::Useless(_) => {}
                    }
                }
            }
        }
        if chance.once_in(50) {
            self.client.failed(now);
        }
    }

    fn asks(&mut self, store: &Store, note: &[u8], now: u64, chance: &mut Chance) {
        let text = Note::parse(note).expect("a note").text;
        let size = Checkpoint::parse(&text).expect("a checkpoint").size;
        let old = self.client.old();
        if self.client.wait(size, now) > 0 || old > size {
            return;
        }
        let proof = consistency_proof(old, size, &store.tiles).expect("the tiles are there");
        let request = AddCheckpoint { old, proof, checkpoint: note.to_vec() }.to_bytes();
        let asked = Asked { old, size, text };
        self.sends(Letter::Question(request, asked), now, chance);
        // No more questions until an answer is due.
        self.client.failed(now);
    }

    fn sends(&mut self, letter: Letter, now: u64, chance: &mut Chance) {
        if chance.once_in(6) {
            return;
        }
        if chance.once_in(8) {
            self.letters.push((now + 1 + chance.below(60), letter.clone()));
        }
        self.letters.push((now + 1 + chance.below(4), letter));
    }
}
