//! Shares: subscription, allotment, capital and its floor, certificates.

mod command;
mod event;

pub use command::{AllotShares, DeclineSubscription, IssueCertificate, Subscribe};
pub use event::{
    Allotment, CertificateIssued, FormEvidence, SharesAllotted, SharesSubscribed,
    SubscriptionDeclined,
};
