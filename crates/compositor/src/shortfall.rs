//! Whether the pools of a group suffice for all its members (unit-composition §6, checked when publishing).

use std::{collections::HashSet, sync::Arc};

use opaque_keys::UsageKey;
use xblock::{ContentProblem, Severity};

use crate::{Finding, draw, group::allocate, prepared::Group, selection::SelectInput};

/// The code under which it is told.
const CODE: &str = "group_pool_exhausted";

/// A group that cannot give every member as many blocks as it is to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// The group.
    pub group: Arc<str>,
    /// The members in document order, those left out that learners see nothing of now.
    pub members: Vec<UsageKey>,
    /// How many blocks all members together lack, whoever looks.
    pub short: usize,
}

impl Shortfall {
    /// Returns what authors of a page are told of it.
    pub fn finding(&self, source: &UsageKey) -> Finding {
        Finding { source: source.clone(), severity: Severity::Warning, code: CODE, message: self.message() }
    }

    /// Returns what the publisher of a version is told of it.
    pub fn problem(&self) -> ContentProblem {
        ContentProblem::new(Severity::Warning, CODE, self.message())
    }

    fn message(&self) -> String {
        let Shortfall { group, members, short } = self;
        let members: Vec<&str> = members.iter().map(UsageKey::as_str).collect();
        format!(
            "group {group} lacks {short} block{} to give all its references what they show: {}",
            if *short == 1 { "" } else { "s" },
            members.join(", ")
        )
    }
}

impl Group {
    /// Allocates for a learner who has nothing yet. How many slots stay empty then is the same for everyone,
    /// because as many are filled as can be.
    pub(crate) fn shortfall(&self) -> Option<Shortfall> {
        let slots: Vec<_> = self.members.iter().filter_map(|member| member.slot.as_ref().ok()).collect();
        let pools: Vec<Vec<&str>> = slots.iter().map(|slot| slot.pool.tokens().collect()).collect();
        let nothing = HashSet::new();
        let seed = draw::seed(&[], "", "", 0);
        let inputs = slots.iter().zip(&pools).map(|(slot, pool)| SelectInput {
            pool,
            stored: &[],
            count: slot.count,
            shuffle: false,
            seen: &nothing,
            has_state: &nothing,
            seed: &seed,
        });
        let inputs: Vec<_> = inputs.collect();
        let short = allocate(&inputs).iter().map(|member| member.short).sum();
        (short > 0).then(|| Shortfall {
            group: self.id.clone(),
            members: slots.iter().map(|slot| slot.usage.clone()).collect(),
            short,
        })
    }
}
