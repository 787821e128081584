//! The subscription form: one page, on a phone; what is wrong is said beside each field.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use ledger::base::{
    Amount, CategoryId, Day, Iban, MemberRef, Notice, PlaceRef, ShareCount, same_number_in_words,
};
use ledger::bylaws::siren_is_valid;
use ledger::documents::printable;
use ledger::log::VerifierKey;
use ledger::members::PersonKind;
use ledger::registrar::keys;
use serde::Deserialize;

use super::places::cards;
use crate::access::{Part, Visitor};
use crate::bulletin::{CONSENTS, warning_html};
use crate::error::Result;
use crate::form::{Choice, Form, Posted};
use crate::layout::{Layout, page};
use crate::subscribing::{Newcomer, Wanted, begin};
use crate::{Shared, bylaws};

const KINDS: [(&str, PersonKind, &str); 4] = [
    ("natural", PersonKind::Natural, "Une personne"),
    ("company", PersonKind::Company, "Une société ou une coopérative"),
    ("association", PersonKind::Association, "Une association"),
    ("public_body", PersonKind::PublicBody, "Une collectivité ou un établissement public"),
];

#[derive(Template)]
#[template(path = "join.html")]
struct Join {
    layout: Layout,
    form: Form,
    refusal: Option<Notice>,
    nominal: Amount,
    total: String,
    decided_by: String,
    origin: String,
    newcomer: bool,
    person: String,
    kinds: Vec<Choice>,
    places: Vec<Choice>,
    categories: Vec<Choice>,
    warning: String,
    consents: Vec<ConsentBox>,
}

struct ConsentBox {
    name: &'static str,
    text: &'static str,
}

/// What the address may say.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    lieu: String,
}

/// `GET /souscrire?lieu=…`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Html<String>> {
    let form = Form::default().with("lieu", asked.lieu).with("country", "France");
    filled(&shared, &visitor, form, None)
}

fn filled(
    shared: &Shared,
    visitor: &Visitor,
    form: Form,
    refusal: Option<Notice>,
) -> Result<Html<String>> {
    let book = shared.book();
    let bylaws = bylaws(&book)?;
    let nominal = bylaws.at(shared.registrar.today()).nominal();
    let nominal = nominal.map_err(ledger::refusal::Refusal::from)?;
    let count: u64 = without_spaces(form.value("nombre")).parse().unwrap_or(0);
    let total = nominal.times(count).ok().filter(|total| total.is_positive());
    let categories = bylaws.categories.iter().map(|category| {
        let least = crate::format::count(category.shares_min.get(), "part", "parts");
        Choice::new(&category.id, format!("{} (au moins {least})", category.label))
    });
    let person = Some(form.value("personne")).filter(|p| !p.is_empty()).unwrap_or("natural");
    page(&Join {
        layout: Layout::of(shared, visitor)?,
        refusal,
        nominal,
        total: total.map_or_else(|| "…".into(), |total| total.to_string()),
        decided_by: capitalised(&shared.config.decided_by),
        origin: book.state().registers.authority.origin().unwrap_or_default().to_owned(),
        newcomer: !matches!(visitor.part, Some(Part::Member(_))),
        person: person.to_owned(),
        kinds: KINDS.iter().map(|(value, _, label)| Choice::new(value, label)).collect(),
        places: cards(&book).iter().map(|p| Choice::new(&p.reference, &p.name)).collect(),
        categories: categories.collect(),
        warning: warning_html(),
        consents: CONSENTS.iter().map(|(name, text)| ConsentBox { name, text }).collect(),
        form,
    })
}

/// « 1 000 » is how it is written here, with one space or another.
fn without_spaces(number: &str) -> String {
    number.chars().filter(|c| !c.is_whitespace()).collect()
}

fn capitalised(text: &str) -> String {
    let mut signs = text.chars();
    let first: String = signs.next().into_iter().flat_map(char::to_uppercase).collect();
    first + signs.as_str()
}

/// `POST /souscrire`
pub(crate) async fn ask(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    headers: HeaderMap,
    Posted(mut form): Posted,
) -> Result<Response> {
    let member = match &visitor.part {
        Some(Part::Member(member)) => Some(member.clone()),
        _ => None,
    };
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let today = shared.registrar.today();
    let wanted = wanted(&mut form, member, today, agent.unwrap_or_default())?;
    let Some(wanted) = wanted.filter(|_| form.is_sound()) else {
        let page = filled(&shared, &visitor, form, None)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    match begin(&shared, &visitor, wanted).await? {
        Ok(draft) => Ok(Redirect::to(&format!("/souscrire/signer/{draft}")).into_response()),
        Err(refusal) => {
            let page = filled(&shared, &visitor, form, Some(refusal.notice()))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn wanted(
    form: &mut Form,
    member: Option<MemberRef>,
    today: Day,
    user_agent: &str,
) -> Result<Option<Wanted>> {
    let count = form.read("nombre", "Indiquez un nombre de parts.", |text| {
        let digits = without_spaces(text);
        let plain = digits.bytes().all(|b| b.is_ascii_digit());
        let count = digits.parse::<u32>().ok().filter(|count| plain && *count > 0);
        let error = "le nombre de parts est un nombre entier, d’au moins 1, écrit en chiffres";
        count.map(ShareCount::new).ok_or(error)
    });
    let in_words =
        form.required("en_lettres", 200, "Écrivez le nombre de parts en toutes lettres.");
    if let Some(count) = count
        && !in_words.is_empty()
        && !same_number_in_words(&in_words, count.get())
    {
        let error = format!("« {in_words} » ne dit pas {count} en toutes lettres (règle R23).");
        form.refuse("en_lettres", error);
    }
    let place = form.read_if_any("lieu", PlaceRef::parse);
    let newcomer = if member.is_none() { newcomer(form, today) } else { None };
    for (name, _) in CONSENTS {
        if !form.is_checked(name) {
            form.refuse(name, "Cet accord est nécessaire pour souscrire.");
        }
    }
    let signer_vkey = Some(form.value("signer_vkey").to_owned()).filter(|vkey| !vkey.is_empty());
    if signer_vkey.as_ref().is_some_and(|vkey| VerifierKey::parse(vkey).is_err()) {
        form.refuse(
            "nombre",
            "La clé faite par votre navigateur est illisible : rechargez la page.",
        );
    }
    let needs_identity = member.is_none();
    let (Some(count), false) = (count, needs_identity && newcomer.is_none()) else {
        return Ok(None);
    };
    let member = match member {
        Some(member) => member,
        None => MemberRef::from_random(keys::random()?),
    };
    let user_agent = user_agent.chars().filter(|c| !c.is_control()).take(300).collect();
    Ok(Some(Wanted { member, newcomer, count, in_words, place, signer_vkey, user_agent }))
}

/// Who applies: the identity of R34, each field with its own error.
fn newcomer(form: &mut Form, today: Day) -> Option<Newcomer> {
    let person = form.read("personne", "Dites qui souscrit.", |text| {
        let kind = KINDS.iter().find(|(value, _, _)| *value == text);
        kind.map(|(_, kind, _)| *kind).ok_or("ce choix n’existe pas")
    })?;
    let mut values = BTreeMap::new();
    if person == PersonKind::Natural {
        natural(form, &mut values, today);
    } else {
        legal(form, person, &mut values);
    }
    let mut give = |form: &mut Form, name: &str, missing: &str| {
        values.insert(name.to_owned(), form.required(name, 160, missing));
    };
    give(form, "street", "Indiquez le numéro et la voie.");
    give(form, "postcode", "Indiquez le code postal.");
    give(form, "town", "Indiquez la commune.");
    give(form, "country", "Indiquez le pays de résidence fiscale.");
    let email = form.read("email", "Indiquez un courriel.", |text| {
        let sound = text.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace)
        });
        if sound {
            Ok(text.to_owned())
        } else {
            Err("ce courriel n’a pas la forme nom@domaine.fr")
        }
    });
    if email.is_some() {
        form.line("email", 160);
    }
    values.insert("email".into(), email.unwrap_or_default());
    if let Some(iban) = form.read_if_any("iban", Iban::parse) {
        values.insert("iban".into(), iban.as_str().to_owned());
    }
    for (name, value) in &values {
        if let Err(error) = printable(value) {
            form.refuse(name, format!("Ce texte ne pourrait pas être imprimé : {error}."));
        }
    }
    let needs_mandate = matches!(person, PersonKind::Association | PersonKind::PublicBody);
    let mandate = if needs_mandate {
        let missing = "Indiquez la décision qui autorise la souscription (règle R24).";
        Some(form.required("mandate", 120, missing))
    } else {
        None
    };
    let category = form.read("categorie", "Choisissez une catégorie.", CategoryId::parse)?;
    Some(Newcomer { person, values, category, mandate })
}

fn natural(form: &mut Form, values: &mut BTreeMap<String, String>, today: Day) {
    let mut give = |form: &mut Form, name: &str, missing: &str| {
        values.insert(name.to_owned(), form.required(name, 160, missing));
    };
    give(form, "first_names", "Indiquez vos prénoms.");
    give(form, "surname", "Indiquez votre nom de famille.");
    give(form, "birth_place", "Indiquez votre lieu de naissance.");
    give(form, "nationality", "Indiquez votre nationalité.");
    if let Some(usual) = form.line("usual_name", 160) {
        values.insert("usual_name".into(), usual);
    }
    let born = form.read("birth_date", "Indiquez votre date de naissance.", Day::parse);
    if let Some(born) = born {
        if born.plus_years(18) > today {
            let error = "Une personne mineure souscrit par son représentant légal, auprès du bureau \
                         (règle R24).";
            form.refuse("birth_date", error);
        }
        values.insert("birth_date".into(), born.to_string());
    }
}

fn legal(form: &mut Form, person: PersonKind, values: &mut BTreeMap<String, String>) {
    let mut give = |form: &mut Form, name: &str, missing: &str| {
        values.insert(name.to_owned(), form.required(name, 160, missing));
    };
    give(form, "denomination", "Indiquez la dénomination.");
    give(form, "legal_form", "Indiquez la forme juridique.");
    give(form, "representative", "Indiquez qui représente l’organisation.");
    let siren = |text: &str| {
        let digits = without_spaces(text);
        let sound = siren_is_valid(&digits);
        if sound {
            Ok(digits)
        } else {
            Err("ce numéro n’est pas un SIREN (neuf chiffres, clé de contrôle)")
        }
    };
    let has_rna = person == PersonKind::Association && !form.value("rna").trim().is_empty();
    if has_rna {
        let rna = form.read("rna", "", |text| {
            let digits = text.strip_prefix(['W', 'w']).unwrap_or_default();
            let sound = digits.len() == 9 && digits.bytes().all(|b| b.is_ascii_alphanumeric());
            if sound {
                Ok(text.to_uppercase())
            } else {
                Err("un numéro RNA est un W suivi de neuf signes")
            }
        });
        values.insert("rna".into(), rna.unwrap_or_default());
    }
    let number = if has_rna {
        form.read_if_any("siren", siren)
    } else {
        form.read("siren", "Indiquez le SIREN.", siren)
    };
    if let Some(number) = number {
        values.insert("siren".into(), number);
    }
}
