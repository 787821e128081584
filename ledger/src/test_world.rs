//! A small world for tests: the registers and the books, folded fact by fact.

use crate::base::{
    Amount, CallRef, Capacity, CostRef, Day, DecisionRef, Digest, InKindRef, KeyRef, LeafIndex,
    LineRef, MemberRef, PaymentReference, PlaceRef, Rate, ShareCount, Source, SquareMetres, Stamp,
    StatementRef, SubscriptionRef, Weight,
};
use crate::bylaws::example;
use crate::event::Event;
use crate::funding::InvoiceService;
use crate::funding::invoice_service;
use crate::journal::Books;
use crate::pooling::{
    AdoptAllocationKey, CallContribution, PlaceStatus, PlaceWeight, PoolCost, RegisterPlace,
};
use crate::registers::Registers;
use crate::shares::{Allotment, FormEvidence, SharesAllotted, SharesSubscribed};
use crate::treasury::{LineMatched, LineRecorded, Target};

/// Random bits that a test can tell: sixteen times `seed`.
pub(crate) const fn bits(seed: u8) -> [u8; 16] {
    [seed; 16]
}

pub(crate) fn euros(text: &str) -> Amount {
    Amount::parse(text).expect("an amount")
}

pub(crate) fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

pub(crate) fn place(seed: u8) -> PlaceRef {
    PlaceRef::from_random(bits(seed))
}

pub(crate) fn decision(on: &str) -> DecisionRef {
    DecisionRef { label: "CA, point 4".to_owned(), minutes_sha256: None, on: day(on) }
}

/// The registers and the books, told facts that were decided elsewhere or not at all.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) books: Books,
    pub(crate) registers: Registers,
    leaves: u64,
}

impl World {
    /// Posts a fact recorded on that day, then folds it: the order that the real state follows.
    pub(crate) fn tell_on(&mut self, recorded: &str, event: &Event) {
        let stamp = Stamp { index: LeafIndex::new(self.leaves), day: day(recorded) };
        self.leaves += 1;
        self.books.apply(stamp, event, &self.registers).expect("it is posted");
        self.registers.apply(stamp, event).expect("it is folded");
    }

    /// Posts and folds a fact recorded on the last day of 2026.
    pub(crate) fn tell(&mut self, event: &Event) {
        self.tell_on("2026-12-31", event);
    }

    /// A bank line of that signed sum, booked on 15 June 2026 and matched at once.
    pub(crate) fn pay(&mut self, seed: u8, amount: Amount, target: Target) {
        let line = LineRef::from_random(bits(seed));
        self.tell(&Event::LineRecorded(LineRecorded {
            sd: Vec::new(),
            sd_alg: "sha-256".to_owned(),
            amount,
            booked_on: day("2026-06-15"),
            line: line.clone(),
            reference: None,
            statement: StatementRef::from_random(bits(1)),
        }));
        self.tell(&Event::LineMatched(LineMatched { amount, line, target }));
    }

    /// A member subscribes `count` shares of 100 €.
    pub(crate) fn subscribe(&mut self, seed: u8, count: u32) -> SubscriptionRef {
        let subscription = SubscriptionRef::from_random(bits(seed));
        let digest = Digest::from_bytes([seed; 32]);
        self.tell(&Event::SharesSubscribed(SharesSubscribed {
            count: ShareCount::new(count),
            form: FormEvidence {
                evidence_sha256: digest.clone(),
                in_words: "dix".to_owned(),
                pdf_sha256: digest.clone(),
                template_sha256: digest,
            },
            member: MemberRef::from_random(bits(seed)),
            nominal: euros("100"),
            on: day("2026-03-01"),
            place: None,
            reference: PaymentReference::parse("RF18539007547034").expect("a reference"),
            signer_vkey: None,
            subscription: subscription.clone(),
        }));
        subscription
    }

    /// The board allots a subscription, of which `paid` was received.
    pub(crate) fn allot(&mut self, seed: u8, count: u32, paid: Amount) {
        self.tell(&Event::SharesAllotted(SharesAllotted {
            allotments: vec![Allotment {
                count: ShareCount::new(count),
                member: MemberRef::from_random(bits(seed)),
                paid,
                subscription: SubscriptionRef::from_random(bits(seed)),
            }],
            decision: decision("2026-07-01"),
        }));
    }

    /// Registers places `1..=count`.
    pub(crate) fn open_places(&mut self, count: u8) {
        for seed in 1..=count {
            let fact = crate::pooling::register_place(&self.registers.pooling, place_asked(seed))
                .expect("a place");
            self.tell(&Event::PlaceRegistered(fact));
        }
    }

    /// Adopts a key that weighs place 1, 2, 3… by these weights.
    pub(crate) fn adopt_key(&mut self, weights: &[u64]) -> KeyRef {
        let ask = key_asked(weights);
        let key = ask.key.clone();
        let fact =
            crate::pooling::adopt_allocation_key(&self.registers.pooling, day("2026-12-31"), ask);
        self.tell(&Event::AllocationKeyAdopted(fact.expect("a key")));
        key
    }

    /// Issues an invoice and says its number.
    pub(crate) fn invoice(&mut self, ask: InvoiceService) -> String {
        let fact = invoice_service(&self.registers.funding, &example(), day("2026-12-31"), ask);
        let fact = fact.expect("issued");
        let number = fact.invoice.clone();
        self.tell(&Event::ServiceInvoiced(fact));
        number
    }

    /// Calls contributions.
    pub(crate) fn call(&mut self, ask: CallContribution) -> CallRef {
        let call = ask.call.clone();
        let fact = crate::pooling::call_contribution(
            &self.registers.pooling,
            &example(),
            day("2026-12-31"),
            ask,
        );
        self.tell(&Event::ContributionCalled(fact.expect("called")));
        call
    }

    /// Pools a cost by the key, with 20 % of VAT.
    pub(crate) fn pool(&mut self, seed: u8, net: Amount, key: KeyRef) -> CostRef {
        let ask = cost_asked(seed, net, key);
        let cost = ask.cost.clone();
        let fact = crate::pooling::pool_cost(&self.registers.pooling, day("2026-12-31"), ask)
            .expect("a cost");
        self.tell(&Event::CostPooled(fact));
        cost
    }
}

pub(crate) fn place_asked(seed: u8) -> RegisterPlace {
    RegisterPlace {
        place: place(seed),
        name: format!("Atelier {seed}"),
        street: "2 rue du Port".to_owned(),
        postcode: "59100".to_owned(),
        town: "Roubaix".to_owned(),
        surface: SquareMetres::new(120),
        capacity: Capacity::new(20),
        status: PlaceStatus::Open,
        member: None,
    }
}

pub(crate) fn key_asked(weights: &[u64]) -> AdoptAllocationKey {
    let row = |(seed, weight): (u8, &u64)| PlaceWeight {
        place: place(seed),
        weight: Weight::new(*weight),
    };
    AdoptAllocationKey {
        key: KeyRef::from_random(bits(1)),
        label: "surface".to_owned(),
        weights: (1..).zip(weights).map(row).collect(),
        decision: decision("2026-01-10"),
    }
}

pub(crate) fn cost_asked(seed: u8, net: Amount, key: KeyRef) -> PoolCost {
    PoolCost {
        cost: CostRef::from_random(bits(seed)),
        supplier: "Éditeur d’essai".to_owned(),
        title: "outil de réservation".to_owned(),
        account: "6135".to_owned(),
        net,
        vat: Rate::from_basis_points(2_000).of(net).expect("it fits"),
        source: Source::Contributions,
        key,
        on: day("2026-02-01"),
        voucher: format!("ED-{seed}"),
    }
}

pub(crate) fn in_kind(seed: u8) -> InKindRef {
    InKindRef::from_random(bits(seed))
}
