//! The only source of time and randomness.

use time::OffsetDateTime;

/// Tells the time and makes random bytes; replaced in tests.
pub trait Clock: Send + Sync {
    /// Returns the current time in UTC.
    fn now(&self) -> OffsetDateTime;

    /// Fills a buffer with random bytes.
    fn random(&self, buffer: &mut [u8]);
}

/// The machine's clock and random numbers.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is handed")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn random(&self, buffer: &mut [u8]) {
        // A system without random numbers cannot keep secrets: better not to run.
        getrandom::fill(buffer).expect("the system provides random numbers");
    }
}

/// Returns random hex digits, two for each byte asked for.
pub fn random_hex(clock: &dyn Clock, bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    clock.random(&mut buffer);
    hex::encode(buffer)
}

/// Returns a random UUID (version 4).
pub fn random_uuid(clock: &dyn Clock) -> uuid::Uuid {
    let mut bytes = [0; 16];
    clock.random(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
