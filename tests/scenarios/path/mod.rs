//! From a subscription to a certificate, through the real registrar.

use ledger::audit::{Expected, audit};
use ledger::base::{CertificateRef, MemberRef};
use ledger::command::Command;
use ledger::members::PersonKind;
use ledger::shares::IssueCertificate;
use support::{Coop, StoredLog, bits, digest, euros, statement};

#[tokio::test]
async fn a_resident_becomes_a_member_and_gets_a_certificate() {
    let coop = Coop::open().await;
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
    let book = coop.registrar.book();
    assert_eq!(book.state().books.balance("512"), euros("20 000,00"));
    assert_eq!(book.state().books.balance("4563"), euros("-20 000,00"));

    coop.allots(&[1, 2]).await.expect("allotted");
    let member = MemberRef::from_random(bits(2));
    let ask = IssueCertificate {
        certificate: CertificateRef::from_random(bits(9)),
        member: member.clone(),
        on: coop.registrar.today(),
        template_sha256: digest(4),
    };
    let desk = coop.registrar.desk().clone();
    let command = Command::IssueCertificate(ask);
    let receipt = coop.registrar.perform(command, Vec::new(), &[&desk]).await.expect("issued");
    let proof = coop.registrar.proof_file(receipt.first).await.expect("read").expect("there");

    let coop = coop.restart().await;
    let again = coop.registrar.proof_file(receipt.first).await.expect("read").expect("there");
    assert_eq!(proof.to_bytes(), again.to_bytes(), "a restart changes nothing");
    let book = coop.registrar.book();
    assert_eq!(book.state().registers.shares.capital().subscribed, euros("20 000,00"));
    assert_eq!(book.state().books.balance("1013"), euros("-20 000,00"));
    let names = coop.registrar.private(member.as_str()).await.expect("opened");
    assert_eq!(names.get("surname").map(String::as_str), Some("Diallo"));

    let source = StoredLog::read(&coop.target).await.expect("the folder opens");
    let report = audit(&source, &Expected::default()).expect("the log holds");
    assert_eq!(report.leaves, book.size());
}

#[tokio::test]
async fn the_same_statement_twice_changes_nothing() {
    let coop = Coop::open().await;
    coop.bank_account().await;
    coop.joins(2, 10).await.expect("subscribed");
    let reference = coop.reference(2).to_string();
    let file = statement("2026-03-01", "0,00", &[("1 000,00", "Mme Diallo", &reference)]);
    coop.imports(&file).await.expect("imported");
    let size = coop.registrar.book().size();
    let again = coop.imports(&file).await.expect_err("nothing new");
    assert!(again.to_string().contains("relevé"), "{again}");
    assert_eq!(coop.registrar.book().size(), size);
}
