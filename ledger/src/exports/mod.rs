//! Files for other programs: CSV for a spreadsheet, JSON for a machine.

pub mod accounts;
