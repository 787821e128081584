//! The example's offices and their keys, kept in files so that a visitor can play each part.

use std::fs;
use std::path::Path;

use ledger::authority::{AdminKey, EnrolKey, OpenBook, Role};
use ledger::base::{Count, Day, DecisionRef};
use ledger::bylaws::Bylaws;
use ledger::command::Command;
use ledger::log::SigningKey;
use ledger::registrar::keys::{random, read_signing_key, write_key};
use ledger::registrar::{PrivateValue, Receipt};

use super::{Outcome, Story};
use crate::config::DemoKey;

/// The origin of the example's log.
pub(super) const ORIGIN: &str = "livre.fonciere-des-tiers-lieux.example/parts";

const BYLAWS: &str = include_str!("../../../ledger/examples/statuts.json");

/// Name, role, label of the office, what the sign-in button says.
const OFFICES: [(&str, Role, &str, &str); 8] = [
    ("administration-1", Role::Admin, "administration, clé 1", "Entrer comme administratrice"),
    (
        "administration-2",
        Role::Admin,
        "administration, clé 2",
        "Entrer comme second administrateur",
    ),
    ("administration-3", Role::Admin, "administration, clé de secours", ""),
    ("bureau-1", Role::Officer, "présidence du conseil", "Entrer comme présidente (bureau)"),
    ("bureau-2", Role::Officer, "secrétariat du conseil", "Entrer comme secrétaire (bureau)"),
    ("bureau-3", Role::Officer, "vice-présidence du conseil", ""),
    ("tresorerie", Role::Treasurer, "trésorerie", "Entrer comme trésorière"),
    ("controle", Role::Auditor, "contrôle des comptes", "Entrer comme contrôleuse"),
];

/// The offices' keys, in the order of [`OFFICES`].
pub(super) struct Offices(Vec<SigningKey>);

impl Offices {
    /// Makes the keys and writes their files.
    pub(super) fn create(folder: &Path) -> Outcome<Self> {
        fs::create_dir_all(folder)?;
        let mut keys = Vec::new();
        for (name, ..) in OFFICES {
            let key = SigningKey::generate(&format!("{ORIGIN}/k/{name}"), random::<32>()?)?;
            write_key(&folder.join(format!("{name}.key")), &key.to_file_text())?;
            keys.push(key);
        }
        Ok(Self(keys))
    }

    /// Reads the keys again.
    pub(super) fn load(folder: &Path) -> Outcome<Self> {
        let read = |(name, ..): &(&str, Role, &str, &str)| {
            read_signing_key(&folder.join(format!("{name}.key")))
        };
        Ok(Self(OFFICES.iter().map(read).collect::<Result<_, _>>()?))
    }

    /// The keys offered on the sign-in page.
    pub(super) fn offered(&self) -> Vec<DemoKey> {
        let offices = self.0.iter().zip(OFFICES);
        let shown = offices.filter(|(_, (.., button))| !button.is_empty());
        shown
            .map(|(key, (.., button))| DemoKey {
                name: key.name().to_owned(),
                label: button.to_owned(),
                file_text: key.to_file_text(),
            })
            .collect()
    }

    fn of(&self, name: &str) -> Outcome<&SigningKey> {
        let found = OFFICES.iter().position(|(known, ..)| *known == name);
        found.and_then(|at| self.0.get(at)).ok_or_else(|| format!("no office {name}").into())
    }
}

impl Story {
    /// Submits a command signed by these offices.
    pub(super) async fn act(&self, command: Command, offices: &[&str]) -> Outcome<Receipt> {
        self.act_with(command, Vec::new(), offices).await
    }

    /// Submits a command with personal values, signed by these offices.
    pub(super) async fn act_with(
        &self,
        command: Command,
        private: Vec<PrivateValue>,
        offices: &[&str],
    ) -> Outcome<Receipt> {
        let keys: Vec<&SigningKey> =
            offices.iter().map(|name| self.offices.of(name)).collect::<Outcome<_>>()?;
        Ok(self.shared.registrar.perform(command, private, &keys).await?)
    }
}

/// A decision of the board on that day.
pub(super) fn decision(on: Day) -> DecisionRef {
    let label = format!("Conseil d’administration du {}", on.in_french());
    DecisionRef { label, minutes_sha256: None, on }
}

/// Opens the book and enrols the desk and the offices, as `ledger-admin init` and `enrol` do.
pub(super) async fn open_book(story: &Story) -> Outcome<()> {
    let bylaws: Bylaws = serde_json::from_str(BYLAWS)?;
    let opened = OpenBook {
        origin: ORIGIN.into(),
        log_vkey: story.shared.registrar.log_vkey()?,
        admins: OFFICES
            .iter()
            .zip(&story.offices.0)
            .filter(|((_, role, ..), _)| *role == Role::Admin)
            .map(|((_, _, label, _), key)| AdminKey { holder: (*label).into(), vkey: key.vkey() })
            .collect(),
        threshold: Count::new(2),
        bylaws,
        charter_sha256: None,
        policy_sha256: None,
    };
    let admins = ["administration-1", "administration-2"];
    story.act(Command::OpenBook(Box::new(opened)), &admins).await?;
    let desk = story.shared.registrar.desk().clone();
    enrol(story, &desk, "guichet du portail", Role::Desk).await?;
    for ((_, role, label, _), key) in OFFICES.iter().zip(&story.offices.0) {
        if *role != Role::Admin {
            enrol(story, key, label, *role).await?;
        }
    }
    Ok(())
}

async fn enrol(story: &Story, key: &SigningKey, holder: &str, role: Role) -> Outcome<()> {
    let ask = EnrolKey { holder: holder.into(), role, vkey: key.vkey() };
    let admins = [story.offices.of("administration-1")?, story.offices.of("administration-2")?];
    let signers = [key, admins[0], admins[1]];
    story.shared.registrar.perform(Command::EnrolKey(ask), Vec::new(), &signers).await?;
    Ok(())
}
