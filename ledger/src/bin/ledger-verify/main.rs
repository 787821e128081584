//! The stranger's program: checks a log, a data folder or an archive, and says yes or no.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program")]

#[path = "../shared/checkpoint.rs"]
mod checkpoint;
mod kept;
mod single;
mod source;
mod vouched;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use ledger::audit::{Depth, Expected, Report, audit_to};
use ledger::base::Digest;
use ledger::log::VerifierKey;
use ledger::state::State;
use vouched::Watched;

/// Vérifie tout un journal : feuilles, signatures, arbre, points de contrôle, règles, comptes.
#[derive(Parser)]
#[command(version, about, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Arguments {
    /// Adresse du journal (http…), dossier donné à `--data`, base (postgres://…) ou archive exportée
    #[arg(required = true)]
    target: Option<String>,
    /// Clé publique du journal, obtenue par une voie sûre (`nom+identifiant+clé`)
    #[arg(long)]
    vkey: Option<String>,
    /// Point de contrôle gardé d’une visite précédente, preuve (`.tlog-proof`) ou attestation (PDF)
    #[arg(long, value_name = "FICHIER")]
    against: Option<PathBuf>,
    /// Politique de témoins (C2SP tlog-policy) : à quels témoins vous vous fiez, et à combien d’entre eux
    #[arg(long, value_name = "FICHIER")]
    policy: Option<PathBuf>,
    /// Vérifie la forme, l’arbre et toutes les signatures, sans les règles ni les comptes
    #[arg(long, conflicts_with = "tree")]
    signatures: bool,
    /// Vérifie les empreintes seules : feuilles, tuiles, racine, points de contrôle
    #[arg(long)]
    tree: bool,
    #[command(subcommand)]
    question: Option<Question>,
}

#[derive(Subcommand)]
enum Question {
    /// Vérifie une seule preuve, sans connexion : la feuille, sa place, la signature du journal, les témoins
    Proof {
        /// Preuve (`.tlog-proof`) ou attestation (PDF)
        file: PathBuf,
        /// Clé publique du journal, obtenue par une voie sûre (à répéter s’il en a changé)
        #[arg(long = "vkey", required = true)]
        vkeys: Vec<String>,
        /// Politique de témoins
        #[arg(long, value_name = "FICHIER")]
        policy: Option<PathBuf>,
    },
    /// Prouve qu’une histoire gardée est le début de celle d’aujourd’hui, ou qu’elle ne l’est pas, sans lire de feuille
    Cross {
        /// Preuve (`.tlog-proof`), attestation (PDF) ou point de contrôle gardé
        known: PathBuf,
        /// Le journal d’aujourd’hui : adresse, dossier ou archive
        #[arg(long, value_name = "CIBLE")]
        against: String,
        /// Clé publique du journal, obtenue par une voie sûre (à répéter s’il en a changé)
        #[arg(long = "vkey", required = true)]
        vkeys: Vec<String>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let said = match &arguments.question {
        Some(Question::Cross { known, against, vkeys }) => kept::cross(known, against, vkeys),
        Some(Question::Proof { file, vkeys, policy }) => {
            single::proof(file, vkeys, policy.as_deref())
        }
        None => run(&arguments),
    };
    match said {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The words before anything that kept the check from being made.
fn nothing_verified(why: &dyn std::fmt::Display) -> String {
    format!("RIEN N’A ÉTÉ VÉRIFIÉ : {why}")
}

fn run(arguments: &Arguments) -> Result<String, String> {
    let vkey = arguments.vkey.as_deref().map(VerifierKey::parse).transpose();
    let vkey = vkey.map_err(|error| nothing_verified(&format!("clé --vkey : {error}")))?;
    let against = arguments.against.as_deref().map(checkpoint::checkpoint).transpose();
    let against = against.map_err(|error| nothing_verified(&format!("--against : {error}")))?;
    let trusted = vkey.is_some();
    let expected = Expected { vkey, against };
    let target = arguments.target.as_deref().unwrap_or_default();
    let policy = vouched::policy(arguments.policy.as_deref())?;
    let source = source::open(target).map_err(|error| nothing_verified(&error))?;
    let source = Watched::read(&source, policy.as_ref()).map_err(|e| nothing_verified(&e))?;
    let depth = match (arguments.signatures, arguments.tree) {
        (true, _) => Depth::Signatures,
        (_, true) => Depth::Tree,
        _ => Depth::Full,
    };
    let report =
        audit_to(&source, &expected, depth).map_err(|error| format!("NON CONFORME : {error}"))?;
    let told = told(&report, trusted);
    match source.verdict(policy.as_ref(), &report.log_keys)? {
        Ok(words) => Ok(told + &words),
        Err(words) => Err(told + &words),
    }
}

/// The papers that leaf 0 names by their digests.
fn papers(state: &State) -> Vec<String> {
    let opened = state.registers.authority.opened();
    let named = |what: &str, digest: Option<&Digest>| {
        digest.map(|digest| format!("  {what} à l’ouverture : sha256 {digest}"))
    };
    let charter = opened.and_then(|opened| named("statuts", opened.charter_sha256.as_ref()));
    let policy = opened.and_then(|opened| named("politique", opened.policy_sha256.as_ref()));
    charter.into_iter().chain(policy).collect()
}

/// The log's former keys, and what waits for a review.
fn doubts(state: &State) -> Vec<String> {
    let authority = &state.registers.authority;
    let mut lines = Vec::new();
    for key in authority.log_keys().filter(|key| key.named.get() > 0) {
        lines.push(format!(
            "  note : depuis la feuille {}, le journal signe avec la clé {} (les deux clés jusqu’à la \
             taille {})",
            key.named, key.vkey, key.both_until
        ));
    }
    if let Some(former) = authority.predecessor() {
        lines.push(format!(
            "  note : ce journal succède à {} (taille {}, racine {})",
            former.origin, former.size, former.root
        ));
    }
    let open: Vec<String> = authority.to_review().map(|open| open.leaf.to_string()).collect();
    if !open.is_empty() {
        lines.push(format!(
            "  À REVOIR : {} feuilles signées par une clé mise en doute : {}",
            open.len(),
            open.join(", ")
        ));
    }
    lines
}

/// What a check of that depth leaves out, in the words of the report.
const fn left_out(depth: Depth) -> &'static [&'static str] {
    match depth {
        Depth::Full => &[],
        Depth::Signatures => &[
            "  NON VÉRIFIÉ : qui avait le droit de signer à ce rang, et combien devaient signer",
            "  NON VÉRIFIÉ : les règles, les registres et les comptes",
        ],
        Depth::Tree => &[
            "  NON VÉRIFIÉ : les signatures des feuilles (seule celle des points de contrôle l’est)",
            "  NON VÉRIFIÉ : la forme et le contenu des feuilles, les règles, les registres et les comptes",
        ],
    }
}

/// The report a person reads.
fn told(report: &Report, trusted: bool) -> String {
    let title = match report.depth {
        Depth::Full => "CONFORME",
        Depth::Signatures => "CONFORME EN PARTIE (forme, arbre et signatures)",
        Depth::Tree => "CONFORME EN PARTIE (empreintes seules)",
    };
    let signatures = match report.depth {
        Depth::Full => format!("{} (toutes vérifiées, validité par index)", report.signatures),
        Depth::Signatures => format!("{} (toutes vérifiées)", report.signatures),
        Depth::Tree => "non lues".to_owned(),
    };
    let mut lines = vec![
        title.to_owned(),
        format!("  journal            {}", report.checkpoint.origin),
        format!("  clé du journal     {}", report.vkey),
        format!("  feuilles           {}", report.leaves),
        format!("  signatures         {signatures}"),
        format!("  tuiles             {} comparées", report.tiles),
        format!("  points de contrôle {} liés à ces feuilles", report.checkpoints),
        format!("  racine             {}", report.checkpoint.root.to_base64()),
    ];
    lines.extend(report.state.as_ref().into_iter().flat_map(figures));
    if !report.kinds.is_empty() {
        lines.push("  faits".to_owned());
    }
    lines.extend(report.kinds.iter().map(|(kind, count)| format!("    {count:>6}  {kind}")));
    lines.extend(report.state.as_ref().into_iter().flat_map(papers));
    lines.extend(report.state.as_ref().into_iter().flat_map(doubts));
    lines.extend(left_out(report.depth).iter().map(|line| (*line).to_owned()));
    let beyond = report.leaves.saturating_sub(report.checkpoint.size);
    if beyond > 0 {
        lines.push(format!(
            "  note : {beyond} feuilles attendent encore leur point de contrôle signé"
        ));
    }
    if !trusted {
        lines.push(
            "  note : la clé du journal vient de la feuille 0 ; comparez-la à celle que".into(),
        );
        lines.push("         vous tenez d’une voie sûre, ou donnez-la avec --vkey".into());
    }
    lines.join("\n") + "\n"
}

/// What the registers and the accounts come to.
fn figures(state: &State) -> [String; 5] {
    let capital = state.registers.shares.capital();
    [
        format!("  associés           {}", state.registers.members.admitted_count()),
        format!("  parts              {}", capital.shares),
        format!("  capital souscrit   {}", capital.subscribed),
        format!("  capital libéré     {}", capital.paid),
        format!("  écritures          {} (toutes équilibrées)", state.books.entries().count()),
    ]
}
