//! Bank statements as a bank writes them: CAMT.053 files, sound or not.

use ledger::base::{Amount, Day};

use crate::{IBAN, euros};

/// One booked line of a statement to write.
#[derive(Clone, Debug)]
pub struct BankLine {
    /// Signed sum, in cents: positive is money received.
    pub amount: Amount,
    /// Who paid, or was paid.
    pub who: String,
    /// What the payer wrote.
    pub label: String,
}

/// A statement to write.
#[derive(Clone, Debug)]
pub struct StatementFile {
    /// Whose account.
    pub iban: String,
    /// The day of all its lines.
    pub on: Day,
    /// Opening balance, in cents.
    pub opening: Amount,
    /// Closing balance stated, in cents; nothing leaves it out.
    pub closing: Option<Amount>,
    /// Its lines.
    pub lines: Vec<BankLine>,
}

impl StatementFile {
    /// A sound statement of the test account.
    pub fn sound(on: Day, opening: Amount, lines: Vec<BankLine>) -> Self {
        let sum = Amount::sum(lines.iter().map(|line| line.amount)).expect("a sum");
        let closing = Some(opening.plus(sum).expect("a sum"));
        Self { iban: IBAN.to_owned(), on, opening, closing, lines }
    }

    /// The file.
    pub fn to_xml(&self) -> String {
        let (on, iban) = (self.on, &self.iban);
        let entries: String =
            self.lines.iter().enumerate().map(|(at, line)| entry(on, at, line)).collect();
        let closing = self.closing.map_or_else(String::new, |amount| balance(on, "CLBD", amount));
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt>\
             <GrpHdr><MsgId>M-{on}</MsgId><CreDtTm>{on}T18:00:00Z</CreDtTm></GrpHdr>\
             <Stmt><Id>R-{on}</Id><CreDtTm>{on}T18:00:00Z</CreDtTm>\
             <Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{}{closing}{entries}</Stmt>\
             </BkToCstmrStmt></Document>\n",
            balance(on, "OPBD", self.opening),
        )
    }
}

/// A CAMT.053 statement of the test account: an opening balance, and credits with their references.
pub fn statement(on: &str, opening: &str, credits: &[(&str, &str, &str)]) -> String {
    let line = |(amount, who, label): &(&str, &str, &str)| BankLine {
        amount: euros(amount),
        who: (*who).to_owned(),
        label: (*label).to_owned(),
    };
    let lines = credits.iter().map(line).collect();
    StatementFile::sound(crate::day(on), euros(opening), lines).to_xml()
}

fn balance(on: Day, kind: &str, amount: Amount) -> String {
    let (sign, sum) = signed(amount);
    format!(
        "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{sum}</Amt>\
         <CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>"
    )
}

fn entry(on: Day, at: usize, line: &BankLine) -> String {
    let (sign, sum) = signed(line.amount);
    let party = if sign == "CRDT" { "Dbtr" } else { "Cdtr" };
    let (who, label) = (escaped(&line.who), escaped(&line.label));
    format!(
        "<Ntry><Amt Ccy=\"EUR\">{sum}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
         <BookgDt><Dt>{on}</Dt></BookgDt><ValDt><Dt>{on}</Dt></ValDt>\
         <AcctSvcrRef>{on}-BANK-{at:06}</AcctSvcrRef><NtryDtls><TxDtls>\
         <RltdPties><{party}><Pty><Nm>{who}</Nm></Pty></{party}></RltdPties>\
         <RmtInf><Ustrd>{label}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )
}

fn signed(amount: Amount) -> (&'static str, String) {
    match amount.with_point().strip_prefix('-') {
        Some(sum) => ("DBIT", sum.to_owned()),
        None => ("CRDT", amount.with_point()),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
