//! Keys once they are enrolled: replaced, revoked, put in doubt, reviewed; and the log's own.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use ledger::authority::{
    ChangeThreshold, Finding, ReviewLeaves, RevokeKey, Role, RotateKey, RotateLogKey, SuspectKey,
};
use ledger::base::{Count, LeafIndex};
use ledger::command::Command;
use ledger::keep::in_french;
use ledger::log::SigningKey;
use ledger::registrar::{Registrar, keys};

use crate::{Trouble, book};

#[derive(Subcommand)]
pub(crate) enum KeyAction {
    /// Remplace la clé d’un office : signé par l’ancienne, la nouvelle et les administrateurs
    Rotate {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
        /// La clé qui prend fin
        #[arg(long)]
        old_key: PathBuf,
        /// La clé qui prend sa place
        #[arg(long)]
        key: PathBuf,
        /// Clé d’un administrateur (à répéter)
        #[arg(long = "admin-key", required = true)]
        admin_keys: Vec<PathBuf>,
    },
    /// Révoque une clé perdue ou volée ; avec `--suspect-from`, met en doute ce qu’elle a signé
    Revoke {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
        /// Nom de la clé : `bureau-2`, ou le nom entier
        #[arg(long)]
        name: String,
        /// Motif, jamais un nom de personne
        #[arg(long)]
        reason: String,
        /// Première feuille douteuse
        #[arg(long)]
        suspect_from: Option<u64>,
        /// Clé d’un administrateur (à répéter)
        #[arg(long = "admin-key", required = true)]
        admin_keys: Vec<PathBuf>,
    },
    /// Met en doute ce qu’une clé déjà révoquée ou remplacée a signé depuis une feuille
    Suspect {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
        /// Nom de la clé : `bureau-2`, ou le nom entier
        #[arg(long)]
        name: String,
        /// Motif, jamais un nom de personne
        #[arg(long)]
        reason: String,
        /// Première feuille douteuse
        #[arg(long)]
        suspect_from: u64,
        /// Clé d’un administrateur (à répéter)
        #[arg(long = "admin-key", required = true)]
        admin_keys: Vec<PathBuf>,
    },
    /// Liste les feuilles mises en doute qui attendent leur revue
    ToReview {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
    },
    /// Inscrit la revue de feuilles mises en doute
    Review {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
        /// Clé qui signe (à répéter)
        #[arg(long = "key", required = true)]
        keys: Vec<PathBuf>,
        /// Au titre de quoi on signe : admin ou officer
        #[arg(long = "as", value_parser = crate::role)]
        by: Role,
        /// confirmed (la personne habilitée a signé) ou disowned (non)
        #[arg(long, value_parser = finding)]
        finding: Finding,
        /// Sur quoi l’on s’appuie, ce qui corrige une feuille non reconnue
        #[arg(long)]
        note: String,
        /// Les feuilles, dans l’ordre
        #[arg(required = true, value_delimiter = ',')]
        leaves: Vec<u64>,
    },
    /// Change le nombre d’administrateurs qui signent
    Threshold {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
        /// Clé d’un administrateur (à répéter)
        #[arg(long = "admin-key", required = true)]
        admin_keys: Vec<PathBuf>,
        /// Le nombre
        threshold: u32,
    },
    /// Crée la prochaine clé du journal (`keys/log-next.key`), que le portail lit à son démarrage
    NewLogKey {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
    },
    /// Donne au journal la nouvelle clé que son signataire tient ; les deux signent quelque temps
    RotateLogKey {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
        /// Nombre de feuilles pendant lesquelles les deux clés signent
        #[arg(long, default_value_t = 1000)]
        both_for: u32,
        /// La nouvelle clé publique, si le signataire en tient plusieurs
        #[arg(long)]
        vkey: Option<String>,
        /// Clé d’un administrateur (à répéter)
        #[arg(long = "admin-key", required = true)]
        admin_keys: Vec<PathBuf>,
    },
    /// Retire l’ancienne clé du journal quand la nouvelle signe seule
    RetireLogKey {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
    },
}

fn finding(text: &str) -> Result<Finding, String> {
    match text {
        "confirmed" => Ok(Finding::Confirmed),
        "disowned" => Ok(Finding::Disowned),
        _ => Err("confirmed ou disowned".into()),
    }
}

pub(crate) async fn run(action: KeyAction) -> Result<String, Trouble> {
    match action {
        KeyAction::Rotate { data, old_key, key, admin_keys } => {
            rotate(&data, (&old_key, &key), &admin_keys).await
        }
        KeyAction::Revoke { data, name, reason, suspect_from, admin_keys } => {
            let registrar = book::open(&data).await?;
            let key_name = full_name(&registrar, &name);
            let suspect_from = suspect_from.map(LeafIndex::new);
            let ask = RevokeKey { key_name, reason, suspect_from };
            signed(&registrar, Command::RevokeKey(ask), &admin_keys).await
        }
        KeyAction::Suspect { data, name, reason, suspect_from, admin_keys } => {
            let registrar = book::open(&data).await?;
            let key_name = full_name(&registrar, &name);
            let suspect_from = LeafIndex::new(suspect_from);
            let ask = SuspectKey { key_name, reason, suspect_from };
            signed(&registrar, Command::SuspectKey(ask), &admin_keys).await
        }
        KeyAction::ToReview { data } => Ok(to_review(&*book::open(&data).await?)),
        KeyAction::Review { data, keys, by, finding, note, leaves } => {
            let registrar = book::open(&data).await?;
            let leaves = leaves.into_iter().map(LeafIndex::new).collect();
            let ask = ReviewLeaves { by, finding, leaves, note };
            signed(&registrar, Command::ReviewLeaves(ask), &keys).await
        }
        KeyAction::Threshold { data, admin_keys, threshold } => {
            let registrar = book::open(&data).await?;
            let ask = ChangeThreshold { threshold: Count::new(threshold) };
            signed(&registrar, Command::ChangeThreshold(ask), &admin_keys).await
        }
        KeyAction::NewLogKey { data } => Ok(new_log_key(&data)?),
        KeyAction::RotateLogKey { data, both_for, vkey, admin_keys } => {
            rotate_log_key(&data, both_for, vkey, &admin_keys).await
        }
        KeyAction::RetireLogKey { data } => retire_log_key(&data).await,
    }
}

async fn signed(
    registrar: &Registrar,
    command: Command,
    keys: &[PathBuf],
) -> Result<String, Trouble> {
    let keys = book::read_keys(keys)?;
    let keys: Vec<&SigningKey> = keys.iter().collect();
    Ok(book::told(book::perform(registrar, command, Vec::new(), &keys).await)?)
}

/// The whole name of a key: an office's own part is enough.
fn full_name(registrar: &Registrar, name: &str) -> String {
    let book = registrar.book();
    match book.state().registers.authority.origin() {
        Some(origin) if !name.contains('/') => format!("{origin}/k/{name}"),
        _ => name.to_owned(),
    }
}

async fn rotate(
    data: &Path,
    (old, new): (&PathBuf, &PathBuf),
    admin_keys: &[PathBuf],
) -> Result<String, Trouble> {
    let both = book::read_keys(&[old.clone(), new.clone()])?;
    let [old, new] = both.as_slice() else { return Err("deux clés".to_owned().into()) };
    let admins = book::read_keys(admin_keys)?;
    // An administrator who replaces their own key signs once.
    let others = admins.iter().filter(|admin| admin.name() != old.name());
    let signers: Vec<&SigningKey> = [old, new].into_iter().chain(others).collect();
    let registrar = book::open(data).await?;
    let ask = RotateKey { key_name: old.name().to_owned(), vkey: new.vkey() };
    let done = book::perform(&registrar, Command::RotateKey(ask), Vec::new(), &signers).await;
    Ok(book::told(done)?)
}

/// The leaves that wait, doubt by doubt.
fn to_review(registrar: &Registrar) -> String {
    let book = registrar.book();
    let rows = book.state().registers.authority.to_review().map(|open| {
        let doubt = open.suspicion;
        format!("feuille {} : {} ({})", open.leaf, doubt.key_name, doubt.reason)
    });
    let rows: Vec<String> = rows.collect();
    if rows.is_empty() { "aucune feuille n’est à revoir".into() } else { rows.join("\n") }
}

fn new_log_key(data: &Path) -> Result<String, String> {
    let vkey = keys::new_log_key(&book::key_folder(data)).map_err(|error| in_french(&error))?;
    Ok(format!(
        "prochaine clé du journal : {vkey}\nà faire : redémarrez le portail pour qu’il la lise, puis \
         `rotate-log-key` ou la page Administration"
    ))
}

async fn rotate_log_key(
    data: &Path,
    both_for: u32,
    vkey: Option<String>,
    admin_keys: &[PathBuf],
) -> Result<String, Trouble> {
    let registrar = book::open(data).await?;
    let spare = registrar.spare_log_keys().map_err(|error| in_french(&error))?;
    let log_vkey = match (vkey, spare.as_slice()) {
        (Some(vkey), _) => vkey,
        (None, [only]) => only.clone(),
        (None, []) => {
            let why = "le signataire du journal ne tient pas d’autre clé ; faites-en une avec \
                       `new-log-key`, ou donnez-la au processus `signer` par un second `--key`, et \
                       redémarrez ce qui signe";
            return Err(why.to_owned().into());
        }
        (None, several) => {
            let why = format!("choisissez avec --vkey, parmi :\n{}", several.join("\n"));
            return Err(why.into());
        }
    };
    let ask = RotateLogKey { both_for: Count::new(both_for), log_vkey: log_vkey.clone() };
    let recorded = signed(&registrar, Command::RotateLogKey(ask), admin_keys).await?;
    Ok(format!(
        "{recorded}\nnouvelle clé du journal : {log_vkey}\nà faire : donnez-la aux contrôleurs et aux \
         témoins ; quand la nouvelle signera seule, dans {both_for} feuilles, `retire-log-key`"
    ))
}

async fn retire_log_key(data: &Path) -> Result<String, Trouble> {
    let registrar = book::open(data).await?;
    let book = registrar.book();
    let authority = &book.state().registers.authority;
    // The next head must not need it either.
    let signing = authority.log_keys_at(book.size().saturating_add(1));
    let [in_force] = signing.as_slice() else {
        let until = signing.last().map_or(0, |key| key.both_until);
        let why = format!(
            "les deux clés signent encore, jusqu’à {until} feuilles ; le livre en compte {}",
            book.size()
        );
        return Err(why.into());
    };
    let folder = book::key_folder(data);
    let kept = keys::retire_log_key(&folder, &in_force.vkey).map_err(|error| in_french(&error))?;
    Ok(format!(
        "la nouvelle clé signe seule ; l’ancienne est dans `{}` : redémarrez le portail, puis détruisez-la",
        kept.display()
    ))
}
