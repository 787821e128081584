//! Rules that need two registers, so that no register leans on another.

use thiserror::Error;

use crate::base::{
    Amount, CategoryId, CollegeId, Day, MemberRef, Notice, PaymentReference, PlaceRef,
    SubscriptionRef,
};
use crate::bylaws::Bylaws;
use crate::event::Event;
use crate::members::{Duty, KeptData, PersonKind, Standing};
use crate::refusal::Refusal;
use crate::registers::Registers;
use crate::shares::{self, SharesAllotted, SharesSubscribed, Step};
use crate::treasury::Target;

/// A rule that needs two registers forbids the fact.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", self.notice())]
pub enum AcrossRefusal {
    /// The fact names a place that nobody registered.
    UnknownPlace(PlaceRef),
    /// The fact names a member that nobody applied as.
    UnknownMember(MemberRef),
    /// The category asked for has no college.
    UnknownCategory(CategoryId),
    /// Shares would go to somebody who is not admitted (R25).
    NotAdmitted(MemberRef),
    /// A key would stand for a resident and for an office at once.
    BorrowedKey(String),
    /// Nobody can say any more who this was (R78).
    Erased(MemberRef),
    /// Everything of them is erased already.
    ErasedAlready(MemberRef),
    /// A duty or a purpose keeps all that there is (R79).
    DutyRuns {
        /// What is kept, why and until when.
        kept: Vec<KeptData>,
        /// Who.
        member: MemberRef,
        /// How many shares they hold.
        shares: u32,
        /// How many years the register is kept after the end of the company.
        years: u32,
    },
    /// An erasure says otherwise than the rules of the day what goes and what stays (R79).
    PlanDiffers(MemberRef),
    /// The digests of an erasure are not those of what it erases (R78).
    ErasedDigests(MemberRef),
    /// The sum said to be paid is not what the bank lines say (R12, R25).
    PaidDiffers {
        /// Which subscription.
        subscription: SubscriptionRef,
        /// What the fact says.
        said: Amount,
        /// What the bank lines say.
        received: Amount,
    },
}

impl AcrossRefusal {
    /// What to tell the person.
    pub fn notice(&self) -> Notice {
        let what = "L’opération est refusée.".to_owned();
        match self {
            Self::UnknownPlace(place) => Notice {
                what,
                why: format!("Le lieu {place} n’est pas enregistré."),
                rule: None,
                remedy: "Choisissez un lieu dans la liste, ou faites-le enregistrer par le bureau."
                    .into(),
            },
            Self::UnknownMember(member) => Notice {
                what,
                why: format!("Aucune demande n’a été déposée sous la référence {member}."),
                rule: Some("règle R24"),
                remedy: "Déposez d’abord une demande d’adhésion.".into(),
            },
            Self::UnknownCategory(category) => Notice {
                what,
                why: format!("La catégorie « {category} » n’existe pas dans les statuts."),
                rule: Some("règle R1, loi 47-1775 art. 19 septies"),
                remedy: "Choisissez l’une des catégories des statuts.".into(),
            },
            Self::NotAdmitted(member) => Notice {
                what: "L’attribution est refusée.".into(),
                why: format!("Le souscripteur {member} n’est pas admis comme associé."),
                rule: Some("règle R25"),
                remedy: "Décidez d’abord son admission, ou ensemble dans la même décision.".into(),
            },
            Self::BorrowedKey(name) => Notice {
                what,
                why: format!(
                    "La clé « {name} » n’est pas une clé neuve de ce journal : elle porte le nom ou la \
                     clé publique d’une autre."
                ),
                rule: Some("règle R82"),
                remedy: "Rechargez la page : votre navigateur fera une clé neuve.".into(),
            },
            Self::Erased(_)
            | Self::ErasedAlready(_)
            | Self::DutyRuns { .. }
            | Self::PlanDiffers(_)
            | Self::ErasedDigests(_) => self.about_erasure(),
            Self::PaidDiffers { subscription, said, received } => Notice {
                what: "L’attribution est refusée.".into(),
                why: format!(
                    "La décision indique {said} versés pour la souscription {subscription}, \
                     les relevés bancaires rapprochés en montrent {received}."
                ),
                rule: Some("règle R12, loi 1947 art. 12"),
                remedy: "Rapprochez le relevé bancaire, puis préparez de nouveau la décision."
                    .into(),
            },
        }
    }
}

impl AcrossRefusal {
    fn about_erasure(&self) -> Notice {
        let (why, rule, remedy) = match self {
            Self::DutyRuns { kept, shares, years, .. } => {
                return duty_runs(kept, *shares, *years);
            }
            Self::Erased(member) => (
                format!("L’identité de {member} a été effacée : plus personne ne peut dire qui c’était."),
                "règle R78, RGPD art. 17",
                "Faites déposer une nouvelle demande d’adhésion.",
            ),
            Self::ErasedAlready(member) => (
                format!("Tout ce qui pouvait l’être de {member} est déjà effacé."),
                "règle R78, RGPD art. 17",
                "Il n’y a rien à faire.",
            ),
            Self::PlanDiffers(_) => (
                "La liste de ce qui est effacé et gardé n’est pas celle que les règles donnent ce jour."
                    .to_owned(),
                "règle R79, RGPD art. 17 § 3 b",
                "Préparez de nouveau l’effacement : une échéance est passée, ou un paiement est venu.",
            ),
            _ => (
                "Les empreintes données ne sont pas celles des informations à effacer.".to_owned(),
                "règle R78",
                "Préparez de nouveau l’effacement depuis le portail ou « ledger-admin erase ».",
            ),
        };
        let what = match self {
            Self::Erased(_) => "L’opération est refusée.",
            _ => "L’effacement est refusé.",
        };
        Notice { what: what.into(), why, rule: Some(rule), remedy: remedy.into() }
    }
}

/// What is kept, why and until when, and from which day the answer changes.
fn duty_runs(kept: &[KeptData], shares: u32, years: u32) -> Notice {
    let has = |duty| kept.iter().any(|row| row.because == duty);
    let first = kept.iter().filter_map(|row| row.until).min();
    let remedy = match first {
        _ if has(Duty::Undecided) => {
            "Décidez d’abord de la souscription : attribuez les parts, ou refusez-la et remboursez."
                .to_owned()
        }
        _ if has(Duty::Refund) => {
            "Remboursez d’abord, et rapprochez le virement de la souscription refusée.".to_owned()
        }
        Some(until) => format!(
            "Redemandez-le à partir du {} ; d’ici là, la personne peut lire et télécharger ce qui est gardé.",
            until.plus_days(1).in_french()
        ),
        None => "La personne peut lire, télécharger et faire corriger ce qui est gardé.".to_owned(),
    };
    Notice {
        what: "L’effacement est refusé.".into(),
        why: format!(
            "La loi ou la vie de la société oblige à garder : {}.",
            super::erasure::duties_in_french(kept, shares, years)
        ),
        rule: Some("règle R79, RGPD art. 17 § 3 b"),
        remedy,
    }
}

/// Nobody acts as somebody whom nobody knows any more.
fn not_erased(r: &Registers, member: &MemberRef) -> Result<(), Refusal> {
    match r.members.get(member) {
        Some(known) if known.is_erased() => Err(AcrossRefusal::Erased(member.clone()).into()),
        _ => Ok(()),
    }
}

/// Checks the rules of a fact that need two registers.
pub(super) fn check(
    r: &Registers,
    bylaws: &Bylaws,
    today: Day,
    fact: &Event,
) -> Result<(), Refusal> {
    let place = |place: Option<&PlaceRef>| match place {
        Some(place) if r.pooling.place(place).is_none() => {
            Err(Refusal::Across(AcrossRefusal::UnknownPlace(place.clone())))
        }
        _ => Ok(()),
    };
    match fact {
        Event::SharesSubscribed(subscribed) => {
            place(subscribed.place.as_ref())?;
            not_erased(r, &subscribed.member)?;
            own_key(r, subscribed.signer_vkey.as_deref())?;
            subscriber(r, bylaws, subscribed)
        }
        Event::MemberApplied(applied) => own_key(r, applied.signer_vkey.as_deref()),
        Event::KeyEnrolled(enrolled) => no_resident_key(r, &enrolled.vkey),
        Event::MembersAdmitted(admitted) => {
            admitted.admissions.iter().try_for_each(|row| not_erased(r, &row.member))
        }
        Event::CertificateIssued(certificate) => not_erased(r, &certificate.member),
        Event::KeyRotated(rotated) => no_resident_key(r, &rotated.vkey),
        Event::LogKeyRotated(rotated) => no_resident_key(r, &rotated.log_vkey),
        Event::SharesAllotted(allotted) => allotted_shares(r, bylaws, today, allotted),
        Event::GrantAwarded(grant) => place(grant.place.as_ref()),
        Event::ServiceInvoiced(invoice) => place(invoice.place.as_ref()),
        Event::BudgetAdopted(budget) => {
            budget.lines.iter().try_for_each(|line| place(line.place.as_ref()))
        }
        Event::PlaceRegistered(registered) => match &registered.member {
            Some(member) => known(r, member).and_then(|()| not_erased(r, member)),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// A resident's own key can't borrow the name or the key of an office.
fn own_key(r: &Registers, vkey: Option<&str>) -> Result<(), Refusal> {
    let Some(vkey) = vkey else { return Ok(()) };
    let prefix = format!("{}/k/", r.authority.origin().unwrap_or_default());
    let taken = r.authority.keys().any(|record| same_key(&record.vkey, vkey));
    if taken || !vkey.starts_with(&prefix) {
        return Err(AcrossRefusal::BorrowedKey(name_of(vkey).to_owned()).into());
    }
    Ok(())
}

/// Nor can an office be given a key that a resident has signed with.
fn no_resident_key(r: &Registers, vkey: &str) -> Result<(), Refusal> {
    let members = r.members.iter().filter_map(|member| member.signer_vkey.as_deref());
    let subscriptions = r.shares.subscriptions().filter_map(|s| s.fact.signer_vkey.as_deref());
    if members.chain(subscriptions).any(|known| same_key(known, vkey)) {
        return Err(AcrossRefusal::BorrowedKey(name_of(vkey).to_owned()).into());
    }
    Ok(())
}

/// Whether two verifier keys (`name+id+key`) share their name or their public key.
fn same_key(one: &str, other: &str) -> bool {
    let public = |vkey| str::splitn(vkey, 3, '+').nth(2);
    name_of(one) == name_of(other) || public(one) == public(other)
}

fn name_of(vkey: &str) -> &str {
    vkey.split('+').next().unwrap_or_default()
}

fn known(r: &Registers, member: &MemberRef) -> Result<(), Refusal> {
    match r.members.get(member) {
        Some(_) => Ok(()),
        None => Err(AcrossRefusal::UnknownMember(member.clone()).into()),
    }
}

/// A subscriber has applied, and asks for no fewer shares than the category's minimum (R16, R88).
fn subscriber(r: &Registers, bylaws: &Bylaws, fact: &SharesSubscribed) -> Result<(), Refusal> {
    known(r, &fact.member)?;
    let holds_some = r.shares.holding(&fact.member).is_some();
    match r.members.category_of(&fact.member) {
        // The minimum is what a member must hold: a second subscription may be smaller.
        Some(category) if !holds_some => Ok(shares::check_minimum(bylaws, category, fact.count)?),
        _ => Ok(()),
    }
}

/// Shares go to admitted members, for what the bank says was paid; public bodies stay under their
/// cap (R2, R12, R25).
fn allotted_shares(
    r: &Registers,
    bylaws: &Bylaws,
    today: Day,
    fact: &SharesAllotted,
) -> Result<(), Refusal> {
    for allotment in &fact.allotments {
        known(r, &allotment.member)?;
        let member = r.members.get(&allotment.member);
        if !member.is_some_and(|m| matches!(m.standing, Standing::Admitted { .. })) {
            return Err(AcrossRefusal::NotAdmitted(allotment.member.clone()).into());
        }
        let received = r.treasury.received(&Target::Subscription(allotment.subscription.clone()));
        if received != allotment.paid {
            return Err(Refusal::Across(AcrossRefusal::PaidDiffers {
                subscription: allotment.subscription.clone(),
                said: allotment.paid,
                received,
            }));
        }
    }
    let public = |member: &MemberRef| {
        r.members.get(member).is_some_and(|m| m.person == PersonKind::PublicBody)
    };
    Ok(r.shares.check_public_part(bylaws, today, public, &fact.allotments)?)
}

/// The college that the bylaws give to a category.
pub(super) fn default_college(
    bylaws: &Bylaws,
    category: &CategoryId,
) -> Result<CollegeId, Refusal> {
    let rule = bylaws.category(category);
    rule.map(|rule| rule.college.clone())
        .ok_or_else(|| AcrossRefusal::UnknownCategory(category.clone()).into())
}

/// What is still due for a target, signed like the bank line that would pay it.
pub(super) fn owed(r: &Registers, target: &Target) -> Option<Amount> {
    let due = match target {
        Target::Subscription(reference) => {
            let subscription = r.shares.subscription(reference)?;
            match subscription.step {
                Step::Signed => subscription.fact.amount(),
                // Once allotted, the rest is owed when the board calls it, not before.
                _ => return Some(Amount::ZERO),
            }
        }
        Target::Refund(reference) => {
            let subscription = r.shares.subscription(reference)?;
            let declined = matches!(subscription.step, Step::Declined { .. });
            let received = r.treasury.received(&Target::Subscription(reference.clone()));
            declined.then(|| Amount::ZERO.minus(received).ok())??
        }
        Target::Grant(reference) => r.funding.grant(reference)?.fact.amount,
        Target::Invoice(number) => {
            r.funding.invoice(number)?;
            r.funding.invoice_gross(number)
        }
        Target::Call { call, place } => {
            r.pooling.call(call)?.portion_of(place)?;
            r.pooling.called_gross(call, place)
        }
        Target::Cost(reference) => {
            r.pooling.cost(reference)?;
            Amount::ZERO.minus(r.pooling.cost_gross(reference)).ok()?
        }
        Target::BankFee => return None,
    };
    due.minus(r.treasury.received(target)).ok()
}

/// What a reference and an exact sum pay, when there is no doubt.
pub(super) fn paid_by(
    r: &Registers,
    reference: &PaymentReference,
    amount: Amount,
) -> Option<Target> {
    let target = Target::Subscription(r.shares.by_reference(reference)?.clone());
    (owed(r, &target)? == amount).then_some(target)
}
