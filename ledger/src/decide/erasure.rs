//! What of a person may be erased on a day, what a duty keeps, and until when (R79).
//!
//! The answer needs three registers: who is a member, what was subscribed, what was paid. It leaves
//! no choice: whatever no duty covers is erased, whatever one covers is kept.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Amount, Day, FiscalYear, LineRef, MemberRef, Stamp};
use crate::bylaws::{Bylaws, ParameterName};
use crate::members::{
    DataClass, Duty, ErasePerson, KeptData, Member, PersonErased, PersonKind, Standing,
};
use crate::refusal::Refusal;
use crate::registers::Registers;
use crate::shares::{Step, Subscription};
use crate::treasury::{Line, Target};

use super::across::AcrossRefusal;

/// What an erasure would do today.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErasurePlan {
    /// What is erased, in the order of the classes.
    pub erased: Vec<DataClass>,
    /// What a duty keeps, in the same order.
    pub kept: Vec<KeptData>,
}

impl ErasurePlan {
    /// Whether nothing of the application itself stays.
    pub fn is_whole(&self) -> bool {
        !self.kept.iter().any(|kept| kept.class.is_of_application())
    }
}

/// A duty and its last day; without one it lasts until something else happens.
type Bound = (Duty, Option<Day>);

/// Says what of a person may be erased on that day.
///
/// Rules: R79. Durations are those of the bylaws on that day.
///
/// # Errors
/// [`AcrossRefusal::UnknownMember`]; [`Refusal::Parameter`].
pub fn erasure_plan(
    r: &Registers,
    bylaws: &Bylaws,
    today: Day,
    member: &MemberRef,
) -> Result<ErasurePlan, Refusal> {
    let known = r.members.get(member);
    let known = known.ok_or_else(|| AcrossRefusal::UnknownMember(member.clone()))?;
    let lines = lines_of(r, member);
    let own: Vec<&Subscription> =
        r.shares.subscriptions().filter(|s| s.fact.member == *member).collect();
    let duties = Duties::of(r, bylaws, today, (known, &own, &lines))?;
    let mut plan = ErasurePlan::default();
    for class in DataClass::ALL {
        if !holds(known, class, &own, &lines) {
            continue;
        }
        match duties.on(class).filter(|(_, until)| until.is_none_or(|until| until >= today)) {
            Some((because, until)) => plan.kept.push(KeptData { because, class, until }),
            None => plan.erased.push(class),
        }
    }
    Ok(plan)
}

/// Whether there may be values of that class: never erased, or brought by a fact since.
fn holds(known: &Member, class: DataClass, own: &[&Subscription], lines: &[&Line]) -> bool {
    let since =
        |stamp: Stamp| known.erased.get(&class).is_none_or(|erased| stamp.index > erased.index);
    match class {
        DataClass::Birth if known.person != PersonKind::Natural => false,
        DataClass::Evidence => own.iter().any(|subscription| since(subscription.stamp)),
        DataClass::Payments => lines.iter().any(|line| since(line.stamp)),
        _ => !known.erased.contains_key(&class),
    }
}

/// The duties that a person's history brings, whatever the class.
struct Duties {
    /// A member: the register, and the life of the company.
    member: bool,
    /// Undecided or owed back: nothing goes before it is settled.
    open: Option<Duty>,
    /// Until when a form may still be paid and decided.
    waiting: Option<Day>,
    unfulfilled: Option<Day>,
    voucher: Option<Day>,
}

impl Duties {
    fn of(
        r: &Registers,
        bylaws: &Bylaws,
        today: Day,
        (known, own, lines): (&Member, &[&Subscription], &[&Line]),
    ) -> Result<Self, Refusal> {
        let at = bylaws.at(today);
        let years = at.number(ParameterName::UnfulfilledYears)?;
        let mut duties = Self {
            member: matches!(known.standing, Standing::Admitted { .. }),
            open: None,
            waiting: None,
            unfulfilled: None,
            voucher: None,
        };
        if own.is_empty() {
            duties.unfulfilled = Some(known.applied.day.plus_years(years));
        }
        for subscription in own {
            let received = |target| r.treasury.received(&target);
            let reference = &subscription.fact.subscription;
            let paid = received(Target::Subscription(reference.clone()));
            let left = paid.plus(received(Target::Refund(reference.clone())))?;
            let (open, from) = match &subscription.step {
                Step::Signed => (Duty::Undecided, subscription.fact.on),
                Step::Declined { decision, .. } => (Duty::Refund, decision.on),
                // The register answers for what was allotted.
                Step::Allotted { .. } => continue,
            };
            if left != Amount::ZERO {
                duties.open = duties.open.max(Some(open));
            }
            let until = Some(from.plus_years(years));
            duties.unfulfilled = duties.unfulfilled.max(until);
            if open == Duty::Undecided {
                duties.waiting = duties.waiting.max(until);
            }
        }
        let years = at.number(ParameterName::VoucherYears)?;
        let closing = |line: &&Line| FiscalYear::of(line.fact.booked_on).last_day();
        let last = lines.iter().filter_map(closing).max();
        duties.voucher = last.map(|day| day.plus_years(years));
        Ok(duties)
    }

    /// The duty on a class that lasts longest.
    fn on(&self, class: DataClass) -> Option<Bound> {
        let voucher = self.voucher.map(|until| (Duty::Voucher, Some(until)));
        if class == DataClass::Payments {
            return self.open.map(|duty| (duty, None)).or(voucher);
        }
        if self.member {
            let contact = matches!(class, DataClass::Contact | DataClass::Bank);
            return Some((if contact { Duty::Membership } else { Duty::Register }, None));
        }
        if let Some(duty) = self.open {
            return Some((duty, None));
        }
        let short = self.unfulfilled.map(|until| (Duty::Unfulfilled, Some(until)));
        match class {
            // No duty asks for them once nobody is written to, or paid, any more.
            DataClass::Contact | DataClass::Bank => {
                self.waiting.map(|until| (Duty::Unfulfilled, Some(until)))
            }
            DataClass::Birth => short,
            // A voucher names who paid, where they live and what they signed.
            _ => [short, voucher].into_iter().flatten().max_by_key(|(_, until)| *until),
        }
    }
}

/// The person whose subscriptions a bank line pays, when it pays nothing else.
fn payer_of<'a>(r: &'a Registers, line: &Line) -> Option<&'a MemberRef> {
    let holder = |target: &Target| match target {
        Target::Subscription(subscription) | Target::Refund(subscription) => {
            r.shares.subscription(subscription).map(|known| &known.fact.member)
        }
        _ => None,
    };
    let mut holders = line.targets.iter().map(|(target, ..)| holder(target));
    let first = holders.next()??;
    holders.all(|other| other == Some(first)).then_some(first)
}

/// The bank lines that pay a person's subscriptions, and nothing else: the vault says who paid.
pub fn lines_of<'a>(r: &'a Registers, member: &MemberRef) -> Vec<&'a Line> {
    r.treasury.lines().filter(|line| payer_of(r, line) == Some(member)).collect()
}

/// The bank lines whose payer an erasure has forgotten, of whichever person.
pub fn erased_lines(r: &Registers) -> Vec<&LineRef> {
    let erased = |line: &&Line| {
        let payer = payer_of(r, line).and_then(|member| r.members.get(member));
        let erased = payer.and_then(|member| member.erased.get(&DataClass::Payments));
        erased.is_some_and(|erased| line.stamp.index < erased.index)
    };
    r.treasury.lines().filter(erased).map(|line| &line.fact.line).collect()
}

/// The fact that an erasure brings about.
///
/// # Errors
/// Those of [`erasure_plan`].
pub(super) fn erase(
    r: &Registers,
    bylaws: &Bylaws,
    today: Day,
    ask: ErasePerson,
) -> Result<PersonErased, Refusal> {
    let ErasurePlan { erased, kept } = erasure_plan(r, bylaws, today, &ask.member)?;
    let digests: BTreeSet<String> = ask.digests.into_iter().collect();
    let digests = digests.into_iter().collect();
    Ok(PersonErased { digests, erased, kept, member: ask.member, reason: ask.reason })
}

/// Checks an erasure: it does what the rules of that day say, no less and no more (R78, R79).
///
/// # Errors
/// [`AcrossRefusal::DutyRuns`] with what is kept and until when; [`AcrossRefusal::ErasedAlready`],
/// [`AcrossRefusal::PlanDiffers`], [`AcrossRefusal::ErasedDigests`].
pub(super) fn check(
    r: &Registers,
    bylaws: &Bylaws,
    today: Day,
    fact: &PersonErased,
) -> Result<(), Refusal> {
    let plan = erasure_plan(r, bylaws, today, &fact.member)?;
    let member = fact.member.clone();
    if plan.erased.is_empty() {
        return Err(refused(r, bylaws, today, (member, plan.kept))?);
    }
    if fact.erased != plan.erased || fact.kept != plan.kept {
        return Err(AcrossRefusal::PlanDiffers(member).into());
    }
    let Some(known) = r.members.get(&fact.member) else { return Ok(()) };
    let left: BTreeSet<&String> =
        known.sd.iter().filter(|digest| !known.erased_sd.contains(*digest)).collect();
    let given: BTreeSet<&String> = fact.digests.iter().collect();
    let sorted = fact.digests.iter().eq(given.iter().copied());
    let of_application = plan.erased.iter().any(|class| class.is_of_application());
    // When nothing of the application stays, none of its digests may be left out.
    let sound = if of_application && plan.is_whole() {
        given == left
    } else {
        given.is_subset(&left) && (of_application || given.is_empty())
    };
    if sorted && sound { Ok(()) } else { Err(AcrossRefusal::ErasedDigests(member).into()) }
}

/// Why nothing is erased, with the figures a person can check.
fn refused(
    r: &Registers,
    bylaws: &Bylaws,
    today: Day,
    (member, kept): (MemberRef, Vec<KeptData>),
) -> Result<Refusal, Refusal> {
    if kept.is_empty() {
        return Ok(AcrossRefusal::ErasedAlready(member).into());
    }
    let years = bylaws.at(today).number(ParameterName::RegisterYears)?;
    let shares = r.shares.holding(&member).map_or(0, |holding| holding.count.get());
    Ok(AcrossRefusal::DutyRuns { kept, member, shares, years }.into())
}

/// What stands against an erasure, in one sentence: the classes of each duty, and its end.
pub(super) fn duties_in_french(kept: &[KeptData], shares: u32, years: u32) -> String {
    let mut grouped: BTreeMap<Bound, Vec<&str>> = BTreeMap::new();
    for row in kept {
        grouped.entry((row.because, row.until)).or_default().push(row.class.label());
    }
    let told = grouped.into_iter().rev().map(|((duty, until), classes)| {
        let end = match (duty, until) {
            (_, Some(until)) => format!("jusqu’au {}", until.in_french()),
            (Duty::Register, None) if shares > 0 => {
                format!("{shares} parts détenues ; vie de la société, puis {years} ans")
            }
            (Duty::Register, None) => format!("vie de la société, puis {years} ans"),
            (_, None) => "sans date fixée".to_owned(),
        };
        format!("{} : {} ({end})", classes.join(", "), duty.label())
    });
    told.collect::<Vec<_>>().join(" ; ")
}

#[cfg(test)]
mod tests;
