//! The document that results: a certificate rendered from the book, whose proof is inside it.

use ledger::base::CertificateRef;
use ledger::documents::{CertificateView, Holder, LotLine, attached_proof, certificate};
use ledger::event::Event;
use ledger::log::policy::Policy;
use ledger::log::{Checkpoint, Leaf, ProofFile, VerifierKey};
use ledger::members::Standing;
use ledger::shares::CertificateIssued;
use ledger::state::State;

use super::world::World;

/// Renders the certificate twice, takes the proof out of the PDF, and verifies it with the log's
/// public key alone: the leaf inside is the fact of this certificate.
pub(super) fn proves_itself(
    world: &World,
    name: &str,
    reference: &CertificateRef,
) -> Result<(), String> {
    let issued = world.see(|state| state.registers.shares.certificate(reference).cloned())?;
    let issued = issued.ok_or("no such certificate")?;
    let proof = world.proofs.get(&issued.stamp.index.get()).ok_or("no proof of its leaf")?;
    let vkey = world
        .see(|state| state.registers.authority.opened().map(|opened| opened.log_vkey.clone()))?;
    let key = VerifierKey::parse(&vkey.unwrap_or_default()).map_err(said)?;
    let view = world.see(|state| view(state, name, &issued.fact, proof, &key))??;
    let pdf = certificate(&view, &proof.to_bytes()).map_err(said)?;
    if certificate(&view, &proof.to_bytes()).map_err(said)? != pdf {
        return Err("two renderings of one certificate differ".into());
    }
    let inside = attached_proof(&pdf).map_err(said)?.ok_or("no proof in the PDF")?;
    let inside = ProofFile::parse(&inside).map_err(said)?;
    let (leaf, _) = inside.verify_leaf_inside(key.name(), &key, &Policy::none()).map_err(said)?;
    let content = Leaf::parse(leaf).map_err(said)?.content;
    match Event::from_parts(&content.kind, &content.body) {
        Ok(Event::CertificateIssued(fact)) if fact == issued.fact => Ok(()),
        other => Err(format!("the proof is about something else: {other:?}")),
    }
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn view(
    state: &State,
    name: &str,
    fact: &CertificateIssued,
    proof: &ProofFile,
    key: &VerifierKey,
) -> Result<CertificateView, String> {
    let (checkpoint, _) = Checkpoint::open(&proof.checkpoint, key).map_err(said)?;
    let bylaws = state.registers.authority.bylaws().ok_or("no bylaws")?;
    let member = state.registers.members.get(&fact.member).ok_or("no such member")?;
    let Standing::Admitted { category, college, .. } = &member.standing else {
        return Err("not a member".into());
    };
    let holding = state.registers.shares.holding(&fact.member).ok_or("nothing held")?;
    let lot = |lot: &ledger::shares::Lot| LotLine {
        count: lot.count,
        nominal: lot.nominal,
        on: lot.on,
        paid: lot.paid,
    };
    Ok(CertificateView {
        capital: state.registers.shares.capital().subscribed,
        capital_on: fact.on,
        category: bylaws.category(category).map(|row| row.label.clone()).unwrap_or_default(),
        certificate: fact.certificate.clone(),
        check_url: "https://livre.exemple.coop/verifier".into(),
        college: bylaws.college(college).map(|row| row.label.clone()).unwrap_or_default(),
        company: bylaws.company.clone(),
        count: fact.count,
        holder: Holder {
            kind: member.person.label().into(),
            lines: vec!["59000 Lille".into()],
            name: name.to_owned(),
        },
        leaf_index: ledger::base::LeafIndex::new(proof.index),
        lots: holding.lots.iter().filter(|of| of.on <= fact.on).map(lot).collect(),
        member: fact.member.clone(),
        nominal: fact.nominal,
        on: fact.on,
        origin: key.name().to_owned(),
        paid: fact.paid,
        root: checkpoint.root.to_base64(),
        tree_size: checkpoint.size,
        witnessed: false,
    })
}
