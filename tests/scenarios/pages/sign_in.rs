//! An office signs in by signing a challenge: once, in time, with a key that still may.

use ledger::authority::RevokeKey;
use ledger::command::Command;
use support::site::{Answer, Browser, Site, signed};
use support::{Coop, ORIGIN, key};

fn is_refused(answer: &Answer, words: &str) {
    assert_eq!(answer.status.as_u16(), 422, "{}", answer.words());
    assert!(answer.says("La connexion est refusée."), "{}", answer.words());
    assert!(answer.says(words), "{words}: {}", answer.words());
}

#[tokio::test]
async fn each_office_is_led_to_its_own_desk() {
    let site = Site::of(Coop::open().await);
    let auditor = site.auditor().await;
    let offices = [
        (site.coop.key("bureau-1"), "/bureau"),
        (site.coop.key("tresor"), "/tresorerie"),
        (site.coop.key("admin-1"), "/administration"),
        (&auditor, "/registre"),
    ];
    for (key, desk) in offices {
        let mut browser = site.browser();
        let answer = browser.enters(key).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, desk));
        assert_eq!(browser.get(desk).await.status.as_u16(), 200);
    }
}

#[tokio::test]
async fn the_text_signed_can_pass_for_nothing_else() {
    let site = Site::of(Coop::open().await);
    let page = site.browser().get("/connexion").await;
    let challenge = page.field("challenge").expect("a challenge");
    assert_eq!(page.texts(), [format!("{ORIGIN}/session@v1\n{challenge}\n")]);
}

#[tokio::test]
async fn a_challenge_serves_once() {
    let site = Site::of(Coop::open().await);
    let mut browser = site.browser();
    let page = browser.get("/connexion").await;
    let challenge = page.field("challenge").expect("a challenge");
    let line = signed(site.coop.key("tresor"), &page.texts());
    let fields = [("challenge", challenge.as_str()), ("signatures", line.as_str())];
    assert_eq!(browser.post("/connexion", &fields).await.status.as_u16(), 303);
    is_refused(&browser.post("/connexion", &fields).await, "une seule fois");
    is_refused(&site.browser().post("/connexion", &fields).await, "une seule fois");
}

#[tokio::test]
async fn a_challenge_signed_wrongly_is_spent() {
    let site = Site::of(Coop::open().await);
    let mut browser = site.browser();
    let page = browser.get("/connexion").await;
    let challenge = page.field("challenge").expect("a challenge");
    let wrong = signed(site.coop.key("tresor"), &["un autre texte\n".to_owned()]);
    let fields = [("challenge", challenge.as_str()), ("signatures", wrong.as_str())];
    is_refused(&browser.post("/connexion", &fields).await, "pas celle de cette clé");
    let right = signed(site.coop.key("tresor"), &page.texts());
    let fields = [("challenge", challenge.as_str()), ("signatures", right.as_str())];
    is_refused(&browser.post("/connexion", &fields).await, "une seule fois");
}

#[tokio::test]
async fn a_challenge_of_another_browser_is_refused() {
    let site = Site::of(Coop::open().await);
    let page = site.browser().get("/connexion").await;
    let challenge = page.field("challenge").expect("a challenge");
    let line = signed(site.coop.key("tresor"), &page.texts());
    let fields = [("challenge", challenge.as_str()), ("signatures", line.as_str())];
    is_refused(&site.browser().post("/connexion", &fields).await, "une seule fois");
}

#[tokio::test]
async fn a_challenge_is_over_after_five_minutes() {
    let site = Site::of(Coop::open().await);
    let mut browser = site.browser();
    let page = browser.get("/connexion").await;
    let challenge = page.field("challenge").expect("a challenge");
    let line = signed(site.coop.key("tresor"), &page.texts());
    site.coop.clock.advance_ms(5 * 60_000);
    let fields = [("challenge", challenge.as_str()), ("signatures", line.as_str())];
    is_refused(&browser.post("/connexion", &fields).await, "cinq minutes");
}

#[tokio::test]
async fn an_unknown_key_a_borrowed_name_and_the_desk_are_refused() {
    let site = Site::of(Coop::open().await);
    is_refused(&site.browser().enters(&key("inconnu", 90)).await, "n’est pas habilitée");
    is_refused(&site.browser().enters(&key("tresor", 90)).await, "pas celle de cette clé");
    let desk = site.coop.registrar.desk().clone();
    is_refused(&site.browser().enters(&desk).await, "guichet");
    let mut browser = site.browser();
    let page = browser.get("/connexion").await;
    let challenge = page.field("challenge").expect("a challenge");
    let fields = [("challenge", challenge.as_str()), ("signatures", "n’importe quoi")];
    is_refused(&browser.post("/connexion", &fields).await, "illisible");
    assert_eq!(browser.get("/tresorerie").await.status.as_u16(), 303);
}

#[tokio::test]
async fn a_revoked_key_s_session_is_over_at_once() {
    let site = Site::of(Coop::open().await);
    let mut officer = site.office("bureau-3").await;
    assert_eq!(officer.get("/bureau").await.status.as_u16(), 200);
    let key_name = site.coop.key("bureau-3").name().to_owned();
    let ask = RevokeKey { key_name, reason: "téléphone perdu".into(), suspect_from: None };
    site.coop.done(Command::RevokeKey(ask), &["admin-1", "admin-2"]).await;
    let answer = officer.get("/bureau").await;
    assert_eq!(answer.status.as_u16(), 303);
    assert!(answer.location().starts_with("/connexion"), "{}", answer.location());
    is_refused(&officer.enters(site.coop.key("bureau-3")).await, "n’est pas habilitée");
}

#[tokio::test]
async fn a_sign_in_gives_a_new_cookie_and_leaving_ends_it() {
    let site = Site::of(Coop::open().await);
    let mut browser = site.browser();
    browser.get("/").await;
    let before = browser.cookie("fonciere").expect("a cookie").to_owned();
    browser.enters(site.coop.key("tresor")).await;
    assert_ne!(browser.cookie("fonciere"), Some(before.as_str()));
    let stolen: Browser = browser.clone();
    assert_eq!(browser.post("/deconnexion", &[]).await.status.as_u16(), 303);
    for mut browser in [browser, stolen] {
        assert_eq!(browser.get("/tresorerie").await.status.as_u16(), 303, "nobody any more");
    }
}

#[tokio::test]
async fn a_session_is_over_after_its_hours() {
    let site = Site::of(Coop::open().await);
    let mut browser = site.office("tresor").await;
    site.coop.clock.advance_ms(12 * 3_600_000 - 1);
    assert_eq!(browser.get("/tresorerie").await.status.as_u16(), 200);
    site.coop.clock.advance_ms(1);
    assert_eq!(browser.get("/tresorerie").await.status.as_u16(), 303);
}

#[tokio::test]
async fn after_a_sign_in_the_page_asked_for_is_shown_if_it_is_ours() {
    let site = Site::of(Coop::open().await);
    let asked = site.browser().get("/tresorerie/releve").await;
    assert_eq!(asked.location(), "/connexion?suite=/tresorerie/releve");
    for (next, shown) in
        [("/tresorerie/releve", "/tresorerie/releve"), ("//ailleurs.example", "/tresorerie")]
    {
        let mut browser = site.browser();
        let page = browser.get("/connexion").await;
        let challenge = page.field("challenge").expect("a challenge");
        let line = signed(site.coop.key("tresor"), &page.texts());
        let fields = [("challenge", &*challenge), ("signatures", &*line), ("suite", next)];
        assert_eq!(browser.post("/connexion", &fields).await.location(), shown);
    }
}
