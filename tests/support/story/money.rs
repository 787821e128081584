//! What a story can do about the bank, grants, services, pooled costs and budgets.

use ledger::base::{Amount, DecisionRef, FiscalYear, Rate, Source, Weight};
use ledger::command::Command;
use ledger::funding::{AdoptBudget, AwardGrant, BudgetLine, InvoiceService};
use ledger::pooling::{
    AdoptAllocationKey, CallContribution, InKindNature, PlaceWeight, PoolCost, Portion, ValueInKind,
};
use ledger::treasury::{MatchLine, Target};

use super::acts::{Build, decision, long};
use super::sentence::{self, Said, signers};
use super::world::{Act, World};
use crate::{BankLine, IBAN};

/// The sentences about money.
pub(super) const FORMS: &[(&str, Build)] = &[
    ("la banque annonce le {}{,}", statement),
    ("le même relevé est importé de nouveau", |world, _| {
        Ok(Act::Import(world.statement.clone()))
    }),
    ("la trésorerie rapproche la ligne de « {} » avec {}", match_whole),
    ("la trésorerie rapproche {} de la ligne de « {} » avec {}", match_part),
    ("« {} » accorde une subvention de {} pour « {} »{,}", grant),
    ("« {} » est facturé de {} hors taxe pour « {} »{,}", invoice),
    ("la clé « {} » répartit également entre tous les lieux", equal_key),
    ("la clé « {} » répartit", weighted_key),
    ("« {} » facture {} hors taxe et {} de TVA pour « {} »{,}", cost),
    ("la charge « {} » est appelée aux lieux{,}", call_cost),
    ("le lieu « {} » est appelé à contribuer de {} hors taxe pour « {} »{,}", call_portion),
    ("« {} » est valorisé {} en {}{,}", in_kind),
    ("{} adoptent le budget de {}", budget),
    ("{} adopte le budget de {}", budget),
];

fn statement(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let on = said.day()?;
    let mut lines = Vec::new();
    for row in said.rows(&["de", "montant", "libellé"])? {
        let [who, amount, label] = row.as_slice() else { continue };
        let label = with_references(world, label)?;
        lines.push(BankLine { amount: sentence::amount(amount)?, who: who.clone(), label });
    }
    let mut file = world.statement_of(on, lines);
    if let Some(gap) = said.clause_of("dans un fichier dont le solde final dépasse de {}") {
        let gap = sentence::amount(&gap)?;
        file.closing = file.closing.and_then(|closing| closing.plus(gap).ok());
    }
    if said.clause("dans un fichier sans solde final").is_some() {
        file.closing = None;
    }
    if let Some(iban) = said.clause_of("pour l’IBAN {}") {
        file.iban = iban.replace(' ', "");
    }
    let mut bytes = file.to_xml().replace(IBAN, &file.iban).into_bytes();
    if said.clause("dans un fichier coupé en cours de route").is_some() {
        bytes.truncate(bytes.len() * 2 / 3);
    }
    world.statement.clone_from(&bytes);
    Ok(Act::Import(bytes))
}

/// « référence de « Awa » » becomes the payment reference printed on Awa's form.
fn with_references(world: &World, label: &str) -> Result<String, String> {
    let Some((before, rest)) = label.split_once("référence de « ") else {
        return Ok(label.to_owned());
    };
    let (name, after) = rest.split_once(" »").ok_or("a reference of whom?")?;
    let subscription = world.subscription(name)?;
    let printed = world.see(|state| {
        let known = state.registers.shares.subscription(&subscription);
        known.map(|known| known.fact.reference.in_groups())
    })?;
    let printed = printed.ok_or_else(|| format!("« {name} » has no subscription"))?;
    Ok(format!("{before}{printed}{after}"))
}

fn match_whole(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let (line, target) = (said.next(), said.next());
    matching(world, &line, &target, None)
}

fn match_part(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let amount = said.amount()?;
    let (line, target) = (said.next(), said.next());
    matching(world, &line, &target, Some(amount))
}

fn matching(
    world: &World,
    line: &str,
    target: &str,
    amount: Option<Amount>,
) -> Result<Act, String> {
    let known = world.lines.get(line).cloned();
    let line = known.ok_or_else(|| format!("no bank line of « {line} »"))?;
    let ask = MatchLine { line, target: paid(world, target)?, amount };
    world.asked(Command::MatchLine(ask), &["tresor"])
}

/// What a line pays, in the story's words.
fn paid(world: &World, text: &str) -> Result<Target, String> {
    let of = |form: &str| sentence::blanks(form, text).and_then(|held| held.into_iter().next());
    if text == "les frais bancaires" {
        return Ok(Target::BankFee);
    }
    if let Some(name) = of("la souscription de « {} »") {
        return world.subscription(&name).map(Target::Subscription);
    }
    if let Some(name) = of("le remboursement de « {} »") {
        return world.subscription(&name).map(Target::Refund);
    }
    if let Some(title) = of("la subvention « {} »") {
        return world.grant(&title).map(Target::Grant);
    }
    if let Some(title) = of("la facture « {} »") {
        return world.reference("invoice", &title).map(|number| Target::Invoice(number.into()));
    }
    if let Some(title) = of("la charge « {} »") {
        return world.cost(&title).map(Target::Cost);
    }
    match sentence::blanks("l’appel « {} » au lieu « {} »", text).as_deref() {
        Some([call, place]) => {
            Ok(Target::Call { call: world.call_of(call)?, place: world.place(place)? })
        }
        _ => Err(format!("« {text} » is nothing that a bank line pays")),
    }
}

fn at_place(world: &World, said: &mut Said) -> Result<Option<ledger::base::PlaceRef>, String> {
    said.clause_of("au lieu « {} »").map(|place| world.place(&place)).transpose()
}

fn grant(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let (funder, amount, title) = (said.next(), said.amount()?, said.next());
    let programme = said.clause_of("au titre du programme « {} »");
    let ask = AwardGrant {
        grant: world.new_grant(&title),
        funder,
        source: if programme.is_some() { Source::Programmes } else { Source::Grants },
        programme,
        title: long(&title),
        amount,
        place: at_place(world, said)?,
        on: world.today()?,
        voucher: "convention signée".into(),
        agreement_sha256: None,
    };
    world.asked(Command::AwardGrant(ask), &["tresor"])
}

fn invoice(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let (customer, net, title) = (said.next(), said.amount()?, said.next());
    let on = world.today()?;
    let number = world.see(|state| state.registers.funding.next_invoice_number(on))?;
    world.call("invoice", &title, &number.ok_or("the year's invoices are all numbered")?);
    let place = at_place(world, said)?;
    let ask = InvoiceService { customer, title, net, vat_rate: None, place, on };
    world.asked(Command::InvoiceService(ask), &["tresor"])
}

fn equal_key(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let weights = world.see(|state| {
        let places = state.registers.pooling.places();
        places
            .map(|place| PlaceWeight { place: place.fact.place.clone(), weight: Weight::new(1) })
            .collect::<Vec<_>>()
    })?;
    adopt_key(world, &said.next(), weights)
}

fn weighted_key(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let label = said.next();
    let mut weights = Vec::new();
    for row in said.rows(&["lieu", "poids"])? {
        let [place, weight] = row.as_slice() else { continue };
        let weight = Weight::new(sentence::number(weight)?);
        weights.push(PlaceWeight { place: world.place(place)?, weight });
    }
    adopt_key(world, &label, weights)
}

fn adopt_key(world: &mut World, label: &str, weights: Vec<PlaceWeight>) -> Result<Act, String> {
    let decision: DecisionRef = crate::decision(world.today()?);
    let ask =
        AdoptAllocationKey { key: world.new_key(label), label: label.into(), weights, decision };
    world.asked(Command::AdoptAllocationKey(ask), &["bureau-1"])
}

fn cost(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let (supplier, net, vat, title) = (said.next(), said.amount()?, said.amount()?, said.next());
    let key = said.clause_of("à répartir par la clé « {} »").ok_or("by which allocation key?")?;
    let source = said.clause_of("à la charge de {}").unwrap_or_else(|| "Contributif".into());
    let ask = PoolCost {
        cost: world.new_cost(&title),
        supplier,
        account: said.clause_of("au compte {}").unwrap_or_else(|| "6135".into()),
        net,
        vat,
        source: source_named(&source)?,
        key: world.key_of(&key)?,
        on: world.today()?,
        voucher: format!("facture de {title}"),
        title,
    };
    world.asked(Command::PoolCost(ask), &["tresor"])
}

/// The funding source of that name.
pub(super) fn source_named(name: &str) -> Result<Source, String> {
    let found = Source::ALL.into_iter().find(|source| source.label() == name);
    found.ok_or_else(|| format!("« {name} » is no funding source"))
}

fn call_cost(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let title = said.next();
    let ask = CallContribution {
        call: world.new_call(&title),
        cost: Some(world.cost(&title)?),
        portions: Vec::new(),
        vat_rate: rate(said),
        on: world.today()?,
        voucher: format!("appel de {title}"),
        title,
    };
    world.asked(Command::CallContribution(ask), &["tresor"])
}

fn call_portion(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let place = world.place(&said.next())?;
    let (amount, title) = (said.amount()?, said.next());
    let ask = CallContribution {
        call: world.new_call(&title),
        cost: None,
        portions: vec![Portion { amount, place }],
        vat_rate: rate(said),
        on: world.today()?,
        voucher: format!("appel de {title}"),
        title,
    };
    world.asked(Command::CallContribution(ask), &["tresor"])
}

fn rate(said: &mut Said) -> Option<Rate> {
    said.clause("sans TVA").map(|_| Rate::ZERO)
}

fn in_kind(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let (title, value, nature) = (said.next(), said.amount()?, said.next());
    let all = [InKindNature::Volunteering, InKindNature::FreeUse, InKindNature::Goods];
    let known = all.into_iter().find(|known| known.label() == nature);
    let ask = ValueInKind {
        in_kind: world.new_in_kind(),
        nature: known.ok_or_else(|| format!("« {nature} » is nothing given in kind"))?,
        title,
        value,
        basis: said.clause_of("soit {}").unwrap_or_else(|| "estimation".into()),
        place: at_place(world, said)?,
        on: world.today()?,
    };
    world.asked(Command::ValueInKind(ask), &["tresor"])
}

fn budget(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let (offices, year) = (signers(&said.next()), said.next());
    let mut lines = Vec::new();
    for row in said.rows(&["source", "compte", "libellé", "montant"])? {
        let [source, account, label, amount] = row.as_slice() else { continue };
        lines.push(BudgetLine {
            account: account.clone(),
            amount: sentence::amount(amount)?,
            label: label.clone(),
            place: None,
            source: source_named(source)?,
        });
    }
    let year = FiscalYear::parse(&year).ok_or("which year?")?;
    let ask = AdoptBudget { year, lines, decision: decision(world, said)? };
    let offices: Vec<&str> = offices.iter().map(String::as_str).collect();
    world.asked(Command::AdoptBudget(ask), &offices)
}
