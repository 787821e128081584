//! Senders: officers who register places, each act prepared, signed and sent over HTTP to any node,
//! and sent again to any other until it has its answer.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ledger::log::SigningKey;
use support::site::{Answer, Browser, signed};
use tokio::task::JoinSet;

use crate::cluster::Cluster;

const SENDERS: usize = 4;
/// How long an act is sent again before it is a failure.
const PATIENCE: Duration = Duration::from_secs(45);

/// What was sent: the texts that were signed.
#[derive(Default)]
pub(crate) struct Sent {
    /// A node said that it is recorded.
    pub(crate) acknowledged: Vec<String>,
    /// The answer was lost, and the act is found done.
    pub(crate) found_done: Vec<String>,
    /// How often an act was sent again.
    pub(crate) again: usize,
}

pub(crate) struct Senders {
    stop: Arc<AtomicBool>,
    count: Arc<AtomicUsize>,
    sent: Arc<Mutex<Sent>>,
    tasks: JoinSet<()>,
}

impl Senders {
    pub(crate) fn start(cluster: &Cluster) -> Self {
        let mut senders = Self {
            stop: Arc::default(),
            count: Arc::default(),
            sent: Arc::default(),
            tasks: JoinSet::new(),
        };
        for number in 0..SENDERS {
            let sender = Sender {
                ports: cluster.ports(),
                at: number,
                officer: cluster.officer.clone(),
                count: Arc::clone(&senders.count),
                sent: Arc::clone(&senders.sent),
            };
            let stop = Arc::clone(&senders.stop);
            senders.tasks.spawn(sender.run(stop, number));
        }
        senders
    }

    pub(crate) fn acknowledged(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Lets each finish its act.
    pub(crate) async fn stop(self) -> Sent {
        self.stop.store(true, Ordering::SeqCst);
        self.tasks.join_all().await;
        std::mem::take(&mut *self.sent.lock().expect("whole"))
    }
}

struct Sender {
    ports: Vec<u16>,
    at: usize,
    officer: SigningKey,
    count: Arc<AtomicUsize>,
    sent: Arc<Mutex<Sent>>,
}

impl Sender {
    async fn run(mut self, stop: Arc<AtomicBool>, number: usize) {
        let mut browser = Browser::on_port(self.next());
        while !self.enters(&mut browser).await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let mut act = 0;
        while !stop.load(Ordering::SeqCst) {
            act += 1;
            if let Some((address, text)) = self.prepared(&mut browser, number, act).await {
                self.sends(&mut browser, &address, text).await;
            } else {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// Another node each time.
    fn next(&mut self) -> u16 {
        self.at = (self.at + 1) % self.ports.len();
        self.ports[self.at]
    }

    /// Signs in; the session is the book's, so every node knows it.
    async fn enters(&mut self, browser: &mut Browser) -> bool {
        browser.moves_to_port(self.next());
        let page = browser.get("/connexion").await;
        let (Some(challenge), texts) = (page.field("challenge"), page.texts()) else {
            return false;
        };
        let fields =
            [("challenge", challenge.as_str()), ("signatures", &signed(&self.officer, &texts))];
        browser.post("/connexion", &fields).await.status.as_u16() == 303
    }

    /// Fills the form in, and gives where the act waits and its text.
    async fn prepared(
        &mut self,
        browser: &mut Browser,
        number: usize,
        act: usize,
    ) -> Option<(String, String)> {
        browser.moves_to_port(self.next());
        let name = format!("Atelier {number}-{act}");
        let fields = [
            ("nom", name.as_str()),
            ("voie", "4 rue des Communs"),
            ("code_postal", "59000"),
            ("commune", "Lille"),
            ("surface", "120"),
            ("capacite", "12"),
            ("etat", "open"),
        ];
        let answer = browser.post("/bureau/acte/lieu", &fields).await;
        if answer.status.as_u16() != 303 {
            return None;
        }
        let address = answer.location().to_owned();
        browser.moves_to_port(self.next());
        let text = browser.get(&address).await.texts().pop()?;
        Some((address, text))
    }

    async fn sends(&mut self, browser: &mut Browser, address: &str, text: String) {
        let start = Instant::now();
        let lines = signed(&self.officer, std::slice::from_ref(&text));
        let mut first = true;
        loop {
            browser.moves_to_port(self.next());
            let answer = browser.post(address, &[("signatures", &lines)]).await;
            match told(&answer) {
                Told::Recorded => self.kept(|sent| sent.acknowledged.push(text)),
                // Its draft is closed: it was done when its answer was lost.
                Told::Gone if !first => self.kept(|sent| sent.found_done.push(text)),
                Told::Nothing if start.elapsed() < PATIENCE => {
                    self.kept(|sent| sent.again += 1);
                    first = false;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
                _ => unreachable!("{}: {}", answer.status, answer.words()),
            }
            self.count.fetch_add(1, Ordering::SeqCst);
            return;
        }
    }

    fn kept(&self, change: impl FnOnce(&mut Sent)) {
        change(&mut self.sent.lock().expect("whole"));
    }
}

enum Told {
    Recorded,
    Gone,
    Nothing,
}

fn told(answer: &Answer) -> Told {
    match answer.status.as_u16() {
        200 => Told::Recorded,
        404 => Told::Gone,
        _ => Told::Nothing,
    }
}
