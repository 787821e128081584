//! A big book, valid from the first leaf to the last: for benchmarks and for tests that need size.
//!
//! The offices, the account and the first facts go in through the registrar, as anywhere else. The
//! rest is made here: residents who apply and subscribe with a key of their own, the desk beside
//! them; places; bank statements whose lines pay the subscriptions. It is signed for true, on all
//! cores, and appended a batch at a time. That it is valid is for an audit to say.

use std::path::Path;
use std::sync::LazyLock;

use ledger::base::{
    Amount, BankRef, Capacity, CategoryId, Count, Day, Digest, LineRef, MemberRef,
    PaymentReference, PlaceRef, ShareCount, SquareMetres, StatementRef, SubscriptionRef, in_words,
};
use ledger::bylaws::Bylaws;
use ledger::command::Command;
use ledger::event::Event;
use ledger::log::hash::sha256;
use ledger::log::{
    After, Checkpoint, Disclosure, Edge, Hash, Leaf, LeafContent, LeafId, SigningKey, Tile, TileId,
};
use ledger::members::{MemberApplied, PersonKind};
use ledger::pooling::{PlaceRegistered, PlaceStatus};
use ledger::registrar::Keys;
use ledger::registrar::keys::read_signing_key;
use ledger::shares::{FormEvidence, SharesSubscribed, Subscribe};
use ledger::store::{Batch, CheckpointRow, Head, LeafRow, Store, Target, TileRow};
use ledger::treasury::{LineMatched, LineRecorded, StatementImported, Target as Pays};

use crate::pure::Pure;
use crate::{Coop, ORIGIN, bits, bylaws, day, digest, key, noon_ms};

/// Leaves that see the same checkpoint and are appended together.
const BATCH: u64 = 1_000;
/// Facts of a cycle: residents (two leaves each), places, one statement, its lines, their matching.
const CYCLE: u64 = 100;
const RESIDENTS: u64 = 25;
const PLACES: u64 = 3;
const LINES: u64 = 23;
/// Cycles a day: residents subscribe for 12,500 € a day, and an offer stops at 5 M€ a year (R30).
const CYCLES_A_DAY: u64 = 5;

/// The day the book opens.
const OPENED: &str = "2026-03-01";

static BYLAWS: LazyLock<Bylaws> = LazyLock::new(bylaws);

/// The keys that sign the big book.
struct Signers {
    desk: SigningKey,
    officer: SigningKey,
    treasurer: SigningKey,
}

/// Makes a book of `leaves` leaves on that engine, keys in `data/keys`, and stops: nothing is open.
///
/// The same `leaves` give the same facts; the server's keys, and so the bytes, are drawn anew.
pub async fn big_book(target: &Target, data: &Path, leaves: u64) {
    let coop = Coop::open_in(target, data, day(OPENED)).await;
    coop.bank_account().await;
    let begun = coop.registrar.book();
    drop(coop);
    let keys = Keys::load(&data.join("keys")).expect("keys");
    let log = read_signing_key(&data.join("keys/log.key")).expect("the log's key");
    let store = Store::open(target).await.expect("the book is there");
    let mut edge = edge_of(&store, begun.size()).await;
    assert_eq!(edge.root(), begun.root(), "the book ends where it was left");
    let signers =
        Signers { desk: keys.desk, officer: key("bureau-1", 4), treasurer: key("tresor", 7) };
    let first = begun.size();
    while edge.size() < leaves {
        let numbers: Vec<u64> = (edge.size()..leaves.min(edge.size() + BATCH)).collect();
        let after = After { size: edge.size(), root: edge.root() };
        let made = on_all_cores(&numbers, |number| signed(&signers, number - first, after));
        append(&store, &log, &mut edge, made).await;
    }
    store.close().await;
}

/// Adds the same leaves to a book in memory, until it has so many.
pub fn grow(book: &mut Pure, leaves: u64) {
    let account = crate::bank_account_of_the_tests();
    book.done(Command::OpenBankAccount(account), &["tresor"]);
    let key = |name: &str| book.key(name).clone();
    let signers =
        Signers { desk: key("guichet"), officer: key("bureau-1"), treasurer: key("tresor") };
    let first = book.replay.size();
    while book.replay.size() < leaves {
        let size = book.replay.size();
        let numbers: Vec<u64> = (size..leaves.min(size + BATCH)).collect();
        let after = After { size, root: book.replay.root() };
        let made = on_all_cores(&numbers, |number| signed(&signers, number - first, after));
        book.admit(made.into_iter().map(|row| row.leaf).collect()).expect("they pass");
    }
}

/// So many places registered by the board, each leaf signed by one key and not yet submitted: they
/// may be sent in any order.
pub fn places(coop: &Coop, count: usize) -> Vec<Vec<u8>> {
    let book = coop.registrar.book();
    let after = After { size: book.size(), root: book.root() };
    let officer = coop.key("bureau-1");
    let recorded_ms = coop.registrar.now_ms();
    let numbers: Vec<u64> = (0..u64::try_from(count).expect("a number")).collect();
    on_all_cores(&numbers, |number| {
        let made = registered(number);
        leaf_row(&Event::PlaceRegistered(made), recorded_ms, number, after, &[officer]).leaf
    })
}

async fn edge_of(store: &Store, size: u64) -> Edge {
    let wanted = Edge::tiles_to_load(size);
    let places: Vec<_> = wanted.iter().map(|id| (id.level, id.n)).collect();
    let rows = store.tiles(&places).await.expect("tiles");
    let tile =
        |row: TileRow| Tile { id: TileId { level: row.level, n: row.n }, hashes: row.hashes };
    let tiles: Vec<Tile> = rows.into_iter().map(tile).collect();
    Edge::load(size, &tiles).expect("the edge")
}

/// Appends a batch, signs the head and keeps the checkpoint, as the sequencer does.
async fn append(store: &Store, log: &SigningKey, edge: &mut Edge, leaves: Vec<LeafRow>) {
    let base = Head { size: edge.size(), root: *edge.root().as_bytes() };
    let hashes: Vec<Hash> = leaves.iter().map(|row| Hash::leaf(&row.leaf)).collect();
    let tiles = edge.append(&hashes).expect("the tree grows").into_iter();
    let tiles =
        tiles.map(|tile| TileRow { level: tile.id.level, n: tile.id.n, hashes: tile.hashes });
    let head = Head { size: edge.size(), root: *edge.root().as_bytes() };
    let batch = Batch { base, leaves, tiles: tiles.collect(), head, checkpoint: None };
    store.append(&batch).await.expect("appended");
    let (size, root) = (edge.size(), edge.root());
    let note = Checkpoint { origin: ORIGIN.into(), size, root }.sign(log).expect("signed");
    store.save_checkpoint(&CheckpointRow { size, note }).await.expect("kept");
}

/// The same work for each number, on as many threads as there are cores; the answers in order.
fn on_all_cores<T: Send>(numbers: &[u64], work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = numbers.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = numbers
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(|n| work(*n)).collect::<Vec<T>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a thread")).collect()
    })
}

/// The `number`-th leaf of the made part, signed by those whom its fact asks for.
fn signed(signers: &Signers, number: u64, after: After) -> LeafRow {
    let made = fact(number);
    let recorded_ms = noon_ms(on(number / CYCLE)) + i64::try_from(number % 86_400).expect("small");
    let office = match made.office {
        Office::Desk => &signers.desk,
        Office::Officer => &signers.officer,
        Office::Treasurer => &signers.treasurer,
    };
    let keys: Vec<&SigningKey> = [Some(office), made.own.as_ref()].into_iter().flatten().collect();
    leaf_row(&made.event, recorded_ms, number, after, &keys)
}

/// The leaf of a fact, signed by these keys.
fn leaf_row(
    event: &Event,
    recorded_ms: i64,
    number: u64,
    after: After,
    keys: &[&SigningKey],
) -> LeafRow {
    let (kind, body) = event.to_parts().expect("a fact that can be written");
    let random = drawn("leaf", number);
    let id = LeafId::from_parts(recorded_ms, *random.first_chunk().expect("bytes"));
    let (origin, corrects) = (ORIGIN.to_owned(), None);
    let content = LeafContent { origin, id, kind, recorded_ms, after, corrects, body };
    let text = content.to_text().expect("a leaf");
    let signatures = keys.iter().map(|key| key.sign_text(&text).expect("signed")).collect();
    LeafRow { id: *id.as_bytes(), leaf: Leaf::assemble(text, signatures) }
}

/// A fact and who signs it.
struct Made {
    event: Event,
    office: Office,
    own: Option<SigningKey>,
}

enum Office {
    Desk,
    Officer,
    Treasurer,
}

/// The day of a cycle.
fn on(cycle: u64) -> Day {
    day(OPENED).plus_days(i64::try_from(cycle / CYCLES_A_DAY).expect("few days"))
}

/// Sixteen bytes that stand for chance, always the same for a name and a number.
fn drawn(name: &str, number: u64) -> [u8; 16] {
    let bytes = sha256(format!("{name} {number}").as_bytes());
    *bytes.first_chunk().expect("32 bytes")
}

fn fact(number: u64) -> Made {
    let (cycle, place) = (number / CYCLE, number % CYCLE);
    let lines = 2 * RESIDENTS + PLACES + 1;
    match place {
        n if n < 2 * RESIDENTS => resident(cycle, cycle * RESIDENTS + n / 2, n % 2 == 0),
        n if n < 2 * RESIDENTS + PLACES => {
            let event = Event::PlaceRegistered(registered(cycle * PLACES + n - 2 * RESIDENTS));
            Made { event, office: Office::Officer, own: None }
        }
        n if n < lines => treasurer(Event::StatementImported(statement(cycle))),
        n if n < lines + LINES => treasurer(Event::LineRecorded(line(cycle, n - lines))),
        n => treasurer(Event::LineMatched(matched(cycle, n - lines - LINES))),
    }
}

fn treasurer(event: Event) -> Made {
    Made { event, office: Office::Treasurer, own: None }
}

/// A resident applies, then subscribes to one share, both signed by a key that their browser made.
fn resident(cycle: u64, number: u64, applies: bool) -> Made {
    let random = drawn("resident", number);
    let name = format!("{ORIGIN}/k/{}", &member(number).as_str()[2..14]);
    let own = SigningKey::generate(&name, sha256(&random)).expect("a key");
    let signer_vkey = Some(own.vkey());
    let event = if applies {
        Event::MemberApplied(MemberApplied {
            sd: (0..8).map(|field| disclosed("identity", number * 8 + field)).collect(),
            sd_alg: "sha-256".into(),
            category: CategoryId::parse("habitants").expect("a category"),
            mandate: None,
            member: member(number),
            person: PersonKind::Natural,
            signer_vkey,
        })
    } else {
        Event::SharesSubscribed(subscribed(cycle, number, signer_vkey))
    };
    Made { event, office: Office::Desk, own: Some(own) }
}

fn member(number: u64) -> MemberRef {
    MemberRef::from_random(drawn("member", number))
}

fn subscription(number: u64) -> SubscriptionRef {
    SubscriptionRef::from_random(drawn("subscription", number))
}

fn subscribed(cycle: u64, number: u64, signer_vkey: Option<String>) -> SharesSubscribed {
    let ask = Subscribe {
        subscription: subscription(number),
        member: member(number),
        count: ShareCount::new(1),
        // The cycle before has registered it.
        place: cycle.checked_sub(1).map(|before| place(before * PLACES + number % PLACES)),
        on: on(cycle),
        form: FormEvidence {
            evidence_sha256: Digest::from_bytes(sha256(&drawn("evidence", number))),
            in_words: in_words(1),
            pdf_sha256: Digest::from_bytes(sha256(&drawn("pdf", number))),
            template_sha256: digest(3),
        },
        signer_vkey,
    };
    ledger::shares::subscribe(&BYLAWS, ask).expect("a subscription")
}

fn place(number: u64) -> PlaceRef {
    PlaceRef::from_random(drawn("place", number))
}

fn registered(number: u64) -> PlaceRegistered {
    PlaceRegistered {
        capacity: Capacity::new(30),
        member: None,
        name: format!("Atelier partagé nᵒ {number}"),
        place: place(number),
        postcode: "59000".into(),
        status: PlaceStatus::Open,
        street: format!("{number} rue de la Fraternité"),
        surface: SquareMetres::new(240),
        town: "Lille".into(),
    }
}

fn statement(cycle: u64) -> StatementImported {
    let lines = Count::new(u32::try_from(LINES).expect("few"));
    StatementImported {
        account: BankRef::from_random(bits(1)),
        closing: None,
        file_sha256: Digest::from_bytes(sha256(&drawn("file", cycle))),
        format: "camt.053".into(),
        lines,
        new_lines: lines,
        opening: None,
        statement: StatementRef::from_random(drawn("statement", cycle)),
        until: on(cycle),
    }
}

fn nominal() -> Amount {
    BYLAWS.at(day(OPENED)).nominal().expect("a nominal value")
}

fn line_ref(cycle: u64, n: u64) -> LineRef {
    LineRef::from_random(drawn("line", cycle * LINES + n))
}

/// The `n`-th line of a cycle's statement pays the `n`-th subscription of that cycle.
fn line(cycle: u64, n: u64) -> LineRecorded {
    LineRecorded {
        sd: (0..3).map(|field| disclosed("line", (cycle * LINES + n) * 3 + field)).collect(),
        sd_alg: "sha-256".into(),
        amount: nominal(),
        booked_on: on(cycle),
        line: line_ref(cycle, n),
        reference: Some(reference(&subscription(cycle * RESIDENTS + n))),
        statement: StatementRef::from_random(drawn("statement", cycle)),
    }
}

fn reference(subscription: &SubscriptionRef) -> PaymentReference {
    let body = format!("PS{}", subscription.as_str()[2..14].to_uppercase());
    PaymentReference::from_body(&body).expect("a reference")
}

fn matched(cycle: u64, n: u64) -> LineMatched {
    let target = Pays::Subscription(subscription(cycle * RESIDENTS + n));
    LineMatched { amount: nominal(), line: line_ref(cycle, n), target }
}

/// The digest of a disclosure.
fn disclosed(name: &str, number: u64) -> String {
    let value = format!("valeur {number}");
    Disclosure::new(drawn(name, number), name, &value).digest()
}
