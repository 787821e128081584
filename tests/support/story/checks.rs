//! What a story can say that must be: refusals, the register, members, bank lines, documents.

use std::collections::BTreeSet;

use ledger::base::{Amount, LineRef, MemberRef};
use ledger::log::Note;
use ledger::members::{DataClass, Standing};

use super::sentence::{self, Said};
use super::world::{Outcome, World};
use super::{document, figures};

/// How a sentence is checked.
pub(super) type Check = fn(&World, &mut Said) -> Result<(), String>;

const REFUSED: &str = "c’est refusé : « {} »";

/// The sentences that say what must be.
pub(super) const FORMS: &[(&str, Check)] = &[
    (REFUSED, refused),
    ("rien n’est écrit", nothing_written),
    ("le journal compte {} feuilles", leaves),
    ("les feuilles à revoir sont {}", |world, said| {
        same("leaves to review", &to_review(world)?, &said.next())
    }),
    ("aucune feuille n’est à revoir", |world, _| {
        same("leaves to review", &to_review(world)?, &String::new())
    }),
    ("le point de contrôle porte la signature d’une clé du journal", |world, _| {
        same("signatures", &log_signatures(world)?, &1)
    }),
    ("le point de contrôle porte les signatures de {} clés du journal", |world, said| {
        same("signatures", &log_signatures(world)?, &said.number()?)
    }),
    ("le journal fait suite à « {} »", |world, said| {
        let former = world.see(|state| {
            let former = state.registers.authority.predecessor();
            former.map(|former| former.origin.clone())
        })?;
        same("predecessor", &former, &Some(said.next()))
    }),
    ("le capital souscrit est de {}", |world, said| {
        same("capital", &world.see(|s| s.registers.shares.capital().subscribed)?, &said.amount()?)
    }),
    ("le capital libéré est de {}", |world, said| {
        same("paid-up capital", &world.see(|s| s.registers.shares.capital().paid)?, &said.amount()?)
    }),
    ("« {} » ne détient aucune part", |world, said| {
        let member = world.member(&said.next())?;
        let held = world.see(|state| state.registers.shares.holding(&member).cloned())?;
        same("holding", &held, &None)
    }),
    ("« {} » détient {} parts, libérées de {}", holding),
    ("« {} » est associé, dans le collège « {} »", college),
    ("« {} » n’est pas encore associé", |world, said| {
        let member = world.member(&said.next())?;
        let standing = standing(world, &member)?;
        if standing == Standing::Applied { Ok(()) } else { Err(format!("{standing:?}")) }
    }),
    ("le registre des mouvements est", register),
    ("le coffre garde de « {} » : {}", kept_of),
    ("le coffre ne garde rien de « {} »", |world, said| {
        let member = world.member(&said.next())?;
        same("vault", &held(world, member.as_str()), &Vec::new())
    }),
    ("le coffre garde le payeur de la ligne de « {} »", |world, said| {
        same("payer", &held(world, line(world, &said.next())?).is_empty(), &false)
    }),
    ("le coffre ne garde plus le payeur de la ligne de « {} »", |world, said| {
        same("payer", &held(world, line(world, &said.next())?), &Vec::new())
    }),
    ("il reste {} à affecter sur la ligne de « {} »", left_of_line),
    ("l’attestation de « {} » dit {} parts libérées de {} à la date du {}", certified),
    ("l’attestation de « {} » se prouve elle-même", proves_itself),
    ("le compte {} est débiteur de {}", |world, said| {
        let account = said.next();
        same(&account, &world.see(|state| state.books.balance(&account))?, &said.amount()?)
    }),
    ("le compte {} est créditeur de {}", |world, said| {
        let (account, amount) = (said.next(), said.amount()?);
        let balance = world.see(|state| state.books.balance(&account))?;
        same(&account, &Amount::ZERO.minus(balance).map_err(|e| e.to_string())?, &amount)
    }),
    ("le compte {} est soldé", |world, said| {
        let account = said.next();
        same(&account, &world.see(|state| state.books.balance(&account))?, &Amount::ZERO)
    }),
    ("la balance est", figures::trial_balance),
    ("les écritures du journal « {} » sont", figures::entries),
    ("les comptes de {} sont{,}", figures::accounts),
    ("le budget de {} est", figures::budget),
    ("le résultat de {} est de {}", figures::result),
    ("les contributions en nature de {} valent {}", figures::in_kind),
    ("la charge « {} » est répartie", figures::portions),
    ("chaque lieu porte {} de la charge « {} »", figures::equal_portions),
];

fn log_signatures(world: &World) -> Result<usize, String> {
    let book = world.coop()?.registrar.book();
    Note::parse(book.checkpoint()).map(|note| note.signatures.len()).map_err(|e| e.to_string())
}

/// The leaves that wait for a review, as the story lists them.
fn to_review(world: &World) -> Result<String, String> {
    let open = world.see(|state| {
        let open = state.registers.authority.to_review();
        open.map(|open| open.leaf.to_string()).collect::<Vec<_>>()
    })?;
    Ok(match open.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} et {last}", before.join(", ")),
        _ => open.concat(),
    })
}

/// Whether a sentence says that the last act was refused.
pub(super) fn is_a_refusal(text: &str) -> bool {
    sentence::blanks(REFUSED, text).is_some()
}

/// Says what differs.
pub(super) fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    is: &T,
    expected: &T,
) -> Result<(), String> {
    if is == expected { Ok(()) } else { Err(format!("{what}: {is:?}, not {expected:?}")) }
}

fn refused(world: &World, said: &mut Said) -> Result<(), String> {
    let expected = said.next();
    match &world.outcome {
        Outcome::Refused(sentence) if sentence::is_like(&expected, sentence) => Ok(()),
        Outcome::Refused(sentence) => Err(format!("refused otherwise: {sentence}")),
        Outcome::Done => Err("it is not refused".into()),
    }
}

fn nothing_written(world: &World, _: &mut Said) -> Result<(), String> {
    same("size and root", &world.head(), &world.before)
}

fn leaves(world: &World, said: &mut Said) -> Result<(), String> {
    same("leaves", &world.head().0, &said.number()?)
}

fn holding(world: &World, said: &mut Said) -> Result<(), String> {
    let member = world.member(&said.next())?;
    let expected: (u32, Amount) = (said.number()?, said.amount()?);
    let held = world.see(|state| {
        state.registers.shares.holding(&member).map(|held| (held.count.get(), held.paid))
    })?;
    same("holding", &held, &Some(expected))
}

fn standing(world: &World, member: &MemberRef) -> Result<Standing, String> {
    let known = world
        .see(|state| state.registers.members.get(member).map(|member| member.standing.clone()))?;
    known.ok_or_else(|| "never applied".to_owned())
}

fn college(world: &World, said: &mut Said) -> Result<(), String> {
    let member = world.member(&said.next())?;
    match standing(world, &member)? {
        Standing::Admitted { college, .. } => same("college", &college.to_string(), &said.next()),
        Standing::Applied => Err("not a member yet".into()),
    }
}

fn register(world: &World, said: &mut Said) -> Result<(), String> {
    let movements = world.see(|state| state.registers.shares.movements().clone())?;
    let told: Vec<Vec<String>> = movements
        .iter()
        .map(|movement| {
            vec![
                movement.number.to_string(),
                movement.on.in_french(),
                world.name_of(movement.member.as_str()),
                movement.count.to_string(),
                movement.nature.label().to_owned(),
            ]
        })
        .collect();
    let expected = said.rows(&["n°", "date", "titulaire", "parts", "nature"])?;
    figures::same_rows(&told, expected)
}

fn left_of_line(world: &World, said: &mut Said) -> Result<(), String> {
    let (amount, who) = (said.amount()?, said.next());
    let line = LineRef::parse(line(world, &who)?).map_err(|error| error.to_string())?;
    let left = world
        .see(|state| state.registers.treasury.line(&line).and_then(|line| line.left().ok()))?;
    same("left", &left, &Some(amount))
}

fn certified(world: &World, said: &mut Said) -> Result<(), String> {
    let certificate = world.certificate(&said.next())?;
    let expected: (u32, Amount) = (said.number()?, said.amount()?);
    let on = said.day()?;
    let fact = world.see(|state| {
        let known = state.registers.shares.certificate(&certificate);
        known.map(|known| (known.fact.count.get(), known.fact.paid, known.fact.on))
    })?;
    same("certificate", &fact, &Some((expected.0, expected.1, on)))
}

fn proves_itself(world: &World, said: &mut Said) -> Result<(), String> {
    let name = said.next();
    document::proves_itself(world, &name, &world.certificate(&name)?)
}

fn line<'a>(world: &'a World, who: &str) -> Result<&'a str, String> {
    let line = world.lines.get(who).ok_or_else(|| format!("no bank line of « {who} »"))?;
    Ok(line.as_str())
}

/// The names of the values that the vault holds of a member or a bank line.
fn held(world: &World, owner: &str) -> Vec<String> {
    world.held.get(owner).cloned().unwrap_or_default()
}

fn kept_of(world: &World, said: &mut Said) -> Result<(), String> {
    let member = world.member(&said.next())?;
    let held: BTreeSet<&str> =
        held(world, member.as_str()).iter().map(|name| DataClass::of_field(name).label()).collect();
    let expected = said.next();
    same("vault", &held, &expected.split(", ").collect())
}
