//! What nobody signs leaves no personal value behind: a statement that is given up or forgotten; what
//! was signed keeps its own.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use support::site::{Browser, Site};
use support::statement;

use super::{TYPED, founded};

const HOUR: i64 = 3_600_000;
/// How long an act waits, and a little more.
const WEEK: i64 = 7 * 24 * HOUR + 60_000;

/// How many values the vault holds.
async fn values(site: &Site) -> i64 {
    let file = SqliteConnectOptions::new().filename(site.coop.data.join("vault.db"));
    let mut vault = file.connect().await.expect("the file opens");
    let count = sqlx::query_scalar("select count(*) from private_values").fetch_one(&mut vault);
    let count = count.await.expect("counted");
    vault.close().await.expect("closed");
    count
}

/// The treasurer reads a statement of two lines, with a name and a label each.
async fn read(treasurer: &mut Browser) -> String {
    let lines = [("7,00", "Zoé Le Goff", "sans objet"), ("8,00", "Awa Diallo", "un don")];
    let file = statement("2026-03-02", "19 000,00", &lines);
    let page = treasurer.upload("/tresorerie/releve", file.as_bytes(), &[]).await;
    assert_eq!(page.status.as_u16(), 200, "{}", page.words());
    page.link("/signer/")
}

async fn gives_up(treasurer: &mut Browser, address: &str) {
    let given_up = treasurer.post(address, &[("renoncer", "oui")]).await;
    assert_eq!((given_up.status.as_u16(), given_up.location()), (303, "/tresorerie"));
    assert_eq!(treasurer.get(address).await.status.as_u16(), 404, "nobody signs it any more");
}

/// Time passes, and somebody visits.
async fn later(site: &Site, ms: i64) {
    site.coop.clock.advance_ms(ms);
    assert_eq!(site.browser().get("/").await.status.as_u16(), 200);
}

#[tokio::test]
async fn a_statement_given_up_leaves_nothing_in_the_vault() {
    let site = founded().await;
    let before = values(&site).await;
    let mut treasurer = site.office("tresor").await;
    let address = read(&mut treasurer).await;
    assert_eq!(values(&site).await, before + 4, "a name and a label a line");
    gives_up(&mut treasurer, &address).await;
    later(&site, HOUR).await;
    assert_eq!(values(&site).await, before);
    assert!(site.coop.registrar.store().drafts_of_kind("act").await.expect("read").is_empty());
}

#[tokio::test]
async fn a_statement_that_nobody_signs_in_a_week_leaves_nothing_in_the_vault() {
    let site = founded().await;
    let before = values(&site).await;
    let mut treasurer = site.office("tresor").await;
    read(&mut treasurer).await;
    later(&site, WEEK / 2).await;
    assert_eq!(values(&site).await, before + 4, "it may still be signed");
    later(&site, WEEK / 2 + HOUR).await;
    assert_eq!(values(&site).await, before);
}

#[tokio::test]
async fn a_statement_that_was_signed_keeps_its_values() {
    let site = founded().await;
    let before = values(&site).await;
    let mut treasurer = site.office("tresor").await;
    let address = read(&mut treasurer).await;
    let done = treasurer.signs(&address, site.coop.key("tresor")).await;
    assert!(done.says("Inscrit au journal"), "{}", done.words());
    later(&site, WEEK + HOUR).await;
    assert_eq!(values(&site).await, before + 4);
}

/// Both copies speak of the same lines: what goes with one is never what the other names.
#[tokio::test]
async fn of_a_statement_read_twice_the_one_that_is_signed_keeps_its_values() {
    for first_is_signed in [false, true] {
        let site = founded().await;
        let before = values(&site).await;
        let mut treasurer = site.office("tresor").await;
        let (one, two) = (read(&mut treasurer).await, read(&mut treasurer).await);
        assert_eq!(values(&site).await, before + 8);
        let (signed, given_up) = if first_is_signed { (one, two) } else { (two, one) };
        if first_is_signed {
            let done = treasurer.signs(&signed, site.coop.key("tresor")).await;
            assert!(done.says("Inscrit au journal"), "{}", done.words());
        }
        gives_up(&mut treasurer, &given_up).await;
        later(&site, HOUR).await;
        assert_eq!(values(&site).await, before + 4);
        if !first_is_signed {
            let done = treasurer.signs(&signed, site.coop.key("tresor")).await;
            assert!(done.says("Inscrit au journal"), "{}", done.words());
        }
        let page = treasurer.get("/tresorerie").await;
        for words in ["sans objet", "un don", "Awa Diallo"] {
            assert!(page.says(words), "{words}: {}", page.words());
        }
    }
}

#[tokio::test]
async fn a_form_that_nobody_signs_leaves_nothing_in_the_vault() {
    let site = founded().await;
    let before = values(&site).await;
    let mut visitor = site.browser();
    assert_eq!(visitor.post("/souscrire", &TYPED).await.status.as_u16(), 303);
    assert!(values(&site).await > before);
    let kept = site.coop.registrar.store().drafts_of_kind("subscription").await.expect("read");
    assert!(!kept[0].payload.contains("user_agent"), "the browser is named in the vault alone");
    later(&site, 25 * HOUR).await;
    assert_eq!(values(&site).await, before);
}
