//! The portal: pages that parse a form into a command and show what the book answers. No rule of law
//! is decided here.
//!
//! Reading order: [`config`] (every setting) → `routes` (the whole site on one page) → `access` (who is
//! asking) → `form` (what was typed) → `pages/` (a file a page) → `signing` (what waits for a signature).

mod abandoned;
mod access;
mod bulletin;
pub mod config;
pub mod demo;
mod error;
mod facts;
mod form;
mod format;
mod gzip;
mod held;
mod layout;
mod pages;
mod people;
mod requests;
mod routes;
mod signing;
mod subscribing;
mod witnesses;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use ledger::base::FiscalYear;
use ledger::bylaws::Bylaws;
use ledger::registrar::{Book, Registrar};

pub use config::{Config, DemoKey};
use error::PageError;

/// How often sessions and drafts that are over are swept away, at most, in milliseconds.
const SWEEP_MS: i64 = 10 * 60_000;
/// How often the book is read again for what other processes wrote, at most, in milliseconds.
const REFRESH_MS: i64 = 1_000;

/// What the portal needs: the way in to the book, and its settings.
#[derive(Debug)]
pub struct App {
    /// The book.
    pub registrar: Arc<Registrar>,
    /// The settings.
    pub config: Config,
}

/// The whole site, ready to be served or called by a test.
pub fn build(app: App) -> Router {
    routes::site(Arc::new(Shared::new(app.registrar, app.config)))
}

/// What every handler sees.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) registrar: Arc<Registrar>,
    pub(crate) config: Config,
    /// Read from the sealing of values to the draft that names them; written while what no draft names is
    /// erased.
    pub(crate) sealing: tokio::sync::RwLock<()>,
    refreshed_ms: AtomicI64,
    swept_ms: AtomicI64,
}

impl Shared {
    /// A portal that has just looked at its book.
    pub(crate) fn new(registrar: Arc<Registrar>, config: Config) -> Self {
        let refreshed_ms = AtomicI64::new(registrar.now_ms());
        let (sealing, swept_ms) = (tokio::sync::RwLock::new(()), AtomicI64::new(0));
        Self { registrar, config, sealing, refreshed_ms, swept_ms }
    }

    /// The book as last published.
    pub(crate) fn book(&self) -> Arc<Book> {
        self.registrar.book()
    }

    /// Reads what other processes wrote, at most once a second.
    pub(crate) async fn refresh(&self) -> Result<(), PageError> {
        let now = self.registrar.now_ms();
        let due = |last: &AtomicI64, every: i64| {
            let is_due = now.saturating_sub(last.load(Ordering::Relaxed)) >= every;
            if is_due {
                last.store(now, Ordering::Relaxed);
            }
            is_due
        };
        if due(&self.swept_ms, SWEEP_MS) {
            if abandoned::forget(self, now).await? {
                self.registrar.store().sweep(now).await?;
            }
            // An erasure that somebody's reading has held up: it is no visitor's matter.
            if let Err(failure) = self.registrar.finish_erasures().await {
                tracing::error!(%failure, "an erasure is not done to the last byte");
            }
        }
        if !due(&self.refreshed_ms, REFRESH_MS) {
            return Ok(());
        }
        self.registrar.refresh().await.map_err(|error| PageError::failed("the book", &error))
    }

    /// The fiscal year of today.
    pub(crate) fn year(&self) -> FiscalYear {
        FiscalYear::of(self.registrar.today())
    }
}

/// The bylaws of a book that is open.
pub(crate) fn bylaws(book: &Book) -> Result<&Bylaws, PageError> {
    book.state().registers.authority.bylaws().ok_or(PageError::NotOpened)
}
