//! What goes wrong, as the visitor reads it: a refusal cites its rule, a failure has a number.

use std::fmt::Display;
use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use ledger::base::Notice;
use ledger::refusal::Refusal;
use ledger::registrar::{QUEUE_MAX, SubmitError, VaultError, keys};
use ledger::store::Failure;
use ledger::store::failure::FULL;

use crate::access;

/// What a page answers.
pub(crate) type Result<T, E = PageError> = std::result::Result<T, E>;

/// Why a page can't be shown, or an act not done.
#[derive(Debug)]
pub(crate) enum PageError {
    /// Nothing is there.
    NotFound,
    /// Somebody who is not signed in asks for a page that needs it.
    SignIn(String),
    /// The visitor's part does not open this page.
    Forbidden,
    /// The form was not made by us for this visitor, or has expired.
    StaleForm,
    /// The request is not of the form that our pages send.
    BadRequest(&'static str),
    /// A file or form is larger than its limit.
    TooLarge,
    /// The book has no leaf yet.
    NotOpened,
    /// A rule forbids it.
    Refused(Box<Notice>),
    /// Too many people write at once.
    Busy,
    /// It is written, and waits for the log's own signature.
    NotReleased,
    /// A witness contradicts the book: nothing is written.
    Halted,
    /// Nobody knows whether it is written; sent again, it is not written twice.
    Unknown,
    /// There is no room left where the book is written.
    Full,
    /// The world did not answer; the number is in the technical log.
    Failed(String),
}

impl PageError {
    /// A failure of the world: logged once, here, with the number that the visitor is shown.
    pub(crate) fn failed(what: &str, cause: &dyn Display) -> Self {
        let random = keys::random::<4>().unwrap_or_default();
        let number = access::hex(&random).to_uppercase();
        tracing::error!(reference = %number, %cause, "{what} did not answer");
        Self::Failed(number)
    }

    /// A refusal of the page itself, in the same words as those of the rules.
    pub(crate) fn refused(what: &str, why: &str, remedy: &str) -> Self {
        let (what, why, remedy) = (what.to_owned(), why.to_owned(), remedy.to_owned());
        Self::Refused(Box::new(Notice { what, why, rule: None, remedy }))
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignIn(_) => StatusCode::SEE_OTHER,
            Self::Forbidden | Self::StaleForm => StatusCode::FORBIDDEN,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotOpened | Self::Busy | Self::NotReleased | Self::Halted | Self::Unknown => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Full => StatusCode::INSUFFICIENT_STORAGE,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// In how many seconds the same request may pass, when waiting is all that it takes.
    fn retry_after(&self) -> Option<HeaderValue> {
        match self {
            Self::Busy => Some(HeaderValue::from_static("2")),
            Self::Unknown => Some(HeaderValue::from_static("10")),
            Self::NotReleased => Some(HeaderValue::from_static("60")),
            _ => None,
        }
    }

    /// What the visitor is told.
    pub(crate) fn notice(&self) -> Notice {
        let (what, why, remedy) = match self {
            Self::Refused(notice) => return (**notice).clone(),
            Self::Busy | Self::Unknown | Self::NotReleased | Self::Halted | Self::Full => {
                return self.not_written();
            }
            Self::NotFound => (
                "Cette page n’existe pas.",
                "L’adresse est incomplète, ou la référence n’est pas celle de ce livre.".to_owned(),
                "Vérifiez l’adresse, ou repartez de l’accueil.",
            ),
            Self::SignIn(_) => ("Il faut se connecter.", String::new(), "Connectez-vous."),
            Self::Forbidden => (
                "Cette page ne vous est pas ouverte.",
                "Elle est réservée aux personnes qui en ont la charge.".into(),
                "Connectez-vous avec la clé de la fonction concernée.",
            ),
            Self::StaleForm => (
                "Le formulaire n’est plus valable.",
                "Il a été ouvert dans un autre navigateur ou avant une connexion, ou votre navigateur \
                 refuse les témoins (cookies)."
                    .into(),
                "Revenez à la page précédente, rechargez-la et recommencez.",
            ),
            Self::BadRequest(why) => (
                "La demande n’a pas la forme attendue.",
                (*why).to_owned(),
                "Revenez à la page précédente et recommencez.",
            ),
            Self::TooLarge => (
                "Le fichier est trop volumineux.",
                "Un envoi est limité à 4 Mio.".into(),
                "Choisissez un fichier plus petit.",
            ),
            Self::NotOpened => (
                "Le livre n’est pas encore ouvert.",
                "Le journal signé ne contient aucune feuille.".into(),
                "L’administrateur l’ouvre avec « ledger-admin init ».",
            ),
            Self::Failed(number) => (
                "Le portail n’a pas pu répondre.",
                format!("L’incident porte le numéro {number}."),
                "Recommencez dans un instant ; si cela persiste, transmettez ce numéro.",
            ),
        };
        Notice { what: what.into(), why, rule: None, remedy: remedy.into() }
    }

    /// What is told of an act that the book has not taken, or not for sure.
    fn not_written(&self) -> Notice {
        let (what, why, remedy) = match self {
            Self::Busy => (
                "Rien n’a été enregistré.",
                format!(
                    "Trop d’actes arrivent en même temps : {QUEUE_MAX} attendent déjà d’être inscrits."
                ),
                "Recommencez dans quelques secondes.",
            ),
            Self::Unknown => (
                "L’acte a peut-être été inscrit.",
                "Le portail s’est arrêté avant d’en recevoir la confirmation ; il redémarre et relit le \
                 journal."
                    .into(),
                "Attendez une minute, puis envoyez le même acte de nouveau : vous recevrez son reçu, et \
                 rien ne sera inscrit deux fois.",
            ),
            Self::NotReleased => (
                "L’acte est inscrit, mais il n’est pas encore acquis.",
                "Le signataire du journal ne répond pas : aucun point de contrôle signé ne couvre \
                 encore la feuille. Le portail le redemande chaque seconde."
                    .into(),
                "Attendez une minute, puis envoyez le même acte de nouveau : vous recevrez son reçu, et \
                 rien ne sera inscrit deux fois.",
            ),
            Self::Halted => (
                "Rien n’a été enregistré : ce livre n’écrit plus.",
                "Un témoin extérieur du journal contredit ce livre : il a pu être ramené en arrière, ou deux \
                 histoires en ont été montrées. Il reste lisible."
                    .into(),
                "Ne recommencez pas. L’alerte est détaillée à la page « Vérifier » ; l’exploitant et le \
                 contrôleur la lèvent.",
            ),
            _ => (
                "Rien n’a été enregistré.",
                "Le disque sur lequel le livre est écrit est plein. La lecture reste possible.".into(),
                "Prévenez l’exploitant, qui doit libérer de la place ; envoyez ensuite le même acte de \
                 nouveau.",
            ),
        };
        Notice { what: what.into(), why, rule: None, remedy: remedy.into() }
    }
}

impl Display for PageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.notice().fmt(f)
    }
}

impl std::error::Error for PageError {}

/// What the frame of the site turns into a page, with the visitor's menu around it.
#[derive(Clone, Debug)]
pub(crate) struct Problem(pub(crate) Arc<Notice>);

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        if let Self::SignIn(path) = &self {
            return Redirect::to(&format!("/connexion?suite={path}")).into_response();
        }
        let notice = self.notice();
        let words = notice.to_string();
        let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
        let mut response = (self.status(), plain, words).into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response.extensions_mut().insert(Problem(Arc::new(notice)));
        response
    }
}

impl From<Refusal> for PageError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal.notice()))
    }
}

impl From<SubmitError> for PageError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Refused(refusal) => (*refusal).into(),
            SubmitError::Busy => Self::Busy,
            SubmitError::NotReleased(_) => Self::NotReleased,
            SubmitError::Halted(_) => Self::Halted,
            SubmitError::Failed(why) if why.contains(FULL) => {
                tracing::error!(%why, "a submission was not written");
                Self::Full
            }
            SubmitError::Unknown(cause) => {
                tracing::error!(%cause, "the outcome of a submission is unknown");
                Self::Unknown
            }
            SubmitError::Failed(_) => Self::failed("the registrar", &error),
        }
    }
}

macro_rules! failures {
    ($($error:ty: $what:literal;)*) => {$(
        impl From<$error> for PageError {
            fn from(error: $error) -> Self {
                Self::failed($what, &error)
            }
        }
    )*};
}

failures! {
    Failure: "the store";
    VaultError: "the vault";
    keys::KeyFileError: "the system's randomness";
    askama::Error: "a template";
    serde_json::Error: "a stored draft";
    ledger::documents::DocumentError: "a document";
}
