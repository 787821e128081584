//! The stylesheet and the scripts, inside the program; and whether the portal is well.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;

use crate::Shared;
use crate::error::{PageError, Result};

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

const FILES: [(&str, &str, &str); 7] = [
    ("site.css", CSS, include_str!("../../static/site.css")),
    ("icon.svg", "image/svg+xml", include_str!("../../static/icon.svg")),
    ("keys.js", JS, include_str!("../../static/keys.js")),
    ("newkey.js", JS, include_str!("../../static/newkey.js")),
    ("sign.js", JS, include_str!("../../static/sign.js")),
    ("signin.js", JS, include_str!("../../static/signin.js")),
    ("subscribe.js", JS, include_str!("../../static/subscribe.js")),
];

/// A static file; short-lived in caches, because its name does not change with its content.
pub(crate) async fn file(Path(name): Path<String>) -> Result<impl IntoResponse> {
    let (_, kind, text) =
        FILES.iter().find(|(known, _, _)| *known == name).ok_or(PageError::NotFound)?;
    Ok(([(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, "public, max-age=300")], *text))
}

/// One line for whoever watches the portal: the size of the log it serves.
pub(crate) async fn health(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (plain, format!("ok {}\n", shared.book().size()))
}
