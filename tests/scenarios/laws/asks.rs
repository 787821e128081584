//! Random commands, sound and unsound, made of small numbers so that they meet each other.

mod keys;

use ledger::base::{
    Amount, BankRef, CallRef, Capacity, CategoryId, CertificateRef, CostRef, Day, FiscalYear,
    GrantRef, Iban, InKindRef, KeyRef, LineRef, MemberRef, PlaceRef, ShareCount, Source,
    SquareMetres, StatementRef, SubscriptionRef, Weight, in_words,
};
use ledger::command::Command;
use ledger::decide;
use ledger::funding::{AdoptBudget, AwardGrant, BudgetLine, InvoiceService};
use ledger::members::{Apply, ErasePerson, ErasureReason, Member, PersonKind, fields_required};
use ledger::pooling::{
    AdoptAllocationKey, CallContribution, InKindNature, PlaceStatus, PlaceWeight, PoolCost,
    Portion, RegisterPlace, ValueInKind,
};
use ledger::shares::{
    AllotShares, DeclineSubscription, FormEvidence, IssueCertificate, Step, Subscribe,
};
use ledger::treasury::{ImportStatement, MatchLine, NewLine, OpenBankAccount, Target};
use proptest::prelude::*;
use support::pure::Pure;
use support::{IBAN, bits, decision, digest};

/// One random ask: what, about whom, how much, and whether the right offices sign.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    what: u8,
    who: u8,
    other: u8,
    number: u16,
    flaw: u8,
}

pub(super) fn asks(most: usize) -> impl Strategy<Value = Vec<Ask>> {
    let ask = (0_u8..23, 1_u8..8, 1_u8..8, any::<u16>(), 0_u8..24)
        .prop_map(|(what, who, other, number, flaw)| Ask { what, who, other, number, flaw });
    prop::collection::vec(ask, 1..most)
}

/// What a founding asks: three subscriptions paid, ready to be allotted.
pub(super) fn founded(allotted: bool) -> Pure {
    let mut book = Pure::open(support::day("2026-03-01"));
    book.done(bank_account(), &["tresor"]);
    for (who, person, category, count) in [
        (1, PersonKind::Association, "lieux", 190),
        (2, PersonKind::Natural, "habitants", 10),
        (3, PersonKind::PublicBody, "publics", 230),
    ] {
        let join = Command::Join(
            applied(who, person, category, false),
            subscribed(&book, who, who, count, false),
        );
        book.done(join, &["guichet"]);
    }
    let lines = [(1, 1_900_000), (2, 100_000), (3, 2_300_000)];
    let lines = lines.iter().map(|(who, cents)| line(&book, 200 + who, *who, *cents)).collect();
    book.done(imported(&book, 200, lines, false), &["tresor"]);
    if allotted {
        book.done(allot(&book, &[1, 2]), &["bureau-1", "bureau-2"]);
    }
    book
}

fn bank_account() -> Command {
    Command::OpenBankAccount(OpenBankAccount {
        account: BankRef::from_random(bits(1)),
        iban: Iban::parse(IBAN).expect("an IBAN"),
        bic: "AGRIFRPP".into(),
        label: "Compte courant".into(),
    })
}

fn applied(who: u8, person: PersonKind, category: &str, flaw: bool) -> Apply {
    let fields: Vec<String> = fields_required(person).iter().map(|f| (*f).to_owned()).collect();
    let fields = fields[usize::from(flaw)..].to_vec();
    let digests = (0..fields.len()).map(|at| {
        let value = format!("{who} {at}");
        ledger::log::Disclosure::new([who; 16], "field", &value).digest()
    });
    Apply {
        member: MemberRef::from_random(bits(who)),
        person,
        category: CategoryId::parse(category).expect("a category"),
        mandate: (person != PersonKind::Natural).then(|| "délibération n° 4".into()),
        sd: digests.collect(),
        fields,
        signer_vkey: None,
    }
}

fn subscribed(book: &Pure, subscription: u8, who: u8, count: u32, flaw: bool) -> Subscribe {
    Subscribe {
        subscription: subscription_ref(subscription),
        member: MemberRef::from_random(bits(who)),
        count: ShareCount::new(count),
        place: None,
        on: book.today(),
        form: FormEvidence {
            evidence_sha256: digest(1),
            in_words: in_words(if flaw { count + 1 } else { count }),
            pdf_sha256: digest(2),
            template_sha256: digest(3),
        },
        signer_vkey: None,
    }
}

fn subscription_ref(number: u8) -> SubscriptionRef {
    // Payment references keep the first digits: repeated numbers differ there.
    SubscriptionRef::from_random(bits(number))
}

fn line(book: &Pure, number: u8, subscription: u8, cents: i64) -> NewLine {
    let known = book.state().registers.shares.subscription(&subscription_ref(subscription));
    NewLine {
        line: LineRef::from_random(bits(number)),
        amount: Amount::from_cents(cents),
        booked_on: book.today(),
        references: known.map(|known| known.fact.reference.clone()).into_iter().collect(),
        sd: Vec::new(),
    }
}

fn imported(book: &Pure, number: u8, lines: Vec<NewLine>, flaw: bool) -> Command {
    let sum = Amount::sum(lines.iter().map(|line| line.amount)).expect("a sum");
    Command::ImportStatement(ImportStatement {
        statement: StatementRef::from_random(bits(number)),
        iban: Iban::parse(IBAN).expect("an IBAN"),
        format: "camt.053".into(),
        file_sha256: digest(number),
        opening: Some(Amount::ZERO),
        closing: Some(sum.plus(Amount::from_cents(i64::from(flaw))).expect("a sum")),
        until: book.today(),
        lines,
        accept_unbalanced: false,
    })
}

fn allot(book: &Pure, who: &[u8]) -> Command {
    Command::AllotShares(AllotShares {
        subscriptions: who.iter().map(|n| subscription_ref(*n)).collect(),
        colleges: Vec::new(),
        decision: decision(book.today()),
    })
}

impl Ask {
    /// Whether the offices that sign are the right ones.
    pub(super) fn signed_rightly(&self) -> bool {
        self.flaw != 1
    }

    /// Whether time passes before this.
    pub(super) fn days_before(&self) -> i64 {
        i64::from(self.flaw == 2) * i64::from(self.number % 200)
            + i64::from(self.is_erasure() && self.flaw.is_multiple_of(8)) * 366
    }

    /// The command, and the offices that sign it.
    pub(super) fn command(&self, book: &Pure) -> (Command, &'static [&'static str]) {
        let (command, offices): (Command, &[&str]) = match self.what {
            0..=4 => self.about_shares(book),
            5..=8 => self.about_the_bank(book),
            9..=13 => self.about_pooling(book),
            14..=16 => self.about_funding(book),
            17 => (self.erasure(book), &["bureau-2", "bureau-3"]),
            _ => self.about_keys(book),
        };
        if self.signed_rightly() { (command, offices) } else { (command, &["admin-3", "tresor"]) }
    }

    fn amount(&self) -> Amount {
        Amount::from_cents(i64::from(self.number) * 100 + i64::from(self.who))
    }

    fn about_shares(&self, book: &Pure) -> (Command, &'static [&'static str]) {
        let member = MemberRef::from_random(bits(self.who));
        let count = u32::from(self.number % 520);
        match self.what {
            0 => {
                let (person, category) = [
                    (PersonKind::Natural, "habitants"),
                    (PersonKind::Company, "salaries"),
                    (PersonKind::PublicBody, "publics"),
                    (PersonKind::Association, "publics"),
                ][usize::from(self.number % 4)];
                let apply = applied(self.who, person, category, self.flaw == 3);
                let ask =
                    subscribed(book, self.other * 8 + self.who, self.who, count, self.flaw == 4);
                (Command::Join(apply, ask), &["guichet"])
            }
            1 => {
                let ask =
                    subscribed(book, self.other * 8 + self.who, self.who, count, self.flaw == 4);
                (Command::Subscribe(ask), &["bureau-1"])
            }
            2 => {
                let shares = &book.state().registers.shares;
                let waiting = (1..80).filter(|n| {
                    let known = shares.subscription(&subscription_ref(*n));
                    known.is_some_and(|known| known.step == Step::Signed || self.flaw == 10)
                });
                // All that wait, or some of them.
                let waiting: Vec<u8> = waiting
                    .filter(|n| self.number.is_multiple_of(4) || (self.number >> (n % 16)) & 1 == 1)
                    .collect();
                (allot(book, &waiting), &["bureau-1", "bureau-3"])
            }
            3 => {
                let waiting = book.state().registers.shares.subscriptions();
                let waiting = waiting.filter(|known| known.step == Step::Signed);
                let waiting = self.one_of(waiting.map(|known| known.fact.subscription.clone()));
                let any = || subscription_ref(self.other * 8 + self.who);
                let subscription = waiting.filter(|_| self.flaw != 10).unwrap_or_else(any);
                let decision = decision(book.today());
                let ask = DeclineSubscription { subscription, decision };
                (Command::DeclineSubscription(ask), &["bureau-3", "bureau-2"])
            }
            _ => {
                let ask = IssueCertificate {
                    certificate: CertificateRef::from_random(bits(self.other)),
                    member,
                    on: book.today(),
                    template_sha256: digest(4),
                };
                (Command::IssueCertificate(ask), &["guichet"])
            }
        }
    }

    fn about_the_bank(&self, book: &Pure) -> (Command, &'static [&'static str]) {
        let number = self.number.to_be_bytes()[1];
        if self.what <= 6 {
            let shares = &book.state().registers.shares;
            let known = (1..80).filter(|n| shares.subscription(&subscription_ref(*n)).is_some());
            let subscription = self.one_of(known).unwrap_or(self.who);
            let owed = book.state().registers.shares.subscription(&subscription_ref(subscription));
            let owed = owed.map_or(0, |owed| owed.fact.amount().cents());
            let cents = if self.number.is_multiple_of(3) { -self.amount().cents() } else { owed };
            let first = line(book, number, subscription, cents);
            let second = line(book, number.wrapping_add(1), 90, self.amount().cents());
            return (imported(book, number, vec![first, second], self.flaw == 5), &["tresor"]);
        }
        let target = self.target(book);
        // Some line that still has something left, if there is one.
        let treasury = &book.state().registers.treasury;
        let left: Vec<_> = treasury.unmatched().collect();
        let at = usize::from(self.number).checked_rem(left.len());
        let line =
            at.map_or_else(|| LineRef::from_random(bits(number)), |at| left[at].fact.line.clone());
        let amount = self.flaw.is_multiple_of(2).then(|| self.amount());
        (Command::MatchLine(MatchLine { line, target, amount }), &["tresor"])
    }

    /// Something that exists and may be owed, or that nobody knows.
    fn target(&self, book: &Pure) -> Target {
        let r = &book.state().registers;
        let subscriptions =
            || r.shares.subscriptions().map(|known| known.fact.subscription.clone());
        let known = match self.number % 7 {
            0 => self.one_of(subscriptions()).map(Target::Subscription),
            1 => self.one_of(subscriptions()).map(Target::Refund),
            2 => self.one_of(r.funding.grants().map(|g| g.fact.grant.clone())).map(Target::Grant),
            3 => {
                let numbers = r.funding.invoices().map(|known| known.fact.invoice.clone());
                self.one_of(numbers).map(Target::Invoice)
            }
            4 => self.one_of(r.pooling.calls()).map(|known| Target::Call {
                call: known.fact.call.clone(),
                place: known.fact.portions[0].place.clone(),
            }),
            5 => self.one_of(r.pooling.costs().map(|c| c.fact.cost.clone())).map(Target::Cost),
            _ => Some(Target::BankFee),
        };
        known.unwrap_or_else(|| Target::Grant(GrantRef::from_random(bits(self.other))))
    }

    /// One of these, by the ask's own number.
    fn one_of<T>(&self, all: impl Iterator<Item = T>) -> Option<T> {
        let mut all: Vec<T> = all.collect();
        let at = usize::from(self.number / 7).checked_rem(all.len())?;
        Some(all.swap_remove(at))
    }

    fn about_pooling(&self, book: &Pure) -> (Command, &'static [&'static str]) {
        let place = PlaceRef::from_random(bits(self.who));
        let on: Day = book.today();
        match self.what {
            9 => {
                let ask = RegisterPlace {
                    place,
                    name: format!("Lieu {}", self.who),
                    street: "1 rue des Communs".into(),
                    postcode: "59000".into(),
                    town: "Lille".into(),
                    surface: SquareMetres::new(u32::from(self.number)),
                    capacity: Capacity::new(10),
                    status: PlaceStatus::Open,
                    member: None,
                };
                (Command::RegisterPlace(ask), &["bureau-1"])
            }
            10 => {
                let weight = |place: PlaceRef, n: u8| PlaceWeight {
                    place,
                    weight: Weight::new(u64::from(self.number / u16::from(n))),
                };
                // The places that there are, or some that may not be.
                let known = book.state().registers.pooling.places();
                let known: Vec<_> = known.map(|known| known.fact.place.clone()).collect();
                let some = || (1..=self.who).map(|n| PlaceRef::from_random(bits(n))).collect();
                let places = if self.number.is_multiple_of(4) { some() } else { known };
                let ask = AdoptAllocationKey {
                    key: KeyRef::from_random(bits(self.other % 2)),
                    label: "surface".into(),
                    weights: places.into_iter().zip(1..).map(|(p, n)| weight(p, n)).collect(),
                    decision: decision(on),
                };
                (Command::AdoptAllocationKey(ask), &["bureau-2"])
            }
            11 => (self.pooled_cost(book, on), &["tresor"]),
            12 => {
                let portion = Portion { amount: self.amount(), place };
                let of_cost = self.number.is_multiple_of(2);
                let ask = CallContribution {
                    call: CallRef::from_random(bits(self.other)),
                    cost: of_cost.then(|| {
                        let known = book.state().registers.pooling.costs();
                        let known = self.one_of(known.map(|cost| cost.fact.cost.clone()));
                        known.unwrap_or_else(|| CostRef::from_random(bits(self.who)))
                    }),
                    portions: if of_cost { Vec::new() } else { vec![portion] },
                    title: "appel".into(),
                    vat_rate: None,
                    on,
                    voucher: "A-1".into(),
                };
                (Command::CallContribution(ask), &["tresor"])
            }
            _ => {
                let ask = ValueInKind {
                    in_kind: InKindRef::from_random(bits(self.other)),
                    nature: InKindNature::Goods,
                    title: "mobilier".into(),
                    value: self.amount(),
                    basis: "estimation".into(),
                    place: self.number.is_multiple_of(2).then_some(place),
                    on,
                };
                (Command::ValueInKind(ask), &["tresor"])
            }
        }
    }

    fn pooled_cost(&self, book: &Pure, on: Day) -> Command {
        let known = book.state().registers.pooling.keys().map(|key| key.fact.key.clone());
        let known = self.one_of(known);
        let ask = PoolCost {
            cost: CostRef::from_random(bits(self.other)),
            supplier: "Éditeur".into(),
            title: "outil".into(),
            account: if self.flaw == 6 { "706" } else { "6135" }.into(),
            net: self.amount(),
            vat: Amount::from_cents(i64::from(self.number % 100)),
            source: Source::ALL[usize::from(self.who % 4)],
            key: known.unwrap_or_else(|| KeyRef::from_random(bits(self.who % 2))),
            on,
            voucher: "F-1".into(),
        };
        Command::PoolCost(ask)
    }

    fn about_funding(&self, book: &Pure) -> (Command, &'static [&'static str]) {
        let on = book.today();
        match self.what {
            14 => {
                let programme = self.number.is_multiple_of(3);
                let ask = AwardGrant {
                    grant: GrantRef::from_random(bits(self.other)),
                    funder: "Région".into(),
                    source: Source::ALL[usize::from(self.who % 4)],
                    programme: programme.then(|| "Interreg".into()),
                    title: "animation".into(),
                    amount: self.amount(),
                    place: None,
                    on,
                    voucher: "C-1".into(),
                    agreement_sha256: None,
                };
                (Command::AwardGrant(ask), &["tresor"])
            }
            15 => {
                let ask = InvoiceService {
                    customer: "Ville".into(),
                    title: "étude".into(),
                    net: self.amount(),
                    vat_rate: None,
                    place: None,
                    on: on.plus_days(-i64::from(self.flaw == 7)),
                };
                (Command::InvoiceService(ask), &["tresor"])
            }
            _ => {
                let row = |account: &str, amount| BudgetLine {
                    account: account.into(),
                    amount,
                    label: "ligne".into(),
                    place: None,
                    source: Source::Grants,
                };
                let gap = Amount::from_cents(i64::from(self.flaw == 8));
                let charges = self.amount().plus(gap).expect("a sum");
                let ask = AdoptBudget {
                    year: FiscalYear::of(on),
                    lines: vec![row("741", self.amount()), row("604", charges)],
                    decision: decision(on),
                };
                (Command::AdoptBudget(ask), &["bureau-1", "bureau-3"])
            }
        }
    }

    fn is_erasure(&self) -> bool {
        self.what == 17
    }

    /// The erasure of somebody of whom something may go, where there is one, with the digests that
    /// the vault would give.
    fn erasure(&self, book: &Pure) -> Command {
        let r = &book.state().registers;
        let bylaws = r.authority.bylaws().expect("open");
        let goes = |member: &&Member| {
            decide::erasure_plan(r, bylaws, book.today(), &member.member)
                .is_ok_and(|plan| !plan.erased.is_empty())
        };
        let known = self.one_of(r.members.iter().filter(goes));
        let known = known.filter(|_| self.flaw != 12);
        let member =
            known.map_or_else(|| MemberRef::from_random(bits(self.who)), |k| k.member.clone());
        let left = known.into_iter().flat_map(|known| {
            let left = known.sd.iter().filter(|digest| !known.erased_sd.contains(*digest));
            left.skip(usize::from(self.flaw == 11))
        });
        let reason =
            [ErasureReason::Requested, ErasureReason::NoLongerNeeded][usize::from(self.other % 2)];
        Command::ErasePerson(ErasePerson { digests: left.cloned().collect(), member, reason })
    }
}
