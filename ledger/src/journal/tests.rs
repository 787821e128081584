//! Each line of the accountant's table (E1–E43) posted in a small world.

use proptest::prelude::*;

use super::{Books, JournalEntry, JournalError};
use crate::base::{
    Amount, CallRef, FiscalYear, GrantRef, LeafIndex, LineRef, Rate, Source, Stamp, SubscriptionRef,
};
use crate::event::Event;
use crate::funding::{GrantAwarded, InvoiceService};
use crate::pooling::{CallContribution, InKindNature, InKindValued};
use crate::shares::SubscriptionDeclined;
use crate::test_world::{World, bits, day, decision, euros, in_kind, place};
use crate::treasury::{LineMatched, Target};

const TODAY: &str = "2026-12-31";

/// `account debit credit` of each posting of an entry, as an accountant would write it.
fn told(entry: &JournalEntry) -> Vec<String> {
    let line = |p: &super::Posting| {
        format!("{} {} {}", p.account, p.debit().with_comma(), p.credit().with_comma())
    };
    entry.postings().iter().map(line).collect()
}

fn last(world: &World) -> Vec<String> {
    told(world.books.entries().next_back().expect("an entry"))
}

fn count(world: &World) -> usize {
    world.books.entries().count()
}

fn grant(seed: u8, source: Source, amount: &str) -> GrantAwarded {
    GrantAwarded {
        agreement_sha256: None,
        amount: euros(amount),
        funder: "Région d’essai".to_owned(),
        grant: GrantRef::from_random(bits(seed)),
        on: day("2026-02-10"),
        place: Some(place(1)),
        programme: (source == Source::Programmes).then(|| "Interreg".to_owned()),
        source,
        title: "mise en réseau".to_owned(),
        voucher: "CONV-1".to_owned(),
    }
}

fn invoice(world: &mut World, net: &str) -> String {
    let ask = InvoiceService {
        customer: "Société d’essai".to_owned(),
        title: "formation".to_owned(),
        net: euros(net),
        vat_rate: None,
        place: None,
        on: day("2026-03-02"),
    };
    world.invoice(ask)
}

#[test]
fn e1_a_subscription_alone_is_not_in_the_accounts() {
    let mut world = World::default();
    world.subscribe(1, 10);
    assert_eq!(count(&world), 0);
}

#[test]
fn e2_and_e3_money_waits_on_4563_until_the_shares_are_allotted() {
    let mut world = World::default();
    let subscription = world.subscribe(1, 10);
    world.pay(1, euros("1000"), Target::Subscription(subscription));
    assert_eq!(last(&world), ["512 1000,00 0,00", "4563 0,00 1000,00"]);
    world.allot(1, 10, euros("1000"));
    assert_eq!(last(&world), ["4563 1000,00 0,00", "1013 0,00 1000,00"]);
    assert_eq!(world.books.balance("4563"), Amount::ZERO);
    let entry = world.books.entries().next_back().expect("an entry");
    assert_eq!(entry.book.code(), "CA");
    assert_eq!(entry.on, day("2026-07-01"));
    let member = crate::base::MemberRef::from_random(bits(1));
    assert!(entry.postings().iter().all(|p| p.auxiliary.as_deref() == Some(member.as_str())));
}

#[test]
fn e6_shares_paid_by_a_quarter() {
    let mut world = World::default();
    let subscription = world.subscribe(1, 10);
    world.pay(1, euros("250"), Target::Subscription(subscription));
    world.allot(1, 10, euros("250"));
    let allotted = ["4563 250,00 0,00", "1013 0,00 250,00", "109 750,00 0,00", "1011 0,00 750,00"];
    assert_eq!(last(&world), allotted);
    assert_eq!(world.books.balance("101"), euros("-1000"));
}

#[test]
fn what_was_overpaid_does_not_become_capital() {
    let mut world = World::default();
    let subscription = world.subscribe(1, 1);
    world.pay(1, euros("120"), Target::Subscription(subscription));
    world.allot(1, 1, euros("120"));
    assert_eq!(world.books.balance("1013"), euros("-100"));
    assert_eq!(world.books.balance("4563"), euros("-20"));
}

#[test]
fn e9_the_money_of_a_declined_subscription_goes_back() {
    let mut world = World::default();
    let subscription = world.subscribe(1, 2);
    world.pay(1, euros("200"), Target::Subscription(subscription.clone()));
    let declined = SubscriptionDeclined {
        decision: decision("2026-07-01"),
        subscription: subscription.clone(),
    };
    world.tell(&Event::SubscriptionDeclined(declined));
    world.pay(2, euros("-200"), Target::Refund(subscription));
    assert_eq!(last(&world), ["512 0,00 200,00", "4563 200,00 0,00"]);
    assert_eq!(world.books.balance("512"), Amount::ZERO);
}

#[test]
fn e18_and_e19_a_grant_is_a_product_when_awarded_and_is_received_by_instalments() {
    let mut world = World::default();
    let fact = grant(1, Source::Programmes, "30000");
    world.tell(&Event::GrantAwarded(fact.clone()));
    assert_eq!(last(&world), ["441 30000,00 0,00", "741 0,00 30000,00"]);
    let entry = world.books.entry(1).expect("an entry");
    for posting in entry.postings() {
        assert_eq!(posting.axes.source, Some(Source::Programmes));
        assert_eq!(posting.axes.grant, Some(fact.grant.clone()));
        assert_eq!(posting.axes.place, Some(place(1)));
    }
    assert_eq!(entry.postings()[0].auxiliary.as_deref(), Some("Région d’essai"));
    world.pay(1, euros("12000"), Target::Grant(fact.grant));
    assert_eq!(last(&world), ["512 12000,00 0,00", "441 0,00 12000,00"]);
    assert_eq!(world.books.balance("441"), euros("18000"));
    assert_eq!(world.books.result(FiscalYear::of(day(TODAY))), euros("30000"));
}

/// E31 and E32: the VAT of a service is due when it is paid, to the cent at the end.
#[test]
fn e31_and_e32_vat_is_due_on_receipt() {
    let mut world = World::default();
    let number = invoice(&mut world, "100,01");
    assert_eq!(number, "F-2026-0001");
    assert_eq!(last(&world), ["411 120,01 0,00", "706 0,00 100,01", "445800 0,00 20,00"]);
    world.pay(1, euros("40"), Target::Invoice(number.clone()));
    let paid = ["512 40,00 0,00", "411 0,00 40,00", "445800 6,67 0,00", "445710 0,00 6,67"];
    assert_eq!(last(&world), paid);
    world.pay(2, euros("80,01"), Target::Invoice(number));
    assert_eq!(world.books.balance("411"), Amount::ZERO);
    assert_eq!(world.books.balance("4458"), Amount::ZERO);
    assert_eq!(world.books.balance("44571"), euros("-20"));
}

/// A customer's payment that the bank takes back is posted as its mirror.
#[test]
fn a_payment_that_bounces_takes_back_the_vat_it_made_due() {
    let mut world = World::default();
    let number = invoice(&mut world, "100");
    world.pay(1, euros("120"), Target::Invoice(number.clone()));
    world.pay(2, euros("-120"), Target::Invoice(number));
    assert_eq!(world.books.balance("44571"), Amount::ZERO);
    assert_eq!(world.books.balance("4458"), euros("-20"));
    assert_eq!(world.books.balance("411"), euros("120"));
}

#[test]
fn e39_a_cost_is_a_charge_of_each_place_and_is_owed_to_the_supplier() {
    let mut world = World::default();
    world.open_places(3);
    let key = world.adopt_key(&[120, 80, 45]);
    let cost = world.pool(1, euros("12345,67"), key);
    let posted = [
        "6135 6046,86 0,00",
        "6135 4031,24 0,00",
        "6135 2267,57 0,00",
        "445660 2469,13 0,00",
        "401 0,00 14814,80",
    ];
    assert_eq!(last(&world), posted);
    let entry = world.books.entry(1).expect("an entry");
    for (posting, seed) in entry.postings().iter().take(3).zip(1..) {
        assert_eq!(posting.axes.place, Some(place(seed)));
        assert_eq!(posting.axes.source, Some(Source::Contributions));
    }
    world.pay(1, euros("-14814,80"), Target::Cost(cost));
    assert_eq!(last(&world), ["512 0,00 14814,80", "401 14814,80 0,00"]);
}

#[test]
fn e34_a_call_is_an_entry_of_each_place_and_is_paid_like_an_invoice() {
    let mut world = World::default();
    world.open_places(2);
    let key = world.adopt_key(&[1, 1]);
    let cost = world.pool(1, euros("100"), key);
    let ask = CallContribution {
        call: CallRef::from_random(bits(1)),
        cost: Some(cost),
        portions: Vec::new(),
        title: "outil 2026".to_owned(),
        vat_rate: None,
        on: day("2026-04-01"),
        voucher: "AP-1".to_owned(),
    };
    let call = world.call(ask);
    assert_eq!(count(&world), 3);
    assert_eq!(last(&world), ["411 60,00 0,00", "7088 0,00 50,00", "445800 0,00 10,00"]);
    world.pay(1, euros("60"), Target::Call { call, place: place(2) });
    let paid = ["512 60,00 0,00", "411 0,00 60,00", "445800 10,00 0,00", "445710 0,00 10,00"];
    assert_eq!(last(&world), paid);
}

#[test]
fn e43_a_bank_fee_is_a_charge_with_a_source() {
    let mut world = World::default();
    world.pay(1, euros("-8,50"), Target::BankFee);
    assert_eq!(last(&world), ["512 0,00 8,50", "627 8,50 0,00"]);
    let entry = world.books.entry(1).expect("an entry");
    assert_eq!(entry.postings()[1].axes.source, Some(Source::Contributions));
    assert_eq!(entry.on, day("2026-06-15"));
}

/// E41, E42 and R66: shown on both sides, never in the ledger nor in the result.
#[test]
fn e41_and_e42_gifts_in_kind_are_memo_figures_outside_the_result() {
    let mut world = World::default();
    let natures = [
        (InKindNature::Volunteering, "864", "875"),
        (InKindNature::FreeUse, "861", "871"),
        (InKindNature::Goods, "860", "870"),
    ];
    for (seed, (nature, _, _)) in (1..).zip(natures) {
        world.tell(&Event::InKindValued(InKindValued {
            basis: "120 h × 12,31 €".to_owned(),
            in_kind: in_kind(seed),
            nature,
            on: day("2026-05-01"),
            place: None,
            title: "chantier".to_owned(),
            value: euros("1477,20"),
        }));
    }
    assert_eq!(count(&world), 0);
    assert_eq!(world.books.result(FiscalYear::of(day(TODAY))), Amount::ZERO);
    let memos: Vec<_> =
        world.books.memos().map(|m| (m.number, m.memo.charge(), m.memo.product())).collect();
    let expected: Vec<_> = (1..).zip(natures).map(|(n, (_, six, seven))| (n, six, seven)).collect();
    assert_eq!(memos, expected);
}

/// §10.5: final days never go back, though the clock does.
#[test]
fn entries_become_final_in_the_order_of_the_log() {
    let mut world = World::default();
    world.tell_on("2026-03-10", &Event::GrantAwarded(grant(1, Source::Grants, "10")));
    world.tell_on("2026-03-08", &Event::GrantAwarded(grant(2, Source::Grants, "10")));
    let days: Vec<_> =
        world.books.entries().map(|e| (e.number, e.validated_on, e.leaf.get())).collect();
    assert_eq!(days, [(1, day("2026-03-10"), 0), (2, day("2026-03-10"), 1)]);
}

#[test]
fn a_fact_that_names_nothing_known_is_an_inconsistency() {
    let mut books = Books::default();
    let stamp = Stamp { index: LeafIndex::new(0), day: day(TODAY) };
    let subscription = SubscriptionRef::from_random(bits(9));
    let event = Event::LineMatched(LineMatched {
        amount: euros("1"),
        line: LineRef::from_random(bits(1)),
        target: Target::Subscription(subscription.clone()),
    });
    let refused = books.apply(stamp, &event, &World::default().registers);
    assert_eq!(refused, Err(JournalError::Unknown { reference: subscription.to_string() }));
    assert_eq!(books.entries().count(), 0);
}

/// What does not fit is refused whole: no entry, no number, no balance is kept of it.
#[test]
fn a_fact_that_overflows_leaves_the_books_as_they_were() {
    let mut world = World::default();
    let huge =
        GrantAwarded { amount: Amount::from_cents(i64::MAX), ..grant(1, Source::Grants, "1") };
    world.tell(&Event::GrantAwarded(huge));
    let stamp = Stamp { index: LeafIndex::new(1), day: day(TODAY) };
    let event = Event::GrantAwarded(grant(2, Source::Grants, "1"));
    let mut books = world.books.clone();
    let refused = books.apply(stamp, &event, &world.registers);
    assert_eq!(refused, Err(JournalError::Amount(crate::base::AmountError::Overflow)));
    assert_eq!(books.entries().count(), 1);
    assert_eq!(books.balance("441"), Amount::from_cents(i64::MAX));
}

/// One thing that happens, drawn by proptest.
#[derive(Clone, Debug)]
enum Step {
    Subscribe(u8, u32),
    Pay(u8, i64),
    Allot(u8),
    Grant(i64),
    Invoice(i64, u32),
    PayInvoice(usize, i64),
    Pool(i64),
    Fee(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1_u8..6, 1_u32..200).prop_map(|(seed, count)| Step::Subscribe(seed, count)),
        (1_u8..6, 1_i64..3_000_000).prop_map(|(seed, cents)| Step::Pay(seed, cents)),
        (1_u8..6).prop_map(Step::Allot),
        (1_i64..10_000_000).prop_map(Step::Grant),
        (1_i64..10_000_000, 0_u32..=2_000).prop_map(|(net, rate)| Step::Invoice(net, rate)),
        (0_usize..4, -10_000_i64..10_000_000).prop_map(|(n, cents)| Step::PayInvoice(n, cents)),
        (1_i64..10_000_000).prop_map(Step::Pool),
        (-5_000_i64..5_000).prop_map(Step::Fee),
    ]
}

impl Step {
    fn play(&self, world: &mut World, seed: u8, paid: &mut [(i64, u32, bool); 6]) {
        let cents = Amount::from_cents;
        match *self {
            Self::Subscribe(who, count) if paid[usize::from(who)].1 == 0 => {
                paid[usize::from(who)].1 = count;
                world.subscribe(who, count);
            }
            // Once allotted, the rest is not owed until it is called: the door refuses it.
            Self::Pay(who, sum) if paid[usize::from(who)].1 > 0 && !paid[usize::from(who)].2 => {
                let row = &mut paid[usize::from(who)];
                let sum = sum.min(i64::from(row.1) * 10_000 - row.0);
                if sum > 0 {
                    row.0 += sum;
                    let target = Target::Subscription(SubscriptionRef::from_random(bits(who)));
                    world.pay(seed, cents(sum), target);
                }
            }
            Self::Allot(who) if paid[usize::from(who)].0 > 0 && !paid[usize::from(who)].2 => {
                let row = &mut paid[usize::from(who)];
                row.2 = true;
                world.allot(who, row.1, cents(row.0));
            }
            Self::Grant(sum) => {
                let fact = GrantAwarded { amount: cents(sum), ..grant(seed, Source::Grants, "1") };
                world.tell(&Event::GrantAwarded(fact));
            }
            Self::Invoice(net, rate) => {
                let ask = InvoiceService {
                    customer: "Client".to_owned(),
                    title: "service".to_owned(),
                    net: cents(net),
                    vat_rate: Some(Rate::from_basis_points(rate)),
                    place: None,
                    on: day("2026-03-02"),
                };
                world.invoice(ask);
            }
            Self::PayInvoice(rank, sum) if sum != 0 => {
                let number =
                    world.registers.funding.invoices().nth(rank).map(|i| i.fact.invoice.clone());
                if let Some(number) = number {
                    world.pay(seed, cents(sum), Target::Invoice(number));
                }
            }
            Self::Pool(net) => {
                let key = crate::base::KeyRef::from_random(bits(1));
                world.pool(seed, cents(net), key);
            }
            Self::Fee(sum) if sum != 0 => world.pay(seed, cents(sum), Target::BankFee),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// §10.1, 10.2, 10.5: whatever happens, each entry balances, numbers have no gap, each charge
    /// and product has its source, uncalled capital is on 1011 and 109 alike.
    #[test]
    fn any_sequence_of_facts_posts_balanced_entries(steps in proptest::collection::vec(step(), 1..40)) {
        let mut world = World::default();
        world.open_places(3);
        world.adopt_key(&[3, 2, 7]);
        let mut paid = [(0, 0, false); 6];
        for (seed, step) in (10_u8..).zip(&steps) {
            step.play(&mut world, seed, &mut paid);
        }
        for (number, entry) in (1_u64..).zip(world.books.entries()) {
            prop_assert_eq!(entry.number, number);
            let debit = Amount::sum(entry.postings().iter().map(super::Posting::debit));
            let credit = Amount::sum(entry.postings().iter().map(super::Posting::credit));
            prop_assert_eq!(debit, credit);
            for posting in entry.postings() {
                let result = posting.account.is_charge() || posting.account.is_product();
                prop_assert!(!result || posting.axes.source.is_some());
                prop_assert!(posting.amount().is_positive());
            }
        }
        prop_assert_eq!(world.books.balance(""), Amount::ZERO);
        prop_assert_eq!(world.books.balance("109").cents(), -world.books.balance("1011").cents());
        let waiting: i64 = paid.iter().filter(|row| !row.2).map(|row| row.0).sum();
        prop_assert_eq!(world.books.balance("4563").cents(), -waiting);
        let capital: i64 = paid.iter().filter(|row| row.2).map(|row| row.0).sum();
        prop_assert_eq!(world.books.balance("1013").cents(), -capital);
    }
}
