//! From an officer's form to its command: a place, an allocation key, a budget.

use ledger::base::{
    Amount, Capacity, DecisionRef, FiscalYear, KeyRef, PlaceRef, Source, SquareMetres, Weight,
};
use ledger::command::Command;
use ledger::funding::{AdoptBudget, BudgetLine};
use ledger::pooling::{AdoptAllocationKey, PlaceWeight, RegisterPlace};
use ledger::registrar::{Book, keys};

use super::record_inputs::STATUSES;
use crate::error::{PageError, Result};
use crate::form::Form;

/// The command, once the form is sound.
pub(super) fn command(slug: &str, form: &mut Form, book: &Book) -> Result<Option<Command>> {
    match slug {
        "lieu" => place(form),
        "cle" => key(form, book),
        "budget" => Ok(budget(form)),
        _ => Err(PageError::NotFound),
    }
}

fn decision(form: &mut Form) -> Option<DecisionRef> {
    let label =
        form.required("intitule", 160, "Indiquez l’instance et le point de l’ordre du jour.");
    Some(DecisionRef { label, minutes_sha256: None, on: form.day("le")? })
}

fn place(form: &mut Form) -> Result<Option<Command>> {
    let whole = |text: &str| text.parse::<u32>().map_err(|_| "un nombre entier est attendu");
    let name = form.required("nom", 120, "Indiquez le nom du lieu.");
    let street = form.required("voie", 160, "Indiquez le numéro et la voie.");
    let postcode = form.required("code_postal", 5, "Indiquez le code postal.");
    let town = form.required("commune", 120, "Indiquez la commune.");
    let surface = form.read("surface", "Indiquez la surface.", whole);
    let capacity = form.read("capacite", "Indiquez la capacité.", whole);
    let status = form.read("etat", "Indiquez l’état.", |text| {
        let status = STATUSES.iter().find(|(word, _)| *word == text);
        status.map(|(_, status)| *status).ok_or("ce choix n’existe pas")
    });
    let (Some(surface), Some(capacity), Some(status)) = (surface, capacity, status) else {
        return Ok(None);
    };
    Ok(Some(Command::RegisterPlace(RegisterPlace {
        place: PlaceRef::from_random(keys::random()?),
        name,
        street,
        postcode,
        town,
        surface: SquareMetres::new(surface),
        capacity: Capacity::new(capacity),
        status,
        member: None,
    })))
}

fn key(form: &mut Form, book: &Book) -> Result<Option<Command>> {
    let known = form.read_if_any("cle", KeyRef::parse);
    let label = form.required("mesure", 120, "Indiquez ce que la clé mesure.");
    let mut weights = Vec::new();
    for place in book.state().registers.pooling.places() {
        let name = format!("poids-{}", place.fact.place);
        let weight = form.read_if_any(&name, |text| {
            text.parse::<u64>().map_err(|_| "un nombre entier est attendu")
        });
        if let Some(weight) = weight {
            weights
                .push(PlaceWeight { place: place.fact.place.clone(), weight: Weight::new(weight) });
        }
    }
    let Some(decision) = decision(form) else { return Ok(None) };
    let key = match known {
        Some(key) => key,
        None => KeyRef::from_random(keys::random()?),
    };
    Ok(Some(Command::AdoptAllocationKey(AdoptAllocationKey { key, label, weights, decision })))
}

fn budget(form: &mut Form) -> Option<Command> {
    let year = form.read("exercice", "Indiquez l’exercice.", |text| {
        FiscalYear::parse(text).ok_or("un exercice s’écrit en quatre chiffres")
    });
    let lines = form.read("lignes", "Indiquez les lignes du budget.", |text| {
        let rows = text.lines().filter(|line| !line.trim().is_empty());
        rows.map(budget_line).collect::<std::result::Result<Vec<_>, String>>()
    });
    let decision = decision(form)?;
    Some(Command::AdoptBudget(AdoptBudget { year: year?, lines: lines?, decision }))
}

fn budget_line(line: &str) -> std::result::Result<BudgetLine, String> {
    let parts: Vec<&str> = line.split(';').map(str::trim).collect();
    let [source, account, label, amount] = parts.as_slice() else {
        return Err(format!(
            "la ligne « {line} » n’a pas quatre parties séparées par des points-virgules"
        ));
    };
    let named = |known: &Source| known.label().to_lowercase() == source.to_lowercase();
    let source = Source::ALL.into_iter().find(named);
    let source = source.ok_or_else(|| format!("« {line} » : la source est inconnue"))?;
    let amount = Amount::parse(amount).map_err(|error| format!("« {line} » : {error}"))?;
    let (account, label) = ((*account).to_owned(), (*label).to_owned());
    Ok(BudgetLine { account, amount, label, place: None, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_line_is_read_or_quoted_back() {
        let line = budget_line("Subventions ; 741 ; Région ; 53 500,00").expect("a line");
        assert_eq!((line.source, line.amount), (Source::Grants, Amount::from_cents(5_350_000)));
        assert!(budget_line("Dons ; 741 ; x ; 1").is_err_and(|error| error.contains("source")));
        assert!(budget_line("741 ; 53 500").is_err());
    }
}
