//! Keeping a book: checked, backed up, restored, exported, repaired. The operator's work.
//!
//! | question | where |
//! |---|---|
//! | is every row what the log says it is | [`fsck`](mod@fsck) |
//! | a backup while the portal runs | [`backup`](mod@backup) |
//! | a backup back into an empty place | [`restore`](mod@restore) |
//! | the log and what is disclosed of it, for others | [`archive`](mod@archive) |
//! | a damaged log built anew | [`repair`](mod@repair) |
//! | what witnesses signed, and what contradicted the book | `vouched` |
//! | leaves into a new book | `rebuild` |
//! | the log as a tree of files | [`LogTree`] |
//! | vault and portal as lines, still sealed | `sealed` |
//! | the errors of other layers, in French | [`in_french`] |
//! | a folder that is seen when it is whole, and what it holds | `folder`, `manifest` |
//!
//! Nothing here decides anything and no leaf is made: leaves are read, proven and put in their place.

pub mod archive;
pub mod backup;
mod error;
mod folder;
mod french;
pub mod fsck;
mod log_tree;
mod manifest;
mod rebuild;
pub mod repair;
pub mod restore;
mod sealed;
mod tree;
mod vouched;

pub use archive::{Archive, Beside, Disclose, archive};
pub use backup::{Backup, WithIt, backup};
pub use error::KeepError;
pub use french::in_french;
pub use log_tree::LogTree;
pub use manifest::Form;
pub use repair::{Repaired, repair};
pub use restore::{Restore, Restored, restore};

/// What another part says is wrong with what was given.
fn passed_by(error: impl std::error::Error + 'static) -> KeepError {
    KeepError::Given(in_french(&error))
}
