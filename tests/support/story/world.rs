//! The world of a story: a book on either engine, and the names by which the story calls things.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ledger::authority::Predecessor;
use ledger::base::{
    Amount, CallRef, CertificateRef, CostRef, Day, GrantRef, InKindRef, KeyRef, LeafIndex, LineRef,
    MemberRef, PlaceRef, SubscriptionRef,
};
use ledger::command::Command;
use ledger::log::{Hash, ProofFile, SigningKey};
use ledger::members::ErasureReason;
use ledger::registrar::keys::write_key;
use ledger::registrar::{PrivateValue, SubmitError};
use ledger::state::State;
use ledger::store::Target;

use crate::{BankLine, Coop, StatementFile, key};

/// What a sentence asks to be done.
pub(super) enum Act {
    /// Opens the book on that day.
    Open(Day),
    /// Opens the book on that day as the successor of another log.
    OpenAfterAnother(Day),
    /// Gives the signer the log's next key, and starts again.
    NextLogKey,
    /// Moves the clock.
    Today(Day),
    /// Stops and starts again.
    Restart,
    /// Commands, each with its personal values and who signs it.
    Submit(Vec<Asked>),
    /// The erasure of a member, on that ground, signed by these.
    Erase(MemberRef, ErasureReason, Vec<SigningKey>),
    /// A bank's file.
    Import(Vec<u8>),
}

/// A command, its personal values, its signers.
pub(super) struct Asked {
    pub(super) command: Command,
    pub(super) private: Vec<PrivateValue>,
    pub(super) keys: Vec<SigningKey>,
}

/// What became of the last act.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Done,
    /// Refused, with the sentence; the story must say so next.
    Refused(String),
}

/// The world of a story.
pub(super) struct World {
    target: Target,
    data: PathBuf,
    coop: Option<Coop>,
    serial: u16,
    /// Reference by what it names (a member, a place…) and name.
    named: BTreeMap<(&'static str, String), String>,
    /// Name by reference, for refusals told in the story's words.
    names: BTreeMap<String, String>,
    /// The latest bank line of each counterparty.
    pub(super) lines: BTreeMap<String, LineRef>,
    pub(super) statement: Vec<u8>,
    pub(super) balance: Amount,
    /// The proof file of each certificate's leaf.
    pub(super) proofs: BTreeMap<u64, ProofFile>,
    /// What the vault holds of each member and bank line, by reference: the names of the values.
    pub(super) held: BTreeMap<String, Vec<String>>,
    pub(super) outcome: Outcome,
    /// Size and root before the last act.
    pub(super) before: (u64, Hash),
    /// Keys that the story has made, by name.
    made: BTreeMap<String, SigningKey>,
}

macro_rules! named {
    ($($(#[$doc:meta])* $new:ident $known:ident $what:literal $kind:ident;)*) => {$(
        $(#[$doc])*
        pub(super) fn $new(&mut self, name: &str) -> $kind {
            let reference = $kind::from_random(self.bits());
            self.call($what, name, reference.as_str());
            reference
        }

        /// The one of that name.
        pub(super) fn $known(&self, name: &str) -> Result<$kind, String> {
            let known = self.named.get(&($what, name.to_owned()));
            let text = known.ok_or_else(|| format!("« {name} » names no {}", $what))?;
            $kind::parse(text).map_err(|error| error.to_string())
        }
    )*};
}

/// The log that a story's book follows: its last checkpoint and its key.
fn predecessor() -> Result<Predecessor, String> {
    let origin = "livre.exemple.coop/avant".to_owned();
    let key = SigningKey::generate(&origin, [77; 32]).map_err(|error| error.to_string())?;
    let (root, size) = (Hash::leaf(b"the last").to_base64(), LeafIndex::new(120));
    Ok(Predecessor { log_vkey: key.vkey(), origin, root, size })
}

impl World {
    pub(super) fn new(target: Target, data: PathBuf) -> Self {
        Self {
            target,
            data,
            coop: None,
            serial: 0,
            named: BTreeMap::new(),
            names: BTreeMap::new(),
            lines: BTreeMap::new(),
            statement: Vec::new(),
            balance: Amount::ZERO,
            proofs: BTreeMap::new(),
            held: BTreeMap::new(),
            outcome: Outcome::Done,
            before: (0, Hash::EMPTY_ROOT),
            made: BTreeMap::new(),
        }
    }

    named! {
        /// A new member of that name.
        new_member member "member" MemberRef;
        /// A new subscription of that member.
        new_subscription subscription "subscription" SubscriptionRef;
        /// A new place of that name.
        new_place place "place" PlaceRef;
        /// A new grant of that title.
        new_grant grant "grant" GrantRef;
        /// A new pooled cost of that title.
        new_cost cost "cost" CostRef;
        /// A new call of that title.
        new_call call_of "call" CallRef;
        /// A new allocation key of that label.
        new_key key_of "allocation key" KeyRef;
        /// A new certificate of that member.
        new_certificate certificate "certificate" CertificateRef;
    }

    /// A new contribution in kind: no sentence names one again.
    pub(super) fn new_in_kind(&mut self) -> InKindRef {
        InKindRef::from_random(self.bits())
    }

    /// Calls something by that name from now on.
    pub(super) fn call(&mut self, what: &'static str, name: &str, reference: &str) {
        self.named.insert((what, name.to_owned()), reference.to_owned());
        self.names.insert(reference.to_owned(), name.to_owned());
    }

    /// What something of that kind and name is called in the book.
    pub(super) fn reference(&self, what: &'static str, name: &str) -> Result<&str, String> {
        let known = self.named.get(&(what, name.to_owned()));
        known.map(String::as_str).ok_or_else(|| format!("« {name} » names no {what}"))
    }

    /// The name of a reference, or the reference itself.
    pub(super) fn name_of(&self, reference: &str) -> String {
        self.names.get(reference).cloned().unwrap_or_else(|| reference.to_owned())
    }

    /// Bits that no other reference has, at either end: payment references keep the first ones.
    fn bits(&mut self) -> [u8; 16] {
        self.serial += 1;
        let [high, low] = self.serial.to_be_bytes();
        std::array::from_fn(|at| if at % 2 == 0 { high } else { low })
    }

    pub(super) fn coop(&self) -> Result<&Coop, String> {
        self.coop.as_ref().ok_or_else(|| "the book is not open yet".to_owned())
    }

    pub(super) fn today(&self) -> Result<Day, String> {
        Ok(self.coop()?.registrar.today())
    }

    /// Something of the published state.
    pub(super) fn see<T>(&self, look: impl FnOnce(&State) -> T) -> Result<T, String> {
        let book = self.coop()?.registrar.book();
        Ok(look(book.state()))
    }

    /// Size and root of the published book.
    pub(super) fn head(&self) -> (u64, Hash) {
        self.coop.as_ref().map_or((0, Hash::EMPTY_ROOT), |coop| {
            let book = coop.registrar.book();
            (book.size(), book.root())
        })
    }

    /// The key a story calls so: an office, `guichet`, `inconnu` (a key that nobody enrolled), or
    /// `faux bureau-1` (another key under that office's name).
    pub(super) fn signer(&self, name: &str) -> Result<SigningKey, String> {
        let coop = self.coop()?;
        if let Some(office) = name.strip_prefix("faux ") {
            return Ok(key(office, 99));
        }
        match name {
            "guichet" => Ok(coop.registrar.desk().clone()),
            "inconnu" => Ok(key("inconnu", 98)),
            name => {
                let known = coop.keys.get(name).or_else(|| self.made.get(name)).cloned();
                known.ok_or_else(|| format!("« {name} » is no office of the test cooperative"))
            }
        }
    }

    /// A new key of that name, which nobody holds an office with yet.
    pub(super) fn new_signer(&mut self, name: &str) -> SigningKey {
        let seed = u8::try_from(self.made.len()).unwrap_or(u8::MAX).saturating_add(140);
        let made = key(name, seed);
        self.made.insert(name.to_owned(), made.clone());
        made
    }

    /// A command signed by these.
    pub(super) fn asked(&self, command: Command, signers: &[&str]) -> Result<Act, String> {
        let keys: Result<Vec<_>, _> = signers.iter().map(|name| self.signer(name)).collect();
        Ok(Act::Submit(vec![Asked { command, private: Vec::new(), keys: keys? }]))
    }

    /// Does what was asked, and keeps what became of it.
    pub(super) async fn perform(&mut self, act: Act) -> Result<(), String> {
        self.before = self.head();
        self.outcome = Outcome::Done;
        match act {
            Act::Open(on) => {
                self.coop = Some(Coop::open_in(&self.target, &self.data, on).await);
                Ok(())
            }
            Act::OpenAfterAnother(on) => {
                let opened = Coop::open_after(&self.target, &self.data, on, predecessor()?).await;
                self.coop = Some(opened);
                Ok(())
            }
            Act::NextLogKey => {
                let file = self.data.join("keys/log-next.key");
                let text = super::keys::next_log_key()?.to_file_text();
                write_key(&file, &text).map_err(|error| error.to_string())?;
                let coop = self.coop.take().ok_or("the book is not open yet")?;
                self.coop = Some(coop.restart().await);
                Ok(())
            }
            Act::Today(day) => {
                self.coop()?.clock.set(day);
                Ok(())
            }
            Act::Restart => {
                let coop = self.coop.take().ok_or("the book is not open yet")?;
                self.coop = Some(coop.restart().await);
                Ok(())
            }
            Act::Submit(all) => {
                for asked in all {
                    let keys: Vec<&SigningKey> = asked.keys.iter().collect();
                    let registrar = &self.coop()?.registrar;
                    let done = registrar.perform(asked.command, asked.private, &keys).await;
                    self.keep(done.map(|_| ()))?;
                }
                Ok(())
            }
            Act::Erase(member, reason, keys) => {
                let registrar = &self.coop()?.registrar;
                let command = registrar.erasure(&member, reason).await;
                let command = command.map_err(|error| error.to_string())?;
                let keys: Vec<&SigningKey> = keys.iter().collect();
                let done = registrar.perform(command, Vec::new(), &keys).await;
                self.keep(done.map(|_| ()))
            }
            Act::Import(file) => self.import(&file).await,
        }
    }

    fn keep(&mut self, done: Result<(), SubmitError>) -> Result<(), String> {
        match done {
            Ok(()) => Ok(()),
            Err(SubmitError::Refused(refusal)) => {
                self.outcome = Outcome::Refused(self.in_words(&refusal.to_string()));
                Ok(())
            }
            Err(other) => Err(format!("not a refusal but a failure: {other}")),
        }
    }

    async fn import(&mut self, file: &[u8]) -> Result<(), String> {
        let treasurer = self.signer("tresor")?;
        let registrar = &self.coop()?.registrar.clone();
        let read = match registrar.read_statements(file, false) {
            Ok(read) => read,
            Err(error) => {
                self.outcome = Outcome::Refused(error.to_string());
                return Ok(());
            }
        };
        for statement in read {
            let parties = statement.statement.lines.iter().map(|line| line.counterparty.clone());
            let lines: Vec<(Option<String>, LineRef)> =
                parties.zip(statement.command.lines.iter().map(|line| line.line.clone())).collect();
            let closing = statement.command.closing;
            let (command, private) = statement.into_parts();
            let done = registrar.perform(command, private, &[&treasurer]).await;
            if done.is_ok() {
                self.balance = closing.unwrap_or(self.balance);
                for (party, line) in lines {
                    self.lines.insert(party.unwrap_or_default(), line);
                }
            }
            self.keep(done.map(|_| ()))?;
        }
        Ok(())
    }

    /// Asks for the proof of every certificate again: each must be what it was the first time.
    pub(super) async fn ask_proofs(&mut self) -> Result<(), String> {
        let Some(coop) = &self.coop else { return Ok(()) };
        let book = coop.registrar.book();
        for certificate in book.state().registers.shares.certificates() {
            let index = certificate.stamp.index.get();
            let proof = coop.registrar.proof_file(index).await.map_err(|e| e.to_string())?;
            let proof = proof.ok_or("a certificate without a proof")?;
            if self.proofs.insert(index, proof.clone()).is_some_and(|before| before != proof) {
                return Err(format!("the proof of leaf {index} has changed"));
            }
        }
        Ok(())
    }

    /// Looks into the vault: what it holds of every member and bank line that the story names.
    pub(super) async fn look_into_the_vault(&mut self) -> Result<(), String> {
        let Some(coop) = &self.coop else { return Ok(()) };
        let members = self.named.iter().filter(|((what, _), _)| *what == "member");
        let members = members.map(|(_, reference)| reference.clone());
        let lines = self.lines.values().map(|line| line.as_str().to_owned());
        for owner in members.chain(lines).collect::<Vec<_>>() {
            let values = coop.registrar.private(&owner).await.map_err(|e| e.to_string())?;
            self.held.insert(owner, values.into_keys().collect());
        }
        Ok(())
    }

    /// A statement of the running account with these lines.
    pub(super) fn statement_of(&self, on: Day, lines: Vec<BankLine>) -> StatementFile {
        StatementFile::sound(on, self.balance, lines)
    }

    /// A sentence of the book with the story's names in place of references.
    fn in_words(&self, sentence: &str) -> String {
        let named = |text: String, (reference, name): (&String, &String)| {
            text.replace(reference.as_str(), &format!("« {name} »"))
        };
        self.names.iter().fold(sentence.to_owned(), named)
    }
}
