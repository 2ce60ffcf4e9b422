//! The seed that varies a problem between learners (capa §9).

use opaque_keys::UsageKey;
use sha2::{Digest, Sha256};

use super::settings::Rerandomize;

/// Number of variants that learners are spread over.
const PER_LEARNER: u32 = 20;
/// Number of variants of problems that change with every try.
const PER_TRY: i64 = 1000;

/// Returns the seed of a learner who has none stored. `random` decides for problems that change with every
/// try; the others always get the same.
pub(super) fn choose(rerandomize: Rerandomize, learner: &str, usage: &UsageKey, random: u32) -> i64 {
    match rerandomize {
        Rerandomize::Never => 1,
        Rerandomize::PerStudent => per_learner(learner, usage.as_str()),
        Rerandomize::Always | Rerandomize::OnReset => i64::from(random.cast_signed()).rem_euclid(PER_TRY),
    }
}

fn per_learner(learner: &str, usage: &str) -> i64 {
    let mut hash = Sha256::new();
    // Whoever has no id counts as user 0.
    hash.update(if learner.is_empty() { "0" } else { learner });
    hash.update(bytes_literal(usage));
    let digest = hash.finalize();
    // The first seven hexadecimal digits.
    let head = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) >> 4;
    i64::from(head % PER_LEARNER)
}

/// Returns the text as Python prints its bytes: the reference hashes that form.
fn bytes_literal(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = format!("b{quote}");
    for byte in text.bytes() {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            _ if char::from(byte) == quote => out.extend(['\\', quote]),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learners_get_the_seed_they_get_elsewhere() {
        assert_eq!(per_learner("5", "lb:Org:lib:problem:p1"), 3);
    }

    #[test]
    fn seeds_of_tries_are_below_a_thousand_also_for_negative_draws() {
        let usage: UsageKey = "lb:Org:lib:problem:p1".parse().unwrap();
        assert_eq!(choose(Rerandomize::Never, "5", &usage, 9), 1);
        assert_eq!(choose(Rerandomize::Always, "5", &usage, 123_456), 456);
        assert_eq!(choose(Rerandomize::OnReset, "5", &usage, u32::MAX), 999);
    }

    #[test]
    fn bytes_print_as_in_python() {
        assert_eq!(bytes_literal("a'ü"), "b\"a'\\xc3\\xbc\"");
        assert_eq!(bytes_literal("'\"\\"), "b'\\'\"\\\\'");
    }
}
