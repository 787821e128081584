//! Bytes to a value.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::PackedError;

/// Reads from what is left.
pub(super) struct Reader<'de> {
    pub(super) rest: &'de [u8],
}

fn wrong(what: &str) -> PackedError {
    PackedError(what.to_owned())
}

impl<'de> Reader<'de> {
    fn byte(&mut self) -> Result<u8, PackedError> {
        let (byte, rest) = self.rest.split_first().ok_or_else(|| wrong("cut short"))?;
        self.rest = rest;
        Ok(*byte)
    }

    fn number(&mut self) -> Result<u64, PackedError> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let low = u64::from(byte & 0x7f);
            if (low << shift) >> shift != low {
                return Err(wrong("a number is too large"));
            }
            number |= low << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(wrong("a number is too long"))
    }

    fn small<N: TryFrom<u64>>(&mut self) -> Result<N, PackedError> {
        N::try_from(self.number()?).map_err(|_| wrong("a number is too large"))
    }

    fn signed(&mut self) -> Result<i64, PackedError> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ (number & 1).cast_signed().wrapping_neg())
    }

    /// How many items follow: each takes a byte at least, save those that say nothing.
    fn length(&mut self) -> Result<usize, PackedError> {
        let length = self.small()?;
        if length > self.rest.len() {
            return Err(wrong("a length exceeds what is left"));
        }
        Ok(length)
    }

    fn bytes(&mut self) -> Result<&'de [u8], PackedError> {
        let length = self.length()?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(|| wrong("cut short"))?;
        self.rest = rest;
        Ok(bytes)
    }

    fn flag(&mut self) -> Result<bool, PackedError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(wrong("neither yes nor no")),
        }
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $read:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PackedError> {
            visitor.$visit(self.$read()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = PackedError;

    numbers! {
        deserialize_bool visit_bool flag;
        deserialize_i8 visit_i64 signed;
        deserialize_i16 visit_i64 signed;
        deserialize_i32 visit_i64 signed;
        deserialize_i64 visit_i64 signed;
        deserialize_u8 visit_u8 byte;
        deserialize_u16 visit_u64 number;
        deserialize_u32 visit_u64 number;
        deserialize_u64 visit_u64 number;
        deserialize_bytes visit_borrowed_bytes bytes;
        deserialize_byte_buf visit_borrowed_bytes bytes;
    }

    fn is_human_readable(&self) -> bool {
        false
    }
    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, PackedError> {
        Err(wrong("what is written here is not told by the bytes"))
    }
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PackedError> {
        self.deserialize_any(visitor)
    }
    fn deserialize_f32<V: Visitor<'de>>(self, _: V) -> Result<V::Value, PackedError> {
        Err(wrong("no fraction is kept"))
    }
    fn deserialize_f64<V: Visitor<'de>>(self, _: V) -> Result<V::Value, PackedError> {
        Err(wrong("no fraction is kept"))
    }
    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PackedError> {
        let letter = char::from_u32(self.small()?).ok_or_else(|| wrong("no such letter"))?;
        visitor.visit_char(letter)
    }
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PackedError> {
        let text = std::str::from_utf8(self.bytes()?).map_err(PackedError::custom)?;
        visitor.visit_borrowed_str(text)
    }
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PackedError> {
        self.deserialize_str(visitor)
    }
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PackedError> {
        self.deserialize_str(visitor)
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PackedError> {
        if self.flag()? { visitor.visit_some(self) } else { visitor.visit_none() }
    }
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PackedError> {
        visitor.visit_unit()
    }
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, PackedError> {
        visitor.visit_unit()
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, PackedError> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PackedError> {
        let left = self.length()?;
        visitor.visit_seq(Items { reader: self, left })
    }
    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, PackedError> {
        visitor.visit_seq(Items { reader: self, left })
    }
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, PackedError> {
        visitor.visit_seq(Items { reader: self, left })
    }
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PackedError> {
        let left = self.length()?;
        visitor.visit_map(Items { reader: self, left })
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PackedError> {
        visitor.visit_seq(Items { reader: self, left: fields.len() })
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PackedError> {
        visitor.visit_enum(self)
    }
}

/// So many items, or pairs, that follow.
struct Items<'r, 'de> {
    reader: &'r mut Reader<'de>,
    left: usize,
}

impl Items<'_, '_> {
    fn counts_down(&mut self) -> bool {
        let more = self.left > 0;
        self.left = self.left.saturating_sub(1);
        more
    }
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = PackedError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, PackedError> {
        self.counts_down().then(|| seed.deserialize(&mut *self.reader)).transpose()
    }
    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = PackedError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, PackedError> {
        self.next_element_seed(seed)
    }
    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, PackedError> {
        seed.deserialize(&mut *self.reader)
    }
    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> EnumAccess<'de> for &mut Reader<'de> {
    type Error = PackedError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), PackedError> {
        let index: u32 = self.small()?;
        let variant =
            seed.deserialize(IntoDeserializer::<PackedError>::into_deserializer(index))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for &mut Reader<'de> {
    type Error = PackedError;

    fn unit_variant(self) -> Result<(), PackedError> {
        Ok(())
    }
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, PackedError> {
        seed.deserialize(self)
    }
    fn tuple_variant<V: Visitor<'de>>(
        self,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, PackedError> {
        self.deserialize_tuple(left, visitor)
    }
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PackedError> {
        self.deserialize_struct("", fields, visitor)
    }
}
