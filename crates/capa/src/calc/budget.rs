//! How much is computed for one answer.

use super::CalcError;

/// Steps left. A step is an operation on floats, or about as much work on big integers (some 25 ns).
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    left: u64,
}

impl Default for Budget {
    /// Enough for a formula of 2,000 terms at 100 samples, or the factorial of 10,000; at most some 10 ms.
    fn default() -> Self {
        Self { left: 400_000 }
    }
}

impl Budget {
    /// Takes `steps` off the budget, before they are done.
    ///
    /// # Errors
    /// [`CalcError::TooLarge`] when that is more than is left.
    pub(super) fn spend(&mut self, steps: u64) -> Result<(), CalcError> {
        self.left = self.left.checked_sub(steps).ok_or(CalcError::TooLarge)?;
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn left(&self) -> u64 {
        self.left
    }
}
