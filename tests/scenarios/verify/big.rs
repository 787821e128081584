//! The book that benchmarks measure is a valid one.

use ledger::audit::{Expected, audit};
use ledger::store::Target;
use support::StoredLog;
use support::big::big_book;

#[tokio::test]
async fn the_big_book_of_the_benchmarks_is_valid() {
    let folder = tempfile::tempdir().expect("a folder");
    let target = Target::Folder(folder.path().to_owned());
    big_book(&target, folder.path(), 1_500).await;
    let log = StoredLog::read(&target).await.expect("the rows");
    let report = audit(&log, &Expected::default()).expect("it holds");
    assert_eq!(report.leaves, 1_500);
    assert!(report.signatures > 2_200, "{}", report.signatures);
    assert!(report.kinds["treasury.line_matched@v1"] > 300, "{:?}", report.kinds);
}
