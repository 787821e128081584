//! The example cooperative: filled through the same commands as a real one, on a clock of its own.
//!
//! Its people, places and statements are fictitious; the figures of year 0 are those of the
//! network's preparatory study (107 000 € over four sources, 65 places at 3 000 €).

mod bank;
mod calendar;
mod money;
mod offices;
mod people;
mod places;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use ledger::base::CertificateRef;
use ledger::registrar::{Clock, Keys, Registrar, SystemClock};
use ledger::store::{Store, Target};

use crate::config::{Config, DemoKey};
use crate::{App, Shared};
use calendar::{Calendar, DemoClock};
use offices::Offices;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Where the example's book grows before it is put in place: a filling cut short leaves no book.
const FILLING: &str = "en-cours";

/// What is moved into place when the filling is done; the book comes last.
const PIECES: [&str; 5] = ["keys", "cles-demo", "releves", "vault.db", "book.db"];

/// The example cooperative, ready to be served.
#[derive(Debug)]
pub struct Demo {
    /// The portal's settings and the way in.
    pub app: App,
    /// A certificate to look at first.
    pub certificate: Option<CertificateRef>,
    /// A bank statement that nobody has imported yet.
    pub statement: PathBuf,
}

/// Opens the example in `data`, after filling it if there is none yet.
///
/// # Errors
/// What the file system, the store or the rules answered; a filling cut short is begun again.
pub async fn open(data: &Path, port: u16) -> Outcome<Demo> {
    if !data.join("book.db").exists() {
        fill(data, port).await?;
    }
    let registrar = registrar(data, Arc::new(SystemClock)).await?;
    let offices = Offices::load(&data.join("cles-demo"))?;
    let config = settings(port, Some(offices.offered()));
    let newest = registrar.book().state().registers.shares.certificates().last().cloned();
    Ok(Demo {
        app: App { registrar, config },
        certificate: newest.map(|certificate| certificate.fact.certificate),
        statement: data.join("releves").join(bank::LEFT_TO_IMPORT),
    })
}

impl Demo {
    /// Five lines: where the portal is and what to look at.
    pub fn welcome(&self, data: &Path) -> String {
        let base = &self.app.config.base_url;
        let certificate = self.certificate.as_ref().map(ToString::to_string).unwrap_or_default();
        format!(
            "Portail      {base}  (dossier {})\n\
             À voir       {base}/souscrire  {base}/comptes  {base}/verifier\n\
             Certificat   {base}/attestation/{certificate}.pdf\n\
             Offices      {base}/connexion  (relevé à importer : {})\n\
             Contrôle     ledger-verify {base}\n",
            data.display(),
            self.statement.display(),
        )
    }
}

/// A fresh folder for an example that need not be kept.
///
/// # Errors
/// What the file system answered.
pub fn temporary_folder() -> std::io::Result<PathBuf> {
    let suffix =
        u64::from_be_bytes(ledger::registrar::keys::random().map_err(std::io::Error::other)?);
    let folder = std::env::temp_dir().join(format!("fonciere-demo-{suffix:016x}"));
    fs::create_dir(&folder)?;
    Ok(folder)
}

fn settings(port: u16, demo: Option<Vec<DemoKey>>) -> Config {
    Config { entries_open: true, demo, ..Config::from_environment(port) }
}

async fn registrar(data: &Path, clock: Arc<dyn Clock>) -> Outcome<Arc<Registrar>> {
    let store = Store::open(&Target::Folder(data.to_owned())).await?;
    Ok(Registrar::open(store, Keys::load(&data.join("keys"))?, clock).await?)
}

/// Fills a new book aside, then moves it into place.
async fn fill(data: &Path, port: u16) -> Outcome<()> {
    let aside = data.join(FILLING);
    if aside.exists() {
        fs::remove_dir_all(&aside)?;
    }
    for piece in PIECES {
        let left = data.join(piece);
        if left.is_dir() {
            fs::remove_dir_all(&left)?;
        } else if left.exists() {
            fs::remove_file(&left)?;
        }
    }
    fs::create_dir_all(&aside)?;
    let instant = Arc::new(AtomicI64::new(0));
    let clock = Arc::new(DemoClock(Arc::clone(&instant)));
    let calendar = Calendar::ending_now(SystemClock.now_ms(), instant);
    {
        let story = Story::begin(&aside, clock, calendar, port).await?;
        story.told().await?;
        story.shared.registrar.store().close().await;
    }
    for piece in PIECES {
        fs::rename(aside.join(piece), data.join(piece))?;
    }
    fs::remove_dir_all(&aside)?;
    Ok(())
}

/// What every part of the filling needs: the portal's own way in, the offices' keys, the calendar.
struct Story {
    shared: Arc<Shared>,
    offices: Offices,
    calendar: Calendar,
    folder: PathBuf,
}

impl Story {
    async fn begin(
        folder: &Path,
        clock: Arc<DemoClock>,
        calendar: Calendar,
        port: u16,
    ) -> Outcome<Self> {
        calendar.previous_year(12, 1);
        let store = Store::create(&Target::Folder(folder.to_owned())).await?;
        let keys = Keys::create(&folder.join("keys"), offices::ORIGIN)?;
        let registrar = Registrar::open(store, keys, clock).await?;
        let offices = Offices::create(&folder.join("cles-demo"))?;
        let shared = Shared::new(registrar, settings(port, None));
        Ok(Self { shared: Arc::new(shared), offices, calendar, folder: folder.to_owned() })
    }

    /// The whole story, from the opening to this morning.
    async fn told(&self) -> Outcome<()> {
        offices::open_book(self).await?;
        bank::open_account(self).await?;
        let places = places::register(self).await?;
        money::booking_tool(self, &places).await?;
        money::adopt_budget(self).await?;
        let people = people::subscribe(self, &places).await?;
        bank::founders_pay(self, &people).await?;
        people::founding_decision(self, &people).await?;
        money::award_grants(self).await?;
        money::spend(self, &places).await?;
        bank::year_goes_on(self, &people).await?;
        people::second_decision(self, &people).await?;
        people::certificates(self, &people).await?;
        bank::leave_a_statement(self, &people)
    }
}
