//! Telling the caller how far an import is.

/// Hears how far an import is; the command draws a bar from it.
pub trait Progress: Send + Sync {
    /// `done` of `total` steps of `what` are finished. `total` is 0 while it is not known.
    fn advance(&self, done: u64, total: u64, what: &str);
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn advance(&self, _done: u64, _total: u64, _what: &str) {}
}
