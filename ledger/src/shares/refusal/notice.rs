//! The French sentence of each "no" about shares.

use super::{Act, Refusal};
use crate::base::{Notice, ShareCount};

const ALLOTMENT: &str = "règle R25";
const NOMINAL: &str = "règle R11, loi 1947 art. 11";
const PAID: &str = "règle R12, loi 1947 art. 12";
const CERTIFICATE: &str = "règle R28";

type Parts = (String, Option<&'static str>, String);

impl Act {
    const fn refused(self) -> &'static str {
        match self {
            Self::Subscription => "La souscription est refusée.",
            Self::Allotment => "L’attribution des parts est refusée.",
            Self::Declining => "Le rejet de la souscription est refusé.",
            Self::Certificate => "L’attestation de parts est refusée.",
        }
    }
}

impl Refusal {
    /// What to tell the person.
    pub fn notice(&self) -> Notice {
        let act = self.act();
        let (why, rule, remedy) = match (self, act) {
            (
                Self::Ahead { .. }
                | Self::DecisionLabel { .. }
                | Self::DecidedBefore { .. }
                | Self::AlreadyAllotted { .. }
                | Self::AlreadyDeclined { .. }
                | Self::OtherNominal { .. },
                _,
            ) => self.about_several(),
            (Self::Parameter(_) | Self::Overflow, _) => self.about_calculation(),
            (_, Act::Subscription) => self.about_subscription(),
            (_, Act::Allotment | Act::Declining) => self.about_allotment(),
            (_, Act::Certificate) => self.about_certificate(),
        };
        let what = match self {
            Self::Parameter(_) | Self::Overflow => "La règle ne peut pas être vérifiée.",
            // Allotting and declining both look a subscription up.
            Self::UnknownSubscription(_) => "La décision est refusée.",
            _ => act.refused(),
        };
        Notice { what: what.into(), why, rule, remedy }
    }

    const fn act(&self) -> Act {
        match self {
            Self::OtherNominal { act, .. }
            | Self::Ahead { act, .. }
            | Self::DecisionLabel { act, .. }
            | Self::DecidedBefore { act, .. }
            | Self::AlreadyAllotted { act, .. }
            | Self::AlreadyDeclined { act, .. } => *act,
            Self::UnknownSubscription(_)
            | Self::ListLength { .. }
            | Self::ListedTwice(_)
            | Self::OtherMember(_)
            | Self::OtherCount { .. }
            | Self::PaidTooLittle { .. }
            | Self::PaidTooMuch { .. }
            | Self::BelowFloor { .. }
            | Self::PublicPart { .. } => Act::Allotment,
            Self::KnownCertificate(_) | Self::NothingHeld { .. } | Self::OtherHolding { .. } => {
                Act::Certificate
            }
            _ => Act::Subscription,
        }
    }

    fn about_subscription(&self) -> Parts {
        match self {
            Self::InWords { typed, count, expected } => (
                if typed.is_empty() {
                    format!("Le nombre en toutes lettres manque pour {}.", parts(*count))
                } else {
                    format!("Vous avez écrit « {typed} » pour {}.", parts(*count))
                },
                Some("règle R23, C. com. R225-128"),
                format!("Écrivez « {expected} »."),
            ),
            Self::NoShares => (
                "Aucune part n’est demandée.".into(),
                Some(NOMINAL),
                "Indiquez au moins une part.".into(),
            ),
            Self::UnknownCategory(category) => (
                format!("La catégorie « {category} » n’existe pas dans les statuts."),
                Some("règle R1, loi 47-1775 art. 19 septies"),
                "Choisissez l’une des catégories des statuts.".into(),
            ),
            Self::BelowMinimum { category, min, count } => (
                format!(
                    "La catégorie « {category} » demande {} au moins ; vous en demandez {count}.",
                    parts(*min)
                ),
                Some("règle R16, statuts"),
                format!(
                    "Souscrivez {} ou davantage, ou choisissez une autre catégorie.",
                    parts(*min)
                ),
            ),
            Self::AboveMaximum { count, max } => (
                format!(
                    "Une souscription porte sur {} au plus ; vous en demandez {count}.",
                    parts(*max)
                ),
                Some("règle R88, statuts"),
                "Réduisez le nombre de parts, ou parlez-en au bureau.".into(),
            ),
            Self::OfferBlocked { amount, sum, block } => (
                format!(
                    "Avec ces {amount}, douze mois de souscriptions feraient {sum} ; \
                     l’offre s’arrête à {block}."
                ),
                Some("règle R30, RG AMF 211-2"),
                "Le bureau doit prendre conseil avant de rouvrir l’offre ; \
                 réessayez plus tard ou avec moins de parts."
                    .into(),
            ),
            Self::OtherReference { given, expected } => (
                format!("La référence de paiement est « {given} » au lieu de « {expected} »."),
                None,
                "Recommencez depuis le bulletin ; la référence y est calculée.".into(),
            ),
            Self::KnownReference(reference) => (
                format!("La référence de paiement « {reference} » sert déjà à une autre."),
                None,
                "Recommencez ; une autre référence sera tirée.".into(),
            ),
            Self::KnownSubscription(subscription) => (
                format!("La souscription {subscription} est déjà enregistrée."),
                Some(ALLOTMENT),
                "Il n’y a rien d’autre à faire ; suivez-la dans votre espace.".into(),
            ),
            _ => ("Le bulletin n’est pas recevable.".into(), None, "Refaites le bulletin.".into()),
        }
    }

    fn about_allotment(&self) -> Parts {
        match self {
            Self::UnknownSubscription(subscription) => (
                format!("Aucune souscription n’a la référence {subscription}."),
                Some(ALLOTMENT),
                "Choisissez les souscriptions dans la liste de celles qui attendent.".into(),
            ),
            Self::ListLength { given, max } => (
                format!("La liste compte {given} souscriptions ; il en faut 1 à {max}."),
                Some(ALLOTMENT),
                "Répartissez-les sur plusieurs listes de la même décision.".into(),
            ),
            Self::ListedTwice(subscription) => (
                format!("La liste nomme deux fois la souscription {subscription}."),
                Some(ALLOTMENT),
                "Retirez la ligne en double.".into(),
            ),
            Self::OtherMember(subscription) => (
                format!("La souscription {subscription} a été signée par une autre personne."),
                Some(ALLOTMENT),
                "Attribuez les parts à la personne qui a signé le bulletin.".into(),
            ),
            Self::OtherCount { subscription, subscribed, allotted } => (
                format!(
                    "La souscription {subscription} porte sur {} ; la décision en attribue \
                     {allotted}.",
                    parts(*subscribed)
                ),
                Some(ALLOTMENT),
                "Attribuez le nombre souscrit, ou rejetez la souscription.".into(),
            ),
            Self::PaidTooLittle { subscription, paid, least, amount } => (
                format!(
                    "{paid} sont versés sur les {amount} de la souscription {subscription} ; \
                     il en faut au moins {least}."
                ),
                Some(PAID),
                "Attendez le virement, ou retirez cette souscription de la liste.".into(),
            ),
            Self::PaidTooMuch { subscription, paid, amount } => (
                format!("{paid} sont versés pour les {amount} de la souscription {subscription}."),
                Some(PAID),
                "Rapprochez d’abord le trop-perçu du relevé bancaire.".into(),
            ),
            Self::BelowFloor { after, floor } => (
                format!(
                    "Le capital serait de {after} ; il ne peut être inférieur à {floor}, \
                     le plus élevé de ses trois planchers."
                ),
                Some("règle R9, loi 1947 art. 13 et 27, C. com. L231-5"),
                match floor.minus(*after) {
                    Ok(short) => {
                        format!("Réunissez encore {short} de souscriptions dans la même décision.")
                    }
                    Err(_) => "Réunissez d’autres souscriptions dans la même décision.".into(),
                },
            ),
            Self::PublicPart { public, all, max } => (
                format!(
                    "Les personnes publiques détiendraient {public} d’un capital de {all} ; \
                     leur part ne dépasse pas {max}."
                ),
                Some("règle R2, loi 47-1775 art. 19 septies"),
                "Attribuez d’abord les souscriptions des autres associés.".into(),
            ),
            _ => ("La décision n’est pas recevable.".into(), None, "Refaites la liste.".into()),
        }
    }

    fn about_certificate(&self) -> Parts {
        match self {
            Self::KnownCertificate(certificate) => (
                format!("L’attestation {certificate} est déjà enregistrée."),
                Some(CERTIFICATE),
                "Ouvrez-la dans vos documents.".into(),
            ),
            Self::NothingHeld { member, on } => (
                format!("{member} ne détenait aucune part le {}.", on.in_french()),
                Some(CERTIFICATE),
                "Attendez l’attribution des parts, ou choisissez une date plus récente.".into(),
            ),
            Self::OtherHolding { said, held, on } => (
                format!(
                    "Elle indique {} et {} libérés ; au {}, le registre en dit {} et {}.",
                    parts(said.0),
                    said.1,
                    on.in_french(),
                    held.0,
                    held.1
                ),
                Some(CERTIFICATE),
                "Demandez une nouvelle attestation ; elle reprendra le registre.".into(),
            ),
            _ => ("Elle n’est pas recevable.".into(), None, "Demandez-la de nouveau.".into()),
        }
    }

    fn about_several(&self) -> Parts {
        match self {
            Self::Ahead { on, today, .. } => (
                format!(
                    "La date du {} est après aujourd’hui, le {}.",
                    on.in_french(),
                    today.in_french()
                ),
                None,
                "Corrigez la date.".into(),
            ),
            Self::DecisionLabel { length, min, max, .. } => (
                format!(
                    "L’intitulé de la décision compte {length} caractères ; \
                     il en faut {min} à {max}, sur une seule ligne."
                ),
                Some(ALLOTMENT),
                "Écrivez l’organe et la date, par exemple « CA du 12 mars 2026, point 4 ».".into(),
            ),
            Self::DecidedBefore { subscription, signed_on, decided_on, .. } => (
                format!(
                    "La souscription {subscription} a été signée le {}, après la décision du {}.",
                    signed_on.in_french(),
                    decided_on.in_french()
                ),
                Some(ALLOTMENT),
                "Corrigez la date de la décision, ou décidez à la prochaine réunion.".into(),
            ),
            Self::AlreadyAllotted { subscription, on, .. } => (
                format!(
                    "Les parts de la souscription {subscription} ont été attribuées le {}.",
                    on.in_french()
                ),
                Some(ALLOTMENT),
                "Laissez-la de côté ; une attribution ne se reprend pas.".into(),
            ),
            Self::AlreadyDeclined { subscription, on, .. } => (
                format!("La souscription {subscription} a été rejetée le {}.", on.in_french()),
                Some(ALLOTMENT),
                "Laissez-la de côté ; la personne peut souscrire de nouveau.".into(),
            ),
            Self::OtherNominal { given, nominal, on, .. } => (
                format!(
                    "La part est comptée à {given} ; les statuts la fixent à {nominal} au {}.",
                    on.in_french()
                ),
                Some(NOMINAL),
                "Recommencez ; la valeur des statuts sera reprise.".into(),
            ),
            _ => ("La demande n’est pas recevable.".into(), None, "Recommencez.".into()),
        }
    }

    fn about_calculation(&self) -> Parts {
        match self {
            Self::Parameter(missing) => (
                format!("Il manque une donnée : {missing}."),
                None,
                "Demandez au bureau de compléter les paramètres des statuts.".into(),
            ),
            _ => (
                "Un montant dépasse la limite de calcul.".into(),
                None,
                "Vérifiez le nombre de parts et les montants saisis.".into(),
            ),
        }
    }
}

/// `1 part`, `12 parts`.
fn parts(count: ShareCount) -> String {
    format!("{count} part{}", if count.get() > 1 { "s" } else { "" })
}
