//! Every form of key: its namespace, its identity fields and how it is printed (opaque-keys §1, §4-§6).

use crate::grammar::aside::{escape_v1, escape_v2};
use crate::raw::{Draft, Printer};

/// Where a field is kept. Forms share slots: no two fields of one form have the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Organisation; the UUID of a pathway or bundle; the id of a definition; the family of a block type.
    Org,
    /// Course; the slug of a library.
    Course,
    /// Run; the domain of a library; the version or draft of a bundle; the tail of an `lb-ref:` key.
    Run,
    /// Branch; the child of a pathway block.
    Branch,
    /// Version of a course.
    Version,
    /// The number of a custom course; the type of an aside.
    Ccx,
    /// Block type; container type.
    Type,
    /// Block id; collection or container id; the path of an asset, of a bundle's OLX, of an `lb-ref:` key.
    Id,
}

impl Slot {
    pub(crate) const ALL: [Self; 8] =
        [Self::Org, Self::Course, Self::Run, Self::Branch, Self::Version, Self::Ccx, Self::Type, Self::Id];
    pub(crate) const UUID: Self = Self::Org;
    pub(crate) const SLUG: Self = Self::Course;
    pub(crate) const DOMAIN: Self = Self::Run;
    pub(crate) const VERSION_OR_DRAFT: Self = Self::Run;
    pub(crate) const TAIL: Self = Self::Run;
    pub(crate) const CHILD: Self = Self::Branch;
    pub(crate) const ASIDE: Self = Self::Ccx;
}

/// The forms of keys. A form stands for one canonical namespace and one answer to "is it deprecated?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Course,
    SlashCourse,
    LegacyLibrary,
    Ccx,
    Library,
    Pathway,
    CourseBlock,
    I4x,
    LegacyLibraryBlock,
    CcxBlock,
    Location,
    LibraryBlock,
    PathwayBlock,
    LibRef,
    AsideUsageV1,
    AsideUsageV2,
    MongoDefinition,
    BundleDefinition,
    AsideDefinitionV1,
    AsideDefinitionV2,
    Asset,
    C4x,
    Collection,
    Container,
    BlockType,
    PlainBlockType,
}

/// One identity field.
#[derive(Debug)]
pub(crate) enum Field {
    /// Text, or nothing.
    Text(&'static str, Slot),
    /// Text that is a field only where it is set.
    Extra(&'static str, Slot),
    /// A number in canonical decimal digits, or text.
    Number(&'static str, Slot),
    /// The same text in every key.
    Constant(&'static str, &'static str),
    /// A key made of fields of this key.
    Part(&'static str, &'static Shape),
    /// The key that this key is about.
    Inner(&'static str),
}

/// What a key is in the reference's words.
#[derive(Debug)]
pub(crate) struct Shape {
    /// The reference's class; for our own forms, our type.
    pub(crate) class: &'static str,
    pub(crate) deprecated: bool,
    /// The identity fields in the order that decides comparisons.
    pub(crate) fields: &'static [Field],
}

use Field::{Constant, Extra, Inner, Number, Part, Text};

const COURSE_FIELDS: &[Field] = &[
    Text("org", Slot::Org),
    Text("course", Slot::Course),
    Text("run", Slot::Run),
    Text("branch", Slot::Branch),
    Text("version_guid", Slot::Version),
];
static COURSE: Shape = Shape { class: "CourseLocator", deprecated: false, fields: COURSE_FIELDS };
static SLASH_COURSE: Shape = Shape { class: "CourseLocator", deprecated: true, fields: COURSE_FIELDS };
static LEGACY_LIBRARY: Shape = Shape {
    class: "LibraryLocator",
    deprecated: false,
    fields: &[
        Text("org", Slot::Org),
        Text("library", Slot::Course),
        Text("branch", Slot::Branch),
        Text("version_guid", Slot::Version),
    ],
};
static CCX: Shape = Shape {
    class: "CCXLocator",
    deprecated: false,
    fields: &[
        Text("org", Slot::Org),
        Text("course", Slot::Course),
        Text("run", Slot::Run),
        Text("branch", Slot::Branch),
        Text("version_guid", Slot::Version),
        Text("ccx", Slot::Ccx),
    ],
};
static LIBRARY: Shape = Shape {
    class: "LibraryLocatorV2",
    deprecated: false,
    fields: &[Extra("domain", Slot::DOMAIN), Text("org", Slot::Org), Text("slug", Slot::SLUG)],
};
static PATHWAY: Shape =
    Shape { class: "PathwayLocator", deprecated: false, fields: &[Text("uuid", Slot::UUID)] };

const TYPE: Field = Text("block_type", Slot::Type);
const BLOCK_ID: Field = Text("block_id", Slot::Id);

static COURSE_BLOCK: Shape = Shape {
    class: "BlockUsageLocator",
    deprecated: false,
    fields: &[Part("course_key", &COURSE), TYPE, BLOCK_ID],
};
static I4X: Shape = Shape {
    class: "BlockUsageLocator",
    deprecated: true,
    fields: &[Part("course_key", &SLASH_COURSE), TYPE, BLOCK_ID],
};
static LEGACY_LIBRARY_BLOCK: Shape = Shape {
    class: "LibraryUsageLocator",
    deprecated: false,
    fields: &[Part("library_key", &LEGACY_LIBRARY), TYPE, BLOCK_ID],
};
static CCX_BLOCK: Shape = Shape {
    class: "CCXBlockUsageLocator",
    deprecated: false,
    fields: &[Part("course_key", &CCX), TYPE, BLOCK_ID],
};
static LOCATION: Shape = Shape {
    class: "DeprecatedLocation",
    deprecated: false,
    fields: &[Part("course_key", &COURSE), TYPE, BLOCK_ID],
};
static LIBRARY_BLOCK: Shape = Shape {
    class: "LibraryUsageLocatorV2",
    deprecated: false,
    fields: &[Part("lib_key", &LIBRARY), TYPE, Text("usage_id", Slot::Id)],
};
static PATHWAY_BLOCK: Shape = Shape {
    class: "PathwayUsageLocator",
    deprecated: false,
    fields: &[
        Part("pathway_key", &PATHWAY),
        TYPE,
        Text("usage_id", Slot::Id),
        Text("child_usage_id", Slot::CHILD),
    ],
};
static LIB_REF: Shape = Shape {
    class: "LibRefKey",
    deprecated: false,
    fields: &[Text("slug", Slot::SLUG), TYPE, Text("path", Slot::Id), Text("ref", Slot::TAIL)],
};

const ASIDE_USAGE: &[Field] = &[Inner("usage_key"), Text("aside_type", Slot::ASIDE)];
const ASIDE_DEFINITION: &[Field] = &[Inner("definition_key"), Text("aside_type", Slot::ASIDE)];
static ASIDE_USAGE_V1: Shape = Shape { class: "AsideUsageKeyV1", deprecated: false, fields: ASIDE_USAGE };
static ASIDE_USAGE_V2: Shape = Shape { class: "AsideUsageKeyV2", deprecated: false, fields: ASIDE_USAGE };
static ASIDE_DEFINITION_V1: Shape =
    Shape { class: "AsideDefinitionKeyV1", deprecated: false, fields: ASIDE_DEFINITION };
static ASIDE_DEFINITION_V2: Shape =
    Shape { class: "AsideDefinitionKeyV2", deprecated: false, fields: ASIDE_DEFINITION };
static MONGO_DEFINITION: Shape = Shape {
    class: "DefinitionLocator",
    deprecated: false,
    fields: &[Text("definition_id", Slot::UUID), TYPE],
};
static BUNDLE_DEFINITION: Shape = Shape {
    class: "BundleDefinitionLocator",
    deprecated: false,
    fields: &[
        Text("bundle_uuid", Slot::UUID),
        TYPE,
        Text("olx_path", Slot::Id),
        Number("_version_or_draft", Slot::VERSION_OR_DRAFT),
    ],
};
static ASSET: Shape = Shape {
    class: "AssetLocator",
    deprecated: false,
    fields: &[Part("course_key", &COURSE), TYPE, BLOCK_ID],
};
static C4X: Shape = Shape {
    class: "AssetLocator",
    deprecated: true,
    fields: &[Part("course_key", &SLASH_COURSE), TYPE, BLOCK_ID],
};
static COLLECTION: Shape = Shape {
    class: "LibraryCollectionLocator",
    deprecated: false,
    fields: &[Part("lib_key", &LIBRARY), Text("collection_id", Slot::Id)],
};
static CONTAINER: Shape = Shape {
    class: "LibraryContainerLocator",
    deprecated: false,
    fields: &[Part("lib_key", &LIBRARY), Text("container_type", Slot::Type), Text("container_id", Slot::Id)],
};
static BLOCK_TYPE: Shape =
    Shape { class: "BlockTypeKeyV1", deprecated: false, fields: &[Text("block_family", Slot::Org), TYPE] };
static PLAIN_BLOCK_TYPE: Shape = Shape {
    class: "BlockTypeKeyV1",
    deprecated: true,
    fields: &[Constant("block_family", PLAIN_FAMILY), TYPE],
};

/// The family of block types that are written without one.
pub(crate) const PLAIN_FAMILY: &str = "xblock.v1";

impl Form {
    /// Returns the namespace a key of this form is printed with; for the forms older than namespaces, the name
    /// the reference registers them under.
    pub(crate) fn namespace(self) -> &'static str {
        match self {
            Self::Course => "course-v1",
            Self::SlashCourse => "slashes",
            Self::LegacyLibrary => "library-v1",
            Self::Ccx => "ccx-v1",
            Self::Library => "lib",
            Self::Pathway => "lx-pathway",
            Self::CourseBlock => "block-v1",
            Self::I4x => "i4x",
            Self::LegacyLibraryBlock => "lib-block-v1",
            Self::CcxBlock => "ccx-block-v1",
            Self::Location => "location",
            Self::LibraryBlock => "lb",
            Self::PathwayBlock => "lx-pb",
            Self::LibRef => "lb-ref",
            Self::AsideUsageV1 => "aside-usage-v1",
            Self::AsideUsageV2 => "aside-usage-v2",
            Self::MongoDefinition => "def-v1",
            Self::BundleDefinition => "bundle-olx",
            Self::AsideDefinitionV1 => "aside-def-v1",
            Self::AsideDefinitionV2 => "aside-def-v2",
            Self::Asset => "asset-v1",
            Self::C4x => "c4x",
            Self::Collection => "lib-collection",
            Self::Container => "lct",
            Self::BlockType | Self::PlainBlockType => "block-type-v1",
        }
    }

    pub(crate) fn shape(self) -> &'static Shape {
        match self {
            Self::Course => &COURSE,
            Self::SlashCourse => &SLASH_COURSE,
            Self::LegacyLibrary => &LEGACY_LIBRARY,
            Self::Ccx => &CCX,
            Self::Library => &LIBRARY,
            Self::Pathway => &PATHWAY,
            Self::CourseBlock => &COURSE_BLOCK,
            Self::I4x => &I4X,
            Self::LegacyLibraryBlock => &LEGACY_LIBRARY_BLOCK,
            Self::CcxBlock => &CCX_BLOCK,
            Self::Location => &LOCATION,
            Self::LibraryBlock => &LIBRARY_BLOCK,
            Self::PathwayBlock => &PATHWAY_BLOCK,
            Self::LibRef => &LIB_REF,
            Self::AsideUsageV1 => &ASIDE_USAGE_V1,
            Self::AsideUsageV2 => &ASIDE_USAGE_V2,
            Self::MongoDefinition => &MONGO_DEFINITION,
            Self::BundleDefinition => &BUNDLE_DEFINITION,
            Self::AsideDefinitionV1 => &ASIDE_DEFINITION_V1,
            Self::AsideDefinitionV2 => &ASIDE_DEFINITION_V2,
            Self::Asset => &ASSET,
            Self::C4x => &C4X,
            Self::Collection => &COLLECTION,
            Self::Container => &CONTAINER,
            Self::BlockType => &BLOCK_TYPE,
            Self::PlainBlockType => &PLAIN_BLOCK_TYPE,
        }
    }

    /// Prints the canonical text of a key.
    pub(crate) fn print(self, key: &Draft<'_>, out: &mut Printer<'_>) {
        match self {
            Self::SlashCourse => {
                required(key, out, "", Slot::Org);
                required(key, out, "/", Slot::Course);
                out.text("/");
                optional(key, out, "", Slot::Run);
            }
            Self::I4x | Self::C4x => {
                out.text(if self == Self::I4x { "i4x:/" } else { "/c4x" });
                for slot in [Slot::Org, Slot::Course, Slot::Type, Slot::Id] {
                    required(key, out, "/", slot);
                }
                optional(key, out, "@", Slot::Branch);
            }
            Self::PlainBlockType => required(key, out, "", Slot::Type),
            _ => {
                out.text(self.namespace());
                self.print_body(key, out);
            }
        }
    }

    /// Prints what follows the namespace.
    fn print_body(self, key: &Draft<'_>, out: &mut Printer<'_>) {
        match self {
            Self::Course | Self::LegacyLibrary | Self::Ccx => course(self, key, out),
            Self::CourseBlock | Self::LegacyLibraryBlock | Self::CcxBlock | Self::Asset => {
                course(self, key, out);
                out.text("+type@");
                match key.get(Slot::Type) {
                    Some(block_type) => out.field(Slot::Type, block_type),
                    None => out.text("None"),
                }
                required(key, out, "+block@", Slot::Id);
            }
            Self::Location => {
                required(key, out, ":", Slot::Org);
                for slot in [Slot::Course, Slot::Run, Slot::Type, Slot::Id] {
                    required(key, out, "+", slot);
                }
            }
            Self::Library => library(key, out),
            Self::LibraryBlock | Self::Container => {
                library(key, out);
                required(key, out, ":", Slot::Type);
                required(key, out, ":", Slot::Id);
            }
            Self::Collection => {
                library(key, out);
                required(key, out, ":", Slot::Id);
            }
            Self::Pathway => required(key, out, ":", Slot::UUID),
            Self::PathwayBlock => {
                for slot in [Slot::UUID, Slot::Type, Slot::Id] {
                    required(key, out, ":", slot);
                }
                if key.get(Slot::CHILD).is_some_and(|child| !child.is_empty()) {
                    required(key, out, ":", Slot::CHILD);
                }
            }
            Self::LibRef => {
                for slot in [Slot::SLUG, Slot::Type, Slot::Id, Slot::TAIL] {
                    required(key, out, ":", slot);
                }
            }
            Self::AsideUsageV1 | Self::AsideDefinitionV1 => aside(key, out, escape_v1),
            Self::AsideUsageV2 | Self::AsideDefinitionV2 => aside(key, out, escape_v2),
            Self::MongoDefinition => {
                required(key, out, ":", Slot::UUID);
                required(key, out, "+type@", Slot::Type);
            }
            Self::BundleDefinition => {
                for slot in [Slot::UUID, Slot::VERSION_OR_DRAFT, Slot::Type, Slot::Id] {
                    required(key, out, ":", slot);
                }
            }
            Self::BlockType => {
                required(key, out, ":", Slot::Org);
                required(key, out, ":", Slot::Type);
            }
            Self::SlashCourse | Self::I4x | Self::C4x | Self::PlainBlockType => {}
        }
    }

    /// Says whether the course parts of a key of this form are complete without a run.
    pub(crate) fn is_library_family(self) -> bool {
        matches!(self, Self::LegacyLibrary | Self::LegacyLibraryBlock)
    }
}

#[inline]
fn required(key: &Draft<'_>, out: &mut Printer<'_>, before: &str, slot: Slot) {
    out.text(before);
    out.field(slot, key.get(slot).unwrap_or_default());
}

fn optional(key: &Draft<'_>, out: &mut Printer<'_>, before: &str, slot: Slot) {
    if key.get(slot).is_some() {
        required(key, out, before, slot);
    }
}

#[inline]
fn library(key: &Draft<'_>, out: &mut Printer<'_>) {
    optional(key, out, ":", Slot::DOMAIN);
    required(key, out, ":", Slot::Org);
    required(key, out, ":", Slot::SLUG);
}

/// The names of a course are printed only where they are complete, and the branch only after them.
fn course(form: Form, key: &Draft<'_>, out: &mut Printer<'_>) {
    let named = key.get(Slot::Org).is_some()
        && key.get(Slot::Course).is_some()
        && (form.is_library_family() || key.get(Slot::Run).is_some());
    let mut separator = ":";
    if named {
        required(key, out, ":", Slot::Org);
        required(key, out, "+", Slot::Course);
        optional(key, out, "+", Slot::Run);
        optional(key, out, "+branch@", Slot::Branch);
        separator = "+";
    }
    if key.get(Slot::Version).is_some() {
        out.text(separator);
        required(key, out, "version@", Slot::Version);
        separator = "+";
    }
    if key.get(Slot::Ccx).is_some() {
        out.text(separator);
        required(key, out, "ccx@", Slot::Ccx);
    }
}

/// What an aside is about and its type are both escaped, so its type is never a field of the text.
fn aside(key: &Draft<'_>, out: &mut Printer<'_>, escape: fn(&str) -> String) {
    out.text(":");
    out.text(&escape(key.inner_text()));
    out.text("::");
    out.text(&escape(key.get(Slot::ASIDE).unwrap_or_default()));
}
