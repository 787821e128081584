//! Every "no" about keys and signatures, with its French sentence.

use thiserror::Error;

use super::Role;
use crate::base::{LeafIndex, Notice};
use crate::bylaws;

/// A rule about keys or signatures forbids what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", self.notice())]
pub enum Refusal {
    /// The book is open already.
    AlreadyOpened,
    /// No key can be enrolled before the book opens.
    NotOpened,
    /// The origin is not a host and a path.
    Origin(String),
    /// This version of the software writes another format.
    Format(String),
    /// Too few administrators must sign, or more than there are.
    Threshold {
        /// How many must sign.
        threshold: u32,
        /// How many administrators there are.
        admins: usize,
        /// The fewest that the house asks for.
        least: u32,
    },
    /// More administrators than the house accepts.
    TooManyAdmins {
        /// How many are named.
        given: usize,
        /// The most.
        max: usize,
    },
    /// The text is not a verifier key.
    Vkey(String),
    /// The log's key must bear the origin's name.
    LogKeyName {
        /// The name it bears.
        name: String,
        /// The origin.
        origin: String,
    },
    /// A key's name is not a pseudonym under the origin.
    KeyName {
        /// The name it bears.
        name: String,
        /// The origin.
        origin: String,
    },
    /// A key of that name exists, perhaps revoked.
    KnownName(String),
    /// The same public key exists under another name.
    KnownPublicKey {
        /// The name it would take.
        name: String,
        /// The name it has.
        known_as: String,
    },
    /// A label or a reason is empty, too long, or holds control characters.
    Text {
        /// Which text, in French.
        field: &'static str,
        /// Its length in characters.
        length: usize,
        /// The most it may have.
        max: usize,
    },
    /// No key has that name.
    UnknownKey(String),
    /// The key is revoked already.
    AlreadyRevoked {
        /// Which key.
        name: String,
        /// By which leaf.
        at: LeafIndex,
    },
    /// Too few administrators would be left to sign anything.
    TooFewAdminsLeft {
        /// How many would be left.
        left: usize,
        /// How many must sign.
        threshold: u32,
    },
    /// Too few keys of the right role have signed.
    TooFewSignatures {
        /// The roles that count; none when the fact names its own signers.
        roles: Vec<Role>,
        /// How many are needed.
        asked: u32,
        /// How many have signed.
        given: u32,
    },
    /// The bylaws that the opening states are refused.
    Bylaws(bylaws::Refusal),
}

impl From<bylaws::Refusal> for Refusal {
    fn from(refusal: bylaws::Refusal) -> Self {
        Self::Bylaws(refusal)
    }
}

impl Refusal {
    /// Too few administrators have signed the opening of the book.
    pub fn too_few_signatures(asked: u32, given: u32) -> Self {
        Self::TooFewSignatures { roles: vec![Role::Admin], asked, given }
    }

    /// What to tell the person.
    pub fn notice(&self) -> Notice {
        match self {
            Self::Bylaws(refusal) => refusal.notice(),
            Self::TooFewSignatures { roles, asked, given } => Notice {
                what: "Il manque des signatures.".into(),
                why: format!("Signatures valables : {given} sur {asked}. {}.", Self::who(roles)),
                rule: roles.contains(&Role::Officer).then_some("règle R25"),
                remedy: "Faites signer par une autre clé habilitée et non révoquée.".into(),
            },
            Self::UnknownKey(_) | Self::AlreadyRevoked { .. } | Self::TooFewAdminsLeft { .. } => {
                self.about_revocation()
            }
            Self::Vkey(_)
            | Self::KeyName { .. }
            | Self::KnownName(_)
            | Self::KnownPublicKey { .. }
            | Self::NotOpened
            | Self::Text { .. } => self.about_a_key(),
            _ => self.about_opening(),
        }
    }

    fn who(roles: &[Role]) -> String {
        let labels: Vec<&str> = roles.iter().map(|role| role.label()).collect();
        format!("Il faut la clé d’un {}", labels.join(" ou d’un "))
    }

    fn about_opening(&self) -> Notice {
        let (why, remedy) = match self {
            Self::AlreadyOpened => (
                "Le livre est déjà ouvert ; il ne s’ouvre qu’une fois.".into(),
                "Pour un autre livre, choisissez une autre origine.".into(),
            ),
            Self::Origin(origin) => (
                format!("L’origine « {origin} » n’est pas de la forme domaine/chemin."),
                "Écrivez par exemple « livre.cooperative.fr/registre », sans https:// ni espace."
                    .into(),
            ),
            Self::Format(format) => (
                format!("Le format « {format} » n’est pas celui de cette version, « 1 »."),
                "Ouvrez le livre avec la version du logiciel qui lui correspond.".into(),
            ),
            Self::Threshold { threshold, admins, least } => (
                format!(
                    "{threshold} signatures sur {admins} administrateurs ne conviennent pas : \
                     il en faut au moins {least}, et pas plus que d’administrateurs."
                ),
                "Nommez au moins deux administrateurs, avec chacun sa clé.".into(),
            ),
            Self::TooManyAdmins { given, max } => (
                format!("{given} administrateurs sont nommés ; le maximum est {max}."),
                "Réduisez la liste.".into(),
            ),
            Self::LogKeyName { name, origin } => (
                format!("La clé du journal s’appelle « {name} » et non « {origin} »."),
                "Donnez à la clé du journal le nom de l’origine.".into(),
            ),
            _ => ("La demande n’est pas recevable.".into(), "Recommencez l’ouverture.".into()),
        };
        Notice { what: "L’ouverture du livre est refusée.".into(), why, rule: None, remedy }
    }

    fn about_a_key(&self) -> Notice {
        let (why, remedy) = match self {
            Self::Vkey(text) => (
                format!("« {text} » n’est pas une clé publique de la forme nom+empreinte+clé."),
                "Recopiez la clé publique entière, telle qu’elle a été créée.".into(),
            ),
            Self::KeyName { name, origin } => (
                format!(
                    "La clé s’appelle « {name} » ; son nom doit commencer par « {origin}/k/ » \
                     et finir par 1 à 60 lettres minuscules, chiffres ou tirets."
                ),
                "Créez une clé nommée d’après la fonction, jamais d’après la personne.".into(),
            ),
            Self::KnownName(name) => (
                format!("Une clé nommée « {name} » existe déjà ; un nom ne sert qu’une fois."),
                "Créez une clé sous un autre nom.".into(),
            ),
            Self::KnownPublicKey { name, known_as } => (
                format!("La clé « {name} » est déjà connue sous le nom « {known_as} »."),
                "Créez une nouvelle clé : une même clé n’occupe qu’une fonction.".into(),
            ),
            Self::Text { field, length, max } => (
                format!("Le texte « {field} » compte {length} caractères ; il en faut 1 à {max}."),
                "Corrigez ce texte, sur une seule ligne.".into(),
            ),
            _ => ("Le livre n’est pas encore ouvert.".into(), "Ouvrez d’abord le livre.".into()),
        };
        Notice { what: "La clé est refusée.".into(), why, rule: None, remedy }
    }

    fn about_revocation(&self) -> Notice {
        let (why, remedy) = match self {
            Self::AlreadyRevoked { name, at } => (
                format!("La clé « {name} » est déjà révoquée, par la feuille {at}."),
                "Il n’y a rien d’autre à faire.".into(),
            ),
            Self::TooFewAdminsLeft { left, threshold } => (
                format!(
                    "Il resterait {left} administrateur pour {threshold} signatures exigées : \
                     plus personne ne pourrait habiliter une clé."
                ),
                "Habilitez d’abord la clé d’un nouvel administrateur.".into(),
            ),
            Self::UnknownKey(name) => (
                format!("Aucune clé ne s’appelle « {name} »."),
                "Choisissez une clé dans la liste des habilitations.".into(),
            ),
            _ => ("La demande n’est pas recevable.".into(), "Recommencez la demande.".into()),
        };
        Notice { what: "La révocation est refusée.".into(), why, rule: None, remedy }
    }
}
