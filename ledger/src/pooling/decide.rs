//! Rules of pooling: known places, keys that share, portions to the cent, calls never beyond.
//!
//! Each `check_…` holds all the rules of its fact: it runs at admission and again when an
//! auditor replays the log, so computed values are computed again and compared. Each builder
//! fills in the computed values, then asks its check.

use super::{
    AdoptAllocationKey, AllocationKey, AllocationKeyAdopted, CallContribution, CalledPortion,
    ContributionCalled, CostPooled, InKindValued, PlaceRegistered, PoolCost, Pooling, Portion,
    Refusal, RegisterPlace, ValueInKind, check,
};
use crate::base::{Amount, Count, Day, KeyRef, Rate, Weight, apportion};
use crate::bylaws::{Bylaws, ParameterName, chart_row};

/// The most characters of a place's name.
pub(super) const NAME_MAX: usize = 80;
/// The most characters of a title, a label, a street or a basis.
pub(super) const LABEL_MAX: usize = 200;
/// The most characters of a voucher's reference.
pub(super) const VOUCHER_MAX: usize = 100;
/// The most places a key weighs, or a call asks.
pub(super) const PLACES_MAX: usize = 150;

/// Makes a place.
///
/// # Errors
/// Those of [`check_place_registered`].
pub fn register_place(pooling: &Pooling, ask: RegisterPlace) -> Result<PlaceRegistered, Refusal> {
    let fact = PlaceRegistered {
        capacity: ask.capacity,
        member: ask.member,
        name: ask.name,
        place: ask.place,
        postcode: ask.postcode,
        status: ask.status,
        street: ask.street,
        surface: ask.surface,
        town: ask.town,
    };
    check_place_registered(pooling, &fact)?;
    Ok(fact)
}

/// Checks a place: new, named once at its postcode, with a floor area and room for people.
///
/// # Errors
/// `PlaceKnown`, `PlaceNameTaken`, `Text`, `Postcode`, `NoSurface`, `NoCapacity`.
pub fn check_place_registered(pooling: &Pooling, fact: &PlaceRegistered) -> Result<(), Refusal> {
    if pooling.place(&fact.place).is_some() {
        return Err(Refusal::PlaceKnown { place: fact.place.clone() });
    }
    check::text("nom du lieu", &fact.name, NAME_MAX)?;
    check::text("rue", &fact.street, LABEL_MAX)?;
    check::text("commune", &fact.town, NAME_MAX)?;
    if fact.postcode.len() != 5 || !fact.postcode.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::Postcode { given: check::cut(&fact.postcode) });
    }
    if fact.surface.get() == 0 {
        return Err(Refusal::NoSurface);
    }
    if fact.capacity.get() == 0 {
        return Err(Refusal::NoCapacity);
    }
    if pooling.place_is_named(fact) {
        let (name, postcode) = (fact.name.clone(), fact.postcode.clone());
        return Err(Refusal::PlaceNameTaken { name, postcode });
    }
    Ok(())
}

/// Makes an allocation key, or the next version of one.
///
/// # Errors
/// Those of [`check_allocation_key_adopted`].
pub fn adopt_allocation_key(
    pooling: &Pooling,
    today: Day,
    ask: AdoptAllocationKey,
) -> Result<AllocationKeyAdopted, Refusal> {
    let fact = AllocationKeyAdopted {
        decision: ask.decision,
        version: next_version(pooling, &ask.key),
        key: ask.key,
        label: ask.label,
        weights: ask.weights,
    };
    check_allocation_key_adopted(pooling, today, &fact)?;
    Ok(fact)
}

/// Checks a key: the next version, known places, each once, and somebody bears the sum.
///
/// Rules: R67 (a signed and versioned key), R87.
///
/// # Errors
/// `KeyVersion`, `PlaceCount`, `PlaceUnknown`, `PlaceTwice`, `NoWeight`, `Text`, `DayAhead`.
pub fn check_allocation_key_adopted(
    pooling: &Pooling,
    today: Day,
    fact: &AllocationKeyAdopted,
) -> Result<(), Refusal> {
    check::text("libellé de la clé", &fact.label, LABEL_MAX)?;
    check::decision(today, &fact.decision)?;
    let expected = next_version(pooling, &fact.key);
    if fact.version != expected {
        return Err(Refusal::KeyVersion { expected, given: fact.version });
    }
    check_place_count(fact.weights.len())?;
    check::places(pooling, fact.weights.iter().map(|row| &row.place))?;
    if fact.weights.iter().all(|row| row.weight.get() == 0) {
        return Err(Refusal::NoWeight);
    }
    Ok(())
}

/// Makes a pooled cost, shared by the key's latest version.
///
/// # Errors
/// Those of [`check_cost_pooled`].
pub fn pool_cost(pooling: &Pooling, today: Day, ask: PoolCost) -> Result<CostPooled, Refusal> {
    check::sum("montant hors taxe", ask.net)?;
    let key = latest_key(pooling, &ask.key)?;
    let fact = CostPooled {
        account: ask.account,
        cost: ask.cost,
        key_version: key.fact.version,
        portions: portions(key, ask.net)?,
        key: ask.key,
        net: ask.net,
        on: ask.on,
        source: ask.source,
        supplier: ask.supplier,
        title: ask.title,
        vat: ask.vat,
        voucher: ask.voucher,
    };
    check_cost_pooled(pooling, today, &fact)?;
    Ok(fact)
}

/// Checks a cost: a charge of the chart, shared to the cent by the key in force.
///
/// Rules: R60 (chart), R87 (portions sum to the cost), R67.
///
/// # Errors
/// `CostKnown`, `Account`, `KeyUnknown`, `KeyVersion`, `PortionDiffers`, `PortionCount`, `Text`,
/// `AmountOutOfRange`, `DayAhead`, `TooLarge`.
pub fn check_cost_pooled(pooling: &Pooling, today: Day, fact: &CostPooled) -> Result<(), Refusal> {
    if pooling.cost(&fact.cost).is_some() {
        return Err(Refusal::CostKnown { cost: fact.cost.clone() });
    }
    check::text("fournisseur", &fact.supplier, LABEL_MAX)?;
    check::text("objet", &fact.title, LABEL_MAX)?;
    check::text("pièce justificative", &fact.voucher, VOUCHER_MAX)?;
    check::sum("montant hors taxe", fact.net)?;
    check::sum_or_nil("TVA déductible", fact.vat)?;
    check::day(today, fact.on)?;
    if !fact.account.starts_with('6') || chart_row(&fact.account).is_none() {
        return Err(Refusal::Account { given: check::cut(&fact.account) });
    }
    let key = latest_key(pooling, &fact.key)?;
    if fact.key_version != key.fact.version {
        let (expected, given) = (key.fact.version, fact.key_version);
        return Err(Refusal::KeyVersion { expected, given });
    }
    let expected = portions(key, fact.net)?;
    if expected.len() != fact.portions.len() {
        let (expected, given) = (expected.len(), fact.portions.len());
        return Err(Refusal::PortionCount { expected, given });
    }
    match expected.into_iter().zip(&fact.portions).find(|(right, given)| right != *given) {
        Some((right, given)) => Err(Refusal::PortionDiffers {
            place: right.place,
            expected: right.amount,
            given: given.amount,
        }),
        None => Ok(()),
    }
}

/// Makes a call: from each place what is left of its portion of the cost, or the portions given.
///
/// # Errors
/// Those of [`check_contribution_called`], and `NothingLeft` when the cost is called in full.
pub fn call_contribution(
    pooling: &Pooling,
    bylaws: &Bylaws,
    today: Day,
    ask: CallContribution,
) -> Result<ContributionCalled, Refusal> {
    let vat_rate = match ask.vat_rate {
        Some(rate) => rate,
        None => bylaws.at(ask.on).rate(ParameterName::VatRateNormal)?,
    };
    let asked = match &ask.cost {
        Some(cost) if ask.portions.is_empty() => left_of(pooling, cost)?,
        _ => ask.portions,
    };
    let with_vat = |portion: Portion| {
        check::sum("contribution demandée", portion.amount)?;
        let vat = vat_of(vat_rate, portion.amount)?;
        Ok(CalledPortion { net: portion.amount, place: portion.place, vat })
    };
    let fact = ContributionCalled {
        call: ask.call,
        cost: ask.cost,
        on: ask.on,
        portions: asked.into_iter().map(with_vat).collect::<Result<_, Refusal>>()?,
        title: ask.title,
        vat_rate,
        voucher: ask.voucher,
    };
    check_contribution_called(pooling, bylaws, today, &fact)?;
    Ok(fact)
}

/// Checks a call: known places, VAT to the cent, never more than each portion of the cost.
///
/// Rules: R76 (no euro used twice), R87 (sums claimed = share of the cost; taxed by default: an
/// exempt call must cover a pooled cost, for no other sum is a share of common expenses).
///
/// # Errors
/// `CallKnown`, `CostUnknown`, `PlaceCount`, `PlaceUnknown`, `PlaceTwice`, `VatRateTooHigh`,
/// `VatDiffers`, `ExemptWithoutCost`, `CalledBeyond`, `Text`, `AmountOutOfRange`, `DayAhead`,
/// `Parameter`, `TooLarge`.
pub fn check_contribution_called(
    pooling: &Pooling,
    bylaws: &Bylaws,
    today: Day,
    fact: &ContributionCalled,
) -> Result<(), Refusal> {
    if pooling.call(&fact.call).is_some() {
        return Err(Refusal::CallKnown { call: fact.call.clone() });
    }
    check::text("objet", &fact.title, LABEL_MAX)?;
    check::text("référence", &fact.voucher, VOUCHER_MAX)?;
    check::day(today, fact.on)?;
    check_place_count(fact.portions.len())?;
    check::places(pooling, fact.portions.iter().map(|portion| &portion.place))?;
    let normal = bylaws.at(fact.on).rate(ParameterName::VatRateNormal)?;
    if fact.vat_rate > normal {
        return Err(Refusal::VatRateTooHigh { given: fact.vat_rate, normal });
    }
    if fact.vat_rate == Rate::ZERO && fact.cost.is_none() {
        return Err(Refusal::ExemptWithoutCost { normal });
    }
    for portion in &fact.portions {
        check::sum("contribution demandée", portion.net)?;
        let expected = vat_of(fact.vat_rate, portion.net)?;
        if portion.vat != expected {
            let (place, given) = (portion.place.clone(), portion.vat);
            return Err(Refusal::VatDiffers { place, expected, given });
        }
        check_within_cost(pooling, fact, portion)?;
    }
    Ok(())
}

fn check_within_cost(
    pooling: &Pooling,
    fact: &ContributionCalled,
    asked: &CalledPortion,
) -> Result<(), Refusal> {
    let Some(reference) = &fact.cost else { return Ok(()) };
    let cost =
        pooling.cost(reference).ok_or_else(|| Refusal::CostUnknown { cost: reference.clone() })?;
    let own = cost.fact.portions.iter().find(|portion| portion.place == asked.place);
    let portion = own.map_or(Amount::ZERO, |portion| portion.amount);
    let called = pooling.called_of_cost(reference, &asked.place);
    let total = called.plus(asked.net).map_err(|_| Refusal::TooLarge)?;
    if total > portion {
        let (place, asked) = (asked.place.clone(), asked.net);
        return Err(Refusal::CalledBeyond { place, portion, called, asked });
    }
    Ok(())
}

/// Makes a contribution in kind.
///
/// # Errors
/// Those of [`check_in_kind_valued`].
pub fn value_in_kind(
    pooling: &Pooling,
    today: Day,
    ask: ValueInKind,
) -> Result<InKindValued, Refusal> {
    let fact = InKindValued {
        basis: ask.basis,
        in_kind: ask.in_kind,
        nature: ask.nature,
        on: ask.on,
        place: ask.place,
        title: ask.title,
        value: ask.value,
    };
    check_in_kind_valued(pooling, today, &fact)?;
    Ok(fact)
}

/// Checks a contribution in kind: a value, and how it was reached.
///
/// Rules: R66 (memo figures, never in the result).
///
/// # Errors
/// `InKindKnown`, `Text`, `AmountOutOfRange`, `DayAhead`, `PlaceUnknown`.
pub fn check_in_kind_valued(
    pooling: &Pooling,
    today: Day,
    fact: &InKindValued,
) -> Result<(), Refusal> {
    if pooling.in_kind_of(&fact.in_kind).is_some() {
        return Err(Refusal::InKindKnown { in_kind: fact.in_kind.clone() });
    }
    check::text("objet", &fact.title, LABEL_MAX)?;
    check::text("base d’évaluation", &fact.basis, LABEL_MAX)?;
    check::sum("valeur", fact.value)?;
    check::day(today, fact.on)?;
    fact.place.as_ref().map_or(Ok(()), |place| check::known(pooling, place))
}

fn check_place_count(given: usize) -> Result<(), Refusal> {
    if (1..=PLACES_MAX).contains(&given) {
        return Ok(());
    }
    Err(Refusal::PlaceCount { given, max: PLACES_MAX })
}

fn next_version(pooling: &Pooling, key: &KeyRef) -> Count {
    let latest = pooling.key(key).map_or(0, |key| key.fact.version.get());
    Count::new(latest.saturating_add(1))
}

fn latest_key<'a>(pooling: &'a Pooling, key: &KeyRef) -> Result<&'a AllocationKey, Refusal> {
    pooling.key(key).ok_or_else(|| Refusal::KeyUnknown { key: key.clone() })
}

fn portions(key: &AllocationKey, net: Amount) -> Result<Vec<Portion>, Refusal> {
    let weights: Vec<Weight> = key.fact.weights.iter().map(|row| row.weight).collect();
    let amounts = apportion(net, &weights).map_err(|_| Refusal::TooLarge)?;
    let places = key.fact.weights.iter().map(|row| row.place.clone());
    Ok(places.zip(amounts).map(|(place, amount)| Portion { amount, place }).collect())
}

/// What is left to call of a cost, places that owe nothing more left out.
fn left_of(pooling: &Pooling, reference: &crate::base::CostRef) -> Result<Vec<Portion>, Refusal> {
    let unknown = || Refusal::CostUnknown { cost: reference.clone() };
    let cost = pooling.cost(reference).ok_or_else(unknown)?;
    let mut left = Vec::new();
    for portion in &cost.fact.portions {
        let called = pooling.called_of_cost(reference, &portion.place);
        let amount = portion.amount.minus(called).map_err(|_| Refusal::TooLarge)?;
        if amount.is_positive() {
            left.push(Portion { amount, place: portion.place.clone() });
        }
    }
    if left.is_empty() {
        let (cost, net) = (reference.clone(), cost.fact.net);
        return Err(Refusal::NothingLeft { cost, net });
    }
    Ok(left)
}

fn vat_of(rate: Rate, net: Amount) -> Result<Amount, Refusal> {
    rate.of(net).map_err(|_| Refusal::TooLarge)
}
