//! Every "no" about membership, with its French sentence.

use thiserror::Error;

use super::PersonKind;
use crate::base::{CategoryId, CollegeId, Day, MemberRef, Notice};

/// A rule of membership forbids what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", self.notice())]
pub enum Refusal {
    /// The identity is not complete (R34).
    MissingFields {
        /// What kind of person.
        person: PersonKind,
        /// The names of the missing fields.
        missing: Vec<&'static str>,
    },
    /// A field has no purpose for this kind of person.
    UnknownField(String),
    /// A field is given twice.
    FieldTwice(String),
    /// The fields and their digests differ in number.
    FieldsAndDigests {
        /// How many fields.
        fields: usize,
        /// How many digests.
        digests: usize,
    },
    /// The digests are made with another algorithm.
    DigestAlgorithm(String),
    /// No digest, or too many.
    DigestCount {
        /// How many.
        given: usize,
        /// The most.
        max: usize,
    },
    /// The text is not a SHA-256 digest in base64url.
    BadDigest(String),
    /// A digest is given twice.
    DigestTwice,
    /// Somebody has applied under that reference.
    KnownMember(MemberRef),
    /// The bylaws have no such category (R1).
    UnknownCategory(CategoryId),
    /// The bylaws have no such college (R4).
    UnknownCollege(CollegeId),
    /// Public bodies have their own category, and nobody else is in it (R2).
    NotTheirCategory {
        /// The category's French name.
        category: String,
        /// What kind of person.
        person: PersonKind,
    },
    /// The decision that a legal person needs is not given (R24).
    NoMandate(PersonKind),
    /// The decision's reference is too long or not on one line (R24).
    BadMandate {
        /// Its length in characters.
        length: usize,
        /// The most.
        max: usize,
    },
    /// The list of admissions is empty or too long.
    ListLength {
        /// How many.
        given: usize,
        /// The most.
        max: usize,
    },
    /// The list names somebody twice.
    ListedTwice(MemberRef),
    /// Nobody has applied under that reference.
    NotApplied(MemberRef),
    /// They are a member already.
    AlreadyAdmitted {
        /// Who.
        member: MemberRef,
        /// The day of the decision.
        on: Day,
    },
    /// The decision's label does not say which meeting.
    DecisionLabel {
        /// Its length in characters.
        length: usize,
        /// The least.
        min: usize,
        /// The most.
        max: usize,
    },
    /// The decision is dated after today.
    DecisionAhead {
        /// Its day.
        on: Day,
        /// Today.
        today: Day,
    },
}

type Parts = (String, Option<&'static str>, String);

impl Refusal {
    /// What to tell the person.
    pub fn notice(&self) -> Notice {
        let (what, (why, rule, remedy)) = match self {
            Self::ListLength { .. }
            | Self::ListedTwice(_)
            | Self::NotApplied(_)
            | Self::AlreadyAdmitted { .. }
            | Self::UnknownCollege(_)
            | Self::DecisionLabel { .. }
            | Self::DecisionAhead { .. } => ("L’admission est refusée.", self.about_admission()),
            Self::DigestAlgorithm(_)
            | Self::DigestCount { .. }
            | Self::BadDigest(_)
            | Self::DigestTwice
            | Self::UnknownField(_)
            | Self::FieldTwice(_)
            | Self::FieldsAndDigests { .. } => {
                ("La demande d’adhésion est refusée.", self.about_disclosures())
            }
            _ => ("La demande d’adhésion est refusée.", self.about_application()),
        };
        Notice { what: what.into(), why, rule, remedy }
    }

    fn about_application(&self) -> Parts {
        match self {
            Self::MissingFields { person, missing } => (
                format!("Pour une {}, il manque : {}.", person.label(), in_french(missing)),
                Some("règle R34"),
                "Complétez ces informations ; elles restent hors du livre public.".into(),
            ),
            Self::KnownMember(member) => (
                format!("Une demande existe déjà sous la référence {member}."),
                Some("règle R24"),
                "Suivez la demande en cours, ou souscrivez avec la même référence.".into(),
            ),
            Self::UnknownCategory(category) => (
                format!("La catégorie « {category} » n’existe pas dans les statuts."),
                Some("règle R1, loi 47-1775 art. 19 septies"),
                "Choisissez l’une des catégories des statuts.".into(),
            ),
            Self::NotTheirCategory { category, person: PersonKind::PublicBody } => (
                format!("La catégorie « {category} » n’est pas celle des personnes publiques."),
                Some("règle R2, loi 47-1775 art. 19 septies"),
                "Choisissez la catégorie des collectivités et établissements publics.".into(),
            ),
            Self::NotTheirCategory { category, person } => (
                format!(
                    "La catégorie « {category} » est réservée aux personnes publiques ; \
                     la demande est celle d’une {}.",
                    person.label()
                ),
                Some("règle R2, loi 47-1775 art. 19 septies"),
                "Choisissez une autre catégorie.".into(),
            ),
            Self::BadMandate { length, max } => (
                format!(
                    "La référence de la décision compte {length} caractères ; \
                     il en faut au plus {max}, sur une seule ligne."
                ),
                Some("règle R24, loi 1947"),
                "Écrivez l’organe et la date, par exemple « CA du 12 mars 2026 ».".into(),
            ),
            _ => (
                "Une association ou une personne publique souscrit par une décision de ses \
                 instances, et sa référence manque."
                    .into(),
                Some("règle R24, loi 1947"),
                "Indiquez la décision, par exemple « délibération 2026-14 du 12 mars 2026 »."
                    .into(),
            ),
        }
    }

    fn about_disclosures(&self) -> Parts {
        let why = match self {
            Self::UnknownField(field) => {
                format!("L’information « {field} » n’est pas demandée pour cette adhésion.")
            }
            Self::FieldTwice(field) => {
                format!("L’information « {} » est donnée deux fois.", name_of(field))
            }
            Self::FieldsAndDigests { fields, digests } => format!(
                "Elle annonce {fields} informations pour {digests} empreintes ; \
                 il en faut autant."
            ),
            Self::DigestAlgorithm(algorithm) => {
                format!("Les empreintes sont en « {algorithm} » et non en « sha-256 ».")
            }
            Self::DigestCount { given, max } => {
                format!("Elle porte {given} empreintes d’identité ; il en faut 1 à {max}.")
            }
            Self::BadDigest(text) => {
                format!("« {text} » n’est pas une empreinte SHA-256 de 43 signes en base64url.")
            }
            _ => "La même empreinte d’identité figure deux fois.".into(),
        };
        (why, Some("règles R34 et R78"), "Recommencez la saisie depuis le formulaire.".into())
    }

    fn about_admission(&self) -> Parts {
        let decision = Some("règle R25");
        match self {
            Self::ListLength { given, max } => (
                format!("La liste compte {given} admissions ; il en faut 1 à {max}."),
                decision,
                "Répartissez les admissions sur plusieurs listes de la même décision.".into(),
            ),
            Self::ListedTwice(member) => (
                format!("La liste nomme deux fois {member}."),
                decision,
                "Retirez la ligne en double.".into(),
            ),
            Self::AlreadyAdmitted { member, on } => (
                format!("{member} est associé depuis la décision du {}.", on.in_french()),
                decision,
                "Retirez cette ligne de la liste.".into(),
            ),
            Self::UnknownCollege(college) => (
                format!("Le collège « {college} » n’existe pas dans les statuts."),
                Some("règle R4, loi 47-1775 art. 19 octies"),
                "Choisissez l’un des collèges des statuts.".into(),
            ),
            Self::DecisionLabel { length, min, max } => (
                format!(
                    "L’intitulé de la décision compte {length} caractères ; \
                     il en faut {min} à {max}, sur une seule ligne."
                ),
                decision,
                "Écrivez l’organe et la date, par exemple « CA du 12 mars 2026, point 4 ».".into(),
            ),
            Self::DecisionAhead { on, today } => (
                format!(
                    "La décision est datée du {}, après aujourd’hui, le {}.",
                    on.in_french(),
                    today.in_french()
                ),
                decision,
                "Corrigez la date, ou attendez que la réunion ait eu lieu.".into(),
            ),
            Self::NotApplied(member) => (
                format!("Aucune demande n’a été déposée sous la référence {member}."),
                decision,
                "Faites d’abord déposer une demande d’adhésion.".into(),
            ),
            _ => ("La liste n’est pas recevable.".into(), decision, "Refaites la liste.".into()),
        }
    }
}

fn in_french(fields: &[&str]) -> String {
    fields.iter().map(|field| name_of(field)).collect::<Vec<_>>().join(", ")
}

/// The French name of an identity field.
fn name_of(field: &str) -> &str {
    match field {
        "surname" => "le nom de famille",
        "usual_name" => "le nom d’usage",
        "first_names" => "les prénoms",
        "birth_date" => "la date de naissance",
        "birth_place" => "le lieu de naissance",
        "nationality" => "la nationalité",
        "denomination" => "la dénomination",
        "legal_form" => "la forme juridique",
        "siren" => "le numéro SIREN",
        "rna" => "le numéro RNA",
        "representative" => "le représentant légal",
        "street" => "la voie",
        "postcode" => "le code postal",
        "town" => "la commune",
        "country" => "le pays",
        "email" => "l’adresse électronique",
        "iban" => "l’IBAN",
        other => other,
    }
}
