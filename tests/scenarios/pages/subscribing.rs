//! A resident fills the form in, signs, and is told how to pay.

use ledger::log::VerifierKey;
use support::site::signed;
use support::{IBAN, key};

use super::{TYPED, founded, reference_on, subscriber, typed};

fn is_pdf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF-")
}

#[tokio::test]
async fn a_resident_subscribes_at_the_desk_and_is_told_how_to_pay() {
    let site = founded().await;
    let size = site.size();
    let mut browser = site.browser();
    let sent = browser.post("/souscrire", &TYPED).await;
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.words());
    assert_eq!(site.size(), size, "nothing is in the log before the signature");
    let to_sign = browser.get(sent.location()).await;
    for words in ["Zoé Le Goff", "10 parts", "1 000,00 €"] {
        assert!(to_sign.says(words), "{words}: {}", to_sign.words());
    }
    let before = browser.get(&to_sign.link("/souscrire/bulletin/")).await;
    assert_eq!(before.header("content-type"), "application/pdf");
    assert!(is_pdf(&before.bytes));

    let done = browser.post(sent.location(), &[]).await;
    assert_eq!((done.status.as_u16(), done.location()), (303, "/mes-parts"));
    assert_eq!(site.size(), size + 2, "the application and the subscription");
    let page = browser.get("/mes-parts").await;
    let reference = reference_on(&page);
    assert!(reference.starts_with("RF"), "{reference}");
    let groups = page.text().split_whitespace().collect::<String>().replace('\u{a0}', "");
    assert!(groups.contains(IBAN), "{}", page.words());
    assert!(page.text().contains("<svg"), "the code to scan");

    let after = browser.get(&page.link("/mes-parts/bulletin/")).await;
    assert_eq!(after.bytes, before.bytes, "the copy is the form that was signed");
}

#[tokio::test]
async fn nothing_personal_is_in_the_texts_to_sign() {
    let site = founded().await;
    let mut browser = site.browser();
    let sent = browser.post("/souscrire", &TYPED).await;
    let texts = browser.get(sent.location()).await.texts();
    assert_eq!(texts.len(), 2);
    for text in texts {
        for (name, value) in TYPED.iter().filter(|(_, value)| value.chars().count() > 4) {
            let public = ["personne", "categorie"].contains(name);
            assert!(public || !text.contains(value), "{name} is in {text}");
        }
    }
}

#[tokio::test]
async fn a_resident_signs_with_a_key_made_in_the_browser() {
    let site = founded().await;
    let own = key("s-0123456789abcdef", 77);
    assert!(VerifierKey::parse(&own.vkey()).is_ok());
    let mut browser = site.browser();
    let vkey = own.vkey();
    let sent = browser.post("/souscrire", &typed("signer_vkey", &vkey)).await;
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.words());
    let address = sent.location().to_owned();
    let size = site.size();
    let unsigned = browser.post(&address, &[]).await;
    assert_eq!(unsigned.status.as_u16(), 422);
    assert!(unsigned.says("La signature est refusée."), "{}", unsigned.words());
    let texts = browser.get(&address).await.texts();
    let by_another = signed(&key("s-0123456789abcdef", 78), &texts);
    let forged = browser.post(&address, &[("signatures", &by_another)]).await;
    assert_eq!(forged.status.as_u16(), 422);
    assert!(forged.says("La signature est refusée."), "{}", forged.words());
    assert_eq!(site.size(), size);

    let done = browser.signs(&address, &own).await;
    assert_eq!((done.status.as_u16(), done.location()), (303, "/mes-parts"), "{}", done.words());
    assert_eq!(site.size(), size + 2);
    let leaf = site.coop.registrar.leaf(size).await.expect("read").expect("there");
    let leaf = String::from_utf8(leaf).expect("text");
    assert!(leaf.contains(own.name()), "the subscriber's line: {leaf}");
    assert!(leaf.contains("/guichet") || leaf.contains("desk"), "the desk's line: {leaf}");
}

#[tokio::test]
async fn a_browser_that_can_t_sign_after_all_falls_back_on_the_desk() {
    let site = founded().await;
    let mut browser = site.browser();
    let vkey = key("s-0123456789abcdef", 77).vkey();
    let sent = browser.post("/souscrire", &typed("signer_vkey", &vkey)).await;
    let address = sent.location().to_owned();
    let again = browser.post(&format!("{address}/guichet"), &[]).await;
    assert_eq!(again.status.as_u16(), 303, "{}", again.words());
    assert_ne!(again.location(), address);
    assert_eq!(browser.get(&address).await.status.as_u16(), 404, "the first form is closed");
    let done = browser.post(again.location(), &[]).await;
    assert_eq!((done.status.as_u16(), done.location()), (303, "/mes-parts"), "{}", done.words());
}

#[tokio::test]
async fn the_same_form_is_not_signed_twice() {
    let site = founded().await;
    let mut browser = site.browser();
    let sent = browser.post("/souscrire", &TYPED).await;
    let address = sent.location().to_owned();
    assert_eq!(browser.post(&address, &[]).await.status.as_u16(), 303);
    let size = site.size();
    let again = browser.post(&address, &[]).await;
    assert_eq!(again.status.as_u16(), 404, "{}", again.words());
    assert_eq!(site.size(), size);
}

#[tokio::test]
async fn a_form_that_nobody_signs_in_a_day_is_forgotten() {
    let site = founded().await;
    let mut browser = site.browser();
    let sent = browser.post("/souscrire", &TYPED).await;
    let address = sent.location().to_owned();
    site.coop.clock.advance_ms(24 * 3_600_000 + 1);
    assert_eq!(browser.get(&address).await.status.as_u16(), 404);
}

#[tokio::test]
async fn the_personal_link_is_shown_once_and_brings_the_member_back() {
    let site = founded().await;
    let mut browser = subscriber(&site).await;
    let first = browser.get("/mes-parts").await.text();
    let (_, rest) = first.split_once("/lien/").expect("the link");
    let secret = rest.split('<').next().expect("its end");
    assert!(!browser.get("/mes-parts").await.text().contains("/lien/"), "shown once");

    let mut phone = site.browser();
    let back = phone.get(&format!("/lien/{secret}")).await;
    assert_eq!((back.status.as_u16(), back.location()), (303, "/mes-parts"));
    assert!(phone.get("/mes-parts").await.says("Zoé Le Goff"));

    assert_eq!(browser.post("/mes-parts/lien", &[]).await.status.as_u16(), 303);
    let old = site.browser().get(&format!("/lien/{secret}")).await;
    assert_eq!(old.status.as_u16(), 422);
    assert!(old.says("Ce lien ne vaut plus."), "{}", old.words());
}

#[tokio::test]
async fn a_restart_loses_no_session_and_no_form_that_waits() {
    let site = founded().await;
    let mut member = subscriber(&site).await;
    let bulletin = member.get("/mes-parts").await.link("/mes-parts/bulletin/");
    let before = member.get(&bulletin).await.bytes;
    let mut waiting = site.browser();
    let sent = waiting.post("/souscrire", &TYPED).await;
    let size = site.size();
    member.waits();
    waiting.waits();

    let site = site.restart().await;
    assert_eq!(site.size(), size);
    member.moves_to(&site);
    waiting.moves_to(&site);
    assert!(member.get("/mes-parts").await.says("Zoé Le Goff"));
    assert_eq!(member.get(&bulletin).await.bytes, before);
    let done = waiting.post(sent.location(), &[]).await;
    assert_eq!((done.status.as_u16(), done.location()), (303, "/mes-parts"), "{}", done.words());
}
