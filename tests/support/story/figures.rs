//! What a story can say of the accounts: balances, entries, results by source, portions.

use ledger::base::{Amount, FiscalYear, Source};
use ledger::reports::accounts::{AccountsQuery, AccountsView, CapitalFigures};

use super::checks::same;
use super::money::source_named;
use super::sentence::{self, Said};
use super::world::World;

/// Says the first row that differs, sums compared as sums.
pub(super) fn same_rows(told: &[Vec<String>], expected: &[Vec<String>]) -> Result<(), String> {
    for (at, row) in expected.iter().enumerate() {
        match told.get(at) {
            Some(is) if is.iter().zip(row).all(|(is, cell)| sentence::plain(is) == *cell) => {}
            other => return Err(format!("row {}: {other:?}, not {row:?}", at + 1)),
        }
    }
    match told.get(expected.len()) {
        None => Ok(()),
        Some(more) => Err(format!("one more row: {more:?}")),
    }
}

fn cell(amount: Amount) -> String {
    if amount.is_zero() { String::new() } else { amount.to_string().replace('−', "-") }
}

pub(super) fn trial_balance(world: &World, said: &mut Said) -> Result<(), String> {
    let told = world.see(|state| {
        let rows = state.books.balances().map(|(account, total)| {
            let net = total.net_debit();
            let (debit, credit) = if net.cents() < 0 {
                (Amount::ZERO, total.net_credit())
            } else {
                (net, Amount::ZERO)
            };
            (account.number().to_owned(), debit, credit)
        });
        rows.filter(|(_, debit, credit)| debit != credit)
            .map(|(account, debit, credit)| vec![account, cell(debit), cell(credit)])
            .collect::<Vec<_>>()
    })?;
    same_rows(&told, said.rows(&["compte", "débit", "crédit"])?)
}

pub(super) fn entries(world: &World, said: &mut Said) -> Result<(), String> {
    let book = said.next();
    let told = world.see(|state| {
        let entries = state.books.entries().filter(|entry| entry.book.label() == book);
        entries
            .flat_map(|entry| {
                entry.postings().iter().map(|posting| {
                    vec![
                        entry.number.to_string(),
                        entry.on.in_french(),
                        posting.account.number().to_owned(),
                        cell(posting.debit()),
                        cell(posting.credit()),
                    ]
                })
            })
            .collect::<Vec<_>>()
    })?;
    same_rows(&told, said.rows(&["n°", "date", "compte", "débit", "crédit"])?)
}

fn view(world: &World, year: FiscalYear, place: Option<&str>) -> Result<AccountsView, String> {
    let place = place.map(|name| world.place(name)).transpose()?;
    let query = AccountsQuery { year, place: place.as_ref(), capital: CapitalFigures::default() };
    let view = world.see(|state| {
        let r = &state.registers;
        ledger::reports::accounts::accounts(&state.books, &r.funding, &r.pooling, query)
    })?;
    view.map_err(|error| error.to_string())
}

fn year(said: &mut Said) -> Result<FiscalYear, String> {
    let text = said.next();
    FiscalYear::parse(&text).ok_or_else(|| format!("« {text} » is no year"))
}

/// One row a source: products and charges, then their difference.
fn by_source(
    said: &mut Said,
    view: &AccountsView,
    figures: fn(&ledger::reports::accounts::Totals) -> (Amount, Amount),
) -> Result<(), String> {
    let rows = said.rows(&["source", "produits", "charges"])?;
    let mut seen: Vec<Source> = Vec::new();
    for row in rows {
        let [name, products, charges] = row.as_slice() else { continue };
        let expected = (sentence::amount(products)?, sentence::amount(charges)?);
        if name == "Ensemble" {
            same(name, &figures(&view.totals), &expected)?;
            continue;
        }
        let source = source_named(name)?;
        let found = view.sources.iter().find(|of| of.source == source);
        same(name, &found.map(|of| figures(&of.totals)), &Some(expected))?;
        seen.push(source);
    }
    let silent = view.sources.iter().find(|of| !seen.contains(&of.source));
    match silent.filter(|of| figures(&of.totals) != (Amount::ZERO, Amount::ZERO)) {
        Some(of) => Err(format!("{} is not told: {:?}", of.source.label(), figures(&of.totals))),
        None => Ok(()),
    }
}

pub(super) fn accounts(world: &World, said: &mut Said) -> Result<(), String> {
    let (year, place) = (year(said)?, said.clause_of("au lieu « {} »"));
    let view = view(world, year, place.as_deref())?;
    by_source(said, &view, |totals| (totals.products, totals.charges))
}

pub(super) fn budget(world: &World, said: &mut Said) -> Result<(), String> {
    let view = view(world, year(said)?, None)?;
    by_source(said, &view, |totals| (totals.products_budget, totals.charges_budget))
}

pub(super) fn result(world: &World, said: &mut Said) -> Result<(), String> {
    let (year, expected) = (year(said)?, said.amount()?);
    same("result", &world.see(|state| state.books.result(year))?, &expected)?;
    same("result of the accounts", &view(world, year, None)?.totals.result, &expected)
}

pub(super) fn in_kind(world: &World, said: &mut Said) -> Result<(), String> {
    let (year, expected) = (year(said)?, said.amount()?);
    same("in kind", &view(world, year, None)?.in_kind.total, &expected)
}

/// Each place's portion of a cost, by name, in the order the story tells them.
pub(super) fn portions(world: &World, said: &mut Said) -> Result<(), String> {
    let told = told_portions(world, &said.next())?;
    let rows = said.rows(&["lieu", "part"])?;
    same("number of portions", &told.len(), &rows.len())?;
    for row in rows {
        let [place, amount] = row.as_slice() else { continue };
        let portion = told.iter().find(|(name, _)| name == place).map(|(_, amount)| *amount);
        same(place, &portion, &Some(sentence::amount(amount)?))?;
    }
    Ok(())
}

pub(super) fn equal_portions(world: &World, said: &mut Said) -> Result<(), String> {
    let (expected, title) = (said.amount()?, said.next());
    for (place, amount) in told_portions(world, &title)? {
        same(&place, &amount, &expected)?;
    }
    Ok(())
}

fn told_portions(world: &World, title: &str) -> Result<Vec<(String, Amount)>, String> {
    let cost = world.cost(title)?;
    let portions = world
        .see(|state| state.registers.pooling.cost(&cost).map(|cost| cost.fact.portions.clone()))?;
    let portions = portions.ok_or_else(|| format!("no cost « {title} »"))?;
    Ok(portions.iter().map(|p| (world.name_of(p.place.as_str()), p.amount)).collect())
}
