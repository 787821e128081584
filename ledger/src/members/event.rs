//! Facts about members: an application, an admission, an erasure.

use serde::{Deserialize, Serialize};

use crate::base::{CategoryId, CollegeId, Day, DecisionRef, MemberRef};

/// Somebody asks to become a member. Their identity is in the vault; the leaf holds digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberApplied {
    /// Digests of the disclosures of identity (RFC 9901).
    #[serde(rename = "_sd")]
    pub sd: Vec<String>,
    /// The digest's algorithm: `sha-256`.
    #[serde(rename = "_sd_alg")]
    pub sd_alg: String,
    /// The category asked for (R1).
    pub category: CategoryId,
    /// The reference of the decision that a legal person needs to subscribe (R24).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate: Option<String>,
    /// The applicant's pseudonym.
    pub member: MemberRef,
    /// What kind of person.
    pub person: PersonKind,
    /// The applicant's own key, if it signs this leaf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer_vkey: Option<String>,
}

/// What kind of person a member is (R24, R34).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonKind {
    /// A natural person.
    Natural,
    /// A company or a wage-earning cooperative.
    Company,
    /// An association.
    Association,
    /// A local authority, a grouping of them, or a public establishment (R2).
    PublicBody,
}

impl PersonKind {
    /// Its French name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Natural => "personne physique",
            Self::Company => "société",
            Self::Association => "association",
            Self::PublicBody => "personne publique",
        }
    }
}

/// The body that decides admits applicants, by a decision that several officers sign (R25).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MembersAdmitted {
    /// Who, and where they stand.
    pub admissions: Vec<Admission>,
    /// The decision.
    pub decision: DecisionRef,
}

/// One admitted member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admission {
    /// The category (R1).
    pub category: CategoryId,
    /// The voting college (R4): independent of the category (R5).
    pub college: CollegeId,
    /// Who.
    pub member: MemberRef,
}

/// The personal values of somebody are erased from the vault, by officers: the log keeps digests.
///
/// What a duty still covers is kept, and the fact says until when (R79).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonErased {
    /// The digests of the application that can be opened no more, sorted.
    pub digests: Vec<String>,
    /// What is erased, in the order of the classes.
    pub erased: Vec<DataClass>,
    /// What is kept, in the same order.
    pub kept: Vec<KeptData>,
    /// Whose.
    pub member: MemberRef,
    /// On what ground.
    pub reason: ErasureReason,
}

/// A class of personal values that a duty still covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptData {
    /// Which duty; the one that ends last.
    pub because: Duty,
    /// What is kept.
    pub class: DataClass,
    /// The last day of the duty, where it has one today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}

/// A class of personal values: what is kept and erased together (R79).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataClass {
    /// Names, or denomination, form, number and representative.
    Identity,
    /// Birth and nationality.
    Birth,
    /// The postal address.
    Domicile,
    /// The e-mail address.
    Contact,
    /// The person's own IBAN.
    Bank,
    /// The evidence files of subscriptions (R82).
    Evidence,
    /// Payer, IBAN and label of the bank lines that paid the subscriptions.
    Payments,
}

impl DataClass {
    /// Every class, in order.
    pub const ALL: [Self; 7] = [
        Self::Identity,
        Self::Birth,
        Self::Domicile,
        Self::Contact,
        Self::Bank,
        Self::Evidence,
        Self::Payments,
    ];

    /// The class of a value of a person's by its name in the vault.
    pub fn of_field(name: &str) -> Self {
        match name {
            "birth_date" | "birth_place" | "nationality" => Self::Birth,
            "street" | "postcode" | "town" | "country" => Self::Domicile,
            "email" => Self::Contact,
            "iban" => Self::Bank,
            name if name.starts_with("evidence.") => Self::Evidence,
            _ => Self::Identity,
        }
    }

    /// Whether its values are fields of the application, whose digests a leaf lists.
    pub const fn is_of_application(self) -> bool {
        !matches!(self, Self::Evidence | Self::Payments)
    }

    /// Its French name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Identity => "identité",
            Self::Birth => "naissance et nationalité",
            Self::Domicile => "adresse postale",
            Self::Contact => "adresse électronique",
            Self::Bank => "IBAN",
            Self::Evidence => "dossier de preuve des bulletins",
            Self::Payments => "payeur des virements reçus",
        }
    }
}

/// A duty or a purpose that stands against an erasure (R79).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// A subscription without a follow-up is kept for a short time.
    Unfulfilled,
    /// Vouchers of the accounts.
    Voucher,
    /// A subscription waits for its decision.
    Undecided,
    /// Money is owed back.
    Refund,
    /// A member is called to meetings and may be paid.
    Membership,
    /// The register of members.
    Register,
}

impl Duty {
    /// Its French name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unfulfilled => "souscription sans suite",
            Self::Voucher => "pièces comptables",
            Self::Undecided => "souscription en attente de décision",
            Self::Refund => "remboursement dû",
            Self::Membership => "vie de la société : convocations et paiements",
            Self::Register => "registre des associés",
        }
    }
}

/// The ground of an erasure (GDPR, article 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureReason {
    /// The person asked for it.
    Requested,
    /// The time for which the values were needed is over.
    NoLongerNeeded,
}

impl ErasureReason {
    /// Its French name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Requested => "demandé par la personne",
            Self::NoLongerNeeded => "durée de conservation écoulée",
        }
    }
}
