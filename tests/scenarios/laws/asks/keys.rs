//! What is asked about keys: replaced, revoked, doubted, reviewed, and how many administrators it takes.

use ledger::authority::{
    ChangeThreshold, Finding, ReviewLeaves, RevokeKey, Role, RotateKey, RotateLogKey, SuspectKey,
};
use ledger::base::{Count, LeafIndex};
use ledger::command::Command;
use support::ORIGIN;
use support::pure::Pure;

use super::Ask;

impl Ask {
    pub(super) fn about_keys(&self, book: &Pure) -> (Command, &'static [&'static str]) {
        let authority = &book.state().registers.authority;
        let name = |office: &str| format!("{ORIGIN}/k/{office}");
        let third = if book.may_sign("admin-4") { "admin-4" } else { "admin-3" };
        let admins: &[&str] = match (authority.threshold(), third) {
            (0..=2, _) => &["admin-1", "admin-2"],
            (_, "admin-4") => &["admin-1", "admin-2", "admin-4"],
            _ => &["admin-1", "admin-2", "admin-3"],
        };
        let leaf = LeafIndex::new(u64::from(self.number % 40));
        match self.what {
            18 => (self.revocation(), admins),
            19 => {
                let vkey = book.key("admin-4").vkey();
                let ask = RotateKey { key_name: name("admin-3"), vkey };
                (Command::RotateKey(ask), &["admin-1", "admin-2", "admin-3", "admin-4"])
            }
            20 => {
                let reason = "clé perdue".to_owned();
                let ask = SuspectKey { key_name: name("admin-3"), reason, suspect_from: leaf };
                (Command::SuspectKey(ask), admins)
            }
            21 => {
                let by = if self.flaw.is_multiple_of(2) { Role::Officer } else { Role::Admin };
                let open = self.one_of(authority.to_review().map(|open| open.leaf));
                let leaves = vec![open.unwrap_or(leaf)];
                let note = "relu avec la personne".to_owned();
                let ask = ReviewLeaves { by, finding: Finding::Confirmed, leaves, note };
                let officers: &[&str] = &["bureau-1", "bureau-3"];
                (Command::ReviewLeaves(ask), if by == Role::Admin { admins } else { officers })
            }
            _ if self.number.is_multiple_of(2) => {
                let threshold = Count::new(u32::from(self.who % 4));
                (Command::ChangeThreshold(ChangeThreshold { threshold }), admins)
            }
            _ => {
                let key = ledger::log::SigningKey::generate(ORIGIN, [100 + self.other; 32]);
                let log_vkey = key.expect("a key").vkey();
                let both_for = Count::new(u32::from(self.who));
                (Command::RotateLogKey(RotateLogKey { both_for, log_vkey }), admins)
            }
        }
    }

    fn revocation(&self) -> Command {
        // The offices that the other asks need stay; these two may go.
        let name = ["admin-3", "inconnu"][usize::from(self.who % 2)];
        let reason = if self.flaw == 9 { "" } else { "départ" };
        Command::RevokeKey(RevokeKey {
            key_name: format!("{ORIGIN}/k/{name}"),
            reason: reason.into(),
            suspect_from: (self.flaw == 11).then(|| LeafIndex::new(3)),
        })
    }
}
