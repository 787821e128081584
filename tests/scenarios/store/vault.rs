//! Personal values are kept with their owner's key, and go with it without leaving a byte.

use std::fs;

use ledger::store::{Failure, SealedKey, SealedValue};

use super::engine::{Place, on_sqlite};

on_both_engines!(
    sealed_values_are_read_back,
    a_second_key_of_an_owner_is_refused,
    values_without_a_key_are_refused,
    who_is_erased_is_gone_and_nobody_else,
);

fn key(owner: &str, mark: u8) -> SealedKey {
    SealedKey { owner: owner.to_owned(), sealed: noise(owner, "key", mark, 72) }
}

fn value(owner: &str, name: &str, length: usize) -> SealedValue {
    let sealed = noise(owner, name, 0, length);
    SealedValue { digest: format!("{name}-of-{owner}_"), owner: owner.to_owned(), sealed }
}

/// Bytes that look like a sealed text, and that nothing else in the file looks like.
fn noise(owner: &str, name: &str, mark: u8, length: usize) -> Vec<u8> {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    let mut next = |byte: u8| {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        state.to_be_bytes()[0] ^ state.to_be_bytes()[3]
    };
    for byte in owner.bytes().chain(name.bytes()).chain([mark]) {
        next(byte);
    }
    (0..length).map(|_| next(1)).collect()
}

async fn sealed_values_are_read_back(place: Place) {
    let book = place.book().await;
    assert_eq!(book.private_key("m_1").await, Ok(None));
    let (name, address) = (value("m_1", "name", 60), value("m_1", "address", 9_000));
    let values = [name.clone(), address.clone()];
    book.put_private(Some(&key("m_1", 0)), &values).await.expect("kept");
    // The same again is no matter: the answer may have been lost on the way.
    book.put_private(Some(&key("m_1", 0)), &values).await.expect("kept already");
    let iban = value("m_1", "iban", 50);
    book.put_private(None, std::slice::from_ref(&iban)).await.expect("kept");
    let other = value("m_2", "name", 60);
    book.put_private(Some(&key("m_2", 0)), std::slice::from_ref(&other)).await.expect("kept");
    book.put_private(Some(&key("m_3", 0)), &[]).await.expect("a key alone");

    assert_eq!(book.private_key("m_1").await, Ok(Some(key("m_1", 0))));
    let of_one = vec![address, iban.clone(), name];
    assert_eq!(book.private_values("m_1").await, Ok(of_one));
    assert_eq!(book.private_values("m_3").await, Ok(vec![]));
    let asked = [other.digest.clone(), "unknown \"digest\"".to_owned(), iban.digest.clone()];
    assert_eq!(book.private_by_digest(&asked).await, Ok(vec![iban, other]));
    assert_eq!(book.private_by_digest(&[]).await, Ok(vec![]));
    book.close().await;
}

async fn a_second_key_of_an_owner_is_refused(place: Place) {
    let book = place.book().await;
    book.put_private(Some(&key("m_1", 0)), &[]).await.expect("kept");
    let lost = value("m_1", "name", 60);
    let refused = book.put_private(Some(&key("m_1", 1)), std::slice::from_ref(&lost)).await;
    assert_eq!(refused, Err(Failure::KeyDiffers));
    assert_eq!(book.private_key("m_1").await, Ok(Some(key("m_1", 0))));
    assert_eq!(book.private_values("m_1").await, Ok(vec![]));
    book.close().await;
}

async fn values_without_a_key_are_refused(place: Place) {
    let book = place.book().await;
    let values = [value("m_1", "name", 60), value("m_2", "name", 60)];
    let refused = book.put_private(Some(&key("m_1", 0)), &values).await.expect_err("no key of m_2");
    assert!(matches!(refused, Failure::Database { .. }), "{refused}");
    let words = format!("{refused} {refused:?}");
    assert!(!words.contains("m_2") && !words.contains("name-of"), "{words}");
    assert_eq!(book.private_key("m_1").await, Ok(None), "all or nothing");
    assert_eq!(book.private_values("m_1").await, Ok(vec![]));
    book.close().await;
}

async fn who_is_erased_is_gone_and_nobody_else(place: Place) {
    let book = place.book().await;
    for owner in ["m_1", "m_2"] {
        let values = [value(owner, "name", 60), value(owner, "address", 60)];
        book.put_private(Some(&key(owner, 0)), &values).await.expect("kept");
    }
    assert_eq!(book.erase_private("m_1").await, Ok(3));
    assert_eq!(book.private_key("m_1").await, Ok(None));
    assert_eq!(book.private_values("m_1").await, Ok(vec![]));
    assert_eq!(book.private_by_digest(&[value("m_1", "name", 60).digest]).await, Ok(vec![]));
    assert_eq!(book.private_key("m_2").await, Ok(Some(key("m_2", 0))));
    assert_eq!(book.private_values("m_2").await.map(|values| values.len()), Ok(2));
    assert_eq!(book.erase_private("m_1").await, Ok(0), "twice is no matter");
    assert_eq!(book.erase_private("m_unknown").await, Ok(0));
    book.close().await;
}

#[tokio::test]
async fn not_a_byte_of_what_is_erased_stays_on_the_disk() {
    on_sqlite(async |place: Place| {
        let book = place.book().await;
        let owners: Vec<_> = (0..120).map(|n| format!("m_{}", n * 7_919 % 120)).collect();
        for owner in &owners {
            // Several sizes: within a page, and over several.
            let values: Vec<_> = [40, 300, 1_500, 12_000]
                .iter()
                .map(|length| value(owner, &format!("v{length}"), *length))
                .collect();
            book.put_private(Some(&key(owner, 0)), &values).await.expect("kept");
        }
        let gone = ["m_0", "m_59", "m_60", "m_119"];
        for owner in gone {
            assert!(found(&place, owner), "the search finds what is there");
        }
        for owner in gone {
            assert_eq!(book.erase_private(owner).await, Ok(5));
        }
        for owner in gone {
            assert!(!found(&place, owner), "{owner}, while the book is open");
        }
        assert!(found(&place, "m_1"));
        book.close().await;
        for owner in gone {
            assert!(!found(&place, owner), "{owner}, after the book is closed");
        }
    })
    .await;
}

/// Whether any file of the book has eight bytes in a row of what an owner had sealed.
fn found(place: &Place, owner: &str) -> bool {
    let mut needles = vec![key(owner, 0).sealed];
    for length in [40, 300, 1_500, 12_000] {
        let kept = value(owner, &format!("v{length}"), length);
        needles.push(kept.digest.into_bytes());
        needles.push(kept.sealed);
    }
    let pieces: std::collections::HashSet<&[u8]> =
        needles.iter().flat_map(|needle| needle.windows(8).step_by(11)).collect();
    let files = fs::read_dir(place.folder()).expect("a folder");
    files
        .map(|file| fs::read(file.expect("a file").path()).expect("read"))
        .any(|bytes| bytes.windows(8).any(|window| pieces.contains(window)))
}

#[tokio::test]
async fn an_erasure_that_a_reader_holds_up_says_so_until_it_is_done() {
    use sqlx::{ConnectOptions, Connection};
    on_sqlite(async |place: Place| {
        let book = place.book().await;
        book.put_private(Some(&key("m_0", 0)), &[value("m_0", "v40", 40)]).await.expect("kept");
        let vault = place.folder().join("vault.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(vault);
        let mut backup = options.connect().await.expect("opened");
        let mut reading = backup.begin().await.expect("begun");
        let _: i64 = sqlx::query_scalar("select count(*) from private_values")
            .fetch_one(&mut *reading)
            .await
            .expect("read");
        let refused = book.erase_private("m_0").await.expect_err("the backup still reads");
        assert!(matches!(refused, Failure::ErasureIncomplete(_)), "{refused}");
        assert_eq!(book.private_key("m_0").await, Ok(None), "but it is out of reach");
        reading.rollback().await.expect("ended");
        backup.close().await.expect("closed");
        assert_eq!(book.erase_private("m_0").await, Ok(0));
        assert!(!found(&place, "m_0"));
        book.close().await;
    })
    .await;
}
