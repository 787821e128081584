//! From a command to the facts it would bring about, computed values filled in.

use super::{across, erasure};
use crate::authority::{RevokeKey, SuspectKey};
use crate::base::{Day, MemberRef};
use crate::bylaws::Bylaws;
use crate::command::Command;
use crate::event::Event;
use crate::members::{Admission, MembersAdmitted, Standing};
use crate::refusal::Refusal;
use crate::registers::Registers;
use crate::shares::{AllotShares, Allotment, SharesAllotted};
use crate::treasury::{ImportStatement, Target};
use crate::{authority, funding, members, pooling, shares, treasury};

/// The facts a command asks for; the rules are checked on them afterwards.
pub(super) fn facts(
    registers: &Registers,
    today: Day,
    command: Command,
) -> Result<Vec<Event>, Refusal> {
    let r = registers;
    if let Command::OpenBook(ask) = command {
        return Ok(vec![Event::BookOpened(Box::new(authority::open_book(*ask)))]);
    }
    if let Command::SucceedBook(ask) = command {
        return Ok(vec![Event::BookSucceeded(Box::new(authority::succeed_book(*ask)))]);
    }
    let bylaws = super::bylaws(r)?;
    let fact = match command {
        Command::Join(apply, subscribe) => {
            let applied = members::apply(apply)?;
            let subscribed = shares::subscribe(bylaws, subscribe)?;
            return Ok(vec![Event::MemberApplied(applied), Event::SharesSubscribed(subscribed)]);
        }
        Command::AllotShares(ask) => return allot(r, bylaws, ask),
        Command::ImportStatement(ask) => return import(r, ask),
        Command::RevokeKey(ask) => return Ok(revoke(ask)),
        Command::OpenBook(_) | Command::SucceedBook(_) => return Ok(Vec::new()),
        Command::EnrolKey(ask) => Event::KeyEnrolled(authority::enrol_key(ask)),
        Command::ErasePerson(ask) => Event::PersonErased(erasure::erase(r, bylaws, today, ask)?),
        Command::RotateKey(ask) => Event::KeyRotated(authority::rotate_key(ask)),
        Command::SuspectKey(ask) => Event::KeySuspected(authority::suspect_key(ask)),
        Command::ReviewLeaves(ask) => Event::LeavesReviewed(authority::review_leaves(ask)),
        Command::ChangeThreshold(ask) => Event::ThresholdChanged(authority::change_threshold(ask)),
        Command::RotateLogKey(ask) => Event::LogKeyRotated(authority::rotate_log_key(ask)),
        Command::Apply(ask) => Event::MemberApplied(members::apply(ask)?),
        Command::Subscribe(ask) => Event::SharesSubscribed(shares::subscribe(bylaws, ask)?),
        Command::DeclineSubscription(ask) => Event::SubscriptionDeclined(shares::decline(ask)),
        Command::IssueCertificate(ask) => {
            Event::CertificateIssued(shares::issue_certificate(&r.shares, bylaws, ask)?)
        }
        Command::AdoptBudget(ask) => Event::BudgetAdopted(funding::adopt_budget(today, ask)?),
        Command::AwardGrant(ask) => {
            Event::GrantAwarded(funding::award_grant(&r.funding, today, ask)?)
        }
        Command::InvoiceService(ask) => {
            Event::ServiceInvoiced(funding::invoice_service(&r.funding, bylaws, today, ask)?)
        }
        Command::RegisterPlace(ask) => {
            Event::PlaceRegistered(pooling::register_place(&r.pooling, ask)?)
        }
        Command::AdoptAllocationKey(ask) => {
            Event::AllocationKeyAdopted(pooling::adopt_allocation_key(&r.pooling, today, ask)?)
        }
        Command::PoolCost(ask) => Event::CostPooled(pooling::pool_cost(&r.pooling, today, ask)?),
        Command::CallContribution(ask) => {
            Event::ContributionCalled(pooling::call_contribution(&r.pooling, bylaws, today, ask)?)
        }
        Command::ValueInKind(ask) => {
            Event::InKindValued(pooling::value_in_kind(&r.pooling, today, ask)?)
        }
        Command::OpenBankAccount(ask) => {
            Event::BankAccountOpened(treasury::open_account(&r.treasury, ask)?)
        }
        Command::MatchLine(ask) => {
            let owed = |target: &Target| across::owed(r, target);
            Event::LineMatched(treasury::match_line(&r.treasury, ask, owed)?)
        }
    };
    Ok(vec![fact])
}

/// The end of a key, and the doubt about what it has signed where there is one.
fn revoke(ask: RevokeKey) -> Vec<Event> {
    let doubt = ask.suspect_from.map(|suspect_from| SuspectKey {
        key_name: ask.key_name.clone(),
        reason: ask.reason.clone(),
        suspect_from,
    });
    let doubt = doubt.map(|doubt| Event::KeySuspected(authority::suspect_key(doubt)));
    std::iter::once(Event::KeyRevoked(authority::revoke_key(ask))).chain(doubt).collect()
}

/// One decision, a list: those who are not members yet are admitted, then all shares are allotted.
fn allot(r: &Registers, bylaws: &Bylaws, ask: AllotShares) -> Result<Vec<Event>, Refusal> {
    let mut admissions: Vec<Admission> = Vec::new();
    let mut allotments = Vec::new();
    for reference in &ask.subscriptions {
        let subscription = r.shares.subscription(reference).ok_or_else(|| {
            Refusal::Shares(shares::Refusal::UnknownSubscription(reference.clone()))
        })?;
        let member = &subscription.fact.member;
        let new = admissions.iter().all(|admission| admission.member != *member);
        if let (Some(category), true) = (waiting(r, member), new) {
            let chosen = ask.colleges.iter().find(|(who, _)| who == member).map(|(_, c)| c.clone());
            let college = match chosen {
                Some(college) => college,
                None => across::default_college(bylaws, &category)?,
            };
            admissions.push(Admission { category, college, member: member.clone() });
        }
        allotments.push(Allotment {
            count: subscription.fact.count,
            member: member.clone(),
            paid: r.treasury.received(&Target::Subscription(reference.clone())),
            subscription: reference.clone(),
        });
    }
    let decision = ask.decision;
    let mut facts = Vec::new();
    if !admissions.is_empty() {
        let admitted = MembersAdmitted { admissions, decision: decision.clone() };
        facts.push(Event::MembersAdmitted(admitted));
    }
    facts.push(Event::SharesAllotted(SharesAllotted { allotments, decision }));
    Ok(facts)
}

/// The category an applicant asked for, if not admitted yet.
fn waiting(r: &Registers, member: &MemberRef) -> Option<crate::base::CategoryId> {
    let member = r.members.get(member)?;
    matches!(member.standing, Standing::Applied).then(|| member.category.clone())
}

fn import(r: &Registers, ask: ImportStatement) -> Result<Vec<Event>, Refusal> {
    let matchable = |reference: &_, amount| across::paid_by(r, reference, amount);
    let plan = treasury::import(&r.treasury, ask, matchable)?;
    let imported = std::iter::once(Event::StatementImported(plan.imported));
    let recorded = plan.recorded.into_iter().map(Event::LineRecorded);
    let matched = plan.matched.into_iter().map(Event::LineMatched);
    Ok(imported.chain(recorded).chain(matched).collect())
}
