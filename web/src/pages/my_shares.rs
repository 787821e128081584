//! A member's own page: where each subscription stands, how to pay, certificates, the personal link.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use ledger::base::{Amount, MemberRef, SubscriptionRef};
use ledger::documents::{epc069_payload, qr_svg};
use ledger::log::hash::sha256;
use ledger::members::Standing;
use ledger::registrar::Book;
use ledger::shares::{Step, Subscription};
use ledger::store::MemberLink;
use ledger::treasury::Target;

use crate::access::{self, Part, Visitor};
use crate::bulletin::{self, Evidence};
use crate::error::{PageError, Result};
use crate::form::Posted;
use crate::layout::{self, Layout, page};
use crate::people::Person;
use crate::{Shared, format};

/// The cookie that carries a new personal link to the page that shows it, once.
const LINK_COOKIE: &str = "lien";
const LINK_SECONDS: u32 = 120;

#[derive(Template)]
#[template(path = "my_shares.html")]
struct MyShares {
    layout: Layout,
    name: String,
    admitted: bool,
    held: Option<Held>,
    subscriptions: Vec<Row>,
    certificates: Vec<CertificateRow>,
    link: Option<String>,
}

struct Held {
    shares: String,
    paid: Amount,
}

struct Row {
    reference: SubscriptionRef,
    shares: String,
    amount: Amount,
    steps: Vec<StepRow>,
    payment: Option<Payment>,
}

struct StepRow {
    class: &'static str,
    title: &'static str,
    words: String,
    leaf: Option<u64>,
}

struct Payment {
    beneficiary: String,
    left: Amount,
    iban: String,
    bic: String,
    reference: String,
    code: String,
}

struct CertificateRow {
    reference: String,
    on: String,
    shares: String,
}

/// `GET /mes-parts`
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response> {
    let secret = access::cookie(&headers, LINK_COOKIE).filter(|secret| access::is_secret(secret));
    let link = secret.map(|secret| format!("{}/lien/{secret}", shared.config.base_url));
    let seen = link.is_some();
    let mut response = mine(&shared, &visitor, link).await?.into_response();
    if seen {
        access::set_cookie(&mut response, &shared, LINK_COOKIE, "", Some(0));
    }
    Ok(response)
}

async fn mine(shared: &Shared, visitor: &Visitor, link: Option<String>) -> Result<Html<String>> {
    let member = visitor.member()?;
    let book = shared.book();
    let registers = &book.state().registers;
    let person = Person::of(shared, member).await?;
    let known = registers.members.get(member).ok_or(PageError::NotFound)?;
    let mut own: Vec<&Subscription> =
        registers.shares.subscriptions().filter(|s| s.fact.member == *member).collect();
    own.sort_by_key(|subscription| std::cmp::Reverse(subscription.stamp.index));
    let certificates = registers.shares.certificates().iter().rev();
    let certificates =
        certificates.filter(|row| row.fact.member == *member).map(|row| CertificateRow {
            reference: row.fact.certificate.to_string(),
            on: row.fact.on.in_french(),
            shares: format::count(row.fact.count.get(), "part", "parts"),
        });
    page(&MyShares {
        layout: Layout::of(shared, visitor)?,
        name: person.name(),
        admitted: matches!(known.standing, Standing::Admitted { .. }),
        held: registers.shares.holding(member).map(|holding| Held {
            shares: format::count(holding.count.get(), "part", "parts"),
            paid: holding.paid,
        }),
        certificates: certificates.collect(),
        subscriptions: own.into_iter().map(|s| row(&book, s)).collect::<Result<_>>()?,
        link,
    })
}

fn row(book: &Book, subscription: &Subscription) -> Result<Row> {
    Ok(Row {
        reference: subscription.fact.subscription.clone(),
        shares: format::count(subscription.fact.count.get(), "part", "parts"),
        amount: subscription.fact.amount(),
        steps: steps(book, subscription),
        payment: payment(book, subscription)?,
    })
}

/// Signed → paid → admitted → allotted (R25), each with its day and its leaf.
fn steps(book: &Book, subscription: &Subscription) -> Vec<StepRow> {
    let registers = &book.state().registers;
    let fact = &subscription.fact;
    let done = |title, words, leaf| StepRow { class: "done", title, words, leaf };
    let ahead = |title, words: &str| StepRow { class: "", title, words: words.into(), leaf: None };
    let signed =
        done("Signée", format!("le {}", fact.on.in_french()), Some(subscription.stamp.index.get()));
    let target = Target::Subscription(fact.subscription.clone());
    let received = registers.treasury.received(&target);
    let last =
        registers.treasury.lines().filter(|line| line.targets.iter().any(|(t, ..)| *t == target));
    let last = last.map(|line| line.fact.booked_on).max();
    let paid = match last {
        Some(on) if received >= fact.amount() => {
            done("Payée", format!("{received}, reçus le {}", on.in_french()), None)
        }
        Some(on) => StepRow {
            class: "",
            title: "Payée en partie",
            words: format!(
                "{received} reçus sur {}, dernier virement le {}",
                fact.amount(),
                on.in_french()
            ),
            leaf: None,
        },
        None => ahead("Payée", "en attente de votre virement"),
    };
    if let Step::Declined { stamp, decision } = &subscription.step {
        let words = format!("{}, le {}", decision.label, decision.on.in_french());
        let leaf = Some(stamp.index.get());
        return vec![signed, paid, StepRow { class: "refused", title: "Refusée", words, leaf }];
    }
    let member = registers.members.get(&fact.member);
    let admitted = match member.map(|member| &member.standing) {
        Some(Standing::Admitted { decision, stamp, .. }) => {
            let words = format!("{}, le {}", decision.label, decision.on.in_french());
            done("Admission décidée", words, Some(stamp.index.get()))
        }
        _ => ahead("Admission décidée", "en attente de la décision"),
    };
    let allotted = match &subscription.step {
        Step::Allotted { stamp, decision, .. } => done(
            "Parts attribuées",
            format!("le {}", decision.on.in_french()),
            Some(stamp.index.get()),
        ),
        _ => ahead("Parts attribuées", "vous serez alors copropriétaire"),
    };
    vec![signed, paid, admitted, allotted]
}

fn payment(book: &Book, subscription: &Subscription) -> Result<Option<Payment>> {
    let registers = &book.state().registers;
    let fact = &subscription.fact;
    let received = registers.treasury.received(&Target::Subscription(fact.subscription.clone()));
    let left = fact.amount().minus(received).unwrap_or(Amount::ZERO);
    let account = registers.treasury.accounts().next();
    let (Step::Signed, true, Some(account)) = (&subscription.step, left.is_positive(), account)
    else {
        return Ok(None);
    };
    let name: String = crate::bylaws(book)?.company.name.chars().take(70).collect();
    let (bic, iban) = (&account.fact.bic, &account.fact.iban);
    let payload = epc069_payload(&name, bic, iban, left, &fact.reference)?;
    Ok(Some(Payment {
        code: qr_svg(&payload, "Code de paiement à scanner avec l’application de votre banque")?,
        beneficiary: name,
        left,
        iban: iban.in_groups(),
        bic: bic.clone(),
        reference: fact.reference.in_groups(),
    }))
}

/// `GET /mes-parts/bulletin/{subscription}.pdf`: the copy given to the subscriber (R23, 10°).
pub(crate) async fn bulletin(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Path(file): Path<String>,
) -> Result<Response> {
    let member = visitor.member()?;
    let reference = file.strip_suffix(".pdf").and_then(|text| SubscriptionRef::parse(text).ok());
    let book = shared.book();
    let shares = &book.state().registers.shares;
    let subscription = reference.and_then(|reference| shares.subscription(&reference));
    let subscription = subscription.filter(|found| found.fact.member == *member);
    let fact = &subscription.ok_or(PageError::NotFound)?.fact;
    let evidence = Evidence::of(&shared, fact).await?.ok_or(PageError::NotFound)?;
    let person = Person::of(&shared, member).await?;
    let known = book.state().registers.members.get(member).ok_or(PageError::NotFound)?;
    let parts = (&person, &evidence, known.category.as_str());
    let pdf = bulletin::pdf(&shared, &book, fact, parts)?;
    Ok(layout::shown("application/pdf", "bulletin-de-souscription.pdf", pdf))
}

/// Makes a personal link and has the next page show it, once: the store keeps its digest alone.
pub(crate) async fn give_link(
    shared: &Shared,
    member: &MemberRef,
    response: &mut Response,
) -> Result<()> {
    let secret = access::new_secret()?;
    let link = MemberLink {
        secret_sha256: sha256(secret.as_bytes()),
        member: member.as_str().to_owned(),
        created_ms: shared.registrar.now_ms(),
    };
    shared.registrar.store().put_link(&link).await?;
    access::set_cookie(response, shared, LINK_COOKIE, &secret, Some(LINK_SECONDS));
    Ok(())
}

/// `POST /mes-parts/lien`: a new personal link; the ones before are worth nothing from now on.
pub(crate) async fn new_link(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    Posted(_): Posted,
) -> Result<Response> {
    let member = visitor.member()?;
    shared.registrar.store().close_links_of(member.as_str()).await?;
    let mut response = Redirect::to("/mes-parts").into_response();
    give_link(&shared, member, &mut response).await?;
    Ok(response)
}

/// `GET /lien/{secret}`: the member comes back by the personal link.
pub(crate) async fn come_back(
    State(shared): State<Arc<Shared>>,
    Path(secret): Path<String>,
) -> Result<Response> {
    let digest = sha256(secret.as_bytes());
    let member = shared.registrar.store().member_of_link(digest).await?;
    let member = member.and_then(|text| MemberRef::parse(&text).ok()).ok_or_else(|| {
        PageError::refused(
            "Ce lien ne vaut plus.",
            "Il a été remplacé par un lien plus récent, ou il est incomplet.",
            "Employez votre lien le plus récent, ou demandez-en un au bureau de la société.",
        )
    })?;
    let mut response = Redirect::to("/mes-parts").into_response();
    access::sign_in(&shared, Part::Member(member), &mut response).await?;
    Ok(response)
}
