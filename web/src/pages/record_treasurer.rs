//! From a treasurer's form to its command: grants, services, costs, calls, gifts in kind, accounts.

use ledger::base::{
    Amount, BankRef, CallRef, CostRef, GrantRef, Iban, InKindRef, KeyRef, PlaceRef, Source,
};
use ledger::command::Command;
use ledger::funding::{AwardGrant, InvoiceService};
use ledger::pooling::{CallContribution, PoolCost, Portion, ValueInKind};
use ledger::registrar::{Book, keys};
use ledger::treasury::OpenBankAccount;

use super::accounts::source_word;
use super::record_inputs::{NATURES, rate};
use crate::error::{PageError, Result};
use crate::form::Form;

/// The command, once the form is sound.
pub(super) fn command(slug: &str, form: &mut Form, book: &Book) -> Result<Option<Command>> {
    Ok(match slug {
        "subvention" => grant(form, GrantRef::from_random(keys::random()?)),
        "prestation" => service(form),
        "charge" => cost(form, CostRef::from_random(keys::random()?)),
        "appel" => call(form, book, CallRef::from_random(keys::random()?)),
        "nature" => in_kind(form, InKindRef::from_random(keys::random()?)),
        "compte" => account(form, BankRef::from_random(keys::random()?)),
        _ => return Err(PageError::NotFound),
    })
}

fn title(form: &mut Form) -> String {
    form.required("objet", 160, "Indiquez l’objet.")
}

fn voucher(form: &mut Form) -> String {
    form.required("piece", 60, "Indiquez la référence de la pièce.")
}

fn source(form: &mut Form) -> Option<Source> {
    form.read("source", "Choisissez une source.", |text| {
        let source = Source::ALL.into_iter().find(|source| source_word(*source) == text);
        source.ok_or("cette source n’existe pas")
    })
}

fn grant(form: &mut Form, grant: GrantRef) -> Option<Command> {
    let source = source(form);
    let funder = form.required("financeur", 120, "Indiquez le financeur.");
    let programme = form.line("programme", 120);
    let title = title(form);
    let amount = form.amount("montant");
    let place = form.read_if_any("lieu", PlaceRef::parse);
    let on = form.day("le");
    let voucher = voucher(form);
    Some(Command::AwardGrant(AwardGrant {
        grant,
        funder,
        source: source?,
        programme,
        title,
        amount: amount?,
        place,
        on: on?,
        voucher,
        agreement_sha256: None,
    }))
}

fn service(form: &mut Form) -> Option<Command> {
    let customer = form.required("client", 120, "Indiquez le client.");
    let title = title(form);
    let net = form.amount("montant");
    let vat_rate = form.read_if_any("taux", rate);
    let place = form.read_if_any("lieu", PlaceRef::parse);
    let on = form.day("le");
    Some(Command::InvoiceService(InvoiceService {
        customer,
        title,
        net: net?,
        vat_rate,
        place,
        on: on?,
    }))
}

fn cost(form: &mut Form, cost: CostRef) -> Option<Command> {
    let supplier = form.required("fournisseur", 120, "Indiquez le fournisseur.");
    let title = title(form);
    let account = form.required("compte", 8, "Indiquez le compte de charge.");
    let net = form.amount("montant");
    let vat = form.amount("tva");
    let source = source(form);
    let key = form.read("cle", "Choisissez une clé de répartition.", KeyRef::parse);
    let on = form.day("le");
    let voucher = voucher(form);
    Some(Command::PoolCost(PoolCost {
        cost,
        supplier,
        title,
        account,
        net: net?,
        vat: vat?,
        source: source?,
        key: key?,
        on: on?,
        voucher,
    }))
}

fn call(form: &mut Form, book: &Book, call: CallRef) -> Option<Command> {
    let cost = form.read_if_any("charge", CostRef::parse);
    let title = title(form);
    let vat_rate = form.read_if_any("taux", rate);
    let on = form.day("le");
    let voucher = voucher(form);
    let mut portions = Vec::new();
    for place in book.state().registers.pooling.places() {
        let place = place.fact.place.clone();
        let amount = form.read_if_any(&format!("part-{place}"), Amount::parse);
        if let Some(amount) = amount.filter(|_| cost.is_none()) {
            portions.push(Portion { amount, place });
        }
    }
    Some(Command::CallContribution(CallContribution {
        call,
        cost,
        portions,
        title,
        vat_rate,
        on: on?,
        voucher,
    }))
}

fn in_kind(form: &mut Form, in_kind: InKindRef) -> Option<Command> {
    let nature = form.read("nature", "Choisissez une nature.", |text| {
        let nature = NATURES.iter().find(|(word, _)| *word == text);
        nature.map(|(_, nature)| *nature).ok_or("cette nature n’existe pas")
    });
    let title = title(form);
    let value = form.amount("montant");
    let basis = form.required("base", 160, "Indiquez comment la valeur est trouvée.");
    let place = form.read_if_any("lieu", PlaceRef::parse);
    let on = form.day("le");
    Some(Command::ValueInKind(ValueInKind {
        in_kind,
        nature: nature?,
        title,
        value: value?,
        basis,
        place,
        on: on?,
    }))
}

fn account(form: &mut Form, account: BankRef) -> Option<Command> {
    let iban = form.read("iban", "Indiquez l’IBAN.", Iban::parse);
    let bic = form.required("bic", 11, "Indiquez le BIC.");
    let label = form.required("libelle", 80, "Nommez le compte.");
    Some(Command::OpenBankAccount(OpenBankAccount { account, iban: iban?, bic, label }))
}
