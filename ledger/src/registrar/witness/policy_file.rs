//! The book's policy file: which witnesses count, and how many. Without one, none is asked for.

use std::fs;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::log::Policy;
use crate::log::policy::PolicyError;

/// Its name in the folder of a book.
pub const POLICY_FILE: &str = "policy.txt";

/// Why a policy file is refused. The sentence is for the operator.
#[derive(Debug, Error)]
pub enum PolicyFileError {
    /// The file can't be read.
    #[error(
        "la politique de témoins `{}` ne se lit pas ({cause}) ; rétablissez le fichier, ou retirez le \
         réglage qui le nomme",
        path.display()
    )]
    File {
        /// Which file.
        path: PathBuf,
        /// What the file system answered.
        cause: std::io::Error,
    },
    /// The file is not a policy.
    #[error("la politique de témoins `{}` n’est pas valable : {why}", path.display())]
    Content {
        /// Which file.
        path: PathBuf,
        /// What is wrong and what to do.
        why: String,
    },
}

/// Reads the policy of the book in `folder`, or the file that the operator named instead.
///
/// # Errors
/// [`PolicyFileError`]: a file that is there and can't be read is not taken for none.
pub fn read_policy(folder: &Path, named: Option<PathBuf>) -> Result<Policy, PolicyFileError> {
    let path = match named {
        Some(path) => path,
        None if folder.join(POLICY_FILE).exists() => folder.join(POLICY_FILE),
        None => return Ok(Policy::none()),
    };
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(cause) => return Err(PolicyFileError::File { path, cause }),
    };
    match checked(&bytes) {
        Ok(policy) => Ok(policy),
        Err(why) => Err(PolicyFileError::Content { path, why }),
    }
}

fn checked(bytes: &[u8]) -> Result<Policy, String> {
    let policy = Policy::read(bytes).map_err(|error| in_french(&error))?;
    for witness in policy.witnesses() {
        let url = witness.url.as_deref().unwrap_or("https://");
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(format!(
                "l’adresse « {url} » du témoin « {} » doit commencer par https:// ; sans adresse, il est \
                 interrogé par fichiers",
                witness.name
            ));
        }
    }
    Ok(policy)
}

fn in_french(error: &PolicyError) -> String {
    match error {
        PolicyError::TooLong(bytes) => {
            format!("il compte {bytes} octets, et 65 536 sont permis ; ôtez ce qui est de trop")
        }
        PolicyError::Characters => "chaque ligne, la dernière aussi, finit par un saut de ligne, sans \
                                    autre caractère de contrôle ; enregistrez-le en texte simple UTF-8, avec \
                                    des fins de ligne Unix"
            .into(),
        PolicyError::Line(line) => format!(
            "la ligne {line} n’est ni `log CLÉ [ADRESSE]`, ni `witness NOM CLÉ [ADRESSE]`, ni `group NOM \
             SEUIL NOMS…`, ni `quorum NOM`"
        ),
        PolicyError::TooMany(line) => {
            format!("à la ligne {line}, il dépasse 64 journaux, ou 64 témoins et groupes")
        }
        PolicyError::Key { line, error } => format!(
            "la clé de la ligne {line} n’est pas valable ({error}) ; recopiez-la telle que son titulaire l’a \
             donnée : `ledger-witness new-key` l’affiche"
        ),
        PolicyError::DuplicateKey(line) => {
            format!("la clé de la ligne {line} est déjà plus haut : un témoin compte une fois")
        }
        PolicyError::DuplicateName { line, name } => {
            format!("à la ligne {line}, le nom « {name} » est déjà pris ou réservé ; choisissez-en un autre")
        }
        PolicyError::UnknownName { line, name } => format!(
            "à la ligne {line}, « {name} » n’est défini par aucune ligne au-dessus ; ajoutez sa ligne \
             `witness` ou `group` avant"
        ),
        PolicyError::GroupedTwice { line, name } => format!(
            "à la ligne {line}, « {name} » est déjà dans un groupe, et ne compte qu’une fois ; retirez-le de \
             l’un des deux"
        ),
        PolicyError::Threshold(line) => format!(
            "à la ligne {line}, le seuil d’un groupe est `any`, `all`, ou de 1 au nombre de ses noms"
        ),
        PolicyError::Quorum => "il faut une ligne `quorum`, et une seule ; `quorum none` n’en demande \
                                aucun"
            .into(),
        PolicyError::Cosignature { .. } | PolicyError::NotReached(_) => error.to_string(),
    }
}
