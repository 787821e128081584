//! The portal's pages, called through its router: no network, a real book behind.

mod abandoned;
mod accounts;
mod certificate;
mod decisions;
mod doors;
mod form;
mod hunt;
mod keys;
mod personal;
mod public;
mod sign_in;
mod statement;
mod subscribing;
mod tiles;

use ledger::members::PersonKind;
use support::site::{Answer, Browser, Site};
use support::{Coop, statement as statement_file};

/// A portal with a bank account and a founder: the capital is above its floor.
async fn founded() -> Site {
    Site::of(founded_coop().await)
}

async fn founded_coop() -> Coop {
    let coop = Coop::open().await;
    coop.bank_account().await;
    coop.joins_as(1, PersonKind::Association, "lieux", 190).await.expect("subscribed");
    let reference = coop.reference(1).to_string();
    let file = statement_file("2026-02-28", "0,00", &[("19 000,00", "Les Gantois", &reference)]);
    coop.imports(&file).await.expect("imported");
    coop.allots(&[1]).await.expect("allotted");
    coop
}

/// What a resident types to subscribe ten shares.
const TYPED: [(&str, &str); 17] = [
    ("nombre", "10"),
    ("en_lettres", "dix"),
    ("personne", "natural"),
    ("first_names", "Zoé"),
    ("surname", "Le Goff"),
    ("birth_date", "1990-02-03"),
    ("birth_place", "Roubaix"),
    ("nationality", "française"),
    ("street", "12 rue du Long Pot"),
    ("postcode", "59800"),
    ("town", "Lille"),
    ("country", "France"),
    ("email", "zoe@exemple.fr"),
    ("categorie", "habitants"),
    ("accord_statuts", "oui"),
    ("accord_risques", "oui"),
    ("accord_donnees", "oui"),
];

/// The same, with one field typed otherwise; an empty value is a field left empty.
fn typed<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    TYPED.into_iter().filter(|(known, _)| *known != name).chain([(name, value)]).collect()
}

/// A visitor subscribes at the desk; the browser is then the subscriber's.
async fn subscriber(site: &Site) -> Browser {
    let mut browser = site.browser();
    let sent = browser.post("/souscrire", &TYPED).await;
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.words());
    let signed = browser.post(sent.location(), &[]).await;
    assert_eq!((signed.status.as_u16(), signed.location()), (303, "/mes-parts"));
    browser
}

/// The payment reference that « Mes parts » shows.
fn reference_on(page: &Answer) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("Référence à recopier</dt>").expect("how to pay");
    let (_, rest) = rest.split_once('>').expect("its value");
    rest.split_once('<').expect("its end").0.to_owned()
}

/// A statement that pays that subscription, imported and signed by the treasurer.
async fn pays(site: &Site, on: &str, opening: &str, reference: &str) {
    let file = statement_file(on, opening, &[("1 000,00", "Zoé Le Goff", reference)]);
    let mut treasurer = site.office("tresor").await;
    let read = treasurer.upload("/tresorerie/releve", file.as_bytes(), &[]).await;
    assert_eq!(read.status.as_u16(), 200, "{}", read.words());
    let signed = treasurer.signs(&read.link("/signer/"), site.coop.key("tresor")).await;
    assert!(signed.says("Inscrit au journal"), "{}", signed.words());
}

/// One officer prepares the allotment of all that waits; gives the address where it is signed.
async fn allotment(officer: &mut Browser) -> String {
    let page = officer.get("/bureau").await;
    let reference = page.field("souscription").or_else(|| chosen(&page)).expect("one that waits");
    let ask = [
        ("souscription", reference.as_str()),
        ("intitule", "Conseil d’administration, point 4"),
        ("le", "2026-03-01"),
    ];
    let prepared = officer.post("/bureau/attribuer", &ask).await;
    assert_eq!(prepared.status.as_u16(), 303, "{}", prepared.words());
    prepared.location().to_owned()
}

fn chosen(page: &Answer) -> Option<String> {
    let text = page.text();
    let (_, rest) = text.split_once("id=\"c-")?;
    rest.split_once('"').map(|(reference, _)| reference.to_owned())
}

/// Two officers allot what waits.
async fn allots(site: &Site) {
    let mut first = site.office("bureau-1").await;
    let address = allotment(&mut first).await;
    first.signs(&address, site.coop.key("bureau-1")).await;
    let mut second = site.office("bureau-2").await;
    let done = second.signs(&address, site.coop.key("bureau-2")).await;
    assert!(done.says("Inscrit au journal"), "{}", done.words());
}

/// A portal with a member of ten shares, and the member's browser.
pub(crate) async fn with_a_member() -> (Site, Browser) {
    let site = founded().await;
    let mut browser = subscriber(&site).await;
    let reference = reference_on(&browser.get("/mes-parts").await);
    pays(&site, "2026-03-01", "19 000,00", &reference).await;
    allots(&site).await;
    (site, browser)
}
