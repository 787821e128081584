//! A fault of a stored book, and what to do about it.

use std::fmt;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, with its leaf, tile or row, in French.
    pub what: String,
    /// What to do.
    pub cure: Cure,
}

/// What makes a fault good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    /// Rebuilding the log from an archive.
    Repair,
    /// A start of the portal.
    Start,
    /// The vault of a backup.
    Vault,
    /// A copy of personal values that the vault lost.
    Values,
    /// Nothing that a program may do by itself.
    Auditor,
}

impl Cure {
    /// What the operator is told.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Repair => {
                "arrêtez le portail, puis `ledger-admin repair --data … --from ARCHIVE`, depuis une \
                 archive au moins aussi récente"
            }
            Self::Start => "démarrez le portail : il achève ce qui a été interrompu",
            Self::Vault => {
                "gardez ce coffre tel quel ; restaurez le livre dans un dossier neuf depuis la dernière \
                 sauvegarde et une archive (`ledger-admin restore --archive …`)"
            }
            Self::Values => {
                "cherchez une sauvegarde plus récente du coffre ; s’il n’y en a pas (le livre a été \
                 ramené par une archive plus récente que sa sauvegarde), ces données sont perdues : \
                 gardez ce constat et prévenez le contrôleur"
            }
            Self::Auditor => {
                "arrêtez ce qui écrit dans ce livre, gardez toutes les copies et prévenez le contrôleur"
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n    à faire : {}", self.what, self.cure.words())
    }
}
