//! Why a book was not kept as asked, in the words that the operator reads.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::french::in_french;
use crate::registrar::StartError;
use crate::store::{AppendError, Failure};

/// Why nothing was done.
#[derive(Debug, Error)]
pub enum KeepError {
    /// The store did not answer.
    #[error("{}", in_french(.0))]
    Store(#[from] Failure),
    /// The book is not the one that was shown, or its keys are others.
    #[error("{}", in_french(.0))]
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
