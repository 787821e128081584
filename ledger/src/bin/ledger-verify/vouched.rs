//! Who vouches for a log besides itself, by the policy of who asks.

use std::path::Path;

use ledger::audit::{LogSource, SourceError, Trusted};
use ledger::log::policy::{Cosigned, PolicyError};
use ledger::log::{Checkpoint, Note, Policy, TileId, VerifierKey, Witnessed, cosignature};
use ledger::registrar::witness::read_policy;

use crate::nothing_verified;
use crate::source::Source;

/// Reads the policy that was given.
pub(crate) fn policy(file: Option<&Path>) -> Result<Option<Policy>, String> {
    let read = file.map(|file| read_policy(Path::new(""), Some(file.to_owned())));
    read.transpose().map_err(|error| nothing_verified(&error))
}

/// What the witnesses of a policy say of one checkpoint note, which these keys of the log signed: the
/// policy names one of them, or no log at all.
///
/// The outer error says that the note is false; the inner one that it is not witnessed enough.
pub(crate) fn witnessed(
    policy: Option<&Policy>,
    note: &[u8],
    signers: &[VerifierKey],
) -> Result<Result<Vec<Cosigned>, String>, String> {
    let Some(policy) = policy else { return Ok(Ok(Vec::new())) };
    if !policy.logs().is_empty() && !policy.logs().iter().any(|log| signers.contains(&log.key)) {
        let signers: Vec<String> = signers.iter().map(VerifierKey::to_string).collect();
        let signers = signers.join(", ");
        return Err(format!("NON CONFORME : la politique ne nomme pas le journal {signers}"));
    }
    let note = Note::parse(note).map_err(|error| format!("NON CONFORME : {error}"))?;
    match policy.evaluate(&note) {
        Ok(Witnessed::None) => Ok(Ok(Vec::new())),
        Ok(Witnessed::By(by)) => Ok(Ok(by)),
        Err(PolicyError::NotReached(quorum)) => {
            let some = policy.cosigned(&note).unwrap_or_default();
            let some = if some.is_empty() { "personne".into() } else { named(&some) };
            Ok(Err(format!("quorum « {quorum} » non atteint ; ont cosigné : {some}")))
        }
        Err(error) => Err(format!("NON CONFORME : cosignature fausse : {error}")),
    }
}

/// `« controle » (2026-03-01T12:00:00.000Z)`, joined by commas.
pub(crate) fn named(by: &[Cosigned]) -> String {
    let name = |one: &Cosigned| format!("« {} » ({})", one.witness, cosignature::instant(one.time));
    by.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// What is said where nobody is asked for.
pub(crate) fn nobody(policy: Option<&Policy>) -> &'static str {
    match policy {
        Some(_) => "  NON TÉMOIGNÉ : la politique donnée ne demande aucun témoin (quorum none)\n",
        None => "  NON TÉMOIGNÉ : sans politique (--policy), aucune cosignature n’est vérifiée\n",
    }
}

/// A source whose latest checkpoint is read once, with the largest one that witnesses vouch for.
pub(crate) struct Watched<'a> {
    source: &'a Source,
    latest: Vec<u8>,
    witnessed: Option<Vec<u8>>,
}

impl<'a> Watched<'a> {
    /// Reads both; the witnessed one first, since the log may grow meanwhile.
    pub(crate) fn read(source: &'a Source, policy: Option<&Policy>) -> Result<Self, SourceError> {
        let witnessed = match policy.filter(|policy| policy.asks_for_witnesses()) {
            Some(policy) => source.witnessed(policy)?,
            None => None,
        };
        Ok(Self { source, latest: source.checkpoint()?, witnessed })
    }

    /// Who vouches for it, once the audit has bound both checkpoints to the leaves.
    ///
    /// The outer error says that something is false; the inner one that the policy is not met.
    pub(crate) fn verdict(
        &self,
        policy: Option<&Policy>,
        log: &Trusted,
    ) -> Result<Result<String, String>, String> {
        let not_met = match witnessed(policy, &self.latest, &log.signers(&self.latest))? {
            Ok(by) if by.is_empty() => return Ok(Ok(nobody(policy).to_owned())),
            Ok(by) => return Ok(Ok(format!("  TÉMOIGNÉ par {}\n", named(&by)))),
            Err(why) => why,
        };
        if let Some(note) = &self.witnessed
            && let Ok(by) = witnessed(policy, note, &log.signers(note))?
        {
            let (seen, all) = (size(note), size(&self.latest));
            return Ok(Ok(format!(
                "  TÉMOIGNÉ jusqu’à la taille {seen} par {}\n  note : les {} feuilles suivantes ne le sont pas \
                 encore\n",
                named(&by),
                all.saturating_sub(seen)
            )));
        }
        Ok(Err(format!("  NON TÉMOIGNÉ : {not_met}\n")))
    }
}

fn size(note: &[u8]) -> u64 {
    Checkpoint::claimed(note).map_or(0, |checkpoint| checkpoint.size)
}

impl LogSource for Watched<'_> {
    fn checkpoint(&self) -> Result<Vec<u8>, SourceError> {
        Ok(self.latest.clone())
    }

    fn stored_size(&self) -> Result<Option<u64>, SourceError> {
        self.source.stored_size()
    }

    fn leaves(&self, from: u64, to: u64) -> Result<Vec<Vec<u8>>, SourceError> {
        self.source.leaves(from, to)
    }

    fn tile(&self, id: TileId, width: u16) -> Result<Vec<u8>, SourceError> {
        self.source.tile(id, width)
    }

    fn earlier_checkpoints(&self) -> Result<Vec<Vec<u8>>, SourceError> {
        let mut earlier = self.source.earlier_checkpoints()?;
        earlier.extend(self.witnessed.clone());
        Ok(earlier)
    }
}
