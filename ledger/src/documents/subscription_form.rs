//! The subscription form: « bulletin de souscription » with the ten mentions of R23, and how to pay.

use askama::Template as _;

use super::attachment::Identity;
use super::certificate::{figures, shares_in_words};
use super::digest::{Template, template_digest};
use super::page::Code;
use super::payment_code::epc069_payload;
use super::qr::Matrix;
use super::{DocumentError, made};
use crate::base::{
    Amount, Day, Digest, Iban, MemberRef, PaymentReference, ShareCount, SubscriptionRef,
};
use crate::bylaws::Company;

/// The subscriber as the law wants them named (R23, 9°).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonNamed {
    /// A natural person.
    Natural {
        /// Where they live, on one line.
        domicile: String,
        /// Usual first name and others, as given.
        first_names: String,
        /// The parent or guardian who signs for a minor (R24).
        represented_by: Option<String>,
        /// Surname.
        surname: String,
    },
    /// A company, an association, a public body.
    Legal {
        /// Its denomination.
        denomination: String,
        /// Its form, e.g. « association loi 1901 », « commune ».
        form: String,
        /// SIREN or RNA number.
        number: String,
        /// The person who signs for it, and in what capacity.
        represented_by: String,
        /// Its registered office, on one line.
        seat: String,
    },
}

/// Who receives the funds (R23, 8°): name, address, account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Its address, on one line.
    pub address: String,
    /// The bank that keeps the account.
    pub bank: String,
    /// The bank's BIC, or nothing (not needed inside the European Economic Area).
    pub bic: String,
    /// The account.
    pub iban: Iban,
    /// Its name, at most 70 characters: it is also in the payment code.
    pub name: String,
}

/// How the form is signed (R81, R82).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureLine {
    /// By a key made in the subscriber's browser.
    Browser {
        /// The verifier key, as the log writes it.
        vkey: String,
    },
    /// By the portal's desk, which keeps the evidence file of the subscriber's consent.
    Desk {
        /// The desk's name.
        name: String,
    },
}

/// Everything a subscription form says (R7, R23, R31).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionFormView {
    /// The SHA-256 of the bylaws that the subscriber accepts.
    pub bylaws_digest: Digest,
    /// The capital on `capital_on`, before this subscription.
    pub capital: Amount,
    /// The day the capital was read: it is variable.
    pub capital_on: Day,
    /// The category asked for, as the bylaws label it.
    pub category: String,
    /// The college asked for, as the bylaws label it.
    pub college: String,
    /// The company.
    pub company: Company,
    /// What the subscriber ticked, word for word (R82).
    pub consents: Vec<String>,
    /// How many shares.
    pub count: ShareCount,
    /// The body that decides admission, with its article, e.g. « le conseil d’administration ».
    pub decided_by: String,
    /// The number of shares in full letters, as the subscriber typed it.
    pub in_words: String,
    /// The subscriber's pseudonym in the log.
    pub member: MemberRef,
    /// The nominal value of one share.
    pub nominal: Amount,
    /// The day of the form.
    pub on: Day,
    /// What is to be paid now, in all; the whole, or at least a quarter (R12).
    pub paid_now: Amount,
    /// The day by which the balance is due, if there is one.
    pub balance_due: Option<Day>,
    /// The place the subscriber has in mind, if any.
    pub place: Option<String>,
    /// Who receives the funds.
    pub receiver: Receiver,
    /// The reference to copy on the payment.
    pub reference: PaymentReference,
    /// How it is signed.
    pub signed: SignatureLine,
    /// Who subscribes.
    pub subscriber: PersonNamed,
    /// The subscription.
    pub subscription: SubscriptionRef,
}

/// One struct for the template: a field that the legal text names and the view lacks does not compile.
#[derive(askama::Template)]
#[template(path = "fr/bulletin-de-souscription/2026-01-01.md")]
struct Text<'a> {
    v: &'a SubscriptionFormView,
    company: &'a Company,
    capital: Amount,
    capital_on: Day,
    count: String,
    count_in_words: String,
    total: Amount,
    balance: Amount,
    template: Digest,
}

pub(super) fn words(view: &SubscriptionFormView) -> Result<String, DocumentError> {
    let total = view.nominal.times(u64::from(view.count.get()))?;
    let text = Text {
        v: view,
        company: &view.company,
        capital: view.capital,
        capital_on: view.capital_on,
        count: figures(u64::from(view.count.get())),
        count_in_words: shares_in_words(view.count),
        total,
        balance: total.minus(view.paid_now)?,
        template: template_digest(Template::SubscriptionForm20260101),
    };
    Ok(text.render()?)
}

/// The subscription form as a PDF, with a payment code (EPC069-12).
///
/// Rules: R7, R12, R23, R31. The same view gives the same bytes.
///
/// # Errors
/// [`DocumentError::Unprintable`] for a name no font can draw, [`DocumentError::Payment`] for a
/// payment that cannot be coded, [`DocumentError::Amount`] when sums do not fit.
pub fn subscription_form(view: &SubscriptionFormView) -> Result<Vec<u8>, DocumentError> {
    let Receiver { bic, iban, name, .. } = &view.receiver;
    let payload = epc069_payload(name, bic, iban, view.paid_now, &view.reference)?;
    let code = Code { matrix: Matrix::of(&payload)?, url: None };
    let person = match &view.subscriber {
        PersonNamed::Natural { first_names, surname, .. } => format!("{first_names} {surname}"),
        PersonNamed::Legal { denomination, .. } => denomination.clone(),
    };
    let title = format!("Bulletin de souscription — {person}");
    let identity = Identity {
        title: &title,
        author: &view.company.name,
        subject: "Bulletin de souscription de parts sociales",
        on: view.on,
    };
    made(&words(view)?, &code, &identity, None)
}
