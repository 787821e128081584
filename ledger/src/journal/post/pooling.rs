//! Pooling: a cost by place, a call by place, gifts in kind as memo (E34, E39, E41, E42).

use super::{credit, debit};
use crate::base::Source;
use crate::journal::{Axes, Book, Draft, JournalError, MemoDraft};
use crate::pooling::{ContributionCalled, CostPooled, InKindValued};

/// E39, pooled supplier invoice: each place's portion on the charge account, deductible VAT on
/// 44566, all owed to the supplier on 401.
pub(super) fn cost_pooled(fact: &CostPooled) -> Result<Vec<Draft>, JournalError> {
    let mut postings = Vec::with_capacity(fact.portions.len().saturating_add(2));
    for portion in &fact.portions {
        let axes = Axes::of(Some(portion.place.clone()), fact.source);
        postings.push(debit(&fact.account, portion.amount)?.about(axes));
    }
    postings.push(debit("445660", fact.vat)?);
    postings.push(credit("401", fact.net.plus(fact.vat)?)?.for_whom(&fact.supplier));
    let label = format!("{} : {}", fact.supplier, fact.title);
    Ok(vec![Draft::new(Book::Purchases, fact.on, label, fact.voucher.as_str(), postings)?])
}

/// E34, contribution called: for each place an entry of its own, 411 to 7088 and to 4458 for the
/// VAT, due on receipt only.
pub(super) fn contribution_called(fact: &ContributionCalled) -> Result<Vec<Draft>, JournalError> {
    let mut drafts = Vec::with_capacity(fact.portions.len());
    for portion in &fact.portions {
        let axes = Axes::of(Some(portion.place.clone()), Source::Contributions);
        let postings = vec![
            debit("411", portion.net.plus(portion.vat)?)?
                .for_whom(&portion.place)
                .about(axes.clone()),
            credit("7088", portion.net)?.about(axes),
            credit("445800", portion.vat)?,
        ];
        let label = format!("Appel : {}", fact.title);
        drafts.push(Draft::new(Book::Sales, fact.on, label, fact.voucher.as_str(), postings)?);
    }
    Ok(drafts)
}

/// E41 and E42: 864 / 875 volunteering, 861 / 871 free use, 860 / 870 goods (ANC 2018-06 numbers;
/// R65). One value for both sides, outside the general ledger (R66).
pub(super) fn in_kind_valued(fact: &InKindValued) -> MemoDraft {
    MemoDraft {
        on: fact.on,
        label: fact.title.clone(),
        in_kind: fact.in_kind.clone(),
        nature: fact.nature,
        basis: fact.basis.clone(),
        value: fact.value,
        place: fact.place.clone(),
    }
}
