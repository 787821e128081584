//! Every kind of fact passes the door, is folded, is posted or not on purpose, and is told.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::{files, is_of_type, names, none, read};

/// The words of a story by which each kind is told: any of a line's order will do.
const TOLD_BY: &[(&str, &str)] = &[
    ("ledger.opened@v1", "le livre est ouvert le"),
    ("ledger.opened@v2", "à la suite d’un autre journal"),
    ("authority.key_enrolled@v1", "inscrivent la clé"),
    ("authority.key_rotated@v1", "remplacent la clé"),
    ("authority.key_suspected@v1", "mettent en doute la clé"),
    ("authority.leaves_reviewed@v1", "revoient les feuilles"),
    ("authority.threshold_changed@v1", "décident d’être"),
    ("authority.log_key_rotated@v1", "donnent au journal sa nouvelle clé"),
    ("authority.key_revoked@v1", "révoquent la clé"),
    ("members.applied@v1", "souscrit"),
    ("members.admitted@v1", "attribuent les parts"),
    ("members.erased@v1", "effacent « "),
    ("shares.subscribed@v1", "souscrit"),
    ("shares.allotted@v1", "attribuent les parts"),
    ("shares.subscription_declined@v1", "rejettent la souscription"),
    ("shares.certificate_issued@v1", "délivre l’attestation"),
    ("funding.budget_adopted@v1", "le budget de"),
    ("funding.grant_awarded@v1", "accorde une subvention"),
    ("funding.service_invoiced@v1", "est facturé de"),
    ("pooling.place_registered@v1", "ouvre au"),
    ("pooling.allocation_key_adopted@v1", "répartit"),
    ("pooling.cost_pooled@v1", "à répartir par la clé"),
    ("pooling.contribution_called@v1", "est appelé"),
    ("pooling.in_kind_valued@v1", "est valorisé"),
    ("treasury.account_opened@v1", "le compte bancaire est déclaré"),
    ("treasury.statement_imported@v1", "la banque annonce"),
    ("treasury.line_recorded@v1", "la banque annonce"),
    ("treasury.line_matched@v1", "la trésorerie rapproche"),
];

/// Kinds that no story tells yet. It can only shrink: a kind that is told and listed fails.
const NOT_YET_TOLD: &[&str] = &[];

/// Facts that the accounts do not show (law.md, E1 and E9 among them).
const NO_POSTING: &[&str] = &[
    "BookOpened",
    "BookSucceeded",
    "KeyEnrolled",
    "KeyRotated",
    "KeyRevoked",
    "KeySuspected",
    "LeavesReviewed",
    "ThresholdChanged",
    "LogKeyRotated",
    "MemberApplied",
    "MembersAdmitted",
    "PersonErased",
    "SharesSubscribed",
    "SubscriptionDeclined",
    "CertificateIssued",
    "BudgetAdopted",
    "PlaceRegistered",
    "AllocationKeyAdopted",
    "BankAccountOpened",
    "StatementImported",
    "LineRecorded",
];

/// Each kind and its variant of `Event`, as `event.rs` lists them.
fn kinds() -> BTreeMap<String, String> {
    let text = read("ledger/src/event.rs");
    let mut found = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.trim().strip_prefix("#[serde(rename = \"") else { continue };
        let kind = kind.trim_end_matches("\")]").to_owned();
        let variant = lines.next().and_then(|line| names(line).next()).expect("a variant");
        found.insert(kind, variant.to_owned());
    }
    assert!(found.len() > 20, "event.rs is written in another way: read it again");
    found
}

/// The variants that an arm of a `match` takes without reading their fact.
fn unread(text: &str) -> BTreeSet<String> {
    let arms = text.split("Event::").skip(1).filter_map(|arm| arm.split_once("(_)"));
    arms.map(|(variant, _)| variant.to_owned())
        .filter(|variant| names(variant).count() == 1)
        .collect()
}

#[test]
fn a_kind_names_its_register_and_its_version() {
    let registers = ["ledger", "authority", "members", "shares", "funding", "pooling", "treasury"];
    let wrong: Vec<String> = kinds()
        .into_keys()
        .filter(|kind| {
            let (name, version) = kind.split_once("@v").unwrap_or_default();
            let register = name.split('.').next().unwrap_or_default();
            version.parse::<u32>().is_err() || !registers.contains(&register)
        })
        .collect();
    none("kinds of another form", &wrong);
}

#[test]
fn every_fact_passes_the_door_and_is_folded_by_name() {
    let places = [
        "ledger/src/decide/mod.rs",
        "ledger/src/decide/asked.rs",
        "ledger/src/registers/mod.rs",
        "ledger/src/journal/post/mod.rs",
    ];
    let mut wrong = Vec::new();
    for place in places {
        let text = read(place);
        if text.contains("_ =>") {
            wrong.push(format!("{place}: an arm for all the rest hides a forgotten fact"));
        }
        for variant in kinds().values() {
            if !text.contains(&format!("Event::{variant}(")) {
                wrong.push(format!("{place}: {variant} is not there"));
            }
        }
    }
    none("a fact that is not handled by name", &wrong);
}

#[test]
fn every_fact_is_posted_or_listed_as_no_posting() {
    let silent = unread(&read("ledger/src/journal/post/mod.rs"));
    let listed: BTreeSet<String> = NO_POSTING.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(silent, listed, "journal/post and the list of tests/tidy/facts.rs");
}

#[test]
fn every_fact_is_told_in_a_story_or_listed() {
    let stories = files("tests/scenarios/stories");
    if stories.is_empty() {
        // The stories come with their reader, on a branch of their own.
        return;
    }
    let told: String =
        stories.iter().filter(|path| is_of_type(path, "md")).map(|path| read(path)).collect();
    let sentences: Vec<&str> =
        told.lines().filter(|line| line.trim_start().starts_with("- ")).collect();
    let mut wrong = Vec::new();
    for kind in kinds().keys() {
        let Some((_, words)) = TOLD_BY.iter().find(|(known, _)| known == kind) else {
            wrong.push(format!("{kind}: say by which words a story tells it"));
            continue;
        };
        let listed = NOT_YET_TOLD.contains(&kind.as_str());
        match (sentences.iter().any(|sentence| sentence.contains(words)), listed) {
            (false, false) => wrong.push(format!("{kind}: no story says « {words} »")),
            (true, true) => wrong.push(format!("{kind}: told, take it off the list")),
            _ => {}
        }
    }
    none("facts and stories", &wrong);
}

#[test]
fn an_arm_that_reads_nothing_is_seen() {
    let text = "match event { Event::A(fact) => a(fact), Event::B(_)\n | Event::C(_) => none() }";
    assert_eq!(unread(text), ["B", "C"].map(str::to_owned).into());
}
