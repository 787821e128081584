//! Who applies: a plausible identity of each kind of person, and the French names of its fields.

use ledger::members::PersonKind;

/// A plausible identity of that kind of person (R34).
pub fn identity(person: PersonKind) -> Vec<(&'static str, &'static str)> {
    let place = [
        ("street", "4 rue des Postes"),
        ("postcode", "59000"),
        ("town", "Lille"),
        ("country", "France"),
        ("email", "awa.diallo@exemple.fr"),
    ];
    let who = if person == PersonKind::Natural {
        vec![
            ("surname", "Diallo"),
            ("first_names", "Awa"),
            ("birth_date", "1988-04-12"),
            ("birth_place", "Dakar"),
            ("nationality", "sénégalaise"),
        ]
    } else {
        vec![
            ("denomination", "Les Gantois solidaires"),
            ("legal_form", "association loi 1901"),
            ("siren", "732829320"),
            ("representative", "la présidence"),
        ]
    };
    who.into_iter().chain(place).collect()
}

/// The identity field that a story calls by this French name.
pub fn field_named(french: &str) -> Option<&'static str> {
    let names = [
        ("nom de famille", "surname"),
        ("prénoms", "first_names"),
        ("date de naissance", "birth_date"),
        ("lieu de naissance", "birth_place"),
        ("nationalité", "nationality"),
        ("dénomination", "denomination"),
        ("forme juridique", "legal_form"),
        ("numéro SIREN", "siren"),
        ("représentant légal", "representative"),
        ("adresse électronique", "email"),
    ];
    names.iter().find(|(name, _)| *name == french).map(|(_, field)| *field)
}
