//! How fast a stranger checks the whole log, beside the bare hashes and signatures it is made of.

use ledger::audit::{Depth, Expected, audit_to};
use ledger::store::Target;
use support::live::LiveLog;
use tokio::runtime::Runtime;

use crate::frame::{Table, grouped, rate, spell, timed};
use crate::limits::Limits;

pub(crate) fn measure(runtime: &Runtime, target: &Target, limits: &Limits, table: &mut Table) {
    for (what, depth) in [
        ("audit: hashes alone", Depth::Tree),
        ("audit: all signatures", Depth::Signatures),
        ("audit: whole, rules and accounts", Depth::Full),
    ] {
        let log = LiveLog::open(runtime, target);
        let (time, report) =
            timed(|| audit_to(&log, &Expected::default(), depth).expect("the book holds"));
        log.close();
        let leaves = rate(report.leaves, time);
        table.tell(what, format!("{} for {} leaves", spell(time), grouped(report.leaves)));
        if depth == Depth::Tree {
            table.beside(&format!("{what}, leaves"), leaves, limits.hash, "bare SHA-256");
        } else {
            let signatures = rate(report.signatures, time);
            table.beside(&format!("{what}, signatures"), signatures, limits.verify, "bare");
        }
    }
}
