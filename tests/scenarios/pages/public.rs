//! What anybody sees, and what every answer carries.

use support::Coop;
use support::site::{Answer, Site};

/// Every page that needs no sign-in, and words of its title.
const PAGES: [(&str, &str); 8] = [
    ("/", "Foncière des tiers-lieux"),
    ("/mentions-legales", "Mentions légales"),
    ("/lieux", "Les lieux"),
    ("/souscrire", "Souscrire des parts"),
    ("/comptes", "Comptes 2026"),
    ("/comptes/ecritures", "Écritures"),
    ("/connexion", "Se connecter"),
    ("/verifier", "Vérifier une attestation"),
];

fn is_guarded(path: &str, answer: &Answer) {
    let policy = answer.header("content-security-policy");
    for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{path}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{path}: {policy}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
    assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
}

#[tokio::test]
async fn every_public_page_answers_with_its_title_and_is_guarded() {
    let site = Site::of(Coop::open().await);
    for (path, title) in PAGES {
        let answer = site.browser().get(path).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.words());
        let page = answer.text();
        let (_, rest) = page.split_once("<title>").expect("a title");
        let head = rest.split_once("</title>").expect("its end").0;
        assert!(head.contains(title), "{path}: {head}");
        assert!(page.contains("<html lang=\"fr\">"), "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        is_guarded(path, &answer);
    }
}

#[tokio::test]
async fn no_page_holds_a_script_or_a_style_of_its_own() {
    let site = Site::of(Coop::open().await);
    for (path, _) in PAGES {
        let page = site.browser().get(path).await.text();
        assert!(!page.contains("<style"), "{path}");
        assert!(!page.contains(" style=\""), "{path}");
        assert!(!page.contains(" onclick="), "{path}");
        let scripts = page.matches("<script").count();
        let ours = page.matches("<script type=\"module\" src=\"/static/").count();
        assert_eq!(scripts, ours, "{path}");
    }
}

#[tokio::test]
async fn every_link_of_a_public_page_leads_somewhere() {
    let site = super::founded().await;
    let mut seen = Vec::new();
    for (path, _) in PAGES {
        for link in site.browser().get(path).await.links() {
            let address = link.split('#').next().unwrap_or_default().to_owned();
            if !address.is_empty() && !seen.contains(&address) {
                seen.push(address);
            }
        }
    }
    assert!(seen.iter().any(|link| link.starts_with("/static/")), "{seen:?}");
    for link in seen {
        let answer = site.browser().get(&link).await;
        let signs_in = answer.location().starts_with("/connexion");
        assert!(answer.status.is_success() || signs_in, "{link}: {}", answer.status);
    }
}

#[tokio::test]
async fn an_unknown_address_has_a_page_in_french() {
    let site = Site::of(Coop::open().await);
    let unknown = [
        "/nulle-part",
        "/lieux/inconnu",
        "/static/nulle-part.css",
        "/journal/pas-un-nombre",
        "/attestation/sans-extension",
        "/attestation/c_0.pdf",
        "/souscrire/signer/d_00",
        "/comptes?lieu=ailleurs",
        "/comptes/ecritures?source=loto",
        "/comptes/ecritures?compte=6OR1=1",
    ];
    for path in unknown {
        let answer = site.browser().get(path).await;
        let status = answer.status.as_u16();
        assert!([303, 400, 404].contains(&status), "{path}: {status}");
        if status == 404 {
            assert!(answer.says("Cette page n’existe pas."), "{path}: {}", answer.words());
            assert!(answer.says("<html lang=\"fr\">"), "{path}");
        }
        is_guarded(path, &answer);
    }
    let answer = site.browser().get("/nulle-part").await;
    assert_eq!(answer.status.as_u16(), 404);
}

#[tokio::test]
async fn a_method_that_no_form_of_ours_uses_has_a_page_in_french() {
    let site = Site::of(Coop::open().await);
    let answer = site.browser().post_as_is("/comptes", &[]).await;
    assert_eq!(answer.status.as_u16(), 405);
    assert!(answer.says("Cette page n’existe pas."), "{}", answer.words());
}

#[tokio::test]
async fn a_cookie_is_hidden_from_scripts_and_from_other_sites() {
    let site = Site::of(Coop::open().await);
    let answer = site.browser().get("/").await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    for path in ["/log/checkpoint", "/static/site.css", "/sante"] {
        let answer = site.browser().get(path).await;
        assert_eq!(answer.header("set-cookie"), "", "{path} is the same for everybody");
    }
}

#[tokio::test]
async fn an_unknown_certificate_is_refused_in_words() {
    let site = Site::of(Coop::open().await);
    let answer = site.browser().get("/v/att_inconnue").await;
    assert_eq!(answer.status.as_u16(), 422);
    assert!(answer.says("Cette attestation est inconnue."), "{}", answer.words());
}
