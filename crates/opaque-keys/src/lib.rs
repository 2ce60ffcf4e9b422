//! Every key of the learning-content world: parsed, validated, printed.
