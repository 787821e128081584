//! Facts about shares: subscribed, allotted, declined, certified.

use serde::{Deserialize, Serialize};

use crate::base::{
    Amount, CertificateRef, Day, DecisionRef, Digest, MemberRef, PaymentReference, PlaceRef,
    ShareCount, SubscriptionRef,
};

/// A person signs a subscription form (R23). Nothing is owed to the accounts yet (E1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharesSubscribed {
    /// How many shares.
    pub count: ShareCount,
    /// What stands as proof of what was read and signed.
    pub form: FormEvidence,
    /// Who subscribes.
    pub member: MemberRef,
    /// Nominal value of a share on that day, in cents.
    pub nominal: Amount,
    /// The day of the form.
    pub on: Day,
    /// The place the subscriber wants to support, if one was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceRef>,
    /// The reference to copy on the bank transfer (ISO 11649).
    pub reference: PaymentReference,
    /// The subscriber's own key, if it signs this leaf; without it the desk's key answers (R82).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer_vkey: Option<String>,
    /// The subscription.
    pub subscription: SubscriptionRef,
}

impl SharesSubscribed {
    /// Count times nominal.
    pub fn amount(&self) -> Amount {
        self.nominal.times(u64::from(self.count.get())).unwrap_or(Amount::ZERO)
    }
}

/// What was read, typed and accepted (R23, R31, R82).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormEvidence {
    /// Digest of the evidence file kept in the vault: consents, times, channel.
    pub evidence_sha256: Digest,
    /// The number of shares as the person typed it, in full letters (R23).
    pub in_words: String,
    /// Digest of the PDF that was signed.
    pub pdf_sha256: Digest,
    /// Digest of the legal template it was made from.
    pub template_sha256: Digest,
}

/// The body that decides allots shares: the moment capital changes (R25, E3, E6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharesAllotted {
    /// To whom, for which subscription.
    pub allotments: Vec<Allotment>,
    /// The decision.
    pub decision: DecisionRef,
}

/// One subscription turned into shares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allotment {
    /// How many shares.
    pub count: ShareCount,
    /// The holder.
    pub member: MemberRef,
    /// What has been paid so far, in cents (R12).
    pub paid: Amount,
    /// The subscription.
    pub subscription: SubscriptionRef,
}

/// The body that decides declines a subscription; what was paid is owed back (E9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionDeclined {
    /// The decision.
    pub decision: DecisionRef,
    /// The subscription.
    pub subscription: SubscriptionRef,
}

/// A certificate of what a member holds is issued (R28).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateIssued {
    /// The certificate.
    pub certificate: CertificateRef,
    /// How many shares are held.
    pub count: ShareCount,
    /// Whose holding.
    pub member: MemberRef,
    /// Nominal value of a share, in cents.
    pub nominal: Amount,
    /// « À la date du ».
    pub on: Day,
    /// Paid-up part, in cents.
    pub paid: Amount,
    /// Digest of the certificate's legal template.
    pub template_sha256: Digest,
}
