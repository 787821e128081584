//! The subscription form: what is missing or wrong is said beside its field, and nothing is lost.

use support::site::{Answer, Site};

use super::{TYPED, founded, typed};

async fn refused(site: &Site, fields: &[(&str, &str)]) -> Answer {
    let size = site.size();
    let answer = site.browser().post("/souscrire", fields).await;
    let (name, value) = fields.last().expect("a field");
    let start: String = value.chars().take(40).collect();
    assert_eq!(answer.status.as_u16(), 422, "{name} = {start:?}: {}", answer.words());
    assert_eq!(site.size(), size);
    answer
}

#[tokio::test]
async fn each_missing_field_is_named_beside_it_and_the_rest_is_kept() {
    let site = founded().await;
    for (name, _) in TYPED.iter().filter(|(name, _)| *name != "personne") {
        let page = refused(&site, &typed(name, "")).await;
        let error = page.error_at(name);
        assert!(error.as_ref().is_some_and(|words| !words.is_empty()), "{name}: {}", page.words());
        let errors = page.text().matches("class=\"error\"").count();
        assert_eq!(errors, 1, "only {name} is missing");
        let others = ["surname", "street", "email", "nombre"];
        for (kept, value) in TYPED.iter().filter(|(n, _)| others.contains(n) && n != name) {
            assert!(page.says(&format!("name=\"{kept}\" value=\"{value}\"")), "{kept}");
        }
        assert!(name == &"categorie" || page.says("value=\"habitants\" selected"), "{name}");
    }
}

#[tokio::test]
async fn an_empty_form_has_every_error_at_once() {
    let site = founded().await;
    let page = refused(&site, &[("personne", "natural")]).await;
    for (name, _) in TYPED.iter().filter(|(name, _)| *name != "personne") {
        assert!(page.error_at(name).is_some(), "{name}");
    }
}

#[tokio::test]
async fn a_number_in_letters_that_differs_is_refused_with_both() {
    let site = founded().await;
    let page = refused(&site, &typed("en_lettres", "douze")).await;
    let error = page.error_at("en_lettres").expect("an error");
    for words in ["« douze »", "10", "R23"] {
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_number_that_is_not_one_is_refused() {
    let site = founded().await;
    for number in ["0", "-1", "1,5", "dix", "99999999999", "1e3"] {
        let page = refused(&site, &typed("nombre", number)).await;
        let error = page.error_at("nombre").expect("an error");
        assert!(error.contains("nombre entier"), "{number}: {error}");
    }
}

#[tokio::test]
async fn an_over_long_name_is_refused_and_kept() {
    let site = founded().await;
    let long = "é".repeat(10_000);
    for name in ["surname", "first_names", "street", "town", "country", "birth_place"] {
        let page = refused(&site, &typed(name, &long)).await;
        let error = page.error_at(name).expect("an error");
        assert!(error.contains("160 signes au plus"), "{name}: {error}");
    }
}

#[tokio::test]
async fn an_over_long_courriel_or_category_is_refused() {
    let site = founded().await;
    let long = "e".repeat(10_000);
    refused(&site, &typed("email", &format!("{long}@exemple.fr"))).await;
    refused(&site, &typed("categorie", &long)).await;
    refused(&site, &typed("en_lettres", &long)).await;
}

#[tokio::test]
async fn a_form_beyond_every_measure_is_refused_before_it_is_read() {
    let site = founded().await;
    let huge = "a".repeat(300 * 1024);
    let answer = site.browser().post("/souscrire", &typed("surname", &huge)).await;
    assert_eq!(answer.status.as_u16(), 413);
    assert!(answer.says("trop volumineux"), "{}", answer.words());
}

#[tokio::test]
async fn signs_that_can_t_be_printed_or_kept_are_refused() {
    let site = founded().await;
    for surname in ["Le\u{7}Goff", "\u{202e}ffoG eL", "张伟", "😀"] {
        let page = refused(&site, &typed("surname", surname)).await;
        assert!(page.error_at("surname").is_some(), "{surname:?}: {}", page.words());
    }
}

#[tokio::test]
async fn what_was_typed_is_never_read_as_markup() {
    let site = founded().await;
    let page = refused(&site, &typed("email", "\"><script>alert(1)</script>")).await;
    assert!(!page.text().contains("<script>alert"), "{}", page.words());
    let path = "/souscrire?lieu=%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    let page = site.browser().get(path).await;
    assert!(!page.text().contains("<script>alert"), "{}", page.words());
    let path = "/connexion?suite=%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    let page = site.browser().get(path).await;
    assert!(!page.text().contains("<script>alert"), "{}", page.words());
}

#[tokio::test]
async fn a_minor_subscribes_through_a_representative() {
    let site = founded().await;
    let page = refused(&site, &typed("birth_date", "2008-03-02")).await;
    let error = page.error_at("birth_date").expect("an error");
    assert!(error.contains("R24") && error.contains("mineure"), "{error}");
    let of_age = site.browser().post("/souscrire", &typed("birth_date", "2008-03-01")).await;
    assert_eq!(of_age.status.as_u16(), 303, "eighteen today: {}", of_age.words());
}

#[tokio::test]
async fn a_birth_date_that_can_t_be_is_refused() {
    let site = founded().await;
    for date in ["1990-02-30", "hier", "2030-01-01", "0001-01-01"] {
        let page = refused(&site, &typed("birth_date", date)).await;
        assert!(page.error_at("birth_date").is_some(), "{date}");
    }
}

#[tokio::test]
async fn an_iban_with_a_wrong_figure_is_refused() {
    let site = founded().await;
    for iban in ["FR7630006000011234567890188", "FR76", "pas un iban"] {
        let page = refused(&site, &typed("iban", iban)).await;
        assert!(page.error_at("iban").is_some(), "{iban}");
        assert!(page.says(&format!("name=\"iban\" value=\"{iban}\"")), "kept");
    }
}

const ASSOCIATION: [(&str, &str); 16] = [
    ("nombre", "10"),
    ("en_lettres", "dix"),
    ("personne", "association"),
    ("denomination", "Les Amis du Long Pot"),
    ("legal_form", "association loi 1901"),
    ("siren", "732829320"),
    ("representative", "Zoé Le Goff, présidente"),
    ("mandate", "conseil du 12 février 2026"),
    ("street", "12 rue du Long Pot"),
    ("postcode", "59800"),
    ("town", "Lille"),
    ("country", "France"),
    ("email", "amis@exemple.fr"),
    ("categorie", "lieux"),
    ("accord_statuts", "oui"),
    ("accord_risques", "oui"),
];

fn association<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let kept = ASSOCIATION.into_iter().filter(|(known, _)| *known != name);
    kept.chain([("accord_donnees", "oui"), (name, value)]).collect()
}

#[tokio::test]
async fn a_siren_whose_key_is_wrong_is_refused() {
    let site = founded().await;
    for siren in ["732829321", "12345678", "73282932O", "000000000"] {
        let page = refused(&site, &association("siren", siren)).await;
        let error = page.error_at("siren").unwrap_or_default();
        assert!(error.contains("SIREN"), "{siren}: {}", page.words());
    }
}

#[tokio::test]
async fn an_association_names_the_decision_that_allows_it() {
    let site = founded().await;
    let page = refused(&site, &association("mandate", "")).await;
    let error = page.error_at("mandate").expect("an error");
    assert!(error.contains("R24"), "{error}");
    let sent = site.browser().post("/souscrire", &association("rna", "")).await;
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.words());
}

#[tokio::test]
async fn fewer_shares_than_the_category_asks_are_refused_by_the_rule() {
    let site = founded().await;
    let fields: Vec<_> = association("nombre", "4")
        .into_iter()
        .map(|(name, value)| if name == "en_lettres" { (name, "quatre") } else { (name, value) })
        .collect();
    let page = refused(&site, &fields).await;
    assert!(page.says("Que faire") && page.says("class=\"rule\""), "{}", page.words());
}

#[tokio::test]
async fn a_category_or_a_place_that_does_not_exist_is_refused() {
    let site = founded().await;
    refused(&site, &typed("categorie", "spectateurs")).await;
    refused(&site, &typed("lieu", "pl_inconnu")).await;
    refused(&site, &typed("personne", "robot")).await;
}
