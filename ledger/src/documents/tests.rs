//! Whole documents: same bytes twice, every mention present, long values, the attached proof.

use lopdf::Document;
use proptest::prelude::*;

use super::certificate::words as certificate_words;
use super::page::{Face, Mark, Page, pages};
use super::subscription_form::words as form_words;
use super::text::{parse, plain_text};
use super::*;
use crate::base::{
    Amount, CertificateRef, Day, Digest, Iban, LeafIndex, MemberRef, PaymentReference, ShareCount,
    SubscriptionRef,
};
use crate::bylaws::{Company, SeatAddress};

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn company() -> Company {
    Company {
        activity: "Acquisition et location de lieux d’activité partagés".into(),
        form: "société coopérative d’intérêt collectif anonyme".into(),
        name: "La Foncière des Deux Rives".into(),
        rcs: "Lille Métropole".into(),
        seat: SeatAddress {
            postcode: "59100".into(),
            street: "12, rue de l’Épeule".into(),
            town: "Roubaix".into(),
        },
        siren: "732829320".into(),
        sigle: "F2R".into(),
    }
}

pub(super) fn certificate_view() -> CertificateView {
    let lot = |count, on| LotLine {
        count: ShareCount::new(count),
        nominal: Amount::from_cents(10_000),
        on: day(on),
        paid: Amount::from_cents(i64::from(count) * 10_000),
    };
    CertificateView {
        capital: Amount::from_cents(48_730_000),
        capital_on: day("2026-11-24"),
        category: "Habitants et usagers".into(),
        certificate: CertificateRef::from_random([0x5a; 16]),
        check_url: "https://parts.deuxrives.example/verifier/t_5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
            .into(),
        college: "Collège des habitants".into(),
        company: company(),
        count: ShareCount::new(21),
        holder: Holder {
            kind: "personne physique".into(),
            lines: vec!["7, quai de la Fosse-aux-Chênes".into(), "59100 Roubaix".into()],
            name: "Éléonore Nguyễn-Lefèvre".into(),
        },
        leaf_index: LeafIndex::new(1_482),
        lots: vec![lot(1, "2026-03-02"), lot(20, "2026-11-24")],
        member: MemberRef::from_random([0xab; 16]),
        nominal: Amount::from_cents(10_000),
        on: day("2026-11-24"),
        origin: "parts.deuxrives.example/journal".into(),
        paid: Amount::from_cents(210_000),
        root: "nND/nri/U0xuHUrYSy0HtMeal2vzD9V4k/BO79C+QeI=".into(),
        tree_size: 1_490,
        witnessed: false,
    }
}

pub(super) fn form_view() -> SubscriptionFormView {
    SubscriptionFormView {
        balance_due: None,
        bylaws_digest: Digest::from_bytes([0x3c; 32]),
        capital: Amount::from_cents(48_730_000),
        capital_on: day("2026-11-24"),
        category: "Habitants et usagers".into(),
        college: "Collège des habitants".into(),
        company: company(),
        consents: vec![
            "J’ai lu l’avertissement sur les risques et je les accepte.".into(),
            "J’accepte de recevoir mes documents par voie électronique.".into(),
        ],
        count: ShareCount::new(21),
        decided_by: "le conseil d’administration (article 14 des statuts)".into(),
        in_words: "Vingt et une".into(),
        member: MemberRef::from_random([0xab; 16]),
        nominal: Amount::from_cents(10_000),
        on: day("2026-11-24"),
        paid_now: Amount::from_cents(210_000),
        place: Some("La Condition publique, Roubaix".into()),
        receiver: Receiver {
            address: "12, rue de l’Épeule, 59100 Roubaix".into(),
            bank: "Banque coopérative du Nord".into(),
            bic: "AGRIFRPP".into(),
            iban: Iban::parse("FR7630006000011234567890189").expect("an IBAN"),
            name: "La Foncière des Deux Rives".into(),
        },
        reference: PaymentReference::from_body("SOUSCR2026000123").expect("a reference"),
        signed: SignatureLine::Browser {
            vkey: "parts.deuxrives.example/m+9a3c41d2+AWkFVmZ5s0pXwq1yq3oJ6m2sC7eR0uT5".into(),
        },
        subscriber: PersonNamed::Natural {
            domicile: "7, quai de la Fosse-aux-Chênes, 59100 Roubaix".into(),
            first_names: "Éléonore Thị Mai".into(),
            represented_by: None,
            surname: "NGUYỄN-LEFÈVRE".into(),
        },
        subscription: SubscriptionRef::from_random([0xcd; 16]),
    }
}

const PROOF: &[u8] = b"c2sp.org/tlog-proof@v1\nindex 1482\n";

/// A text as one line of words parted by plain spaces.
fn said(words: &str) -> String {
    let text = plain_text(&parse(words).expect("a text")).replace(['\u{a0}', '\u{202f}'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn set(words: &str) -> Vec<Page> {
    let metrics = pdf::Fonts::read().expect("fonts").metrics();
    let code = Code { matrix: qr::Matrix::of("x").expect("fits"), url: None };
    pages(&metrics, &parse(words).expect("a text"), Some(&code)).expect("pages")
}

#[test]
fn the_same_view_gives_the_same_bytes() {
    let first = certificate(&certificate_view(), PROOF).expect("a certificate");
    assert_eq!(first, certificate(&certificate_view(), PROOF).expect("a certificate"));
    assert!(first.len() < 400_000, "{} bytes", first.len());
    let form = subscription_form(&form_view()).expect("a form");
    assert_eq!(form, subscription_form(&form_view()).expect("a form"));
    assert!(form.len() < 400_000, "{} bytes", form.len());
    assert_ne!(first, certificate(&certificate_view(), b"other").expect("a certificate"));
}

#[test]
fn a_certificate_says_what_r7_and_r28_ask() {
    let text = said(&certificate_words(&certificate_view()).expect("words"));
    for mention in [
        "La Foncière des Deux Rives",
        "société coopérative d’intérêt collectif anonyme, à capital variable",
        "Capital au 24 novembre 2026 : 487 300,00 €",
        "Siège social : 12, rue de l’Épeule, 59100 Roubaix",
        "SIREN 732 829 320 — RCS Lille Métropole",
        "ATTESTATION D’INSCRIPTION EN COMPTE",
        "Certificat de parts sociales",
        "à la date du 24 novembre 2026",
        "Éléonore Nguyễn-Lefèvre",
        "21 parts sociales",
        "Soit vingt-et-une parts sociales nominatives, d’une valeur nominale de 100,00 € chacune",
        "Montant libéré : 2 100,00 €",
        "Reste à libérer : néant",
        "Catégorie : Habitants et usagers",
        "2 mars 2026 : 1 : 100,00 € : 100,00 €",
        "Le présent document n’est pas un titre négociable.",
        "Feuille n° 1 482 du journal parts.deuxrives.example/journal",
        "nND/nri/U0xuHUrYSy0HtMeal2vzD9V4k/BO79C+QeI=",
        "Ce journal n’est pas encore cosigné par un témoin extérieur",
    ] {
        assert!(text.contains(mention), "{mention} / {text}");
    }
}

#[test]
fn a_certificate_agrees_in_number() {
    let one = CertificateView {
        count: ShareCount::new(1),
        paid: Amount::from_cents(2_500),
        witnessed: true,
        ..certificate_view()
    };
    let text = said(&certificate_words(&one).expect("words"));
    assert!(text.contains("est inscrite en compte"));
    assert!(text.contains("1 part sociale Soit une part sociale nominative"), "{text}");
    assert!(text.contains("Reste à libérer : 75,00 €"));
    assert!(text.contains("Ce journal est cosigné par un témoin extérieur"));
}

#[test]
fn a_form_bears_the_ten_mentions_of_r23() {
    let text = said(&form_words(&form_view()).expect("words"));
    for (number, mention) in [
        (1, "La Foncière des Deux Rives"),
        (1, "F2R — Acquisition et location"),
        (2, "société coopérative d’intérêt collectif anonyme, à capital variable"),
        (3, "Capital au 24 novembre 2026 : 487 300,00 €"),
        (4, "Siège social : 12, rue de l’Épeule, 59100 Roubaix"),
        (5, "SIREN 732 829 320 — RCS Lille Métropole"),
        (6, "Montant souscrit : 2 100,00 €"),
        (6, "Libération : en totalité : 2 100,00 € à la souscription"),
        (7, "en numéraire : 2 100,00 € ; en nature : néant"),
        (
            8,
            "Reçoit les fonds : La Foncière des Deux Rives Adresse : 12, rue de l’Épeule, 59100 Roubaix",
        ),
        (9, "Nom : NGUYỄN-LEFÈVRE Prénoms : Éléonore Thị Mai"),
        (9, "Domicile : 7, quai de la Fosse-aux-Chênes, 59100 Roubaix"),
        (9, "Nombre de parts : 21 (vingt-et-une)"),
        (9, "« Vingt et une »"),
        (10, "Une copie de ce bulletin est remise au souscripteur"),
    ] {
        assert!(text.contains(mention), "R23, {number}° : {mention} / {text}");
    }
    let template =
        include_str!("../../../legal-templates/fr/bulletin-de-souscription/2026-01-01.md");
    let issuer = include_str!("../../../legal-templates/fr/mentions/emetteur.md");
    for number in 1..=10 {
        let named = |text: &str| text.contains(&format!("{number}° :"));
        assert!(named(template) || named(issuer), "mention {number}° is not marked");
    }
}

#[test]
fn a_form_says_the_rest_of_the_rules() {
    let text = said(&form_words(&form_view()).expect("words"));
    for mention in [
        "Sous réserve d’admission.",
        "risque de perte partielle ou totale",
        "ne donne pas lieu à un prospectus",
        "ne sont pas des titres financiers",
        "le quart du capital le plus haut jamais atteint",
        "responsable du traitement",
        &"3c".repeat(32),
        "RF87 SOUS CR20 2600 0123",
        "J’ai lu l’avertissement",
        template_digest(Template::SubscriptionForm20260101).as_str(),
    ] {
        assert!(text.contains(mention), "{mention} / {text}");
    }
}

#[test]
fn a_legal_person_pays_in_two_times() {
    let view = SubscriptionFormView {
        balance_due: Some(day("2027-06-30")),
        paid_now: Amount::from_cents(52_500),
        signed: SignatureLine::Desk { name: "accueil de Roubaix".into() },
        subscriber: PersonNamed::Legal {
            denomination: "Les Amis du canal".into(),
            form: "association loi 1901".into(),
            number: "W595012345".into(),
            represented_by: "Paul Daran, président, délibération du 3 mai 2026".into(),
            seat: "2, rue du Port, 59100 Roubaix".into(),
        },
        ..form_view()
    };
    let text = said(&form_words(&view).expect("words"));
    for mention in [
        "Dénomination : Les Amis du canal",
        "525,00 € à la souscription ; le solde, 1 575,00 €, au plus tard le 30 juin 2027",
        "le guichet « accueil de Roubaix » le signe",
    ] {
        assert!(text.contains(mention), "{mention} / {text}");
    }
    assert!(subscription_form(&view).is_ok());
}

#[test]
fn more_than_is_subscribed_cannot_be_left_to_pay() {
    let view = CertificateView { nominal: Amount::from_cents(i64::MAX), ..certificate_view() };
    assert!(matches!(certificate(&view, PROOF), Err(DocumentError::Amount(_))));
}

#[test]
fn long_values_go_on_to_further_pages() {
    let mut view = certificate_view();
    let lot = view.lots[0].clone();
    view.lots = vec![lot; 60];
    view.holder.name = "Union départementale des associations familiales ".repeat(6);
    view.holder.lines = vec!["x".repeat(400)];
    let pages = set(&certificate_words(&view).expect("words"));
    assert!(pages.len() >= 2, "{} pages", pages.len());
    let heads = pages
        .iter()
        .flatten()
        .filter(|mark| matches!(mark, Mark::Words { text, .. } if text == "Date d’inscription"));
    assert_eq!(heads.count(), pages.len(), "the head of the table is said again");
    for mark in pages.iter().flatten() {
        let (right, bottom) = match mark {
            Mark::Words { x, y, .. } => (*x, *y),
            Mark::Fill { x, y, width, height, .. } | Mark::Link { x, y, width, height, .. } => {
                (x + width, y + height)
            }
        };
        assert!((0..=page::PAGE_WIDTH).contains(&right), "{mark:?}");
        assert!((0..=page::PAGE_HEIGHT).contains(&bottom), "{mark:?}");
    }
    certificate(&view, PROOF).expect("a certificate");
}

#[test]
fn a_frame_taller_than_a_page_goes_on_to_the_next() {
    let consent = "Je consens à tout ce qui précède, en toute connaissance de cause. ".repeat(12);
    let view = SubscriptionFormView { consents: vec![consent; 12], ..form_view() };
    assert!(set(&form_words(&view).expect("words")).len() > 2);
    let lines = "x \\\n".repeat(200);
    for fence in [":::cadre", ":::colonnes\n+++"] {
        let pages = set(&format!("{fence}\n{lines}y\n:::\n"));
        let said = |mark: &&Mark| matches!(mark, Mark::Words { text, .. } if text == "x");
        assert_eq!(pages.iter().flatten().filter(said).count(), 200, "{fence}");
        let low = |mark: &Mark| matches!(mark, Mark::Words { y, .. } if *y > page::PAGE_HEIGHT);
        assert!(!pages.iter().flatten().any(low), "{fence}");
    }
}

#[test]
fn a_usual_certificate_is_one_page_and_a_usual_form_two() {
    assert_eq!(set(&certificate_words(&certificate_view()).expect("words")).len(), 1);
    assert_eq!(set(&form_words(&form_view()).expect("words")).len(), 2);
}

#[test]
fn a_name_is_printed_as_it_is_written() {
    let mut view = certificate_view();
    view.holder.name = "# **O’Neil** | :::code {{ x }}".into();
    let pages = set(&certificate_words(&view).expect("words"));
    let named = |mark: &Mark| matches!(mark, Mark::Words { text, face: Face::Serif, .. } if text == &view.holder.name);
    assert!(pages.iter().flatten().any(named));
    assert_eq!(printable("Đặng Thị Œuvre-Nguyễn ſ č ő ł n° 12 « » — ’"), Ok(()));
    assert_eq!(printable("Zoé \u{1f600}"), Err(DocumentError::Unprintable('\u{1f600}')));
    view.holder.name = "Zoé \u{1f600}".into();
    assert_eq!(certificate(&view, PROOF), Err(DocumentError::Unprintable('\u{1f600}')));
}

#[test]
fn the_address_of_a_certificate_can_be_clicked() {
    let metrics = pdf::Fonts::read().expect("fonts").metrics();
    let view = certificate_view();
    let blocks = parse(&certificate_words(&view).expect("words")).expect("a text");
    let matrix = qr::Matrix::of(&view.check_url).expect("fits");
    let code = Code { matrix, url: Some(view.check_url.clone()) };
    let pages = pages(&metrics, &blocks, Some(&code)).expect("pages");
    let links = pages
        .iter()
        .flatten()
        .filter(|mark| matches!(mark, Mark::Link { url, .. } if *url == view.check_url));
    assert_eq!(links.count(), 2, "the words and the code");
}

#[test]
fn the_proof_comes_back_from_the_certificate() {
    let pdf = certificate(&certificate_view(), PROOF).expect("a certificate");
    assert_eq!(attached_proof(&pdf), Ok(Some(PROOF.to_vec())));
    let form = subscription_form(&form_view()).expect("a form");
    assert_eq!(attached_proof(&form), Ok(None));
    let large = vec![b'x'; MAX_PROOF + 1];
    assert_eq!(certificate(&certificate_view(), &large), Err(DocumentError::TooLarge));
    assert_eq!(attached_proof(&vec![b'x'; MAX_PDF + 1]), Err(DocumentError::TooLarge));
    assert!(attached_proof(b"").is_err());
    assert!(attached_proof(b"%PDF-1.7\n").is_err());
}

#[test]
fn a_proof_that_unfolds_too_far_is_refused() {
    let pdf = certificate(&certificate_view(), PROOF).expect("a certificate");
    let mut document = Document::load_mem(&pdf).expect("a PDF");
    for object in document.objects.values_mut() {
        if let Ok(stream) = object.as_stream_mut()
            && stream.dict.has_type(b"EmbeddedFile")
        {
            stream.set_plain_content(vec![b'x'; 8 << 20]);
            stream.compress().expect("compressed");
        }
    }
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).expect("saved");
    assert!(bytes.len() < MAX_PDF);
    assert!(attached_proof(&bytes).is_err());
}

/// A PDF without fonts, so that damage falls on the structure.
fn small_pdf() -> Vec<u8> {
    let pages = pdf::write(pdf::Fonts::read().expect("fonts"), &[Page::new()]);
    let identity = Identity { title: "é", author: "a", subject: "s", on: day("2026-11-24") };
    let file = Attachment { name: PROOF_FILE_NAME, description: "é", bytes: PROOF };
    finish(&pages, &identity, Some(&file)).expect("finished")
}

proptest! {
    #[test]
    fn a_damaged_pdf_never_panics(
        cut in any::<prop::sample::Index>(),
        strikes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut pdf = small_pdf();
        prop_assert_eq!(attached_proof(&pdf), Ok(Some(PROOF.to_vec())));
        for (at, value) in strikes {
            let at = at.index(pdf.len());
            pdf[at] = value;
        }
        let _ = attached_proof(&pdf);
        pdf.truncate(cut.index(pdf.len()));
        let _ = attached_proof(&pdf);
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let mut pdf = b"%PDF-1.7\n".to_vec();
        pdf.extend(bytes);
        let _ = attached_proof(&pdf);
    }
}

/// Files made to exhaust a reader: deep nesting, and trees that point back to themselves.
#[test]
fn a_hostile_pdf_is_read_in_little_time() {
    let saved = |change: &dyn Fn(&mut Document)| {
        let mut document = Document::load_mem(&small_pdf()).expect("a PDF");
        change(&mut document);
        let mut bytes = Vec::new();
        document.save_to(&mut bytes).expect("saved");
        bytes
    };
    let looped = saved(&|document| {
        let id = document.new_object_id();
        let mut tree = lopdf::Dictionary::new();
        tree.set("Kids", vec![lopdf::Object::Reference(id); 1_000]);
        document.set_object(id, tree);
        let mut names = lopdf::Dictionary::new();
        names.set("EmbeddedFiles", id);
        document.catalog_mut().expect("a catalogue").set("Names", names);
    });
    assert_eq!(attached_proof(&looped), Ok(None));
    for deep in ["[", "<</A ", "("] {
        let mut pdf = b"%PDF-1.7\n1 0 obj\n".to_vec();
        pdf.extend(deep.repeat(200_000).as_bytes());
        pdf.extend(b"\nendobj\ntrailer <</Root 1 0 R>>\nstartxref\n0\n%%EOF\n");
        assert!(!matches!(attached_proof(&pdf), Ok(Some(_))), "{deep}");
    }
}

#[test]
fn a_digest_is_told() {
    let pdf = certificate(&certificate_view(), PROOF).expect("a certificate");
    println!("certificate {}", document_digest(&pdf));
}

#[test]
fn another_process_makes_the_same_bytes() {
    let told = || {
        let run = std::process::Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "documents::tests::a_digest_is_told", "--nocapture"])
            .output()
            .expect("it runs");
        let text = String::from_utf8(run.stdout).expect("text");
        let line = text.lines().find(|line| line.contains("certificate ")).map(str::to_owned);
        line.expect("a digest")
    };
    assert_eq!(told(), told());
    let here = document_digest(&certificate(&certificate_view(), PROOF).expect("a certificate"));
    assert!(told().ends_with(here.as_str()));
}
