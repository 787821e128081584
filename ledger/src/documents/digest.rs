//! Which legal text a document was made from: the SHA-256 of the template and its fragments.

use sha2::{Digest as _, Sha256};

use crate::base::Digest;

/// A dated legal text. A text that changes is a new file and a new row here; old rows stay, so that
/// the exact wording a person accepted can be shown again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// « Attestation d’inscription en compte » in force from 1 January 2026.
    Certificate20260101,
    /// « Bulletin de souscription » in force from 1 January 2026.
    SubscriptionForm20260101,
}

const ISSUER: &str = include_str!("../../../legal-templates/fr/mentions/emetteur.md");
const VARIABLE_CAPITAL: &str =
    include_str!("../../../legal-templates/fr/mentions/a-capital-variable.md");
const RISKS: &str = include_str!("../../../legal-templates/fr/mentions/avertissement-risques.md");
const PERSONAL_DATA: &str =
    include_str!("../../../legal-templates/fr/mentions/information-donnees.md");

impl Template {
    /// The template's own file, then each fragment it includes, in the order it includes them.
    fn sources(self) -> Vec<&'static str> {
        match self {
            Self::Certificate20260101 => vec![
                include_str!("../../../legal-templates/fr/attestation-de-parts/2026-01-01.md"),
                ISSUER,
                VARIABLE_CAPITAL,
            ],
            Self::SubscriptionForm20260101 => vec![
                include_str!("../../../legal-templates/fr/bulletin-de-souscription/2026-01-01.md"),
                ISSUER,
                VARIABLE_CAPITAL,
                RISKS,
                PERSONAL_DATA,
            ],
        }
    }
}

/// The digest of a legal text as it stands in its files: what a fact keeps as `template_sha256`
/// (R82). Each file enters with its length, so that moving a line from one file to the next shows.
pub fn template_digest(template: Template) -> Digest {
    let framed = |source: &str| format!("{}\n{source}", source.len());
    let text: String = template.sources().into_iter().map(framed).collect();
    document_digest(text.as_bytes())
}

/// The digest of a document's bytes: what a fact keeps as `pdf_sha256` (R82).
pub fn document_digest(bytes: &[u8]) -> Digest {
    Digest::from_bytes(Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_texts_have_two_digests() {
        assert_ne!(
            template_digest(Template::Certificate20260101),
            template_digest(Template::SubscriptionForm20260101)
        );
    }

    #[test]
    fn every_included_fragment_is_in_the_digest() {
        let fragments = [
            ("fr/mentions/emetteur.md", ISSUER),
            ("fr/mentions/a-capital-variable.md", VARIABLE_CAPITAL),
            ("fr/mentions/avertissement-risques.md", RISKS),
            ("fr/mentions/information-donnees.md", PERSONAL_DATA),
        ];
        for template in [Template::Certificate20260101, Template::SubscriptionForm20260101] {
            let sources = template.sources();
            for included in sources.iter().flat_map(|s| s.split("{% include \"").skip(1)) {
                let (path, _) = included.split_once('"').expect("a quoted path");
                let (_, text) = fragments.iter().find(|(p, _)| *p == path).expect("a fragment");
                assert!(sources.contains(text), "{template:?} : {path}");
            }
        }
    }

    #[test]
    fn every_text_opens_with_its_header() {
        for template in [Template::Certificate20260101, Template::SubscriptionForm20260101] {
            for source in template.sources() {
                assert!(source.starts_with("{#"), "{template:?}");
                for field in ["Source de droit :", "Approuvé par :", "En vigueur depuis :"] {
                    assert!(source.contains(field), "{template:?} : {field}");
                }
            }
        }
    }
}
