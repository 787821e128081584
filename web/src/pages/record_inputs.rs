//! What each small form asks: its inputs, in order, with the choices that the book offers.

use ledger::base::{Rate, Source};
use ledger::pooling::{InKindNature, PlaceStatus};
use ledger::registrar::Book;

use super::accounts::source_word;
use super::places::cards;
use crate::form::Choice;

/// How a value is typed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A line of text.
    Text,
    /// A sum, a number.
    Figure,
    /// A day.
    Day,
    /// One of a list.
    Choice,
    /// Several lines.
    Area,
}

/// One input of a form.
pub(super) struct Input {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) hint: &'static str,
    pub(super) kind: Kind,
    pub(super) options: Vec<Choice>,
}

pub(super) fn input(name: &str, label: &str, kind: Kind, hint: &'static str) -> Input {
    Input { name: name.into(), label: label.into(), hint, kind, options: Vec::new() }
}

pub(super) fn choice(name: &str, label: &str, hint: &'static str, options: Vec<Choice>) -> Input {
    Input { options, ..input(name, label, Kind::Choice, hint) }
}

/// Words for the natures in kind.
pub(super) const NATURES: [(&str, InKindNature); 3] = [
    ("volunteering", InKindNature::Volunteering),
    ("free_use", InKindNature::FreeUse),
    ("goods", InKindNature::Goods),
];

/// Words for the states of a place.
pub(super) const STATUSES: [(&str, PlaceStatus); 2] =
    [("open", PlaceStatus::Open), ("project", PlaceStatus::Project)];

fn sources(among: &[Source]) -> Vec<Choice> {
    among.iter().map(|source| Choice::new(source_word(*source), source.label())).collect()
}

fn places(book: &Book) -> Vec<Choice> {
    cards(book).iter().map(|place| Choice::new(&place.reference, &place.name)).collect()
}

fn keys(book: &Book) -> Vec<Choice> {
    let keys = book.state().registers.pooling.keys();
    keys.map(|key| {
        Choice::new(&key.fact.key, format!("{} (version {})", key.fact.label, key.fact.version))
    })
    .collect()
}

fn costs(book: &Book) -> Vec<Choice> {
    let costs = book.state().registers.pooling.costs();
    costs
        .map(|cost| {
            let fact = &cost.fact;
            Choice::new(
                &fact.cost,
                format!("{}, {} ({})", fact.title, fact.net, fact.on.with_slashes()),
            )
        })
        .collect()
}

/// One input a place, named after it.
fn by_place(book: &Book, prefix: &str, hint: &'static str) -> Vec<Input> {
    let places = cards(book).into_iter();
    places
        .map(|place| {
            input(&format!("{prefix}{}", place.reference), &place.name, Kind::Figure, hint)
        })
        .collect()
}

fn decision() -> [Input; 2] {
    [
        input(
            "intitule",
            "Instance et point de l’ordre du jour",
            Kind::Text,
            "Par exemple : Conseil d’administration du 12 mars 2026, point 4.",
        ),
        input("le", "Date de la décision", Kind::Day, ""),
    ]
}

/// The inputs of a form.
pub(super) fn inputs(slug: &str, book: &Book) -> Vec<Input> {
    match slug {
        "lieu" => vec![
            input("nom", "Nom du lieu", Kind::Text, ""),
            input("voie", "Numéro et voie", Kind::Text, ""),
            input("code_postal", "Code postal", Kind::Figure, ""),
            input("commune", "Commune", Kind::Text, ""),
            input("surface", "Surface en m²", Kind::Figure, ""),
            input("capacite", "Capacité en personnes", Kind::Figure, ""),
            choice(
                "etat",
                "État",
                "",
                STATUSES.iter().map(|(w, s)| Choice::new(w, s.label())).collect(),
            ),
        ],
        "cle" => {
            let mut asked = vec![
                choice("cle", "Clé", "Laissez vide pour une clé nouvelle.", keys(book)),
                input(
                    "mesure",
                    "Ce qu’elle mesure",
                    Kind::Text,
                    "Par exemple : surface en m², nombre de postes.",
                ),
            ];
            asked.extend(by_place(
                book,
                "poids-",
                "Poids, en nombre entier ; rien si le lieu ne participe pas.",
            ));
            asked.extend(decision());
            asked
        }
        "budget" => {
            let mut asked = vec![
                input("exercice", "Exercice", Kind::Figure, ""),
                input(
                    "lignes",
                    "Lignes du budget",
                    Kind::Area,
                    "Une par ligne : source ; compte ; libellé ; montant. Par exemple : Subventions ; 741 ; Région ; 53 500,00",
                ),
            ];
            asked.extend(decision());
            asked
        }
        _ => treasurer(slug, book),
    }
}

fn title() -> Input {
    input("objet", "Objet", Kind::Text, "")
}

fn on(label: &str) -> Input {
    input("le", label, Kind::Day, "")
}

fn voucher() -> Input {
    input("piece", "Référence de la pièce", Kind::Text, "")
}

fn sum(label: &str) -> Input {
    input("montant", label, Kind::Figure, "En euros, par exemple 1 234,56.")
}

fn own_place(book: &Book) -> Input {
    choice("lieu", "Lieu", "S’il y en a un en propre.", places(book))
}

fn vat(hint: &'static str) -> Input {
    input("taux", "Taux de TVA", Kind::Figure, hint)
}

fn treasurer(slug: &str, book: &Book) -> Vec<Input> {
    match slug {
        "subvention" => vec![
            choice("source", "Source", "", sources(&[Source::Grants, Source::Programmes])),
            input("financeur", "Financeur", Kind::Text, ""),
            input("programme", "Programme", Kind::Text, "Son nom, pour un programme spécifique."),
            title(),
            sum("Montant notifié"),
            own_place(book),
            on("Date de la notification"),
            voucher(),
        ],
        "prestation" => vec![
            input("client", "Client", Kind::Text, ""),
            title(),
            sum("Montant hors taxe"),
            vat("Vide : le taux normal. Par exemple 10 %."),
            own_place(book),
            on("Date de la facture"),
        ],
        "nature" => vec![
            choice("nature", "Nature", "", natures()),
            title(),
            sum("Valeur"),
            input("base", "Base de valorisation", Kind::Text, "Par exemple : 120 h × 12,31 €."),
            own_place(book),
            on("Date, ou dernier jour"),
        ],
        "compte" => vec![
            input("iban", "IBAN", Kind::Text, ""),
            input("bic", "BIC", Kind::Text, ""),
            input("libelle", "Nom du compte", Kind::Text, "Par exemple : Compte courant."),
        ],
        _ => pooled(slug, book),
    }
}

fn pooled(slug: &str, book: &Book) -> Vec<Input> {
    match slug {
        "charge" => vec![
            input("fournisseur", "Fournisseur", Kind::Text, ""),
            title(),
            input("compte", "Compte de charge", Kind::Figure, "Classe 6, par exemple 6135."),
            sum("Montant hors taxe déductible"),
            input("tva", "TVA déductible", Kind::Figure, "0 s’il n’y en a pas."),
            choice("source", "Source qui la supporte", "", sources(&Source::ALL)),
            choice("cle", "Clé de répartition", "", keys(book)),
            on("Date de la facture"),
            voucher(),
        ],
        "appel" => {
            let hint = "Ses quotes-parts sont appelées ; sinon, indiquez un montant par lieu.";
            let mut asked = vec![
                choice("charge", "Charge à couvrir", hint, costs(book)),
                title(),
                vat("Vide : le taux normal. 0 seulement par décision (CGI, art. 261 B)."),
                on("Date de l’appel"),
                voucher(),
            ];
            let hint = "Montant hors taxe, s’il n’y a pas de charge à couvrir.";
            asked.extend(by_place(book, "part-", hint));
            asked
        }
        _ => Vec::new(),
    }
}

fn natures() -> Vec<Choice> {
    NATURES.iter().map(|(word, nature)| Choice::new(word, nature.label())).collect()
}

/// A rate as people type it: a bare number of 1 or more is a percentage.
pub(super) fn rate(text: &str) -> Result<Rate, String> {
    let bare = !text.contains('%')
        && !text.trim_start().starts_with("0,")
        && !text.trim_start().starts_with("0.");
    let text = if bare { format!("{text} %") } else { text.to_owned() };
    Rate::parse(&text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_typed_in_several_ways() {
        let normal = Rate::from_basis_points(2_000);
        for text in ["20", "20 %", "0,2", "0.20"] {
            assert_eq!(rate(text), Ok(normal), "{text}");
        }
        assert_eq!(rate("0"), Ok(Rate::ZERO));
    }
}
