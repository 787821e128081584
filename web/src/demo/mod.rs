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

/// Held while an example grows: a second start on the same folder must not take it away.
const LOCK: &str = "en-cours.verrou";

/// The book's file: where it is, an example is complete.
const BOOK: &str = "book.db";

/// What is moved into place when the filling is done; the book comes last.
const PIECES: [&str; 5] = ["keys", "cles-demo", "releves", "vault.db", BOOK];

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
    if !data.join(BOOK).exists() {
        fill_alone(data, port).await?;
    }
    if !data.join("cles-demo").is_dir() {
        let folder = data.display();
        let why = format!(
            "`{folder}` holds a book that is not the example; `fonciere serve --data {folder}` serves it"
        );
        return Err(why.into());
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
             Contrôle     cargo run --release -p ledger --bin ledger-verify -- {base}\n",
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

/// Fills a new book unless another process is doing it, or has just done it.
async fn fill_alone(data: &Path, port: u16) -> Outcome<()> {
    fs::create_dir_all(data)?;
    let lock = data.join(LOCK);
    let held = fs::File::create(&lock)?;
    if held.try_lock().is_err() {
        return Err(format!("another process is filling `{}`; wait for it", data.display()).into());
    }
    // Somebody else may have filled it between the first look and the lock.
    let filled = if data.join(BOOK).exists() { Ok(()) } else { fill(data, port).await };
    fs::remove_file(&lock)?;
    filled
}

/// Takes away what a filling cut short has left, and nothing else: keys without a book may be those
/// of a book that is kept elsewhere.
fn clear(data: &Path) -> Outcome<()> {
    let aside = data.join(FILLING);
    let left = || PIECES.map(|piece| data.join(piece)).into_iter().filter(|path| path.exists());
    if !aside.exists() {
        return match left().next() {
            Some(found) => Err(format!(
                "`{}` is there, but no example's book: nothing is touched, choose another folder",
                found.display()
            )
            .into()),
            None => Ok(()),
        };
    }
    for path in left() {
        if path.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
    }
    Ok(fs::remove_dir_all(&aside)?)
}

/// Fills a new book aside, then moves it into place.
async fn fill(data: &Path, port: u16) -> Outcome<()> {
    clear(data)?;
    let aside = data.join(FILLING);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> PathBuf {
        temporary_folder().expect("a folder")
    }

    #[test]
    fn keys_without_a_book_are_not_taken_away() {
        let data = folder();
        fs::create_dir(data.join("keys")).expect("a folder");
        fs::write(data.join("keys/vault.key"), "precious").expect("written");
        assert!(clear(&data).is_err());
        assert!(data.join("keys/vault.key").exists());
        fs::remove_dir_all(data).expect("swept");
    }

    #[test]
    fn what_a_filling_cut_short_has_left_is_taken_away() {
        let data = folder();
        fs::create_dir(data.join(FILLING)).expect("a folder");
        fs::create_dir(data.join("keys")).expect("a folder");
        fs::write(data.join("vault.db"), "half").expect("written");
        clear(&data).expect("cleared");
        assert_eq!(fs::read_dir(&data).expect("a folder").count(), 0);
        fs::remove_dir_all(data).expect("swept");
    }

    #[tokio::test]
    async fn a_second_filling_of_the_same_folder_waits() {
        let data = folder();
        fs::create_dir(data.join(FILLING)).expect("a folder");
        let held = fs::File::create(data.join(LOCK)).expect("a file");
        held.try_lock().expect("locked");
        let refused = fill_alone(&data, 8080).await.expect_err("refused").to_string();
        assert!(refused.contains("another process"), "{refused}");
        assert!(data.join(FILLING).exists());
        fs::remove_dir_all(data).expect("swept");
    }
}
