//! Funding: a grant is a product when awarded, a service when invoiced (E18, E31).

use super::{credit, debit};
use crate::base::Source;
use crate::funding::{GrantAwarded, ServiceInvoiced};
use crate::journal::{Axes, Book, Draft, JournalError};

/// E18, operating grant acquired: 441 to 741, source Subventions or Programmes spécifiques.
pub(super) fn grant_awarded(fact: &GrantAwarded) -> Result<Vec<Draft>, JournalError> {
    let axes = Axes {
        place: fact.place.clone(),
        source: Some(fact.source),
        grant: Some(fact.grant.clone()),
    };
    let postings = vec![
        debit("441", fact.amount)?.for_whom(&fact.funder).about(axes.clone()),
        credit("741", fact.amount)?.about(axes),
    ];
    let label = format!("{} : {}", fact.funder, fact.title);
    Ok(vec![Draft::new(Book::Sales, fact.on, label, fact.voucher.as_str(), postings)?])
}

/// E31, service sold: 411 with VAT to 706 without, and 4458 for the VAT, due on receipt only.
pub(super) fn service_invoiced(fact: &ServiceInvoiced) -> Result<Vec<Draft>, JournalError> {
    let axes = Axes::of(fact.place.clone(), Source::Services);
    let postings = vec![
        debit("411", fact.net.plus(fact.vat)?)?.for_whom(&fact.customer).about(axes.clone()),
        credit("706", fact.net)?.about(axes),
        credit("445800", fact.vat)?,
    ];
    let label = format!("{} : {}", fact.customer, fact.title);
    Ok(vec![Draft::new(Book::Sales, fact.on, label, fact.invoice.as_str(), postings)?])
}
