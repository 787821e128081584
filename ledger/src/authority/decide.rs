//! Rules of the opening and of keys: who is named, under which names, and that somebody can sign.

use super::{
    AdminKey, Authority, BookOpened, EnrolKey, KeyEnrolled, KeyRevoked, OpenBook, Refusal,
    RevokeKey, Role, vkey,
};
use crate::base::Day;
use crate::bylaws;

/// The format of facts that this version writes and reads.
const FORMAT: &str = "1";
/// The fewest administrators who sign an enrolment: one alone could do anything unseen.
const THRESHOLD_MIN: u32 = 2;
/// The most administrators: as many signatures as a leaf carries.
const ADMINS_MAX: usize = 16;
/// The longest label of an office, in characters.
const HOLDER_MAX: usize = 60;
/// The longest reason of a revocation, in characters.
const REASON_MAX: usize = 160;
/// The longest origin: with a key's name it stays in a line that people can read.
const ORIGIN_MAX: usize = 120;

/// The fact that opening the book brings about.
pub fn open_book(ask: OpenBook) -> BookOpened {
    BookOpened {
        admins: ask.admins,
        bylaws: ask.bylaws,
        charter_sha256: ask.charter_sha256,
        format: FORMAT.into(),
        log_vkey: ask.log_vkey,
        origin: ask.origin,
        threshold: ask.threshold,
    }
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
    let (threshold, admins) = (fact.threshold.get(), fact.admins.len());
    if admins > ADMINS_MAX {
        return Err(Refusal::TooManyAdmins { given: admins, max: ADMINS_MAX });
    }
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
    let enrolled = authority.keys().map(|record| record.vkey.as_str());
    let known = enrolled.chain([opened.log_vkey.as_str()]);
    check_new(key, known.filter_map(vkey::parse))
}

/// Checks the end of a key: it exists, may still sign, and enough administrators remain.
///
/// # Errors
/// The first [`Refusal`] met.
pub fn check_key_revoked(authority: &Authority, fact: &KeyRevoked) -> Result<(), Refusal> {
    let opened = authority.opened().ok_or(Refusal::NotOpened)?;
    check_text("motif", &fact.reason, REASON_MAX)?;
    let unknown = || Refusal::UnknownKey(fact.key_name.chars().take(ORIGIN_MAX * 2).collect());
    let key = authority.key(&fact.key_name).ok_or_else(unknown)?;
    if let Some(at) = key.revoked {
        return Err(Refusal::AlreadyRevoked { name: key.name.clone(), at });
    }
    let left = authority.in_office(Role::Admin).saturating_sub(1);
    let threshold = opened.threshold.get();
    let enough = usize::try_from(threshold).is_ok_and(|threshold| left >= threshold);
    if key.role == Role::Admin && !enough {
        return Err(Refusal::TooFewAdminsLeft { left, threshold });
    }
    Ok(())
}

fn parsed(text: &str) -> Result<vkey::Vkey<'_>, Refusal> {
    vkey::parse(text).ok_or_else(|| Refusal::Vkey(text.chars().take(ORIGIN_MAX).collect()))
}

fn key_under<'a>(origin: &str, text: &'a str) -> Result<vkey::Vkey<'a>, Refusal> {
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

fn check_text(field: &'static str, text: &str, max: usize) -> Result<(), Refusal> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > max || text.chars().any(char::is_control) {
        return Err(Refusal::Text { field, length, max });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
