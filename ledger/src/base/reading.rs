//! Texts that serde hands over, read where they stand: no copy is made before they are a value.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Visitor};

/// Reads a value from a text by `read`, whose refusal is told as it is.
pub(super) fn from_text<'de, D, T, E>(
    deserializer: D,
    read: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    E: fmt::Display,
{
    deserializer.deserialize_str(Text { read, gives: PhantomData })
}

struct Text<R, T> {
    read: R,
    gives: PhantomData<T>,
}

impl<R, T, E> Visitor<'_> for Text<R, T>
where
    R: FnOnce(&str) -> Result<T, E>,
    E: fmt::Display,
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<W: Error>(self, text: &str) -> Result<T, W> {
        (self.read)(text).map_err(W::custom)
    }
}
