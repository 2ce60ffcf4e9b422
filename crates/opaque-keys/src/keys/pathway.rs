//! Pathways: `lx-pathway:` and `lx-pb:`.

use super::{Key, key_struct};
use crate::chars::{ASCII_PART, SLUG};
use crate::error::{InvalidKey, Reason};
use crate::form::{Form, Slot};
use crate::grammar::{self, Mode, part, read};

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

    /// Makes the key of a new item. Stricter than parsing: no line feeds, at most 255 characters.
    pub fn item(&self, block_type: &str, id: &str) -> Result<PathwayBlockKey, InvalidKey> {
        let text = format!("lx-pb:{}:{block_type}:{id}", self.uuid());
        clean(block_type, id).map_err(|reason| reason.about(&text))?;
        let key = PathwayBlockKey::parse(&text, Mode::Extended)?;
        key.0.checked_new().map(PathwayBlockKey).map_err(|reason| reason.about(&text))
    }
}

fn clean(block_type: &str, id: &str) -> Result<(), Reason> {
    read(block_type, block_type, part("a block type", ASCII_PART))?;
    read(id, id, part("a block id", SLUG))?;
    Ok(())
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

    /// Returns the key of a block inside the item: its own type, the item's id, and its id where the item's
    /// original is, with `!N` from its second occurrence on (unit-composition §2.3).
    pub fn child(&self, block_type: &str, id: &str, ordinal: u32) -> Result<Self, InvalidKey> {
        let ordinal = if ordinal > 1 { format!("!{ordinal}") } else { String::new() };
        let text =
            format!("lx-pb:{}:{block_type}:{}:{id}{ordinal}", self.0.field(Slot::UUID), self.block_id());
        clean(block_type, id).map_err(|reason| reason.about(&text))?;
        Self::parse(&text, Mode::Extended)
    }
}
