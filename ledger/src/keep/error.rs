//! Why a book was not kept as asked, in the words that the operator reads.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::registrar::StartError;
use crate::store::{AppendError, Failure};

/// Why nothing was done.
#[derive(Debug, Error)]
pub enum KeepError {
    /// The store did not answer.
    #[error("{}", french(.0))]
    Store(#[from] Failure),
    /// The book is not the one that was shown, or its keys are others.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The place is taken.
    #[error("`{}` existe déjà : rien n’a été écrit. À faire : donnez un dossier neuf", .0.display())]
    Exists(PathBuf),
    /// The disk is full.
    #[error(
        "le disque est plein : `{}` n’a pas pu être écrit, et rien n’est laissé à moitié. À faire : \
         libérez de la place, ou donnez un autre disque, puis recommencez",
        .0.display()
    )]
    Full(PathBuf),
    /// The file system did not answer.
    #[error("`{}` : {cause}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What it answered.
        cause: io::Error,
    },
    /// What is given is older than what was signed, or of another history.
    #[error("rien n’a été changé : {0}")]
    OtherHistory(String),
    /// Files given do not agree with their manifest, or are of another form.
    #[error("rien n’a été écrit : {0}")]
    Given(String),
}

impl KeepError {
    /// The exit status of a program that ends for this reason; see [`StartError::exit_status`].
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Start(error) => error.exit_status(),
            Self::OtherHistory(_) => 3,
            _ => 1,
        }
    }

    /// What the file system did not do with that file.
    pub(super) fn of_file(path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |cause| match cause.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full(path.clone()),
            _ => Self::File { path: path.clone(), cause },
        }
    }
}

impl From<AppendError> for KeepError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Failure(failure) | AppendError::OutcomeUnknown(failure) => failure.into(),
            AppendError::HeadMoved(_) => Failure::InUse { place: "the new book".into() }.into(),
            AppendError::DuplicateId { index, .. } => {
                Self::Given(format!("une feuille a le même identifiant que la feuille {index}"))
            }
        }
    }
}

/// What the store says to whoever runs it, for those failures that the operator can do something about.
fn french(failure: &Failure) -> String {
    match failure {
        Failure::AlreadyThere { place } => format!(
            "il y a déjà un livre dans {place} : rien n’a été écrit. À faire : donnez un dossier vide \
             (les clés peuvent y être) ou une base vide"
        ),
        Failure::NoBook { place } => format!("il n’y a pas de livre dans {place}"),
        Failure::InUse { place } => format!(
            "un autre programme travaille sur le livre de {place} : rien n’a été changé. À faire : \
             arrêtez le portail et ce qui écrit dans ce livre, puis recommencez"
        ),
        Failure::Disturbed => {
            "le livre a été ouvert en écriture pendant la lecture : recommencez".to_owned()
        }
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
        other => other.to_string(),
    }
}
