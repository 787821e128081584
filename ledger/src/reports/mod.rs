//! Questions that need several registers, answered as views that pages and exports show.

pub mod accounts;
