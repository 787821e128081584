//! Shares: subscription, allotment, capital and its floor, certificates.

mod allot;
mod certify;
mod command;
mod decide;
mod event;
#[cfg(test)]
mod fixture;
mod refusal;
mod register;
mod subscribe;

pub use allot::check_allotted;
pub use certify::{check_certificate, issue_certificate};
pub use command::{AllotShares, DeclineSubscription, IssueCertificate, Subscribe};
pub use decide::{check_declined, decline};
pub use event::{
    Allotment, CertificateIssued, FormEvidence, SharesAllotted, SharesSubscribed,
    SubscriptionDeclined,
};
pub use refusal::{Act, Refusal};
pub use register::{
    Capital, Certificate, Holding, Lot, Movement, Nature, Shares, Step, Subscription,
};
pub use subscribe::{check_minimum, check_subscribed, subscribe};
