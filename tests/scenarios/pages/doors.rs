//! Who may open which page, and which forms are believed.

use support::site::{Answer, Browser};

use super::{subscriber, with_a_member};

/// What a visitor meets at a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// The page.
    Opens,
    /// Sign in first.
    SignIn,
    /// Not for this office.
    Closed,
    /// Nothing there for this visitor, but not for want of an office.
    Nothing,
}
use Door::{Closed, Nothing, Opens, SignIn};

fn door(answer: &Answer) -> Option<Door> {
    match answer.status.as_u16() {
        200 => Some(Opens),
        303 if answer.location().starts_with("/connexion?suite=") => Some(SignIn),
        403 => Some(Closed),
        404 => Some(Nothing),
        _ => None,
    }
}

/// Path, then: a visitor, a member, an officer, the treasurer, the auditor, an administrator.
const DOORS: [(&str, [Door; 6]); 22] = [
    ("/mes-parts", [SignIn, Opens, Closed, Closed, Closed, Closed]),
    ("/mes-donnees", [SignIn, Opens, Closed, Closed, Closed, Closed]),
    ("/mes-donnees.json", [SignIn, Opens, Closed, Closed, Closed, Closed]),
    ("/mes-donnees.csv", [SignIn, Opens, Closed, Closed, Closed, Closed]),
    ("/bureau/donnees", [SignIn, Closed, Opens, Closed, Closed, Closed]),
    ("/bureau/donnees/m_0", [SignIn, Closed, Nothing, Closed, Closed, Closed]),
    ("/cle/remplacer", [SignIn, Closed, Opens, Opens, Opens, Opens]),
    ("/cle/perdue", [Opens, Opens, Opens, Opens, Opens, Opens]),
    ("/revue", [SignIn, Closed, Opens, Opens, Opens, Opens]),
    ("/administration/acte/doute", [SignIn, Closed, Closed, Closed, Closed, Opens]),
    ("/signer/d_0", [SignIn, Closed, Nothing, Nothing, Nothing, Nothing]),
    ("/registre", [SignIn, Closed, Opens, Opens, Opens, Opens]),
    ("/registre/mouvements", [SignIn, Closed, Opens, Opens, Opens, Opens]),
    ("/registre/mouvements.csv", [SignIn, Closed, Opens, Opens, Opens, Opens]),
    ("/bureau", [SignIn, Closed, Opens, Closed, Closed, Closed]),
    ("/bureau/acte/lieu", [SignIn, Closed, Opens, Closed, Closed, Closed]),
    ("/bureau/acte/budget", [SignIn, Closed, Opens, Closed, Closed, Closed]),
    ("/bureau/acte/prestation", [SignIn, Closed, Nothing, Closed, Closed, Closed]),
    ("/tresorerie", [SignIn, Closed, Closed, Opens, Closed, Closed]),
    ("/tresorerie/releve", [SignIn, Closed, Closed, Opens, Closed, Closed]),
    ("/tresorerie/acte/prestation", [SignIn, Closed, Closed, Opens, Closed, Closed]),
    ("/journal/1", [SignIn, SignIn, Opens, Opens, Opens, Opens]),
];

#[tokio::test]
async fn each_page_of_an_office_opens_to_that_office_alone() {
    let (site, member) = with_a_member().await;
    let auditor = site.auditor().await;
    let mut everyone: Vec<(&str, Browser)> = vec![
        ("a visitor", site.browser()),
        ("a member", member),
        ("an officer", site.office("bureau-1").await),
        ("the treasurer", site.office("tresor").await),
        ("the auditor", site.signed_in(&auditor).await),
        ("an administrator", site.office("admin-1").await),
    ];
    for (path, doors) in DOORS {
        for ((who, browser), expected) in everyone.iter_mut().zip(doors) {
            let answer = browser.get(path).await;
            assert_eq!(door(&answer), Some(expected), "{path} to {who}: {}", answer.status);
        }
    }
}

/// Forms of offices: who is not that office writes nothing.
const FORMS: [(&str, &str); 10] = [
    ("/bureau/attribuer", "tresor"),
    ("/bureau/refuser", "tresor"),
    ("/bureau/lien", "tresor"),
    ("/bureau/acte/lieu", "tresor"),
    ("/bureau/donnees/m_0", "tresor"),
    ("/bureau/donnees/m_0/repondre", "admin-1"),
    ("/mes-donnees/effacement", "bureau-1"),
    ("/tresorerie/acte/prestation", "bureau-1"),
    ("/tresorerie/rapprocher/l_0", "bureau-1"),
    ("/mes-parts/attestation", "bureau-1"),
];

#[tokio::test]
async fn the_form_of_an_office_is_closed_to_the_others() {
    let (site, mut member) = with_a_member().await;
    let size = site.size();
    for (path, other) in FORMS {
        let answer = site.browser().post(path, &[]).await;
        assert_eq!(door(&answer), Some(SignIn), "{path} to a visitor");
        let answer = site.office(other).await.post(path, &[]).await;
        assert_eq!(door(&answer), Some(Closed), "{path} to {other}: {}", answer.words());
        if !path.starts_with("/mes-") {
            let answer = member.post(path, &[]).await;
            assert_eq!(door(&answer), Some(Closed), "{path} to a member");
        }
    }
    assert_eq!(site.size(), size);
}

#[tokio::test]
async fn a_form_without_its_proof_or_with_another_s_writes_nothing() {
    let (site, mut member) = with_a_member().await;
    let stranger = site.browser().csrf().await;
    let mut officer = site.office("bureau-1").await;
    let mut treasurer = site.office("tresor").await;
    let size = site.size();
    for proof in [None, Some(""), Some("0"), Some(stranger.as_str())] {
        let fields: Vec<_> = proof.iter().map(|value| ("csrf", *value)).collect();
        let full: Vec<_> = super::TYPED.into_iter().chain(fields.clone()).collect();
        let answers = [
            ("/souscrire", site.browser().post_as_is("/souscrire", &full).await),
            ("/mes-parts/attestation", member.post_as_is("/mes-parts/attestation", &fields).await),
            ("/mes-parts/lien", member.post_as_is("/mes-parts/lien", &fields).await),
            ("/deconnexion", member.post_as_is("/deconnexion", &fields).await),
            ("/bureau/attribuer", officer.post_as_is("/bureau/attribuer", &fields).await),
            ("/bureau/acte/lieu", officer.post_as_is("/bureau/acte/lieu", &fields).await),
            (
                "/tresorerie/releve",
                treasurer.upload_as_is("/tresorerie/releve", b"", &fields).await,
            ),
            ("/verifier", site.browser().upload_as_is("/verifier", b"", &fields).await),
        ];
        for (path, answer) in answers {
            assert_eq!(answer.status.as_u16(), 403, "{path} with {proof:?}: {}", answer.words());
            assert!(answer.says("Le formulaire n’est plus valable."), "{path} with {proof:?}");
        }
    }
    assert_eq!(site.size(), size);
    assert_eq!(member.get("/mes-parts").await.status.as_u16(), 200, "still signed in");
}

#[tokio::test]
async fn a_form_that_waits_is_seen_by_the_browser_that_filled_it_in_alone() {
    let site = super::founded().await;
    let mut browser = site.browser();
    let sent = browser.post("/souscrire", &super::TYPED).await;
    let address = sent.location().to_owned();
    let bulletin = address.replace("/signer/", "/bulletin/") + ".pdf";
    assert_eq!(browser.get(&address).await.status.as_u16(), 200);
    assert_eq!(browser.get(&bulletin).await.status.as_u16(), 200);
    let mut officer = site.office("bureau-1").await;
    for stranger in [&mut site.browser(), &mut officer] {
        assert_eq!(stranger.get(&address).await.status.as_u16(), 404);
        assert_eq!(stranger.get(&bulletin).await.status.as_u16(), 404);
        assert_eq!(stranger.post(&address, &[]).await.status.as_u16(), 404);
    }
}

#[tokio::test]
async fn a_member_reads_no_other_member_s_papers() {
    let (site, mut zoe) = with_a_member().await;
    let issued = zoe.post("/mes-parts/attestation", &[]).await;
    let pdf = issued.location().to_owned();
    let proof = pdf.replace(".pdf", ".tlog-proof");
    let bulletin = zoe.get("/mes-parts").await.link("/mes-parts/bulletin/");
    let mut other = subscriber(&site).await;
    for path in [&pdf, &proof] {
        assert_eq!(zoe.get(path).await.status.as_u16(), 200);
        assert_eq!(door(&other.get(path).await), Some(Closed), "{path}");
        assert_eq!(door(&site.browser().get(path).await), Some(SignIn), "{path}");
        let mut officer = site.office("bureau-2").await;
        assert_eq!(door(&officer.get(path).await), Some(Opens), "{path}");
        let mut treasurer = site.office("tresor").await;
        assert_eq!(door(&treasurer.get(path).await), Some(Closed), "{path}");
    }
    assert_eq!(door(&zoe.get(&bulletin).await), Some(Opens));
    assert_eq!(door(&other.get(&bulletin).await), Some(Nothing));
    assert_eq!(door(&site.browser().get(&bulletin).await), Some(SignIn));
}
