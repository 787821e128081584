//! `fonciere`: serves the portal on a book, or on an example cooperative.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use ledger::registrar::{Keys, Registrar, SystemClock};
use ledger::store::Store;
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
    /// Serves the portal on an existing book.
    Serve {
        /// The book's folder; its keys are in `keys/` inside.
        #[arg(long)]
        data: PathBuf,
        /// The port, on 127.0.0.1.
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
}

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    match Arguments::parse().command {
        Command::Serve { data, port } => {
            let keys = Keys::load(&data.join("keys"))?;
            let store = Store::open(&Config::target(data)).await?;
            let registrar = Registrar::open(store, keys, std::sync::Arc::new(SystemClock)).await?;
            serve(App { registrar, config: Config::from_environment(port) }, port).await
        }
    }
}

/// Serves until the process is asked to stop, or the book can no longer be trusted.
async fn serve(app: App, port: u16) -> Outcome {
    let registrar = app.registrar.clone();
    let listener =
        tokio::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    tracing::info!(address = %app.config.base_url, "the portal listens");
    let serving = axum::serve(listener, web::build(app)).with_graceful_shutdown(async {
        let _ = tokio::signal::ctrl_c().await;
    });
    tokio::select! {
        served = serving.into_future() => Ok(served?),
        reason = registrar.stopped() => Err(reason.into()),
    }
}
