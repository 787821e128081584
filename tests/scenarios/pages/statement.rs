//! A bank statement on the treasurer's page: read, shown, signed; a file that is wrong writes nothing.

use support::site::{Answer, Site};
use support::{BankLine, StatementFile, day, euros, statement};

use super::{founded, reference_on, subscriber};

async fn refused(site: &Site, file: &[u8]) -> Answer {
    let size = site.size();
    let mut treasurer = site.office("tresor").await;
    let answer = treasurer.upload("/tresorerie/releve", file, &[]).await;
    assert_eq!(answer.status.as_u16(), 422, "{}", answer.words());
    assert!(answer.says("Que faire"), "what to do: {}", answer.words());
    assert!(!answer.says("Relire et signer"), "nothing to sign: {}", answer.words());
    assert_eq!(site.size(), size);
    answer
}

fn a_file() -> StatementFile {
    let line =
        BankLine {
            amount: euros("1 000,00"), who: "Zoé Le Goff".into(), label: "virement".into()
        };
    StatementFile::sound(day("2026-03-02"), euros("19 000,00"), vec![line])
}

#[tokio::test]
async fn a_truncated_file_is_refused_wherever_it_is_cut() {
    let site = founded().await;
    let file = a_file().to_xml().into_bytes();
    for part in 1..8 {
        let end = file.len() * part / 8;
        refused(&site, file.get(..end).expect("a part")).await;
    }
}

#[tokio::test]
async fn a_file_that_is_no_statement_is_refused() {
    let site = founded().await;
    let not_a_statement: [&[u8]; 6] = [
        b"",
        b"Date;Montant\n2026-03-02;1000\n",
        b"%PDF-1.7 ...",
        b"\xff\xfe\x00\x01",
        b"<?xml version=\"1.0\"?><Document/>",
        b"<!DOCTYPE a [<!ENTITY b \"c\">]><Document>&b;</Document>",
    ];
    for file in not_a_statement {
        let page = refused(&site, file).await;
        assert!(page.says("Ce fichier n’est pas importé."), "{}", page.words());
    }
}

#[tokio::test]
async fn a_statement_whose_balances_differ_is_refused_with_the_figures() {
    let site = founded().await;
    let mut file = a_file();
    file.closing = Some(euros("20 000,01"));
    let page = refused(&site, file.to_xml().as_bytes()).await;
    assert!(page.says("000,01") && page.says("name=\"accepter\""), "{}", page.words());
    let mut treasurer = site.office("tresor").await;
    let accepted = [("accepter", "oui")];
    let page = treasurer.upload("/tresorerie/releve", file.to_xml().as_bytes(), &accepted).await;
    assert_eq!(page.status.as_u16(), 200, "accepted knowingly: {}", page.words());
}

#[tokio::test]
async fn a_statement_of_another_account_is_refused() {
    let site = founded().await;
    let mut file = a_file();
    file.iban = "FR1420041010050500013M02606".into();
    refused(&site, file.to_xml().as_bytes()).await;
}

#[tokio::test]
async fn a_file_beyond_four_mebibytes_is_refused() {
    let site = founded().await;
    let mut treasurer = site.office("tresor").await;
    let file = vec![b' '; 4 * 1024 * 1024 + 128 * 1024];
    let answer = treasurer.upload("/tresorerie/releve", &file, &[]).await;
    assert_eq!(answer.status.as_u16(), 413);
    assert!(answer.says("trop volumineux"), "{}", answer.words());
}

#[tokio::test]
async fn a_sound_statement_is_shown_then_signed_then_matched() {
    let site = founded().await;
    let mut member = subscriber(&site).await;
    let reference = reference_on(&member.get("/mes-parts").await);
    let file = statement(
        "2026-03-02",
        "19 000,00",
        &[("1 000,00", "Zoé Le Goff", &reference), ("7,00", "Inconnu", "sans objet")],
    );
    let size = site.size();
    let mut treasurer = site.office("tresor").await;
    let page = treasurer.upload("/tresorerie/releve", file.as_bytes(), &[]).await;
    for words in ["2 lignes nouvelles", "0 ligne déjà connue", "rapprochée", "à rapprocher"] {
        assert!(page.says(words), "{words}: {}", page.words());
    }
    assert_eq!(site.size(), size, "shown, not written");
    let address = page.link("/signer/");
    let forged = treasurer.signs(&address, &support::key("tresor", 91)).await;
    assert_eq!(forged.status.as_u16(), 422, "{}", forged.words());
    assert_eq!(site.size(), size);
    let done = treasurer.signs(&address, site.coop.key("tresor")).await;
    assert!(done.says("Inscrit au journal"), "{}", done.words());
    assert!(site.size() > size);
    let book = site.coop.registrar.book();
    assert_eq!(book.state().books.balance("4563"), euros("-1 000,00"));

    let page = treasurer.get("/tresorerie").await;
    assert!(page.says("sans objet") && !page.says(&reference), "{}", page.words());
    let mine = member.get("/mes-parts").await;
    assert!(!mine.says("Référence à recopier"), "paid: {}", mine.words());
}

#[tokio::test]
async fn the_same_statement_again_tells_nothing_new_and_writes_nothing() {
    let site = founded().await;
    let mut member = subscriber(&site).await;
    let reference = reference_on(&member.get("/mes-parts").await);
    super::pays(&site, "2026-03-02", "19 000,00", &reference).await;
    let lines = [("1 000,00", "Zoé Le Goff", reference.as_str())];
    let file = statement("2026-03-02", "19 000,00", &lines);
    let page = refused(&site, file.as_bytes()).await;
    assert!(page.says("déjà"), "{}", page.words());
}

#[tokio::test]
async fn an_import_prepared_twice_is_written_once() {
    let site = founded().await;
    let file = a_file().to_xml();
    let mut treasurer = site.office("tresor").await;
    let first = treasurer.upload("/tresorerie/releve", file.as_bytes(), &[]).await.link("/signer/");
    let second =
        treasurer.upload("/tresorerie/releve", file.as_bytes(), &[]).await.link("/signer/");
    let key = site.coop.key("tresor");
    assert_eq!(treasurer.signs(&first, key).await.status.as_u16(), 200);
    let (size, balance) = (site.size(), site.coop.registrar.book().state().books.balance("512"));
    let answer = treasurer.signs(&second, key).await;
    assert_eq!(answer.status.as_u16(), 422, "{}", answer.words());
    assert_eq!(site.size(), size);
    assert_eq!(site.coop.registrar.book().state().books.balance("512"), balance);
}
