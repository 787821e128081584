//! Why a place, a key, a cost, a call or a contribution in kind is refused, with the figures.

use crate::base::{
    Amount, CallRef, CostRef, Count, Day, InKindRef, KeyRef, Notice, PlaceRef, Rate,
};
use crate::bylaws::MissingParameter;

/// Every way the pooling register says no. Sums are in cents.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant tells what its figures are")]
pub enum Refusal {
    /// A text (its French field name) is empty, longer than `max` or not on one line.
    Text { field: &'static str, max: usize },
    /// A sum is nil, negative or above `max`.
    AmountOutOfRange { field: &'static str, given: Amount, max: Amount },
    /// A day that has not come yet.
    DayAhead { given: Day, today: Day },
    /// The reference of a place is already taken.
    PlaceKnown { place: PlaceRef },
    /// A place of that name is already registered at that postcode.
    PlaceNameTaken { name: String, postcode: String },
    /// The postcode is not five digits.
    Postcode { given: String },
    /// The place has no floor area.
    NoSurface,
    /// The place has room for nobody.
    NoCapacity,
    /// The place is not registered.
    PlaceUnknown { place: PlaceRef },
    /// The place is named twice in a list.
    PlaceTwice { place: PlaceRef },
    /// A list has no place, or more than `max`.
    PlaceCount { given: usize, max: usize },
    /// The key's version is not the one that must be used.
    KeyVersion { expected: Count, given: Count },
    /// The key is not known.
    KeyUnknown { key: KeyRef },
    /// Every weight of a key is nil: nobody would bear the cost.
    NoWeight,
    /// The reference of a cost is already taken.
    CostKnown { cost: CostRef },
    /// The account is not a charge of the chart (R60).
    Account { given: String },
    /// A cost does not have as many portions as its key has places (R87).
    PortionCount { expected: usize, given: usize },
    /// A portion is not what the key gives (R87).
    PortionDiffers { place: PlaceRef, expected: Amount, given: Amount },
    /// The cost is not known.
    CostUnknown { cost: CostRef },
    /// The cost of `net` has been called in full (R76).
    NothingLeft { cost: CostRef, net: Amount },
    /// The reference of a call is already taken.
    CallKnown { call: CallRef },
    /// The rate is above the normal rate of VAT.
    VatRateTooHigh { given: Rate, normal: Rate },
    /// The VAT of a place's contribution is not the rate of its net sum.
    VatDiffers { place: PlaceRef, expected: Amount, given: Amount },
    /// A call without VAT covers no pooled cost (R87).
    ExemptWithoutCost { normal: Rate },
    /// A place would be called for more than its portion of the cost (R76, R87).
    CalledBeyond { place: PlaceRef, portion: Amount, called: Amount, asked: Amount },
    /// The reference of a contribution in kind is already taken.
    InKindKnown { in_kind: InKindRef },
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

const R60: Option<&str> = Some("règle R60, plan comptable général");
const R67: Option<&str> = Some("règle R67, clé de répartition signée et versionnée");
const R76: Option<&str> = Some("règles R76 et R87, aucun euro appelé deux fois");
const R83: Option<&str> = Some("règle R83, CGI ann. II art. 242 nonies A");
const R87: Option<&str> = Some("règle R87, CGI art. 261 B");

impl Refusal {
    /// The refusal in French: what, why with the figures, the rule, what to do.
    pub fn notice(&self) -> Notice {
        let (what, why) = (self.what().to_owned(), self.why());
        let (rule, remedy) = self.rule_and_remedy();
        Notice { what, why, rule, remedy: remedy.to_owned() }
    }

    const fn what(&self) -> &'static str {
        match self {
            Self::Text { .. } => "Un texte ne peut être retenu.",
            Self::AmountOutOfRange { .. } => "Un montant ne peut être retenu.",
            Self::DayAhead { .. } => "Cette date n’est pas encore venue.",
            Self::PlaceKnown { .. } | Self::PlaceNameTaken { .. } => "Ce lieu est déjà enregistré.",
            Self::Postcode { .. } | Self::NoSurface | Self::NoCapacity => {
                "Ce lieu ne peut être enregistré."
            }
            Self::PlaceUnknown { .. } => "Ce lieu est inconnu.",
            Self::PlaceTwice { .. } => "Un lieu est nommé deux fois.",
            Self::PlaceCount { .. } => "Cette liste de lieux ne peut être retenue.",
            Self::KeyVersion { .. } => "Cette version de la clé ne peut servir.",
            Self::KeyUnknown { .. } => "Cette clé de répartition est inconnue.",
            Self::NoWeight => "Cette clé ne répartit rien.",
            Self::CostKnown { .. } => "Cette charge est déjà enregistrée.",
            Self::Account { .. } => "Cette charge ne peut être imputée.",
            Self::PortionCount { .. } | Self::PortionDiffers { .. } => {
                "La répartition de cette charge est inexacte."
            }
            Self::CostUnknown { .. } => "Cette charge mutualisée est inconnue.",
            Self::NothingLeft { .. } | Self::CalledBeyond { .. } => "Cet appel dépasse la charge.",
            Self::CallKnown { .. } => "Cet appel est déjà enregistré.",
            Self::VatRateTooHigh { .. } => "Ce taux de TVA n’existe pas.",
            Self::VatDiffers { .. } => "La TVA de cet appel est inexacte.",
            Self::ExemptWithoutCost { .. } => "Cet appel ne peut être exonéré de TVA.",
            Self::InKindKnown { .. } => "Cette contribution en nature est déjà enregistrée.",
            Self::Parameter(_) => "Un paramètre manque.",
            Self::TooLarge => "Un total ne peut être calculé.",
        }
    }

    fn why(&self) -> String {
        match self {
            Self::Text { field, max } => format!(
                "Le champ « {field} » tient sur une ligne, de 1 à {max} caractères, sans espace au début ni à la fin."
            ),
            Self::AmountOutOfRange { field, given, max } => format!(
                "Le champ « {field} » vaut {given} ; il doit dépasser zéro et ne pas excéder {max}."
            ),
            Self::DayAhead { given, today } => format!(
                "Elle est du {} ; nous sommes le {}.",
                given.with_slashes(),
                today.with_slashes()
            ),
            Self::PlaceKnown { place } => already(place),
            Self::PlaceNameTaken { name, postcode } => {
                format!("Le nom « {name} » existe déjà au code postal {postcode}.")
            }
            Self::Postcode { given } => {
                format!("Le code postal « {given} » n’a pas cinq chiffres.")
            }
            Self::NoSurface => "Sa surface est de 0 m².".to_owned(),
            Self::NoCapacity => "Sa capacité d’accueil est de 0 personne.".to_owned(),
            Self::PlaceUnknown { place } => {
                format!("La référence {place} n’est celle d’aucun lieu du réseau.")
            }
            Self::PlaceTwice { place } => format!("La référence {place} y figure plus d’une fois."),
            Self::PlaceCount { given, max } => {
                format!("Elle compte {given} lieu(x) ; il en faut de 1 à {max}.")
            }
            Self::KeyVersion { expected, given } => {
                format!("La version attendue est {expected}, et non {given}.")
            }
            Self::KeyUnknown { key } => {
                format!("La référence {key} n’est celle d’aucune clé adoptée.")
            }
            Self::NoWeight => {
                "Tous ses poids sont nuls : aucun lieu ne porterait la charge.".to_owned()
            }
            Self::CostKnown { cost } => already(cost),
            Self::Account { given } => {
                format!("Le compte « {given} » n’est pas une charge (classe 6) du plan comptable.")
            }
            Self::PortionCount { expected, given } => {
                format!("La clé compte {expected} lieu(x) ; la charge est répartie sur {given}.")
            }
            Self::PortionDiffers { place, expected, given } => {
                format!("La clé donne {expected} au lieu {place} ; la charge porte {given}.")
            }
            Self::CostUnknown { cost } => {
                format!("La référence {cost} n’est celle d’aucune charge.")
            }
            Self::NothingLeft { net, .. } => {
                format!("Les {net} de la charge ont déjà été appelés en entier.")
            }
            Self::CallKnown { call } => already(call),
            Self::VatRateTooHigh { given, normal } => format!(
                "Le taux donné est de {given} ; le taux normal, le plus élevé, est de {normal}."
            ),
            Self::VatDiffers { place, expected, given } => format!(
                "Pour le lieu {place}, elle devrait être de {expected} ; elle est de {given}."
            ),
            Self::ExemptWithoutCost { normal } => format!(
                "Un appel sans TVA réclame exactement la part d’une charge commune ; celui-ci n’en couvre aucune, le taux est donc de {normal}."
            ),
            Self::CalledBeyond { place, portion, called, asked } => format!(
                "La quote-part du lieu {place} est de {portion} ; {called} ont déjà été appelés et {asked} sont demandés."
            ),
            Self::InKindKnown { in_kind } => already(in_kind),
            Self::Parameter(missing) => format!("Il s’agit de celui-ci : {missing}."),
            Self::TooLarge => "Le montant dépasse la limite de calcul.".to_owned(),
        }
    }

    const fn rule_and_remedy(&self) -> (Option<&'static str>, &'static str) {
        match self {
            Self::Text { .. } => (None, "Corrigez ce texte."),
            Self::AmountOutOfRange { .. } => (None, "Corrigez ce montant."),
            Self::DayAhead { .. } => {
                (None, "Enregistrez ce fait le jour venu, ou corrigez la date.")
            }
            Self::PlaceKnown { .. }
            | Self::CostKnown { .. }
            | Self::CallKnown { .. }
            | Self::InKindKnown { .. } => (None, "Ouvrez la fiche existante."),
            Self::PlaceNameTaken { .. } => {
                (None, "Ouvrez sa fiche, ou donnez un nom qui les distingue.")
            }
            Self::Postcode { .. } => (None, "Indiquez un code postal comme 59000."),
            Self::NoSurface => (None, "Indiquez la surface en mètres carrés entiers."),
            Self::NoCapacity => {
                (None, "Indiquez le nombre de personnes que le lieu peut accueillir.")
            }
            Self::PlaceUnknown { .. } => (None, "Enregistrez d’abord le lieu."),
            Self::PlaceTwice { .. } => (None, "Ne gardez qu’une ligne par lieu."),
            Self::PlaceCount { .. } => (None, "Complétez la liste, ou partagez-la."),
            Self::KeyVersion { .. } => (R67, "Reprenez avec la dernière version de la clé."),
            Self::KeyUnknown { .. } => (R67, "Adoptez d’abord la clé de répartition."),
            Self::NoWeight => (R67, "Donnez un poids à un lieu au moins."),
            Self::Account { .. } => {
                (R60, "Choisissez un compte du plan, par exemple 613 (locations).")
            }
            Self::PortionCount { .. } | Self::PortionDiffers { .. } => (
                R87,
                "Reprenez l’enregistrement : les quotes-parts sont calculées par la clé, au centime.",
            ),
            Self::CostUnknown { .. } => (None, "Enregistrez d’abord la facture du fournisseur."),
            Self::NothingLeft { .. } => (R76, "Consultez les appels déjà émis pour cette charge."),
            Self::CalledBeyond { .. } => (R76, "Limitez l’appel au reste de la quote-part."),
            Self::VatRateTooHigh { .. } => (R83, "Vérifiez le taux."),
            Self::VatDiffers { .. } => {
                (R83, "Reprenez l’appel : la TVA est calculée à l’émission.")
            }
            Self::ExemptWithoutCost { .. } => {
                (R87, "Rattachez l’appel à une charge mutualisée, ou appelez avec TVA.")
            }
            Self::Parameter(_) => (None, "Demandez à l’administration de le fixer."),
            Self::TooLarge => (None, "Vérifiez les montants."),
        }
    }
}

fn already(reference: &impl std::fmt::Display) -> String {
    format!("La référence {reference} existe déjà.")
}
