//! What a story can do about keys once they are enrolled: replace, doubt, review, and the log's own.

use ledger::authority::{
    ChangeThreshold, Finding, ReviewLeaves, Role, RotateKey, RotateLogKey, SuspectKey,
};
use ledger::base::{Count, LeafIndex};
use ledger::command::Command;
use ledger::log::SigningKey;

use super::acts::Build;
use super::sentence::{self, Said, signers};
use super::world::{Act, Asked, World};
use crate::ORIGIN;

/// The sentences about keys.
pub(super) const FORMS: &[(&str, Build)] = &[
    ("les administrateurs remplacent la clé « {} » par « {} »{,}", rotate),
    ("les administrateurs mettent en doute la clé « {} » depuis la feuille {}", suspect),
    ("{} revoient les feuilles « {} » et les disent {}{,}", review),
    ("les administrateurs décident d’être {} à signer{,}", threshold),
    ("le signataire reçoit une nouvelle clé du journal", |_, _| Ok(Act::NextLogKey)),
    (
        "les administrateurs donnent au journal sa nouvelle clé, les deux signant {} feuilles",
        log_key,
    ),
];

/// Who signs as administrator: two of them, unless the story says otherwise.
pub(super) fn administrators(said: &mut Said) -> Vec<&'static str> {
    if said.clause("signée par admin-2 et admin-3").is_some() {
        vec!["admin-2", "admin-3"]
    } else if said.clause("signée par les trois").is_some() {
        vec!["admin-1", "admin-2", "admin-3"]
    } else if said.clause("signée par admin-1 et sa clé de secours").is_some() {
        vec!["admin-1", "secours-1"]
    } else if said.clause("signée par admin-2 et la clé de secours de admin-1").is_some() {
        vec!["admin-2", "secours-1"]
    } else {
        vec!["admin-1", "admin-2"]
    }
}

fn rotate(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let (old, new) = (said.next(), said.next());
    let key = world.new_signer(&new);
    let ask = RotateKey { key_name: format!("{ORIGIN}/k/{old}"), vkey: key.vkey() };
    let mut keys = vec![key];
    if said.clause("sans la signature de l’ancienne").is_none() {
        keys.push(world.signer(&old)?);
    }
    for name in administrators(said).into_iter().filter(|name| *name != old) {
        keys.push(world.signer(name)?);
    }
    let command = Command::RotateKey(ask);
    Ok(Act::Submit(vec![Asked { command, private: Vec::new(), keys }]))
}

fn suspect(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let key_name = format!("{ORIGIN}/k/{}", said.next());
    let suspect_from = LeafIndex::new(said.number()?);
    let ask = SuspectKey { key_name, reason: "appareil volé".into(), suspect_from };
    world.asked(Command::SuspectKey(ask), &["admin-1", "admin-2"])
}

fn review(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let signers = signers(&said.next());
    let listed = said.next();
    let leaves: Result<Vec<_>, _> = listed
        .split([',', ' '])
        .filter(|word| !word.is_empty() && *word != "et")
        .map(|word| sentence::number(word).map(LeafIndex::new))
        .collect();
    let finding = match said.next().as_str() {
        "confirmées" => Finding::Confirmed,
        "non reconnues" => Finding::Disowned,
        other => return Err(format!("« {other} » is no finding")),
    };
    let by = match said.clause("comme administrateurs") {
        Some(_) => Role::Admin,
        None if said.clause("comme guichet").is_some() => Role::Desk,
        None => Role::Officer,
    };
    let note = "relues avec la personne qui tient la fonction".to_owned();
    let ask = ReviewLeaves { by, finding, leaves: leaves?, note };
    let signers: Vec<&str> = signers.iter().map(String::as_str).collect();
    world.asked(Command::ReviewLeaves(ask), &signers)
}

fn threshold(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let threshold = Count::new(said.number()?);
    let signers = administrators(said);
    world.asked(Command::ChangeThreshold(ChangeThreshold { threshold }), &signers)
}

fn log_key(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let both_for = Count::new(said.number()?);
    let log_vkey = next_log_key()?.vkey();
    let ask = RotateLogKey { both_for, log_vkey };
    world.asked(Command::RotateLogKey(ask), &["admin-1", "admin-2"])
}

/// The key that the log of a story takes next.
pub(super) fn next_log_key() -> Result<SigningKey, String> {
    SigningKey::generate(ORIGIN, [123; 32]).map_err(|error| error.to_string())
}
