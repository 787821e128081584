//! What must hold after every leaf: the sums that tie registers and accounts together.

use thiserror::Error;

use crate::base::Amount;
use crate::shares::Step;
use crate::state::State;
use crate::treasury::Target;

/// An invariant that does not hold: which, and both figures.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{what} : {left} d’un côté, {right} de l’autre")]
pub struct Broken {
    /// What should be equal.
    pub what: &'static str,
    /// One figure.
    pub left: String,
    /// The other.
    pub right: String,
}

/// Checks that the registers and the accounts tell the same story.
///
/// # Errors
/// The first [`Broken`].
pub fn invariants(state: &State) -> Result<(), Broken> {
    let r = &state.registers;
    let sum = |amounts: Vec<Amount>| Amount::sum(amounts).unwrap_or(Amount::ZERO);
    let capital = r.shares.capital();

    let held: u64 = r.shares.holdings().map(|(_, holding)| u64::from(holding.count.get())).sum();
    same("parts détenues et parts émises", held, capital.shares)?;
    let moved: i64 = r.shares.movements().iter().map(|m| i64::from(m.count.get())).sum();
    same(
        "registre des mouvements et parts émises",
        moved,
        i64::try_from(capital.shares).unwrap_or(-1),
    )?;

    let credit = |prefix: &str| Amount::ZERO.minus(state.books.balance(prefix)).unwrap_or_default();
    same("capital libéré et compte 1013", capital.paid, credit("1013"))?;
    same("capital souscrit et comptes 101", capital.subscribed, credit("101"))?;
    same("capital non appelé, comptes 1011 et 109", credit("1011"), state.books.balance("109"))?;

    let waiting = r.shares.subscriptions().filter(|s| !matches!(s.step, Step::Allotted { .. }));
    let waiting = waiting.map(|s| {
        let reference = s.fact.subscription.clone();
        let paid = r.treasury.received(&Target::Subscription(reference.clone()));
        paid.plus(r.treasury.received(&Target::Refund(reference))).unwrap_or_default()
    });
    same("versements en attente et compte 4563", sum(waiting.collect()), credit("4563"))?;

    let matched = r.treasury.lines().map(|line| line.matched);
    same(
        "lignes bancaires rapprochées et compte 512",
        sum(matched.collect()),
        state.books.balance("512"),
    )?;
    same("total des débits et des crédits", state.books.balance(""), Amount::ZERO)
}

fn same<T: PartialEq + ToString + Copy>(
    what: &'static str,
    left: T,
    right: T,
) -> Result<(), Broken> {
    if left == right {
        return Ok(());
    }
    Err(Broken { what, left: left.to_string(), right: right.to_string() })
}
