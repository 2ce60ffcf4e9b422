//! Compares Exedra with recorded answers of the reference systems.
fn main() {}
