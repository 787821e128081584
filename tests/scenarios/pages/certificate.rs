//! The certificate: issued once, the same bytes for ever, and checked by anybody.

use ledger::documents::attached_proof;
use support::site::{Answer, Browser, Site};
use support::{Coop, day, statement};

use super::{allots, reference_on, with_a_member};

async fn issued(member: &mut Browser) -> (String, Vec<u8>, Vec<u8>) {
    let answer = member.post("/mes-parts/attestation", &[]).await;
    assert_eq!(answer.status.as_u16(), 303, "{}", answer.words());
    let path = answer.location().to_owned();
    let pdf = member.get(&path).await;
    assert_eq!(pdf.header("content-type"), "application/pdf");
    assert!(pdf.bytes.starts_with(b"%PDF-"));
    let proof = member.get(&path.replace(".pdf", ".tlog-proof")).await;
    assert!(proof.bytes.starts_with(b"c2sp.org/tlog-proof@v1\n"), "{}", proof.words());
    (path, pdf.bytes, proof.bytes)
}

async fn checked(site: &Site, file: &[u8]) -> Answer {
    site.browser().upload("/verifier", file, &[]).await
}

fn is_refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status.as_u16(), 422, "{}", answer.words());
    assert!(answer.says("Ce fichier ne prouve rien."), "{}", answer.words());
    assert!(answer.says(why), "{why}: {}", answer.words());
}

#[tokio::test]
async fn a_certificate_is_issued_once_and_holds_its_proof() {
    let (site, mut member) = with_a_member().await;
    let (path, pdf, proof) = issued(&mut member).await;
    assert_eq!(attached_proof(&pdf).expect("a PDF"), Some(proof));
    let size = site.size();
    let (again, bytes, _) = issued(&mut member).await;
    assert_eq!((again, bytes), (path, pdf), "nothing changed: the same certificate");
    assert_eq!(site.size(), size);
}

#[tokio::test]
async fn anybody_checks_the_pdf_or_the_proof_alone() {
    let (site, mut member) = with_a_member().await;
    let (_, pdf, proof) = issued(&mut member).await;
    let page = checked(&site, &pdf).await;
    assert_eq!(page.status.as_u16(), 200, "{}", page.words());
    for words in ["Attestation authentique", "Toujours exact", "10 parts", "Non cosigné"] {
        assert!(page.says(words), "{words}: {}", page.words());
    }
    assert!(!page.says("Le Goff"), "no name for strangers: {}", page.words());
    let page = checked(&site, &proof).await;
    assert_eq!(page.status.as_u16(), 200, "{}", page.words());
    assert!(page.says("Preuve valable") && page.says("10 parts"), "{}", page.words());
}

#[tokio::test]
async fn the_address_of_the_qr_code_tells_what_it_is_worth() {
    let (site, mut member) = with_a_member().await;
    let (path, ..) = issued(&mut member).await;
    let reference = path.trim_start_matches("/attestation/").trim_end_matches(".pdf");
    let page = site.browser().get(&format!("/v/{reference}")).await;
    assert_eq!(page.status.as_u16(), 200, "{}", page.words());
    assert!(page.says("10 parts") && page.says("Toujours exact"), "{}", page.words());
    assert!(!page.says("Le Goff"), "nothing personal: {}", page.words());
}

#[tokio::test]
async fn a_byte_changed_anywhere_in_the_proof_is_seen() {
    let (site, mut member) = with_a_member().await;
    let (_, _, proof) = issued(&mut member).await;
    let mut browser = site.browser();
    let csrf = browser.csrf().await;
    for at in (0..proof.len()).step_by(41) {
        let mut forged = proof.clone();
        forged[at] ^= 1;
        let page = browser.upload_as_is("/verifier", &forged, &[("csrf", &csrf)]).await;
        is_refused(&page, "");
    }
}

#[tokio::test]
async fn a_pdf_changed_around_its_proof_is_told_apart() {
    let (site, mut member) = with_a_member().await;
    let (_, mut pdf, _) = issued(&mut member).await;
    pdf.extend(b"\n% une ligne de plus\n");
    let page = checked(&site, &pdf).await;
    let told =
        page.says("ce PDF n’est pas, à l’octet près, celui que nous produirions aujourd’hui");
    assert!(told || page.status.as_u16() == 422, "{}", page.words());
    assert!(!page.says("Attestation authentique"), "{}", page.words());
}

#[tokio::test]
async fn a_byte_changed_anywhere_in_the_pdf_is_never_called_authentic() {
    let (site, mut member) = with_a_member().await;
    let (_, pdf, _) = issued(&mut member).await;
    let mut browser = site.browser();
    let csrf = browser.csrf().await;
    for at in (0..pdf.len()).step_by(pdf.len() / 40) {
        let mut forged = pdf.clone();
        forged[at] ^= 1;
        let page = browser.upload_as_is("/verifier", &forged, &[("csrf", &csrf)]).await;
        assert!([200, 422].contains(&page.status.as_u16()), "byte {at}: {}", page.status);
        assert!(!page.says("Attestation authentique"), "byte {at}");
    }
}

#[tokio::test]
async fn a_file_without_a_proof_is_refused_in_words() {
    let (site, mut member) = with_a_member().await;
    let bulletin = member.get("/mes-parts").await.link("/mes-parts/bulletin/");
    let bulletin = member.get(&bulletin).await.bytes;
    is_refused(&checked(&site, &bulletin).await, "ne contient pas la preuve");
    is_refused(&checked(&site, b"").await, "n’a pas la forme d’une preuve");
    is_refused(&checked(&site, b"%PDF-1.7\n").await, "Ce PDF ne peut pas être lu");
    is_refused(&checked(&site, &[0xff; 4096]).await, "n’a pas la forme d’une preuve");
}

#[tokio::test]
async fn a_proof_of_another_log_is_refused() {
    let (site, _) = with_a_member().await;
    let (other, mut member) = with_a_member().await;
    let (_, pdf, proof) = issued(&mut member).await;
    drop(other);
    is_refused(&checked(&site, &proof).await, "ne porte pas la signature du journal");
    is_refused(&checked(&site, &pdf).await, "ne porte pas la signature du journal");
    let renamed = String::from_utf8(proof).expect("text").replace("livre.exemple.coop", "autre.fr");
    let page = checked(&site, renamed.as_bytes()).await;
    is_refused(&page, "Il vient d’un autre journal");
    assert!(page.says("autre.fr/fonciere"), "{}", page.words());
}

/// The member subscribes ten more shares, pays, and two officers allot them.
async fn ten_more(site: &Site, member: &mut Browser) {
    let fields: Vec<_> = super::TYPED
        .into_iter()
        .filter(|(name, _)| ["nombre", "en_lettres"].contains(name) || name.starts_with("accord"))
        .collect();
    let sent = member.post("/souscrire", &fields).await;
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.words());
    let done = member.post(sent.location(), &[]).await;
    assert_eq!(done.status.as_u16(), 303, "{}", done.words());
    let reference = reference_on(&member.get("/mes-parts").await);
    super::pays(site, "2026-03-02", "20 000,00", &reference).await;
    allots(site).await;
}

#[tokio::test]
async fn the_check_tells_what_changed_since() {
    let (site, mut member) = with_a_member().await;
    let (path, pdf, proof) = issued(&mut member).await;
    ten_more(&site, &mut member).await;
    for file in [&pdf, &proof] {
        let page = checked(&site, file).await;
        assert_eq!(page.status.as_u16(), 200, "{}", page.words());
        assert!(page.says("le compte a changé depuis"), "{}", page.words());
        assert!(page.says("20 parts") && page.says("10 parts"), "{}", page.words());
    }
    assert!(checked(&site, &pdf).await.says("Attestation authentique"), "still the same bytes");
    assert_eq!(member.get(&path).await.bytes, pdf, "the old certificate is as it was");
    let (newer, ..) = issued(&mut member).await;
    assert_ne!(newer, path);
}

#[tokio::test]
async fn a_restart_and_a_later_day_give_the_same_certificate() {
    let (site, mut member) = with_a_member().await;
    let (path, pdf, proof) = issued(&mut member).await;
    ten_more(&site, &mut member).await;
    member.waits();
    let site = site.restart().await;
    site.coop.clock.advance_ms(3_600_000);
    member.moves_to(&site);
    assert_eq!(member.get(&path).await.bytes, pdf);
    let kept = member.get(&path.replace(".pdf", ".tlog-proof")).await;
    assert_eq!(kept.bytes, proof, "the proof names the checkpoint of its day");
    site.coop.clock.set(day("2027-06-01"));
    let mut officer = site.office("bureau-1").await;
    assert_eq!(officer.get(&path).await.bytes, pdf);
}

#[tokio::test]
async fn who_holds_no_share_gets_no_certificate() {
    let site = Site::of({
        let coop = Coop::open().await;
        coop.bank_account().await;
        coop
    });
    let mut member = super::subscriber(&site).await;
    let size = site.size();
    let answer = member.post("/mes-parts/attestation", &[]).await;
    assert_eq!(answer.status.as_u16(), 422, "{}", answer.words());
    assert!(answer.says("Que faire"), "{}", answer.words());
    let reference = reference_on(&member.get("/mes-parts").await);
    let file = statement("2026-03-02", "0,00", &[("1 000,00", "Zoé Le Goff", &reference)]);
    site.coop.imports(&file).await.expect("imported");
    let answer = member.post("/mes-parts/attestation", &[]).await;
    assert_eq!(answer.status.as_u16(), 422, "paid is not allotted: {}", answer.words());
    assert!(site.size() > size);
}
