//! Personal values are kept with their owner's key, and go with it without leaving a byte.

use std::collections::HashSet;
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
    assert_eq!(book.erase_private(&["m_1"], &[]).await, Ok(3));
    assert_eq!(book.private_key("m_1").await, Ok(None));
    assert_eq!(book.private_values("m_1").await, Ok(vec![]));
    assert_eq!(book.private_by_digest(&[value("m_1", "name", 60).digest]).await, Ok(vec![]));
    assert_eq!(book.private_key("m_2").await, Ok(Some(key("m_2", 0))));
    assert_eq!(book.private_values("m_2").await.map(|values| values.len()), Ok(2));
    assert_eq!(book.erase_private(&["m_1"], &[]).await, Ok(0), "twice is no matter");
    assert_eq!(book.erase_private(&["m_unknown"], &[]).await, Ok(0));
    book.close().await;
}

#[tokio::test]
async fn not_a_byte_of_what_is_erased_stays_on_the_disk() {
    on_sqlite(async |place: Place| {
        let book = place.book().await;
        let owners: Vec<_> = (0..30).map(|n| format!("m_{}", n * 7 % 30)).collect();
        for owner in &owners {
            // Several sizes: within a page, and over several.
            let values: Vec<_> = [40, 300, 1_500, 12_000]
                .iter()
                .map(|length| value(owner, &format!("v{length}"), *length))
                .collect();
            book.put_private(Some(&key(owner, 0)), &values).await.expect("kept");
        }
        let gone = ["m_0", "m_13", "m_14", "m_29"];
        for owner in gone {
            assert!(found(&place, owner), "the search finds what is there");
        }
        for owner in gone {
            assert_eq!(book.erase_private(&[owner], &[]).await, Ok(5));
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

/// Whether any file of the book has a digest of an owner, or eight bytes in a row of what was
/// sealed for her.
fn found(place: &Place, owner: &str) -> bool {
    let kept: Vec<_> = [40, 300, 1_500, 12_000]
        .iter()
        .map(|length| value(owner, &format!("v{length}"), *length))
        .collect();
    let key = key(owner, 0).sealed;
    let sealed = kept.iter().map(|value| &value.sealed).chain([&key]);
    let pieces: HashSet<&[u8]> = sealed.flat_map(|bytes| bytes.windows(8).step_by(11)).collect();
    let files = fs::read_dir(place.folder()).expect("a folder");
    files.map(|file| fs::read(file.expect("a file").path()).expect("read")).any(|bytes| {
        let digest = |value: &SealedValue| {
            let digest = value.digest.as_bytes();
            bytes.windows(digest.len()).any(|window| window == digest)
        };
        kept.iter().any(digest) || bytes.windows(8).any(|window| pieces.contains(window))
    })
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
        let refused = book.erase_private(&["m_0"], &[]).await.expect_err("the backup still reads");
        assert!(matches!(refused, Failure::ErasureIncomplete(_)), "{refused}");
        assert_eq!(book.private_key("m_0").await, Ok(None), "but it is out of reach");
        reading.rollback().await.expect("ended");
        backup.close().await.expect("closed");
        assert_eq!(book.erase_private(&["m_0"], &[]).await, Ok(0));
        assert!(!found(&place, "m_0"));
        book.close().await;
    })
    .await;
}

/// `secure_delete` overwrites a row, not the copies that splits of full pages leave behind it: of
/// the two hundred values erased here it alone leaves some in part.
#[tokio::test]
async fn nor_does_a_copy_that_the_file_made_of_it() {
    const OWNERS: u64 = 600;
    let owner = |number: u64| format!("m_{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let kept = |number: u64, field: u64| {
        // In no order, as digests are.
        let mixed =
            number.wrapping_mul(0xd6e8_feb8_6659_fd93) ^ field.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let length = usize::try_from(40 + mixed % 200).expect("small");
        SealedValue {
            digest: format!("{mixed:016x}{mixed:016x}-{number}-{field}_"),
            owner: owner(number),
            sealed: noise(&owner(number), &field.to_string(), 0, length),
        }
    };
    on_sqlite(async |place: Place| {
        let book = place.book().await;
        for number in 0..OWNERS {
            book.put_private(Some(&key(&owner(number), 0)), &[]).await.expect("kept");
        }
        for field in 0..5 {
            let values: Vec<_> = (0..OWNERS).map(|number| kept(number, field)).collect();
            book.put_private(None, &values).await.expect("kept");
        }
        for number in (0..OWNERS).step_by(15) {
            assert_eq!(book.erase_private(&[&owner(number)], &[]).await, Ok(6));
        }
        let files = fs::read_dir(place.folder()).expect("a folder");
        let read = |file: std::io::Result<fs::DirEntry>| fs::read(file.expect("a file").path());
        let files: Vec<_> = files.map(|file| read(file).expect("read")).collect();
        let pieces: HashSet<&[u8]> = files.iter().flat_map(|bytes| bytes.windows(8)).collect();
        let stays = |sealed: &[u8]| sealed.windows(8).any(|piece| pieces.contains(piece));
        for number in 0..OWNERS {
            let erased = number % 15 == 0;
            assert_ne!(stays(&key(&owner(number), 0).sealed), erased, "key {number}");
            for field in 0..5 {
                assert_ne!(stays(&kept(number, field).sealed), erased, "{number} {field}");
            }
        }
        book.close().await;
    })
    .await;
}
