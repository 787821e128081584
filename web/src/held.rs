//! Everything that is held of a person, class by class: the values, why they are kept, until when
//! (R77 to R80).

use std::collections::BTreeMap;

use ledger::base::{Day, MemberRef};
use ledger::bylaws::ParameterName;
use ledger::log::Disclosure;
use ledger::log::leaf::parse_instant;
use ledger::members::{DataClass, Duty, KeptData, Member};
use ledger::registrar::ErasurePlan;

use crate::error::{PageError, Result};
use crate::{Shared, bylaws, format};

/// A class of values, and what becomes of it.
pub(crate) struct Held {
    pub(crate) class: DataClass,
    pub(crate) values: Vec<Value>,
    pub(crate) fate: Fate,
}

/// One value.
pub(crate) struct Value {
    /// Its name in the vault.
    pub(crate) name: String,
    /// Its French name.
    pub(crate) label: String,
    /// The value as it is kept.
    pub(crate) text: String,
    /// The value as a page shows it.
    pub(crate) shown: String,
    /// With its salt, as the person proves it to whoever has the leaf (RFC 9901).
    pub(crate) disclosure: String,
}

/// What the rules of today say of a class.
pub(crate) enum Fate {
    /// A duty keeps it.
    Kept {
        /// Which.
        why: &'static str,
        /// Until when, in words.
        until: String,
        /// The last day, where there is one.
        day: Option<Day>,
    },
    /// Nothing keeps it: an erasure would take it.
    Free,
    /// It is gone.
    Erased {
        /// Since when.
        on: String,
        /// The leaf that says so.
        leaf: u64,
    },
}

impl Fate {
    /// One word, as the files say it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Kept { .. } => "gardé",
            Self::Free => "effaçable",
            Self::Erased { .. } => "effacé",
        }
    }

    /// Why it is kept, as the files say it.
    pub(crate) fn why(&self) -> &'static str {
        match self {
            Self::Kept { why, .. } => why,
            Self::Free => "plus aucune obligation",
            Self::Erased { .. } => "",
        }
    }

    /// Until when, as the files say it.
    pub(crate) fn until(&self) -> String {
        match self {
            Self::Kept { until, .. } => until.clone(),
            Self::Free => "effacé sur demande".into(),
            Self::Erased { on, .. } => format!("effacé le {on}"),
        }
    }
}

/// The French names of the vault's values, in the order in which they are shown.
const FIELDS: [(&str, &str); 17] = [
    ("surname", "Nom de famille"),
    ("usual_name", "Nom d’usage"),
    ("first_names", "Prénoms"),
    ("denomination", "Dénomination"),
    ("legal_form", "Forme juridique"),
    ("siren", "Numéro SIREN"),
    ("rna", "Numéro RNA"),
    ("representative", "Représentant légal"),
    ("birth_date", "Date de naissance"),
    ("birth_place", "Lieu de naissance"),
    ("nationality", "Nationalité"),
    ("street", "Voie"),
    ("postcode", "Code postal"),
    ("town", "Commune"),
    ("country", "Pays"),
    ("email", "Adresse électronique"),
    ("iban", "IBAN"),
];

/// What is held of that person today.
///
/// # Errors
/// [`PageError::NotFound`] when nobody has that reference.
pub(crate) async fn of(shared: &Shared, member: &MemberRef) -> Result<Vec<Held>> {
    let book = shared.book();
    let known = book.state().registers.members.get(member).ok_or(PageError::NotFound)?;
    let plan = shared.registrar.erasure_plan(member)?;
    let mut values = of_person(shared.registrar.disclosures(member.as_str()).await?);
    values.entry(DataClass::Payments).or_default().extend(payments(shared, member).await?);
    let years = bylaws(&book)?.at(shared.registrar.today()).number(ParameterName::RegisterYears);
    let years = years.map_err(ledger::refusal::Refusal::from)?;
    let mut held = Vec::new();
    for class in DataClass::ALL {
        let values = values.remove(&class).unwrap_or_default();
        if let Some(fate) = fate(&plan, known, class, years)
            && (!values.is_empty() || matches!(fate, Fate::Erased { .. }))
        {
            held.push(Held { class, values, fate });
        }
    }
    Ok(held)
}

fn fate(plan: &ErasurePlan, known: &Member, class: DataClass, years: u32) -> Option<Fate> {
    if let Some(kept) = plan.kept.iter().find(|kept| kept.class == class) {
        return Some(Fate::Kept {
            why: kept.because.label(),
            until: until(*kept, years),
            day: kept.until,
        });
    }
    if plan.erased.contains(&class) {
        return Some(Fate::Free);
    }
    let erased = known.erased.get(&class)?;
    Some(Fate::Erased { on: erased.day.in_french(), leaf: erased.index.get() })
}

/// Until when a duty lasts, in words.
fn until(kept: KeptData, years: u32) -> String {
    if let Some(day) = kept.until {
        return format!("jusqu’au {}", day.in_french());
    }
    match kept.because {
        Duty::Register => format!("tant que la société existe, puis {years}\u{a0}ans"),
        Duty::Membership => "tant que la personne est associée".into(),
        Duty::Undecided => "jusqu’à la décision sur la souscription".into(),
        Duty::Refund => "jusqu’au remboursement".into(),
        Duty::Voucher | Duty::Unfulfilled => "sans date fixée".into(),
    }
}

/// A person's own values, by class, in the order of [`FIELDS`]; none is left out.
fn of_person(mut held: Vec<Disclosure>) -> BTreeMap<DataClass, Vec<Value>> {
    let place = |name: &str| FIELDS.iter().position(|(known, _)| *known == name);
    held.sort_by_key(|held| place(held.name()).unwrap_or(FIELDS.len()));
    let mut by_class: BTreeMap<DataClass, Vec<Value>> = BTreeMap::new();
    for held in &held {
        let name = held.name();
        let class = DataClass::of_field(name);
        let label = match place(name).and_then(|place| FIELDS.get(place)) {
            Some((_, label)) => label,
            None if class == DataClass::Evidence => "Bulletin",
            None => name,
        };
        let mut value = value(held, label.to_owned());
        if class == DataClass::Evidence {
            value.shown = evidence(held.value());
        }
        by_class.entry(class).or_default().push(value);
    }
    by_class
}

fn value(held: &Disclosure, label: String) -> Value {
    Value {
        name: held.name().to_owned(),
        label,
        text: held.value().to_owned(),
        shown: held.value().to_owned(),
        disclosure: held.encoded().to_owned(),
    }
}

/// An evidence file in a few words; the whole of it is in the file that the person takes away.
fn evidence(json: &str) -> String {
    let Ok(kept) = serde_json::from_str::<crate::bulletin::Evidence>(json) else {
        return "dossier complet dans le fichier JSON".into();
    };
    let browser = if kept.user_agent.is_empty() { "inconnu" } else { &kept.user_agent };
    let sent = parse_instant(&kept.sent_at).map_or_else(|_| kept.sent_at.clone(), format::instant);
    format!(
        "envoyé le {sent}, nombre écrit «\u{a0}{}\u{a0}», {}, navigateur «\u{a0}{browser}\u{a0}»",
        kept.in_words,
        format::count(kept.consents.len(), "phrase acceptée", "phrases acceptées"),
    )
}

/// Who paid this person's subscriptions, as the bank told it.
async fn payments(shared: &Shared, member: &MemberRef) -> Result<Vec<Value>> {
    let mut values = Vec::new();
    for (line, on) in shared.registrar.lines_of(member) {
        let on = on.with_slashes();
        for held in shared.registrar.disclosures(line.as_str()).await? {
            let what = match held.name() {
                "counterparty" => "Payeur",
                "counterparty_iban" => "IBAN du payeur",
                _ => "Libellé",
            };
            values.push(value(&held, format!("{what}, opération du {on}")));
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_in_the_order_of_a_form_and_none_is_left_out() {
        let given = ["town", "surname", "street", "email", "something"];
        let values = given.iter().map(|name| Disclosure::new([7; 16], name, "x")).collect();
        let by_class = of_person(values);
        let names: Vec<&str> = by_class.values().flatten().map(|v| v.name.as_str()).collect();
        assert_eq!(names, ["surname", "something", "street", "town", "email"]);
    }
}
