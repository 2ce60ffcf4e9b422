//! Bundles, drafts, versions and assets: the trait, digests and path rules.
