//! Treasury: what each bank line pays (E2, E5, E8, E9, E19, E32, E34, E39, E43).

use super::{Lookup, SubscriptionFacts, credit, debit, unknown};
use crate::base::{
    Amount, AmountError, CallRef, CostRef, GrantRef, PlaceRef, Source, SubscriptionRef, Weight,
    apportion,
};
use crate::journal::{Axes, Book, Draft, JournalError, Posting};
use crate::treasury::{LineMatched, Target};

/// A payment being posted: the matched sum, signed, and what earlier facts tell.
struct Payment<'a> {
    fact: &'a LineMatched,
    known: &'a dyn Lookup,
}

/// Posts a matched line: 512 on one side, what it pays on the other.
pub(super) fn line_matched(
    fact: &LineMatched,
    known: &dyn Lookup,
) -> Result<Vec<Draft>, JournalError> {
    let payment = Payment { fact, known };
    match &fact.target {
        Target::Subscription(subscription) => payment.subscription(subscription),
        Target::Refund(subscription) => payment.refund(subscription),
        Target::Grant(grant) => payment.grant(grant),
        Target::Invoice(number) => payment.invoice(number),
        Target::Call { call, place } => payment.call(call, place),
        Target::Cost(cost) => payment.cost(cost),
        Target::BankFee => payment.bank_fee(),
    }
}

impl Payment<'_> {
    /// E2: 512 to 4563 while the money is not capital yet (or never will be: owed back). Once the
    /// shares are allotted, the rest is called and paid at once (E7, E8).
    fn subscription(&self, reference: &SubscriptionRef) -> Result<Vec<Draft>, JournalError> {
        let subscription = self.subscription_facts(reference)?;
        let received = credit("4563", self.fact.amount)?.for_whom(&subscription.member);
        self.bank("Versement sur souscription", vec![self.bank_side()?, received])
    }

    /// E9: 4563 to 512, the money of a declined subscription goes back.
    fn refund(&self, reference: &SubscriptionRef) -> Result<Vec<Draft>, JournalError> {
        let subscription = self.subscription_facts(reference)?;
        let returned = credit("4563", self.fact.amount)?.for_whom(&subscription.member);
        self.bank("Remboursement de souscription refusée", vec![self.bank_side()?, returned])
    }

    /// E19: 512 to 441.
    fn grant(&self, reference: &GrantRef) -> Result<Vec<Draft>, JournalError> {
        let grant = self.known.grant(reference).ok_or_else(|| unknown(reference))?;
        let axes =
            Axes { place: grant.place, source: Some(grant.source), grant: Some(reference.clone()) };
        let instalment = credit("441", self.fact.amount)?.for_whom(&grant.funder).about(axes);
        let label = format!("{} : versement", grant.funder);
        self.bank(&label, vec![self.bank_side()?, instalment])
    }

    /// E32: 512 to 411, and the VAT that this payment makes due, 4458 to 44571.
    fn invoice(&self, number: &str) -> Result<Vec<Draft>, JournalError> {
        let invoice = self.known.invoice(number).ok_or_else(|| unknown(&number))?;
        let axes = Axes::of(invoice.place, Source::Services);
        let settled = credit("411", self.fact.amount)?.for_whom(&invoice.customer).about(axes);
        let mut postings = vec![self.bank_side()?, settled];
        postings.extend(self.vat_due(invoice.net, invoice.vat)?);
        self.bank(&format!("{} : règlement de {number}", invoice.customer), postings)
    }

    /// The payment of a call by a place: like E32.
    fn call(&self, call: &CallRef, place: &PlaceRef) -> Result<Vec<Draft>, JournalError> {
        let called = self.known.called(call, place).ok_or_else(|| unknown(call))?;
        let axes = Axes::of(Some(place.clone()), Source::Contributions);
        let settled = credit("411", self.fact.amount)?.for_whom(place).about(axes);
        let mut postings = vec![self.bank_side()?, settled];
        postings.extend(self.vat_due(called.net, called.vat)?);
        self.bank(&format!("Règlement de l’appel {}", called.voucher), postings)
    }

    /// Payment of a supplier: 401 to 512.
    fn cost(&self, reference: &CostRef) -> Result<Vec<Draft>, JournalError> {
        let cost = self.known.cost(reference).ok_or_else(|| unknown(reference))?;
        let settled = credit("401", self.fact.amount)?.for_whom(&cost.supplier);
        let label = format!("{} : règlement de {}", cost.supplier, cost.voucher);
        self.bank(&label, vec![self.bank_side()?, settled])
    }

    /// E43: 627 to 512. The bank serves all members alike, so its fee is borne by Contributif
    /// (R67: a charge has a source).
    fn bank_fee(&self) -> Result<Vec<Draft>, JournalError> {
        let axes = Axes::source(Source::Contributions);
        let fee = credit("627", self.fact.amount)?.about(axes);
        self.bank("Frais bancaires", vec![self.bank_side()?, fee])
    }

    /// The VAT that becomes due with this payment: of all that is paid with it, less of all that
    /// was paid before. Partial payments so sum to the invoice's VAT to the cent.
    fn vat_due(&self, net: Amount, vat: Amount) -> Result<Vec<Posting>, JournalError> {
        let before = self.known.received(&self.fact.target);
        let after = before.plus(self.fact.amount)?;
        let due = vat_within(after, net, vat)?.minus(vat_within(before, net, vat)?)?;
        Ok(vec![debit("445800", due)?, credit("445710", due)?])
    }

    /// The bank's side: 512 debited by what is received, credited by what is paid.
    fn bank_side(&self) -> Result<Posting, JournalError> {
        debit("512", self.fact.amount)
    }

    fn bank(&self, label: &str, postings: Vec<Posting>) -> Result<Vec<Draft>, JournalError> {
        Ok(vec![self.draft(Book::Bank, label, postings)?])
    }

    fn draft(
        &self,
        book: Book,
        label: &str,
        postings: Vec<Posting>,
    ) -> Result<Draft, JournalError> {
        let line = self.known.line(&self.fact.line).ok_or_else(|| unknown(&self.fact.line))?;
        Draft::new(book, line.booked_on, label, line.statement.as_str(), postings)
    }

    fn subscription_facts(
        &self,
        reference: &SubscriptionRef,
    ) -> Result<SubscriptionFacts, JournalError> {
        self.known.subscription(reference).ok_or_else(|| unknown(reference))
    }
}

/// The VAT inside a sum paid on an invoice of `net` and `vat`; never more than `vat`.
fn vat_within(paid: Amount, net: Amount, vat: Amount) -> Result<Amount, JournalError> {
    let paid = paid.min(net.plus(vat)?).max(Amount::ZERO);
    if vat.is_zero() {
        return Ok(Amount::ZERO);
    }
    let weight = |part: Amount| {
        u64::try_from(part.cents()).map(Weight::new).map_err(|_| AmountError::Overflow)
    };
    let parts = apportion(paid, &[weight(net)?, weight(vat)?]);
    let parts = parts.map_err(|_| AmountError::Overflow)?;
    Ok(parts.last().copied().unwrap_or(Amount::ZERO))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// E32: however an invoice is paid, the VAT made due sums to its VAT, and never shrinks.
        #[test]
        fn partial_payments_make_due_exactly_the_vat(
            net in 1_i64..100_000_000,
            rate in 0_i64..=2_000,
            cuts in proptest::collection::vec(0_i64..=10_000, 0..12),
        ) {
            let vat = net * rate / 10_000;
            let gross = net + vat;
            let mut steps: Vec<i64> = cuts.iter().map(|cut| gross * cut / 10_000).collect();
            steps.sort_unstable();
            steps.push(gross);
            let within = |paid: i64| {
                let cents = Amount::from_cents;
                vat_within(cents(paid), cents(net), cents(vat)).expect("it fits").cents()
            };
            let mut before = 0;
            let mut total = 0;
            for step in steps {
                let due = within(step) - within(before);
                prop_assert!(due >= 0);
                prop_assert!(due <= step - before);
                total += due;
                before = step;
            }
            prop_assert_eq!(total, vat);
        }
    }
}
