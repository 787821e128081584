//! What a person typed, kept with its errors, field by field; and the two ways a form arrives.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use ledger::base::{Amount, Day};
use unicode_normalization::UnicodeNormalization as _;

use crate::Shared;
use crate::access::Visitor;
use crate::error::{PageError, Result};

/// Most fields that a form of ours may send.
const FIELDS_MAX: usize = 400;

/// The values of a form and what is wrong with them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    values: BTreeMap<String, Vec<String>>,
    errors: Vec<(String, String)>,
}

/// One choice of a list.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
}

impl Choice {
    pub(crate) fn new(value: impl Display, label: impl Display) -> Self {
        Self { value: value.to_string(), label: label.to_string() }
    }
}

impl Form {
    /// The fields as sent; text is brought to NFC, the only form that a leaf may hold.
    pub(crate) fn of(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs.into_iter().take(FIELDS_MAX) {
            let value = value.replace("\r\n", "\n").nfc().collect();
            form.values.entry(name).or_default().push(value);
        }
        form
    }

    /// Puts a first value in a field.
    pub(crate) fn with(mut self, name: &str, value: impl Display) -> Self {
        self.values.insert(name.to_owned(), vec![value.to_string()]);
        self
    }

    /// The value of a field, empty when it was not sent.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.get(name).and_then(|values| values.first()).map_or("", String::as_str)
    }

    /// Every value of a field.
    pub(crate) fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a box is ticked.
    pub(crate) fn is_checked(&self, name: &str) -> bool {
        self.value(name) == "oui"
    }

    /// What is wrong with a field.
    pub(crate) fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|(field, _)| field == name).map(|(_, error)| error.as_str())
    }

    /// Everything that is wrong, in the order it was found.
    pub(crate) fn errors(&self) -> &[(String, String)] {
        &self.errors
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_sound(&self) -> bool {
        self.errors.is_empty()
    }

    /// Says what is wrong with a field.
    pub(crate) fn refuse(&mut self, name: &str, error: impl Display) {
        self.errors.push((name.to_owned(), error.to_string()));
    }

    /// A line of text that may be empty; spaces are made one.
    pub(crate) fn line(&mut self, name: &str, max: usize) -> Option<String> {
        let text = self.value(name).split_whitespace().collect::<Vec<_>>().join(" ");
        if text.chars().count() > max {
            self.refuse(name, format!("{max} signes au plus."));
        } else if text.chars().any(is_unseen) {
            self.refuse(name, "Un signe de ce texte ne peut pas être enregistré.");
        }
        Some(text).filter(|text| !text.is_empty())
    }

    /// A line of text that must be there; `missing` says so.
    pub(crate) fn required(&mut self, name: &str, max: usize, missing: &str) -> String {
        let text = self.line(name, max);
        if text.is_none() {
            self.refuse(name, missing);
        }
        text.unwrap_or_default()
    }

    /// A value that `read` understands; its error is shown as it is.
    pub(crate) fn read<T, E: Display>(
        &mut self,
        name: &str,
        missing: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.value(name).trim().to_owned();
        if text.is_empty() {
            self.refuse(name, missing);
            return None;
        }
        match read(&text) {
            Ok(value) => Some(value),
            Err(error) => {
                let words = error.to_string();
                let mut signs = words.chars();
                let first = signs.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
                self.refuse(name, format!("{first}{}.", signs.as_str()));
                None
            }
        }
    }

    /// As [`Form::read`], nothing typed being no error.
    pub(crate) fn read_if_any<T, E: Display>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        if self.value(name).trim().is_empty() { None } else { self.read(name, "", read) }
    }

    /// A sum of money.
    pub(crate) fn amount(&mut self, name: &str) -> Option<Amount> {
        self.read(name, "Indiquez un montant.", Amount::parse)
    }

    /// A day.
    pub(crate) fn day(&mut self, name: &str) -> Option<Day> {
        self.read(name, "Indiquez une date.", Day::parse)
    }
}

/// A sign that is not shown: a control, or one that joins, hides or turns round what is read, so that
/// the text signed would not be the text seen.
fn is_unseen(sign: char) -> bool {
    let hidden = matches!(sign, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}');
    hidden || sign.is_control()
}

/// A form sent by one of our pages: the field that proves it was checked.
pub(crate) struct Posted(pub(crate) Form);

impl FromRequest<Arc<Shared>> for Posted {
    type Rejection = axum::response::Response;

    async fn from_request(
        request: Request,
        state: &Arc<Shared>,
    ) -> std::result::Result<Self, Self::Rejection> {
        let visitor = request.extensions().get::<Visitor>().cloned();
        let pairs = axum::Form::<Vec<(String, String)>>::from_request(request, state).await;
        let form = match pairs {
            Ok(axum::Form(pairs)) => Form::of(pairs),
            Err(refused) if refused.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                return Err(PageError::TooLarge.into_response());
            }
            Err(_) => {
                return Err(PageError::BadRequest("Le formulaire est illisible.").into_response());
            }
        };
        match visitor {
            Some(visitor) if visitor.made(&form) => Ok(Self(form)),
            _ => Err(PageError::StaleForm.into_response()),
        }
    }
}

/// A form with one file.
pub(crate) struct Upload {
    pub(crate) form: Form,
    pub(crate) file: Vec<u8>,
}

impl FromRequest<Arc<Shared>> for Upload {
    type Rejection = axum::response::Response;

    async fn from_request(
        request: Request,
        state: &Arc<Shared>,
    ) -> std::result::Result<Self, Self::Rejection> {
        let visitor = request.extensions().get::<Visitor>().cloned();
        let parts = Multipart::from_request(request, state)
            .await
            .map_err(|_| PageError::BadRequest("Un fichier est attendu.").into_response())?;
        let upload = read_parts(parts).await.map_err(PageError::into_response)?;
        match visitor {
            Some(visitor) if visitor.made(&upload.form) => Ok(upload),
            _ => Err(PageError::StaleForm.into_response()),
        }
    }
}

async fn read_parts(mut parts: Multipart) -> Result<Upload> {
    let unreadable = |error: axum::extract::multipart::MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            PageError::TooLarge
        } else {
            PageError::BadRequest("Le formulaire est illisible.")
        }
    };
    let (mut pairs, mut file) = (Vec::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        if part.file_name().is_some() {
            file = part.bytes().await.map_err(unreadable)?.to_vec();
        } else {
            pairs.push((name, part.text().await.map_err(unreadable)?));
        }
    }
    Ok(Upload { form: Form::of(pairs), file })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(name: &str, value: &str) -> Form {
        Form::of([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn a_line_is_kept_in_nfc_with_single_spaces() {
        let mut form = typed("nom", "  Zoe\u{301}   Le  Goff ");
        assert_eq!(form.line("nom", 20).as_deref(), Some("Zoé Le Goff"));
        assert!(form.is_sound());
    }

    #[test]
    fn an_over_long_line_is_refused_and_kept() {
        let mut form = typed("nom", &"x".repeat(21));
        form.line("nom", 20);
        assert_eq!(form.error("nom"), Some("20 signes au plus."));
        assert_eq!(form.value("nom").len(), 21);
    }

    #[test]
    fn a_text_that_would_not_read_as_it_is_signed_is_refused() {
        for text in ["CA\u{202e} du 24", "CA\u{200b} du 24", "CA\u{7} du 24"] {
            let mut form = typed("intitule", text);
            form.line("intitule", 20);
            assert!(!form.is_sound(), "{text:?}");
        }
        let mut form = typed("intitule", "Conseil d’administration — n° 3 (œuvre)");
        form.line("intitule", 60);
        assert!(form.is_sound());
    }

    #[test]
    fn what_is_missing_is_named_at_its_field() {
        let mut form = Form::default();
        assert_eq!(form.required("nom", 20, "Indiquez votre nom."), "");
        assert_eq!(form.amount("montant"), None);
        assert_eq!(form.errors().len(), 2);
        assert_eq!(form.error("nom"), Some("Indiquez votre nom."));
    }
}
