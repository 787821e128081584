//! Why a budget, a grant or an invoice is refused, with the figures.

use crate::base::{Amount, Day, FiscalYear, GrantRef, Notice, Rate, Source};
use crate::bylaws::MissingParameter;

/// Every way the funding register says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A text is empty, too long or not on one line.
    Text {
        /// Its French name.
        field: &'static str,
        /// The most characters it may have.
        max: usize,
    },
    /// A sum is nil, negative or absurdly large.
    AmountOutOfRange {
        /// Its French name.
        field: &'static str,
        /// The sum given, in cents.
        given: Amount,
        /// The largest accepted, in cents.
        max: Amount,
    },
    /// A day that has not come yet.
    DayAhead {
        /// The day given.
        given: Day,
        /// The day of the record.
        today: Day,
    },
    /// A budget has no line, or too many.
    BudgetLineCount {
        /// How many.
        given: usize,
        /// The most accepted.
        max: usize,
    },
    /// A budget line's account is neither a charge nor a product of the chart (R60).
    BudgetAccount {
        /// The account given.
        given: String,
    },
    /// Products and charges differ.
    BudgetUnbalanced {
        /// The year.
        year: FiscalYear,
        /// Products, in cents.
        products: Amount,
        /// Charges, in cents.
        charges: Amount,
    },
    /// The reference is already taken.
    GrantKnown {
        /// Which.
        grant: GrantRef,
    },
    /// The source of a grant is neither Subventions nor Programmes spécifiques (R68).
    GrantSource {
        /// The source given.
        given: Source,
    },
    /// A programme's funding does not name its programme.
    ProgrammeMissing,
    /// The invoice's number is not the next of the year's sequence (R83).
    InvoiceNumber {
        /// The next number.
        expected: String,
        /// The number given.
        given: String,
    },
    /// The year's sequence of four digits is full.
    InvoiceSequenceFull {
        /// The year.
        year: FiscalYear,
    },
    /// The invoice is dated before the last one (R83).
    InvoiceBeforeLast {
        /// The day given.
        given: Day,
        /// The last invoice.
        last: String,
        /// Its day.
        last_on: Day,
    },
    /// The rate is above the normal rate of VAT.
    VatRateTooHigh {
        /// The rate given.
        given: Rate,
        /// The normal rate.
        normal: Rate,
    },
    /// The VAT is not the rate of the net sum.
    VatDiffers {
        /// The VAT computed, in cents.
        expected: Amount,
        /// The VAT given, in cents.
        given: Amount,
    },
    /// The bylaws state no figure for that day.
    Parameter(MissingParameter),
    /// A sum does not fit.
    TooLarge,
}

impl From<MissingParameter> for Refusal {
    fn from(missing: MissingParameter) -> Self {
        Self::Parameter(missing)
    }
}

const R67: Option<&str> = Some("règle R67, axe « source de financement »");
const R68: Option<&str> = Some("règle R68, loi 2000-321 art. 9-1");
const R83: Option<&str> = Some("règle R83, CGI ann. II art. 242 nonies A");

impl Refusal {
    /// The refusal in French: what, why with the figures, the rule, what to do.
    pub fn notice(&self) -> Notice {
        match self {
            Self::BudgetLineCount { .. }
            | Self::BudgetAccount { .. }
            | Self::BudgetUnbalanced { .. } => self.budget_notice(),
            Self::GrantKnown { .. } | Self::GrantSource { .. } | Self::ProgrammeMissing => {
                self.grant_notice()
            }
            Self::InvoiceNumber { .. }
            | Self::InvoiceSequenceFull { .. }
            | Self::InvoiceBeforeLast { .. }
            | Self::VatRateTooHigh { .. }
            | Self::VatDiffers { .. } => self.invoice_notice(),
            Self::Text { .. }
            | Self::AmountOutOfRange { .. }
            | Self::DayAhead { .. }
            | Self::Parameter(_)
            | Self::TooLarge => self.common_notice(),
        }
    }

    fn budget_notice(&self) -> Notice {
        match self {
            Self::BudgetLineCount { given, max } => notice(
                "Ce budget ne peut être adopté.",
                format!("Il compte {given} ligne(s) ; il en faut de 1 à {max}."),
                None,
                "Ajoutez une ligne, ou regroupez-en.",
            ),
            Self::BudgetAccount { given } => notice(
                "Une ligne de ce budget ne peut être retenue.",
                format!(
                    "Le compte « {given} » n’est ni une charge (classe 6) ni un produit (classe 7) du plan comptable."
                ),
                Some("règle R60, plan comptable général"),
                "Choisissez un compte du plan, par exemple 613 (locations) ou 741 (subventions).",
            ),
            Self::BudgetUnbalanced { year, products, charges } => notice(
                "Ce budget n’est pas équilibré.",
                format!(
                    "Pour {year}, les produits s’élèvent à {products} et les charges à {charges}."
                ),
                R67,
                "Complétez les lignes jusqu’à ce que les deux totaux soient égaux.",
            ),
            _ => self.common_notice(),
        }
    }

    fn grant_notice(&self) -> Notice {
        match self {
            Self::GrantKnown { grant } => notice(
                "Ce financement est déjà enregistré.",
                format!("La référence {grant} existe déjà."),
                None,
                "Ouvrez le financement existant.",
            ),
            Self::GrantSource { given } => notice(
                "Ce financement n’est pas une subvention.",
                format!("La source « {} » ne reçoit pas de subvention : le prix d’un service se facture.", given.label()),
                R68,
                "Choisissez « Subventions » ou « Programmes spécifiques », ou établissez une facture.",
            ),
            _ => notice(
                "Le programme n’est pas nommé.",
                "Un financement de la source « Programmes spécifiques » porte le nom de son programme.".to_owned(),
                R67,
                "Indiquez le programme, par exemple « Interreg ».",
            ),
        }
    }

    fn invoice_notice(&self) -> Notice {
        match self {
            Self::InvoiceNumber { expected, given } => notice(
                "Cette facture ne peut porter ce numéro.",
                format!("Le numéro suivant est {expected}, et non {given}."),
                R83,
                "Reprenez la facture : le numéro est attribué à l’émission.",
            ),
            Self::InvoiceSequenceFull { year } => notice(
                "Cette facture ne peut être numérotée.",
                format!("La série de {year} a atteint 9999 factures."),
                R83,
                "Demandez à l’administration l’ouverture d’une série distincte.",
            ),
            Self::InvoiceBeforeLast { given, last, last_on } => notice(
                "Cette facture ne peut être datée ainsi.",
                format!(
                    "Elle est datée du {}, avant la facture {last} du {}.",
                    given.with_slashes(),
                    last_on.with_slashes()
                ),
                R83,
                "Datez-la du jour de la dernière facture ou d’un jour suivant.",
            ),
            Self::VatRateTooHigh { given, normal } => notice(
                "Ce taux de TVA n’existe pas.",
                format!(
                    "Le taux donné est de {given} ; le taux normal, le plus élevé, est de {normal}."
                ),
                R83,
                "Vérifiez le taux.",
            ),
            Self::VatDiffers { expected, given } => notice(
                "La TVA de cette facture est inexacte.",
                format!("Elle devrait être de {expected} ; elle est de {given}."),
                R83,
                "Reprenez la facture : la TVA est calculée à l’émission.",
            ),
            _ => self.common_notice(),
        }
    }

    fn common_notice(&self) -> Notice {
        match self {
            Self::Text { field, max } => notice(
                "Un texte ne peut être retenu.",
                format!(
                    "Le champ « {field} » tient sur une ligne, de 1 à {max} caractères, sans espace au début ni à la fin."
                ),
                None,
                "Corrigez ce texte.",
            ),
            Self::AmountOutOfRange { field, given, max } => notice(
                "Un montant ne peut être retenu.",
                format!(
                    "Le champ « {field} » vaut {given} ; il doit dépasser zéro et ne pas excéder {max}."
                ),
                None,
                "Corrigez ce montant.",
            ),
            Self::DayAhead { given, today } => notice(
                "Cette date n’est pas encore venue.",
                format!(
                    "Elle est du {} ; nous sommes le {}.",
                    given.with_slashes(),
                    today.with_slashes()
                ),
                None,
                "Enregistrez ce fait le jour venu, ou corrigez la date.",
            ),
            Self::Parameter(missing) => notice(
                "Un paramètre manque.",
                format!("{}.", capitalised(&missing.to_string())),
                None,
                "Demandez à l’administration de le fixer.",
            ),
            _ => notice(
                "Un total ne peut être calculé.",
                "Le montant dépasse la limite de calcul.".to_owned(),
                None,
                "Vérifiez les montants.",
            ),
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

fn notice(what: &str, why: String, rule: Option<&'static str>, remedy: &str) -> Notice {
    Notice { what: what.to_owned(), why, rule, remedy: remedy.to_owned() }
}
