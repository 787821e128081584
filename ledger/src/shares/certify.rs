//! Rules of certificates: what is certified is what the register says on that day.

use super::decide::not_ahead;
use super::{Act, CertificateIssued, IssueCertificate, Refusal, Shares};
use crate::base::{Amount, Day, MemberRef, ShareCount};
use crate::bylaws::Bylaws;

/// The fact that issuing a certificate brings about: the holding as of that day (R28).
///
/// # Errors
/// [`Refusal::NothingHeld`], [`Refusal::Parameter`].
pub fn issue_certificate(
    shares: &Shares,
    bylaws: &Bylaws,
    ask: IssueCertificate,
) -> Result<CertificateIssued, Refusal> {
    let (count, paid) = held(shares, &ask.member, ask.on)?;
    Ok(CertificateIssued {
        certificate: ask.certificate,
        count,
        member: ask.member,
        nominal: bylaws.at(ask.on).nominal()?,
        on: ask.on,
        paid,
        template_sha256: ask.template_sha256,
    })
}

/// Checks a certificate against the register.
///
/// Rules: R11 (nominal), R28 (what a certificate states can be made again from the log).
///
/// # Errors
/// The first [`Refusal`] met.
pub fn check_certificate(
    shares: &Shares,
    bylaws: &Bylaws,
    today: Day,
    fact: &CertificateIssued,
) -> Result<(), Refusal> {
    if shares.certificate(&fact.certificate).is_some() {
        return Err(Refusal::KnownCertificate(fact.certificate.clone()));
    }
    not_ahead(Act::Certificate, fact.on, today)?;
    let (count, paid) = held(shares, &fact.member, fact.on)?;
    if (fact.count, fact.paid) != (count, paid) {
        return Err(Refusal::OtherHolding {
            said: (fact.count, fact.paid),
            held: (count, paid),
            on: fact.on,
        });
    }
    let nominal = bylaws.at(fact.on).nominal()?;
    if fact.nominal != nominal {
        let (act, given, on) = (Act::Certificate, fact.nominal, fact.on);
        return Err(Refusal::OtherNominal { act, given, nominal, on });
    }
    Ok(())
}

fn held(shares: &Shares, member: &MemberRef, on: Day) -> Result<(ShareCount, Amount), Refusal> {
    let nothing = || Refusal::NothingHeld { member: member.clone(), on };
    let (count, paid) = shares.holding(member).ok_or_else(nothing)?.as_of(on)?;
    if count.get() == 0 { Err(nothing()) } else { Ok((count, paid)) }
}

#[cfg(test)]
mod tests;
