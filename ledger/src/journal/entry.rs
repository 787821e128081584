//! Journal entries: postings that balance by construction, and memo entries for gifts in kind.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Account;
use crate::base::{Amount, AmountError, Day, GrantRef, InKindRef, LeafIndex, PlaceRef, Source};
use crate::pooling::InKindNature;

/// Why a fact can't be posted: the log contradicts itself, or a sum does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JournalError {
    /// No row of the chart covers the number (R60).
    #[error("le compte « {number} » n’est pas au plan comptable")]
    NoSuchAccount {
        /// The number.
        number: String,
    },
    /// Debits and credits differ.
    #[error("écriture déséquilibrée : débit {debit}, crédit {credit}")]
    Unbalanced {
        /// Debits, in cents.
        debit: Amount,
        /// Credits, in cents.
        credit: Amount,
    },
    /// An entry says nothing.
    #[error("écriture sans ligne")]
    Empty,
    /// A charge or a product without a funding source (R67).
    #[error("le compte {account} est mouvementé sans source de financement")]
    NoSource {
        /// The account.
        account: Account,
    },
    /// The fact speaks of something the registers do not know.
    #[error("référence inconnue des registres : {reference}")]
    Unknown {
        /// What it names.
        reference: String,
    },
    /// A sum does not fit.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

/// Which book an entry belongs to (FEC `JournalCode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Book {
    /// Purchases.
    Purchases,
    /// Sales, calls and grants awarded.
    Sales,
    /// Bank.
    Bank,
    /// Capital.
    Capital,
    /// Anything else.
    General,
}

impl Book {
    /// The five books.
    pub const ALL: [Self; 5] =
        [Self::Purchases, Self::Sales, Self::Bank, Self::Capital, Self::General];

    /// Its code: AC, VE, BQ, CA, OD.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Purchases => "AC",
            Self::Sales => "VE",
            Self::Bank => "BQ",
            Self::Capital => "CA",
            Self::General => "OD",
        }
    }

    /// Its French name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Purchases => "Achats",
            Self::Sales => "Ventes",
            Self::Bank => "Banque",
            Self::Capital => "Capital",
            Self::General => "Opérations diverses",
        }
    }
}

/// What a posting is about, beside its account (R67).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Axes {
    /// Which place.
    pub place: Option<PlaceRef>,
    /// Which funding source; always there on a charge or a product.
    pub source: Option<Source>,
    /// Which grant.
    pub grant: Option<GrantRef>,
}

impl Axes {
    /// A funding source alone.
    pub fn source(source: Source) -> Self {
        Self { source: Some(source), ..Self::default() }
    }

    /// A funding source, and the place if there is one.
    pub fn of(place: Option<PlaceRef>, source: Source) -> Self {
        Self { place, source: Some(source), grant: None }
    }
}

/// The side of a posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// Débit.
    Debit,
    /// Crédit.
    Credit,
}

/// One line of a journal entry: a sum on one side of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The account.
    pub account: Account,
    /// Whose account it is among all of that number: a member, place, funder, supplier, customer.
    pub auxiliary: Option<String>,
    /// What it is about.
    pub axes: Axes,
    side: Side,
    amount: Amount,
}

impl Posting {
    /// A posting of `amount` on that side; a negative sum goes to the other side.
    ///
    /// # Errors
    /// [`JournalError::NoSuchAccount`], [`JournalError::Amount`].
    pub fn new(side: Side, number: &str, amount: Amount) -> Result<Self, JournalError> {
        let account = Account::parse(number)?;
        let other = match side {
            Side::Debit => Side::Credit,
            Side::Credit => Side::Debit,
        };
        let (side, amount) = if amount < Amount::ZERO {
            (other, Amount::ZERO.minus(amount)?)
        } else {
            (side, amount)
        };
        Ok(Self { account, auxiliary: None, axes: Axes::default(), side, amount })
    }

    /// The same posting, for one member, place, funder, supplier or customer.
    #[must_use]
    pub fn for_whom(self, auxiliary: &impl fmt::Display) -> Self {
        Self { auxiliary: Some(auxiliary.to_string()), ..self }
    }

    /// The same posting, about that place, source or grant.
    #[must_use]
    pub fn about(self, axes: Axes) -> Self {
        Self { axes, ..self }
    }

    /// The sum debited, in cents; nothing on a credit.
    pub fn debit(&self) -> Amount {
        if self.side == Side::Debit { self.amount } else { Amount::ZERO }
    }

    /// The sum credited, in cents; nothing on a debit.
    pub fn credit(&self) -> Amount {
        if self.side == Side::Credit { self.amount } else { Amount::ZERO }
    }

    /// Its side.
    pub fn side(&self) -> Side {
        self.side
    }

    /// Its sum, in cents; never negative.
    pub fn amount(&self) -> Amount {
        self.amount
    }
}

/// A journal entry before its number: its postings balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    book: Book,
    on: Day,
    label: String,
    voucher: String,
    postings: Vec<Posting>,
}

impl Draft {
    /// An entry of these postings; those of nothing are left out.
    ///
    /// # Errors
    /// [`JournalError::Empty`], [`JournalError::NoSource`] on a charge or product without one
    /// (R67), [`JournalError::Unbalanced`], [`JournalError::Amount`].
    pub fn new(
        book: Book,
        on: Day,
        label: impl Into<String>,
        voucher: impl Into<String>,
        postings: Vec<Posting>,
    ) -> Result<Self, JournalError> {
        let postings: Vec<Posting> =
            postings.into_iter().filter(|posting| !posting.amount.is_zero()).collect();
        if postings.is_empty() {
            return Err(JournalError::Empty);
        }
        for posting in &postings {
            let account = &posting.account;
            if (account.is_charge() || account.is_product()) && posting.axes.source.is_none() {
                return Err(JournalError::NoSource { account: account.clone() });
            }
        }
        let debit = Amount::sum(postings.iter().map(Posting::debit))?;
        let credit = Amount::sum(postings.iter().map(Posting::credit))?;
        if debit != credit {
            return Err(JournalError::Unbalanced { debit, credit });
        }
        Ok(Self { book, on, label: label.into(), voucher: voucher.into(), postings })
    }

    /// Its postings.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// The sum of its debits, equal to that of its credits, in cents.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] when it does not fit.
    pub(super) fn total(&self) -> Result<Amount, AmountError> {
        Amount::sum(self.postings.iter().map(Posting::debit))
    }

    pub(super) fn numbered(self, number: u64, validated_on: Day, leaf: LeafIndex) -> JournalEntry {
        let Self { book, on, label, voucher, postings } = self;
        JournalEntry { number, book, on, validated_on, label, voucher, leaf, postings }
    }
}

/// An entry of the journal. It is made of a [`Draft`] only, so it balances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// From one sequence over all books and years, without gap: 1, 2, 3…
    pub number: u64,
    /// Which book.
    pub book: Book,
    /// The day of the operation.
    pub on: Day,
    /// The day it became final; never before an earlier entry's.
    pub validated_on: Day,
    /// What happened, in French.
    pub label: String,
    /// The reference of the document that proves it.
    pub voucher: String,
    /// The leaf of the fact it comes from.
    pub leaf: LeafIndex,
    postings: Vec<Posting>,
}

impl JournalEntry {
    /// Its postings.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }
}

/// A contribution in kind before its number: a charge and a product of the same value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoDraft {
    /// The day or last day it was given.
    pub on: Day,
    /// What was given.
    pub label: String,
    /// The contribution.
    pub in_kind: InKindRef,
    /// Its nature.
    pub nature: InKindNature,
    /// How it was valued.
    pub basis: String,
    /// Its value, the same on both sides, in cents.
    pub value: Amount,
    /// Which place received it.
    pub place: Option<PlaceRef>,
}

impl MemoDraft {
    /// The memo account of use: 860, 861, 864.
    pub const fn charge(&self) -> &'static str {
        match self.nature {
            InKindNature::Volunteering => "864",
            InKindNature::FreeUse => "861",
            InKindNature::Goods => "860",
        }
    }

    /// The memo account of origin: 870, 871, 875.
    pub const fn product(&self) -> &'static str {
        match self.nature {
            InKindNature::Volunteering => "875",
            InKindNature::FreeUse => "871",
            InKindNature::Goods => "870",
        }
    }
}

/// A numbered memo entry: outside the general ledger and outside the result (R66).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoEntry {
    /// From a sequence of its own, without gap.
    pub number: u64,
    /// The leaf of the fact it comes from.
    pub leaf: LeafIndex,
    /// What it says; one value for both sides, so 86 = 87 (R66).
    pub memo: MemoDraft,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posting(side: Side, number: &str, cents: i64) -> Posting {
        Posting::new(side, number, Amount::from_cents(cents)).expect("in the chart")
    }

    fn draft(postings: Vec<Posting>) -> Result<Draft, JournalError> {
        let on = Day::new(2026, 3, 1).expect("a day");
        Draft::new(Book::General, on, "essai", "P-1", postings)
    }

    #[test]
    fn an_entry_that_does_not_balance_can_not_be_made() {
        let refused =
            draft(vec![posting(Side::Debit, "512", 100), posting(Side::Credit, "411", 99)]);
        let (debit, credit) = (Amount::from_cents(100), Amount::from_cents(99));
        assert_eq!(refused, Err(JournalError::Unbalanced { debit, credit }));
        assert_eq!(draft(vec![posting(Side::Debit, "512", 0)]), Err(JournalError::Empty));
    }

    /// R67: no charge and no product without its funding source.
    #[test]
    fn a_product_without_a_source_can_not_be_posted() {
        let bare = vec![posting(Side::Debit, "411", 5), posting(Side::Credit, "706", 5)];
        assert!(
            matches!(draft(bare), Err(JournalError::NoSource { account }) if account.number() == "706")
        );
        let told = vec![
            posting(Side::Debit, "411", 5),
            posting(Side::Credit, "706", 5).about(Axes::source(Source::Services)),
        ];
        assert!(draft(told).is_ok());
    }

    #[test]
    fn a_negative_sum_goes_to_the_other_side() {
        let posting = posting(Side::Debit, "512", -40);
        assert_eq!((posting.debit().cents(), posting.credit().cents()), (0, 40));
    }

    #[test]
    fn the_books_have_the_codes_of_the_accountant() {
        let codes: Vec<&str> = Book::ALL.iter().map(|book| book.code()).collect();
        assert_eq!(codes, ["AC", "VE", "BQ", "CA", "OD"]);
        assert!(Book::ALL.iter().all(|book| !book.label().is_empty()));
    }
}
