//! Every "no" of the treasury, with its figures and its French sentence.

use super::Target;
use crate::base::{Amount, AmountError, Day, Iban, Notice};

/// Why the treasury refuses; sums are in cents, signed, positive for money received.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the figures of the sentence in `notice`")]
pub enum Refusal {
    /// The account's reference is taken.
    AccountKnown,
    /// The IBAN is already one of our accounts.
    IbanKnown { iban: Iban, label: String },
    /// The BIC's form is wrong.
    BadBic { bic: String },
    /// The account's label is empty or too long.
    BadLabel { length: usize, limit: usize },
    /// The statement is of an account that is not ours.
    UnknownIban { iban: Iban },
    /// More lines than a statement may have.
    TooManyLines { lines: usize, limit: usize },
    /// Every line is known already.
    NothingNew { lines: usize, until: Day },
    /// A balance is not stated, so nothing proves that all lines are there.
    BalanceMissing { opening: Option<Amount>, closing: Option<Amount> },
    /// Opening balance and lines don't give the closing balance.
    Unbalanced { opening: Amount, sum: Amount, closing: Amount, gap: Amount },
    /// The fact names an account that is not declared.
    UnknownAccount,
    /// The statement's reference is taken.
    StatementKnown,
    /// The statement's format is not one that is read.
    BadFormat { format: String },
    /// The counts of lines contradict one another.
    BadCounts { lines: u32, new_lines: u32 },
    /// A day of the bank lies after today.
    InTheFuture { day: Day, today: Day },
    /// The line names a statement that is not imported.
    UnknownStatement,
    /// The line is recorded already.
    LineKnown { booked_on: Day, amount: Amount },
    /// More lines than the statement announces.
    TooManyRecorded { announced: u32 },
    /// The digests of personal values are malformed, doubled or too many.
    BadDigests { count: usize, limit: usize },
    /// There is no such line.
    UnknownLine,
    /// All of the line pays something already.
    AlreadyMatched { amount: Amount },
    /// A matching of nothing.
    NoAmount { left: Amount },
    /// Money received can't pay what we owe, nor money paid what is owed to us.
    WrongDirection { target: Target, line: Amount, amount: Amount },
    /// More than is left of the line.
    BeyondLine { amount: Amount, left: Amount },
    /// There is no such subscription, grant, invoice, call or cost.
    UnknownTarget { target: Target },
    /// More than is owed.
    BeyondOwed { target: Target, received: Amount, owed: Amount, difference: Amount },
    /// A sum exceeds 64 bits of cents.
    Overflow,
}

impl From<AmountError> for Refusal {
    fn from(_: AmountError) -> Self {
        Self::Overflow
    }
}

const RULE_MATCHING: Option<&'static str> =
    Some("rapprochement bancaire, écritures E2, E9, E19, E32 et E43");
const RULE_ONCE: Option<&'static str> = Some("une ligne de relevé n’est enregistrée qu’une fois");
const RULE_BALANCE: Option<&'static str> = Some("solde initial + lignes = solde final");

impl Refusal {
    /// The refusal in French.
    pub fn notice(&self) -> Notice {
        let told = self.account().or_else(|| self.statement()).or_else(|| self.matching());
        told.unwrap_or_else(|| self.contradiction())
    }

    fn account(&self) -> Option<Notice> {
        let (why, remedy) = match self {
            Self::IbanKnown { iban, label } => (
                format!("L’IBAN {} est déjà celui du compte « {label} ».", iban.in_groups()),
                "Utilisez ce compte, ou vérifiez l’IBAN saisi.",
            ),
            Self::BadBic { bic } => (
                format!("« {bic} » n’est pas un BIC : il a 8 ou 11 lettres et chiffres."),
                "Recopiez le BIC du relevé d’identité bancaire (RIB).",
            ),
            Self::BadLabel { length, limit } => (
                format!("Son nom a {length} caractères ; il en faut de 1 à {limit}."),
                "Donnez-lui un nom court, par exemple « Compte courant ».",
            ),
            Self::AccountKnown => (
                "Sa référence désigne déjà un autre compte.".to_owned(),
                "Recommencez la déclaration : une nouvelle référence sera tirée.",
            ),
            _ => return None,
        };
        Some(notice("Le compte bancaire n’est pas déclaré.", why, None, remedy))
    }

    fn statement(&self) -> Option<Notice> {
        let (why, rule, remedy) = match self {
            Self::UnknownIban { iban } => (
                format!(
                    "Il porte sur l’IBAN {}, qui n’est pas un compte de la coopérative.",
                    iban.in_groups()
                ),
                None,
                "Vérifiez le fichier ; si ce compte est bien le nôtre, déclarez-le d’abord.",
            ),
            Self::TooManyLines { lines, limit } => (
                format!("Il a {lines} lignes ; la limite est de {limit}."),
                None,
                "Demandez à la banque un relevé par période plus courte.",
            ),
            Self::NothingNew { lines: 0, until } => (
                format!(
                    "Le relevé arrêté au {} ne contient aucune ligne comptabilisée.",
                    until.with_slashes()
                ),
                None,
                "Il n’y a rien à faire.",
            ),
            Self::NothingNew { lines, until } => (
                format!(
                    "Toutes les lignes de ce relevé arrêté au {} sont déjà connues : {lines} \
                     sur {lines}, donc aucune nouvelle.",
                    until.with_slashes()
                ),
                RULE_ONCE,
                "Il n’y a rien à faire : rien n’a été compté deux fois.",
            ),
            Self::BalanceMissing { opening, closing } => (
                format!(
                    "Le solde initial est {} et le solde final {} : rien ne prouve que toutes \
                     les lignes y sont.",
                    stated(*opening),
                    stated(*closing)
                ),
                RULE_BALANCE,
                "Demandez à la banque un relevé avec ses deux soldes, ou acceptez-le tel quel \
                 après l’avoir pointé.",
            ),
            Self::Unbalanced { opening, sum, closing, gap } => (
                format!(
                    "Solde initial {opening}, total des lignes {sum}, solde final {closing} : \
                     il y a un écart de {gap}."
                ),
                RULE_BALANCE,
                "Demandez à la banque un relevé complet, ou acceptez l’écart après l’avoir \
                 expliqué.",
            ),
            Self::InTheFuture { day, today } => (
                format!(
                    "Il porte la date du {}, alors que nous sommes le {}.",
                    day.with_slashes(),
                    today.with_slashes()
                ),
                None,
                "Vérifiez la date du fichier et l’horloge du serveur.",
            ),
            _ => return None,
        };
        Some(notice("Le relevé n’est pas importé.", why, rule, remedy))
    }

    fn matching(&self) -> Option<Notice> {
        let (why, remedy) = match self {
            Self::UnknownLine => (
                "Cette ligne de relevé n’existe pas.".to_owned(),
                "Importez d’abord le relevé qui la contient.",
            ),
            Self::AlreadyMatched { amount } => (
                format!("La ligne de {amount} est déjà entièrement rapprochée."),
                "Choisissez une autre ligne : un même euro ne paie pas deux fois.",
            ),
            Self::NoAmount { left } => (
                format!("La somme à rapprocher est nulle ; il reste {left} sur la ligne."),
                "Indiquez une somme, ou laissez vide pour prendre tout ce qui reste.",
            ),
            Self::WrongDirection { target, line, amount } => (
                format!(
                    "La ligne est de {line} et la somme de {amount} ; or {} est {}.",
                    called(target),
                    if target.is_received() { "une recette (+)" } else { "une dépense (−)" }
                ),
                "Choisissez une ligne de même sens.",
            ),
            Self::BeyondLine { amount, left } => (
                format!(
                    "La somme demandée est de {amount}, mais il ne reste que {left} sur la ligne."
                ),
                "Rapprochez au plus ce qui reste.",
            ),
            Self::UnknownTarget { target } => (
                format!("Le registre ne connaît pas {}.", called(target)),
                "Vérifiez la référence, ou enregistrez d’abord ce qui est dû.",
            ),
            Self::BeyondOwed { target, received, owed, difference } => (
                format!(
                    "Somme rapprochée {received}, reste dû {owed} pour {} : différence \
                     {difference}.",
                    called(target)
                ),
                "Rapprochez au plus ce qui est dû ; le reste de la ligne attend une autre \
                 affectation ou un remboursement.",
            ),
            _ => return None,
        };
        Some(notice("La ligne n’est pas rapprochée.", why, RULE_MATCHING, remedy))
    }

    /// What no page lets happen: only a faulty program, or a book tampered with, comes here.
    fn contradiction(&self) -> Notice {
        let why = match self {
            Self::UnknownAccount => "Il nomme un compte bancaire qui n’est pas déclaré.".to_owned(),
            Self::StatementKnown => "La référence du relevé est déjà prise.".to_owned(),
            Self::BadFormat { format } => {
                format!("Le format « {format} » n’est pas lu ; seul l’est « camt.053 ».")
            }
            Self::BadCounts { lines, new_lines } => {
                format!("Il annonce {new_lines} lignes nouvelles sur {lines}.")
            }
            Self::UnknownStatement => "La ligne nomme un relevé qui n’est pas importé.".to_owned(),
            Self::LineKnown { booked_on, amount } => {
                format!(
                    "La ligne du {} de {amount} est déjà enregistrée.",
                    booked_on.with_slashes()
                )
            }
            Self::TooManyRecorded { announced } => {
                format!("Le relevé annonce {announced} lignes nouvelles, déjà toutes enregistrées.")
            }
            Self::BadDigests { count, limit } => format!(
                "Ses {count} empreintes doivent être distinctes, au plus {limit}, chacune \
                 SHA-256 en base64url."
            ),
            _ => "Une somme dépasse la limite de calcul.".to_owned(),
        };
        let remedy = "Importez de nouveau le fichier de la banque ; si le refus revient, \
         prévenez l’administrateur.";
        notice("L’écriture bancaire est refusée.", why, RULE_ONCE, remedy)
    }
}

fn notice(what: &str, why: String, rule: Option<&'static str>, remedy: &str) -> Notice {
    Notice { what: what.to_owned(), why, rule, remedy: remedy.to_owned() }
}

fn stated(balance: Option<Amount>) -> String {
    balance.map_or_else(|| "absent".to_owned(), |amount| amount.to_string())
}

fn called(target: &Target) -> String {
    match target {
        Target::Subscription(subscription) => format!("la souscription {subscription}"),
        Target::Refund(subscription) => {
            format!("le remboursement de la souscription {subscription}")
        }
        Target::Grant(grant) => format!("la subvention {grant}"),
        Target::Invoice(number) => {
            format!("la facture {}", number.chars().take(40).collect::<String>())
        }
        Target::Call { call, place } => format!("l’appel {call} au lieu {place}"),
        Target::Cost(cost) => format!("la charge {cost}"),
        Target::BankFee => "un frais bancaire".to_owned(),
    }
}
