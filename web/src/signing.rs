//! What waits for a signature: texts kept in the store until enough keys have signed them.
//!
//! Texts only: personal values went to the vault before (R78). A signature is checked when it
//! arrives; the registrar checks everything again when the leaf is submitted.

mod kept;

use std::sync::Arc;

use axum::response::Redirect;
use ledger::authority::Role;
use ledger::command::Command;
use ledger::log::{Leaf, LeafContent, Signature, VerifierKey};
use ledger::refusal::Refusal;
use ledger::registrar::{Draft, PrivateValue, Receipt, Signed};
use ledger::store::DraftPut;
use serde::{Deserialize, Serialize};

use crate::Shared;
use crate::access::Visitor;
use crate::error::{PageError, Result};

pub(crate) use kept::{all_kept, give_up, keep, keep_again, kept, until, waiting};
use kept::{put, written};

/// An act of one office that waits for its signature.
pub(crate) const ACT: &str = "act";
/// A decision that several officers sign.
pub(crate) const DECISION: &str = "decision";
/// An enrolment or a revocation of a key, which administrators sign.
pub(crate) const KEY: &str = "key";
/// What is signed on `/signer/{draft}`.
pub(crate) const SIGNED_BY_OFFICES: [&str; 3] = [ACT, DECISION, KEY];
/// A subscription that its subscriber has not signed yet.
pub(crate) const SUBSCRIPTION: &str = "subscription";
/// A person's request to be erased.
pub(crate) const ERASURE: &str = "erasure";
/// A challenge for a sign-in.
pub(crate) const CHALLENGE: &str = "challenge";

/// How long an office's act waits, in milliseconds: as long as a leaf may wait for signatures.
const ACT_MS: i64 = 7 * 24 * 3_600_000;
/// How long a request to enrol a key waits for that key's own signature, in milliseconds.
const UNPROVED_MS: i64 = 3_600_000;
/// The most requests to enrol a key that wait at once: anybody may make one.
const REQUESTS_MAX: usize = 20;

/// Texts that offices sign, and the signatures so far.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// What is done, in a few words.
    pub(crate) title: String,
    /// The texts to sign.
    pub(crate) texts: Vec<String>,
    /// The signature lines of each text.
    signatures: Vec<Vec<String>>,
    /// Whose signatures count.
    pub(crate) roles: Vec<Role>,
    /// How many.
    pub(crate) count: u32,
    /// The key of the office that prepared it.
    pub(crate) by: String,
    /// Where to go once it is done.
    pub(crate) next: String,
    /// The key that the fact itself presents: it signs too, and holds no office yet.
    pub(crate) own: Option<String>,
    /// The key that the fact replaces: it signs too.
    #[serde(default)]
    pub(crate) replaced: Option<Replaced>,
}

/// A key that another takes the place of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Replaced {
    /// Its name.
    pub(crate) name: String,
    /// Whether its signature counts among those of the offices asked.
    pub(crate) counts: bool,
}

impl Pending {
    /// The names of the keys that have signed.
    pub(crate) fn signers(&self) -> Vec<String> {
        let first = self.signatures.first().into_iter().flatten();
        first.filter_map(|line| Signature::parse(line).ok()).map(|read| read.name).collect()
    }

    /// How many signatures are missing.
    pub(crate) fn missing(&self) -> usize {
        let signers = self.signers();
        let replaced = self.replaced.as_ref();
        let silent = replaced.is_some_and(|key| !signers.contains(&key.name));
        let counts = replaced.is_some_and(|key| key.counts);
        let besides = |name: &String| {
            Some(name.as_str()) == self.own_name()
                || replaced.is_some_and(|key| !key.counts && key.name == *name)
        };
        let offices = signers.iter().filter(|name| !besides(name)).count();
        let asked = usize::try_from(self.count).unwrap_or(usize::MAX).saturating_sub(offices);
        // The signature of a key that counts fills a place that is empty anyway, if there is one.
        let place = usize::from(silent && (!counts || asked == 0));
        asked.saturating_add(place).saturating_add(usize::from(!self.is_proved()))
    }

    /// Whether that key signs because it is replaced, whatever its role.
    pub(crate) fn replaces(&self, name: &str) -> bool {
        self.replaced.as_ref().is_some_and(|key| key.name == name)
    }

    /// Whether the key that the fact presents has signed, where there is one.
    pub(crate) fn is_proved(&self) -> bool {
        self.own_name().is_none_or(|own| self.signers().iter().any(|name| name == own))
    }

    fn own_name(&self) -> Option<&str> {
        self.own.as_deref().and_then(|vkey| vkey.split('+').next())
    }

    /// Adds an office's signatures, one for each text.
    ///
    /// # Errors
    /// [`PageError::Refused`] when one is missing, by another key, or does not hold.
    pub(crate) fn add(&mut self, lines: &str, key: &VerifierKey) -> Result<()> {
        let read = read_signatures(&self.texts, lines, key)?;
        for (signatures, line) in self.signatures.iter_mut().zip(read) {
            signatures.retain(|known| {
                Signature::parse(known).is_ok_and(|signature| !signature.is_by(key))
            });
            signatures.push(line.to_string());
        }
        Ok(())
    }

    fn leaves(&self) -> Result<Vec<Vec<u8>>> {
        let mut leaves = Vec::new();
        for (text, lines) in self.texts.iter().zip(&self.signatures) {
            let signatures: Result<Vec<_>, _> =
                lines.iter().map(|line| Signature::parse(line)).collect();
            let signatures =
                signatures.map_err(|error| PageError::failed("a stored signature", &error))?;
            leaves.push(Leaf::assemble(text.clone(), signatures));
        }
        Ok(leaves)
    }
}

/// Reads one signature line a text, all by `key`, and verifies them.
///
/// # Errors
/// [`PageError::Refused`].
pub(crate) fn read_signatures(
    texts: &[String],
    lines: &str,
    key: &VerifierKey,
) -> Result<Vec<Signature>> {
    let refused = |why: &str| {
        let remedy = "Rechargez la page et signez de nouveau avec la clé attendue.";
        PageError::refused("La signature est refusée.", why, remedy)
    };
    let lines: Vec<&str> = lines.lines().filter(|line| !line.is_empty()).collect();
    if lines.len() != texts.len() {
        return Err(refused("Il faut une signature pour chaque texte."));
    }
    let mut read = Vec::new();
    for (text, line) in texts.iter().zip(lines) {
        let signature =
            Signature::parse(line).map_err(|_| refused("Une ligne n’est pas une signature."))?;
        if !signature.is_by(key) {
            return Err(refused(&format!("Elle n’est pas de la clé « {} ».", key.name())));
        }
        if key.verify_strict(text.as_bytes(), &signature.blob).is_err() {
            return Err(refused("Elle ne correspond pas au texte affiché."));
        }
        read.push(signature);
    }
    Ok(read)
}

/// Asks the book for the texts of a command and keeps them for signature; the answer is the page
/// where the office signs.
///
/// # Errors
/// The rule's refusal first, for the form to show; [`PageError`] inside when the world fails.
pub(crate) async fn prepare(
    shared: &Arc<Shared>,
    visitor: &Visitor,
    title: &str,
    command: Command,
    (private, next): (Vec<PrivateValue>, &str),
) -> Result<Result<Redirect, Refusal>> {
    match shared.registrar.draft(command, private) {
        Ok(draft) => {
            let id = keep_act(shared, visitor, title, (draft, next)).await?;
            Ok(Ok(Redirect::to(&format!("/signer/{id}"))))
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Keeps the texts of a draft for the offices' signatures, and gives their reference.
pub(crate) async fn keep_act(
    shared: &Shared,
    visitor: &Visitor,
    title: &str,
    (draft, next): (Draft, &str),
) -> Result<String> {
    let private = draft.private.clone();
    let pending = pending(visitor.office()?, title, draft, next);
    // An act that is refused for its length leaves nothing in the vault.
    written(&pending)?;
    let _alone = shared.sealing.read().await;
    shared.registrar.keep_private(&private).await?;
    let kind = match pending.count {
        _ if pending.roles.contains(&Role::Admin) => KEY,
        0 | 1 => ACT,
        _ => DECISION,
    };
    keep(shared, kind, &pending, ACT_MS).await
}

/// Keeps a request to enrol `key`, or to put it in the place of another, for that key's own signature
/// first: made by anybody, so few wait.
///
/// # Errors
/// [`PageError::Refused`] when too many wait already.
pub(crate) async fn keep_request(
    shared: &Shared,
    title: &str,
    draft: Draft,
    (key, replaced): (&VerifierKey, Option<Replaced>),
) -> Result<String> {
    let requests = waiting(shared, KEY).await?;
    if requests.iter().filter(|(_, pending)| pending.own.is_some()).count() >= REQUESTS_MAX {
        return Err(PageError::refused(
            "La demande n’est pas gardée.",
            &format!("{REQUESTS_MAX} demandes attendent déjà les administrateurs."),
            "Demandez-leur d’en signer ou d’en écarter, puis recommencez.",
        ));
    }
    let mut pending = pending(key.name(), title, draft, "/administration");
    pending.own = Some(key.to_string());
    pending.replaced = replaced;
    keep(shared, KEY, &pending, UNPROVED_MS).await
}

fn pending(by: &str, title: &str, draft: Draft, next: &str) -> Pending {
    let mut roles: Vec<Role> = draft.asked.first().map_or_else(Vec::new, |a| a.roles.clone());
    roles.retain(|role| draft.asked.iter().all(|asked| asked.roles.contains(role)));
    Pending {
        title: title.to_owned(),
        signatures: vec![Vec::new(); draft.texts.len()],
        count: draft.asked.iter().map(|asked| asked.count).max().unwrap_or(1),
        texts: draft.texts,
        roles,
        by: by.to_owned(),
        next: next.to_owned(),
        own: None,
        replaced: None,
    }
}

/// What became of a signature.
pub(crate) enum Outcome {
    /// It is in the log.
    Recorded(Receipt),
    /// More signatures are needed.
    Waiting(usize),
}

/// Adds a key's signatures to what waits; submits when there are enough.
///
/// # Errors
/// A refusal of the signature or of the rules; the draft is then as before.
pub(crate) async fn sign(
    shared: &Shared,
    id: &str,
    lines: &str,
    key: &VerifierKey,
) -> Result<(Pending, Outcome)> {
    let (mut pending, draft) = kept::<Pending>(shared, id, &SIGNED_BY_OFFICES).await?;
    let was_proved = pending.is_proved();
    pending.add(lines, key)?;
    let missing = pending.missing();
    if missing > 0 {
        // A request that its key has just signed waits for the offices as any other act.
        let more = if was_proved == pending.is_proved() { 0 } else { ACT_MS - UNPROVED_MS };
        let end = draft.expires_ms.saturating_add(more);
        let left = end.saturating_sub(shared.registrar.now_ms());
        let put = put(shared, (id, &draft.kind), &pending, (left, Some(draft.version))).await?;
        if put == DraftPut::Stale {
            return Err(PageError::refused(
                "La signature n’est pas gardée.",
                "Une autre signature est arrivée au même instant.",
                "Rechargez la page et signez de nouveau.",
            ));
        }
        return Ok((pending, Outcome::Waiting(missing)));
    }
    let signed = Signed { leaves: pending.leaves()?, private: Vec::new() };
    let receipt = shared.registrar.submit(signed).await?;
    shared.registrar.store().close_draft(id).await?;
    Ok((pending, Outcome::Recorded(receipt)))
}

/// The eight signs of a key's id, in two groups that can be read out.
pub(crate) fn key_id(vkey: &str) -> String {
    let id = vkey.split('+').nth(1).unwrap_or_default();
    id.split_at_checked(4).map_or_else(|| id.to_owned(), |(one, two)| format!("{one}\u{a0}{two}"))
}

/// The contents of texts that we drafted ourselves.
pub(crate) fn contents(texts: &[String]) -> Result<Vec<LeafContent>> {
    let read = |text: &String| {
        LeafContent::parse(text).map_err(|error| PageError::failed("a stored text", &error))
    };
    texts.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use ledger::log::SigningKey;

    use super::*;

    fn key(name: &str, seed: u8) -> (SigningKey, VerifierKey) {
        let key = SigningKey::generate(&format!("coop.example/livre/k/{name}"), [seed; 32]);
        let key = key.expect("a sound name");
        let public = VerifierKey::parse(&key.vkey()).expect("its own text");
        (key, public)
    }

    fn sign(pending: &mut Pending, (key, public): &(SigningKey, VerifierKey)) {
        let line = key.sign_text(&pending.texts[0]).expect("a text").to_string();
        pending.add(&line, public).expect("its own signature");
    }

    /// What a new key asks of two administrators.
    fn asked_by(new: &VerifierKey, replaced: Option<Replaced>) -> Pending {
        Pending {
            title: "Inscription".into(),
            texts: vec!["un texte\n".into()],
            signatures: vec![Vec::new()],
            roles: vec![Role::Admin],
            count: 2,
            by: new.name().into(),
            next: "/administration".into(),
            own: Some(new.to_string()),
            replaced,
        }
    }

    #[test]
    fn a_new_key_signs_its_request_and_counts_for_no_administrator() {
        let new = key("tresorerie-2", 1);
        let mut pending = asked_by(&new.1, None);
        assert_eq!((pending.missing(), pending.is_proved()), (3, false));
        sign(&mut pending, &key("administration-1", 2));
        sign(&mut pending, &key("administration-2", 3));
        assert_eq!((pending.missing(), pending.is_proved()), (1, false));
        sign(&mut pending, &new);
        sign(&mut pending, &new);
        assert_eq!((pending.missing(), pending.is_proved()), (0, true));
    }

    #[test]
    fn a_replaced_key_signs_too_and_counts_once_if_it_is_an_administrator_s() {
        let (new, old) = (key("bureau-2-bis", 1), key("bureau-2", 4));
        let other = [key("administration-1", 2), key("administration-2", 3)];
        for (counts, missing) in [(false, [4, 3, 2, 1]), (true, [3, 2, 1, 1])] {
            let replaced = Some(Replaced { name: old.1.name().into(), counts });
            let mut pending = asked_by(&new.1, replaced);
            let mut seen = vec![pending.missing()];
            for signer in [&new, &other[0], &other[1]] {
                sign(&mut pending, signer);
                seen.push(pending.missing());
            }
            assert_eq!(seen, missing, "counts: {counts}");
            sign(&mut pending, &old);
            assert_eq!(pending.missing(), 0);
        }
    }

    #[test]
    fn a_key_id_is_read_out_in_two_groups() {
        assert_eq!(key_id("coop.example/livre/k/a+d19ac5a5+AT3W"), "d19a\u{a0}c5a5");
        assert_eq!(key_id("no key"), "");
    }
}
