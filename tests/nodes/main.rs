//! Several portals, each a process of its own, on one `PostgreSQL` and one signer: submissions over HTTP
//! to any of them while the one that sequences is killed, paused and revived, while the server ends
//! its sessions and while it is cut off. Nothing acknowledged is lost, nothing is written twice, and
//! every head that was ever signed or served is on one history.
//!
//! `NODE_ROUNDS` says how many times everything goes wrong (once if not set).

#![expect(clippy::print_stdout, reason = "the counts are what this is for, and a skip says why")]

mod cluster;
mod senders;
mod watch;

use std::process::Command;
use std::time::{Duration, Instant};

use cluster::{Cluster, programs};
use senders::Senders;
use support::Database;
use watch::Watch;

#[expect(clippy::disallowed_methods, reason = "the settings of this test")]
pub(crate) fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// The node that sequences is killed.
    LeaderKilled,
    /// It is asked to end, as a service manager does: another leads before its lease would have ended.
    LeaderAsked,
    /// It is paused beyond its lease, and comes back to find another in its place.
    LeaderPaused,
    /// The server ends every session.
    SessionsEnded,
    /// The server stops as by a power cut and starts again.
    ServerCrashed,
}

const TROUBLES: [Trouble; 5] = [
    Trouble::LeaderKilled,
    Trouble::LeaderAsked,
    Trouble::LeaderPaused,
    Trouble::SessionsEnded,
    Trouble::ServerCrashed,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_are_one_book() {
    storm(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_are_one_book() {
    storm(3).await;
}

async fn storm(nodes: usize) {
    // One storm at a time: each cuts the server off.
    static ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _one = ONE.lock().await;
    let Some(database) = Database::new() else { return };
    let Some(fonciere) = programs() else { return };
    let rounds = setting("NODE_ROUNDS").and_then(|text| text.parse().ok()).unwrap_or(1_u32);
    let mut cluster = Cluster::start(&fonciere, &database, nodes).await;
    let watch = Watch::over(&cluster);
    let senders = Senders::start(&cluster);

    calm(&cluster, &senders).await;
    let mut delays = followed(&cluster, &senders).await;
    delays.sort();
    println!(
        "{nodes} nodes: followed within {:?} (median of {})",
        delays[delays.len() / 2],
        delays.len()
    );
    assert!(delays[delays.len() / 2] < Duration::from_secs(1), "{delays:?}");

    for _ in 0..rounds {
        for trouble in TROUBLES {
            let before = senders.acknowledged();
            cluster.hurt(trouble).await;
            cluster.revive().await;
            calm(&cluster, &senders).await;
            println!(
                "{nodes} nodes, {trouble:?}: {} acknowledged",
                senders.acknowledged() - before
            );
        }
    }
    let sent = senders.stop().await;
    calm_reading(&cluster).await;
    let seen = watch.stop();
    let report = seen.check(&cluster, &sent).await;
    println!("{nodes} nodes, {rounds} rounds: {report}; {} restarts", cluster.restarts);
}

/// Waits until submissions pass again.
async fn calm(cluster: &Cluster, senders: &Senders) {
    let (start, before) = (Instant::now(), senders.acknowledged());
    while senders.acknowledged() < before + 8 {
        let late = start.elapsed() > Duration::from_secs(45);
        assert!(!late, "nothing passes any more:\n{}", cluster.words());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until every node shows the same book.
async fn calm_reading(cluster: &Cluster) {
    let start = Instant::now();
    loop {
        let sizes = cluster.sizes().await;
        let (one, rest) = sizes.split_first().expect("nodes");
        if one.is_some() && rest.iter().all(|size| size == one) {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "{sizes:?}\n{}", cluster.words());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How long it takes until what one node shows is shown by all.
async fn followed(cluster: &Cluster, senders: &Senders) -> Vec<Duration> {
    let mut delays = Vec::new();
    while delays.len() < 15 {
        let before = senders.acknowledged();
        while senders.acknowledged() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let start = Instant::now();
        let wanted = cluster.sizes().await.into_iter().flatten().max().unwrap_or(0);
        while cluster.sizes().await.iter().any(|size| size.is_none_or(|size| size < wanted)) {
            assert!(start.elapsed() < Duration::from_secs(20), "{}", cluster.words());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        delays.push(start.elapsed());
    }
    delays
}

/// Sends a signal to a process of this test.
pub(crate) fn signal(name: &str, process: u32) {
    let sent = Command::new("kill").args([name, &process.to_string()]).status();
    assert!(sent.expect("kill").success(), "{name} {process}");
}
