//! Rules of the opening and of keys: who is named, under which names, and that somebody can sign.

use super::event::holders;
use super::{
    AdminKey, Authority, BookOpened, BookSucceeded, EnrolKey, KeyEnrolled, KeyRevoked, OpenBook,
    Predecessor, Refusal, RevokeKey, Role, SucceedBook, vkey,
};
use crate::base::Day;
use crate::bylaws;

/// The format of facts that this version writes and reads.
const FORMAT: &str = "1";
/// The fewest administrators who sign an enrolment: one alone could do anything unseen.
pub(super) const THRESHOLD_MIN: u32 = 2;
/// The most administrators: as many signatures as a leaf carries.
const ADMINS_MAX: usize = 16;
/// The longest label of an office, in characters.
const HOLDER_MAX: usize = 60;
/// The longest reason of a revocation or note of a review, in characters.
pub(super) const REASON_MAX: usize = 160;
/// The longest origin: with a key's name it stays in a line that people can read.
pub(super) const ORIGIN_MAX: usize = 120;

/// The fact that opening the book brings about.
pub fn open_book(ask: OpenBook) -> BookOpened {
    BookOpened {
        admins: ask.admins,
        bylaws: ask.bylaws,
        charter_sha256: ask.charter_sha256,
        format: FORMAT.into(),
        log_vkey: ask.log_vkey,
        origin: ask.origin,
        policy_sha256: ask.policy_sha256,
        threshold: ask.threshold,
    }
}

/// The fact that opening a book that follows another log brings about.
pub fn succeed_book(ask: SucceedBook) -> BookSucceeded {
    BookSucceeded { book: open_book(ask.opening), predecessor: ask.predecessor }
}

/// The fact that enrolling a key brings about.
pub fn enrol_key(ask: EnrolKey) -> KeyEnrolled {
    KeyEnrolled { holder: ask.holder, role: ask.role, vkey: ask.vkey }
}

/// The fact that revoking a key brings about.
pub fn revoke_key(ask: RevokeKey) -> KeyRevoked {
    KeyRevoked { key_name: ask.key_name, reason: ask.reason }
}

/// Checks the opening of the book, as of that day.
///
/// Rules: R1, R4, R5, R7 through [`bylaws::check`].
///
/// # Errors
/// The first [`Refusal`] met.
pub fn check_opened(authority: &Authority, today: Day, fact: &BookOpened) -> Result<(), Refusal> {
    if authority.opened().is_some() {
        return Err(Refusal::AlreadyOpened);
    }
    if fact.format != FORMAT {
        return Err(Refusal::Format(fact.format.chars().take(HOLDER_MAX).collect()));
    }
    let origin = fact.origin.as_str();
    if !origin_is_sound(origin) {
        return Err(Refusal::Origin(origin.chars().take(ORIGIN_MAX).collect()));
    }
    let log_key = parsed(&fact.log_vkey)?;
    if log_key.name != origin {
        let (name, origin) = (log_key.name.to_owned(), origin.to_owned());
        return Err(Refusal::LogKeyName { name, origin });
    }
    check_threshold(fact)?;
    check_admins(log_key, origin, &fact.admins)?;
    Ok(bylaws::check(&fact.bylaws, today)?)
}

/// Checks the opening of a book that follows another log, as of that day.
///
/// # Errors
/// As [`check_opened`]; [`Refusal::Predecessor`] when the end of the former is not well stated.
pub fn check_succeeded(
    authority: &Authority,
    today: Day,
    fact: &BookSucceeded,
) -> Result<(), Refusal> {
    check_opened(authority, today, &fact.book)?;
    let Predecessor { log_vkey, origin, root, size } = &fact.predecessor;
    let refused = |why| Err(Refusal::Predecessor(why));
    if *origin == fact.book.origin {
        return refused("elle a la même origine ; il en faut une nouvelle");
    }
    if vkey::parse(log_vkey).is_none_or(|key| key.name != origin) {
        return refused("sa clé ne porte pas le nom de son origine");
    }
    if vkey::parse(log_vkey).map(|key| key.public)
        == vkey::parse(&fact.book.log_vkey).map(|key| key.public)
    {
        return refused("la nouvelle clé est celle de l’ancien journal");
    }
    if size.get() == 0 || !vkey::is_hash(root) {
        return refused(
            "son dernier point de contrôle a au moins une feuille, et une racine de 32 octets",
        );
    }
    Ok(())
}

/// `host/path`: no scheme, no space, no `+`, as the names of keys that it begins ask.
fn origin_is_sound(origin: &str) -> bool {
    let Some((host, path)) = origin.split_once('/') else { return false };
    let host_is_sound = !host.is_empty()
        && host.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
    let segment_is_sound = |segment: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        !segment.is_empty() && segment.bytes().all(plain)
    };
    origin.len() <= ORIGIN_MAX && host_is_sound && path.split('/').all(segment_is_sound)
}

fn check_threshold(fact: &BookOpened) -> Result<(), Refusal> {
    if fact.admins.len() > ADMINS_MAX {
        return Err(Refusal::TooManyAdmins { given: fact.admins.len(), max: ADMINS_MAX });
    }
    // As everywhere later, holders count and not their keys.
    let (threshold, admins) = (fact.threshold.get(), holders(&fact.admins));
    let reachable = usize::try_from(threshold).is_ok_and(|threshold| threshold <= admins);
    if threshold < THRESHOLD_MIN || !reachable {
        return Err(Refusal::Threshold { threshold, admins, least: THRESHOLD_MIN });
    }
    Ok(())
}

fn check_admins(log_key: vkey::Vkey, origin: &str, admins: &[AdminKey]) -> Result<(), Refusal> {
    let mut known = vec![log_key];
    for admin in admins {
        check_text("fonction", &admin.holder, HOLDER_MAX)?;
        let key = key_under(origin, &admin.vkey)?;
        check_new(key, known.iter().copied())?;
        known.push(key);
    }
    Ok(())
}

/// Checks a key to enrol: its form, its name, and that neither name nor key was ever used.
///
/// # Errors
/// The first [`Refusal`] met.
pub fn check_key_enrolled(authority: &Authority, fact: &KeyEnrolled) -> Result<(), Refusal> {
    let opened = authority.opened().ok_or(Refusal::NotOpened)?;
    check_text("fonction", &fact.holder, HOLDER_MAX)?;
    let key = key_under(&opened.origin, &fact.vkey)?;
    check_never_used(authority, key)
}

/// Neither the name nor the key was ever an office's; nor was the key ever the log's.
pub(super) fn check_never_used(authority: &Authority, key: vkey::Vkey) -> Result<(), Refusal> {
    let enrolled = authority.keys().map(|record| record.vkey.as_str());
    let known = enrolled.chain(authority.log_keys().map(|log| log.vkey.as_str()));
    check_new(key, known.filter_map(vkey::parse))
}

/// Checks the end of a key: it exists, may still sign, and enough administrators remain.
///
/// # Errors
/// The first [`Refusal`] met.
pub fn check_key_revoked(authority: &Authority, fact: &KeyRevoked) -> Result<(), Refusal> {
    check_text("motif", &fact.reason, REASON_MAX)?;
    let key = known(authority, &fact.key_name)?;
    if let Some(at) = key.revoked {
        return Err(Refusal::AlreadyRevoked { name: key.name.clone(), at });
    }
    // Holders, not keys: one who keeps a second key on paper is still there.
    let left = authority.admins_without(&fact.key_name);
    let threshold = authority.threshold();
    let enough = usize::try_from(threshold).is_ok_and(|threshold| left >= threshold);
    if key.role == Role::Admin && !enough {
        return Err(Refusal::TooFewAdminsLeft { left, threshold });
    }
    Ok(())
}

/// The key of that name, revoked or not.
pub(super) fn known<'a>(
    authority: &'a Authority,
    name: &str,
) -> Result<&'a super::KeyRecord, Refusal> {
    let unknown = || Refusal::UnknownKey(name.chars().take(ORIGIN_MAX * 2).collect());
    authority.opened().ok_or(Refusal::NotOpened)?;
    authority.key(name).ok_or_else(unknown)
}

pub(super) fn parsed(text: &str) -> Result<vkey::Vkey<'_>, Refusal> {
    vkey::parse(text).ok_or_else(|| Refusal::Vkey(text.chars().take(ORIGIN_MAX).collect()))
}

pub(super) fn key_under<'a>(origin: &str, text: &'a str) -> Result<vkey::Vkey<'a>, Refusal> {
    let key = parsed(text)?;
    if vkey::office(key.name, origin).is_none() {
        let (name, origin) = (key.name.to_owned(), origin.to_owned());
        return Err(Refusal::KeyName { name, origin });
    }
    Ok(key)
}

/// A name is never used again, even once revoked: a signature must say for ever who signed.
fn check_new<'a>(
    key: vkey::Vkey,
    known: impl Iterator<Item = vkey::Vkey<'a>>,
) -> Result<(), Refusal> {
    for other in known {
        if other.name == key.name {
            return Err(Refusal::KnownName(key.name.to_owned()));
        }
        if other.public == key.public {
            let (name, known_as) = (key.name.to_owned(), other.name.to_owned());
            return Err(Refusal::KnownPublicKey { name, known_as });
        }
    }
    Ok(())
}

pub(super) fn check_text(field: &'static str, text: &str, max: usize) -> Result<(), Refusal> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > max || text.chars().any(char::is_control) {
        return Err(Refusal::Text { field, length, max });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
