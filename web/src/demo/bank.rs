//! The example's bank: CAMT.053 files written as a bank writes them, imported like any other.

use std::fs;

use ledger::base::{Amount, BankRef, Day, Iban};
use ledger::command::Command;
use ledger::registrar::keys::random;
use ledger::treasury::{MatchLine, OpenBankAccount, Target};

use super::people::{People, Subscriber};
use super::{Outcome, Story};

/// The statement left for the visitor to import.
pub(super) const LEFT_TO_IMPORT: &str = "releve-a-importer.xml";

/// The sample IBAN of the French banks' own documentation: it belongs to nobody.
const IBAN: &str = "FR7630006000011234567890189";

/// A movement to write in a file: signed cents, counterparty, label, structured reference.
struct Movement {
    amount: Amount,
    party: String,
    label: String,
    reference: Option<String>,
}

impl Movement {
    fn of(subscriber: &Subscriber) -> Self {
        Self {
            amount: subscriber.amount,
            party: subscriber.name.clone(),
            label: format!("Parts sociales {}", subscriber.reference.in_groups()),
            reference: Some(subscriber.reference.to_string()),
        }
    }

    fn plain(cents: i64, party: &str, label: &str) -> Self {
        let amount = Amount::from_cents(cents);
        Self { amount, party: party.into(), label: label.into(), reference: None }
    }
}

/// Declares the account.
pub(super) async fn open_account(story: &Story) -> Outcome<()> {
    let ask = OpenBankAccount {
        account: BankRef::from_random(random()?),
        iban: Iban::parse(IBAN)?,
        bic: "AGRIFRPP".into(),
        label: "Compte courant (banque d’exemple)".into(),
    };
    story.act(Command::OpenBankAccount(ask), &["tresorerie"]).await?;
    Ok(())
}

/// The founders' payments, matched by their references.
pub(super) async fn founders_pay(story: &Story, people: &People) -> Outcome<()> {
    let on = story.calendar.this_year(2, 27);
    let movements: Vec<Movement> = people.founders.iter().map(Movement::of).collect();
    import(story, "releve-1.xml", on, Amount::ZERO, &movements).await
}

/// The rest of the year: a second wave of subscribers, grants, customers, suppliers, a fee, and one
/// credit without any reference that the treasurer has not matched yet.
pub(super) async fn year_goes_on(story: &Story, people: &People) -> Outcome<()> {
    let on = story.calendar.this_year(10, 2);
    let subscribers = people.second.iter().chain(&people.waiting);
    let mut movements: Vec<Movement> = subscribers.map(Movement::of).collect();
    movements.extend([
        Movement::plain(3_360_000, "Métropole européenne (exemple)", "CONV 118 ACOMPTE 70 %"),
        Movement::plain(500_000, "Programme URBACT (exemple)", "URBACT PREFINANCEMENT"),
        Movement::plain(2_160_000, "Centre de gestion (exemple)", "FACTURE 0001"),
        Movement::plain(725_623, "La Fabrique Gantoise", "ASSURANCE COMMUNE QUOTE-PART"),
        Movement::plain(-1_776_000, "Studio Cartes ouvertes", "FA CARTOGRAPHIE"),
        Movement::plain(-2_890, "Banque d’exemple", "FRAIS DE TENUE DE COMPTE"),
        Movement::plain(15_000, "M. Anonyme", "POUR LES PARTS MERCI"),
    ]);
    let opening = balance(story);
    import(story, "releve-2.xml", on, opening, &movements).await?;
    match_by_hand(story).await
}

/// What a treasurer does for lines without a reference: says what each pays.
async fn match_by_hand(story: &Story) -> Outcome<()> {
    let book = story.shared.book();
    let r = &book.state().registers;
    let grant = |programme: bool| {
        r.funding.grants().find(|grant| grant.fact.programme.is_some() == programme)
    };
    let mut targets = Vec::new();
    targets.extend(grant(false).map(|g| (3_360_000, Target::Grant(g.fact.grant.clone()))));
    targets.extend(grant(true).map(|g| (500_000, Target::Grant(g.fact.grant.clone()))));
    targets.extend(
        r.funding.invoices().next().map(|i| (2_160_000, Target::Invoice(i.fact.invoice.clone()))),
    );
    for call in r.pooling.calls() {
        let portion =
            call.fact.portions.iter().find(|p| {
                p.net.plus(p.vat).is_ok_and(|gross| gross == Amount::from_cents(725_623))
            });
        targets.extend(portion.map(|portion| {
            let (call, place) = (call.fact.call.clone(), portion.place.clone());
            (725_623, Target::Call { call, place })
        }));
    }
    let studio = r.pooling.costs().find(|cost| cost.fact.supplier.starts_with("Studio"));
    targets.extend(studio.map(|cost| (-1_776_000, Target::Cost(cost.fact.cost.clone()))));
    targets.push((-2_890, Target::BankFee));
    for (cents, target) in targets {
        let wanted = Amount::from_cents(cents);
        let line = r.treasury.unmatched().find(|line| line.fact.amount == wanted);
        let line = line.ok_or("a line of the example is not there")?.fact.line.clone();
        let ask = MatchLine { line, target, amount: None };
        story.act(Command::MatchLine(ask), &["tresorerie"]).await?;
    }
    Ok(())
}

/// Writes a statement with the payment of the next subscriber, for the visitor to import.
pub(super) fn leave_a_statement(story: &Story, people: &People) -> Outcome<()> {
    let on = story.shared.registrar.today();
    let movements: Vec<Movement> = people.not_paid.iter().take(1).map(Movement::of).collect();
    write(story, LEFT_TO_IMPORT, on, balance(story), &movements)?;
    Ok(())
}

/// The balance that the last statement closed with.
fn balance(story: &Story) -> Amount {
    let book = story.shared.book();
    let treasury = &book.state().registers.treasury;
    let account = treasury.accounts().next();
    let stated = account.and_then(|account| treasury.bank_balance(&account.fact.account));
    stated.map_or(Amount::ZERO, |(_, amount)| amount)
}

async fn import(
    story: &Story,
    name: &str,
    on: Day,
    opening: Amount,
    movements: &[Movement],
) -> Outcome<()> {
    let file = write(story, name, on, opening, movements)?;
    for read in story.shared.registrar.read_statements(file.as_bytes(), false)? {
        let (command, private) = read.into_parts();
        story.act_with(command, private, &["tresorerie"]).await?;
    }
    Ok(())
}

fn write(
    story: &Story,
    name: &str,
    on: Day,
    opening: Amount,
    movements: &[Movement],
) -> Outcome<String> {
    let sum = Amount::sum(movements.iter().map(|movement| movement.amount))?;
    let file = camt053(on, opening, opening.plus(sum)?, movements);
    let folder = story.folder.join("releves");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), &file)?;
    Ok(file)
}

fn camt053(on: Day, opening: Amount, closing: Amount, movements: &[Movement]) -> String {
    let entries: String =
        movements.iter().enumerate().map(|(at, movement)| entry(on, at, movement)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\">\n<BkToCstmrStmt>\n\
         <GrpHdr><MsgId>EXEMPLE-{day}</MsgId><CreDtTm>{on}T18:00:00</CreDtTm></GrpHdr>\n\
         <Stmt>\n<Id>RELEVE-{day}</Id><CreDtTm>{on}T18:00:00</CreDtTm>\n\
         <Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>\n{}{}{entries}\
         </Stmt>\n</BkToCstmrStmt>\n</Document>\n",
        stated("OPBD", opening, on),
        stated("CLBD", closing, on),
        day = on.compact(),
    )
}

fn stated(kind: &str, amount: Amount, on: Day) -> String {
    let (amount, direction) = unsigned(amount);
    format!(
        "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{amount}</Amt>\
         <CdtDbtInd>{direction}</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>\n"
    )
}

fn entry(on: Day, at: usize, movement: &Movement) -> String {
    let (amount, direction) = unsigned(movement.amount);
    let party = if direction == "CRDT" { "Dbtr" } else { "Cdtr" };
    let structured = movement.reference.as_ref().map_or_else(String::new, |reference| {
        format!(
            "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>ISO</Issr></Tp>\
             <Ref>{reference}</Ref></CdtrRefInf></Strd>"
        )
    });
    format!(
        "<Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>\
         <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{on}</Dt></BookgDt><ValDt><Dt>{on}</Dt></ValDt>\
         <AcctSvcrRef>{}-{at:05}-EXEMPLE</AcctSvcrRef><NtryDtls><TxDtls><RltdPties>\
         <{party}><Pty><Nm>{}</Nm></Pty></{party}></RltdPties><RmtInf><Ustrd>{}</Ustrd>{structured}\
         </RmtInf></TxDtls></NtryDtls></Ntry>\n",
        on.compact(),
        escaped(&movement.party),
        escaped(&movement.label),
    )
}

fn unsigned(amount: Amount) -> (String, &'static str) {
    let text = amount.with_point();
    match text.strip_prefix('-') {
        Some(positive) => (positive.to_owned(), "DBIT"),
        None => (text, "CRDT"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
