//! Why a file is not read as a bank statement, told so that the treasurer knows what to do.

use std::fmt;

use super::{FileKind, MAX_FILE};
use crate::base::Notice;

/// Why a file is not a whole CAMT.053 in euros. Lines are those of the file, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the figures of the sentence in `notice`")]
pub enum CamtError {
    /// The file is empty.
    Empty,
    /// More than [`MAX_FILE`] bytes.
    TooLarge { bytes: usize },
    /// Another kind of file.
    OtherKind(FileKind),
    /// Another message of ISO 20022, or another XML: its telling element.
    OtherMessage { what: &'static str, element: String },
    /// The file stops before its end.
    Truncated { line: u32 },
    /// Not well-formed XML.
    Malformed { line: u32 },
    /// A document type, refused because it can hide endless or foreign content.
    Doctype { line: u32 },
    /// More of something than a statement can need.
    TooMany { what: &'static str, limit: usize, line: u32 },
    /// A CAMT.053 without any statement.
    NoStatement,
    /// Something a line or statement must state.
    Missing { what: &'static str, line: u32 },
    /// A value that is not what it should be.
    Unreadable { what: &'static str, text: String, line: u32 },
    /// More than two decimals that count: the sum would have to be rounded.
    TooPrecise { text: String, line: u32 },
    /// A sum beyond 64 bits of cents.
    Overflow { line: u32 },
    /// A currency other than the euro.
    Currency { found: String, line: u32 },
}

const MEBIBYTE: usize = 1024 * 1024;

impl CamtError {
    /// The refusal in French.
    pub fn notice(&self) -> Notice {
        Notice {
            what: "Ce fichier ne peut pas être lu comme un relevé bancaire.".to_owned(),
            why: self.why(),
            rule: None,
            remedy: self.remedy().to_owned(),
        }
    }

    fn why(&self) -> String {
        match self {
            Self::Empty => "Il est vide.".to_owned(),
            Self::TooLarge { bytes } => format!(
                "Il pèse {} Mio ; la limite est de {} Mio.",
                bytes.div_ceil(MEBIBYTE),
                MAX_FILE.div_ceil(MEBIBYTE)
            ),
            Self::OtherKind(kind) => format!("C’est {}.", kind.in_french()),
            Self::OtherMessage { what, element } => {
                format!("C’est {what} (élément « {element} »).")
            }
            Self::NoStatement => {
                "C’est bien un CAMT.053, mais il ne contient aucun relevé.".to_owned()
            }
            Self::Truncated { line } => format!("Il est coupé : il s’arrête vers la ligne {line}."),
            Self::Malformed { line } => {
                format!("Ce n’est pas un XML bien formé : l’erreur est à la ligne {line}.")
            }
            Self::Doctype { line } => format!(
                "Il contient, à la ligne {line}, une déclaration DOCTYPE, qu’un relevé n’a jamais."
            ),
            Self::TooMany { what, limit, line } => {
                format!("À la ligne {line}, il dépasse la limite de {limit} {what}.")
            }
            Self::Missing { what, line } => format!("À la ligne {line}, il manque {what}."),
            Self::Unreadable { what, text, line } => {
                format!("À la ligne {line}, « {text} » n’est pas {what}.")
            }
            Self::TooPrecise { text, line } => format!(
                "À la ligne {line}, le montant « {text} » a plus de deux décimales : \
                 il faudrait l’arrondir, ce qui fausserait les comptes."
            ),
            Self::Overflow { line } => {
                format!("À la ligne {line}, les montants dépassent la limite de calcul.")
            }
            Self::Currency { found, line } => format!(
                "À la ligne {line}, la devise est « {found} » ; \
                 les comptes sont tenus en euros (EUR)."
            ),
        }
    }

    const fn remedy(&self) -> &'static str {
        match self {
            Self::OtherKind(_) | Self::OtherMessage { .. } => {
                "Demandez à votre banque l’export « CAMT.053 » (relevé XML ISO 20022)."
            }
            Self::TooLarge { .. } | Self::TooMany { .. } => {
                "Demandez à votre banque un relevé par période plus courte."
            }
            Self::Empty
            | Self::NoStatement
            | Self::Truncated { .. }
            | Self::Malformed { .. }
            | Self::Doctype { .. } => {
                "Rien n’a été importé. Téléchargez-le de nouveau depuis votre banque, \
                 sans l’ouvrir ni l’enregistrer entre-temps."
            }
            Self::Currency { .. } => {
                "Rien n’a été importé. Demandez à votre banque le relevé du compte en euros."
            }
            Self::Missing { .. }
            | Self::Unreadable { .. }
            | Self::TooPrecise { .. }
            | Self::Overflow { .. } => {
                "Rien n’a été importé. Signalez cette ligne à votre banque, \
                 ou demandez-lui un nouvel export."
            }
        }
    }
}

impl fmt::Display for CamtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.notice().fmt(f)
    }
}

impl std::error::Error for CamtError {}
