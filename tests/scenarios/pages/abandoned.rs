//! What nobody signs leaves no personal value behind: a statement that is given up or forgotten; what
//! was signed keeps its own.

use support::site::{Browser, Site};
use support::statement;

use super::{TYPED, founded};

const HOUR: i64 = 3_600_000;
/// How long an act waits, and a little more.
const WEEK: i64 = 7 * 24 * HOUR + 60_000;

/// Whose values the texts of an act speak of.
struct Owners(Vec<String>);

impl Owners {
    /// Those that the facts of a page's texts name in that field.
    async fn named(browser: &mut Browser, address: &str, field: &str) -> Self {
        let texts = browser.get(address).await.texts();
        let named = |text: &String| {
            let (_, rest) = text.split_once(&format!("\"{field}\":\""))?;
            rest.split_once('"').map(|(owner, _)| owner.to_owned())
        };
        let mut owners: Vec<String> = texts.iter().filter_map(named).collect();
        owners.dedup();
        assert!(!owners.is_empty(), "{texts:?}");
        Self(owners)
    }

    /// How many values the vault holds of them.
    async fn values(&self, site: &Site) -> usize {
        let mut count = 0;
        for owner in &self.0 {
            count += site.coop.registrar.disclosures(owner).await.expect("read").len();
        }
        count
    }

    /// Neither a value nor a key of any of them is left.
    async fn are_unknown(&self, site: &Site) {
        let store = site.coop.registrar.store();
        for owner in &self.0 {
            assert_eq!(store.private_values(owner).await, Ok(Vec::new()), "{owner}");
            assert_eq!(store.private_key(owner).await, Ok(None), "{owner}");
        }
    }
}

/// The treasurer reads a statement of two lines, with a name and a label each.
async fn read(treasurer: &mut Browser) -> (String, Owners) {
    let lines = [("7,00", "Zoé Le Goff", "sans objet"), ("8,00", "Awa Diallo", "un don")];
    let file = statement("2026-03-02", "19 000,00", &lines);
    let page = treasurer.upload("/tresorerie/releve", file.as_bytes(), &[]).await;
    assert_eq!(page.status.as_u16(), 200, "{}", page.words());
    let address = page.link("/signer/");
    let owners = Owners::named(treasurer, &address, "line").await;
    (address, owners)
}

async fn signs(site: &Site, treasurer: &mut Browser, address: &str) {
    let done = treasurer.signs(address, site.coop.key("tresor")).await;
    assert!(done.says("Inscrit au journal"), "{}", done.words());
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
    let mut treasurer = site.office("tresor").await;
    let (address, lines) = read(&mut treasurer).await;
    assert_eq!(lines.values(&site).await, 4, "a name and a label a line");
    gives_up(&mut treasurer, &address).await;
    later(&site, HOUR).await;
    lines.are_unknown(&site).await;
    assert!(site.coop.registrar.store().drafts_of_kind("act").await.expect("read").is_empty());
}

#[tokio::test]
async fn a_statement_that_nobody_signs_in_a_week_leaves_nothing_in_the_vault() {
    let site = founded().await;
    let mut treasurer = site.office("tresor").await;
    let (_, lines) = read(&mut treasurer).await;
    later(&site, WEEK / 2).await;
    assert_eq!(lines.values(&site).await, 4, "it may still be signed");
    later(&site, WEEK / 2 + HOUR).await;
    lines.are_unknown(&site).await;
}

#[tokio::test]
async fn a_statement_that_was_signed_keeps_its_values() {
    let site = founded().await;
    let mut treasurer = site.office("tresor").await;
    let (address, lines) = read(&mut treasurer).await;
    signs(&site, &mut treasurer, &address).await;
    later(&site, WEEK + HOUR).await;
    assert_eq!(lines.values(&site).await, 4);
}

/// Both copies speak of the same lines: what goes with one is never what the other names.
#[tokio::test]
async fn of_a_statement_read_twice_the_one_that_is_signed_keeps_its_values() {
    for signed_before in [false, true] {
        let site = founded().await;
        let mut treasurer = site.office("tresor").await;
        let (one, lines) = read(&mut treasurer).await;
        let (two, _) = read(&mut treasurer).await;
        assert_eq!(lines.values(&site).await, 8);
        if signed_before {
            signs(&site, &mut treasurer, &two).await;
        }
        gives_up(&mut treasurer, &one).await;
        later(&site, HOUR).await;
        assert_eq!(lines.values(&site).await, 4);
        if !signed_before {
            signs(&site, &mut treasurer, &two).await;
        }
        let mut kept = Vec::new();
        for line in &lines.0 {
            kept.extend(site.coop.registrar.private(line).await.expect("read").into_values());
        }
        for words in ["Zoé Le Goff", "sans objet", "Awa Diallo", "un don"] {
            assert!(kept.iter().any(|value| value == words), "{words}: {kept:?}");
        }
    }
}

#[tokio::test]
async fn a_form_that_nobody_signs_leaves_nothing_in_the_vault() {
    let site = founded().await;
    let mut visitor = site.browser();
    let sent = visitor.post("/souscrire", &TYPED).await;
    let member = Owners::named(&mut visitor, sent.location(), "member").await;
    assert!(member.values(&site).await > 0);
    let kept = site.coop.registrar.store().drafts_of_kind("subscription").await.expect("read");
    assert!(!kept[0].payload.contains("user_agent"), "the browser is named in the vault alone");
    later(&site, 25 * HOUR).await;
    member.are_unknown(&site).await;
}
