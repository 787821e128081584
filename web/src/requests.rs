//! What people ask about their data: a request to be erased, and what became of it.
//!
//! Kept in the portal's own tables, by pseudonym: not a fact. What answers it is: an erasure in the
//! log, or the rules' refusal.

use ledger::base::{Day, MemberRef, Notice};
use ledger::members::ErasureReason;
use ledger::registrar::Book;
use ledger::store::Draft;
use serde::{Deserialize, Serialize};

use crate::Shared;
use crate::error::Result;
use crate::signing::{self, ERASURE};

/// How long a request and its answer are kept, in milliseconds: thirteen months.
const KEPT_MS: i64 = 395 * 24 * 3_600_000;
/// How long the cooperative has to answer, in days: a month (GDPR, article 12, 3).
const ANSWER_DAYS: i64 = 30;

/// A person's request to be erased.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) member: MemberRef,
    /// When it was made.
    pub(crate) on: Day,
    /// How many leaves the book had then: an erasure that stands further answers it.
    size: u64,
    /// What an officer answered, where the rules erase nothing.
    pub(crate) answer: Option<Answer>,
}

/// The rules' refusal, as it was given to the person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) on: Day,
    pub(crate) words: String,
}

impl Request {
    /// The last day on which to answer.
    pub(crate) fn due(&self) -> Day {
        self.on.plus_days(ANSWER_DAYS)
    }

    /// The leaf of the erasure that answers it, and its day.
    pub(crate) fn erased(&self, book: &Book) -> Option<(u64, Day)> {
        let known = book.state().registers.members.get(&self.member)?;
        let since = known.erased.values().filter(|stamp| stamp.index.get() >= self.size);
        since.max_by_key(|stamp| stamp.index).map(|stamp| (stamp.index.get(), stamp.day))
    }

    /// Whether nobody has answered it.
    pub(crate) fn is_open(&self, book: &Book) -> bool {
        self.answer.is_none() && self.erased(book).is_none()
    }
}

/// The requests that wait for an answer, oldest first.
pub(crate) async fn open(shared: &Shared) -> Result<Vec<Request>> {
    let book = shared.book();
    let all = signing::all_kept::<Request>(shared, ERASURE).await?.into_iter();
    Ok(all.map(|(_, request)| request).filter(|request| request.is_open(&book)).collect())
}

/// A person's latest request.
pub(crate) async fn of(shared: &Shared, member: &MemberRef) -> Result<Option<(Draft, Request)>> {
    let mut all = signing::all_kept::<Request>(shared, ERASURE).await?.into_iter();
    Ok(all.rfind(|(_, request)| request.member == *member))
}

/// Keeps a request; one that waits already is left as it is.
pub(crate) async fn ask(shared: &Shared, member: &MemberRef) -> Result<()> {
    let book = shared.book();
    if let Some((draft, known)) = of(shared, member).await? {
        if known.is_open(&book) {
            return Ok(());
        }
        shared.registrar.store().close_draft(&draft.id).await?;
    }
    let on = shared.registrar.today();
    let request = Request { member: member.clone(), on, size: book.size(), answer: None };
    signing::keep(shared, ERASURE, &request, KEPT_MS).await?;
    Ok(())
}

/// Takes a request back.
pub(crate) async fn take_back(shared: &Shared, member: &MemberRef) -> Result<()> {
    match of(shared, member).await? {
        Some((draft, request)) if request.is_open(&shared.book()) => {
            shared.registrar.store().close_draft(&draft.id).await?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Why nothing of that person could be erased today; `None` when something could.
pub(crate) async fn refusal(shared: &Shared, member: &MemberRef) -> Result<Option<Notice>> {
    let command = shared.registrar.erasure(member, ErasureReason::Requested).await?;
    Ok(shared.registrar.draft(command, Vec::new()).err().map(|refusal| refusal.notice()))
}
