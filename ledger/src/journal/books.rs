//! The general ledger: numbered entries, balances by account, totals by year and axes.

use std::sync::Arc;

use imbl::{OrdMap, Vector};
use serde::{Deserialize, Serialize};

use super::{Account, Axes, Draft, JournalEntry, JournalError, Lookup, MemoEntry, Posted, post};
use crate::base::{Amount, Day, FiscalYear, Stamp};
use crate::event::Event;

/// What was debited and credited under one year, account and set of axes, in cents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AxisTotal {
    /// Sum of the debits.
    pub debit: Amount,
    /// Sum of the credits.
    pub credit: Amount,
    /// The numbers of the journal entries it comes from, in order.
    pub entries: Vector<u64>,
}

/// The accounts so far. A clone costs nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Books {
    entries: Vector<Arc<JournalEntry>>,
    memos: Vector<Arc<MemoEntry>>,
    balances: OrdMap<Account, AxisTotal>,
    by_axes: OrdMap<(FiscalYear, Account, Axes), AxisTotal>,
    /// Sum of every debit ever posted. While it fits, every sum of some postings fits too.
    turnover: Amount,
    validated_on: Option<Day>,
}

impl Books {
    /// Posts a fact: what it means in the accounts, in one step with its numbering.
    ///
    /// `known` answers for the registers as they stood *before* the fact.
    ///
    /// # Errors
    /// [`JournalError`]: the log contradicts itself; the books are then as before.
    pub fn apply(
        &mut self,
        stamp: Stamp,
        event: &Event,
        known: &dyn Lookup,
    ) -> Result<(), JournalError> {
        self.record(stamp, post(event, known)?)
    }

    /// Numbers and keeps what a fact was posted to.
    ///
    /// # Errors
    /// [`JournalError::Amount`] when the turnover no longer fits; the books are then as before.
    pub fn record(&mut self, stamp: Stamp, posted: Posted) -> Result<(), JournalError> {
        // Memo values are outside the ledger, yet their sums must fit as well.
        let mut turnover = self.turnover;
        for draft in &posted.entries {
            turnover = turnover.plus(draft.total()?)?;
        }
        for memo in &posted.in_kind {
            turnover = turnover.plus(memo.value)?;
        }
        // From here on every sum fits, because each is part of the turnover.
        self.turnover = turnover;
        for draft in posted.entries {
            self.add(stamp, draft)?;
        }
        for memo in posted.in_kind {
            let number = next_number(self.memos.len())?;
            self.memos.push_back(Arc::new(MemoEntry { number, leaf: stamp.index, memo }));
        }
        Ok(())
    }

    fn add(&mut self, stamp: Stamp, draft: Draft) -> Result<(), JournalError> {
        let validated_on = self.validated_on.map_or(stamp.day, |last| last.max(stamp.day));
        self.validated_on = Some(validated_on);
        let number = next_number(self.entries.len())?;
        let entry = draft.numbered(number, validated_on, stamp.index);
        let year = FiscalYear::of(entry.on);
        for posting in entry.postings() {
            let account = posting.account.clone();
            self.balances.entry(account.clone()).or_default().add(posting, number)?;
            let key = (year, account, posting.axes.clone());
            self.by_axes.entry(key).or_default().add(posting, number)?;
        }
        self.entries.push_back(Arc::new(entry));
        Ok(())
    }

    /// Every journal entry, by number.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &JournalEntry> {
        self.entries.iter().map(AsRef::as_ref)
    }

    /// The journal entry of that number.
    pub fn entry(&self, number: u64) -> Option<&JournalEntry> {
        let place = usize::try_from(number.checked_sub(1)?).ok()?;
        self.entries.get(place).map(AsRef::as_ref)
    }

    /// Every memo entry, by number.
    pub fn memos(&self) -> impl DoubleEndedIterator<Item = &MemoEntry> {
        self.memos.iter().map(AsRef::as_ref)
    }

    /// Debits less credits of every account whose number begins with `prefix`, in cents.
    ///
    /// `balance("")` is always nothing: every entry balances.
    pub fn balance(&self, prefix: &str) -> Amount {
        let under =
            self.balances.iter().filter(|(account, _)| account.number().starts_with(prefix));
        net_debit(under.map(|(_, total)| total))
    }

    /// Debits and credits of each account, by number: the trial balance.
    pub fn balances(&self) -> impl Iterator<Item = (&Account, &AxisTotal)> {
        self.balances.iter()
    }

    /// Debits and credits by year, account and axes.
    pub fn by_axes(&self) -> impl Iterator<Item = (&(FiscalYear, Account, Axes), &AxisTotal)> {
        self.by_axes.iter()
    }

    /// The result of a year: its products less its charges, in cents. Gifts in kind are out (R66).
    pub fn result(&self, year: FiscalYear) -> Amount {
        let of_year = self.by_axes.iter().filter(|((of, account, _), _)| {
            *of == year && (account.is_charge() || account.is_product())
        });
        negated(net_debit(of_year.map(|(_, total)| total)))
    }

    /// The day the latest entry became final.
    pub fn validated_on(&self) -> Option<Day> {
        self.validated_on
    }
}

impl AxisTotal {
    fn add(&mut self, posting: &super::Posting, number: u64) -> Result<(), JournalError> {
        self.debit = self.debit.plus(posting.debit())?;
        self.credit = self.credit.plus(posting.credit())?;
        if self.entries.last() != Some(&number) {
            self.entries.push_back(number);
        }
        Ok(())
    }

    /// Debits less credits, in cents.
    pub fn net_debit(&self) -> Amount {
        net_debit([self])
    }

    /// Credits less debits, in cents.
    pub fn net_credit(&self) -> Amount {
        negated(self.net_debit())
    }
}

/// Debits less credits. Both sums are at most the turnover, which fits, so nothing is lost here.
fn net_debit<'a>(totals: impl IntoIterator<Item = &'a AxisTotal>) -> Amount {
    let cents = totals
        .into_iter()
        .fold(0_i64, |sum, total| sum.saturating_add(total.debit.cents() - total.credit.cents()));
    Amount::from_cents(cents)
}

fn negated(amount: Amount) -> Amount {
    Amount::from_cents(amount.cents().saturating_neg())
}

fn next_number(len: usize) -> Result<u64, JournalError> {
    let number = u64::try_from(len).ok().and_then(|len| len.checked_add(1));
    number.ok_or(JournalError::Amount(crate::base::AmountError::Overflow))
}
