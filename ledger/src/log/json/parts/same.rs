//! A serializer that writes nothing: it compares what would be written with what stands there.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use serde::ser::{
    Impossible, Serialize, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use thiserror::Error;

use super::{Node, Value};

/// What is written differs from what stands there, or has no place in the subset.
#[derive(Debug, Error)]
#[error("another writing")]
pub(super) struct Differs;

impl serde::ser::Error for Differs {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

fn when(equal: bool) -> Result<(), Differs> {
    if equal { Ok(()) } else { Err(Differs) }
}

/// Compares with one value.
pub(super) struct Same<'a>(pub(super) Node<'a>);

impl<'a> Same<'a> {
    fn text(&self) -> Result<&'a str, Differs> {
        match self.0 {
            Node::Text(text) => Ok(text),
            Node::Value(Value::String(text)) => Ok(text),
            _ => Err(Differs),
        }
    }

    fn items(self) -> Result<Items<'a>, Differs> {
        match self.0 {
            Node::Value(Value::Array(items)) => Ok(Items(items.iter())),
            _ => Err(Differs),
        }
    }

    fn fields(self) -> Result<Fields<'a>, Differs> {
        match self.0 {
            Node::Value(Value::Object(fields)) => Ok(Fields { of: Of::Fields(fields), met: 0 }),
            Node::Parts(kind, body) => Ok(Fields { of: Of::Parts(kind, body), met: 0 }),
            _ => Err(Differs),
        }
    }

    /// What stands under the only key, when it is this variant.
    fn content(self, variant: &str) -> Result<Self, Differs> {
        let Node::Value(Value::Object(fields)) = self.0 else { return Err(Differs) };
        match fields.first_key_value() {
            Some((name, content)) if fields.len() == 1 && name == variant => {
                Ok(Self(Node::Value(content)))
            }
            _ => Err(Differs),
        }
    }
}

macro_rules! no_numbers {
    ($($name:ident $kind:ty;)*) => {$(
        fn $name(self, _: $kind) -> Result<(), Differs> {
            Err(Differs)
        }
    )*};
}

impl<'a> Serializer for Same<'a> {
    type Ok = ();
    type Error = Differs;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Items<'a>;
    type SerializeTupleVariant = Items<'a>;
    /// No fact holds a map: its fields have names.
    type SerializeMap = Impossible<(), Differs>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Fields<'a>;

    no_numbers! {
        serialize_i8 i8; serialize_i16 i16; serialize_i32 i32; serialize_i64 i64;
        serialize_u8 u8; serialize_u16 u16; serialize_u32 u32; serialize_u64 u64;
        serialize_f32 f32; serialize_f64 f64; serialize_bytes &[u8];
    }

    fn serialize_bool(self, value: bool) -> Result<(), Differs> {
        when(matches!(self.0, Node::Value(Value::Bool(stands)) if *stands == value))
    }

    fn serialize_char(self, value: char) -> Result<(), Differs> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Differs> {
        when(self.text()? == value)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), Differs> {
        let mut rest = Rest(self.text()?);
        write!(rest, "{value}").map_err(|_| Differs)?;
        when(rest.0.is_empty())
    }

    fn serialize_none(self) -> Result<(), Differs> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Differs> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Differs> {
        when(matches!(self.0, Node::Value(Value::Null)))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Differs> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Differs> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Differs> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Differs> {
        value.serialize(self.content(variant)?)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'a>, Differs> {
        self.items()
    }

    fn serialize_tuple(self, _: usize) -> Result<Items<'a>, Differs> {
        self.items()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items<'a>, Differs> {
        self.items()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Items<'a>, Differs> {
        self.content(variant)?.items()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Impossible<(), Differs>, Differs> {
        Err(Differs)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'a>, Differs> {
        self.fields()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Fields<'a>, Differs> {
        self.content(variant)?.fields()
    }
}

/// What remains to be written of a text.
struct Rest<'a>(&'a str);

impl Write for Rest<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(text).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// Compares with a list.
pub(super) struct Items<'a>(std::slice::Iter<'a, Value>);

impl Items<'_> {
    fn next<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Differs> {
        value.serialize(Same(Node::Value(self.0.next().ok_or(Differs)?)))
    }

    fn done(self) -> Result<(), Differs> {
        when(self.0.len() == 0)
    }
}

macro_rules! items {
    ($($of:ident $next:ident;)*) => {$(
        impl $of for Items<'_> {
            type Ok = ();
            type Error = Differs;

            fn $next<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Differs> {
                self.next(value)
            }

            fn end(self) -> Result<(), Differs> {
                self.done()
            }
        }
    )*};
}

items! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

enum Of<'a> {
    Fields(&'a BTreeMap<String, Value>),
    Parts(&'a str, &'a Value),
}

/// Compares with an object: each field written stands there, and none stands there besides.
pub(super) struct Fields<'a> {
    of: Of<'a>,
    met: usize,
}

impl<'a> Fields<'a> {
    fn stands(&self, name: &str) -> Result<Node<'a>, Differs> {
        match (&self.of, name) {
            (Of::Fields(fields), name) => fields.get(name).map(Node::Value).ok_or(Differs),
            (Of::Parts(kind, _), "kind") => Ok(Node::Text(kind)),
            (Of::Parts(_, body), "body") => Ok(Node::Value(body)),
            _ => Err(Differs),
        }
    }

    fn next<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Differs> {
        value.serialize(Same(self.stands(name)?))?;
        self.met = self.met.saturating_add(1);
        Ok(())
    }

    fn done(self) -> Result<(), Differs> {
        let there = match self.of {
            Of::Fields(fields) => fields.len(),
            Of::Parts(..) => 2,
        };
        when(self.met == there)
    }
}

macro_rules! fields {
    ($($of:ident;)*) => {$(
        impl $of for Fields<'_> {
            type Ok = ();
            type Error = Differs;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Differs> {
                self.next(name, value)
            }

            fn end(self) -> Result<(), Differs> {
                self.done()
            }
        }
    )*};
}

fields! {
    SerializeStruct;
    SerializeStructVariant;
}
