//! What the tokens of draws stand for, whether or not the block is still in the pool.

use opaque_keys::UsageKey;

/// Returns the key under which a learner uses the block of a token drawn by a reference or bank: a `lb:` key
/// through the reference, `type@id` in the bank's own context; an item of a pathway is the block itself. `None` for
/// what is no token of it.
pub fn token_usage(selecting: &UsageKey, token: &str) -> Option<UsageKey> {
    if selecting.as_pathway_block().is_some() {
        return token.parse::<UsageKey>().is_ok().then(|| selecting.clone());
    }
    if let Some((block_type, id)) = token.split_once('@') {
        return UsageKey::course_block(&selecting.context_key(), block_type, id).ok();
    }
    let block: UsageKey = token.parse().ok()?;
    let library = block.context_key();
    UsageKey::lib_ref(library.slug()?, block.block_type()?, &[block.block_id()], 1, selecting).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_stand_for_keys_of_their_reference_or_bank() {
        let key = |text: &str| text.parse::<UsageKey>().expect("usage key");
        let reference = key("block-v1:Org+C+R+type@random_lib_ref+block@r");
        assert_eq!(
            token_usage(&reference, "lb:Org:lib:problem:p").expect("a key").as_str(),
            "lb-ref:lib:problem:p:Org+C+R+type@random_lib_ref+block@r"
        );
        let bank = key("block-v1:Org+C+R+type@itembank+block@b");
        let child = token_usage(&bank, "problem@p").expect("a key");
        assert_eq!(child.as_str(), "block-v1:Org+C+R+type@problem+block@p");
        let item = key("lx-pb:0f3a9c1e-0000-4000-8000-000000000000:problem:1a2b3c4d");
        assert_eq!(token_usage(&item, "lb:Org:lib:problem:p"), Some(item));
        for odd in ["", "problem", "lb:Org:lib:problem", "problem@a b+c", "@"] {
            assert_eq!(token_usage(&bank, odd), None, "{odd:?}");
        }
    }
}
