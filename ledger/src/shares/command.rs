//! What may be asked about shares.

use serde::Deserialize;

use super::FormEvidence;
use crate::base::{
    CertificateRef, CollegeId, Day, DecisionRef, Digest, MemberRef, PlaceRef, ShareCount,
    SubscriptionRef,
};

/// Subscribes shares; preceded by `members::Apply` when the subscriber is new.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    /// The subscription, random.
    pub subscription: SubscriptionRef,
    /// Who.
    pub member: MemberRef,
    /// How many shares.
    pub count: ShareCount,
    /// The place to support.
    #[serde(default)]
    pub place: Option<PlaceRef>,
    /// The day of the form.
    pub on: Day,
    /// What was read, typed, accepted.
    pub form: FormEvidence,
    /// The subscriber's own key, if it signs.
    #[serde(default)]
    pub signer_vkey: Option<String>,
}

/// Admits the subscribers who are not members yet and allots their shares: one decision, a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllotShares {
    /// Which subscriptions.
    pub subscriptions: Vec<SubscriptionRef>,
    /// Colleges that differ from the category's own.
    #[serde(default)]
    pub colleges: Vec<(MemberRef, CollegeId)>,
    /// The decision.
    pub decision: DecisionRef,
}

/// Declines a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclineSubscription {
    /// Which.
    pub subscription: SubscriptionRef,
    /// The decision.
    pub decision: DecisionRef,
}

/// Issues a certificate of what a member holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueCertificate {
    /// The certificate, random.
    pub certificate: CertificateRef,
    /// Whose holding.
    pub member: MemberRef,
    /// « À la date du ».
    pub on: Day,
    /// Digest of the legal template.
    pub template_sha256: Digest,
}
