//! What every test starts from: an example cooperative, a clock that stands still, named keys.
//!
//! A [`Coop`] is a real book behind the real registrar, on either engine: nothing is mocked but
//! the time.

#![expect(clippy::expect_used, reason = "a test that can't start should say so and stop")]
#![expect(clippy::missing_panics_doc, reason = "support panics to fail the test that called it")]

mod auditors;
pub mod big;
pub mod cosigned;
mod database;
pub mod live;
mod mutate;
pub mod parted;
mod person;
mod place;
pub mod pure;
pub mod site;
mod statement;
mod stored;
pub mod story;

pub use auditors::{Auditors, Exported, python};
pub use database::Database;
pub use mutate::Mutator;
pub use person::{field_named, identity};
pub use place::{any_place, place};
pub use statement::{BankLine, StatementFile, statement};
pub use stored::StoredLog;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use ledger::authority::{AdminKey, EnrolKey, OpenBook, Predecessor, Role, SucceedBook};
use ledger::base::{
    Amount, BankRef, CategoryId, Count, Day, DecisionRef, Digest, Iban, MemberRef,
    PaymentReference, PlaceRef, ShareCount, SubscriptionRef, in_words,
};
use ledger::bylaws::Bylaws;
use ledger::command::Command;
use ledger::log::SigningKey;
use ledger::members::{Apply, PersonKind};
use ledger::registrar::witness::read_policy;
use ledger::registrar::{Clock, Keys, Receipt, Registrar, SubmitError, digests, disclose};
use ledger::shares::{AllotShares, FormEvidence, Subscribe};
use ledger::store::{Store, Target};
use ledger::treasury::OpenBankAccount;

/// The origin of the test log.
pub const ORIGIN: &str = "livre.exemple.coop/fonciere";

/// The IBAN of the test cooperative: the sample of the French banks' own documentation.
pub const IBAN: &str = "FR7630006000011234567890189";

/// The bylaws of the example cooperative.
pub fn bylaws() -> Bylaws {
    serde_json::from_str(include_str!("../../ledger/examples/statuts.json")).expect("bylaws")
}

/// A clock that moves only when told.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// Stands at noon UTC of that day.
    pub fn at(day: Day) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(noon_ms(day))))
    }

    /// Moves to noon UTC of that day.
    pub fn set(&self, day: Day) {
        self.0.store(noon_ms(day), Ordering::SeqCst);
    }

    /// Moves by so many milliseconds.
    pub fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

fn noon_ms(day: Day) -> i64 {
    let instant = format!("{day}T12:00:00.000Z");
    ledger::log::leaf::parse_instant(&instant).expect("an instant")
}

/// A day written `2026-03-01`.
pub fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

/// Euros and cents written `1 000,00`.
pub fn euros(text: &str) -> Amount {
    Amount::parse(text).expect("an amount")
}

/// A reference made of one repeated number: tests name things by small numbers.
pub fn bits(number: u8) -> [u8; 16] {
    [number; 16]
}

/// A digest that stands for some document.
pub fn digest(number: u8) -> Digest {
    Digest::from_bytes([number; 32])
}

/// A decision of the board.
pub fn decision(on: Day) -> DecisionRef {
    DecisionRef {
        label: format!("Conseil d’administration du {}", on.in_french()),
        minutes_sha256: None,
        on,
    }
}

/// The bank account of the test cooperative.
pub fn bank_account_of_the_tests() -> OpenBankAccount {
    OpenBankAccount {
        account: BankRef::from_random(bits(1)),
        iban: Iban::parse(IBAN).expect("an IBAN"),
        bic: "AGRIFRPP".into(),
        label: "Compte courant".into(),
    }
}

/// An open book with its offices.
pub struct Coop {
    /// The way in.
    pub registrar: Arc<Registrar>,
    /// The clock it reads.
    pub clock: Arc<FixedClock>,
    /// The offices' keys, by short name: `admin-1`, `bureau-1`, `tresor`…
    pub keys: BTreeMap<&'static str, SigningKey>,
    /// The folder of the book.
    pub data: PathBuf,
    /// The engine and place of the book.
    pub target: Target,
    folder: Option<tempfile::TempDir>,
}

const OFFICES: [(&str, Role, u8); 7] = [
    ("admin-1", Role::Admin, 1),
    ("admin-2", Role::Admin, 2),
    ("admin-3", Role::Admin, 3),
    ("bureau-1", Role::Officer, 4),
    ("bureau-2", Role::Officer, 5),
    ("bureau-3", Role::Officer, 6),
    ("tresor", Role::Treasurer, 7),
];

/// The seeded key of an office of the test cooperative.
pub fn key(name: &str, seed: u8) -> SigningKey {
    SigningKey::generate(&format!("{ORIGIN}/k/{name}"), [seed; 32]).expect("a key")
}

/// The registrar of a book that exists, with the keys and the policy of its folder.
async fn started(target: &Target, data: &Path, clock: Arc<FixedClock>) -> Arc<Registrar> {
    let store = Store::open(target).await.expect("the book is there");
    let server = Keys::load(&data.join("keys")).expect("keys");
    let policy = read_policy(data, None).expect("a policy, if there is one");
    let opened = Registrar::open_witnessed(store, server, clock, policy).await;
    opened.expect("the registrar opens")
}

impl Coop {
    /// Opens a new book in a temporary folder, on 1 March 2026, with its offices enrolled.
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().to_owned();
        let mut coop = Self::open_in(&Target::Folder(data.clone()), &data, day("2026-03-01")).await;
        coop.folder = Some(folder);
        coop
    }

    /// Opens a new book on that engine; keys go to `data`.
    pub async fn open_in(target: &Target, data: &Path, on: Day) -> Self {
        Self::opened(target, data, on, None).await
    }

    /// Opens a new book that follows another log.
    pub async fn open_after(
        target: &Target,
        data: &Path,
        on: Day,
        predecessor: Predecessor,
    ) -> Self {
        Self::opened(target, data, on, Some(predecessor)).await
    }

    async fn opened(
        target: &Target,
        data: &Path,
        on: Day,
        predecessor: Option<Predecessor>,
    ) -> Self {
        let store = Store::create(target).await.expect("a new book");
        let server = Keys::create(&data.join("keys"), ORIGIN).expect("keys");
        let (log, desk) = (server.log.keys().expect("its keys"), server.desk.clone());
        let log_vkey = log[0].to_string();
        let clock = FixedClock::at(on);
        let registrar =
            Registrar::open(store, server, clock.clone()).await.expect("the registrar opens");
        let keys = OFFICES.iter().map(|(name, _, seed)| (*name, key(name, *seed))).collect();
        let (data, target) = (data.to_owned(), target.clone());
        let coop = Self { registrar, clock, keys, data, target, folder: None };
        coop.open_book(log_vkey, predecessor).await;
        coop.enrol("guichet", Role::Desk, &desk).await;
        for (name, role, _) in OFFICES.iter().filter(|(_, role, _)| *role != Role::Admin) {
            coop.enrol(name, *role, coop.key(name)).await;
        }
        coop
    }

    /// Opens a book that is in that folder already, with these offices' keys.
    pub async fn reopened(keys: BTreeMap<&'static str, SigningKey>, data: &Path, on: Day) -> Self {
        let target = Target::Folder(data.to_owned());
        let (clock, data) = (FixedClock::at(on), data.to_owned());
        let registrar = started(&target, &data, clock.clone()).await;
        Self { registrar, clock, keys, data, target, folder: None }
    }

    /// Stops and starts again from what is stored, same keys, same clock, and the policy that the
    /// folder holds now.
    pub async fn restart(self) -> Self {
        let Self { registrar, clock, keys, data, target, folder } = self;
        drop(registrar);
        let registrar = started(&target, &data, clock.clone()).await;
        Self { registrar, clock, keys, data, target, folder }
    }

    /// Waits until the last checkpoint that was shown is kept: senders have their answers before that.
    pub async fn all_kept(&self) {
        let size = self.registrar.book().size();
        let kept = async || self.registrar.store().latest_checkpoint().await.expect("read");
        while kept().await.is_none_or(|row| row.size < size) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The key of an office.
    pub fn key(&self, name: &str) -> &SigningKey {
        self.keys.get(name).expect("an office of the test cooperative")
    }

    async fn open_book(&self, log_vkey: String, predecessor: Option<Predecessor>) {
        let admins = ["admin-1", "admin-2", "admin-3"];
        let opening = OpenBook {
            origin: ORIGIN.into(),
            log_vkey,
            admins: admins
                .iter()
                .map(|name| AdminKey { holder: (*name).into(), vkey: self.key(name).vkey() })
                .collect(),
            threshold: Count::new(2),
            bylaws: bylaws(),
            charter_sha256: None,
            policy_sha256: None,
        };
        let command = match predecessor {
            None => Command::OpenBook(Box::new(opening)),
            Some(predecessor) => {
                Command::SucceedBook(Box::new(SucceedBook { opening, predecessor }))
            }
        };
        self.done(command, &["admin-1", "admin-2"]).await;
    }

    async fn enrol(&self, holder: &str, role: Role, key: &SigningKey) {
        let ask = EnrolKey { holder: holder.into(), role, vkey: key.vkey() };
        let signers = [key, self.key("admin-1"), self.key("admin-2")];
        self.registrar
            .perform(Command::EnrolKey(ask), Vec::new(), &signers)
            .await
            .expect("the key is enrolled");
    }

    /// Submits a command signed by these offices.
    pub async fn submit(&self, command: Command, offices: &[&str]) -> Result<Receipt, SubmitError> {
        let signers: Vec<&SigningKey> = offices.iter().map(|name| self.key(name)).collect();
        self.registrar.perform(command, Vec::new(), &signers).await
    }

    /// Submits a command that must pass.
    pub async fn done(&self, command: Command, offices: &[&str]) -> Receipt {
        self.submit(command, offices).await.expect("the command passes")
    }

    /// Submits a command that must be refused, and gives the sentence.
    pub async fn refused(&self, command: Command, offices: &[&str]) -> String {
        match self.submit(command, offices).await {
            Err(SubmitError::Refused(refusal)) => refusal.to_string(),
            other => format!("not refused: {other:?}"),
        }
    }

    /// Declares the bank account of the cooperative.
    pub async fn bank_account(&self) {
        self.done(Command::OpenBankAccount(bank_account_of_the_tests()), &["tresor"]).await;
    }

    /// A natural person applies and subscribes at the desk.
    pub async fn joins(&self, who: u8, count: u32) -> Result<Receipt, SubmitError> {
        self.joins_as(who, PersonKind::Natural, "habitants", count).await
    }

    /// A person of that kind applies in that category and subscribes at the desk.
    pub async fn joins_as(
        &self,
        who: u8,
        person: PersonKind,
        category: &str,
        count: u32,
    ) -> Result<Receipt, SubmitError> {
        let member = MemberRef::from_random(bits(who));
        let fields = identity(person);
        let private = disclose(member.as_str(), &fields).expect("disclosures");
        let apply = Apply {
            member: member.clone(),
            person,
            category: CategoryId::parse(category).expect("a category"),
            mandate: (person != PersonKind::Natural).then(|| "délibération n° 4".into()),
            fields: fields.iter().map(|(name, _)| (*name).to_owned()).collect(),
            sd: digests(&private),
            signer_vkey: None,
        };
        let subscribe = self.subscription(who, count, None);
        let desk = self.registrar.desk().clone();
        self.registrar.perform(Command::Join(apply, subscribe), private, &[&desk]).await
    }

    /// The subscription number `who` of the member number `who`.
    pub fn subscription(&self, who: u8, count: u32, place: Option<PlaceRef>) -> Subscribe {
        Subscribe {
            subscription: SubscriptionRef::from_random(bits(who)),
            member: MemberRef::from_random(bits(who)),
            count: ShareCount::new(count),
            place,
            on: self.registrar.today(),
            form: FormEvidence {
                evidence_sha256: digest(1),
                in_words: in_words(count),
                pdf_sha256: digest(2),
                template_sha256: digest(3),
            },
            signer_vkey: None,
        }
    }

    /// The payment reference of a subscription.
    pub fn reference(&self, who: u8) -> PaymentReference {
        let book = self.registrar.book();
        let reference = SubscriptionRef::from_random(bits(who));
        let subscription = book.state().registers.shares.subscription(&reference);
        subscription.expect("a subscription").fact.reference.clone()
    }

    /// Imports a statement as the treasurer.
    pub async fn imports(&self, file: &str) -> Result<Vec<Receipt>, SubmitError> {
        let read = self.registrar.read_statements(file.as_bytes(), false);
        let mut receipts = Vec::new();
        for statement in read.map_err(|error| SubmitError::Failed(error.to_string()))? {
            let (command, private) = statement.into_parts();
            let key = self.key("tresor");
            receipts.push(self.registrar.perform(command, private, &[key]).await?);
        }
        Ok(receipts)
    }

    /// Two officers admit and allot these subscriptions.
    pub async fn allots(&self, who: &[u8]) -> Result<Receipt, SubmitError> {
        let ask = AllotShares {
            subscriptions: who.iter().map(|n| SubscriptionRef::from_random(bits(*n))).collect(),
            colleges: Vec::new(),
            decision: decision(self.registrar.today()),
        };
        self.submit(Command::AllotShares(ask), &["bureau-1", "bureau-2"]).await
    }
}
