//! The reader on our own statements of three versions, on broken ones, and on other files.

use proptest::prelude::*;

use super::*;
use crate::base::PaymentReference;
use crate::treasury::references;

const V02: &[u8] = include_bytes!("../../../../tests/golden/camt/version-02.xml");
const V04: &[u8] = include_bytes!("../../../../tests/golden/camt/version-04.xml");
const V08: &[u8] = include_bytes!("../../../../tests/golden/camt/version-08.xml");

fn cents(line: &StatementLine) -> i64 {
    line.amount.cents()
}

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

/// A statement without balances that holds this XML.
fn document(inside: &str) -> String {
    format!(
        "<Document><BkToCstmrStmt><Stmt><Id>1</Id><Acct><Id><IBAN>FR7619998000010000012345691\
         </IBAN></Id></Acct>\n{inside}</Stmt></BkToCstmrStmt></Document>"
    )
}

/// A booked credit whose amount is written so.
fn credit(amount: &str) -> String {
    format!(
        "<Ntry>{amount}<CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>\
         <BookgDt><Dt>2026-02-03</Dt></BookgDt></Ntry>"
    )
}

fn only(inside: &str) -> Result<Statement, CamtError> {
    read(document(inside).as_bytes()).map(|mut statements| statements.remove(0))
}

fn balances(opening: &str, closing: &str) -> String {
    let one = |code: &str, amount: &str| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{amount}</Amt>\
             <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-02-28</Dt></Dt></Bal>"
        )
    };
    one("OPBD", opening) + &one("CLBD", closing)
}

#[test]
fn version_02_is_read_whole() {
    let statement = read(V02).expect("readable").remove(0);
    assert_eq!(statement.iban, Iban::parse("FR7619998000010000012345691").ok());
    assert_eq!((statement.id.as_str(), statement.currency.as_str()), ("REL-2026-02", "EUR"));
    assert_eq!(statement.opening, Some(Amount::from_cents(100_000)));
    assert_eq!(statement.until, day("2026-02-28"));
    assert_eq!(statement.not_booked, 1);
    assert_eq!(statement.balance_gap(), Some(Amount::ZERO));
    let amounts: Vec<i64> = statement.lines.iter().map(cents).collect();
    assert_eq!(amounts, [30_000, 20_000, 15_000, 25_000, -15_000, -1_260]);
    let first = &statement.lines[0];
    assert_eq!(first.counterparty.as_deref(), Some("Inès Vasseur"));
    assert_eq!(first.counterparty_iban.as_deref(), Some("FR7619997000100000044556629"));
    assert_eq!(first.structured_reference.as_deref(), Some("RF39S2026000041"));
    assert_eq!(first.bank_reference.as_deref(), Some("FICT0203A"));
    assert_eq!((first.end_to_end.as_deref(), first.booked_on), (None, day("2026-02-03")));
    let paid = &statement.lines[4];
    assert_eq!(paid.counterparty.as_deref(), Some("Imprimerie du Canal"));
    assert_eq!(
        (paid.end_to_end.as_deref(), paid.bank_reference.as_deref()),
        (Some("FACT-118"), None)
    );
    assert_eq!(statement.lines[5].label, "COTISATION COMPTE");
}

#[test]
fn a_batch_that_adds_up_is_split_and_keeps_each_payer() {
    let statement = read(V02).expect("readable").remove(0);
    let [first, second] = [&statement.lines[2], &statement.lines[3]];
    assert_eq!(first.counterparty.as_deref(), Some("Association des Quatre Vents"));
    assert_eq!(second.bank_reference.as_deref(), Some("FICT0210B"));
    assert_eq!(second.label, "RF55S2026000044 · REMISE DE VIREMENTS");
}

#[test]
fn version_04_holds_two_statements_a_whole_batch_and_a_reversal() {
    let statements = read(V04).expect("readable");
    let [current, savings] = &statements[..] else { panic!("two statements") };
    assert_eq!(current.opening, Some(Amount::from_cents(-2_000)), "the previous closing balance");
    assert_eq!(current.iban, Iban::parse("FR7619998000010000012345691").ok());
    let batch = &current.lines[0];
    assert_eq!((cents(batch), batch.counterparty.as_deref()), (60_000, None));
    assert_eq!(batch.label, "REMISE CHEQUES 77");
    assert_eq!(batch.bank_reference.as_deref(), Some("REMISE-77-2026"));
    assert_eq!(cents(&current.lines[1]), 2_550, "a debit given back");
    assert_eq!(current.lines[1].counterparty.as_deref(), Some("Fournisseur Remboursant"));
    assert_eq!(current.balance_gap(), Some(Amount::ZERO));
    assert_eq!((savings.account.as_str(), savings.iban.clone()), ("LIVRET-0042", None));
    assert_eq!((savings.opening, savings.balance_gap(), savings.lines.len()), (None, None, 0));
}

#[test]
fn version_08_is_read_whole() {
    let statement = read(V08).expect("readable").remove(0);
    let amounts: Vec<i64> = statement.lines.iter().map(cents).collect();
    assert_eq!((amounts, statement.not_booked), (vec![10_000, -1_000], 1));
    let first = &statement.lines[0];
    assert_eq!(first.booked_on, day("2026-04-07"), "the written day, not the day in UTC");
    assert_eq!(first.counterparty.as_deref(), Some("Café & Fils — Lille"));
    assert_eq!(first.label, "Part <sociale>");
    assert_eq!(first.bank_reference.as_deref(), Some("FICT0407-1"));
    assert_eq!(statement.lines[1].booked_on, day("2026-04-30"));
    assert_eq!(statement.until, day("2026-04-30"));
    assert_eq!(statement.balance_gap(), Some(Amount::ZERO));
}

#[test]
fn references_come_from_the_field_then_end_to_end_then_label() {
    let february = read(V02).expect("readable").remove(0);
    let april = read(V08).expect("readable").remove(0);
    let known = |line: &StatementLine, text: &str| {
        references(line).iter().any(|reference| reference.as_str() == text)
    };
    assert_eq!(references(&february.lines[0])[0].as_str(), "RF39S2026000041");
    assert!(known(&february.lines[1], "RF12S2026000042"), "cut over two lines of the label");
    assert_eq!(references(&april.lines[0])[0].as_str(), "RF28S2026000045");
    assert_eq!(references(&april.lines[1]), []);
    let mut both = february.lines[0].clone();
    both.end_to_end = Some("RF12S2026000042".to_owned());
    both.label = "RF82S2026000043".to_owned();
    let found = references(&both);
    let found: Vec<&str> = found.iter().map(PaymentReference::as_str).collect();
    assert_eq!(found, ["RF39S2026000041", "RF12S2026000042", "RF82S2026000043"]);
}

#[test]
fn we_are_not_our_own_counterparty() {
    let parties = "<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>Nous</Nm></Dbtr><DbtrAcct><Id><IBAN>\
                   FR7619998000010000012345691</IBAN></Id></DbtrAcct><UltmtCdtr><Nm>Eux</Nm>\
                   </UltmtCdtr></RltdPties></TxDtls></NtryDtls></Ntry>";
    let line = credit("<Amt Ccy=\"EUR\">1.00</Amt>").replace("</Ntry>", parties);
    let statement = only(&line).expect("readable");
    assert_eq!(statement.lines[0].counterparty.as_deref(), Some("Eux"));
}

#[test]
fn every_version_is_matched_by_local_names() {
    let text = std::str::from_utf8(V02).expect("text");
    for version in 2..=13 {
        let other = text.replace("camt.053.001.02", &format!("camt.053.001.{version:02}"));
        assert_eq!(read(other.as_bytes()), read(V02), "version {version}");
    }
}

#[test]
fn an_envelope_around_the_document_is_passed_over() {
    let text = document(&credit("<Amt Ccy=\"EUR\">1.00</Amt>"));
    let wrapped = format!("<Envelope><AppHdr><Id>x</Id></AppHdr>{text}</Envelope>");
    assert_eq!(read(wrapped.as_bytes()), read(text.as_bytes()));
}

/// Some banks mark a reversal with the sign of the line reversed: the balances decide.
#[test]
fn the_sign_of_a_reversal_is_the_one_that_makes_the_balances_agree() {
    let line = "<Ntry><Amt Ccy=\"EUR\">40.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>\
                <RvslInd>true</RvslInd><Sts>BOOK</Sts><BookgDt><Dt>2026-02-03</Dt></BookgDt></Ntry>";
    for (closing, expected) in [("60.00", -4_000), ("140.00", 4_000), ("99.00", -4_000)] {
        let statement = only(&(balances("100.00", closing) + line)).expect("readable");
        assert_eq!(cents(&statement.lines[0]), expected, "closing {closing}");
    }
    let gap = only(&(balances("100.00", "99.00") + line)).expect("readable").balance_gap();
    assert_eq!(gap, Some(Amount::from_cents(-3_900)), "shown, not hidden");
    assert_eq!(cents(&only(line).expect("readable").lines[0]), -4_000);
}

#[test]
fn a_balance_gap_is_told_not_refused() {
    let statement = only(&(balances("10.00", "12.00") + &credit("<Amt Ccy=\"EUR\">1.50</Amt>")));
    assert_eq!(statement.expect("readable").balance_gap(), Some(Amount::from_cents(-50)));
}

#[test]
fn amounts_are_never_rounded_nor_guessed() {
    let read_as = |text: &str| only(&credit(&format!("<Amt Ccy=\"EUR\">{text}</Amt>")));
    for (text, expected) in [("12.50000", 1_250), ("7", 700), (".5", 50), ("+3.20", 320)] {
        assert_eq!(cents(&read_as(text).expect(text).lines[0]), expected, "{text}");
    }
    let text = "12.34567".to_owned();
    assert_eq!(read_as("12.34567"), Err(CamtError::TooPrecise { text, line: 2 }));
    for text in ["-5.00", "1e3", "", "1,234.50", "douze", "0x10"] {
        assert!(matches!(read_as(text), Err(CamtError::Unreadable { .. })), "{text}");
    }
    assert_eq!(read_as("99999999999999999999"), Err(CamtError::Overflow { line: 2 }));
    let twice = credit("<Amt Ccy=\"EUR\">92233720368547758.07</Amt>").repeat(2);
    assert!(matches!(only(&twice), Err(CamtError::Overflow { .. })));
}

#[test]
fn another_currency_is_refused_wherever_it_counts() {
    let expected = |line| Err(CamtError::Currency { found: "CHF".to_owned(), line });
    assert_eq!(only(&credit("<Amt Ccy=\"CHF\">1.00</Amt>")), expected(2));
    assert_eq!(only(&balances("1.00", "2.00").replace("EUR", "CHF")), expected(2));
    let account = "<Acct><Id><Othr><Id>X</Id></Othr></Id><Ccy>CHF</Ccy></Acct>";
    assert_eq!(only(account), expected(2));
    let missing = only(&credit("<Amt>1.00</Amt>"));
    assert_eq!(missing, Err(CamtError::Missing { what: "la devise d’un montant", line: 2 }));
    let stated = document(&credit("<Amt>1.00</Amt>")).replace("</Acct>", "<Ccy>EUR</Ccy></Acct>");
    assert_eq!(cents(&read(stated.as_bytes()).expect("readable")[0].lines[0]), 100);
}

#[test]
fn what_a_line_must_state_is_asked_for() {
    let line = credit("<Amt Ccy=\"EUR\">1.00</Amt>");
    for (from, to) in [
        ("<Amt Ccy=\"EUR\">1.00</Amt>", ""),
        ("<CdtDbtInd>CRDT</CdtDbtInd>", ""),
        ("<BookgDt><Dt>2026-02-03</Dt></BookgDt>", ""),
    ] {
        let result = only(&line.replace(from, to));
        assert!(matches!(result, Err(CamtError::Missing { line: 2, .. })), "{from}");
    }
    for (from, to) in [("CRDT", "CREDIT"), ("2026-02-03", "2026-02-30"), ("2026-02-03", "03/02/26")]
    {
        let result = only(&line.replace(from, to));
        assert!(matches!(result, Err(CamtError::Unreadable { line: 2, .. })), "{to}");
    }
    let valued = line.replace("BookgDt", "ValDt");
    assert_eq!(only(&valued).expect("readable").lines[0].booked_on, day("2026-02-03"));
    let bare = "<Document><BkToCstmrStmt><Stmt><Id>1</Id></Stmt></BkToCstmrStmt></Document>";
    assert!(matches!(read(bare.as_bytes()), Err(CamtError::Missing { .. })));
}

#[test]
fn only_booked_lines_are_kept() {
    let line = credit("<Amt Ccy=\"EUR\">1.00</Amt>");
    for status in ["<Sts>PDNG</Sts>", "<Sts><Cd>INFO</Cd></Sts>", "<Sts><Prtry>X</Prtry></Sts>"] {
        let other = line.replace("<Sts>BOOK</Sts>", status);
        let statement = only(&(other + &line)).expect("readable");
        assert_eq!((statement.lines.len(), statement.not_booked), (1, 1), "{status}");
    }
    let silent = line.replace("<Sts>BOOK</Sts>", "");
    assert_eq!(only(&silent).expect("readable").lines.len(), 1);
}

#[test]
fn a_file_written_in_latin_1_keeps_its_accents() {
    let text = document(
        &credit("<Amt Ccy=\"EUR\">1.00</Amt>")
            .replace("</Ntry>", "<AddtlNtryInf>Règlement</AddtlNtryInf></Ntry>"),
    );
    let latin = |declaration: &str| -> Vec<u8> {
        let text = format!("{declaration}{text}");
        text.chars().map(|c| u8::try_from(u32::from(c)).expect("one byte")).collect()
    };
    for declaration in ["<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n", ""] {
        let statement = read(&latin(declaration)).expect("readable").remove(0);
        assert_eq!(statement.lines[0].label, "Règlement");
    }
    let marked = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
    assert_eq!(read(&marked), read(text.as_bytes()), "a byte order mark changes nothing");
}

#[test]
fn long_texts_are_cut_and_limits_hold() {
    let long = "é".repeat(MAX_TEXT + 100);
    let line = credit("<Amt Ccy=\"EUR\">1.00</Amt>")
        .replace("</Ntry>", &format!("<AddtlNtryInf>{long}</AddtlNtryInf></Ntry>"));
    let statement = only(&line).expect("readable");
    assert_eq!(statement.lines[0].label.chars().count(), MAX_TEXT);
    let lines = credit("<Amt Ccy=\"EUR\">1.00</Amt>").repeat(MAX_LINES);
    assert_eq!(only(&lines).expect("at the limit").lines.len(), MAX_LINES);
    let more = only(&(lines + &credit("<Amt Ccy=\"EUR\">1.00</Amt>")));
    assert!(matches!(more, Err(CamtError::TooMany { what: "lignes", .. })));
    let deep = "<a>".repeat(100) + &"</a>".repeat(100);
    assert!(matches!(only(&deep), Err(CamtError::TooMany { .. })));
    let bytes = MAX_FILE + 1;
    assert_eq!(read(&vec![b' '; bytes]), Err(CamtError::TooLarge { bytes }));
}

#[test]
fn a_document_type_or_an_unknown_entity_is_refused() {
    let text = document(&credit("<Amt Ccy=\"EUR\">1.00</Amt>"));
    let bomb = format!("<!DOCTYPE Document [<!ENTITY a \"aaaa\">]>\n{text}");
    assert_eq!(read(bomb.as_bytes()), Err(CamtError::Doctype { line: 1 }));
    let entity = document("<Bal>&a;</Bal>");
    assert_eq!(read(entity.as_bytes()), Err(CamtError::Malformed { line: 2 }));
    let raw = document(&credit("<Amt Ccy=\"EUR\">1.00</Amt>"))
        .replace("</Ntry>", "<AddtlNtryInf>Tom & Lou</AddtlNtryInf></Ntry>");
    assert_eq!(read(raw.as_bytes()), Err(CamtError::Malformed { line: 2 }));
    for text in [
        format!("{text}{text}"),
        format!("{text} et la suite"),
        text.replace("</Acct>", "</Compte>"),
    ] {
        assert!(matches!(read(text.as_bytes()), Err(CamtError::Malformed { .. })), "{text}");
    }
}

#[test]
fn another_file_is_named_in_french_with_what_to_do() {
    let xml =
        |inner: &str| format!("<?xml version=\"1.0\"?><Document><{inner}></{inner}></Document>");
    let files: [(String, &str); 16] = [
        (String::new(), "vide"),
        ("%PDF-1.7\n…".to_owned(), "un PDF"),
        ("PK\u{3}\u{4}xl/workbook".to_owned(), "un tableur"),
        ("OFXHEADER:100\nDATA:OFXSGML".to_owned(), "OFX"),
        ("<?xml version=\"1.0\"?><?OFX OFXHEADER=\"200\"?><OFX></OFX>".to_owned(), "OFX"),
        ("!Type:Bank\nD03/02/26".to_owned(), "QIF"),
        (":20:REF\n:25:19998".to_owned(), "MT940"),
        ("0119998    00001EUR2 00000123456".to_owned(), "CFONB"),
        ("Date;Libellé;Montant\n03/02/2026;x;1,00".to_owned(), "CSV"),
        ("<!DOCTYPE html><html><body>Connexion</body></html>".to_owned(), "page web"),
        ("Bonjour, voici le relevé".to_owned(), "un texte"),
        ("Date,Libelle\n03/02/2026,x".to_owned(), "CSV"),
        (xml("BkToCstmrAcctRpt"), "CAMT.052"),
        (xml("BkToCstmrDbtCdtNtfctn"), "CAMT.054"),
        (xml("CstmrCdtTrfInitn"), "pain.001"),
        (xml("BkToCstmrStmt"), "aucun relevé"),
    ];
    for (text, word) in files {
        let refused = read(text.as_bytes()).expect_err(&text);
        let sentence = refused.to_string();
        assert!(sentence.contains(word), "{text}: {sentence}");
        assert!(!refused.notice().remedy.is_empty());
    }
    assert!(matches!(read(b"\xff\xd8\xff\xe0"), Err(CamtError::OtherKind(FileKind::Picture))));
    assert!(matches!(read(&[1, 2, 3]), Err(CamtError::OtherKind(FileKind::Binary))));
}

/// The position of the last byte of the root element in a fixture.
fn end_of_document(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte == b'>').expect("a document")
}

#[test]
fn a_file_cut_anywhere_is_refused_never_read_short() {
    for fixture in [V02, V04, V08] {
        for length in 0..=end_of_document(fixture) {
            let cut = fixture.get(..length).expect("inside");
            assert!(read(cut).is_err(), "cut after {length} bytes");
        }
        assert!(read(fixture.get(..=end_of_document(fixture)).expect("whole")).is_ok());
    }
    let half = V02.get(..V02.len() / 2).expect("half");
    let refused = read(half).expect_err("half a file");
    assert!(matches!(refused, CamtError::Truncated { .. }), "{refused}");
    assert!(refused.to_string().contains("coupé"), "{refused}");
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_fail(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read(&bytes);
        let _ = read(&[b"<".as_slice(), &bytes].concat());
    }

    #[test]
    fn no_damage_makes_the_reader_fail(at in 0_usize..6_000, with in any::<u8>(), gone in 0_usize..60) {
        let mut damaged = V02.to_vec();
        let at = at.min(damaged.len() - 1);
        let end = at.saturating_add(gone).min(damaged.len());
        damaged.splice(at..end, [with]);
        let _ = read(&damaged);
    }
}

/// Files of real banks and other projects, when the machine has some.
#[test]
fn sample_files_are_read_or_refused_without_failing() {
    let Some(folder) = std::env::var_os("BANK_SAMPLES") else { return };
    let Ok(files) = std::fs::read_dir(folder) else { return };
    for path in files.flatten().map(|file| file.path()) {
        if path.extension().is_some_and(|extension| extension == "xml") {
            let bytes = std::fs::read(&path).expect("readable");
            println!("{}", path.display());
            match read(&bytes) {
                Ok(statements) => println!("{statements:#?}"),
                Err(refused) => println!("{refused}"),
            }
            let foreign = String::from_utf8_lossy(&bytes).replace("\"CHF\"", "\"EUR\"");
            let foreign = foreign.replace("\"USD\"", "\"EUR\"").replace(">CHF<", ">EUR<");
            let again = read(foreign.replace(">USD<", ">EUR<").as_bytes());
            println!(
                "as euros: {:?}",
                again.map(|all| {
                    all.iter().map(|s| (s.lines.len(), s.balance_gap())).collect::<Vec<_>>()
                })
            );
        }
    }
}
