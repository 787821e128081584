//! The subscription form of one subscription: what is printed on it, and the evidence kept beside it.
//!
//! What the PDF says comes from the fact, from the vault and from the evidence: the same three give
//! the same bytes again, years later.

use ledger::base::{Amount, Day, Digest, Iban, MemberRef, SubscriptionRef};
use ledger::bylaws::Bylaws;
use ledger::documents::{
    Receiver, SignatureLine, SubscriptionFormView, Template, document_digest, subscription_form,
    template_digest,
};
use ledger::registrar::Book;
use ledger::shares::SharesSubscribed;
use serde::{Deserialize, Serialize};

use crate::Shared;
use crate::error::{PageError, Result};
use crate::people::Person;

/// What a subscriber accepts, and the name of the box that says so.
pub(crate) const CONSENTS: [(&str, &str); 3] = [
    ("accord_statuts", "J’ai lu les statuts de la société et j’y adhère."),
    (
        "accord_risques",
        "J’ai lu l’avertissement ci-dessus : je peux perdre tout ou partie de mon apport.",
    ),
    ("accord_donnees", "J’ai lu l’information sur l’usage de mes données personnelles."),
];

const WARNING: &str = include_str!("../../legal-templates/fr/mentions/avertissement-risques.md");

/// The evidence file of a subscription (R82), kept in the vault; the leaf holds its digest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Evidence {
    /// `evidence@v1`.
    pub(crate) form: String,
    pub(crate) subscription: SubscriptionRef,
    pub(crate) member: MemberRef,
    /// How it reached us: `portail`.
    pub(crate) channel: String,
    /// When the form was sent (RFC 3339, UTC).
    pub(crate) sent_at: String,
    pub(crate) user_agent: String,
    pub(crate) in_words: String,
    pub(crate) consents: Vec<Consent>,
    pub(crate) warning_sha256: Digest,
    pub(crate) bylaws_sha256: Digest,
    pub(crate) template_sha256: Digest,
    pub(crate) printed: Printed,
}

/// One accepted sentence.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Consent {
    pub(crate) text: String,
    pub(crate) text_sha256: Digest,
    pub(crate) accepted_at: String,
}

/// What the form prints that no fact holds, as it stood on that day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Printed {
    pub(crate) capital: Amount,
    pub(crate) capital_on: Day,
    pub(crate) decided_by: String,
    pub(crate) bank: String,
    pub(crate) bic: String,
    pub(crate) iban: Iban,
}

impl Evidence {
    /// The name of its value in the vault.
    pub(crate) fn name(subscription: &SubscriptionRef) -> String {
        format!("evidence.{subscription}")
    }

    /// The evidence of a subscription, out of the vault; `None` once it is erased.
    pub(crate) async fn of(shared: &Shared, fact: &SharesSubscribed) -> Result<Option<Self>> {
        let values = shared.registrar.private(fact.member.as_str()).await?;
        let kept = values.get(&Self::name(&fact.subscription));
        Ok(kept.map(|json| serde_json::from_str(json)).transpose()?)
    }
}

/// What the form would print today.
///
/// # Errors
/// [`PageError::Refused`] when no bank account is declared yet: nobody could pay.
pub(crate) fn printed(shared: &Shared, book: &Book) -> Result<Printed> {
    let registers = &book.state().registers;
    let account = registers.treasury.accounts().next().ok_or_else(|| {
        PageError::refused(
            "La souscription n’est pas encore ouverte.",
            "La société n’a pas encore déclaré le compte bancaire qui reçoit les fonds.",
            "Revenez plus tard, ou écrivez au siège de la société.",
        )
    })?;
    Ok(Printed {
        capital: registers.shares.capital().subscribed,
        capital_on: shared.registrar.today(),
        decided_by: shared.config.decided_by.clone(),
        bank: account.fact.label.clone(),
        bic: account.fact.bic.clone(),
        iban: account.fact.iban.clone(),
    })
}

/// The digest of the bylaws that a subscriber accepts: of their document if it is filed, else of
/// what the opening leaf states.
pub(crate) fn bylaws_digest(book: &Book) -> Result<Digest> {
    let opened = book.state().registers.authority.opened().ok_or(PageError::NotOpened)?;
    match &opened.charter_sha256 {
        Some(digest) => Ok(digest.clone()),
        None => Ok(document_digest(serde_json::to_string(&opened.bylaws)?.as_bytes())),
    }
}

/// The form as a PDF: the same fact, person and evidence give the same bytes.
pub(crate) fn pdf(
    shared: &Shared,
    book: &Book,
    fact: &SharesSubscribed,
    (person, evidence, category): (&Person, &Evidence, &str),
) -> Result<Vec<u8>> {
    let bylaws = crate::bylaws(book)?;
    let place = fact.place.as_ref().and_then(|p| book.state().registers.pooling.place(p));
    let printed = &evidence.printed;
    let company = bylaws.company.clone();
    let view = SubscriptionFormView {
        balance_due: None,
        bylaws_digest: evidence.bylaws_sha256.clone(),
        capital: printed.capital,
        capital_on: printed.capital_on,
        category: category_label(bylaws, category),
        college: college_label(bylaws, category),
        consents: evidence.consents.iter().map(|consent| consent.text.clone()).collect(),
        count: fact.count,
        decided_by: printed.decided_by.clone(),
        in_words: fact.form.in_words.clone(),
        member: fact.member.clone(),
        nominal: fact.nominal,
        on: fact.on,
        paid_now: fact.amount(),
        place: place.map(|place| place.fact.name.clone()),
        receiver: Receiver {
            address: company.seat_line(),
            bank: printed.bank.clone(),
            bic: printed.bic.clone(),
            iban: printed.iban.clone(),
            name: company.name.chars().take(70).collect(),
        },
        reference: fact.reference.clone(),
        signed: match &fact.signer_vkey {
            Some(vkey) => SignatureLine::Browser { vkey: vkey.clone() },
            None => SignatureLine::Desk { name: shared.registrar.desk().name().to_owned() },
        },
        subscriber: person.named(),
        subscription: fact.subscription.clone(),
        company,
    };
    Ok(subscription_form(&view)?)
}

fn category_label(bylaws: &Bylaws, id: &str) -> String {
    let category = bylaws.categories.iter().find(|category| category.id.as_str() == id);
    category.map_or_else(|| id.to_owned(), |category| category.label.clone())
}

fn college_label(bylaws: &Bylaws, category: &str) -> String {
    let category = bylaws.categories.iter().find(|known| known.id.as_str() == category);
    let college = category.and_then(|category| bylaws.college(&category.college));
    college.map_or_else(String::new, |college| college.label.clone())
}

/// The digest of the form's legal text.
pub(crate) fn template() -> Digest {
    template_digest(Template::SubscriptionForm20260101)
}

/// The digest of the warning shown before signing (R31).
pub(crate) fn warning_digest() -> Digest {
    document_digest(WARNING.as_bytes())
}

/// The warning of the legal templates as HTML: its own words, not a copy of them.
pub(crate) fn warning_html() -> String {
    let words = WARNING.split_once("-#}").map_or(WARNING, |(_, words)| words);
    let (mut html, mut in_list) = (String::new(), false);
    for line in words.lines().filter(|line| !line.is_empty() && !line.starts_with(":::")) {
        let (open, close, text) = match line.split_once(' ') {
            Some(("^", text)) => ("<h2>", "</h2>", text),
            Some(("-", text)) => ("<li>", "</li>", text),
            _ => ("<p>", "</p>", line),
        };
        if (open == "<li>") != in_list {
            html += if in_list { "</ul>" } else { "<ul>" };
            in_list = !in_list;
        }
        html += open;
        html += &strong(text);
        html += close;
    }
    if in_list { html + "</ul>" } else { html }
}

/// `**words**` in bold, everything else as it is written.
fn strong(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let parts = escaped.split("**").enumerate();
    parts
        .map(|(n, part)| if n % 2 == 1 { format!("<strong>{part}</strong>") } else { part.into() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warning_is_shown_with_its_own_words() {
        let html = warning_html();
        assert!(html.contains("perte partielle ou totale"));
        assert!(!html.contains(":::") && !html.contains("**"));
        assert_eq!(html.matches("<ul>").count(), html.matches("</ul>").count());
    }
}
