//! « Mes données »: what is held of a person, why, until when; to take away; the request to erase it,
//! and what the officers and the rules make of it.

use ledger::log::{Leaf, hash::sha256};
use serde_json::Value;
use support::day;
use support::site::{Answer, Browser, Site};

use super::{TYPED, founded, subscriber, with_a_member};

async fn file(browser: &mut Browser) -> Value {
    let answer = browser.get("/mes-donnees.json").await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.words());
    assert!(answer.header("content-disposition").starts_with("attachment"));
    serde_json::from_slice(&answer.bytes).expect("JSON")
}

fn reference(file: &Value) -> String {
    file["reference"].as_str().expect("a reference").to_owned()
}

/// The state and the values of a class in the file; nothing when it is not in it.
fn class<'a>(file: &'a Value, label: &str) -> Option<(&'a str, Vec<&'a str>)> {
    let found = file["donnees"].as_array().expect("classes").iter();
    let found = found.into_iter().find(|class| class["classe"] == label)?;
    let values = found["valeurs"].as_array().expect("values").iter();
    let values = values.map(|value| value["valeur"].as_str().unwrap_or("{…}")).collect();
    Some((found["etat"].as_str().expect("a state"), values))
}

#[tokio::test]
async fn everything_held_is_shown_with_its_reason_and_can_be_taken_away() {
    let (site, mut zoe) = with_a_member().await;
    let page = zoe.get("/mes-donnees").await;
    let file = file(&mut zoe).await;
    let csv = zoe.get("/mes-donnees.csv").await;
    let given = ["first_names", "surname", "birth_date", "birth_place", "nationality", "street"];
    let given = given.into_iter().chain(["postcode", "town", "country", "email"]);
    for (name, value) in given.map(|name| TYPED.iter().find(|(n, _)| *n == name).expect("typed")) {
        assert!(page.says(value), "{name}: {}", page.words());
        assert!(file.to_string().contains(value), "{name} in JSON");
        assert!(csv.says(&format!("\"{value}\"")), "{name} in CSV");
    }
    for words in [
        "registre des associés : tant que la société existe, puis 5 ans",
        "pièces comptables : jusqu’au 31 décembre 2036",
        "Payeur, opération du 01/03/2026",
        "dossier de preuve des bulletins",
    ] {
        assert!(page.says(words), "{words}: {}", page.words());
    }
    assert_eq!(class(&file, "adresse électronique"), Some(("gardé", vec!["zoe@exemple.fr"])));
    assert_eq!(class(&file, "dossier de preuve des bulletins"), Some(("gardé", vec!["{…}"])));
    assert_eq!(class(&file, "IBAN"), None, "none was given");
    assert_eq!(file["parts_detenues"], "10");
    proves_its_values(&site, &file).await;
}

/// Each value comes with the disclosure whose digest the leaf of the application lists.
async fn proves_its_values(site: &Site, file: &Value) {
    let index = file["demande_d_adhesion"]["feuille"].as_str().expect("a leaf").parse();
    let bytes = site.coop.registrar.leaf(index.expect("an index")).await.expect("read");
    let leaf = Leaf::parse(&bytes.expect("there")).expect("a leaf");
    let body = leaf.content.body.to_string();
    let (mut proven, encode) = (0, base64::Engine::encode);
    for value in file["donnees"]
        .as_array()
        .expect("classes")
        .iter()
        .flat_map(|class| class["valeurs"].as_array().expect("values"))
    {
        let disclosure = value["divulgation"].as_str().expect("a disclosure");
        let engine = &base64::engine::general_purpose::URL_SAFE_NO_PAD;
        proven += usize::from(body.contains(&encode(engine, sha256(disclosure.as_bytes()))));
    }
    assert_eq!(proven, 10, "one a field of the form");
}

async fn asks(member: &mut Browser) {
    let asked = member.post("/mes-donnees/effacement", &[]).await;
    assert_eq!((asked.status.as_u16(), asked.location()), (303, "/mes-donnees#effacement"));
}

#[tokio::test]
async fn a_request_is_answered_by_the_rules_and_the_person_reads_the_answer() {
    let (site, mut zoe) = with_a_member().await;
    let member = reference(&file(&mut zoe).await);
    let (size, path) = (site.size(), format!("/bureau/donnees/{member}"));
    assert!(zoe.get("/mes-donnees").await.says("Aujourd’hui, rien ne pourrait être effacé."));
    asks(&mut zoe).await;
    asks(&mut zoe).await;
    let page = zoe.get("/mes-donnees").await;
    assert!(page.says("qui répond au plus tard le 31 mars 2026"), "{}", page.words());

    let site = site.restart().await;
    zoe.moves_to(&site);
    let mut officer = site.office("bureau-1").await;
    assert!(officer.get("/bureau").await.says("1 demande d’effacement attend"), "once");
    assert_eq!(officer.get("/bureau/donnees").await.link("/bureau/donnees/m_"), path);
    let page = officer.get(&path).await;
    for words in ["Zoé Le Goff", "L’effacement est refusé.", "10 parts détenues"] {
        assert!(page.says(words), "{words}: {}", page.words());
    }
    let refused = officer.post(&path, &[("motif", "demande")]).await;
    assert_eq!(refused.status.as_u16(), 422, "{}", refused.words());
    let wrong = officer.post(&path, &[("motif", "caprice")]).await;
    assert!(wrong.error_at("motif").is_some() || wrong.says("ce choix"), "{}", wrong.words());

    let answered = officer.post(&format!("{path}/repondre"), &[]).await;
    assert_eq!(answered.status.as_u16(), 303, "{}", answered.words());
    assert!(!officer.get("/bureau").await.says("demande d’effacement"));
    let again = officer.post(&format!("{path}/repondre"), &[]).await;
    assert_eq!(again.status.as_u16(), 422, "nothing waits: {}", again.words());
    let page = zoe.get("/mes-donnees").await;
    assert!(page.says("Réponse du 1er mars 2026"), "{}", page.words());
    assert!(page.says("vie de la société, puis 5 ans"), "{}", page.words());
    assert_eq!(site.size(), size, "a refusal is no fact");

    asks(&mut zoe).await;
    let back = zoe.post("/mes-donnees/effacement", &[("retirer", "oui")]).await;
    assert_eq!(back.status.as_u16(), 303);
    assert!(officer.get("/bureau/donnees").await.says("Aucune demande n’attend."));
}

/// Two officers prepare and sign the erasure of that person.
async fn erased(site: &Site, member: &str) -> Answer {
    let mut first = site.office("bureau-1").await;
    let path = format!("/bureau/donnees/{member}");
    let prepared = first.post(&path, &[("motif", "demande")]).await;
    assert_eq!(prepared.status.as_u16(), 303, "{}", prepared.words());
    let address = prepared.location().to_owned();
    let waits = first.signs(&address, site.coop.key("bureau-1")).await;
    assert!(waits.says("1 signature manque"), "four eyes: {}", waits.words());
    let mut second = site.office("bureau-2").await;
    let done = second.signs(&address, site.coop.key("bureau-2")).await;
    assert!(done.says("Inscrit au journal"), "{}", done.words());
    done
}

/// Two officers decline the only subscription that waits.
async fn declined(site: &Site) {
    let mut officer = site.office("bureau-1").await;
    let waiting = super::chosen(&officer.get("/bureau").await).expect("one that waits");
    let ask = [
        ("souscription", waiting.as_str()),
        ("intitule", "Conseil, point 5"),
        ("le", "2026-03-01"),
    ];
    let prepared = officer.post("/bureau/refuser", &ask).await;
    let address = prepared.location().to_owned();
    officer.signs(&address, site.coop.key("bureau-1")).await;
    let mut second = site.office("bureau-2").await;
    assert!(second.signs(&address, site.coop.key("bureau-2")).await.says("Inscrit au journal"));
}

#[tokio::test]
async fn what_no_duty_keeps_goes_and_the_rest_goes_when_its_time_is_over() {
    let site = founded().await;
    let mut zoe = subscriber(&site).await;
    let link = zoe.get("/mes-parts").await.text();
    let (_, link) = link.split_once("https://parts.exemple.coop/lien/").expect("a link");
    let link = format!("/lien/{}", link.split('<').next().expect("its end"));
    declined(&site).await;
    let member = reference(&file(&mut zoe).await);
    asks(&mut zoe).await;
    assert!(zoe.get("/mes-donnees").await.says("pourraient être effacés : adresse électronique"));
    let done = erased(&site, &member).await;
    assert!(
        done.says("Le coffre est réécrit : il n’en reste rien dans la base."),
        "{}",
        done.words()
    );

    let known = file(&mut zoe).await;
    assert_eq!(class(&known, "adresse électronique"), Some(("effacé", vec![])));
    assert_eq!(class(&known, "identité").map(|(state, _)| state), Some("gardé"));
    let page = zoe.get("/mes-donnees").await;
    assert!(page.says("a été suivie le 1er mars 2026"), "{}", page.words());
    assert!(!page.says("zoe@exemple.fr"), "{}", page.words());
    assert!(page.says("souscription sans suite : jusqu’au 1er mars 2027"), "{}", page.words());

    site.coop.clock.set(day("2027-03-02"));
    let mut zoe = site.browser();
    assert_eq!(zoe.get(&link).await.location(), "/mes-parts", "her link, a year later");
    erased(&site, &member).await;
    for path in ["/mes-parts", "/mes-donnees"] {
        assert!(zoe.get(path).await.location().starts_with("/connexion"), "{path}");
    }
    let lost = site.browser().get(&link).await;
    assert!(lost.says("Ce lien ne vaut plus."), "{}", lost.words());
    nothing_breaks(&site, &member).await;
    let site = site.restart().await;
    nothing_breaks(&site, &member).await;
}

/// Every page that spoke of her still opens, without her name.
async fn nothing_breaks(site: &Site, member: &str) {
    let mut officer = site.office("bureau-3").await;
    let path = format!("/bureau/donnees/{member}");
    let pages = ["/registre", "/registre/mouvements", "/registre/mouvements.csv", "/bureau", &path];
    for path in pages {
        let page = officer.get(path).await;
        assert_eq!(page.status.as_u16(), 200, "{path}: {}", page.words());
        assert!(!page.says("Le Goff"), "{path}: {}", page.words());
    }
    assert!(officer.get("/registre").await.says("personne effacée"));
    assert!(officer.get("/bureau").await.says("Aucune souscription n’attend de décision."));
    assert!(officer.get(&path).await.says("Tout ce qui pouvait l’être"));
    let link = officer.post("/bureau/lien", &[("associe", member)]).await;
    assert!(link.says("Le lien n’est pas fait."), "{}", link.words());
    let mut treasurer = site.office("tresor").await;
    let visitor = &mut site.browser();
    for (browser, path) in [(&mut treasurer, "/tresorerie"), (visitor, "/comptes")] {
        assert_eq!(browser.get(path).await.status.as_u16(), 200, "{path}");
    }
    for leaf in 0..site.size() {
        let page = officer.get(&format!("/journal/{leaf}")).await;
        assert_eq!(page.status.as_u16(), 200, "leaf {leaf}: {}", page.words());
    }
}

#[tokio::test]
async fn nobody_reads_the_data_of_somebody_who_is_not_there() {
    let site = founded().await;
    let mut officer = site.office("bureau-1").await;
    for path in ["/bureau/donnees/m_0", "/bureau/donnees/m_00000000000000000000000000000000"] {
        assert_eq!(officer.get(path).await.status.as_u16(), 404, "{path}");
        assert_eq!(officer.post(path, &[("motif", "demande")]).await.status.as_u16(), 404);
    }
}
