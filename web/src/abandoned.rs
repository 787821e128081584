//! What nobody signed in time, or gave up: its personal values leave the vault before the texts that
//! name them are swept.

use std::collections::{BTreeMap, BTreeSet};

use ledger::event::Event;
use ledger::registrar::Abandoned;
use ledger::store::Failure;
use serde::Deserialize;

use crate::Shared;
use crate::error::Result;
use crate::signing::{SIGNED_BY_OFFICES, SUBSCRIPTION};
use crate::subscribing::events;

/// Of whatever waits for a signature, its texts.
#[derive(Deserialize)]
struct Texts {
    texts: Vec<String>,
}

/// The digests that texts list, by owner; an owner may have values that no text lists.
type Owners = BTreeMap<String, BTreeSet<String>>;

/// Erases from the vault what drafts that are over have left in it. Says whether that is done: else the
/// drafts must stay, since they alone know whose values these are.
pub(crate) async fn forget(shared: &Shared, now_ms: i64) -> Result<bool> {
    let _alone = shared.sealing.write().await;
    let (mut over, mut alive) = (Owners::new(), Owners::new());
    for kind in SIGNED_BY_OFFICES.into_iter().chain([SUBSCRIPTION]) {
        for draft in shared.registrar.store().drafts_of_kind(kind).await? {
            let owners = if draft.expires_ms > now_ms { &mut alive } else { &mut over };
            let kept: Texts = serde_json::from_str(&draft.payload)?;
            for (owner, digests) in events(&kept.texts)?.iter().filter_map(sealed) {
                owners.entry(owner.to_owned()).or_default().extend(digests.iter().cloned());
            }
        }
    }
    let abandoned = |(owner, digests): (String, BTreeSet<String>)| {
        let spoken = alive.get(&owner);
        let listed = |digest: &String| spoken.is_some_and(|digests| digests.contains(digest));
        let digests = digests.into_iter().filter(|digest| !listed(digest)).collect();
        Abandoned { spoken_of: spoken.is_some(), owner, digests }
    };
    let abandoned: Vec<Abandoned> = over.into_iter().map(abandoned).collect();
    match shared.registrar.forget(&abandoned).await {
        Ok(erased) => Ok(erased.is_some()),
        // Somebody's reading is in the way: it is no visitor's matter.
        Err(failure @ Failure::ErasureIncomplete(_)) => {
            tracing::warn!(%failure, "what nobody signed is not erased to the last byte yet");
            Ok(false)
        }
        Err(failure) => Err(failure.into()),
    }
}

/// Whose values went to the vault before that fact was signed, and the digests that it lists.
fn sealed(event: &Event) -> Option<(&str, &[String])> {
    match event {
        Event::MemberApplied(fact) => Some((fact.member.as_str(), &fact.sd)),
        // The evidence of the form; no text lists it.
        Event::SharesSubscribed(fact) => Some((fact.member.as_str(), &[])),
        Event::LineRecorded(fact) => Some((fact.line.as_str(), &fact.sd)),
        _ => None,
    }
}
