//! Personal values out of the vault, as pages and documents name a person.

use std::collections::BTreeMap;

use ledger::base::MemberRef;
use ledger::documents::{Holder, PersonNamed};
use ledger::members::PersonKind;

use crate::Shared;
use crate::error::Result;

/// What the vault holds of a person; nothing once it is erased.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    kind: Option<PersonKind>,
    values: BTreeMap<String, String>,
}

impl Person {
    /// The person of that reference.
    pub(crate) async fn of(shared: &Shared, member: &MemberRef) -> Result<Self> {
        let values = shared.registrar.private(member.as_str()).await?;
        let book = shared.book();
        let kind = book.state().registers.members.get(member).map(|member| member.person);
        Ok(Self { kind, values })
    }

    /// A person described by a form, before anything of them is in the book.
    pub(crate) fn new(kind: PersonKind, values: BTreeMap<String, String>) -> Self {
        Self { kind: Some(kind), values }
    }

    /// A value; empty when it was not given or was erased.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Whether nobody can say any more who this was.
    pub(crate) fn is_unknown(&self) -> bool {
        ["surname", "denomination"].iter().all(|name| self.value(name).is_empty())
    }

    fn is_natural(&self) -> bool {
        self.kind.is_none_or(|kind| kind == PersonKind::Natural)
    }

    /// First names and surname, or the denomination.
    pub(crate) fn name(&self) -> String {
        if self.is_unknown() {
            return "personne effacée".into();
        }
        if !self.is_natural() {
            return self.value("denomination").to_owned();
        }
        format!("{} {}", self.value("first_names"), self.surname())
    }

    fn surname(&self) -> String {
        let (born, usual) = (self.value("surname"), self.value("usual_name"));
        if usual.is_empty() { born.to_owned() } else { format!("{usual} (née ou né {born})") }
    }

    /// The postal address on one line.
    pub(crate) fn address(&self) -> String {
        let town = format!("{} {}", self.value("postcode"), self.value("town"));
        let parts = [self.value("street"), town.trim(), self.value("country")];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(", ")
    }

    /// The number that identifies a legal person.
    fn number(&self) -> String {
        match (self.value("siren"), self.value("rna")) {
            ("", rna) => format!("RNA {rna}"),
            (siren, _) => format!("SIREN {siren}"),
        }
    }

    /// As the subscription form names them (R23).
    pub(crate) fn named(&self) -> PersonNamed {
        if self.is_natural() {
            return PersonNamed::Natural {
                domicile: self.address(),
                first_names: self.value("first_names").to_owned(),
                represented_by: None,
                surname: self.surname(),
            };
        }
        PersonNamed::Legal {
            denomination: self.value("denomination").to_owned(),
            form: self.value("legal_form").to_owned(),
            number: self.number(),
            represented_by: self.value("representative").to_owned(),
            seat: self.address(),
        }
    }

    /// As the certificate names them (R28).
    pub(crate) fn holder(&self) -> Holder {
        let kind = self.kind.map_or("", PersonKind::label).to_owned();
        if self.is_unknown() {
            return Holder { kind, lines: Vec::new(), name: self.name() };
        }
        let mut lines = vec![self.address()];
        if !self.is_natural() {
            lines.insert(0, format!("{}, {}", self.value("legal_form"), self.number()));
            lines.push(format!("représentée par {}", self.value("representative")));
        }
        Holder { kind, lines, name: self.name() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(kind: PersonKind, values: &[(&str, &str)]) -> Person {
        let values = values.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Person::new(kind, values)
    }

    #[test]
    fn an_address_leaves_out_what_is_not_known() {
        let awa = person(PersonKind::Natural, &[("street", "3 rue du Clos"), ("town", "Roubaix")]);
        assert_eq!(awa.address(), "3 rue du Clos, Roubaix");
    }

    #[test]
    fn an_association_without_siren_is_known_by_its_rna() {
        let club = person(PersonKind::Association, &[("rna", "W595000001")]);
        assert_eq!(club.number(), "RNA W595000001");
    }

    #[test]
    fn an_erased_person_has_no_name() {
        assert_eq!(Person::default().name(), "personne effacée");
    }
}
