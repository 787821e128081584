//! A file a page: its template's struct, what it shows, what it takes; nothing else.

pub(crate) mod accounts;
pub(crate) mod admin;
pub(crate) mod bank;
pub(crate) mod certificate;
pub(crate) mod erasure;
pub(crate) mod files;
pub(crate) mod home;
pub(crate) mod join;
pub(crate) mod journal;
pub(crate) mod log;
pub(crate) mod my_data;
pub(crate) mod my_shares;
pub(crate) mod new_key;
pub(crate) mod office;
pub(crate) mod places;
pub(crate) mod record;
mod record_admin;
mod record_inputs;
mod record_officer;
mod record_treasurer;
pub(crate) mod register;
pub(crate) mod review;
pub(crate) mod sign;
pub(crate) mod sign_form;
pub(crate) mod sign_in;
pub(crate) mod treasury;
pub(crate) mod verify;
