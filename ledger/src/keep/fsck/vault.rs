//! The vault against the log: every key and value opens, nobody who is erased is in it.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::tree::Walked;
use super::{Checked, Cure, passed};
use crate::registrar::erase::Gone;
use crate::registrar::vault::{check_key, check_value};
use crate::store::{Failure, SealedValue, Store};

/// Rows read at a time: a value may be large.
const ROWS: usize = 64;

/// Checks every row of the vault.
pub(super) async fn check(
    store: &Store,
    vault_key: Option<&[u8; 32]>,
    walked: &Walked,
    checked: &mut Checked,
) -> Result<(), Failure> {
    if !store.has_vault() {
        checked.notes.push("le coffre n’est pas là : il n’a pas été vérifié".to_owned());
        return Ok(());
    }
    if vault_key.is_none() {
        let note = "la clé du coffre n’est pas là : ses valeurs ont été comptées, pas ouvertes";
        checked.notes.push(note.to_owned());
    }
    let gone =
        if walked.is_whole() { Some(Gone::of(&walked.replay.state().registers)) } else { None };
    let keys = keys(store, vault_key, checked).await?;
    let mut left = digests(walked);
    let (mut after, mut unknown) = (String::new(), 0_u64);
    loop {
        let values = match passed(store.private_values_after(&after, ROWS).await)? {
            Ok(values) => values,
            Err(why) => {
                checked.fault(format!("coffre : {why}"), Cure::Vault);
                break;
            }
        };
        let Some(last) = values.last() else { break };
        after.clone_from(&last.digest);
        for value in &values {
            checked.values = checked.values.saturating_add(1);
            if left.remove(&value.digest).is_none() {
                unknown = unknown.saturating_add(1);
            }
            check_one(value, &keys, gone.as_ref(), checked);
        }
    }
    if let Some(gone) = &gone {
        for owner in keys.keys().filter(|owner| gone.owners.contains(owner)) {
            checked
                .fault(format!("coffre : la clé de {owner}, qui est effacé, est là"), Cure::Start);
        }
        if unknown > 0 {
            checked.notes.push(format!(
                "{unknown} valeurs du coffre ne sont d’aucune feuille : des brouillons, ou des envois refusés"
            ));
        }
        left.retain(|digest, owner| !gone.digests.contains(digest) && !gone.owners.contains(owner));
        missing(store, walked.size, &left, checked).await?;
    }
    Ok(())
}

/// Names those whose values the leaves cite, whom no leaf erases, and who lack some of them.
async fn missing(
    store: &Store,
    size: u64,
    left: &BTreeMap<String, String>,
    checked: &mut Checked,
) -> Result<(), Failure> {
    let mut lacking: BTreeMap<&str, u64> = BTreeMap::new();
    for owner in left.values() {
        let count = lacking.entry(owner).or_default();
        *count = count.saturating_add(1);
    }
    // An erasure writes its leaf first: without a new leaf, nobody was erased while the vault was read.
    let grown = !lacking.is_empty() && passed(store.head().await)?.is_ok_and(|h| h.size != size);
    if grown {
        let note = "le livre a grandi pendant la vérification : ce qui manque au coffre n’est pas jugé ; \
                    recommencez";
        checked.notes.push(note.to_owned());
        return Ok(());
    }
    for (owner, count) in lacking {
        let what =
            format!("coffre : {count} valeurs de {owner}, qui n’est pas effacé, n’y sont pas");
        checked.fault(what, Cure::Values);
    }
    Ok(())
}

type DataKeys = BTreeMap<String, Option<Zeroizing<[u8; 32]>>>;

/// The owners of the vault, and their keys when they open.
async fn keys(
    store: &Store,
    vault_key: Option<&[u8; 32]>,
    checked: &mut Checked,
) -> Result<DataKeys, Failure> {
    let (mut all, mut after) = (DataKeys::new(), String::new());
    loop {
        let keys = match passed(store.private_keys_after(&after, ROWS).await)? {
            Ok(keys) => keys,
            Err(why) => {
                checked.fault(format!("coffre : {why}"), Cure::Vault);
                return Ok(all);
            }
        };
        let Some(last) = keys.last() else { return Ok(all) };
        after.clone_from(&last.owner);
        for key in keys {
            let opened = vault_key.map(|master| check_key(master, &key));
            if let Some(Err(_)) = &opened {
                let what = format!("coffre : la clé de {} ne s’ouvre pas", key.owner);
                checked.fault(what, Cure::Vault);
            }
            all.insert(key.owner, opened.and_then(Result::ok));
        }
    }
}

fn check_one(value: &SealedValue, keys: &DataKeys, gone: Option<&Gone>, checked: &mut Checked) {
    let SealedValue { digest, owner, .. } = value;
    match keys.get(owner) {
        None => {
            let what = format!("coffre : la valeur {digest} est à {owner}, qui n’a pas de clé");
            checked.fault(what, Cure::Vault);
        }
        Some(Some(key)) if check_value(key, value).is_err() => {
            let what = format!(
                "coffre : la valeur {digest} de {owner} ne s’ouvre pas, ou en est une autre"
            );
            checked.fault(what, Cure::Vault);
        }
        // Not opened: without the vault's key, or under a key that is a fault already.
        Some(_) => {}
    }
    if gone.is_some_and(|gone| gone.owners.contains(owner) || gone.digests.contains(digest)) {
        checked
            .fault(format!("coffre : la valeur {digest} est effacée, et elle est là"), Cure::Start);
    }
}

/// The digests that the folded leaves name, and whose each is.
fn digests(walked: &Walked) -> BTreeMap<String, String> {
    let registers = &walked.replay.state().registers;
    let members = registers.members.iter().filter(|member| !member.is_erased());
    let members = members.flat_map(|member| of(member.member.as_str(), &member.sd));
    let lines = registers.treasury.lines();
    let lines = lines.flat_map(|line| of(line.fact.line.as_str(), &line.fact.sd));
    members.chain(lines).collect()
}

fn of(owner: &str, digests: &[String]) -> impl Iterator<Item = (String, String)> {
    digests.iter().map(move |digest| (digest.clone(), owner.to_owned()))
}
