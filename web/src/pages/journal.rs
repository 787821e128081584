//! Journal entries behind a figure, and the leaf behind a journal entry.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse};
use ledger::base::{Amount, FiscalYear, PlaceRef, Source};
use ledger::exports::accounts::journal_csv;
use ledger::journal::{JournalEntry, Posting};
use ledger::log::Leaf;
use ledger::registrar::Book;
use ledger::reports::accounts::{EntryFilter, journal_entries};
use serde::Deserialize;

use super::accounts::source_word;
use crate::access::Visitor;
use crate::error::{PageError, Result};
use crate::facts::{Told, told};
use crate::layout::{Layout, page};
use crate::{Shared, format, layout};

/// Most journal entries on one page; the CSV has them all.
const ENTRIES_MAX: usize = 500;

/// What the address asks.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    exercice: String,
    #[serde(default)]
    lieu: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    compte: String,
}

/// The same conditions, read.
struct Conditions {
    year: Option<FiscalYear>,
    place: Option<PlaceRef>,
    source: Option<Source>,
    account: Option<String>,
}

impl Asked {
    fn read(&self) -> Result<Conditions> {
        let place = match self.lieu.as_str() {
            "" => None,
            text => Some(PlaceRef::parse(text).map_err(|_| PageError::NotFound)?),
        };
        let source = match self.source.as_str() {
            "" => None,
            word => {
                let source = Source::ALL.into_iter().find(|source| source_word(*source) == word);
                Some(source.ok_or(PageError::NotFound)?)
            }
        };
        let digits = self.compte.len() <= 8 && self.compte.bytes().all(|b| b.is_ascii_digit());
        if !digits {
            return Err(PageError::NotFound);
        }
        let account = Some(self.compte.clone()).filter(|account| !account.is_empty());
        Ok(Conditions { year: FiscalYear::parse(&self.exercice), place, source, account })
    }
}

impl Conditions {
    fn entries<'a>(&self, book: &'a Book) -> Vec<&'a JournalEntry> {
        let filter = EntryFilter {
            year: self.year,
            place: self.place.as_ref(),
            source: self.source,
            account: self.account.as_deref(),
        };
        journal_entries(&book.state().books, &filter)
    }

    fn words(&self, book: &Book) -> String {
        let place = self.place.as_ref().and_then(|p| book.state().registers.pooling.place(p));
        let parts = [
            self.year.map(|year| format!("exercice {year}")),
            place.map(|place| place.fact.name.clone()),
            self.source.map(|source| source.label().to_owned()),
            self.account.as_ref().map(|account| format!("comptes {account}…")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// Whether a posting is one of those that the figure adds up.
    fn counts(&self, posting: &Posting) -> bool {
        self.account.as_ref().is_none_or(|prefix| posting.account.number().starts_with(prefix))
            && self.source.is_none_or(|source| posting.axes.source == Some(source))
            && self.place.as_ref().is_none_or(|place| posting.axes.place.as_ref() == Some(place))
    }
}

#[derive(Template)]
#[template(path = "entries.html")]
struct EntriesPage {
    layout: Layout,
    words: String,
    entries: Vec<EntryRow>,
    left_out: usize,
    total: String,
    query: String,
}

struct EntryRow {
    number: u64,
    on: String,
    book: &'static str,
    label: String,
    voucher: String,
    leaf: u64,
    postings: Vec<PostingRow>,
}

struct PostingRow {
    account: String,
    label: &'static str,
    source: &'static str,
    debit: Option<Amount>,
    credit: Option<Amount>,
    counts: bool,
}

/// `GET /comptes/ecritures?…`
pub(crate) async fn entries(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Html<String>> {
    let book = shared.book();
    let conditions = asked.read()?;
    let found = conditions.entries(&book);
    let counted = found.iter().flat_map(|entry| entry.postings()).filter(|p| conditions.counts(p));
    let (mut debit, mut credit) = (Amount::ZERO, Amount::ZERO);
    for posting in counted {
        let failed = |error| PageError::failed("a sum of journal entries", &error);
        debit = debit.plus(posting.debit()).map_err(failed)?;
        credit = credit.plus(posting.credit()).map_err(failed)?;
    }
    let Asked { exercice, lieu, source, compte } = &asked;
    page(&EntriesPage {
        layout: Layout::of(&shared, &visitor)?,
        words: conditions.words(&book),
        left_out: found.len().saturating_sub(ENTRIES_MAX),
        entries: found.into_iter().take(ENTRIES_MAX).map(|entry| row(entry, &conditions)).collect(),
        total: format!("{debit} au débit, {credit} au crédit"),
        query: format!("exercice={exercice}&lieu={lieu}&source={source}&compte={compte}"),
    })
}

fn row(entry: &JournalEntry, conditions: &Conditions) -> EntryRow {
    let shown = |amount: Amount| Some(amount).filter(|amount| !amount.is_zero());
    let postings = entry.postings().iter().map(|posting| PostingRow {
        account: posting.account.number().to_owned(),
        label: posting.account.label(),
        source: posting.axes.source.map_or("", Source::label),
        debit: shown(posting.debit()),
        credit: shown(posting.credit()),
        counts: conditions.counts(posting),
    });
    EntryRow {
        number: entry.number,
        on: entry.on.with_slashes(),
        book: entry.book.label(),
        label: entry.label.clone(),
        voucher: entry.voucher.clone(),
        leaf: entry.leaf.get(),
        postings: postings.collect(),
    }
}

/// `GET /comptes/ecritures.csv?…`
pub(crate) async fn entries_csv(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Asked>,
) -> Result<impl IntoResponse> {
    let book = shared.book();
    let bytes = journal_csv(&asked.read()?.entries(&book))
        .map_err(|error| PageError::failed("an export", &error))?;
    Ok(layout::download("text/csv; charset=utf-8", "ecritures.csv", bytes))
}

#[derive(Template)]
#[template(path = "leaf.html")]
struct LeafPage {
    layout: Layout,
    index: u64,
    last: u64,
    told: Told,
    recorded: String,
    signers: Vec<Signer>,
    entries: Vec<EntryRow>,
    raw: String,
    id: String,
    after: u64,
}

struct Signer {
    name: String,
    office: String,
}

/// `GET /journal/{leaf}`
pub(crate) async fn leaf(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(index): Path<u64>,
) -> Result<Html<String>> {
    if !visitor.may_read_leaves(&shared) {
        return Err(PageError::SignIn(visitor.path.clone()));
    }
    let bytes = shared.registrar.leaf(index).await?.ok_or(PageError::NotFound)?;
    let leaf = Leaf::parse(&bytes).map_err(|error| PageError::failed("a stored leaf", &error))?;
    let book = shared.book();
    let authority = &book.state().registers.authority;
    let signers = leaf.note.signatures.iter().map(|signature| Signer {
        name: signature.name.clone(),
        office: authority.key(&signature.name).map_or_else(
            || "clé du souscripteur, faite dans son navigateur".to_owned(),
            |record| format!("{} ({})", record.holder, record.role.label()),
        ),
    });
    let everything = Conditions { year: None, place: None, source: None, account: None };
    let entries = book.state().books.entries().filter(|entry| entry.leaf.get() == index);
    page(&LeafPage {
        layout: Layout::of(&shared, &visitor)?,
        index,
        last: book.size().saturating_sub(1),
        told: told(&book, &leaf.content),
        recorded: format::instant(leaf.content.recorded_ms),
        signers: signers.collect(),
        entries: entries.map(|entry| row(entry, &everything)).collect(),
        raw: String::from_utf8_lossy(&leaf.bytes).into_owned(),
        id: leaf.content.id.to_string(),
        after: leaf.content.after.size,
    })
}
