//! Who is asking: the cookie, the session and its part, and the proof that a form is ours.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Response};
use ledger::authority::Role;
use ledger::base::MemberRef;
use ledger::log::hash::sha256;
use ledger::registrar::keys;
use ledger::store::Session;

use crate::Shared;
use crate::error::{PageError, Problem, Result};
use crate::form::Form;
use crate::layout::{ErrorPage, Layout};

const COOKIE: &str = "fonciere";

/// Whose part a visitor plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A member or subscriber.
    Member(MemberRef),
    /// The holder of an enrolled key.
    Office {
        /// The key's name.
        key_name: String,
        /// What it may sign.
        role: Role,
    },
}

/// Whoever sends the request.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// What the browser keeps; never shown, never stored.
    secret: String,
    /// The part played, once signed in.
    pub(crate) part: Option<Part>,
    /// The path asked for.
    pub(crate) path: String,
}

impl Visitor {
    /// What a form must send back: derived from the cookie, so that no other site knows it.
    pub(crate) fn csrf(&self) -> String {
        hex(&sha256(format!("formulaire\n{}", self.secret).as_bytes()))
    }

    /// What names this browser in a stored draft.
    pub(crate) fn mark(&self) -> String {
        hex(&sha256(format!("navigateur\n{}", self.secret).as_bytes()))
    }

    /// Whether a form was made by one of our pages for this browser.
    pub(crate) fn made(&self, form: &Form) -> bool {
        sha256(form.value("csrf").as_bytes()) == sha256(self.csrf().as_bytes())
    }

    /// The member signed in.
    pub(crate) fn member(&self) -> Result<&MemberRef> {
        match &self.part {
            Some(Part::Member(member)) => Ok(member),
            Some(Part::Office { .. }) => Err(PageError::Forbidden),
            None => Err(PageError::SignIn(self.path.clone())),
        }
    }

    /// The name of the key of the office signed in.
    pub(crate) fn office(&self) -> Result<&str> {
        match &self.part {
            Some(Part::Office { key_name, .. }) => Ok(key_name),
            _ => Err(PageError::Forbidden),
        }
    }

    /// The role signed in.
    pub(crate) fn role(&self) -> Option<Role> {
        match &self.part {
            Some(Part::Office { role, .. }) => Some(*role),
            _ => None,
        }
    }

    /// Whether the raw leaves may be read.
    pub(crate) fn may_read_leaves(&self, shared: &Shared) -> bool {
        shared.config.entries_open || self.role().is_some()
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        parts.extensions.get::<Self>().cloned().ok_or(PageError::StaleForm)
    }
}

/// The frame around every page: who asks, what a problem looks like, what the browser may do.
pub(crate) async fn frame(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let known = cookie(request.headers(), COOKIE).filter(|secret| is_secret(secret));
    let visitor = match visitor(&shared, known.as_deref(), &path).await {
        Ok(visitor) => visitor,
        Err(error) => return guarded(error.into_response()),
    };
    request.extensions_mut().insert(visitor.clone());
    let response = match shared.refresh().await {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    let mut response = guarded(with_problem_page(&shared, &visitor, response));
    // A static file or a tile is the same for everybody, and may be kept by a cache on the way.
    let shown_to_all =
        path.starts_with("/static/") || path.starts_with("/log/") || path == "/sante";
    if known.is_none() && !shown_to_all && !response.headers().contains_key(header::SET_COOKIE) {
        set_cookie(&mut response, &shared, COOKIE, &visitor.secret, None);
    }
    response
}

async fn visitor(shared: &Shared, known: Option<&str>, path: &str) -> Result<Visitor> {
    let secret = match known {
        Some(secret) => secret.to_owned(),
        None => new_secret()?,
    };
    let mut visitor = Visitor { secret, part: None, path: path.to_owned() };
    if known.is_some() {
        let now = shared.registrar.now_ms();
        let digest = sha256(visitor.secret.as_bytes());
        let session = shared.registrar.store().session(digest, now).await?;
        visitor.part = session.and_then(|session| part_of(shared, &session));
    }
    Ok(visitor)
}

/// The part of a session, if it may still be played: a revoked key's session is over at once.
fn part_of(shared: &Shared, session: &Session) -> Option<Part> {
    if session.role == "member" {
        return MemberRef::parse(&session.who).ok().map(Part::Member);
    }
    let role = ROLES.iter().find(|(name, _)| *name == session.role)?.1;
    let key_name = session.who.clone();
    shared.registrar.has_role(&key_name, role).then_some(Part::Office { key_name, role })
}

const ROLES: [(&str, Role); 5] = [
    ("admin", Role::Admin),
    ("officer", Role::Officer),
    ("treasurer", Role::Treasurer),
    ("desk", Role::Desk),
    ("auditor", Role::Auditor),
];

/// Signs a visitor in: a session under a new secret, so that a cookie known before is worth nothing.
pub(crate) async fn sign_in(
    shared: &Shared,
    part: Part,
    response: &mut Response,
) -> Result<Visitor> {
    let secret = new_secret()?;
    let visitor = Visitor { secret: secret.clone(), part: Some(part.clone()), path: String::new() };
    let (who, role) = match part {
        Part::Member(member) => (member.as_str().to_owned(), "member"),
        Part::Office { key_name, role } => {
            let name = ROLES.iter().find(|(_, known)| *known == role).map_or("", |(name, _)| name);
            (key_name, name)
        }
    };
    let now = shared.registrar.now_ms();
    let length = shared.config.session_hours.saturating_mul(3_600_000);
    let session = Session {
        secret_sha256: sha256(secret.as_bytes()),
        who,
        role: role.to_owned(),
        csrf: visitor.csrf(),
        created_ms: now,
        expires_ms: now.saturating_add(length),
    };
    shared.registrar.store().open_session(&session).await?;
    set_cookie(response, shared, COOKIE, &secret, None);
    Ok(visitor)
}

/// Signs a visitor out, and forgets the cookie.
pub(crate) async fn sign_out(
    shared: &Shared,
    visitor: &Visitor,
    response: &mut Response,
) -> Result<()> {
    shared.registrar.store().close_session(sha256(visitor.secret.as_bytes())).await?;
    set_cookie(response, shared, COOKIE, "", Some(0));
    Ok(())
}

/// Sends a cookie that scripts can't read and that other sites can't make the browser send.
pub(crate) fn set_cookie(
    response: &mut Response,
    shared: &Shared,
    name: &str,
    value: &str,
    seconds: Option<u32>,
) {
    let age = seconds.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    let secure = if shared.config.secure_cookies { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}");
    if let Ok(text) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, text);
    }
}

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    pairs
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.to_owned())
}

/// 256 random bits in hexadecimal.
pub(crate) fn new_secret() -> Result<String> {
    Ok(hex(&keys::random::<32>()?))
}

/// Whether a text has the form of a secret of ours.
pub(crate) fn is_secret(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

macro_rules! only {
    ($($(#[$doc:meta])* $name:ident: $($role:ident)|+;)*) => {$(
        $(#[$doc])*
        pub(crate) async fn $name(visitor: Visitor, request: Request, next: Next) -> Response {
            match visitor.part {
                Some(Part::Office { role: $(Role::$role)|+, .. }) => next.run(request).await,
                None => PageError::SignIn(visitor.path).into_response(),
                Some(_) => PageError::Forbidden.into_response(),
            }
        }
    )*};
}

only! {
    /// Pages of the officers.
    officers_only: Officer;
    /// Pages of the treasurer.
    treasurers_only: Treasurer;
    /// Pages of the administrators.
    admins_only: Admin;
    /// Pages that every office reads.
    offices_only: Officer | Treasurer | Auditor | Admin;
}

/// A problem becomes a page with the visitor's menu; an answer of the framework's own is put in French.
fn with_problem_page(shared: &Shared, visitor: &Visitor, response: Response) -> Response {
    let status = response.status();
    let found = response.extensions().get::<Problem>().map(|problem| (*problem.0).clone());
    let notice = found.or_else(|| {
        let of_framework = !response.headers().contains_key(header::CONTENT_TYPE)
            || matches!(status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::BAD_REQUEST);
        let error = match status {
            // A page's own 400 comes with its notice: this one is the framework's, in English.
            StatusCode::BAD_REQUEST => PageError::BadRequest("L’adresse est mal écrite."),
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => PageError::NotFound,
            StatusCode::PAYLOAD_TOO_LARGE => PageError::TooLarge,
            _ => return None,
        };
        of_framework.then(|| error.notice())
    });
    let Some(notice) = notice else { return response };
    let Ok(layout) = Layout::of(shared, visitor) else { return response };
    match askama::Template::render(&ErrorPage { layout, notice }) {
        Ok(page) => {
            let mut framed = (status, Html(page)).into_response();
            if let Some(seconds) = response.headers().get(header::RETRY_AFTER) {
                framed.headers_mut().insert(header::RETRY_AFTER, seconds.clone());
            }
            framed
        }
        Err(_) => response,
    }
}

/// What the browser may do with our pages: no script or style but ours, no frame, no guess of type.
fn guarded(mut response: Response) -> Response {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                  connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let set = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    let headers = response.headers_mut();
    for (name, value) in set {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_made_for_another_browser_is_not_ours() {
        let visitor =
            |secret: &str| Visitor { secret: secret.into(), part: None, path: "/".into() };
        let (mine, theirs) = (visitor("a"), visitor("b"));
        let form = |visitor: &Visitor| Form::of([("csrf".to_owned(), visitor.csrf())]);
        assert!(mine.made(&form(&mine)));
        assert!(!mine.made(&form(&theirs)));
        assert!(!mine.made(&Form::default()));
    }

    #[test]
    fn one_cookie_among_others_is_found() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=1; fonciere=xyz; b=2"));
        assert_eq!(cookie(&headers, "fonciere").as_deref(), Some("xyz"));
        assert_eq!(cookie(&headers, "c"), None);
    }
}
