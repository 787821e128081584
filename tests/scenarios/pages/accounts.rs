//! The public accounts: the page, its exports and the books agree, and every figure leads to a leaf.

use std::collections::BTreeSet;

use ledger::base::{Capacity, GrantRef, PlaceRef, Source, SquareMetres};
use ledger::command::Command;
use ledger::funding::AwardGrant;
use ledger::pooling::{PlaceStatus, RegisterPlace};
use serde_json::Value;
use support::site::Site;
use support::{Coop, bits, euros};

/// A portal whose cooperative has a place and a grant to an operating budget.
async fn funded() -> (Site, PlaceRef) {
    let coop = super::founded_coop().await;
    let place = PlaceRef::from_random(bits(1));
    registers_place(&coop, &place, "La Filature").await;
    let ask = AwardGrant {
        grant: GrantRef::from_random(bits(1)),
        funder: "Métropole de Lille".into(),
        source: Source::Grants,
        programme: None,
        title: "Fonctionnement 2026".into(),
        amount: euros("12 345,67"),
        place: Some(place.clone()),
        on: coop.registrar.today(),
        voucher: "convention 2026-7".into(),
        agreement_sha256: None,
    };
    coop.done(Command::AwardGrant(ask), &["tresor"]).await;
    (Site::open_to_all(coop), place)
}

async fn registers_place(coop: &Coop, place: &PlaceRef, name: &str) {
    let ask = RegisterPlace {
        place: place.clone(),
        name: name.into(),
        street: "4 rue des Postes".into(),
        postcode: "59000".into(),
        town: "Lille".into(),
        surface: SquareMetres::new(400),
        capacity: Capacity::new(60),
        status: PlaceStatus::Open,
        member: None,
    };
    coop.done(Command::RegisterPlace(ask), &["bureau-1"]).await;
}

#[tokio::test]
async fn the_page_the_csv_and_the_json_say_the_same() {
    let (site, _) = funded().await;
    let page = site.browser().get("/comptes").await;
    assert!(page.says("12 345,67 €"), "{}", page.words());
    assert!(page.says("<svg"), "the chart");

    let csv = site.browser().get("/comptes.csv?exercice=2026").await;
    assert!(csv.header("content-type").starts_with("text/csv"), "{}", csv.header("content-type"));
    assert!(csv.bytes.starts_with(b"\xef\xbb\xbf"), "a spreadsheet reads UTF-8 by its mark");
    let text = csv.text();
    let widths: BTreeSet<usize> = text.lines().map(|line| line.matches(';').count()).collect();
    assert_eq!(widths.len(), 1, "rows of one width: {text}");
    let total = text.lines().find(|line| line.contains("Total général")).expect("a total");
    assert!(total.contains("12345,67"), "a decimal comma: {total}");

    let json = site.browser().get("/comptes.json?exercice=2026").await;
    assert_eq!(json.header("content-type"), "application/json");
    let json: Value = serde_json::from_slice(&json.bytes).expect("JSON");
    assert_eq!(json["year"], "2026");
    assert_eq!(json["capital"]["closing"], "19000.00");
    let books = site.coop.registrar.book();
    assert_eq!(books.state().books.balance("7"), euros("-12 345,67"));
    assert!(json["totals"].to_string().contains("12345.67"), "{}", json["totals"]);
}

#[tokio::test]
async fn a_place_has_accounts_of_its_own() {
    let (site, place) = funded().await;
    let other = PlaceRef::from_random(bits(2));
    registers_place(&site.coop, &other, "La Minoterie").await;
    let mine = site.browser().get(&format!("/comptes.json?lieu={place}")).await.text();
    assert!(mine.contains("12345.67"), "{mine}");
    let none = site.browser().get(&format!("/comptes.json?lieu={other}")).await.text();
    assert!(!none.contains("12345.67"), "{none}");
}

#[tokio::test]
async fn every_figure_leads_to_its_entries_and_each_to_its_leaf() {
    let (site, place) = funded().await;
    let mut browser = site.browser();
    let mut leaves = BTreeSet::new();
    for start in ["/comptes".to_owned(), format!("/comptes?lieu={place}")] {
        for link in browser.get(&start).await.links() {
            let answer = browser.get(&link).await;
            assert_eq!(answer.status.as_u16(), 200, "{link}");
            if link.starts_with("/comptes/ecritures") {
                leaves.extend(answer.links().into_iter().filter(|at| at.starts_with("/journal/")));
            }
        }
    }
    assert!(leaves.len() >= 2, "the grant and the capital: {leaves:?}");
    for leaf in leaves {
        let answer = browser.get(&leaf).await;
        assert_eq!(answer.status.as_u16(), 200, "{leaf}");
        assert!(answer.says("Écriture"), "the entry is on its leaf's page: {}", answer.words());
    }
}

#[tokio::test]
async fn the_journal_s_csv_is_balanced() {
    let (site, _) = funded().await;
    let csv = site.browser().get("/comptes/ecritures.csv?exercice=2026").await;
    assert!(csv.bytes.starts_with(b"\xef\xbb\xbf"));
    let text = csv.text();
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let head: Vec<&str> = lines.next().expect("a head").split(';').collect();
    let column = |name: &str| head.iter().position(|cell| cell.contains(name)).expect("a column");
    let (debit, credit) = (column("ébit"), column("rédit"));
    let mut sums = (0_i64, 0_i64);
    for line in lines {
        let cells: Vec<&str> = line.split(';').collect();
        let cents = |at: usize| cells[at].replace(',', "").parse::<i64>().unwrap_or(0);
        sums = (sums.0 + cents(debit), sums.1 + cents(credit));
    }
    assert!(sums.0 > 0 && sums.0 == sums.1, "{sums:?}: {text}");
}
