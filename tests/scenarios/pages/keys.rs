//! Keys in pages: replaced, revoked with a doubt, reviewed; how many sign; the log's own key.

use std::fs;

use ledger::log::SigningKey;
use support::site::{Answer, Browser, Site, signed};
use support::{Coop, ORIGIN, key};

async fn site() -> Site {
    Site::of(Coop::open().await)
}

/// Prepares an act, which must be taken; gives the address where it is signed.
async fn prepared(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = browser.post(path, fields).await;
    assert_eq!(answer.status.as_u16(), 303, "{path}: {}", answer.words());
    answer.location().to_owned()
}

/// Two administrators sign what waits there; gives what the second one reads.
async fn both_sign(site: &Site, address: &str) -> Answer {
    let mut first = site.office("admin-1").await;
    let waits = first.signs(address, site.coop.key("admin-1")).await;
    assert!(waits.says("Rien n’est encore inscrit au journal."), "{}", waits.words());
    let mut second = site.office("admin-2").await;
    second.signs(address, site.coop.key("admin-2")).await
}

async fn recorded(site: &Site, address: &str) {
    let done = both_sign(site, address).await;
    assert!(done.says("Inscrit au journal"), "{}", done.words());
}

/// The holder of a key asks for another in its place; the new one signs at once.
async fn asked_instead(site: &Site, office: &str, new: &SigningKey) -> (Browser, String) {
    let mut holder = site.office(office).await;
    assert!(holder.get("/cle/remplacer").await.says(&format!("{ORIGIN}/k/{office}")));
    let request = prepared(&mut holder, "/cle/remplacer", &[("vkey", &new.vkey())]).await;
    let page = holder.get(&request).await;
    let line = signed(new, &page.texts());
    let proved = holder.post(&request, &[("signatures", &line)]).await;
    assert_eq!(proved.status.as_u16(), 303, "{}", proved.words());
    let page = holder.get(&request).await;
    assert!(page.says("Signer aussi avec l’ancienne clé"), "{}", page.words());
    let address = page.link("/signer/");
    (holder, address)
}

#[tokio::test]
async fn a_key_takes_the_place_of_another_once_both_and_the_administrators_have_signed() {
    let site = site().await;
    let new = key("bureau-2-bis", 60);
    let (mut holder, address) = asked_instead(&site, "bureau-2", &new).await;
    let size = site.size();
    // Neither another officer nor the treasurer signs it, though they read it.
    for other in ["bureau-1", "tresor"] {
        let mut other_office = site.office(other).await;
        let page = other_office.get(&address).await;
        assert!(page.says("Votre fonction lit ce texte"), "{other}: {}", page.words());
        let line = signed(site.coop.key(other), &page.texts());
        let refused = other_office.post(&address, &[("signatures", &line)]).await;
        assert_eq!(refused.status.as_u16(), 403, "{other}");
    }
    let mut admin = site.office("admin-1").await;
    let desk = admin.get("/administration").await;
    assert!(desk.says("Remplacement de la clé : bureau-2"), "{}", desk.words());
    let waits = both_sign(&site, &address).await;
    assert!(waits.says("1 signature manque"), "the old key is silent: {}", waits.words());
    assert_eq!(site.size(), size);
    let site = site.restart().await;
    holder.moves_to(&site);
    let done = holder.signs(&address, site.coop.key("bureau-2")).await;
    assert!(done.says("Inscrit au journal"), "{}", done.words());

    assert!(holder.get("/bureau").await.location().starts_with("/connexion"), "its session ends");
    assert_eq!(holder.enters(site.coop.key("bureau-2")).await.status.as_u16(), 422);
    let mut holder = site.signed_in(&new).await;
    assert_eq!(holder.get("/bureau").await.status.as_u16(), 200, "the same office");
    let mut admin = site.office("admin-1").await;
    let desk = admin.get("/administration").await;
    assert!(desk.says("remplacée") && desk.says("bureau-2-bis"), "{}", desk.words());
    let again = holder.post("/cle/remplacer", &[("vkey", &new.vkey())]).await;
    assert_eq!(again.status.as_u16(), 422, "a name serves once: {}", again.words());
    let nothing = holder.post("/cle/remplacer", &[]).await;
    assert!(nothing.error_at("nom_cle").is_some(), "{}", nothing.words());
}

#[tokio::test]
async fn an_administrator_who_replaces_their_own_key_signs_once_for_both() {
    let site = site().await;
    let new = key("admin-3-bis", 61);
    let (mut holder, address) = asked_instead(&site, "admin-3", &new).await;
    let waits = holder.signs(&address, site.coop.key("admin-3")).await;
    assert!(waits.says("1 signature manque"), "{}", waits.words());
    let mut other = site.office("admin-1").await;
    let done = other.signs(&address, site.coop.key("admin-1")).await;
    assert!(done.says("Inscrit au journal"), "{}", done.words());
    let mut holder = site.signed_in(&new).await;
    assert_eq!(holder.get("/administration").await.status.as_u16(), 200);
}

/// A place, which the first officer alone signs: something that a stolen key may have done.
async fn registers_a_place(site: &Site, name: &str) {
    let mut officer = site.office("bureau-1").await;
    let fields = [
        ("nom", name),
        ("voie", "8 rue de Constantine"),
        ("code_postal", "59100"),
        ("commune", "Roubaix"),
        ("surface", "1250"),
        ("capacite", "140"),
        ("etat", "open"),
    ];
    let address = prepared(&mut officer, "/bureau/acte/lieu", &fields).await;
    officer.signs(&address, site.coop.key("bureau-1")).await;
}

fn revocation<'a>(name: &'a str, from: &'a str) -> [(&'static str, &'a str); 3] {
    [("cle_revoquee", name), ("motif", "téléphone volé"), ("depuis", from)]
}

#[tokio::test]
async fn a_stolen_key_is_revoked_put_in_doubt_and_what_it_signed_is_reviewed() {
    let site = site().await;
    let first = site.size();
    for name in ["La Filature", "La Teinturerie", "La Retorderie"] {
        registers_a_place(&site, name).await;
    }
    let (stolen, from) = (site.coop.key("bureau-1").name().to_owned(), (first + 1).to_string());
    let mut admin = site.office("admin-3").await;
    let wrong = admin.post("/administration/revoquer", &revocation(&stolen, "hier")).await;
    assert!(wrong.error_at("depuis").is_some(), "{}", wrong.words());
    let ahead = admin.post("/administration/revoquer", &revocation(&stolen, "99999")).await;
    assert!(ahead.says("le doute ne peut commencer"), "{}", ahead.words());
    let address =
        prepared(&mut admin, "/administration/revoquer", &revocation(&stolen, &from)).await;
    assert_eq!(admin.get(&address).await.texts().len(), 2, "the end of the key, and the doubt");
    recorded(&site, &address).await;
    assert_eq!(site.size(), first + 5);

    let desk = admin.get("/administration").await;
    assert!(desk.says("2 feuilles sont à revoir") && desk.says("en doute"), "{}", desk.words());
    let mut officer = site.office("bureau-2").await;
    assert!(officer.get("/bureau").await.says("2 feuilles sont à revoir"));
    let list = officer.get("/revue").await;
    assert!(
        list.says("Enregistrement d’un lieu") && list.says("téléphone volé"),
        "{}",
        list.words()
    );
    let nothing = officer.post("/revue", &[]).await;
    for field in ["feuille", "constat", "note"] {
        assert!(nothing.says(&format!("href=\"#{field}\"")), "{field}: {}", nothing.words());
    }
    let mut treasurer = site.office("tresor").await;
    assert_eq!(treasurer.get("/revue").await.status.as_u16(), 200, "it reads");
    assert_eq!(treasurer.post("/revue", &[]).await.status.as_u16(), 403, "and reviews nothing");

    reviewed(&site, &mut officer, &from).await;
    let site = site.restart().await;
    goes_further_back(&site, &stolen, first).await;
}

/// Two officers disown one leaf.
async fn reviewed(site: &Site, officer: &mut Browser, leaf: &str) {
    let fields =
        [("feuille", leaf), ("constat", "non-reconnues"), ("note", "relue avec la présidence")];
    let address = prepared(officer, "/revue", &fields).await;
    officer.signs(&address, site.coop.key("bureau-2")).await;
    let mut second = site.office("bureau-3").await;
    let done = second.signs(&address, site.coop.key("bureau-3")).await;
    assert!(done.says("Inscrit au journal"), "{}", done.words());
    let left = officer.get("/revue").await;
    assert!(!left.says(&format!("value=\"{leaf}\"")), "{}", left.words());
    let again = officer.post("/revue", &fields).await;
    assert!(again.says("n’attend aucune revue"), "{}", again.words());
}

/// The theft is older than was thought: the doubt goes back, and administrators review the rest.
async fn goes_further_back(site: &Site, stolen: &str, first: u64) {
    let mut admin = site.office("admin-1").await;
    let from = first.to_string();
    let fields = [("cle_douteuse", stolen), ("depuis", &from), ("motif", "vol plus ancien")];
    let address = prepared(&mut admin, "/administration/acte/doute", &fields).await;
    recorded(site, &address).await;
    let list = admin.get("/revue").await;
    let leaves: Vec<String> = (first..first + 3).map(|leaf| leaf.to_string()).collect();
    for leaf in &leaves {
        assert!(list.says(&format!("value=\"{leaf}\"")), "{leaf}: {}", list.words());
    }
    let mut fields: Vec<(&str, &str)> = leaves.iter().map(|l| ("feuille", l.as_str())).collect();
    fields.extend([("constat", "confirmees"), ("note", "relues à plusieurs")]);
    let address = prepared(&mut admin, "/revue", &fields).await;
    recorded(site, &address).await;
    assert!(admin.get("/revue").await.says("Aucune feuille n’est à revoir."));
    assert!(!admin.get("/administration").await.says("à revoir"));
}

#[tokio::test]
async fn how_many_administrators_sign_is_theirs_to_say() {
    let site = site().await;
    let mut admin = site.office("admin-1").await;
    for wrong in ["", "deux", "1", "4", "2"] {
        let answer = admin.post("/administration/acte/seuil", &[("nombre", wrong)]).await;
        assert_eq!(answer.status.as_u16(), 422, "{wrong:?}: {}", answer.words());
    }
    let address = prepared(&mut admin, "/administration/acte/seuil", &[("nombre", "3")]).await;
    recorded(&site, &address).await;
    assert!(admin.get("/administration").await.says("que 3 administrateurs doivent signer"));
}

#[tokio::test]
async fn the_log_takes_a_key_that_its_signer_holds() {
    let site = site().await;
    let mut admin = site.office("admin-1").await;
    let path = "/administration/acte/cle-du-journal";
    let none = admin.post(path, &[("feuilles", "2")]).await;
    assert!(none.error_at("cle_du_journal").is_some_and(|why| why.contains("faites-en une")));
    let stranger = SigningKey::generate(ORIGIN, [99; 32]).expect("a key").vkey();
    let fields = [("cle_du_journal", stranger.as_str()), ("feuilles", "2")];
    let refused = admin.post(path, &fields).await;
    assert!(refused.says("ne tient pas la clé"), "{}", refused.words());

    let folder = site.coop.data.join("keys");
    let vkey = ledger::registrar::keys::new_log_key(&folder).expect("a key");
    assert!(ledger::registrar::keys::new_log_key(&folder).is_err(), "never over another");
    let site = site.restart().await;
    admin.moves_to(&site);
    let page = admin.get(path).await;
    assert!(page.says(&format!("value=\"{vkey}\"")), "{}", page.words());
    let fields = [("cle_du_journal", vkey.as_str()), ("feuilles", "2")];
    let address = prepared(&mut admin, path, &fields).await;
    recorded(&site, &address).await;
    let checkpoint = site.browser().get("/log/checkpoint").await.text();
    assert_eq!(checkpoint.matches("\n\u{2014} ").count(), 2, "both sign: {checkpoint}");
    let retire = ledger::registrar::keys::retire_log_key;
    assert!(fs::exists(folder.join("log-next.key")).expect("asked"));
    for name in ["A", "B", "C"] {
        registers_a_place(&site, &format!("La Filature {name}")).await;
    }
    let checkpoint = site.browser().get("/log/checkpoint").await.text();
    assert_eq!(checkpoint.matches("\n\u{2014} ").count(), 1, "the new one alone: {checkpoint}");
    assert!(retire(&folder, &stranger).is_err(), "not in force");
    let kept = retire(&folder, &vkey).expect("retired");
    assert!(kept.exists() && !folder.join("log-next.key").exists());
    let site = site.restart().await;
    registers_a_place(&site, "La Filature D").await;
    let desk = site.office("admin-1").await.get("/administration").await;
    assert!(desk.says("Ancienne"), "{}", desk.words());
}

#[tokio::test]
async fn what_to_do_with_a_lost_key_is_told_to_anybody() {
    let site = site().await;
    let mut visitor = site.browser();
    assert_eq!(visitor.get("/connexion").await.link("/cle/perdue"), "/cle/perdue");
    let page = visitor.get("/cle/perdue").await;
    assert!(page.says("2 administrateurs"), "{}", page.words());
    for link in page.links().iter().filter(|link| !link.starts_with("/static")) {
        let path = link.split('#').next().expect("a path");
        let answer = visitor.get(path).await;
        assert!(matches!(answer.status.as_u16(), 200 | 303), "{link}: {}", answer.status);
    }
}
