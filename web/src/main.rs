//! `fonciere`: serves the portal on a book, or on an example cooperative.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use ledger::registrar::{Registrar, Snapshots, StartError, Stopped, SystemClock, asked_to_stop};
use ledger::store::Store;
use tokio::net::TcpListener;
use web::{App, Config};

/// The cooperative's portal.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fills an example cooperative if there is none yet, and serves its portal.
    Demo {
        /// The book's folder; a fresh temporary one if not given.
        #[arg(long)]
        data: Option<PathBuf>,
        /// The port, on 127.0.0.1.
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
    /// Serves the portal on an existing book.
    Serve {
        /// The book's folder; its keys are in `keys/` inside.
        #[arg(long)]
        data: PathBuf,
        /// The port, on 127.0.0.1.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Reads and checks every leaf, whatever a snapshot says.
        #[arg(long)]
        full_replay: bool,
    },
}

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
#[expect(clippy::print_stderr, reason = "why it did not start, in a sentence")]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(exit_status(error.as_ref()))
        }
    }
}

/// 3 when the book is not the one that was shown, found at the start or while it is served: nobody
/// should start it again unseen.
fn exit_status(error: &(dyn std::error::Error + Send + Sync + 'static)) -> u8 {
    let at_start = error.downcast_ref().map(StartError::exit_status);
    let served = error.downcast_ref().map(Stopped::exit_status);
    at_start.or(served).unwrap_or(1)
}

#[expect(clippy::print_stdout, reason = "the five lines that a newcomer reads")]
async fn run(command: Command) -> Outcome {
    match command {
        Command::Demo { data, port } => {
            // The port first: filling an example that can't be shown would be a wait for nothing.
            let listener = listen(port).await?;
            let data = data.map_or_else(web::demo::temporary_folder, Ok)?;
            let demo = web::demo::open(&data, port).await?;
            print!("{}", demo.welcome(&data));
            serve(demo.app, listener).await
        }
        Command::Serve { data, port, full_replay } => {
            let listener = listen(port).await?;
            let snapshots = Snapshots::beside(&data);
            let snapshots = if full_replay { snapshots.unread() } else { snapshots };
            let keys = Config::keys(&data.join("keys"))?.with_snapshots(snapshots);
            let policy = Config::policy(&data)?;
            let store = Store::open(&Config::target(data)).await?;
            let clock = std::sync::Arc::new(SystemClock);
            let registrar = Registrar::open_witnessed(store, keys, clock, policy).await?;
            registrar.watch_witnesses();
            serve(App { registrar, config: Config::from_environment(port) }, listener).await
        }
    }
}

async fn listen(port: u16) -> Result<TcpListener, String> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .await
        .map_err(|error| format!("port {port}: {error}; choose another with --port"))
}

/// Serves until the process is asked to stop, or the book can no longer be trusted.
async fn serve(app: App, listener: TcpListener) -> Outcome {
    let registrar = app.registrar.clone();
    tracing::info!(address = %app.config.base_url, "the portal listens");
    let serving = axum::serve(listener, web::build(app)).with_graceful_shutdown(asked_to_stop());
    let ended: Outcome = tokio::select! {
        served = serving.into_future() => served.map_err(Into::into),
        reason = registrar.stopped() => Err(reason.into()),
    };
    registrar.end().await;
    ended
}
