//! Erasure of persons (R78): the leaf first, then the vault and what the portal keeps of them.
//!
//! The log says who is erased, and the vault is made to agree with it: after the leaf, at every
//! start, and whenever [`Registrar::finish_erasures`] is asked. So a crash between the two ends in
//! an erasure, never in a value that is gone without a leaf that says so.

use std::sync::Arc;

use super::draft::{Receipt, StartError, SubmitError};
use super::{Book, Registrar, VaultError, vault};
use crate::base::{Day, LeafIndex, LineRef, MemberRef, Stamp};
use crate::command::Command;
use crate::decide::{self, ErasurePlan, Verified};
use crate::event::Event;
use crate::log::Disclosure;
use crate::members::{DataClass, ErasePerson, ErasureReason, PersonErased};
use crate::refusal::Refusal;
use crate::registers::Registers;
use crate::store::limit::ROWS_MAX;
use crate::store::{Failure, Residue, Store};

/// What the vault has lost for good, and what the engine may still hold of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Rows that were still there.
    pub rows: u64,
    /// What no program can reach yet.
    pub residue: Residue,
}

/// What a draft that nobody signed has left in the vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abandoned {
    /// Whose values: a member's or a bank line's reference.
    pub owner: String,
    /// Those that its leaf would have listed.
    pub digests: Vec<String>,
    /// Whether another draft, which may still be signed, has values of the same owner: then these
    /// digests go and the owner's key stays.
    pub spoken_of: bool,
}

impl Registrar {
    /// What an erasure of that person would do today (R79).
    ///
    /// # Errors
    /// [`Refusal`] when nobody has that reference.
    pub fn erasure_plan(&self, member: &MemberRef) -> Result<ErasurePlan, Refusal> {
        let book = self.book();
        let registers = &book.state().registers;
        let bylaws = registers.authority.bylaws();
        let bylaws = bylaws.ok_or(decide::DoorRefusal::NotOpened)?;
        decide::erasure_plan(registers, bylaws, self.today(), member)
    }

    /// The bank lines that pay that person's subscriptions, and the day of each: the vault says who paid.
    pub fn lines_of(&self, member: &MemberRef) -> Vec<(LineRef, Day)> {
        let book = self.book();
        let lines = decide::lines_of(&book.state().registers, member).into_iter();
        lines.map(|line| (line.fact.line.clone(), line.fact.booked_on)).collect()
    }

    /// The command that erases what may be erased of that person today, its digests out of the
    /// vault; the rules answer it as any other.
    ///
    /// # Errors
    /// [`VaultError`].
    pub async fn erasure(
        &self,
        member: &MemberRef,
        reason: ErasureReason,
    ) -> Result<Command, VaultError> {
        let digests = match self.erasure_plan(member) {
            Ok(plan) => self.digests_to_erase(member, &plan).await?,
            // The rules say why not.
            Err(_) => Vec::new(),
        };
        Ok(Command::ErasePerson(ErasePerson { member: member.clone(), reason, digests }))
    }

    async fn digests_to_erase(
        &self,
        member: &MemberRef,
        plan: &ErasurePlan,
    ) -> Result<Vec<String>, VaultError> {
        let book = self.book();
        let Some(known) = book.state().registers.members.get(member) else { return Ok(Vec::new()) };
        let left = |digest: &String| known.sd.contains(digest) && !known.erased_sd.contains(digest);
        if !plan.erased.iter().any(|class| class.is_of_application()) {
            return Ok(Vec::new());
        }
        if plan.is_whole() {
            return Ok(known.sd.iter().filter(|digest| left(digest)).cloned().collect());
        }
        let held = vault::held(&self.store, &self.keys.vault, member.as_str()).await?;
        let goes = |name: &str| plan.erased.contains(&DataClass::of_field(name));
        let going = held.into_iter().filter(|disclosure| goes(disclosure.name()));
        Ok(going.map(|disclosure| disclosure.digest()).filter(left).collect())
    }

    /// Refuses an erasure whose digests are those of values that it says it keeps: which value a
    /// digest is of, the vault alone can tell.
    pub(super) async fn check_digests(&self, erasing: &[Event]) -> Result<(), SubmitError> {
        let failed = |error: VaultError| SubmitError::Failed(error.to_string());
        for event in erasing {
            let Event::PersonErased(fact) = event else { continue };
            let held = vault::held(&self.store, &self.keys.vault, fact.member.as_str()).await;
            let kept = |disclosure: &Disclosure| {
                fact.digests.contains(&disclosure.digest())
                    && !fact.erased.contains(&DataClass::of_field(disclosure.name()))
            };
            if held.map_err(failed)?.iter().any(kept) {
                return Err(decide::AcrossRefusal::ErasedDigests(fact.member.clone()).into());
            }
        }
        Ok(())
    }

    /// Makes the vault agree with the log: what was erased is gone, to the last byte that this
    /// program can reach.
    ///
    /// # Errors
    /// [`Failure::ErasureIncomplete`] while somebody's reading keeps bytes on the disk.
    pub async fn finish_erasures(&self) -> Result<Erased, Failure> {
        let rows = finish(&self.store, &self.book().state().registers).await?;
        Ok(Erased { rows, residue: self.store.residue().await? })
    }

    /// Answers a submission once what it erases is erased. A task of its own goes on when the
    /// sender has gone.
    pub(super) async fn then_erase(
        &self,
        answered: impl Future<Output = Result<Receipt, SubmitError>> + Send + 'static,
        erasing: Vec<Event>,
    ) -> Result<Receipt, SubmitError> {
        if erasing.is_empty() {
            return answered.await;
        }
        let (store, published) = (Arc::clone(&self.store), Arc::clone(&self.published));
        let task = tokio::spawn(async move {
            let receipt = answered.await?;
            let mut registers = match published.read() {
                Ok(book) => book.state().registers.clone(),
                Err(poisoned) => poisoned.into_inner().state().registers.clone(),
            };
            // The leaf may be the work of another node, and not be shown here yet.
            for event in &erasing {
                let index = LeafIndex::new(receipt.first.saturating_add(receipt.count));
                let stamp = Stamp { index, day: Day::EPOCH };
                registers.apply(stamp, event)?;
            }
            if let Err(failure) = finish(&store, &registers).await {
                tracing::error!(%failure, "recorded, but the vault is not erased yet");
            }
            Ok(receipt)
        });
        let lost = |_| Err(SubmitError::Unknown("the erasure was interrupted".into()));
        task.await.unwrap_or_else(lost)
    }

    /// Erases what drafts that nobody signed have left in the vault: forms, lines of a statement that
    /// was not imported. What a leaf lists is left alone. Says how many rows that was; `None` when
    /// nothing could be erased now, because a leaf may be on its way that the book does not show yet.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn forget(&self, left: &[Abandoned]) -> Result<Option<u64>, Failure> {
        if left.is_empty() {
            return Ok(Some(0));
        }
        let Some(book) = self.book_of_all_leaves().await? else { return Ok(None) };
        let registers = &book.state().registers;
        let (mut owners, mut digests) = (Vec::new(), Vec::new());
        for Abandoned { owner, digests: own, spoken_of } in left {
            match listed(registers, owner) {
                None if !spoken_of => owners.push(owner.as_str()),
                listed => {
                    let unlisted = |digest: &&String| !listed.is_some_and(|l| l.contains(digest));
                    digests.extend(own.iter().filter(unlisted).map(String::as_str));
                }
            }
        }
        if owners.is_empty() && digests.is_empty() {
            return Ok(Some(0));
        }
        erase(&self.store, &owners, &digests).await.map(Some)
    }

    /// The book as shown, if no leaf is beyond it: none that waits for its turn, here or handed in, and
    /// none on the disk that waits for its signature. In this order, so that none slips through.
    async fn book_of_all_leaves(&self) -> Result<Option<Arc<Book>>, Failure> {
        // Ours, and one of each submission that is not answered yet.
        if Arc::strong_count(&self.under_way) > 1 || !self.store.handed_in(1).await?.is_empty() {
            return Ok(None);
        }
        let head = self.store.head().await?;
        Ok(Some(self.book()).filter(|book| book.size() >= head.size))
    }
}

/// The digests that the book lists of an owner; `None` when it does not know the owner.
fn listed<'a>(registers: &'a Registers, owner: &str) -> Option<&'a [String]> {
    let line = LineRef::parse(owner).ok().and_then(|line| registers.treasury.line(&line));
    let member = || MemberRef::parse(owner).ok().and_then(|m| registers.members.get(&m));
    line.map(|line| line.fact.sd.as_slice()).or_else(|| member().map(|known| known.sd.as_slice()))
}

/// The erasure that a leaf brings, if it is one.
pub(super) fn of(leaf: &Verified) -> Option<Event> {
    matches!(leaf.event(), Event::PersonErased(PersonErased { .. })).then(|| leaf.event().clone())
}

/// Finishes at the start what a crash cut short; a reader in the way does not keep the book closed.
///
/// # Errors
/// [`StartError`] when the vault does not answer.
pub(super) async fn finish_or_warn(store: &Store, registers: &Registers) -> Result<(), StartError> {
    match finish(store, registers).await {
        Ok(0) => Ok(()),
        Ok(rows) => {
            tracing::warn!(rows, "an erasure that was cut short is done");
            Ok(())
        }
        Err(failure @ Failure::ErasureIncomplete(_)) => {
            tracing::error!(%failure, "an erasure is not done to the last byte");
            Ok(())
        }
        Err(failure) => Err(failure.into()),
    }
}

/// What the log says is erased, as the vault and the portal know it.
pub(crate) struct Gone {
    /// Members of whom nothing stays: their doors are closed too.
    pub(crate) members: Vec<String>,
    /// Owners of keys and values: these members, and bank lines.
    pub(crate) owners: Vec<String>,
    /// Digests of single values of members of whom something stays.
    pub(crate) digests: Vec<String>,
}

impl Gone {
    /// As of these registers.
    pub(crate) fn of(registers: &Registers) -> Self {
        let erased = || registers.members.iter().filter(|member| !member.erased.is_empty());
        let whole = erased().filter(|member| member.is_erased());
        let members: Vec<String> = whole.map(|member| member.member.as_str().to_owned()).collect();
        let in_part = erased().filter(|member| !member.is_erased());
        let digests = in_part.flat_map(|member| member.erased_sd.iter().cloned()).collect();
        let lines = decide::erased_lines(registers).into_iter();
        let lines = lines.map(|line| line.as_str().to_owned());
        let owners = members.iter().cloned().chain(lines).collect();
        Self { members, owners, digests }
    }
}

/// Erases from the vault, and from the portal's tables, whatever the log says is erased; says how
/// many private rows that was.
async fn finish(store: &Store, registers: &Registers) -> Result<u64, Failure> {
    let gone = Gone::of(registers);
    // The doors first: nobody comes back in under that name.
    for members in borrowed(&gone.members).chunks(ROWS_MAX) {
        store.forget_members(members).await?;
    }
    erase(store, &borrowed(&gone.owners), &borrowed(&gone.digests)).await
}

/// Erases these owners and values, as many at once as the store takes.
async fn erase(store: &Store, owners: &[&str], digests: &[&str]) -> Result<u64, Failure> {
    let mut rows: u64 = 0;
    let times = owners.len().max(digests.len()).div_ceil(ROWS_MAX).max(1);
    for time in 0..times {
        let erased = store.erase_private(part(owners, time), part(digests, time)).await?;
        rows = rows.saturating_add(erased);
    }
    Ok(rows)
}

fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// The list's rows of that number, as many as the store takes at once.
fn part<'a, 'b>(all: &'b [&'a str], number: usize) -> &'b [&'a str] {
    all.chunks(ROWS_MAX).nth(number).unwrap_or_default()
}
