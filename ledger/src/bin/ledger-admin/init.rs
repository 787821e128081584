//! Opening a book and enrolling the keys of its offices.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::authority::{AdminKey, EnrolKey, OpenBook, Role};
use ledger::base::{Count, Day};
use ledger::bylaws::Bylaws;
use ledger::command::Command;
use ledger::decide::decide;
use ledger::event::Event;
use ledger::log::SigningKey;
use ledger::registrar::keys::{random, write_key};
use ledger::registrar::{Clock, Keys, NewKeys, Registrar, SystemClock};
use ledger::state::State;
use ledger::store::{Failure, Store, Target};

use crate::{Trouble, book};

/// A model of bylaws, to be adapted: that of the example cooperative.
pub(crate) const EXAMPLE: &str = include_str!("../../../examples/statuts.json");

/// Makes a signing key and writes it in a new file.
pub(crate) fn new_key(name: &str, out: &Path) -> Result<String, String> {
    let seed = random::<32>().map_err(|error| error.to_string())?;
    let key = SigningKey::generate(name, seed).map_err(|error| error.to_string())?;
    write_key(out, &key.to_file_text()).map_err(|error| error.to_string())?;
    Ok(key.vkey())
}

/// Opens a new book: the server's keys, the store, and leaf 0 with the desk's key enrolled after.
pub(crate) async fn open_book(
    data: &Path,
    bylaws: &Path,
    origin: &str,
    admin_keys: &[PathBuf],
    threshold: u32,
) -> Result<String, String> {
    let text =
        std::fs::read_to_string(bylaws).map_err(|e| format!("`{}` : {e}", bylaws.display()))?;
    let bylaws: Bylaws =
        serde_json::from_str(&text).map_err(|error| format!("statuts illisibles : {error}"))?;
    let admins = book::read_keys(admin_keys)?;
    let signers: Vec<&SigningKey> = admins.iter().collect();
    let folder = book::key_folder(data);
    let keys = NewKeys::take_up(&folder, origin).map_err(|error| error.to_string())?;
    let (log_vkey, desk) = (keys.log.vkey(), keys.desk.clone());
    let ask = OpenBook {
        origin: origin.to_owned(),
        log_vkey: log_vkey.clone(),
        admins: named(&admins),
        threshold: Count::new(threshold),
        bylaws,
        charter_sha256: None,
    };
    let command = Command::OpenBook(Box::new(ask));
    // The rules first: a book that would be refused leaves no file behind.
    let today = Day::of_unix_ms(SystemClock.now_ms()).unwrap_or(Day::EPOCH);
    let facts = decide(&State::default(), today, command.clone()).map_err(|no| no.to_string())?;
    let store = new_or_begun(&book::target(data)).await.map_err(|error| error.to_string())?;
    // Every key is on the disk before leaf 0 is, so none is made for a book that has leaves.
    if store.head().await.map_err(|error| error.to_string())?.size == 0 {
        keys.write(&folder).map_err(|error| error.to_string())?;
    }
    let keys = Keys::load(&folder).map_err(|error| error.to_string())?;
    let registrar = Registrar::open(store, keys, Arc::new(SystemClock))
        .await
        .map_err(|error| error.to_string())?;
    if registrar.book().size() == 0 {
        book::told(book::perform(&registrar, command, Vec::new(), &signers).await)?;
    }
    cut_short(&registrar, &facts).map_err(|why| {
        let place = data.display();
        format!("{} : {why}", Failure::AlreadyThere { place: place.to_string() })
    })?;
    enrol_with(&registrar, &desk, "guichet du portail".into(), Role::Desk, &signers).await?;
    Ok(format!("livre ouvert dans {}\nclé du journal : {log_vkey}", data.display()))
}

/// A new book, or one whose opening was cut short before its first leaf, or after it.
async fn new_or_begun(target: &Target) -> Result<Store, Failure> {
    match Store::create(target).await {
        Err(Failure::AlreadyThere { .. }) => Store::open(target).await,
        made => made,
    }
}

/// Whether what is left to do is to enrol the desk, by the same leaf 0; otherwise why not.
fn cut_short(registrar: &Registrar, facts: &[Event]) -> Result<(), &'static str> {
    let book = registrar.book();
    let authority = &book.state().registers.authority;
    if authority.opened() != facts.iter().find_map(Event::opening) {
        return Err(
            "il a été ouvert autrement (origine, administrateurs, seuil, statuts ou clé du \
                    journal) ; rien n’y est changé. Donnez un autre dossier, ou relancez `init` avec \
                    ce qui a servi à l’ouvrir",
        );
    }
    if authority.keys().any(|key| key.role == Role::Desk) {
        return Err("il est ouvert, il n’y a rien à reprendre");
    }
    Ok(())
}

/// The administrators by number: a key's holder is an office, never a person's name.
fn named(admins: &[SigningKey]) -> Vec<AdminKey> {
    let name = |(at, key): (usize, &SigningKey)| AdminKey {
        holder: format!("administrateur {}", at.saturating_add(1)),
        vkey: key.vkey(),
    };
    admins.iter().enumerate().map(name).collect()
}

/// Enrols the key of an office in an existing book.
pub(crate) async fn enrol(
    data: &Path,
    key: &Path,
    holder: String,
    role: Role,
    admin_keys: &[PathBuf],
) -> Result<String, Trouble> {
    let registrar = book::open(data).await?;
    let admins = book::read_keys(admin_keys)?;
    let key = ledger::registrar::keys::read_signing_key(key).map_err(|error| error.to_string())?;
    Ok(enrol_with(&registrar, &key, holder, role, &admins.iter().collect::<Vec<_>>()).await?)
}

async fn enrol_with(
    registrar: &Registrar,
    key: &SigningKey,
    holder: String,
    role: Role,
    admins: &[&SigningKey],
) -> Result<String, String> {
    let ask = EnrolKey { holder, role, vkey: key.vkey() };
    let mut signers = admins.to_vec();
    signers.push(key);
    let command = Command::EnrolKey(ask);
    book::told(book::perform(registrar, command, Vec::new(), &signers).await)
}
