//! Laws of the whole book (law.md, section 10): after every leaf, and whatever was refused.

use ledger::audit::invariants;
use ledger::authority;
use ledger::base::Amount;
use ledger::decide::{self, DoorRefusal};
use ledger::event::Event;
use ledger::log::Hash;
use ledger::members::PersonKind;
use ledger::refusal::Refusal;
use ledger::replay::Replay;
use ledger::state::State;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use support::pure::Pure;

use super::asks::{Ask, asks, founded};

/// What must hold after every leaf.
fn holds(state: &State) -> TestCaseResult {
    prop_assert_eq!(invariants(state), Ok(()));
    let r = &state.registers;
    let capital = r.shares.capital();
    if capital.shares > 0 {
        let bylaws = r.authority.bylaws().expect("open");
        let floor = r.shares.floor(bylaws, day_of(state)).expect("a floor");
        prop_assert!(capital.subscribed >= floor, "R9: {} < {floor}", capital.subscribed);
    }
    let public = r.shares.holdings().filter(|(member, _)| {
        r.members.get(member).is_some_and(|known| known.person == PersonKind::PublicBody)
    });
    let public = Amount::sum(public.map(|(_, held)| held.subscribed().expect("a sum")));
    let twice = public.expect("a sum").times(2).expect("a sum");
    prop_assert!(twice <= capital.subscribed, "R2: twice the public part is {twice}");
    keys(state)?;
    journal(state)?;
    for (at, movement) in (1..).zip(r.shares.movements()) {
        prop_assert_eq!(movement.number, at, "R26");
    }
    money(state)
}

fn day_of(state: &State) -> ledger::base::Day {
    ledger::base::Day::of_unix_ms(state.recorded_ms).expect("a day")
}

/// Somebody can always sign what is about keys; a doubt is about leaves that are there.
fn keys(state: &State) -> TestCaseResult {
    let authority = &state.registers.authority;
    let left = u32::try_from(authority.admins_without("")).expect("few");
    prop_assert!(left >= authority.threshold() && authority.threshold() >= 2);
    for open in authority.to_review() {
        prop_assert!(open.leaf >= open.suspicion.from && open.leaf.get() < state.size);
    }
    let keys = authority.log_keys_at(state.size);
    prop_assert!(!keys.is_empty() && keys.len() <= authority.log_keys().count());
    Ok(())
}

/// Every entry balances; numbers have no gap; the day it became final never goes back.
fn journal(state: &State) -> TestCaseResult {
    let mut final_on = None;
    for (number, entry) in (1..).zip(state.books.entries()) {
        prop_assert_eq!(entry.number, number);
        let debit = Amount::sum(entry.postings().iter().map(ledger::journal::Posting::debit));
        let credit = Amount::sum(entry.postings().iter().map(ledger::journal::Posting::credit));
        prop_assert_eq!(debit, credit);
        prop_assert!(final_on <= Some(entry.validated_on));
        final_on = Some(entry.validated_on);
    }
    Ok(())
}

/// No euro is used twice: of a line, of a grant, of a pooled cost.
fn money(state: &State) -> TestCaseResult {
    let r = &state.registers;
    for line in r.treasury.lines() {
        let (whole, used) = (line.fact.amount.cents(), line.matched.cents());
        prop_assert!(used.abs() <= whole.abs() && used * whole >= 0, "{used} of {whole}");
    }
    for grant in r.funding.grants() {
        let target = ledger::treasury::Target::Grant(grant.fact.grant.clone());
        prop_assert!(r.treasury.received(&target) <= grant.fact.amount);
    }
    for cost in r.pooling.costs() {
        let portions = Amount::sum(cost.fact.portions.iter().map(|portion| portion.amount));
        prop_assert_eq!(portions, Ok(cost.fact.net), "R87");
        for portion in &cost.fact.portions {
            let called = r.pooling.called_of_cost(&cost.fact.cost, &portion.place);
            prop_assert!(called <= portion.amount, "R76");
        }
    }
    Ok(())
}

/// Asks in order; says how many passed.
fn told(book: &mut Pure, asked: &[Ask]) -> Result<usize, TestCaseError> {
    let mut passed = 0;
    for ask in asked {
        book.now_ms += 1 + ask.days_before() * 24 * 60 * 60 * 1000;
        let (command, offices) = ask.command(book);
        let before = (book.replay.size(), book.replay.root());
        let decided = book.decide(command.clone());
        let done = book.perform(command, offices);
        match (&decided, &done) {
            (Ok(_), Ok(_)) => passed += 1,
            (_, Err(_)) => prop_assert_eq!((book.replay.size(), book.replay.root()), before),
            (Err(no), Ok(_)) => prop_assert!(false, "decide refuses, the door does not: {no}"),
        }
        if ask.signed_rightly() {
            prop_assert_eq!(decided.is_ok(), done.is_ok(), "{:?} / {:?}", decided, done);
        }
        holds(book.state())?;
    }
    Ok(passed)
}

/// A replay of the leaves from nothing, and what it says after each.
fn prefixes(leaves: &[Vec<u8>]) -> Result<Vec<(Hash, State)>, TestCaseError> {
    let mut replay = Replay::default();
    let mut seen = vec![(replay.root(), replay.state().clone())];
    for leaf in leaves {
        let pushed = replay.push(leaf);
        prop_assert!(pushed.is_ok(), "{pushed:?}");
        holds(replay.state())?;
        seen.push((replay.root(), replay.state().clone()));
    }
    Ok(seen)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Invariants 1 to 5 and 10, R2, R9, R26, R76, R87: after every leaf of any sequence.
    #[test]
    fn no_sequence_of_commands_breaks_an_invariant(allotted: bool, asked in asks(60)) {
        let mut book = founded(allotted);
        told(&mut book, &asked)?;
        prefixes(&book.leaves)?;
    }

    /// Invariant 4: the leaves alone give the same state, at every size, as the book that lived it.
    #[test]
    fn a_replay_of_any_beginning_is_the_book_as_it_was(allotted: bool, asked in asks(30)) {
        let mut book = founded(allotted);
        let mut lived = vec![(book.replay.size(), book.replay.clone())];
        for ask in &asked {
            told(&mut book, std::slice::from_ref(ask))?;
            lived.push((book.replay.size(), book.replay.clone()));
        }
        let seen = prefixes(&book.leaves)?;
        for (size, replay) in lived {
            let (root, state) = &seen[usize::try_from(size).expect("small")];
            prop_assert_eq!(*root, replay.root());
            prop_assert_eq!(book.root_at(size), Some(*root));
            prop_assert_eq!(format!("{state:?}"), format!("{:?}", replay.state()));
        }
    }

    /// The door and the rules never disagree about a fact, even one decided long before.
    #[test]
    fn an_old_fact_passes_the_door_when_the_rules_pass_it(asked in asks(40)) {
        let mut book = founded(true);
        let mut old: Vec<(Event, &[&str])> = Vec::new();
        for ask in &asked {
            let (command, offices) = ask.command(&book);
            if ask.signed_rightly() && let Ok(events) = book.decide(command) {
                old.extend(events.into_iter().map(|event| (event, offices)));
            }
            told(&mut book, std::slice::from_ref(ask))?;
        }
        for (event, offices) in old {
            let ruled = decide::check(&book.state().registers, book.today(), &event);
            let keys: Vec<_> = offices.iter().map(|name| book.key(name)).collect();
            let leaf = Pure::signed(book.text(&event, 0), &keys);
            let mut again = book.clone();
            let admitted = again.admit(vec![leaf]);
            // The offices of that day may have been replaced since, or may be too few.
            let gone = matches!(
                &admitted,
                Err(Refusal::Door(DoorRefusal::UnknownKey(_))
                    | Refusal::Authority(authority::Refusal::TooFewSignatures { .. }))
            );
            if !gone {
                prop_assert_eq!(&ruled, &admitted, "{:?}", event);
            }
            if admitted.is_ok() {
                holds(again.state())?;
            }
        }
    }
}

#[test]
fn the_random_sequences_reach_every_kind_of_fact() {
    use std::collections::BTreeSet;

    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut kinds = BTreeSet::new();
    for _ in 0..60 {
        let asked = asks(60).new_tree(&mut runner).expect("asks").current();
        let mut book = founded(asked.len().is_multiple_of(2));
        told(&mut book, &asked).expect("the laws hold");
        for leaf in &book.leaves {
            kinds.insert(ledger::log::Leaf::parse(leaf).expect("a leaf").content.kind);
        }
    }
    // All but the opening that follows another log: a book is opened once.
    assert_eq!(kinds.len(), 27, "{kinds:?}");
}
