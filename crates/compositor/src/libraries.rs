//! The libraries that references draw from.

use std::{collections::HashMap, sync::Arc};

use opaque_keys::LearningContextKey;

use crate::{Availability, LibraryWant, Pin, PlacedReference};

/// What there is of some libraries at the versions that references name.
#[derive(Clone, Debug, Default)]
pub struct Libraries(HashMap<LearningContextKey, HashMap<Pin, Availability>>);

impl Libraries {
    /// Says what there is of a library.
    pub fn insert(&mut self, want: LibraryWant, availability: Availability) {
        self.0.entry(want.library).or_default().insert(want.pin, availability);
    }

    /// Returns what there is of a library; those nothing was said of are missing.
    pub fn get(&self, library: &LearningContextKey, pin: &Pin) -> &Availability {
        self.0.get(library).and_then(|pins| pins.get(pin)).unwrap_or(&Availability::Missing)
    }

    /// Returns the versions that stand for pins without a number, in order; `None` when something that is
    /// drawn from is not there.
    pub(crate) fn floating<'a>(
        &self,
        references: impl Iterator<Item = &'a Arc<PlacedReference>>,
    ) -> Option<Vec<(LearningContextKey, Pin, u32)>> {
        let mut floating = Vec::new();
        for reference in references.map(|placed| &placed.reference) {
            let Some(key) = &reference.library else { continue };
            let Availability::Here(library) = self.get(key, &reference.pin) else { return None };
            if !matches!(reference.pin, Pin::Number(_)) {
                floating.push((key.clone(), reference.pin.clone(), library.structure.at.version()?));
            }
        }
        Some(floating)
    }
}
