//! Everything a contributor runs: tests, benches, crawls.
fn main() {}
