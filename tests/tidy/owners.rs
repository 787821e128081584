//! Crates and calls that one place owns, so that changing them is changing one place.

use crate::tree::{names, none, rust};

/// What is owned, and where it may be named: files or folders.
const OWNED: &[(&str, &[&str])] = &[
    (
        "sqlx",
        &[
            "ledger/src/store/",
            "tests/benches/submissions.rs",
            "tests/faults/",
            "tests/nodes/",
            "tests/scenarios/keep/",
            "tests/scenarios/pages/hunt.rs",
            "tests/scenarios/store/",
            "tests/scenarios/verify/",
            "tests/support/database.rs",
        ],
    ),
    ("printpdf", &["ledger/src/documents/pdf.rs"]),
    ("lopdf", &["ledger/src/documents/", "tests/"]),
    ("csv", &["ledger/src/exports/", "ledger/src/treasury/"]),
    ("ed25519_dalek", &["ledger/src/log/", "tests/"]),
    (
        "sha2",
        &[
            "ledger/src/log/",
            "ledger/src/treasury/fingerprint.rs",
            "ledger/src/documents/digest.rs",
            "tests/",
        ],
    ),
    ("hmac", &["ledger/src/treasury/fingerprint.rs"]),
    (
        "rayon",
        &[
            "ledger/src/keep/fsck/tree.rs",
            "ledger/src/registrar/sharing.rs",
            "ledger/src/registrar/submit.rs",
            "ledger/src/replay/parts.rs",
            "ledger/src/replay/walk.rs",
        ],
    ),
    ("quick_xml", &["ledger/src/treasury/camt053/"]),
    ("sepa", &["ledger/src/base/payment.rs", "ledger/src/treasury/"]),
    ("chacha20poly1305", &["ledger/src/registrar/vault.rs", "tests/scenarios/pages/hunt.rs"]),
    ("getrandom", &["ledger/src/registrar/keys.rs"]),
    ("ureq", &["ledger/src/bin/", "ledger/src/registrar/witness/"]),
    ("axum", &["web/src/", "ledger/src/cosigner/http.rs", "tests/"]),
];

/// Calls that reach out of the process.
const CALLS: &[(&str, &[&str])] = &[
    ("Utc::now", &["ledger/src/registrar/clock.rs"]),
    ("SystemTime::now", &[]),
    ("std::env::var", &["web/src/config.rs", "ledger/src/bin/", "tests/"]),
];

fn is_in(path: &str, places: &[&str]) -> bool {
    places.iter().any(|place| path.starts_with(place))
}

#[test]
fn each_of_these_crates_has_one_place() {
    let mut wrong = Vec::new();
    for source in rust(&["ledger/src", "web/src", "tests"]) {
        if source.path.starts_with("tests/tidy/") {
            continue;
        }
        for (name, places) in OWNED {
            let path = format!("{name}::");
            let uses = source.text.lines().map(str::trim_start).any(|line| {
                !line.starts_with("//")
                    && line.contains(&path)
                    && names(line).any(|word| word == *name)
            });
            if uses && !is_in(&source.path, places) {
                wrong.push(format!("{} names {name}, which belongs to {places:?}", source.path));
            }
        }
    }
    none("a crate outside its place", &wrong);
}

#[test]
fn time_and_the_environment_are_read_in_one_place() {
    let mut wrong = Vec::new();
    for source in rust(&["ledger/src", "web/src", "tests"]) {
        let code =
            if source.path.starts_with("tests/") { source.text.clone() } else { source.code() };
        if source.path.starts_with("tests/tidy/") {
            continue;
        }
        for (call, places) in CALLS {
            if code.contains(call) && !is_in(&source.path, places) {
                wrong.push(format!("{} calls {call}, which belongs to {places:?}", source.path));
            }
        }
    }
    none("a call outside its place", &wrong);
}
