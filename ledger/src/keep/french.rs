//! What other layers answer in English, in the words of whoever runs the programs. What is for a
//! technician stays as it came, between brackets.

use std::error::Error;

use crate::log::checkpoint::CheckpointError;
use crate::log::note::NoteError;
use crate::log::tile::TileError;
use crate::registrar::keys::KeyFileError;
use crate::registrar::witness::FileError;
use crate::registrar::{StartError, VaultError};
use crate::store::Failure;

/// An error as the operator reads it; one that speaks French already is left as it is.
pub fn in_french(error: &(dyn Error + 'static)) -> String {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return of_store(failure);
    }
    match error.downcast_ref::<StartError>() {
        Some(StartError::Store(failure)) => return of_store(failure),
        Some(StartError::Vault(error)) => return of_vault(error),
        Some(StartError::Tree(why)) => {
            return format!("l’arbre gardé n’est pas celui des feuilles ({why})");
        }
        Some(StartError::OtherKeys(why)) => {
            return format!("le dossier des clés n’est pas celui de ce journal ({why})");
        }
        _ => {}
    }
    if let Some(error) = error.downcast_ref::<VaultError>() {
        return of_vault(error);
    }
    if let Some(error) = error.downcast_ref::<KeyFileError>() {
        return of_keys(error);
    }
    if let Some(FileError::Store(failure)) = error.downcast_ref::<FileError>() {
        return of_store(failure);
    }
    if error.is::<CheckpointError>() {
        return format!("ce n’est pas un point de contrôle valable ({error})");
    }
    if error.is::<NoteError>() {
        return format!("cette clé, ou cette signature, n’est pas valable ({error})");
    }
    if error.is::<TileError>() {
        return format!("ce n’est pas une tuile valable ({error})");
    }
    error.to_string()
}

fn of_vault(error: &VaultError) -> String {
    match error {
        VaultError::Store(failure) => of_store(failure),
        VaultError::Unsealed => {
            "une valeur scellée du coffre ne s’ouvre pas : c’est une autre clé du \
                                 coffre, ou la valeur est abîmée"
                .to_owned()
        }
        VaultError::Randomness => NO_RANDOMNESS.to_owned(),
    }
}

const NO_RANDOMNESS: &str = "le système n’a pas donné de nombres au hasard";

fn of_keys(error: &KeyFileError) -> String {
    match error {
        KeyFileError::File { path, cause } => format!("clé `{}` : {cause}", path.display()),
        KeyFileError::Content { path, why } => {
            format!("`{}` ne contient pas la clé attendue : {why}", path.display())
        }
        KeyFileError::Randomness => NO_RANDOMNESS.to_owned(),
    }
}

/// What the store says, and what the operator can do about it.
fn of_store(failure: &Failure) -> String {
    match failure {
        Failure::AlreadyThere { place } => format!(
            "il y a déjà un livre dans {place} : rien n’a été écrit. À faire : donnez un dossier vide \
             (les clés peuvent y être) ou une base vide"
        ),
        Failure::NoBook { place } => format!("il n’y a pas de livre dans {place}"),
        Failure::HalfABook { found, missing } => format!(
            "`{found}` est là sans `{missing}`. À faire : remettez en place le fichier qui manque, ou \
             écartez les deux"
        ),
        Failure::Migration { name, why } => format!(
            "la migration `{name}` de ce livre n’est pas la nôtre ({why}) : une autre version de ces \
             programmes l’a fait, ou son schéma a été modifié"
        ),
        Failure::InUse { place } => format!(
            "un autre programme travaille sur le livre de {place} : rien n’a été changé. À faire : \
             arrêtez le portail et ce qui écrit dans ce livre, puis recommencez"
        ),
        Failure::Disturbed => {
            "le livre a été ouvert en écriture pendant la lecture : recommencez".to_owned()
        }
        Failure::Full { .. } => failure.to_string(),
        // 13 is SQLITE_FULL, 53100 is disk_full.
        Failure::Database { cause, .. } | Failure::Files { cause, .. }
            if ["(code 13)", "(code 53100)", "os error 28", "os error 27", "os error 122"]
                .iter()
                .any(|full| cause.contains(full)) =>
        {
            format!(
                "le disque est plein : rien n’est laissé à moitié. À faire : libérez de la place, puis \
                 recommencez ({cause})"
            )
        }
        Failure::Database { .. } => format!("la base de données n’a pas répondu ({failure})"),
        Failure::Files { .. } => format!("le système de fichiers n’a pas répondu ({failure})"),
        other => of_rows(other),
    }
}

/// What the store says of what it holds, or would not take.
fn of_rows(failure: &Failure) -> String {
    match failure {
        Failure::ReadOnly => "le livre est ouvert en lecture seule".to_owned(),
        Failure::NotDurable(why) => {
            format!(
                "la base de données pourrait perdre ce qu’elle valide ({why}) : rien n’est écrit"
            )
        }
        Failure::MissingLeaves { from, asked, found } => {
            format!("le livre n’a que {found} des {asked} feuilles à partir de la feuille {from}")
        }
        Failure::Malformed(why) => format!("pas écrit : hors des limites du livre ({why})"),
        Failure::CheckpointDiffers { size } => {
            format!("un autre point de contrôle de taille {size} est déjà gardé")
        }
        Failure::KeyDiffers => "ces données ont déjà une autre clé dans le coffre".to_owned(),
        Failure::ErasureIncomplete(why) => format!(
            "effacé, mais des octets peuvent rester sur le disque jusqu’à ce qu’on le demande de nouveau \
             ({why})"
        ),
        Failure::Corrupt(why) => {
            format!("la base contient une ligne qui n’a jamais été écrite ainsi ({why})")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_layer_says_in_english_is_said_in_french_and_french_is_left_alone() {
        let store = || Failure::MissingLeaves { from: 4, asked: 2, found: 1 };
        let said = "le livre n’a que 1 des 2 feuilles à partir de la feuille 4";
        assert_eq!(in_french(&store()), said);
        assert_eq!(in_french(&StartError::Store(store())), said);
        assert_eq!(in_french(&VaultError::Store(store())), said);
        assert_eq!(in_french(&FileError::Store(store())), said);
        let note = CheckpointError::Lines;
        assert!(in_french(&note).starts_with("ce n’est pas un point de contrôle valable (a "));
        let french = FileError::NoCheckpoint;
        assert_eq!(in_french(&french), french.to_string());
    }
}
