//! What a stranger can verify, and what nobody can change unseen: every leaf, tile and checkpoint
//! tampered with, the door tried, the process killed, another program asked.

mod another_program;
mod big;
mod depths;
mod door;
mod frozen;
mod growing;
mod kill;
mod nets;
mod silent_signer;
mod snapshots;
mod steps;
mod tamper;

use support::{Coop, bits, decision, digest, statement};

use ledger::base::{CertificateRef, MemberRef};
use ledger::command::Command;
use ledger::members::PersonKind;
use ledger::shares::IssueCertificate;

/// A small real book: offices, two members, a statement, an allotment, a certificate.
pub(crate) async fn small_book() -> Coop {
    filled(Coop::open().await).await
}

/// The same book, where it was opened.
pub(crate) async fn filled(coop: Coop) -> Coop {
    coop.bank_account().await;
    coop.joins_as(1, PersonKind::Association, "lieux", 190).await.expect("subscribed");
    coop.joins(2, 10).await.expect("subscribed");
    let (one, two) = (coop.reference(1).to_string(), coop.reference(2).in_groups());
    let file = statement(
        "2026-03-01",
        "0,00",
        &[("19 000,00", "Les Gantois solidaires", &one), ("1 000,00", "Mme Diallo", &two)],
    );
    coop.imports(&file).await.expect("imported");
    coop.allots(&[1, 2]).await.expect("allotted");
    let ask = IssueCertificate {
        certificate: CertificateRef::from_random(bits(9)),
        member: MemberRef::from_random(bits(2)),
        on: decision(coop.registrar.today()).on,
        template_sha256: digest(4),
    };
    let desk = coop.registrar.desk().clone();
    let issued = coop.registrar.perform(Command::IssueCertificate(ask), Vec::new(), &[&desk]).await;
    issued.expect("issued");
    coop
}
