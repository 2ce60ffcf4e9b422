//! Benchmarks of the rows in docs/benchmarks.
