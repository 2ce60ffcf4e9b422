//! The deterministic draw: what chance decides for one learner at one reference (unit-composition §5.2).
//!
//! Everything is a keyed digest of the block, so racing requests agree, a test can repeat it, and a learner
//! can neither predict nor influence it. The secret matters only for draws still to come: results are stored.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Separates the parts of a message. It occurs in no key and no learner id.
const UNIT_SEPARATOR: [u8; 1] = [0x1F];
/// The block size of SHA-256 in bytes.
const BLOCK: usize = 64;

/// The place of a block in the draw: 32 bytes, compared as bytes. Smaller ones are drawn first.
pub type Pick = [u8; 32];

/// The source of chance for one learner, reference and epoch.
#[derive(Clone)]
pub struct Seed {
    bytes: [u8; 32],
    // Keyed, and fed with what all messages of a kind begin with.
    pick: Hmac<Sha256>,
    order: Hmac<Sha256>,
}

/// Derives the seed of one learner at one reference.
///
/// `secret` belongs to the deployment (32 random bytes or more), `learner` is the stable opaque id,
/// `reference_key` the usage key of the reference without branch and version, `epoch` the number of resets.
pub fn seed(secret: &[u8], learner: &str, reference_key: &str, epoch: u64) -> Seed {
    let mut message = begin(keyed(secret), "sel1");
    message.update(learner.as_bytes());
    message.update(&UNIT_SEPARATOR);
    message.update(reference_key.as_bytes());
    message.update(&UNIT_SEPARATOR);
    message.update(epoch.to_string().as_bytes());
    let bytes: [u8; 32] = message.finalize().into_bytes().into();
    let state = keyed(&bytes);
    Seed { bytes, pick: begin(state.clone(), "pick"), order: begin(state, "order") }
}

/// Keys a digest. Keys are padded to a block, and hashed first if they are longer, as HMAC prescribes.
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let mut block = [0; BLOCK];
    match block.get_mut(..key.len()) {
        Some(start) => start.copy_from_slice(key),
        None => block[..32].copy_from_slice(&Sha256::digest(key)),
    }
    Hmac::new(&block.into())
}

fn begin(mut message: Hmac<Sha256>, purpose: &str) -> Hmac<Sha256> {
    message.update(purpose.as_bytes());
    message.update(&UNIT_SEPARATOR);
    message
}

fn finish(mut message: Hmac<Sha256>, token: &str) -> [u8; 32] {
    message.update(token.as_bytes());
    message.finalize().into_bytes().into()
}

impl Seed {
    /// Returns the 32 bytes that everything else is derived from.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Returns the place of a block in the draw.
    pub fn pick(&self, token: &str) -> Pick {
        finish(self.pick.clone(), token)
    }

    /// Returns where a drawn block goes among those already shown, modulo their number and one.
    pub fn order(&self, token: &str) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = finish(self.order.clone(), token);
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

impl std::fmt::Debug for Seed {
    /// Shows nothing of the seed: whoever knows it knows the draw.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = "block-v1:edX+UseLib+1+type@random_lib_ref+block@3";

    #[test]
    fn digests_are_those_of_rfc_4231() {
        let digest = |key: &[u8], text: &str| hex::encode(finish(keyed(key), text));
        assert_eq!(
            digest(b"Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            digest(&[0xAA; 131], "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn every_ingredient_changes_the_seed() {
        let base = seed(b"secret", "alice", REFERENCE, 0);
        assert_eq!(base.as_bytes(), seed(b"secret", "alice", REFERENCE, 0).as_bytes());
        for other in [
            seed(b"Secret", "alice", REFERENCE, 0),
            seed(b"secret", "bob", REFERENCE, 0),
            seed(b"secret", "alice", "block-v1:edX+UseLib+1+type@random_lib_ref+block@4", 0),
            seed(b"secret", "alice", REFERENCE, 1),
        ] {
            assert_ne!(base.as_bytes(), other.as_bytes());
            assert_ne!(base.pick("lb:o:s:t:i"), other.pick("lb:o:s:t:i"));
            assert_ne!(base.order("lb:o:s:t:i"), other.order("lb:o:s:t:i"));
        }
        assert_eq!(format!("{base:?}"), "Seed(…)");
    }

    #[test]
    fn seed_has_the_recorded_value() {
        assert_eq!(
            hex::encode(seed(b"vector-secret-s", "s-alice", REFERENCE, 0).as_bytes()),
            "8715c0130c1625a933b327390a6776a512f7471f85763451d7215056b4afb24f"
        );
    }
}
