//! A decision of two officers, through the pages.

use support::site::{Browser, Site, signed};
use support::{euros, key};

use super::{allotment, founded, pays, reference_on, subscriber};

/// A paid subscription and the address where an officer has prepared its allotment.
async fn prepared() -> (Site, Browser, String) {
    let site = founded().await;
    let mut member = subscriber(&site).await;
    let reference = reference_on(&member.get("/mes-parts").await);
    pays(&site, "2026-03-02", "19 000,00", &reference).await;
    let mut officer = site.office("bureau-1").await;
    let address = allotment(&mut officer).await;
    (site, officer, address)
}

#[tokio::test]
async fn two_officers_decide_and_one_signature_writes_nothing() {
    let (site, mut first, address) = prepared().await;
    let size = site.size();
    let waiting = first.signs(&address, site.coop.key("bureau-1")).await;
    assert!(waiting.says("Votre signature est déposée"), "{}", waiting.words());
    assert!(waiting.says("1 signature manque"), "{}", waiting.words());
    assert_eq!(site.size(), size);

    let again = first.signs(&address, site.coop.key("bureau-1")).await;
    assert!(again.says("1 signature manque"), "the same officer twice: {}", again.words());
    assert_eq!(site.size(), size);

    let mut second = site.office("bureau-2").await;
    assert!(second.get("/bureau").await.says("à relire et signer"));
    let done = second.signs(&address, site.coop.key("bureau-2")).await;
    assert!(done.says("Inscrit au journal"), "{}", done.words());
    assert!(site.size() > size);
    let book = site.coop.registrar.book();
    assert_eq!(book.state().registers.shares.capital().subscribed, euros("20 000,00"));
    assert_eq!(book.state().books.balance("4563"), euros("0,00"));
    assert_eq!(second.get(&address).await.status.as_u16(), 404, "the decision is taken");
}

#[tokio::test]
async fn an_officer_s_session_does_not_sign_with_another_s_key() {
    let (site, mut first, address) = prepared().await;
    let size = site.size();
    first.signs(&address, site.coop.key("bureau-1")).await;
    for other in [site.coop.key("bureau-2"), site.coop.key("tresor"), &key("bureau-2", 99)] {
        let answer = first.signs(&address, other).await;
        assert_eq!(answer.status.as_u16(), 422, "{}", answer.words());
        assert!(answer.says("La signature est refusée."), "{}", answer.words());
    }
    assert_eq!(site.size(), size);
}

#[tokio::test]
async fn who_is_no_officer_reads_the_decision_and_does_not_sign_it() {
    let (site, _, address) = prepared().await;
    let auditor = site.auditor().await;
    let mut reader = site.signed_in(&auditor).await;
    let page = reader.get(&address).await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(page.says("elle ne le signe pas"), "{}", page.words());
    assert!(!page.says("Le Goff"), "a name is for officers: {}", page.words());
    let lines = signed(&auditor, &page.texts());
    let answer = reader.post(&address, &[("signatures", &lines)]).await;
    assert_eq!(answer.status.as_u16(), 403, "{}", answer.words());
}

#[tokio::test]
async fn only_who_prepared_a_decision_gives_it_up() {
    let (site, mut first, address) = prepared().await;
    let size = site.size();
    let mut second = site.office("bureau-2").await;
    let answer = second.post(&address, &[("renoncer", "oui")]).await;
    assert_eq!(answer.status.as_u16(), 403, "{}", answer.words());
    let answer = first.post(&address, &[("renoncer", "oui")]).await;
    assert_eq!(answer.status.as_u16(), 303, "{}", answer.words());
    assert_eq!(first.get(&address).await.status.as_u16(), 404);
    assert_eq!(site.size(), size);
}

#[tokio::test]
async fn a_decision_prepared_for_an_unpaid_subscription_is_refused_with_figures() {
    let site = founded().await;
    subscriber(&site).await;
    let mut officer = site.office("bureau-1").await;
    let page = officer.get("/bureau").await;
    let reference = super::chosen(&page).expect("one that waits");
    let size = site.size();
    let ask = [
        ("souscription", reference.as_str()),
        ("intitule", "Conseil d’administration, point 4"),
        ("le", "2026-03-01"),
    ];
    let answer = officer.post("/bureau/attribuer", &ask).await;
    assert_eq!(answer.status.as_u16(), 422, "{}", answer.words());
    assert!(answer.says("000,00") && answer.says("class=\"rule\""), "{}", answer.words());
    assert_eq!(answer.field("intitule").as_deref(), Some("Conseil d’administration, point 4"));
    assert_eq!(site.size(), size);
}

#[tokio::test]
async fn a_decision_without_words_date_or_subscription_has_each_error() {
    let site = founded().await;
    subscriber(&site).await;
    let mut officer = site.office("bureau-1").await;
    let answer = officer.post("/bureau/attribuer", &[("le", "2026-02-30")]).await;
    assert_eq!(answer.status.as_u16(), 422);
    assert!(answer.error_at("intitule").is_some() && answer.error_at("le").is_some());
    assert!(answer.says("Choisissez au moins une souscription."), "{}", answer.words());
}

#[tokio::test]
async fn a_decision_outlives_a_restart() {
    let (site, mut first, address) = prepared().await;
    first.signs(&address, site.coop.key("bureau-1")).await;
    let mut second = site.office("bureau-2").await;
    let size = site.size();
    first.waits();
    second.waits();
    let site = site.restart().await;
    second.moves_to(&site);
    let done = second.signs(&address, site.coop.key("bureau-2")).await;
    assert!(done.says("Inscrit au journal"), "{}", done.words());
    assert!(site.size() > size);
}
