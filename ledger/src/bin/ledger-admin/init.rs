//! Opening a book and enrolling the keys of its offices.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use ledger::authority::{AdminKey, EnrolKey, OpenBook, Predecessor, Role, SucceedBook};
use ledger::base::{Count, Day, Digest, LeafIndex};
use ledger::bylaws::Bylaws;
use ledger::command::Command;
use ledger::decide::decide;
use ledger::event::Event;
use ledger::keep::in_french;
use ledger::log::hash::sha256;
use ledger::log::{Checkpoint, SigningKey, VerifierKey};
use ledger::registrar::keys::{random, write_key};
use ledger::registrar::witness::{POLICY_FILE, read_policy};
use ledger::registrar::{Clock, Keys, NewKeys, Registrar, SystemClock};
use ledger::state::State;
use ledger::store::{Failure, Store, Target};

use crate::checkpoint::checkpoint;
use crate::{Trouble, book};

/// A model of bylaws, to be adapted: that of the example cooperative.
pub(crate) const EXAMPLE: &str = include_str!("../../../examples/statuts.json");

/// Makes a signing key and writes it in a new file.
pub(crate) fn new_key(name: &str, out: &Path) -> Result<String, String> {
    let seed = random::<32>().map_err(|error| in_french(&error))?;
    let key = SigningKey::generate(name, seed).map_err(|error| in_french(&error))?;
    write_key(out, &key.to_file_text()).map_err(|error| in_french(&error))?;
    Ok(key.vkey())
}

/// What a book opens with.
#[derive(Args)]
pub(crate) struct Opening {
    /// Dossier du livre (créé s’il n’existe pas)
    #[arg(long)]
    data: PathBuf,
    /// Statuts et paramètres datés (JSON ; voir `example`)
    #[arg(long)]
    bylaws: PathBuf,
    /// Origine du journal, par exemple `livre.ma-cooperative.fr/parts`
    #[arg(long)]
    origin: String,
    /// Clé d’un administrateur (à répéter)
    #[arg(long = "admin-key", required = true)]
    admin_keys: Vec<PathBuf>,
    /// Nombre d’administrateurs qui signent une inscription de clé
    #[arg(long, default_value_t = 2)]
    threshold: u32,
    /// Les statuts signés (PDF ou autre) : leur empreinte est inscrite dans la feuille 0
    #[arg(long)]
    charter: Option<PathBuf>,
    /// La politique de témoins : son empreinte est inscrite dans la feuille 0, et elle est mise dans le
    /// dossier du livre
    #[arg(long)]
    policy: Option<PathBuf>,
    /// Dernier point de contrôle du journal auquel celui-ci succède, quand sa clé n’est plus sûre
    #[arg(long, requires = "predecessor_vkey")]
    predecessor: Option<PathBuf>,
    /// Clé publique du journal auquel celui-ci succède
    #[arg(long, requires = "predecessor")]
    predecessor_vkey: Option<String>,
}

/// Opens a new book: the server's keys, the store, and leaf 0 with the desk's key enrolled after.
pub(crate) async fn open_book(opening: &Opening) -> Result<String, String> {
    let data = opening.data.as_path();
    let admins = book::read_keys(&opening.admin_keys)?;
    let signers: Vec<&SigningKey> = admins.iter().collect();
    let folder = book::key_folder(data);
    let keys = NewKeys::take_up(&folder, &opening.origin).map_err(|error| in_french(&error))?;
    let (log_vkey, desk) = (keys.log.vkey(), keys.desk.clone());
    let command = command(opening, &admins, log_vkey.clone())?;
    // The rules first: a book that would be refused leaves no file behind.
    let today = Day::of_unix_ms(SystemClock.now_ms()).unwrap_or(Day::EPOCH);
    let facts = decide(&State::default(), today, command.clone()).map_err(|no| in_french(&no))?;
    let store = new_or_begun(&book::target(data)).await.map_err(|error| in_french(&error))?;
    // Every key is on the disk before leaf 0 is, so none is made for a book that has leaves.
    if store.head().await.map_err(|error| in_french(&error))?.size == 0 {
        keys.write(&folder).map_err(|error| in_french(&error))?;
    }
    opening.policy.as_deref().map_or(Ok(()), |policy| put_policy(policy, data))?;
    let keys = Keys::load(&folder).map_err(|error| in_french(&error))?;
    let registrar = Registrar::open(store, keys, Arc::new(SystemClock))
        .await
        .map_err(|error| in_french(&error))?;
    if registrar.book().size() == 0 {
        book::told(book::perform(&registrar, command, Vec::new(), &signers).await)?;
    }
    cut_short(&registrar, &facts)
        .map_err(|why| format!("il y a déjà un livre dans {} : {why}", data.display()))?;
    enrol_with(&registrar, &desk, "guichet du portail".into(), Role::Desk, &signers).await?;
    Ok(format!("livre ouvert dans {}\nclé du journal : {log_vkey}", data.display()))
}

/// The command that leaf 0 comes of.
fn command(opening: &Opening, admins: &[SigningKey], log_vkey: String) -> Result<Command, String> {
    let bylaws: Bylaws = serde_json::from_slice(&read(&opening.bylaws)?)
        .map_err(|error| format!("statuts illisibles : {error}"))?;
    if let Some(policy) = &opening.policy {
        read_policy(Path::new(""), Some(policy.clone())).map_err(|error| in_french(&error))?;
    }
    let ask = OpenBook {
        origin: opening.origin.clone(),
        log_vkey,
        admins: named(admins),
        threshold: Count::new(opening.threshold),
        bylaws,
        charter_sha256: opening.charter.as_deref().map(digest).transpose()?,
        policy_sha256: opening.policy.as_deref().map(digest).transpose()?,
    };
    let former = opening.predecessor.as_deref().zip(opening.predecessor_vkey.as_deref());
    let Some((note, vkey)) = former else { return Ok(Command::OpenBook(Box::new(ask))) };
    let predecessor = predecessor(note, vkey)?;
    Ok(Command::SucceedBook(Box::new(SucceedBook { opening: ask, predecessor })))
}

/// The log that this one follows, by a checkpoint that its key has signed.
fn predecessor(file: &Path, vkey: &str) -> Result<Predecessor, String> {
    let key = VerifierKey::parse(vkey)
        .map_err(|error| format!("clé --predecessor-vkey : {}", in_french(&error)))?;
    let (last, _) = Checkpoint::open(&checkpoint(file)?, &key)
        .map_err(|error| format!("`{}` : {}", file.display(), in_french(&error)))?;
    Ok(Predecessor {
        log_vkey: vkey.to_owned(),
        origin: last.origin,
        root: last.root.to_base64(),
        size: LeafIndex::new(last.size),
    })
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|error| format!("`{}` : {error}", file.display()))
}

fn digest(file: &Path) -> Result<Digest, String> {
    Ok(Digest::from_bytes(sha256(&read(file)?)))
}

/// Puts the policy into the folder of the book, where another must not be.
fn put_policy(file: &Path, data: &Path) -> Result<(), String> {
    let (policy, place) = (read(file)?, data.join(POLICY_FILE));
    if !place.exists() {
        return write_key(&place, &policy).map_err(|error| in_french(&error));
    }
    if read(&place)? == policy {
        return Ok(());
    }
    Err(format!("`{}` est une autre politique de témoins ; rien n’y est changé", place.display()))
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
    let other_predecessor = facts.iter().any(|fact| match fact {
        Event::BookSucceeded(fact) => authority.predecessor() != Some(&fact.predecessor),
        _ => authority.predecessor().is_some(),
    });
    if other_predecessor || authority.opened() != facts.iter().find_map(Event::opening) {
        return Err(
            "il a été ouvert autrement (origine, administrateurs, seuil, statuts, politique, clé du \
                    journal ou prédécesseur) ; rien n’y est changé. Donnez un autre dossier, ou relancez `init` avec \
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
    let key = ledger::registrar::keys::read_signing_key(key).map_err(|error| in_french(&error))?;
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
