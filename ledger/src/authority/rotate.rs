//! Rules of keys that take the place of others: an office's, the log's, and how many administrators sign.

use super::decide::{ORIGIN_MAX, THRESHOLD_MIN, check_never_used, key_under, known, parsed};
use super::{
    Authority, ChangeThreshold, KeyRotated, LogKeyRotated, Refusal, RotateKey, RotateLogKey,
    ThresholdChanged,
};

/// The most leaves during which two keys sign checkpoints.
const BOTH_MAX: u32 = 1_000_000;

/// The fact that a key's taking another's place brings about.
pub fn rotate_key(ask: RotateKey) -> KeyRotated {
    KeyRotated { key_name: ask.key_name, vkey: ask.vkey }
}

/// The fact that changing how many administrators sign brings about.
pub fn change_threshold(ask: ChangeThreshold) -> ThresholdChanged {
    ThresholdChanged { threshold: ask.threshold }
}

/// The fact that changing the log's key brings about.
pub fn rotate_log_key(ask: RotateLogKey) -> LogKeyRotated {
    LogKeyRotated { both_for: ask.both_for, log_vkey: ask.log_vkey }
}

/// Checks a key that takes another's place: the old one still signs, the new one was never used.
///
/// # Errors
/// The first [`Refusal`] met.
pub fn check_key_rotated(authority: &Authority, fact: &KeyRotated) -> Result<(), Refusal> {
    let old = known(authority, &fact.key_name)?;
    if let Some(at) = old.revoked {
        return Err(Refusal::AlreadyRevoked { name: old.name.clone(), at });
    }
    let origin = authority.origin().unwrap_or_default();
    check_never_used(authority, key_under(origin, &fact.vkey)?)
}

/// Checks how many administrators sign: two at least, and no more than there are.
///
/// # Errors
/// [`Refusal::Reach`], [`Refusal::SameThreshold`].
pub fn check_threshold_changed(
    authority: &Authority,
    fact: &ThresholdChanged,
) -> Result<(), Refusal> {
    authority.opened().ok_or(Refusal::NotOpened)?;
    let (threshold, admins) = (fact.threshold.get(), authority.admins_without(""));
    let reachable = usize::try_from(threshold).is_ok_and(|threshold| threshold <= admins);
    if threshold < THRESHOLD_MIN || !reachable {
        return Err(Refusal::Reach { threshold, admins, least: THRESHOLD_MIN });
    }
    if threshold == authority.threshold() {
        return Err(Refusal::SameThreshold(threshold));
    }
    Ok(())
}

/// Checks another key for the log: it bears the log's name, and was never anybody's.
///
/// # Errors
/// The first [`Refusal`] met.
pub fn check_log_key_rotated(authority: &Authority, fact: &LogKeyRotated) -> Result<(), Refusal> {
    let origin = &authority.opened().ok_or(Refusal::NotOpened)?.origin;
    let key = parsed(&fact.log_vkey)?;
    if key.name != origin {
        let name = key.name.chars().take(ORIGIN_MAX).collect();
        return Err(Refusal::LogKeyName { name, origin: origin.clone() });
    }
    if fact.both_for.get() > BOTH_MAX {
        return Err(Refusal::BothTooLong { given: fact.both_for.get(), max: BOTH_MAX });
    }
    check_public_is_new(authority, key.public)
}

/// The log's keys share their name, so it is the key itself that must be new.
fn check_public_is_new(authority: &Authority, public: &str) -> Result<(), Refusal> {
    let offices = authority.keys().map(|record| record.vkey.as_str());
    let mut all = offices.chain(authority.log_keys().map(|log| log.vkey.as_str()));
    let same = all.find(|text| super::vkey::parse(text).is_some_and(|key| key.public == public));
    match same.and_then(super::vkey::parse) {
        Some(known) => Err(Refusal::KnownPublicKey {
            name: authority.origin().unwrap_or_default().to_owned(),
            known_as: known.name.to_owned(),
        }),
        None => Ok(()),
    }
}
