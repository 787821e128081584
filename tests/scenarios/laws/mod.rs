//! What must hold whatever is asked, in whatever order: one property a law (proptest prints the
//! seed and the smallest case that breaks it).

mod ahead;
mod asks;
mod book;
mod corpus;
mod facts;
mod parts;
mod values;
