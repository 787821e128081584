//! Values as few bytes, in the one way that serde walks them: what a snapshot is made of.
//!
//! No names, no spaces: numbers of seven bits a byte, texts with their length before them, fields in
//! their order. A field that serde skips is an option without a value, and is written as such. What was
//! written by another program is not meant to be read: the snapshot says which program wrote it.

mod read;
mod write;

use std::io::Write;

use serde::de::DeserializeOwned;
use serde::{Serialize, de, ser};
use thiserror::Error;

/// Why a value can't be written or read in this form.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct PackedError(String);

impl ser::Error for PackedError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl de::Error for PackedError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Writes a value.
///
/// # Errors
/// [`PackedError`]: what `out` answers, or a kind of value that no state holds (a fraction, a list of
/// unknown length).
pub fn write(value: &impl Serialize, out: &mut impl Write) -> Result<(), PackedError> {
    value.serialize(&mut write::Writer { out })
}

/// Reads a value; the bytes hold it and nothing more.
///
/// # Errors
/// [`PackedError`]: they are cut short, go on, or hold something else.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, PackedError> {
    let mut reader = read::Reader { rest: bytes };
    let value = T::deserialize(&mut reader)?;
    if reader.rest.is_empty() {
        return Ok(value);
    }
    Err(PackedError(format!("{} bytes too many", reader.rest.len())))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Bare,
        One(String),
        Two(u8, i64),
        Named {
            #[serde(default, skip_serializing_if = "Option::is_none")]
            note: Option<String>,
            count: u64,
        },
    }

    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Whole {
        kinds: Vec<Kind>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        skipped: Option<String>,
        map: BTreeMap<String, Option<(bool, char)>>,
        signed: Vec<i64>,
        array: [u8; 3],
        unit: (),
    }

    fn whole() -> Whole {
        let named =
            |note: Option<&str>| Kind::Named { note: note.map(Into::into), count: u64::MAX };
        Whole {
            kinds: vec![
                Kind::Bare,
                Kind::One("élu".into()),
                Kind::Two(255, -1),
                named(None),
                named(Some("n")),
            ],
            skipped: None,
            map: [("a".to_owned(), None), ("b".to_owned(), Some((true, 'é')))].into(),
            signed: vec![0, -1, 1, i64::MIN, i64::MAX, 63, 64, -64, -65],
            array: [1, 2, 3],
            unit: (),
        }
    }

    fn packed(value: &impl Serialize) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(value, &mut bytes).expect("written");
        bytes
    }

    #[test]
    fn what_is_written_is_read_again_skipped_fields_too() {
        for skipped in [None, Some("there".to_owned())] {
            let value = Whole { skipped, ..whole() };
            assert_eq!(read::<Whole>(&packed(&value)), Ok(value));
        }
    }

    #[test]
    fn cut_short_or_too_long_is_an_error_and_never_a_panic() {
        let bytes = packed(&whole());
        for end in 0..bytes.len() {
            read::<Whole>(&bytes[..end]).expect_err("cut short");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        read::<Whole>(&longer).expect_err("too long");
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                let _ = read::<Whole>(&flipped);
            }
        }
    }

    #[test]
    fn a_length_that_lies_takes_no_memory() {
        let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        read::<Vec<u64>>(&huge).expect_err("a lie");
        read::<String>(&huge).expect_err("a lie");
    }
}
