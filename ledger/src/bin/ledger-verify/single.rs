//! One proof, checked offline: what it establishes and who vouches for it.

use std::path::Path;

use ledger::log::leaf::format_instant;
use ledger::log::{Leaf, Policy, ProofFile, VerifierKey};

use crate::checkpoint::held;
use crate::{nothing_verified, vouched};

/// Checks a proof file, or the one inside a certificate.
pub(crate) fn proof(
    path: &Path,
    vkeys: &[String],
    policy: Option<&Path>,
) -> Result<String, String> {
    let keys: Result<Vec<_>, _> = vkeys.iter().map(|vkey| VerifierKey::parse(vkey)).collect();
    let keys = keys.map_err(|error| nothing_verified(&format!("clé --vkey : {error}")))?;
    let policy = vouched::policy(policy)?;
    let bytes = held(path).map_err(|error| nothing_verified(&error))?;
    let proof = ProofFile::parse(&bytes)
        .map_err(|error| nothing_verified(&format!("`{}` : {error}", path.display())))?;
    let (signers, words) = checked(&proof, &keys)?;
    match vouched::witnessed(policy.as_ref(), &proof.checkpoint, &signers)? {
        Ok(by) if by.is_empty() => Ok(words + vouched::nobody(policy.as_ref())),
        Ok(by) => Ok(words + &format!("  TÉMOIGNÉ par {}\n", vouched::named(&by))),
        Err(why) => Err(words + &format!("  NON TÉMOIGNÉ : {why}\n")),
    }
}

/// Those of the keys that signed it, and the report.
fn checked(proof: &ProofFile, keys: &[VerifierKey]) -> Result<(Vec<VerifierKey>, String), String> {
    // Witnesses apart: what they have not seen yet is a proof all the same, and told so.
    let verify = |key: &VerifierKey| proof.verify_leaf_inside(key.name(), key, &Policy::none());
    let signers: Vec<_> = keys.iter().filter(|key| verify(key).is_ok()).cloned().collect();
    let Some(held) = signers.first().or(keys.first()).map(verify) else {
        return Err("NON CONFORME : aucune clé".to_owned());
    };
    let (bytes, proven) = held.map_err(|error| format!("NON CONFORME : {error}"))?;
    let leaf = Leaf::parse(bytes).map_err(|error| format!("NON CONFORME : {error}"))?;
    let recorded = format_instant(leaf.content.recorded_ms).unwrap_or_default();
    let words = format!(
        "CONFORME\n  journal            {}\n  feuille            {}, {}, enregistrée le {recorded}\n  \
         point de contrôle  taille {}, racine {}\n  note : une preuve montre qu’une feuille est dans le \
         journal, non qu’aucune autre ne la change ensuite\n",
        proven.checkpoint.origin,
        proof.index,
        leaf.content.kind,
        proven.checkpoint.size,
        proven.checkpoint.root.to_base64(),
    );
    Ok((signers, words))
}
