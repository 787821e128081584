//! The public accounts: products and charges of a year by funding source, actual beside budget.
//!
//! Four sources (R67), always all four and in one order; capital, contributions in kind (R66)
//! and grants to receive stand apart, because none of them is in the result.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::base::{Amount, AmountError, FiscalYear, GrantRef, InKindRef, PlaceRef, Source};
use crate::bylaws::chart_row;
use crate::funding::Funding;
use crate::journal::{AxisTotal, Books, JournalEntry, Posting};
use crate::pooling::Pooling;
use crate::shares::{Nature, Shares};

/// What the accounts are asked about.
#[derive(Clone, Copy, Debug)]
pub struct AccountsQuery<'a> {
    /// Which fiscal year.
    pub year: FiscalYear,
    /// Which place alone; all of the cooperative when none is named.
    pub place: Option<&'a PlaceRef>,
    /// Share capital, told by the share register.
    pub capital: CapitalFigures,
}

/// Share capital over a year, in cents; it is no product (E3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CapitalFigures {
    /// On the first day.
    pub opening: Amount,
    /// Allotted in the year.
    pub allotted: Amount,
    /// On the last day, or today.
    pub closing: Amount,
}

impl CapitalFigures {
    /// The nominal value of what the share register's movements brought before and in a year.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] when a total does not fit.
    pub fn of_year(shares: &Shares, year: FiscalYear) -> Result<Self, AmountError> {
        let mut figures = Self::default();
        for movement in shares.movements() {
            // The only nature so far: a redemption, when there is one, must not compile here.
            let Nature::Allotment = movement.nature;
            let nominal = movement.nominal.times(movement.count.get().into())?;
            match FiscalYear::of(movement.on).cmp(&year) {
                Ordering::Less => figures.opening = figures.opening.plus(nominal)?,
                Ordering::Equal => figures.allotted = figures.allotted.plus(nominal)?,
                Ordering::Greater => {}
            }
        }
        figures.closing = figures.opening.plus(figures.allotted)?;
        Ok(figures)
    }
}

/// The accounts of a year, of all or of one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountsView {
    /// The fiscal year.
    pub year: FiscalYear,
    /// The place, when one was asked.
    pub place: Option<PlaceRef>,
    /// Its name.
    pub place_name: Option<String>,
    /// One part a funding source, in the order of [`Source::ALL`].
    pub sources: Vec<SourceView>,
    /// The four sources together.
    pub totals: Totals,
    /// Capital, apart.
    pub capital: CapitalFigures,
    /// Contributions in kind, apart: charges = products (R66).
    pub in_kind: InKindView,
    /// Grants awarded up to the end of the year and not wholly received to date.
    pub grants_pending: Vec<PendingGrant>,
}

/// One funding source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceView {
    /// Which.
    pub source: Source,
    /// Its products (class 7), by account.
    pub products: Vec<Line>,
    /// Its charges (class 6), by account.
    pub charges: Vec<Line>,
    /// Its totals.
    pub totals: Totals,
}

/// One account of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The account's number.
    pub account: String,
    /// Its French label in the chart.
    pub label: &'static str,
    /// What was posted, in cents.
    pub actual: Amount,
    /// What the budget plans, in cents.
    pub budget: Amount,
    /// What the budget plans it for, line by line.
    pub planned: Vec<PlannedLine>,
    /// The journal entries that `actual` comes from.
    pub entries: Vec<u64>,
}

/// One line of the budget under an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedLine {
    /// What for.
    pub label: String,
    /// Sum, in cents.
    pub amount: Amount,
}

/// Products, charges and their difference, in cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Products posted.
    pub products: Amount,
    /// Products planned.
    pub products_budget: Amount,
    /// Charges posted.
    pub charges: Amount,
    /// Charges planned.
    pub charges_budget: Amount,
    /// Products less charges, posted.
    pub result: Amount,
    /// Products less charges, planned: nothing over all sources and places.
    pub result_budget: Amount,
}

/// Contributions in kind of a year (R66).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InKindView {
    /// One a contribution, in the order of the log.
    pub lines: Vec<InKindLine>,
    /// Their value, as charges and as products alike, in cents.
    pub total: Amount,
}

/// One contribution in kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InKindLine {
    /// The contribution.
    pub in_kind: InKindRef,
    /// What was given.
    pub label: String,
    /// Its nature's French name.
    pub nature: &'static str,
    /// The memo account of use (860, 861, 864).
    pub charge: &'static str,
    /// The memo account of origin (870, 871, 875).
    pub product: &'static str,
    /// How it was valued.
    pub basis: String,
    /// Its value, in cents.
    pub value: Amount,
    /// The number of its memo entry.
    pub memo: u64,
}

/// A grant of which something is still to be received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingGrant {
    /// The grant.
    pub grant: GrantRef,
    /// Its funder.
    pub funder: String,
    /// What for.
    pub title: String,
    /// Subventions or Programmes spécifiques.
    pub source: Source,
    /// Sum awarded, in cents.
    pub awarded: Amount,
    /// Sum received, in cents.
    pub received: Amount,
    /// What is left, in cents.
    pub left: Amount,
}

/// Makes the accounts of a year.
///
/// Rules: R66, R67.
///
/// # Errors
/// [`AmountError::Overflow`] when a total does not fit.
pub fn accounts(
    books: &Books,
    funding: &Funding,
    pooling: &Pooling,
    query: AccountsQuery<'_>,
) -> Result<AccountsView, AmountError> {
    let mut table = Table::default();
    table.add_actual(books, query)?;
    table.add_budget(funding, query)?;
    let mut totals = Totals::default();
    let mut sources = Vec::with_capacity(Source::ALL.len());
    for source in Source::ALL {
        let view = table.source(source)?;
        totals = totals.plus(&view.totals)?;
        sources.push(view);
    }
    let place = query.place.and_then(|place| pooling.place(place));
    Ok(AccountsView {
        year: query.year,
        place: query.place.cloned(),
        place_name: place.map(|place| place.fact.name.clone()),
        sources,
        totals,
        capital: query.capital,
        in_kind: in_kind(books, query)?,
        grants_pending: grants_pending(books, funding, query)?,
    })
}

/// The years that have something to show, oldest first: entries, gifts in kind or a budget.
pub fn years(books: &Books, funding: &Funding) -> Vec<FiscalYear> {
    let entries = books.entries().map(|entry| FiscalYear::of(entry.on));
    let memos = books.memos().map(|entry| FiscalYear::of(entry.memo.on));
    let mut years: Vec<FiscalYear> = entries.chain(memos).chain(funding.budget_years()).collect();
    years.sort_unstable();
    years.dedup();
    years
}

/// Which journal entries to show: those with a posting that fits every condition given.
#[derive(Clone, Copy, Debug, Default)]
pub struct EntryFilter<'a> {
    /// The fiscal year of the operation.
    pub year: Option<FiscalYear>,
    /// The place of a posting.
    pub place: Option<&'a PlaceRef>,
    /// The funding source of the same posting.
    pub source: Option<Source>,
    /// How the account of the same posting begins.
    pub account: Option<&'a str>,
}

impl EntryFilter<'_> {
    fn keeps(&self, entry: &JournalEntry) -> bool {
        self.year.is_none_or(|year| FiscalYear::of(entry.on) == year)
            && entry.postings().iter().any(|posting| self.keeps_posting(posting))
    }

    fn keeps_posting(&self, posting: &Posting) -> bool {
        let axes = &posting.axes;
        self.place.is_none_or(|place| axes.place.as_ref() == Some(place))
            && self.source.is_none_or(|source| axes.source == Some(source))
            && self.account.is_none_or(|prefix| posting.account.number().starts_with(prefix))
    }
}

/// The journal entries that a filter keeps, by number.
pub fn journal_entries<'a>(books: &'a Books, filter: &EntryFilter<'_>) -> Vec<&'a JournalEntry> {
    books.entries().filter(|entry| filter.keeps(entry)).collect()
}

/// Lines by source and account, while they are being added up.
#[derive(Default)]
struct Table {
    lines: BTreeMap<(Source, String), Line>,
}

impl Table {
    fn line(&mut self, source: Source, account: &str) -> &mut Line {
        let empty = || Line {
            account: account.to_owned(),
            label: chart_row(account).map_or("", |row| row.label),
            actual: Amount::ZERO,
            budget: Amount::ZERO,
            planned: Vec::new(),
            entries: Vec::new(),
        };
        self.lines.entry((source, account.to_owned())).or_insert_with(empty)
    }

    fn add_actual(&mut self, books: &Books, query: AccountsQuery<'_>) -> Result<(), AmountError> {
        for ((year, account, axes), total) in books.by_axes() {
            let here = query.place.is_none_or(|place| axes.place.as_ref() == Some(place));
            let Some(source) = axes.source.filter(|_| here && *year == query.year) else {
                continue;
            };
            let amount = match account.class() {
                6 => total.net_debit(),
                7 => total.net_credit(),
                _ => continue,
            };
            let line = self.line(source, account.number());
            line.actual = line.actual.plus(amount)?;
            line.entries.extend(total.entries.iter().copied());
        }
        for line in self.lines.values_mut() {
            // Two places of one cost share an entry: it is led to once.
            line.entries.sort_unstable();
            line.entries.dedup();
        }
        Ok(())
    }

    fn add_budget(
        &mut self,
        funding: &Funding,
        query: AccountsQuery<'_>,
    ) -> Result<(), AmountError> {
        let planned = funding.budget(query.year).map_or(&[][..], |budget| &budget.fact.lines);
        for row in planned {
            if query.place.is_some_and(|place| row.place.as_ref() != Some(place)) {
                continue;
            }
            let line = self.line(row.source, &row.account);
            line.budget = line.budget.plus(row.amount)?;
            line.planned.push(PlannedLine { label: row.label.clone(), amount: row.amount });
        }
        Ok(())
    }

    fn source(&self, source: Source) -> Result<SourceView, AmountError> {
        let of_class = |class: char| -> Vec<Line> {
            let lines = self
                .lines
                .iter()
                .filter(|((of, account), _)| *of == source && account.starts_with(class));
            lines.map(|(_, line)| line.clone()).collect()
        };
        let (products, charges) = (of_class('7'), of_class('6'));
        let totals = Totals::of(&products, &charges)?;
        Ok(SourceView { source, products, charges, totals })
    }
}

impl Totals {
    fn of(products: &[Line], charges: &[Line]) -> Result<Self, AmountError> {
        let actual = |lines: &[Line]| Amount::sum(lines.iter().map(|line| line.actual));
        let budget = |lines: &[Line]| Amount::sum(lines.iter().map(|line| line.budget));
        Self {
            products: actual(products)?,
            products_budget: budget(products)?,
            charges: actual(charges)?,
            charges_budget: budget(charges)?,
            ..Self::default()
        }
        .with_results()
    }

    fn plus(self, other: &Self) -> Result<Self, AmountError> {
        Self {
            products: self.products.plus(other.products)?,
            products_budget: self.products_budget.plus(other.products_budget)?,
            charges: self.charges.plus(other.charges)?,
            charges_budget: self.charges_budget.plus(other.charges_budget)?,
            ..Self::default()
        }
        .with_results()
    }

    fn with_results(self) -> Result<Self, AmountError> {
        Ok(Self {
            result: self.products.minus(self.charges)?,
            result_budget: self.products_budget.minus(self.charges_budget)?,
            ..self
        })
    }
}

fn in_kind(books: &Books, query: AccountsQuery<'_>) -> Result<InKindView, AmountError> {
    let mut view = InKindView::default();
    for entry in books.memos() {
        let memo = &entry.memo;
        let here = query.place.is_none_or(|place| memo.place.as_ref() == Some(place));
        if !here || FiscalYear::of(memo.on) != query.year {
            continue;
        }
        view.total = view.total.plus(memo.value)?;
        view.lines.push(InKindLine {
            in_kind: memo.in_kind.clone(),
            label: memo.label.clone(),
            nature: memo.nature.label(),
            charge: memo.charge(),
            product: memo.product(),
            basis: memo.basis.clone(),
            value: memo.value,
            memo: entry.number,
        });
    }
    Ok(view)
}

fn grants_pending(
    books: &Books,
    funding: &Funding,
    query: AccountsQuery<'_>,
) -> Result<Vec<PendingGrant>, AmountError> {
    let received = received_by_grant(books)?;
    let mut pending = Vec::new();
    for grant in funding.grants().map(|grant| &grant.fact) {
        let here = query.place.is_none_or(|place| grant.place.as_ref() == Some(place));
        let received = received.get(&grant.grant).copied().unwrap_or(Amount::ZERO);
        let left = grant.amount.minus(received)?;
        if here && FiscalYear::of(grant.on) <= query.year && left.is_positive() {
            pending.push(PendingGrant {
                grant: grant.grant.clone(),
                funder: grant.funder.clone(),
                title: grant.title.clone(),
                source: grant.source,
                awarded: grant.amount,
                received,
                left,
            });
        }
    }
    pending.sort_by(|a, b| (a.source, &a.funder, &a.grant).cmp(&(b.source, &b.funder, &b.grant)));
    Ok(pending)
}

/// What account 441 was credited by, for each grant: its instalments (E19).
fn received_by_grant(books: &Books) -> Result<BTreeMap<GrantRef, Amount>, AmountError> {
    let mut received: BTreeMap<GrantRef, Amount> = BTreeMap::new();
    for ((_, account, axes), AxisTotal { credit, .. }) in books.by_axes() {
        let Some(grant) = axes.grant.as_ref().filter(|_| account.number().starts_with("441"))
        else {
            continue;
        };
        let sum = received.entry(grant.clone()).or_default();
        *sum = sum.plus(*credit)?;
    }
    Ok(received)
}

#[cfg(test)]
pub(crate) mod tests;
