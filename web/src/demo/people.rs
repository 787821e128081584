//! The example's forty subscribers, the two decisions of the board, the first certificates.

use std::collections::BTreeMap;

use ledger::base::{
    Amount, CategoryId, CertificateRef, MemberRef, PaymentReference, ShareCount, SubscriptionRef,
    in_words,
};
use ledger::command::Command;
use ledger::documents::{Template, template_digest};
use ledger::log::SigningKey;
use ledger::members::PersonKind;
use ledger::registrar::keys::random;
use ledger::shares::{AllotShares, IssueCertificate};

use super::offices::{ORIGIN, decision};
use super::places::{Place, fields};
use super::{Outcome, Story};
use crate::error::PageError;
use crate::subscribing::{Newcomer, Wanted, subscribe_signed};

const PEOPLE: &str = include_str!("associes.csv");

/// How many of the last natural persons are left at each step, for the visitor to go on with:
/// two have signed and not paid, one has paid and waits for the board.
const NOT_PAID: usize = 2;
const WAITING: usize = 1;

/// How many join by the second decision.
const SECOND: usize = 4;

/// A subscriber of the example.
#[derive(Clone, Debug)]
pub(super) struct Subscriber {
    pub(super) member: MemberRef,
    pub(super) subscription: SubscriptionRef,
    pub(super) name: String,
    pub(super) reference: PaymentReference,
    pub(super) amount: Amount,
}

/// The subscribers by what happens to them.
pub(super) struct People {
    pub(super) founders: Vec<Subscriber>,
    pub(super) second: Vec<Subscriber>,
    pub(super) waiting: Vec<Subscriber>,
    pub(super) not_paid: Vec<Subscriber>,
}

/// Everybody fills in the form and signs it: every other one with a key of their own.
pub(super) async fn subscribe(story: &Story, places: &[Place]) -> Outcome<People> {
    let lines: Vec<&str> = PEOPLE.lines().skip(1).collect();
    let natural = lines.iter().filter(|line| line.starts_with("natural")).count();
    let later = natural.saturating_sub(SECOND + WAITING + NOT_PAID);
    let mut all = People { founders: vec![], second: vec![], waiting: vec![], not_paid: vec![] };
    // The legal persons stand at the end of the table and are founders all.
    let (people, legal) = lines.split_at(natural);
    let (first, rest) = people.split_at(later);
    for (at, line) in legal.iter().chain(first).enumerate() {
        story.calendar.this_year(1, u32::try_from(10 + at / 2)?);
        all.founders.push(one(story, places, line, at % 2 == 0).await?);
    }
    for (at, line) in rest.iter().enumerate() {
        story.calendar.this_year(2, u32::try_from(10 + at)?);
        let subscriber = one(story, places, line, at % 2 == 0).await?;
        match at {
            0..SECOND => all.second.push(subscriber),
            SECOND => all.waiting.push(subscriber),
            _ => all.not_paid.push(subscriber),
        }
    }
    Ok(all)
}

async fn one(story: &Story, places: &[Place], line: &str, own_key: bool) -> Outcome<Subscriber> {
    let row: [&str; 15] = fields(line)?;
    let [_, category, name, first_or_form, .., mandate, place, count] = row;
    let person = kind(row[0])?;
    let member = MemberRef::from_random(random()?);
    let key = if own_key { Some(own_key_of(&member)?) } else { None };
    let count: u32 = count.parse()?;
    let wanted = Wanted {
        member: member.clone(),
        newcomer: Some(Newcomer {
            person,
            values: identity(person, &row),
            category: CategoryId::parse(category)?,
            mandate: Some(mandate.to_owned()).filter(|mandate| !mandate.is_empty()),
        }),
        count: ShareCount::new(count),
        in_words: in_words(count),
        place: places.iter().find(|known| known.name == place).map(|p| p.reference.clone()),
        signer_vkey: key.as_ref().map(SigningKey::vkey),
        user_agent: "exemple".into(),
    };
    let failed = |error: PageError| format!("the example's form: {error:?}");
    let subscription =
        subscribe_signed(&story.shared, wanted, key.as_ref()).await.map_err(failed)?;
    let name = match person {
        PersonKind::Natural => format!("{first_or_form} {name}"),
        _ => name.to_owned(),
    };
    let book = story.shared.book();
    let known = book.state().registers.shares.subscription(&subscription);
    let fact = &known.ok_or("the subscription is not there")?.fact;
    let (reference, amount) = (fact.reference.clone(), fact.amount());
    Ok(Subscriber { member, subscription, name, reference, amount })
}

/// A key such as a browser makes for the subscriber.
fn own_key_of(member: &MemberRef) -> Outcome<SigningKey> {
    let suffix = member.as_str().get(2..18).unwrap_or_default();
    Ok(SigningKey::generate(&format!("{ORIGIN}/k/r-{suffix}"), random::<32>()?)?)
}

fn kind(word: &str) -> Outcome<PersonKind> {
    Ok(serde_json::from_value(serde_json::Value::String(word.to_owned()))?)
}

/// The identity fields of R34, from a row of the table.
fn identity(person: PersonKind, row: &[&str; 15]) -> BTreeMap<String, String> {
    let [_, _, name, first_or_form, born_on, born_in, nationality, street, postcode, town, ..] =
        row;
    let [.., siren, representative, _, _, _] = row;
    let email = if person == PersonKind::Natural {
        format!("{}@exemple.fr", plain(&format!("{first_or_form}.{name}")))
    } else {
        format!("contact@{}.exemple.fr", plain(name))
    };
    let mut fields = vec![
        ("street", *street),
        ("postcode", postcode),
        ("town", town),
        ("country", "France"),
        ("email", email.as_str()),
    ];
    fields.extend(match person {
        PersonKind::Natural => vec![
            ("surname", *name),
            ("first_names", first_or_form),
            ("birth_date", born_on),
            ("birth_place", born_in),
            ("nationality", nationality),
        ],
        _ => vec![
            ("denomination", *name),
            ("legal_form", first_or_form),
            ("siren", siren),
            ("representative", representative),
        ],
    });
    fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Small letters and digits of a name, without accents, for an address.
fn plain(name: &str) -> String {
    let folded = name.to_lowercase();
    folded
        .chars()
        .filter_map(|c| match c {
            'é' | 'è' | 'ê' | 'ë' => Some('e'),
            'à' | 'â' => Some('a'),
            'î' | 'ï' => Some('i'),
            'ô' => Some('o'),
            'û' | 'ù' => Some('u'),
            'ç' => Some('c'),
            ' ' => Some('-'),
            c if c.is_ascii_alphanumeric() || c == '.' || c == '-' => Some(c),
            _ => None,
        })
        .collect()
}

/// The board admits the founders and allots their shares: the list that reaches the legal minimum.
pub(super) async fn founding_decision(story: &Story, people: &People) -> Outcome<()> {
    story.calendar.this_year(3, 5);
    decide(story, &people.founders).await
}

/// A second list, later in the year.
pub(super) async fn second_decision(story: &Story, people: &People) -> Outcome<()> {
    story.calendar.this_year(10, 14);
    decide(story, &people.second).await
}

async fn decide(story: &Story, list: &[Subscriber]) -> Outcome<()> {
    let ask = AllotShares {
        subscriptions: list.iter().map(|one| one.subscription.clone()).collect(),
        colleges: Vec::new(),
        decision: decision(story.shared.registrar.today()),
    };
    story.act(Command::AllotShares(ask), &["bureau-1", "bureau-2"]).await?;
    Ok(())
}

/// A few members ask for their certificate.
pub(super) async fn certificates(story: &Story, people: &People) -> Outcome<()> {
    story.calendar.this_year(10, 20);
    let natural = people.founders.iter().rev().take(3).chain(people.second.first());
    for member in natural {
        let ask = IssueCertificate {
            certificate: CertificateRef::from_random(random()?),
            member: member.member.clone(),
            on: story.shared.registrar.today(),
            template_sha256: template_digest(Template::Certificate20260101),
        };
        let desk = story.shared.registrar.desk();
        let command = Command::IssueCertificate(ask);
        story.shared.registrar.perform(command, Vec::new(), &[desk]).await?;
    }
    Ok(())
}
