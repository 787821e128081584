//! A value to bytes.

use std::io::Write;

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::PackedError;

type Done = Result<(), PackedError>;

/// Writes to `out`.
pub(super) struct Writer<'w, W> {
    pub(super) out: &'w mut W,
}

impl<W: Write> Writer<'_, W> {
    fn bytes(&mut self, bytes: &[u8]) -> Done {
        self.out.write_all(bytes).map_err(PackedError::custom)
    }

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    fn number(&mut self, mut number: u64) -> Done {
        let mut bytes = [0_u8; 10];
        let mut used = 0;
        for byte in &mut bytes {
            used += 1;
            let low = u8::try_from(number & 0x7f).map_err(PackedError::custom)?;
            number >>= 7;
            *byte = if number == 0 { low } else { low | 0x80 };
            if number == 0 {
                break;
            }
        }
        self.bytes(bytes.get(..used).unwrap_or_default())
    }

    fn length(&mut self, length: usize) -> Done {
        self.number(u64::try_from(length).map_err(PackedError::custom)?)
    }
}

impl<W: Write> Serializer for &mut Writer<'_, W> {
    type Ok = ();
    type Error = PackedError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fn is_human_readable(&self) -> bool {
        false
    }
    fn serialize_bool(self, value: bool) -> Done {
        self.bytes(&[u8::from(value)])
    }
    fn serialize_i8(self, value: i8) -> Done {
        self.serialize_i64(value.into())
    }
    fn serialize_i16(self, value: i16) -> Done {
        self.serialize_i64(value.into())
    }
    fn serialize_i32(self, value: i32) -> Done {
        self.serialize_i64(value.into())
    }
    fn serialize_i64(self, value: i64) -> Done {
        // The sign goes last, so that small numbers are short on both sides of nothing.
        self.number((value << 1).cast_unsigned() ^ (value >> 63).cast_unsigned())
    }
    fn serialize_u8(self, value: u8) -> Done {
        self.bytes(&[value])
    }
    fn serialize_u16(self, value: u16) -> Done {
        self.number(value.into())
    }
    fn serialize_u32(self, value: u32) -> Done {
        self.number(value.into())
    }
    fn serialize_u64(self, value: u64) -> Done {
        self.number(value)
    }
    fn serialize_f32(self, _: f32) -> Done {
        Err(PackedError("no fraction is kept".into()))
    }
    fn serialize_f64(self, _: f64) -> Done {
        Err(PackedError("no fraction is kept".into()))
    }
    fn serialize_char(self, value: char) -> Done {
        self.number(u32::from(value).into())
    }
    fn serialize_str(self, value: &str) -> Done {
        self.serialize_bytes(value.as_bytes())
    }
    fn serialize_bytes(self, value: &[u8]) -> Done {
        self.length(value.len())?;
        self.bytes(value)
    }
    fn serialize_none(self) -> Done {
        self.bytes(&[0])
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        self.bytes(&[1])?;
        value.serialize(self)
    }
    fn serialize_unit(self) -> Done {
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Done {
        Ok(())
    }
    fn serialize_unit_variant(self, _: &'static str, index: u32, _: &'static str) -> Done {
        self.number(index.into())
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Done {
        self.number(index.into())?;
        value.serialize(self)
    }
    fn serialize_seq(self, length: Option<usize>) -> Result<Self, PackedError> {
        self.length(length.ok_or_else(|| PackedError("a list of unknown length".into()))?)?;
        Ok(self)
    }
    fn serialize_tuple(self, _: usize) -> Result<Self, PackedError> {
        Ok(self)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, PackedError> {
        Ok(self)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, PackedError> {
        self.number(index.into())?;
        Ok(self)
    }
    fn serialize_map(self, length: Option<usize>) -> Result<Self, PackedError> {
        self.serialize_seq(length)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, PackedError> {
        Ok(self)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, PackedError> {
        self.number(index.into())?;
        Ok(self)
    }
}

macro_rules! one_after_the_other {
    ($($of:ident: $put:ident;)*) => {$(
        impl<W: Write> $of for &mut Writer<'_, W> {
            type Ok = ();
            type Error = PackedError;
            fn $put<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
                value.serialize(&mut **self)
            }
            fn end(self) -> Done {
                Ok(())
            }
        }
    )*};
}

one_after_the_other! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
}

impl<W: Write> SerializeMap for &mut Writer<'_, W> {
    type Ok = ();
    type Error = PackedError;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        key.serialize(&mut **self)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        value.serialize(&mut **self)
    }
    fn end(self) -> Done {
        Ok(())
    }
}

macro_rules! fields {
    ($($of:ident)*) => {$(
        impl<W: Write> $of for &mut Writer<'_, W> {
            type Ok = ();
            type Error = PackedError;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Done {
                value.serialize(&mut **self)
            }
            /// Facts skip options without a value, and nothing else.
            fn skip_field(&mut self, _: &'static str) -> Done {
                self.serialize_none()
            }
            fn end(self) -> Done {
                Ok(())
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }
