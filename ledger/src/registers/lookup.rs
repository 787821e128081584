//! What the accounts ask of the registers when a fact is posted.

use super::Registers;
use crate::base::{Amount, CallRef, CostRef, GrantRef, LineRef, PlaceRef, SubscriptionRef};
use crate::journal::{
    CallFacts, CostFacts, GrantFacts, InvoiceFacts, LineFacts, Lookup, SubscriptionFacts,
};
use crate::treasury::Target;

impl Lookup for Registers {
    fn subscription(&self, reference: &SubscriptionRef) -> Option<SubscriptionFacts> {
        let subscription = self.shares.subscription(reference)?;
        let member = subscription.fact.member.clone();
        Some(SubscriptionFacts { member, amount: subscription.fact.amount() })
    }

    fn grant(&self, reference: &GrantRef) -> Option<GrantFacts> {
        let fact = &self.funding.grant(reference)?.fact;
        let (funder, place) = (fact.funder.clone(), fact.place.clone());
        Some(GrantFacts { funder, source: fact.source, place })
    }

    fn invoice(&self, number: &str) -> Option<InvoiceFacts> {
        let fact = &self.funding.invoice(number)?.fact;
        let (customer, place) = (fact.customer.clone(), fact.place.clone());
        Some(InvoiceFacts { customer, net: fact.net, vat: fact.vat, place })
    }

    fn called(&self, call: &CallRef, place: &PlaceRef) -> Option<CallFacts> {
        let call = self.pooling.call(call)?;
        let portion = call.portion_of(place)?;
        let voucher = call.fact.voucher.clone();
        Some(CallFacts { net: portion.net, vat: portion.vat, voucher })
    }

    fn cost(&self, reference: &CostRef) -> Option<CostFacts> {
        let fact = &self.pooling.cost(reference)?.fact;
        Some(CostFacts { supplier: fact.supplier.clone(), voucher: fact.voucher.clone() })
    }

    fn line(&self, reference: &LineRef) -> Option<LineFacts> {
        let fact = &self.treasury.line(reference)?.fact;
        Some(LineFacts { booked_on: fact.booked_on, statement: fact.statement.clone() })
    }

    fn received(&self, target: &Target) -> Amount {
        self.treasury.received(target)
    }
}
