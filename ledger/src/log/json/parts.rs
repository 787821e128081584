//! A kind and a body straight into a type, and a type compared with them, with nothing in between.
//!
//! The same as going through a tree of `serde_json` and back, for a type that serde tags with `kind`
//! and `body`; a test compares the two ways.

use std::collections::BTreeMap;
use std::collections::btree_map;

use serde::de::value::{BorrowedStrDeserializer, Error};
use serde::de::{
    DeserializeSeed, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::{Deserialize, Deserializer, Serialize, forward_to_deserialize_any};

use super::Value;

mod same;

/// What is read from, and compared with.
#[derive(Clone, Copy)]
enum Node<'a> {
    Text(&'a str),
    Value(&'a Value),
    /// An object with the fields `kind` and `body`.
    Parts(&'a str, &'a Value),
}

/// Reads a type from its kind and its body.
///
/// # Errors
/// What serde says of the first thing that has another form.
pub fn read<'de, T: Deserialize<'de>>(kind: &'de str, body: &'de Value) -> Result<T, String> {
    T::deserialize(Node::Parts(kind, body)).map_err(|error: Error| error.to_string())
}

/// Whether serde writes `value` as this very kind and body.
pub fn is_written(value: &impl Serialize, kind: &str, body: &Value) -> bool {
    value.serialize(same::Same(Node::Parts(kind, body))).is_ok()
}

impl<'de> Deserializer<'de> for Node<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Text(text) => visitor.visit_borrowed_str(text),
            Self::Parts(kind, body) => {
                visitor.visit_map(Pair { kind: Some(kind), body: Some(body) })
            }
            Self::Value(Value::Null) => visitor.visit_unit(),
            Self::Value(Value::Bool(value)) => visitor.visit_bool(*value),
            Self::Value(Value::String(text)) => visitor.visit_borrowed_str(text),
            Self::Value(Value::Array(items)) => {
                let mut rest = Items(items.iter());
                let read = visitor.visit_seq(&mut rest)?;
                match rest.0.len() {
                    0 => Ok(read),
                    _ => Err(Error::invalid_length(items.len(), &"fewer items")),
                }
            }
            Self::Value(Value::Object(fields)) => visitor.visit_map(Fields::of(fields)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Value(Value::Null) => visitor.visit_none(),
            some => visitor.visit_some(some),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Text(name) => visitor.visit_enum(Variant { name, content: None }),
            Self::Value(Value::String(name)) => visitor.visit_enum(Variant { name, content: None }),
            Self::Value(Value::Object(fields)) if fields.len() == 1 => {
                let only = fields.first_key_value();
                let (name, content) = only.ok_or_else(|| Error::custom("no variant"))?;
                visitor.visit_enum(Variant { name, content: Some(content) })
            }
            _ => Err(Error::invalid_type(Unexpected::Other("this value"), &"a variant")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Error> for Node<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The fields `kind` and `body`, in this order.
struct Pair<'de> {
    kind: Option<&'de str>,
    body: Option<&'de Value>,
}

impl<'de> MapAccess<'de> for Pair<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let name = match (self.kind, self.body) {
            (Some(_), _) => "kind",
            (None, Some(_)) => "body",
            (None, None) => return Ok(None),
        };
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let kind = self.kind.take().map(Node::Text);
        let next = kind.or_else(|| self.body.take().map(Node::Value));
        seed.deserialize(next.ok_or_else(|| Error::custom("no value"))?)
    }
}

struct Items<'de>(std::slice::Iter<'de, Value>);

impl<'de> SeqAccess<'de> for &mut Items<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        self.0.next().map(|item| seed.deserialize(Node::Value(item))).transpose()
    }
}

struct Fields<'de> {
    rest: btree_map::Iter<'de, String, Value>,
    value: Option<&'de Value>,
}

impl<'de> Fields<'de> {
    fn of(fields: &'de BTreeMap<String, Value>) -> Self {
        Self { rest: fields.iter(), value: None }
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(BorrowedStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let value = self.value.take().ok_or_else(|| Error::custom("no value"))?;
        seed.deserialize(Node::Value(value))
    }
}

struct Variant<'de> {
    name: &'de str,
    content: Option<&'de Value>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        Ok((seed.deserialize(BorrowedStrDeserializer::<Error>::new(self.name))?, self))
    }
}

impl<'de> Variant<'de> {
    fn content(&self) -> Result<Node<'de>, Error> {
        let content = self.content.map(Node::Value);
        content.ok_or_else(|| Error::invalid_type(Unexpected::UnitVariant, &"a content"))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.content {
            None => Ok(()),
            Some(_) => Err(Error::invalid_type(Unexpected::NewtypeVariant, &"a name alone")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.content()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.content()?.deserialize_any(visitor)
    }
}
