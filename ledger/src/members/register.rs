//! Who has applied, who is a member, in which category and college.

use std::collections::{BTreeMap, BTreeSet};

use imbl::OrdMap;
use serde::{Deserialize, Serialize};

use super::{DataClass, MemberApplied, MembersAdmitted, PersonErased, PersonKind};
use crate::base::{AmountError, CategoryId, CollegeId, DecisionRef, MemberRef, Stamp};

/// The applicants and members, by pseudonym. Who they are is in the vault, not here (R78).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Members {
    members: OrdMap<MemberRef, Member>,
    admitted: usize,
}

/// Somebody who has applied, admitted or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The pseudonym.
    pub member: MemberRef,
    /// What kind of person.
    pub person: PersonKind,
    /// The category asked for; the one given is in the standing (R5).
    pub category: CategoryId,
    /// The decision's reference that a legal person gave (R24).
    pub mandate: Option<String>,
    /// Digests of the disclosures of identity.
    pub sd: Vec<String>,
    /// The applicant's own key, if it signed the application.
    pub signer_vkey: Option<String>,
    /// Where and when they applied.
    pub applied: Stamp,
    /// Where they stand.
    pub standing: Standing,
    /// What was erased of them, class by class, and where the latest of it stands (R78).
    pub erased: BTreeMap<DataClass, Stamp>,
    /// The digests of `sd` that can be opened no more.
    pub erased_sd: BTreeSet<String>,
}

/// Where an applicant stands (R25).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Waiting for a decision.
    Applied,
    /// A member.
    Admitted {
        /// The category given (R1).
        category: CategoryId,
        /// The college given (R4).
        college: CollegeId,
        /// The decision.
        decision: DecisionRef,
        /// Where and when it was recorded.
        stamp: Stamp,
    },
}

impl Member {
    /// The category given or, before admission, asked for.
    pub fn category_now(&self) -> &CategoryId {
        match &self.standing {
            Standing::Applied => &self.category,
            Standing::Admitted { category, .. } => category,
        }
    }

    /// Whether nobody can say any more who this was.
    pub fn is_erased(&self) -> bool {
        self.erased.contains_key(&DataClass::Identity)
    }
}

impl Members {
    /// The applicant or member of that reference.
    pub fn get(&self, member: &MemberRef) -> Option<&Member> {
        self.members.get(member)
    }

    /// All applicants and members, in the order of their pseudonyms, which says nothing of them.
    pub fn iter(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    /// How many are members.
    pub fn admitted_count(&self) -> usize {
        self.admitted
    }

    /// How many members each category has; a category without any is absent (R1).
    pub fn count_by_category(&self) -> BTreeMap<CategoryId, usize> {
        let mut counts = BTreeMap::new();
        for member in self.iter() {
            if let Standing::Admitted { category, .. } = &member.standing {
                let count: &mut usize = counts.entry(category.clone()).or_default();
                *count = count.saturating_add(1);
            }
        }
        counts
    }

    /// The category given or, before admission, asked for.
    pub fn category_of(&self, member: &MemberRef) -> Option<&CategoryId> {
        self.get(member).map(Member::category_now)
    }

    /// Takes in an application.
    pub fn apply_applied(&mut self, stamp: Stamp, fact: &MemberApplied) -> Result<(), AmountError> {
        let member = Member {
            member: fact.member.clone(),
            person: fact.person,
            category: fact.category.clone(),
            mandate: fact.mandate.clone(),
            sd: fact.sd.clone(),
            signer_vkey: fact.signer_vkey.clone(),
            applied: stamp,
            standing: Standing::Applied,
            erased: BTreeMap::new(),
            erased_sd: BTreeSet::new(),
        };
        self.members.insert(fact.member.clone(), member);
        Ok(())
    }

    /// Takes in a decision of admission.
    pub fn apply_admitted(
        &mut self,
        stamp: Stamp,
        fact: &MembersAdmitted,
    ) -> Result<(), AmountError> {
        for admission in &fact.admissions {
            // The rules have checked that each has applied before the fold comes here.
            let Some(member) = self.members.get_mut(&admission.member) else { continue };
            if member.standing == Standing::Applied {
                self.admitted = self.admitted.saturating_add(1);
            }
            member.standing = Standing::Admitted {
                category: admission.category.clone(),
                college: admission.college.clone(),
                decision: fact.decision.clone(),
                stamp,
            };
        }
        Ok(())
    }

    /// Takes in an erasure.
    pub fn apply_erased(&mut self, stamp: Stamp, fact: &PersonErased) -> Result<(), AmountError> {
        if let Some(member) = self.members.get_mut(&fact.member) {
            member.erased.extend(fact.erased.iter().map(|class| (*class, stamp)));
            member.erased_sd.extend(fact.digests.iter().cloned());
        }
        Ok(())
    }
}
