//! Why the company, its bylaws or its parameters can't open a book.

use thiserror::Error;

use super::{LegalPart, MissingParameter, ParameterName};
use crate::base::{CategoryId, CollegeId, Day, Notice, Rate};

/// The bylaws as stated break a rule of law, or contradict themselves.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", self.notice())]
pub enum Refusal {
    /// A text is empty, too long, or holds control characters.
    Text {
        /// Which text, in French.
        field: &'static str,
        /// Its length in characters.
        length: usize,
        /// The most it may have.
        max: usize,
    },
    /// The SIREN's key does not hold.
    Siren(String),
    /// The postcode has not five digits.
    Postcode(String),
    /// A list has more rows than the house accepts.
    TooMany {
        /// Which list, in French.
        list: &'static str,
        /// How many rows it has.
        given: usize,
        /// The most it may have.
        max: usize,
    },
    /// Fewer categories than the law asks for (R1).
    TooFewCategories {
        /// How many are stated.
        given: usize,
        /// How many the law asks for.
        least: usize,
    },
    /// A category that the law makes mandatory is missing (R1).
    MissingLegalPart(LegalPart),
    /// A category asks for no share at all: its members would not be members (R11).
    NoShare(CategoryId),
    /// Fewer colleges than the cap on weights allows (R4).
    TooFewColleges {
        /// How many are stated.
        given: usize,
        /// How many are needed.
        least: usize,
    },
    /// A college weighs less or more than the law allows (R4).
    WeightOutOfBounds {
        /// Which college.
        college: CollegeId,
        /// What it weighs.
        weight: Rate,
        /// The least.
        min: Rate,
        /// The most.
        max: Rate,
    },
    /// The weights do not sum to one (R4).
    WeightsSum(Rate),
    /// A category names a college that does not exist (R5).
    UnknownCollege {
        /// Which category.
        category: CategoryId,
        /// The college it names.
        college: CollegeId,
    },
    /// Two categories, or two colleges, have one slug.
    Twice(String),
    /// Two rows state one parameter from the same day.
    ParameterTwice {
        /// Which figure.
        name: ParameterName,
        /// From which day.
        from: Day,
    },
    /// A value is not of its parameter's kind.
    ParameterValue {
        /// Which figure.
        name: ParameterName,
        /// What is stated.
        value: String,
    },
    /// A figure that rules read is not stated for today.
    Parameter(MissingParameter),
    /// The weights do not fit in an exact decimal.
    Overflow,
}

const CATEGORIES: &str = "règle R1, loi 47-1775 art. 19 septies";
const COLLEGES: &str = "règle R4, loi 47-1775 art. 19 octies";
const COMPANY: &str = "règle R7, C. com. L231-2 et R123-237";

impl Refusal {
    /// What to tell the person.
    pub fn notice(&self) -> Notice {
        let (why, rule, remedy) = self.parts();
        Notice { what: "Les statuts déclarés sont refusés.".into(), why, rule, remedy }
    }

    fn parts(&self) -> (String, Option<&'static str>, String) {
        match self {
            Self::TooFewCategories { given, least } => (
                format!(
                    "Ils prévoient {given} catégories d’associés ; il en faut {least} au moins."
                ),
                Some(CATEGORIES),
                "Ajoutez les catégories manquantes.".into(),
            ),
            Self::MissingLegalPart(part) => (
                format!("Il manque une catégorie obligatoire : celle des {}.", part.in_french()),
                Some(CATEGORIES),
                "Ajoutez cette catégorie.".into(),
            ),
            Self::NoShare(category) => (
                format!("La catégorie « {category} » ne demande aucune part à ses membres."),
                Some("règle R11, loi 1947 art. 11"),
                "Fixez un minimum d’au moins une part.".into(),
            ),
            Self::TooFewColleges { given, least } => (
                format!("Ils prévoient {given} collèges de vote ; il en faut {least} au moins."),
                Some(COLLEGES),
                "Ajoutez un collège.".into(),
            ),
            Self::WeightOutOfBounds { college, weight, min, max } => (
                format!(
                    "Le collège « {college} » pèse {weight} des voix ; \
                     un collège pèse au moins {min} et au plus {max}."
                ),
                Some(COLLEGES),
                "Répartissez les voix autrement.".into(),
            ),
            Self::WeightsSum(sum) => (
                format!("Les poids des collèges totalisent {sum} au lieu de 100 %."),
                Some(COLLEGES),
                "Corrigez les poids pour que leur somme fasse 100 %.".into(),
            ),
            Self::UnknownCollege { category, college } => (
                format!("La catégorie « {category} » renvoie au collège « {college} », absent."),
                Some("règle R5"),
                "Ajoutez ce collège, ou renvoyez la catégorie à un autre.".into(),
            ),
            _ => self.parts_of_form(),
        }
    }

    /// The refusals that concern the form of what is stated, not a rule of cooperative law.
    fn parts_of_form(&self) -> (String, Option<&'static str>, String) {
        match self {
            Self::Text { field, length, max } => (
                format!("Le texte « {field} » compte {length} caractères ; il en faut 1 à {max}."),
                Some(COMPANY),
                "Corrigez ce texte, sur une seule ligne.".into(),
            ),
            Self::Siren(siren) => (
                format!("Le SIREN « {siren} » n’a pas neuf chiffres avec une clé juste."),
                Some(COMPANY),
                "Recopiez le SIREN de l’avis de situation Sirene.".into(),
            ),
            Self::Postcode(postcode) => (
                format!("Le code postal « {postcode} » n’a pas cinq chiffres."),
                Some(COMPANY),
                "Corrigez l’adresse du siège.".into(),
            ),
            Self::TooMany { list, given, max } => (
                format!("La liste des {list} compte {given} lignes ; le maximum est {max}."),
                None,
                "Réduisez la liste.".into(),
            ),
            Self::Twice(slug) => (
                format!("L’identifiant « {slug} » est employé deux fois."),
                None,
                "Donnez à chaque catégorie et à chaque collège son identifiant.".into(),
            ),
            Self::ParameterTwice { name, from } => (
                format!("Le paramètre « {name} » est fixé deux fois au {}.", from.with_slashes()),
                None,
                "Gardez une seule valeur par date.".into(),
            ),
            Self::ParameterValue { name, value } => (
                format!("La valeur « {value} » ne convient pas au paramètre « {name} »."),
                None,
                format!("Écrivez {}.", name.kind().in_french()),
            ),
            Self::Parameter(missing) => (
                format!("Il manque une donnée : {missing}."),
                None,
                "Ajoutez ce paramètre, avec sa date et sa source.".into(),
            ),
            _ => (
                "La somme des poids dépasse la limite de calcul.".into(),
                Some(COLLEGES),
                "Écrivez les poids avec moins de décimales.".into(),
            ),
        }
    }
}
