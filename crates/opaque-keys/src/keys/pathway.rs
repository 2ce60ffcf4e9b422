//! Pathways: `lx-pathway:` and `lx-pb:`.

use super::key_struct;
use crate::form::{Form, Slot};
use crate::grammar;

key_struct! {
    /// A pathway: `lx-pathway:UUID`.
    PathwayKey, "pathways", Pathway, grammar::context
}

key_struct! {
    /// An item of a pathway, or a child of one: `lx-pb:UUID:TYPE:ID[:CHILD]`.
    PathwayBlockKey, "items of pathways", PathwayBlock, |input, mode| grammar::usage(input, mode, 0)
}

impl PathwayKey {
    /// Returns the UUID in its canonical text form.
    pub fn uuid(&self) -> &str {
        self.0.field(Slot::UUID)
    }
}

impl PathwayBlockKey {
    /// Returns the pathway.
    pub fn pathway(&self) -> PathwayKey {
        let draft = self.0.draft(Form::Pathway).with(Slot::Type, None).with(Slot::Id, None);
        PathwayKey(draft.with(Slot::CHILD, None).finish(""))
    }

    /// Returns the block type.
    pub fn block_type(&self) -> &str {
        self.0.field(Slot::Type)
    }

    /// Returns the id of the item.
    pub fn block_id(&self) -> &str {
        self.0.field(Slot::Id)
    }

    /// Returns the id of the child, which may be empty.
    pub fn child_id(&self) -> Option<&str> {
        self.0.get(Slot::CHILD)
    }
}
