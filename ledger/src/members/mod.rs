//! Members: application, admission, category and college.

mod command;
mod decide;
mod event;
mod refusal;
mod register;

pub use command::Apply;
pub use decide::{apply, check_admitted, check_applied, fields_allowed, fields_required};
pub use event::{Admission, MemberApplied, MembersAdmitted, PersonKind};
pub use refusal::Refusal;
pub use register::{Member, Members, Standing};
