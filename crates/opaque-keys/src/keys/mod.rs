//! The public types of keys. All of them wrap one parsed key; the type says which forms it can have.

mod any;
mod context;
mod course;
mod definition;
mod item;
mod lib_ref;
mod library;
mod pathway;
#[cfg(feature = "sqlx")]
mod sql;
mod text;
mod usage;
mod versioned;

pub use any::AnyKey;
pub use context::LearningContextKey;
pub use course::{CourseBlockKey, CourseKey};
pub use definition::{AsideDefinitionKey, BundleDefinitionKey, DefinitionKey, MongoDefinitionKey};
pub use item::{AssetKey, BlockTypeKey, CollectionKey, ContainerKey};
pub use lib_ref::LibRefKey;
pub use library::{LibraryBlockKey, LibraryKey};
pub use pathway::{PathwayBlockKey, PathwayKey};
pub use usage::{AsideUsageKey, UsageKey};
pub use versioned::VersionedLibraryRef;

use crate::error::{InvalidKey, Reason};
use crate::form::Form;
use crate::grammar::Mode;
use crate::raw::{MAX_BYTES, Raw};

/// What all types of keys have in common.
pub(crate) trait Key: Sized {
    /// The type in words, for messages.
    const KIND: &'static str;

    /// Says whether a key of this form is of this type.
    fn accepts(form: Form) -> bool;
    /// Makes a key of this type from one whose form it accepts.
    fn wrap(raw: Raw) -> Self;
    fn raw(&self) -> &Raw;
    /// Reads a key of this type or of a wider one.
    fn read(input: &str, mode: Mode) -> Result<Raw, Reason>;

    fn parse(input: &str, mode: Mode) -> Result<Self, InvalidKey> {
        if input.len() > MAX_BYTES {
            return Err(Reason::TooLong { limit: MAX_BYTES }.about(input));
        }
        match Self::read(input, mode).and_then(Raw::checked) {
            Ok(raw) if Self::accepts(raw.form()) => Ok(Self::wrap(raw)),
            Ok(raw) => Err(Reason::namespace(raw.form().namespace(), Self::KIND).about(input)),
            Err(reason) => Err(reason.about(input)),
        }
    }
}

/// Defines a type of key that is one struct.
macro_rules! key_struct {
    ($(#[$meta:meta])* $name:ident, $kind:literal, $($form:ident)|+, $read:expr) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(crate) $crate::raw::Raw);

        impl $crate::keys::Key for $name {
            const KIND: &'static str = $kind;

            fn accepts(form: $crate::form::Form) -> bool {
                matches!(form, $($crate::form::Form::$form)|+)
            }

            fn wrap(raw: $crate::raw::Raw) -> Self {
                Self(raw)
            }

            fn raw(&self) -> &$crate::raw::Raw {
                &self.0
            }

            fn read(
                input: &str,
                mode: $crate::grammar::Mode,
            ) -> Result<$crate::raw::Raw, $crate::error::Reason> {
                let read: fn(&str, $crate::grammar::Mode) -> Result<$crate::raw::Raw, $crate::error::Reason> =
                    $read;
                read(input, mode)
            }
        }

        $crate::keys::key_traits!($name);
    };
}

/// Defines a type of key that is one of several others. The last one takes every form the others do not.
macro_rules! key_enum {
    (
        $(#[$meta:meta])* $name:ident, $kind:literal, $read:expr,
        $($(#[$doc:meta])* $variant:ident($inner:ident)),+;
        $(#[$last_doc:meta])* $last:ident($last_inner:ident)
    ) => {
        $(#[$meta])*
        #[derive(Clone)]
        pub enum $name {
            $($(#[$doc])* $variant($inner),)+
            $(#[$last_doc])* $last($last_inner),
        }

        impl $crate::keys::Key for $name {
            const KIND: &'static str = $kind;

            fn accepts(form: $crate::form::Form) -> bool {
                $(<$inner as $crate::keys::Key>::accepts(form) ||)+
                    <$last_inner as $crate::keys::Key>::accepts(form)
            }

            fn wrap(raw: $crate::raw::Raw) -> Self {
                $(if <$inner as $crate::keys::Key>::accepts(raw.form()) {
                    return Self::$variant(<$inner as $crate::keys::Key>::wrap(raw));
                })+
                Self::$last(<$last_inner as $crate::keys::Key>::wrap(raw))
            }

            fn raw(&self) -> &$crate::raw::Raw {
                match self {
                    $(Self::$variant(key) => $crate::keys::Key::raw(key),)+
                    Self::$last(key) => $crate::keys::Key::raw(key),
                }
            }

            fn read(
                input: &str,
                mode: $crate::grammar::Mode,
            ) -> Result<$crate::raw::Raw, $crate::error::Reason> {
                let read: fn(&str, $crate::grammar::Mode) -> Result<$crate::raw::Raw, $crate::error::Reason> =
                    $read;
                read(input, mode)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                $crate::keys::Key::raw(self) == $crate::keys::Key::raw(other)
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                $crate::keys::Key::raw(self).cmp($crate::keys::Key::raw(other))
            }
        }

        impl std::hash::Hash for $name {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                $crate::keys::Key::raw(self).hash(state);
            }
        }

        $(impl From<$inner> for $name {
            fn from(key: $inner) -> Self {
                Self::$variant(key)
            }
        })+

        impl From<$last_inner> for $name {
            fn from(key: $last_inner) -> Self {
                Self::$last(key)
            }
        }

        $crate::keys::key_traits!($name);
    };
}

/// Gives a type of key its text, in and out.
macro_rules! key_traits {
    ($name:ident) => {
        impl $name {
            /// Returns the canonical text.
            pub fn as_str(&self) -> &str {
                $crate::keys::Key::raw(self).text()
            }

            /// Returns the namespace of the canonical text; for the forms older than namespaces, the name they
            /// are known under (`slashes`, `i4x`, `c4x`).
            pub fn namespace(&self) -> &'static str {
                $crate::keys::Key::raw(self).form().namespace()
            }

            /// Returns the name of the class this key has in the reference.
            pub fn class(&self) -> &'static str {
                $crate::keys::Key::raw(self).form().shape().class
            }

            /// Says whether the key has a form that newer ones replaced.
            pub fn is_deprecated(&self) -> bool {
                $crate::keys::Key::raw(self).form().shape().deprecated
            }

            /// Returns `{class, fields, deprecated}` with the identity fields in the reference's names.
            pub fn describe(&self) -> serde_json::Value {
                $crate::identity::describe($crate::keys::Key::raw(self))
            }

            /// Compares two keys as the reference does, field by field; `None` where it can not
            /// (opaque-keys §7). For collections use [`Ord`], which is total and goes by the text.
            pub fn reference_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                $crate::identity::compare($crate::keys::Key::raw(self), $crate::keys::Key::raw(other))
            }

            /// Reads only what the reference reads, without the extensions of opaque-keys §11.
            pub fn parse_reference(text: &str) -> Result<Self, $crate::error::InvalidKey> {
                <Self as $crate::keys::Key>::parse(text, $crate::grammar::Mode::Reference)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::error::InvalidKey;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                <Self as $crate::keys::Key>::parse(text, $crate::grammar::Mode::Extended)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer
                    .deserialize_str($crate::keys::text::KeyVisitor::new(<Self as $crate::keys::Key>::KIND))
            }
        }

        #[cfg(feature = "sqlx")]
        $crate::keys::sql::text_column!($name);
    };
}

use {key_enum, key_struct, key_traits};
