//! What the pages say of witnesses: who vouches for the book, as of when, and who contradicts it.

use ledger::log::policy::Cosigned;
use ledger::log::{Note, Witnessed};

use crate::{Shared, error, format};

/// Who vouches for the book.
pub(crate) struct Vouching {
    /// What a witness says against the book, a sentence each.
    pub(crate) alarms: Vec<String>,
    /// Whether the book's policy asks for witnesses at all.
    pub(crate) asked: bool,
    /// The largest tree that they vouch for.
    pub(crate) head: Option<VouchedHead>,
}

/// A tree that witnesses vouch for.
pub(crate) struct VouchedHead {
    pub(crate) size: u64,
    pub(crate) by: String,
}

impl Vouching {
    pub(crate) async fn of(shared: &Shared) -> error::Result<Self> {
        let registrar = &shared.registrar;
        let head = registrar.witnessed_head().await?;
        Ok(Self {
            alarms: registrar.alarms().iter().map(ToString::to_string).collect(),
            asked: registrar.policy().asks_for_witnesses(),
            head: head.map(|head| VouchedHead { size: head.size, by: named(&head.by) }),
        })
    }
}

/// What the cosignatures of one checkpoint come to, by the book's policy.
pub(crate) enum Vouched {
    /// By nobody that the book knows.
    Nobody,
    /// By these, which is fewer than the policy asks for.
    TooFew(String),
    /// As the policy asks.
    Enough(String),
    /// A line by a witness of the book does not hold: it was changed or forged.
    False,
}

impl Vouched {
    /// What the book's witnesses say of that checkpoint note.
    pub(crate) fn of(shared: &Shared, note: &[u8]) -> Self {
        let Ok(note) = Note::parse(note) else { return Self::Nobody };
        let policy = shared.registrar.policy();
        match (policy.evaluate(&note), policy.cosigned(&note)) {
            (_, Err(_)) => Self::False,
            (Ok(Witnessed::By(by)), _) => Self::Enough(named(&by)),
            (_, Ok(some)) if some.is_empty() => Self::Nobody,
            (_, Ok(some)) => Self::TooFew(named(&some)),
        }
    }

    /// Whether as many vouch as the policy asks.
    pub(crate) const fn is_enough(&self) -> bool {
        matches!(self, Self::Enough(_))
    }
}

/// `« controle » (le 24 novembre 2026 à 14 h 05 (UTC))`, joined by commas.
fn named(by: &[Cosigned]) -> String {
    let name =
        |one: &Cosigned| format!("«\u{a0}{}\u{a0}», le {}", one.witness, format::seconds(one.time));
    by.iter().map(name).collect::<Vec<_>>().join("\u{a0}; ")
}
