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
    /// The end of the log that the book follows is not well stated: why, in French.
    Predecessor(&'static str),
    /// The key that would be replaced has not signed its replacement.
    OldKeySilent(String),
    /// Too few would sign, or more than there are administrators.
    Reach {
        /// How many would sign.
        threshold: u32,
        /// How many administrators there are.
        admins: usize,
        /// The fewest that the house asks for.
        least: u32,
    },
    /// That many administrators sign already.
    SameThreshold(u32),
    /// The two keys of the log would sign together for too long.
    BothTooLong {
        /// For how many leaves.
        given: u32,
        /// The most.
        max: u32,
    },
    /// The process that signs checkpoints does not hold the new key of the log.
    LogKeyNotHeld(String),
    /// A key that still signs can't be put in doubt.
    StillSigns(String),
    /// The doubt begins outside the leaves that the key could sign.
    SuspectFrom {
        /// Which key.
        name: String,
        /// The leaf given.
        from: LeafIndex,
        /// The leaf that enrolled it.
        first: LeafIndex,
        /// The leaf with which it ended.
        last: LeafIndex,
    },
    /// The key is in doubt from an earlier leaf already.
    AlreadySuspected {
        /// Which key.
        name: String,
        /// From which leaf.
        from: LeafIndex,
    },
    /// Only administrators and officers review.
    ReviewAs(Role),
    /// The leaves of a review are none, too many, or not in order.
    ReviewList {
        /// How many are named.
        given: usize,
        /// The most.
        max: usize,
    },
    /// That leaf waits for no review.
    NothingToReview(LeafIndex),
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
                self.about_the_end_of_a_key()
            }
            Self::OldKeySilent(_)
            | Self::Reach { .. }
            | Self::SameThreshold(_)
            | Self::BothTooLong { .. }
            | Self::LogKeyNotHeld(_) => self.about_a_change(),
            Self::StillSigns(_)
            | Self::SuspectFrom { .. }
            | Self::AlreadySuspected { .. }
            | Self::ReviewAs(_)
            | Self::ReviewList { .. }
            | Self::NothingToReview(_) => self.about_a_review(),
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
            Self::Predecessor(why) => (
                format!("La fin du journal précédent est mal indiquée : {why}."),
                "Donnez le dernier point de contrôle que vous tenez pour sûr, et la clé qui l’a signé."
                    .into(),
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

    fn about_the_end_of_a_key(&self) -> Notice {
        let (why, remedy) = match self {
            Self::AlreadyRevoked { name, at } => (
                format!("La clé « {name} » ne signe plus, depuis la feuille {at}."),
                "Il n’y a rien d’autre à faire ; pour la remplacer, inscrivez une nouvelle clé."
                    .into(),
            ),
            Self::TooFewAdminsLeft { left, threshold } => (
                format!(
                    "Il resterait {left} administrateur{} pour {threshold} signatures exigées : \
                     plus personne ne pourrait habiliter une clé.",
                    if *left > 1 { "s" } else { "" }
                ),
                "Habilitez d’abord la clé d’un nouvel administrateur.".into(),
            ),
            Self::UnknownKey(name) => (
                format!("Aucune clé ne s’appelle « {name} »."),
                "Choisissez une clé dans la liste des habilitations.".into(),
            ),
            _ => ("La demande n’est pas recevable.".into(), "Recommencez la demande.".into()),
        };
        Notice { what: "La fin de la clé est refusée.".into(), why, rule: None, remedy }
    }

    fn about_a_change(&self) -> Notice {
        let (why, remedy) = match self {
            Self::OldKeySilent(name) => (
                format!("La clé « {name} » n’a pas signé son remplacement."),
                "Signez avec l’ancienne clé aussi ; si elle est perdue, révoquez-la et inscrivez la \
                 nouvelle."
                    .into(),
            ),
            Self::Reach { threshold, admins, least } => (
                format!(
                    "{threshold} administrateurs signeraient, sur {admins} qui ont une clé : il en faut \
                     {least} au moins, et pas plus qu’il n’y en a."
                ),
                "Inscrivez d’abord la clé d’autres administrateurs, ou choisissez un autre nombre."
                    .into(),
            ),
            Self::SameThreshold(threshold) => (
                format!("Il faut déjà {threshold} administrateurs."),
                "Indiquez un autre nombre, ou ne changez rien.".into(),
            ),
            Self::BothTooLong { given, max } => (
                format!("Les deux clés du journal signeraient ensemble {given} feuilles ; le maximum est {max}."),
                "Choisissez une durée plus courte.".into(),
            ),
            Self::LogKeyNotHeld(key) => (
                format!("Le signataire du journal ne tient pas la clé « {key} » : plus rien ne serait signé."),
                "Donnez d’abord la nouvelle clé au signataire (« log-next.key », ou « --key » du processus \
                 à part), redémarrez-le, puis recommencez."
                    .into(),
            ),
            _ => ("La demande n’est pas recevable.".into(), "Recommencez la demande.".into()),
        };
        Notice { what: "Le changement est refusé.".into(), why, rule: None, remedy }
    }

    fn about_a_review(&self) -> Notice {
        let (why, remedy) = match self {
            Self::StillSigns(name) => (
                format!("La clé « {name} » signe encore."),
                "Révoquez-la d’abord, ou dans la même demande.".into(),
            ),
            Self::SuspectFrom { name, from, first, last } => (
                format!(
                    "La clé « {name} » a pu signer de la feuille {first} à la feuille {last} ; le doute \
                     ne peut commencer à la feuille {from}."
                ),
                "Indiquez la première feuille douteuse entre ces deux-là.".into(),
            ),
            Self::AlreadySuspected { name, from } => (
                format!("La clé « {name} » est déjà mise en doute depuis la feuille {from}."),
                "Rien à faire, sauf à remonter plus tôt.".into(),
            ),
            Self::ReviewAs(role) => (
                format!("Un {} ne revoit pas de feuille.", role.label()),
                "Faites signer des membres du bureau, ou des administrateurs.".into(),
            ),
            Self::ReviewList { given, max } => (
                format!(
                    "{given} feuilles sont désignées ; il en faut 1 à {max}, dans l’ordre, une fois chacune."
                ),
                "Corrigez la liste, ou faites plusieurs revues.".into(),
            ),
            Self::NothingToReview(leaf) => (
                format!("La feuille {leaf} n’attend aucune revue."),
                "Choisissez parmi les feuilles à revoir de la page Administration.".into(),
            ),
            _ => ("La demande n’est pas recevable.".into(), "Recommencez la demande.".into()),
        };
        Notice {
            what: "La mise en doute ou la revue est refusée.".into(), why, rule: None, remedy
        }
    }
}
