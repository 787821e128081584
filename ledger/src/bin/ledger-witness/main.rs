//! The auditor's program: a witness that cosigns what only grows, over HTTP or by files.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program")]

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use ledger::cosigner::{self, Limits, State, WitnessService};
use ledger::log::witness::{Answer, Cosigner, MAX_REQUEST};
use ledger::log::{SigningKey, VerifierKey};
use ledger::registrar::keys::{random, read_signing_key, write_key};
use ledger::registrar::{SystemClock, asked_to_stop};

/// Témoin d’un journal : cosigne les points de contrôle qui prolongent celui d’avant, et eux seuls.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Crée la clé du témoin et son état, vide : une fois pour toutes
    NewKey {
        /// Nom du témoin, par exemple `temoin.mon-domaine.fr`
        name: String,
        /// Fichier de la clé, à créer
        #[arg(long)]
        out: PathBuf,
        /// Dossier de l’état, à créer
        #[arg(long)]
        state: PathBuf,
    },
    /// Répond par HTTP (`POST /add-checkpoint`)
    Serve {
        #[command(flatten)]
        witness: Witness,
        /// Adresse et port
        #[arg(long, default_value = "127.0.0.1:8090")]
        listen: SocketAddr,
    },
    /// Répond à une demande reçue en fichier, par courriel ou sur une clé USB
    Cosign {
        #[command(flatten)]
        witness: Witness,
        /// La demande (`ledger-admin witness-request`)
        request: PathBuf,
        /// La réponse, à créer
        answer: PathBuf,
    },
}

#[derive(Args)]
struct Witness {
    /// Clé du témoin
    #[arg(long)]
    key: PathBuf,
    /// Dossier de l’état
    #[arg(long)]
    state: PathBuf,
    /// Clé publique d’un journal suivi, obtenue par une voie sûre (à répéter)
    #[arg(long = "log", value_name = "VKEY", required = true)]
    logs: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    match run(Arguments::parse().action).await {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(action: Action) -> Result<String, String> {
    match action {
        Action::NewKey { name, out, state } => new_key(&name, &out, &state),
        Action::Serve { witness, listen } => {
            let service = Arc::new(open(&witness)?);
            let listener = tokio::net::TcpListener::bind(listen).await;
            let listener = listener.map_err(|error| format!("{listen} : {error}"))?;
            let address = listener.local_addr().map_err(|error| error.to_string())?;
            println!("le témoin écoute sur http://{address}/");
            let stop = asked_to_stop();
            let served = cosigner::serve(listener, service, Limits::default(), stop).await;
            served.map_err(|error| error.to_string())?;
            Ok("le témoin s’arrête".into())
        }
        Action::Cosign { witness, request, answer } => cosign(&witness, &request, &answer),
    }
}

fn new_key(name: &str, out: &Path, state: &Path) -> Result<String, String> {
    let seed = random::<32>().map_err(|error| error.to_string())?;
    let key = SigningKey::generate_cosigner(name, seed).map_err(|error| error.to_string())?;
    // The state first: a key without its state is of no use, a state without its key does no harm.
    State::create(state, key.verifier()).map_err(|error| error.to_string())?;
    write_key(out, &key.to_file_text()).map_err(|error| error.to_string())?;
    Ok(key.vkey())
}

fn open(witness: &Witness) -> Result<WitnessService, String> {
    let key = read_signing_key(&witness.key).map_err(|error| error.to_string())?;
    let logs: Result<Vec<_>, _> = witness.logs.iter().map(|v| VerifierKey::parse(v)).collect();
    let logs = logs.map_err(|error| format!("clé --log : {error}"))?;
    let cosigner = Cosigner::new(key, logs).map_err(|error| error.to_string())?;
    let state = State::open(&witness.state, cosigner.verifier()).map_err(|e| e.to_string())?;
    Ok(WitnessService::new(cosigner, state, Arc::new(SystemClock)))
}

fn cosign(witness: &Witness, request: &Path, answer: &Path) -> Result<String, String> {
    let file = |path: &Path, error: std::io::Error| format!("`{}` : {error}", path.display());
    let length = fs::metadata(request).map_err(|error| file(request, error))?.len();
    if usize::try_from(length).is_ok_and(|length| length > MAX_REQUEST) {
        return Err(format!("`{}` n’est pas une demande : trop long", request.display()));
    }
    let asked = fs::read(request).map_err(|error| file(request, error))?;
    if answer.exists() {
        return Err(format!("`{}` existe déjà : rien n’a été cosigné", answer.display()));
    }
    let answered = open(witness)?.answer(&asked);
    fs::write(answer, answered.body()).map_err(|error| file(answer, error))?;
    let sent = format!("la réponse est dans `{}`", answer.display());
    match answered {
        Answer::Cosigned(_) => Ok(format!("cosigné ; {sent}")),
        Answer::Conflict(size) => Err(format!(
            "pas cosigné : ce témoin a cosigné la taille {} ; {sent}, à renvoyer pour une autre demande",
            size.unwrap_or(0)
        )),
        Answer::BadProof(why) => Err(format!(
            "PAS COSIGNÉ : ce journal ne prolonge pas ce que le témoin a cosigné ({why}). \
             Gardez la demande : c’est un indice de falsification ; {sent}"
        )),
        other => Err(format!(
            "pas cosigné : {} ; {sent}",
            String::from_utf8_lossy(&other.body()).trim_end()
        )),
    }
}
