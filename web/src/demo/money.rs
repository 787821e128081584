//! The example's hybrid money: budget, grants, a programme, services, pooled costs, gifts in kind.

use ledger::base::{
    Amount, CallRef, CostRef, GrantRef, InKindRef, KeyRef, PlaceRef, Source, Weight,
};
use ledger::command::Command;
use ledger::funding::{AdoptBudget, AwardGrant, BudgetLine, InvoiceService};
use ledger::pooling::{
    AdoptAllocationKey, CallContribution, InKindNature, PlaceWeight, PoolCost, ValueInKind,
};
use ledger::registrar::keys::random;

use super::offices::decision;
use super::places::Place;
use super::{Outcome, Story};

const TREASURER: &[&str] = &["tresorerie"];

/// What each place pays a year for its booking tool, in cents (study of 2018).
const BOOKING_TOOL: i64 = 300_000;

/// The year-0 budget, in cents: 107 000 € over the four sources. The study gives Contributif at
/// 4 % and one of Subventions and Prestations at 46 %, the other at 50 %; no specific programme yet.
const BUDGET: [(&str, Source, &str, i64); 13] = [
    ("741", Source::Grants, "Subventions de l’année 0", 5_350_000),
    ("706", Source::Services, "Prestations de l’année 0", 4_922_000),
    ("7088", Source::Contributions, "Contributions des lieux", 428_000),
    ("604", Source::Grants, "Cartographie et site web", 1_600_000),
    ("623", Source::Grants, "Vidéos et tutoriels", 1_250_000),
    ("625", Source::Grants, "Événement de lancement", 1_000_000),
    ("641", Source::Grants, "Animation du réseau", 1_500_000),
    ("604", Source::Services, "Formation au métier de facilitateur", 2_100_000),
    ("651", Source::Services, "Outil de réservation et de facturation", 1_622_000),
    ("641", Source::Services, "Accompagnement des lieux", 1_200_000),
    ("616", Source::Contributions, "Assurance commune", 228_000),
    ("626", Source::Contributions, "Télécommunications", 100_000),
    ("627", Source::Contributions, "Frais bancaires", 100_000),
];

/// The booking tool that each of the 65 places paid alone, pooled into one contract and shared
/// equally: 195 000 €, in the year before.
pub(super) async fn booking_tool(story: &Story, places: &[Place]) -> Outcome<()> {
    let on = story.calendar.previous_year(12, 9);
    let weights = places.iter().map(|place| weight(place, 1)).collect();
    let key = adopt_key(story, "parts égales entre les lieux", weights).await?;
    let total = Amount::from_cents(BOOKING_TOOL).times(u64::try_from(places.len())?)?;
    let cost = CostRef::from_random(random()?);
    let title = "Outil commun de réservation et de facturation";
    let pooled = PoolCost {
        cost: cost.clone(),
        supplier: "Éditeur libre de réservation".into(),
        title: title.into(),
        account: "651".into(),
        net: total,
        vat: Amount::from_cents(total.cents() / 5),
        source: Source::Contributions,
        key,
        on,
        voucher: format!("RES-{}-01", story.calendar.year().number() - 1),
    };
    story.act(Command::PoolCost(pooled), TREASURER).await?;
    call_cost(story, cost, &format!("{title} : quote-part du lieu"), "AC-RES-01").await
}

/// The budget of year 0, adopted by two officers.
pub(super) async fn adopt_budget(story: &Story) -> Outcome<()> {
    let on = story.calendar.this_year(1, 8);
    let line = |(account, source, label, cents): &(&str, Source, &str, i64)| BudgetLine {
        account: (*account).into(),
        amount: Amount::from_cents(*cents),
        label: (*label).into(),
        place: None,
        source: *source,
    };
    let ask = AdoptBudget {
        year: story.calendar.year(),
        lines: BUDGET.iter().map(line).collect(),
        decision: decision(on),
    };
    story.act(Command::AdoptBudget(ask), &["bureau-1", "bureau-2"]).await?;
    Ok(())
}

/// An operating grant and a specific programme.
pub(super) async fn award_grants(story: &Story) -> Outcome<()> {
    let on = story.calendar.this_year(3, 12);
    let year = story.calendar.year();
    let grant = AwardGrant {
        grant: GrantRef::from_random(random()?),
        funder: "Métropole européenne (exemple)".into(),
        source: Source::Grants,
        programme: None,
        title: "Animation du réseau des tiers-lieux".into(),
        amount: Amount::from_cents(4_800_000),
        place: None,
        on,
        voucher: format!("CONV-{year}-118"),
        agreement_sha256: None,
    };
    story.act(Command::AwardGrant(grant), TREASURER).await?;
    let programme = AwardGrant {
        grant: GrantRef::from_random(random()?),
        funder: "Programme URBACT (exemple)".into(),
        source: Source::Programmes,
        programme: Some("URBACT".into()),
        title: "Échanges européens sur les lieux partagés".into(),
        amount: Amount::from_cents(1_250_000),
        place: None,
        on,
        voucher: format!("URB-{year}-07"),
        agreement_sha256: None,
    };
    story.act(Command::AwardGrant(programme), TREASURER).await?;
    Ok(())
}

/// The year's services, pooled costs and gifts in kind.
pub(super) async fn spend(story: &Story, places: &[Place]) -> Outcome<()> {
    services(story, places).await?;
    shared_insurance(story, places).await?;
    let equal = places.iter().take(12).map(|place| weight(place, 1)).collect();
    let key = adopt_key(story, "parts égales, douze lieux fondateurs", equal).await?;
    for (month, account, source, supplier, title, net) in [
        (4, "604", Source::Grants, "Studio Cartes ouvertes", "Cartographie et site web", 1_480_000),
        (5, "623", Source::Grants, "Atelier Images", "Vidéos et tutoriels", 1_195_050),
        (6, "625", Source::Grants, "Traiteur La Halle", "Événement de lancement", 962_500),
        (6, "604", Source::Services, "Collectif Passeurs", "Formation de facilitateurs", 1_860_000),
        (9, "604", Source::Programmes, "Bureau Europe", "Étude comparative URBACT", 640_000),
        (9, "626", Source::Contributions, "Opérateur du Nord", "Télécommunications", 84_033),
    ] {
        let on = story.calendar.this_year(month, 18);
        let net = Amount::from_cents(net);
        let pooled = PoolCost {
            cost: CostRef::from_random(random()?),
            supplier: supplier.into(),
            title: title.into(),
            account: account.into(),
            net,
            vat: ledger::base::Rate::from_basis_points(2_000).of(net)?,
            source,
            key: key.clone(),
            on,
            voucher: format!("FA-{}-{month:02}-{}", story.calendar.year(), account),
        };
        story.act(Command::PoolCost(pooled), TREASURER).await?;
    }
    in_kind(story, places).await
}

/// Services sold, with VAT due when the payment arrives.
async fn services(story: &Story, places: &[Place]) -> Outcome<()> {
    for (month, customer, title, net) in [
        (4, "Centre de gestion (exemple)", "Formation de facilitateurs, session 1", 1_800_000),
        (6, "Bailleur social du Nord (exemple)", "Accompagnement d’un lieu partagé", 1_350_000),
        (9, "Centre de gestion (exemple)", "Formation de facilitateurs, session 2", 1_240_000),
    ] {
        let ask = InvoiceService {
            customer: customer.into(),
            title: title.into(),
            net: Amount::from_cents(net),
            vat_rate: None,
            place: places.first().map(|place| place.reference.clone()),
            on: story.calendar.this_year(month, 10),
        };
        story.act(Command::InvoiceService(ask), TREASURER).await?;
    }
    Ok(())
}

/// R87's worked example: 12 345,67 € by 120, 80 and 45 m².
async fn shared_insurance(story: &Story, places: &[Place]) -> Outcome<()> {
    let on = story.calendar.this_year(4, 14);
    let surfaces = places.iter().zip([120, 80, 45]).map(|(place, m2)| weight(place, m2)).collect();
    let key = adopt_key(story, "surfaces louées, trois lieux", surfaces).await?;
    let cost = CostRef::from_random(random()?);
    let pooled = PoolCost {
        cost: cost.clone(),
        supplier: "Mutuelle des lieux".into(),
        title: "Assurance commune des locaux".into(),
        account: "616".into(),
        net: Amount::from_cents(1_234_567),
        vat: Amount::ZERO,
        source: Source::Contributions,
        key,
        on,
        voucher: "POL-88-2041".into(),
    };
    story.act(Command::PoolCost(pooled), TREASURER).await?;
    call_cost(story, cost, "Assurance commune : quote-part du lieu", "AC-ASS-01").await
}

async fn in_kind(story: &Story, places: &[Place]) -> Outcome<()> {
    let on = story.calendar.this_year(9, 30);
    let gifts = [
        (InKindNature::Volunteering, "Chantiers participatifs", 184_650, "150 h × 12,31 €"),
        (InKindNature::FreeUse, "Prêt d’une salle de réunion", 90_000, "30 jours × 30 €"),
    ];
    for (nature, title, cents, basis) in gifts {
        let ask = ValueInKind {
            in_kind: InKindRef::from_random(random()?),
            nature,
            title: title.into(),
            value: Amount::from_cents(cents),
            basis: basis.into(),
            place: places.first().map(|place| place.reference.clone()),
            on,
        };
        story.act(Command::ValueInKind(ask), TREASURER).await?;
    }
    Ok(())
}

async fn adopt_key(story: &Story, label: &str, weights: Vec<PlaceWeight>) -> Outcome<KeyRef> {
    let key = KeyRef::from_random(random()?);
    let decision = decision(story.shared.registrar.today());
    let ask = AdoptAllocationKey { key: key.clone(), label: label.into(), weights, decision };
    story.act(Command::AdoptAllocationKey(ask), &["bureau-1"]).await?;
    Ok(key)
}

async fn call_cost(story: &Story, cost: CostRef, title: &str, voucher: &str) -> Outcome<()> {
    let ask = CallContribution {
        call: CallRef::from_random(random()?),
        cost: Some(cost),
        portions: Vec::new(),
        title: title.into(),
        vat_rate: None,
        on: story.shared.registrar.today(),
        voucher: voucher.into(),
    };
    story.act(Command::CallContribution(ask), TREASURER).await?;
    Ok(())
}

fn weight(place: &Place, weight: u64) -> PlaceWeight {
    let place: PlaceRef = place.reference.clone();
    PlaceWeight { place, weight: Weight::new(weight) }
}
