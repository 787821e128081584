//! Members: application, admission, category and college.

mod command;
mod event;

pub use command::Apply;
pub use event::{Admission, MemberApplied, MembersAdmitted, PersonKind};
