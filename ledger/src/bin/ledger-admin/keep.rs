//! Keeping a book: checked row by row, backed up, restored, exported, repaired.

use std::path::{Path, PathBuf};

use ledger::keep::{Beside, Disclose, KeepError, Restore, WithIt, fsck, in_french};
use ledger::log::leaf::format_instant;
use ledger::registrar::keys::read_vault_key;
use ledger::registrar::witness::POLICY_FILE;
use ledger::registrar::{Clock, Nets, SystemClock};
use ledger::store::Store;

use crate::{Trouble, book};

/// The policy file in force for the portal too, if there is one.
fn own_policy(data: &Path) -> Option<PathBuf> {
    book::policy_file().or_else(|| Some(data.join(POLICY_FILE)).filter(|path| path.exists()))
}

/// What is known of the book outside of it.
fn nets(data: &Path) -> Nets {
    Nets::of(&book::key_folder(data), book::last_seen())
}

/// Checks every row, and names each fault.
pub(crate) async fn check(data: &Path) -> Result<String, Trouble> {
    let known = nets(data).known()?;
    let vault_key = read_vault_key(&book::key_folder(data)).ok();
    let policy = book::policy(data)?;
    let store = Store::open_read_only(&book::target(data)).await.map_err(KeepError::from)?;
    let checked = fsck::fsck(&store, vault_key.as_deref(), &known, &policy).await;
    let checked = checked.map_err(KeepError::from)?;
    store.close().await;
    let mut lines: Vec<String> =
        checked.faults.iter().map(|fault| format!("FAUTE {fault}")).collect();
    lines.push(format!(
        "{} feuilles, {} tuiles, {} points de contrôle, {} cosignatures, {} preuves contre le livre, {} \
         valeurs du coffre",
        checked.leaves,
        checked.tiles,
        checked.checkpoints,
        checked.cosignatures,
        checked.evidence,
        checked.values
    ));
    lines.extend(checked.root.map(|root| format!("racine {}", root.to_base64())));
    lines.extend(checked.notes.iter().map(|note| format!("note : {note}")));
    if checked.is_clean() {
        lines.push("SAIN : aucune faute".to_owned());
        return Ok(lines.join("\n"));
    }
    lines.push(format!("{} fautes : rien n’a été changé", checked.faults.len()));
    Err(lines.join("\n").into())
}

/// Backs the book up while the portal runs.
pub(crate) async fn backup(data: &Path, out: &Path, with_keys: bool) -> Result<String, Trouble> {
    let keys = book::key_folder(data);
    let store = Store::open_read_only(&book::target(data)).await.map_err(KeepError::from)?;
    let policy = own_policy(data);
    let with_it = WithIt { keys: with_keys.then_some(&keys), policy: policy.as_deref() };
    let done = ledger::keep::backup(&store, with_it, SystemClock.now_ms(), out).await;
    store.close().await;
    let done = done?;
    let mut lines = vec![format!(
        "sauvegarde de {} feuilles et de {} valeurs scellées dans `{}`\nracine {}",
        done.head.size,
        done.values,
        out.display(),
        done.head.root.to_base64()
    )];
    lines.extend(left(done.leaves_left));
    lines.push(if done.keys > 0 {
        format!("{} clés du serveur y sont : gardez-la comme elles", done.keys)
    } else {
        "les clés du serveur n’y sont pas : gardez-les ailleurs (`keys/*.key`)".to_owned()
    });
    Ok(lines.join("\n"))
}

fn left(leaves: u64) -> Option<String> {
    (leaves > 0).then(|| {
        format!("note : {leaves} feuilles attendent leur point de contrôle signé et n’y sont pas ; recommencez plus tard")
    })
}

/// Restores a backup where there is no book.
pub(crate) async fn restore(
    from: &Path,
    data: &Path,
    archive: Option<&Path>,
) -> Result<String, Trouble> {
    let known = nets(data).known()?;
    let keys = book::key_folder(data);
    let policy = book::policy_file().unwrap_or_else(|| data.join(POLICY_FILE));
    let what = Restore { from, archive, keys: &keys, policy: &policy, known: &known };
    let done = ledger::keep::restore(&book::target(data), what).await?;
    let mut lines = vec![format!(
        "livre restauré : {} feuilles, {} valeurs du coffre\nracine {}",
        done.head.size,
        done.values,
        done.head.root.to_base64()
    )];
    if done.brought > 0 {
        lines.push(format!("{} feuilles viennent de l’archive", done.brought));
    }
    if done.erased > 0 {
        let rows = done.erased;
        lines.push(format!("{rows} lignes de personnes effacées n’ont pas été remises"));
    }
    if !done.opened {
        lines.push(
            "note : la clé du coffre n’est pas là, ses valeurs n’ont pas été ouvertes".into(),
        );
    }
    if !policy.exists() {
        lines.push(format!(
            "note : aucune politique de témoins (`{}`) : si le livre en avait une, remettez-la avant de \
             le démarrer",
            policy.display()
        ));
    }
    if !done.nets {
        lines.push(
            "note : ni dernier point de contrôle vu, ni état de signataire : rien n’a pu exclure que \
             d’autres feuilles aient été publiées depuis. Comparez la racine à ce que tient un témoin ou \
             un contrôleur, puis `ledger-admin signer-state`"
                .into(),
        );
    }
    Ok(lines.join("\n"))
}

/// Builds the log of a damaged book anew.
pub(crate) async fn repair(data: &Path, from: &Path) -> Result<String, Trouble> {
    let known = nets(data).known()?;
    let now = format_instant(SystemClock.now_ms()).map_err(|error| in_french(&error))?;
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let stamp: String = now.chars().take(19).map(plain).collect();
    let ending = format!("damaged_{stamp}");
    let done = ledger::keep::repair(&book::target(data), from, &known, &ending).await?;
    let mut lines = vec![format!(
        "journal reconstruit : {} feuilles, vérifiées jusqu’à la taille {} que connaît {}\nl’ancien est \
         gardé sous le nom `{}`",
        done.size, done.held_against.head.size, done.held_against.by, done.aside
    )];
    if done.kept_leaves > 0 {
        lines
            .push(format!("{} feuilles non encore signées viennent de l’ancien", done.kept_leaves));
    }
    lines.extend(done.lost.iter().map(|lost| format!("note : non relu : {lost}")));
    lines.push("à faire : `ledger-admin fsck`, puis démarrez le portail".to_owned());
    Ok(lines.join("\n"))
}

/// Writes an archive.
pub(crate) async fn export(
    data: &Path,
    out: &Path,
    disclose: Vec<String>,
    policy: Option<&Path>,
) -> Result<String, Trouble> {
    let vault_key = if disclose.is_empty() {
        None
    } else {
        let key = read_vault_key(&book::key_folder(data));
        Some(key.map_err(|error| in_french(&error))?)
    };
    let disclose = match disclose {
        none if none.is_empty() => Disclose::Nobody,
        all if all.iter().any(|owner| owner == "all") => Disclose::All,
        some => Disclose::Some(some),
    };
    // By default the book's own, which is in force for the portal too.
    let policy = policy.map(Path::to_owned).or_else(|| own_policy(data));
    let policy = policy.map(|file| {
        std::fs::read(&file).map_err(|error| format!("`{}` : {error}", file.display()))
    });
    let policy = policy.transpose()?;
    let store = Store::open_read_only(&book::target(data)).await.map_err(KeepError::from)?;
    let beside = Beside { disclose, vault_key: vault_key.as_deref(), policy: policy.as_deref() };
    let done = ledger::keep::archive(&store, beside, out).await;
    store.close().await;
    let done = done?;
    let mut lines = vec![format!(
        "archive de {} feuilles dans `{}`\nracine {}",
        done.head.size,
        out.display(),
        done.head.root.to_base64()
    )];
    lines.extend(left(done.leaves_left));
    if done.disclosures > 0 {
        let count = done.disclosures;
        lines.push(format!(
            "{count} données personnelles en clair y sont : pour leur destinataire seul"
        ));
    }
    Ok(lines.join("\n"))
}
