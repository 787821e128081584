//! Every story of this folder, on both engines: a new story is a new `.md` file and no Rust.

use std::path::Path;

use ledger::store::Target;
use support::story::{Story, run, stories};

use crate::store::engine::{Place, on_postgres, on_sqlite};

fn all() -> Vec<Story> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/stories");
    let all = stories(&folder).expect("every line of every story is read");
    assert!(!all.is_empty(), "no story in {}", folder.display());
    all
}

async fn holds(place: Place, story: Story) {
    let keys = tempfile::tempdir().expect("a folder for keys");
    let data = match &place.target {
        Target::Folder(folder) => folder.clone(),
        Target::Postgres { .. } => keys.path().to_owned(),
    };
    let told = run(&story, &place.target, &data).await;
    assert!(told.is_ok(), "{}", told.err().unwrap_or_default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_story_holds_on_sqlite() {
    told(|story| tokio::spawn(on_sqlite(move |place| holds(place, story)))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_story_holds_on_postgres() {
    told(|story| tokio::spawn(on_postgres(move |place| holds(place, story)))).await;
}

/// Runs all stories at once; says which ones fail, each panic having said why.
async fn told(tell: impl Fn(Story) -> tokio::task::JoinHandle<()>) {
    let running: Vec<_> =
        all().into_iter().map(|story| (story.file.clone(), tell(story))).collect();
    let mut failed = Vec::new();
    for (file, task) in running {
        if task.await.is_err() {
            failed.push(file);
        }
    }
    assert!(failed.is_empty(), "these stories do not hold: {failed:?}");
}
