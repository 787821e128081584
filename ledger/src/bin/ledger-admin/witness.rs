//! A witness asked by files: the request goes out, its answer comes in, the portal keeps running.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use ledger::keep::in_french;
use ledger::log::cosignature::instant;
use ledger::log::witness::MAX_ANSWER;
use ledger::registrar::witness::{Alarm, Carried, answer_from_file, request_for_file};
use ledger::registrar::{Clock as _, SystemClock};
use ledger::store::Store;

use crate::book;

/// Writes the request for the latest checkpoint in a new file.
pub(crate) async fn request(
    data: &Path,
    witness: &str,
    from: Option<u64>,
    out: &Path,
) -> Result<String, String> {
    let policy = book::policy(data)?;
    let store = Store::open_read_only(&book::target(data)).await.map_err(|e| in_french(&e))?;
    let made = request_for_file(&store, &policy, witness, from).await;
    let (bytes, size) = made.map_err(|error| in_french(&error))?;
    let file = |error: std::io::Error| format!("`{}` : {error}", out.display());
    let mut new = OpenOptions::new().write(true).create_new(true).open(out).map_err(file)?;
    new.write_all(&bytes).map_err(file)?;
    Ok(format!(
        "demande écrite dans `{}` : le point de contrôle de taille {size} ; le témoin y répond par \
         `ledger-witness cosign`, et sa réponse se prend par `ledger-admin witness-answer`. Gardez la demande \
         jusque-là",
        out.display()
    ))
}

/// Takes an answer in, whatever it says.
pub(crate) async fn answer(
    data: &Path,
    asked: Option<(&str, &Path)>,
    answer: &Path,
) -> Result<String, String> {
    let policy = book::policy(data)?;
    let bytes = read(answer)?;
    let sent = asked.map(|(name, path)| Ok::<_, String>((name, read(path)?))).transpose()?;
    let asked = sent.as_ref().map(|(name, bytes)| (*name, bytes.as_slice()));
    let store = Store::open(&book::target(data)).await.map_err(|error| in_french(&error))?;
    let now = SystemClock.now_ms();
    let carried = answer_from_file(&store, &policy, &bytes, asked, now).await;
    store.close().await;
    match carried.map_err(|error| in_french(&error))? {
        Carried::Kept(lines) => {
            let line = |(name, size, time): &(String, u64, u64)| {
                format!("cosigné par « {name} » à la taille {size}, le {}", instant(*time))
            };
            Ok(lines.iter().map(line).collect::<Vec<_>>().join("\n"))
        }
        Carried::Again(size) => Err(format!(
            "pas cosigné : ce témoin en est à la taille {size} ; refaites la demande avec `--from {size}`"
        )),
        Carried::Useless(why) => Err(format!("pas cosigné : {why}")),
        Carried::Against(evidence) => {
            let witness = asked.map(|(name, _)| name.to_owned()).unwrap_or_default();
            let alarm = Alarm { witness, evidence, found_ms: now };
            Err(format!("ALERTE : {alarm}. La preuve est gardée, et le portail n’écrit plus"))
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let file = |error: std::io::Error| format!("`{}` : {error}", path.display());
    let length = fs::metadata(path).map_err(file)?.len();
    if usize::try_from(length).is_ok_and(|length| length > MAX_ANSWER) {
        return Err(format!("`{}` est trop long pour une demande ou sa réponse", path.display()));
    }
    fs::read(path).map_err(file)
}
