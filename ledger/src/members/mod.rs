//! Members: application, admission, category and college; erasure of who they are.

mod command;
mod decide;
mod event;
mod refusal;
mod register;

pub use command::{Apply, ErasePerson};
pub use decide::{apply, check_admitted, check_applied, fields_allowed, fields_required};
pub use event::{
    Admission, DataClass, Duty, ErasureReason, KeptData, MemberApplied, MembersAdmitted,
    PersonErased, PersonKind,
};
pub use refusal::Refusal;
pub use register::{Member, Members, Standing};
