//! Definitions: what a block consists of, wherever it is used.

use super::{Key, key_enum, key_struct};
use crate::form::Slot;
use crate::grammar;

key_struct! {
    /// A definition in the old store: `def-v1:OBJECT_ID+type@TYPE`.
    MongoDefinitionKey, "definitions of the old store", MongoDefinition, |input, _| grammar::definition(input, 0)
}

key_struct! {
    /// An OLX file in a bundle: `bundle-olx:UUID:VERSION_OR_DRAFT:TYPE:PATH`.
    BundleDefinitionKey, "definitions in bundles", BundleDefinition, |input, _| grammar::definition(input, 0)
}

key_struct! {
    /// The definition of an aside.
    AsideDefinitionKey, "asides of definitions", AsideDefinitionV1 | AsideDefinitionV2,
    |input, _| grammar::definition(input, 0)
}

key_enum! {
    /// The key of a definition.
    DefinitionKey, "definitions", |input, _| grammar::definition(input, 0),
    /// In the old store.
    Mongo(MongoDefinitionKey),
    /// In a bundle.
    Bundle(BundleDefinitionKey);
    /// Of an aside.
    Aside(AsideDefinitionKey)
}

impl MongoDefinitionKey {
    /// Returns the id: 24 hexadecimal digits.
    pub fn definition_id(&self) -> &str {
        self.0.field(Slot::UUID)
    }

    /// Returns the block type.
    pub fn block_type(&self) -> &str {
        self.0.field(Slot::Type)
    }
}

impl BundleDefinitionKey {
    /// Returns the UUID of the bundle.
    pub fn bundle(&self) -> &str {
        self.0.field(Slot::UUID)
    }

    /// Returns the number of a version, in decimal digits, or the name of a draft.
    pub fn version_or_draft(&self) -> &str {
        self.0.field(Slot::VERSION_OR_DRAFT)
    }

    /// Returns the block type.
    pub fn block_type(&self) -> &str {
        self.0.field(Slot::Type)
    }

    /// Returns the path of the file. It comes from outside and may hold `..`.
    pub fn olx_path(&self) -> &str {
        self.0.field(Slot::Id)
    }
}

impl AsideDefinitionKey {
    /// Returns the definition the aside belongs to.
    pub fn definition(&self) -> DefinitionKey {
        // Every key of this form is made around its definition.
        DefinitionKey::wrap(self.0.inner().unwrap_or(&self.0).clone())
    }

    /// Returns the type of the aside, which may be empty.
    pub fn aside_type(&self) -> &str {
        self.0.field(Slot::ASIDE)
    }
}
