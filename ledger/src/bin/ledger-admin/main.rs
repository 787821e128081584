//! The operator's program: opens a book, enrols keys, records facts, imports and exports.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program")]

mod book;
#[path = "../shared/checkpoint.rs"]
mod checkpoint;
mod erase;
mod init;
mod keep;
mod keys;
mod signer;
mod statement;
mod witness;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use ledger::authority::Role;
use ledger::keep::{KeepError, in_french};
use ledger::members::ErasureReason;
use ledger::registrar::StartError;

/// Outils de l’exploitant : ouvrir un livre, inscrire une clé, enregistrer un fait, exporter.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Affiche un modèle de statuts (JSON) à adapter avant `init`
    Example,
    /// Crée une clé de signature dans un fichier lisible de vous seul
    NewKey {
        /// Nom de la clé : `<origine>/k/<pseudonyme>`
        name: String,
        /// Fichier à créer
        #[arg(long)]
        out: PathBuf,
    },
    /// Ouvre un livre neuf : écrit la feuille 0, signée par les administrateurs
    Init(init::Opening),
    /// Inscrit la clé d’un office, signée par elle-même et par les administrateurs
    Enrol {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
        /// La clé à inscrire
        #[arg(long)]
        key: PathBuf,
        /// Libellé de l’office, jamais un nom de personne
        #[arg(long)]
        holder: String,
        /// officer, treasurer, auditor, admin
        #[arg(long, value_parser = role)]
        role: Role,
        /// Clé d’un administrateur (à répéter)
        #[arg(long = "admin-key", required = true)]
        admin_keys: Vec<PathBuf>,
    },
    #[command(flatten)]
    Keys(keys::KeyAction),
    /// Soumet une commande (JSON), signée par les clés données
    Submit {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
        /// Clé qui signe (à répéter)
        #[arg(long = "key", required = true)]
        keys: Vec<PathBuf>,
        /// Fichier de la commande, ou `-` pour l’entrée standard
        command: PathBuf,
    },
    /// Importe un relevé bancaire CAMT.053, signé par le trésorier
    ImportStatement {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
        /// Clé du trésorier
        #[arg(long)]
        key: PathBuf,
        /// Accepter un relevé dont les soldes ne s’enchaînent pas
        #[arg(long)]
        accept_unbalanced: bool,
        /// Le relevé
        file: PathBuf,
    },
    /// Efface les données personnelles qu’aucune obligation ne fait garder, signé par le bureau
    Erase {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
        /// Clé d’un membre du bureau (à répéter)
        #[arg(long = "key")]
        keys: Vec<PathBuf>,
        /// requested (demandé par la personne) ou no-longer-needed (durée écoulée)
        #[arg(long, value_parser = erase::reason, default_value = "requested")]
        reason: ErasureReason,
        /// Dit seulement ce qui serait effacé et gardé, et jusqu’à quand ; n’écrit rien
        #[arg(long)]
        dry_run: bool,
        /// Référence de la personne : `m_…`
        member: String,
    },
    /// Signe les points de contrôle dans un processus à part : le portail ne tient plus la clé du journal
    Signer {
        /// Clé du journal (à répéter pendant un changement de clé)
        #[arg(long = "key", required = true)]
        keys: Vec<PathBuf>,
        /// Fichier de la dernière tête signée
        #[arg(long)]
        state: PathBuf,
        /// Socket Unix sur laquelle le portail le trouve (`FONCIERE_SIGNER_SOCKET`)
        #[arg(long)]
        socket: PathBuf,
    },
    /// Crée l’état d’un signataire qui n’en a plus, à partir d’un point de contrôle signé du journal
    SignerState {
        /// Clé du journal
        #[arg(long)]
        key: PathBuf,
        /// Fichier à créer
        #[arg(long)]
        state: PathBuf,
        /// Le point de contrôle le plus grand que quelqu’un détienne, ou ce qui en porte un : preuve
        /// (`.tlog-proof`), attestation (PDF)
        #[arg(long)]
        checkpoint: PathBuf,
    },
    /// Écrit la demande à un témoin, à lui porter par courriel ou clé USB (`ledger-witness cosign`)
    WitnessRequest {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
        /// Nom du témoin dans la politique
        #[arg(long)]
        witness: String,
        /// Taille que le témoin dit avoir cosignée ; par défaut, celle de sa dernière cosignature gardée
        #[arg(long, value_name = "TAILLE")]
        from: Option<u64>,
        /// Fichier à créer
        #[arg(long)]
        out: PathBuf,
    },
    /// Prend la réponse d’un témoin : garde sa cosignature, ou la preuve qui contredit ce livre
    WitnessAnswer {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
        /// La demande à laquelle elle répond ; nécessaire pour un refus
        #[arg(long, requires = "witness")]
        request: Option<PathBuf>,
        /// Nom du témoin dans la politique ; nécessaire pour un refus
        #[arg(long, requires = "request")]
        witness: Option<String>,
        /// La réponse
        answer: PathBuf,
    },
    /// Vérifie chaque ligne du livre contre le journal, et nomme chaque faute ; 0 seulement s’il n’y en a aucune
    Fsck {
        /// Dossier du livre (et de ses clés)
        #[arg(long)]
        data: PathBuf,
    },
    /// Sauvegarde le livre, portail en marche : journal d’un côté, coffre scellé de l’autre
    Backup {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
        /// Dossier à créer
        #[arg(long)]
        out: PathBuf,
        /// Y mettre aussi les clés du serveur (jamais l’état du signataire ni le dernier point de contrôle vu)
        #[arg(long)]
        with_keys: bool,
    },
    /// Restaure une sauvegarde dans un dossier vide (ou dans la base vide de `FONCIERE_DATABASE_URL`)
    Restore {
        /// La sauvegarde
        #[arg(long)]
        from: PathBuf,
        /// Dossier du nouveau livre : vide, ou avec ses seules clés dans `keys`
        #[arg(long)]
        data: PathBuf,
        /// Archive plus récente du même journal, qui complète la sauvegarde
        #[arg(long)]
        archive: Option<PathBuf>,
    },
    /// Reconstruit le journal d’un livre abîmé depuis une archive ; l’ancien est gardé à côté
    Repair {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
        /// L’archive (ou la sauvegarde), au moins aussi récente que ce qui a été signé
        #[arg(long)]
        from: PathBuf,
    },
    /// Exporte une archive : le journal en arborescence statique (tlog-tiles), vérifiable hors ligne
    Export {
        /// Dossier du livre
        #[arg(long)]
        data: PathBuf,
        /// Dossier à créer
        #[arg(long)]
        out: PathBuf,
        /// Y mettre en clair les données personnelles de ce membre (à répéter), ou `all` : pour un contrôleur
        #[arg(long, value_name = "MEMBRE")]
        disclose: Vec<String>,
        /// Politique de confiance à y joindre (tlog-policy)
        #[arg(long)]
        policy: Option<PathBuf>,
    },
}

/// Why nothing was done, and the status to end with.
#[derive(Debug)]
struct Trouble {
    words: String,
    status: u8,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words)
    }
}

impl From<String> for Trouble {
    fn from(words: String) -> Self {
        Self { words, status: 1 }
    }
}

impl From<KeepError> for Trouble {
    fn from(error: KeepError) -> Self {
        Self { words: error.to_string(), status: error.exit_status() }
    }
}

impl From<StartError> for Trouble {
    fn from(error: StartError) -> Self {
        Self { words: in_french(&error), status: error.exit_status() }
    }
}

fn role(text: &str) -> Result<Role, String> {
    let quoted = serde_json::Value::String(text.to_owned());
    serde_json::from_value(quoted).map_err(|_| "admin, officer, treasurer ou auditor".to_owned())
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().action).await {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::from(trouble.status)
        }
    }
}

async fn run(action: Action) -> Result<String, Trouble> {
    Ok(match action {
        Action::Example => init::EXAMPLE.trim_end().to_owned(),
        Action::NewKey { name, out } => init::new_key(&name, &out)?,
        Action::Init(opening) => init::open_book(&opening).await?,
        Action::Enrol { data, key, holder, role, admin_keys } => {
            init::enrol(&data, &key, holder, role, &admin_keys).await?
        }
        Action::Keys(action) => keys::run(action).await?,
        Action::Submit { data, keys, command } => book::submit(&data, &keys, &command).await?,
        Action::ImportStatement { data, key, accept_unbalanced, file } => {
            statement::import(&data, &key, &file, accept_unbalanced).await?
        }
        Action::Erase { data, keys, reason, dry_run, member } => {
            erase::person(&data, &member, reason, (!dry_run).then_some(&keys)).await?
        }
        Action::Signer { keys, state, socket } => signer::run(&keys, &state, &socket)?,
        Action::SignerState { key, state, checkpoint } => signer::begin(&key, &state, &checkpoint)?,
        Action::WitnessRequest { data, witness, from, out } => {
            witness::request(&data, &witness, from, &out).await?
        }
        Action::WitnessAnswer { data, request, witness, answer } => {
            let asked = witness.as_deref().zip(request.as_deref());
            witness::answer(&data, asked, &answer).await?
        }
        Action::Fsck { data } => keep::check(&data).await?,
        Action::Backup { data, out, with_keys } => keep::backup(&data, &out, with_keys).await?,
        Action::Restore { from, data, archive } => {
            keep::restore(&from, &data, archive.as_deref()).await?
        }
        Action::Repair { data, from } => keep::repair(&data, &from).await?,
        Action::Export { data, out, disclose, policy } => {
            keep::export(&data, &out, disclose, policy.as_deref()).await?
        }
    })
}
