//! Why content cannot be changed as asked.

use blockstore::FilePath;
use opaque_keys::UsageKey;
use thiserror::Error;

/// A change to the content of a context that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EditError {
    /// The block's file was not read when the edit began.
    #[error("'{0}' was not opened for editing")]
    NotOpen(UsageKey),
    /// The block was removed or put elsewhere by this edit.
    #[error("'{0}' is no longer where it was")]
    Gone(UsageKey),
    /// The block comes from another bundle through a link.
    #[error("'{0}' comes through a link and is changed where it is authored")]
    ReadOnly(UsageKey),
    /// The block is the course itself, or stands in no other block.
    #[error("'{0}' stands in no other block")]
    TopLevel(UsageKey),
    /// The block is of a type without children.
    #[error("'{0}' has no children")]
    NotAContainer(UsageKey),
    /// A block was to be put into itself or into a block below it.
    #[error("'{0}' cannot be put into itself")]
    IntoItself(UsageKey),
    /// The file the block is in cannot be read.
    #[error("\"{file}\" cannot be read: {problem}")]
    Unreadable {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// What would be written is not valid.
    #[error("\"{file}\" would not be valid: {problem}")]
    Invalid {
        /// The file.
        file: FilePath,
        /// What would be wrong with it.
        problem: String,
    },
    /// A block without an id was to be added.
    #[error("<{0}> has no url_name")]
    NoId(String),
    /// An id or type that cannot be part of a key.
    #[error("<{tag}> cannot have the id \"{id}\": {problem}")]
    InvalidId {
        /// The block type.
        tag: String,
        /// The id.
        id: String,
        /// What is wrong.
        problem: String,
    },
    /// A block without a usable name of its own: its id follows from what is in it.
    #[error("'{0}' has no url_name that can be kept")]
    NoStableId(UsageKey),
    /// There is a block of that id already.
    #[error("there is a block '{0}' already")]
    Taken(UsageKey),
    /// There is a file of that name already.
    #[error("there is a file \"{0}\" already")]
    FileTaken(String),
    /// There are not that many children.
    #[error("there is no place {index} among {len} children")]
    NoSuchPlace {
        /// The place asked for, from 0.
        index: usize,
        /// Number of children.
        len: usize,
    },
    /// A name that is no attribute of a block, or one that says where the block is.
    #[error("\"{0}\" is no attribute that can be set")]
    InvalidName(String),
    /// More blocks than can be copied at once.
    #[error("more than {0} blocks would be copied")]
    TooMany(usize),
    /// More text than can be copied at once.
    #[error("more than {0} bytes would be copied")]
    TooLarge(usize),
}
