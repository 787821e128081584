//! A leaf told in French: what kind of fact, and its fields one by one, for whoever signs or reads it.

use ledger::base::{Amount, Day, PlaceRef};
use ledger::log::LeafContent;
use ledger::log::json::Value;
use ledger::registrar::Book;

/// A leaf in words.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) kind: String,
    pub(crate) title: &'static str,
    pub(crate) rows: Vec<(String, String)>,
}

const TITLES: [(&str, &str); 28] = [
    ("authority.key_enrolled@v1", "Inscription d’une clé"),
    ("authority.key_revoked@v1", "Révocation d’une clé"),
    ("authority.key_rotated@v1", "Remplacement d’une clé"),
    ("authority.key_suspected@v1", "Mise en doute d’une clé"),
    ("authority.leaves_reviewed@v1", "Revue de feuilles mises en doute"),
    ("authority.log_key_rotated@v1", "Changement de la clé du journal"),
    ("authority.threshold_changed@v1", "Changement du nombre d’administrateurs"),
    ("funding.budget_adopted@v1", "Adoption d’un budget"),
    ("funding.grant_awarded@v1", "Subvention ou programme notifié"),
    ("funding.service_invoiced@v1", "Facture de prestation"),
    ("ledger.opened@v1", "Ouverture du livre"),
    ("ledger.opened@v2", "Ouverture du livre, à la suite d’un autre"),
    ("members.admitted@v1", "Admission d’associés"),
    ("members.applied@v1", "Demande d’adhésion"),
    ("members.erased@v1", "Effacement de données personnelles"),
    ("pooling.allocation_key_adopted@v1", "Adoption d’une clé de répartition"),
    ("pooling.contribution_called@v1", "Appel de contributions"),
    ("pooling.cost_pooled@v1", "Charge mutualisée"),
    ("pooling.in_kind_valued@v1", "Contribution en nature valorisée"),
    ("pooling.place_registered@v1", "Enregistrement d’un lieu"),
    ("shares.allotted@v1", "Attribution de parts"),
    ("shares.certificate_issued@v1", "Délivrance d’une attestation"),
    ("shares.subscribed@v1", "Souscription de parts"),
    ("shares.subscription_declined@v1", "Refus d’une souscription"),
    ("treasury.account_opened@v1", "Déclaration d’un compte bancaire"),
    ("treasury.line_matched@v1", "Rapprochement d’une ligne bancaire"),
    ("treasury.line_recorded@v1", "Enregistrement d’une ligne bancaire"),
    ("treasury.statement_imported@v1", "Import d’un relevé bancaire"),
];

const LABELS: [(&str, &str); 110] = [
    ("_sd", "Données personnelles"),
    ("_sd_alg", "Algorithme des empreintes"),
    ("account", "Compte"),
    ("activity", "Activité"),
    ("admins", "Administrateur"),
    ("admissions", "Admission"),
    ("agreement_sha256", "Empreinte de la convention"),
    ("allotments", "Attribution"),
    ("amount", "Montant"),
    ("bank_fee", "Frais bancaires"),
    ("basis", "Base de valorisation"),
    ("because", "Obligation"),
    ("bic", "BIC"),
    ("book", "Livre"),
    ("booked_on", "Date de l’opération"),
    ("both_for", "Feuilles signées par les deux clés"),
    ("by", "Revues par"),
    ("bylaws", "Statuts"),
    ("call", "Appel"),
    ("capacity", "Capacité (personnes)"),
    ("categories", "Catégorie"),
    ("category", "Catégorie"),
    ("certificate", "Attestation"),
    ("charter_sha256", "Empreinte des statuts"),
    ("class", "Données"),
    ("closing", "Solde final"),
    ("college", "Collège"),
    ("colleges", "Collège"),
    ("company", "Société"),
    ("cost", "Charge mutualisée"),
    ("count", "Nombre de parts"),
    ("customer", "Client"),
    ("decision", "Décision"),
    ("digests", "Empreintes effacées"),
    ("erased", "Effacé"),
    ("evidence_sha256", "Empreinte du dossier de preuve"),
    ("file_sha256", "Empreinte du fichier"),
    ("finding", "Constat"),
    ("form", "Formulaire"),
    ("format", "Format"),
    ("from", "En vigueur depuis"),
    ("funder", "Financeur"),
    ("grant", "Subvention"),
    ("holder", "Fonction"),
    ("iban", "IBAN"),
    ("id", "Identifiant"),
    ("in_kind", "Contribution en nature"),
    ("in_words", "Nombre en toutes lettres"),
    ("invoice", "Facture"),
    ("kept", "Gardé"),
    ("key", "Clé de répartition"),
    ("key_name", "Clé"),
    ("key_version", "Version de la clé"),
    ("label", "Intitulé"),
    ("leaves", "Feuille"),
    ("legal_part", "Rôle légal"),
    ("line", "Ligne bancaire"),
    ("lines", "Ligne"),
    ("log_vkey", "Clé publique du journal"),
    ("mandate", "Décision du souscripteur"),
    ("member", "Associé"),
    ("minutes_sha256", "Empreinte du procès-verbal"),
    ("name", "Nom"),
    ("nature", "Nature"),
    ("net", "Montant hors taxe"),
    ("new_lines", "Lignes nouvelles"),
    ("nominal", "Valeur nominale"),
    ("note", "Motif du constat"),
    ("on", "Date"),
    ("opening", "Solde initial"),
    ("origin", "Origine du journal"),
    ("paid", "Montant versé"),
    ("parameters", "Paramètre"),
    ("pdf_sha256", "Empreinte du bulletin"),
    ("person", "Personne"),
    ("place", "Lieu"),
    ("policy_sha256", "Empreinte de la politique de témoins"),
    ("portions", "Quote-part"),
    ("postcode", "Code postal"),
    ("predecessor", "Journal précédent"),
    ("programme", "Programme"),
    ("rcs", "RCS"),
    ("reason", "Motif"),
    ("reference", "Référence de paiement"),
    ("refund", "Remboursement"),
    ("role", "Rôle"),
    ("root", "Racine"),
    ("seat", "Siège"),
    ("shares_min", "Parts au minimum"),
    ("signer_vkey", "Clé du souscripteur"),
    ("siren", "SIREN"),
    ("size", "Nombre de feuilles"),
    ("source", "Source de financement"),
    ("statement", "Relevé"),
    ("status", "État"),
    ("street", "Voie"),
    ("subscription", "Souscription"),
    ("supplier", "Fournisseur"),
    ("surface", "Surface (m²)"),
    ("suspect_from", "Mise en doute depuis la feuille"),
    ("target", "Objet du paiement"),
    ("template_sha256", "Empreinte du modèle"),
    ("threshold", "Signatures requises"),
    ("title", "Objet"),
    ("town", "Commune"),
    ("until", "Jusqu’au"),
    ("vat", "TVA"),
    ("vat_rate", "Taux de TVA"),
    ("vkey", "Clé publique"),
    ("voucher", "Pièce"),
];

/// Words of the leaf that are not French, and the French for them.
const VALUES: [(&str, &str); 36] = [
    ("admin", "administrateur"),
    ("association", "association"),
    ("auditor", "contrôleur"),
    ("bank", "IBAN"),
    ("bank_fee", "frais bancaires"),
    ("birth", "naissance et nationalité"),
    ("company", "société"),
    ("confirmed", "signées par la personne habilitée"),
    ("contact", "adresse électronique"),
    ("contributions", "Contributif"),
    ("desk", "guichet"),
    ("disowned", "non reconnues : à corriger par d’autres faits"),
    ("domicile", "adresse postale"),
    ("evidence", "dossier de preuve des bulletins"),
    ("free_use", "mise à disposition gratuite"),
    ("goods", "dons en nature"),
    ("grants", "Subventions"),
    ("identity", "identité"),
    ("membership", "vie de la société"),
    ("natural", "personne physique"),
    ("no_longer_needed", "durée de conservation écoulée"),
    ("officer", "membre du bureau"),
    ("open", "ouvert"),
    ("payments", "payeur des virements reçus"),
    ("programmes", "Programmes spécifiques"),
    ("project", "en projet"),
    ("public_body", "personne publique"),
    ("refund", "remboursement dû"),
    ("register", "registre des associés"),
    ("requested", "demandé par la personne"),
    ("services", "Prestations"),
    ("treasurer", "trésorier"),
    ("undecided", "souscription en attente de décision"),
    ("unfulfilled", "souscription sans suite"),
    ("volunteering", "bénévolat"),
    ("voucher", "pièces comptables"),
];

/// The fields whose value is one of those words.
const WORDS: [&str; 12] = [
    "because", "by", "class", "erased", "finding", "nature", "person", "reason", "role", "source",
    "status", "target",
];
const SUMS: [&str; 7] = ["amount", "closing", "net", "nominal", "opening", "paid", "vat"];
const DAYS: [&str; 4] = ["booked_on", "from", "on", "until"];

/// The title of a kind of fact.
pub(crate) fn title(kind: &str) -> &'static str {
    TITLES
        .iter()
        .find(|(known, _)| *known == kind)
        .map_or("Fait d’un autre type", |(_, title)| title)
}

/// A leaf's content in words; places are named as the book knows them.
pub(crate) fn told(book: &Book, content: &LeafContent) -> Told {
    let mut rows = Vec::new();
    tell(book, "", "", &content.body, &mut rows);
    Told { kind: content.kind.clone(), title: title(&content.kind), rows }
}

fn tell(book: &Book, path: &str, key: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    let under = |name: &str| {
        if path.is_empty() { name.to_owned() } else { format!("{path} · {name}") }
    };
    match value {
        Value::Array(digests) if key == "_sd" => {
            let words = format!("{} empreintes ; les valeurs sont au coffre", digests.len());
            rows.push((path.to_owned(), words));
        }
        Value::Array(digests) if key == "digests" => {
            rows.push((path.to_owned(), digests.len().to_string()));
        }
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(name, _)| *name != "_sd_alg") {
                tell(book, &under(label(name)), name, value, rows);
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                let numbered =
                    if items.len() > 1 { format!("{path} {}", place + 1) } else { path.into() };
                tell(book, &numbered, key, item, rows);
            }
        }
        Value::String(text) => rows.push((path.to_owned(), shown(book, key, text))),
        Value::Bool(truth) => {
            rows.push((path.to_owned(), if *truth { "oui" } else { "non" }.into()));
        }
        Value::Null => {}
    }
}

fn label(key: &str) -> &str {
    LABELS.iter().find(|(known, _)| *known == key).map_or(key, |(_, label)| label)
}

/// A value as people read it: cents as euros, days in words, references by name where there is one.
fn shown(book: &Book, key: &str, text: &str) -> String {
    // A parameter's value is short or a rate; a value in kind is a sum.
    let is_sum = SUMS.contains(&key) || (key == "value" && text.len() > 2);
    if is_sum && let Ok(cents) = text.parse() {
        return Amount::from_cents(cents).to_string();
    }
    if DAYS.contains(&key) {
        return Day::parse(text).map_or_else(|_| text.to_owned(), Day::in_french);
    }
    if WORDS.contains(&key) {
        let word = VALUES.iter().find(|(word, _)| *word == text);
        return word.map_or(text, |(_, french)| french).to_owned();
    }
    let bylaws = book.state().registers.authority.bylaws();
    if let ("category", Some(bylaws)) = (key, bylaws) {
        let found = bylaws.categories.iter().find(|category| category.id.as_str() == text);
        return found.map_or(text, |category| &category.label).to_owned();
    }
    if let ("college", Some(bylaws)) = (key, bylaws) {
        let found = bylaws.colleges.iter().find(|college| college.id.as_str() == text);
        return found.map_or(text, |college| &college.label).to_owned();
    }
    let place = PlaceRef::parse(text).ok();
    let named = place.as_ref().and_then(|place| book.state().registers.pooling.place(place));
    named.map_or_else(|| text.to_owned(), |place| format!("{} ({text})", place.fact.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_so_that_a_missing_row_is_seen() {
        assert!(TITLES.is_sorted());
        assert!(LABELS.is_sorted());
        assert!(VALUES.is_sorted());
    }
}
