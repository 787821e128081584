//! Values every register speaks in: money, days, references. No rule of law, no other module.

mod amount;
mod apportion;
mod count;
mod day;
mod decision;
mod id;
mod in_words;
mod notice;
mod payment;
mod rate;
mod reading;
mod source;
mod stamp;
mod text;

pub use amount::{Amount, AmountError};
pub use apportion::{ApportionError, apportion};
pub use count::{Capacity, Count, LeafIndex, ShareCount, SquareMetres, Weight};
pub use day::{Day, DayError, FiscalYear};
pub use decision::DecisionRef;
pub use id::{
    BankRef, CallRef, CategoryId, CertificateRef, CollegeId, CostRef, Digest, GrantRef, IdError,
    InKindRef, KeyRef, LineRef, MemberRef, PlaceRef, StatementRef, SubscriptionRef,
};
pub use in_words::{in_words, same_number_in_words};
pub use notice::Notice;
pub use payment::{Iban, PaymentIdError, PaymentReference};
pub use rate::{Rate, RateError};
pub use source::Source;
pub use stamp::Stamp;
pub use text::is_one_line;
