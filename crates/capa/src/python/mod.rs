//! The few Python behaviours that problems depend on: number syntax, decimal comparison, the random generator,
//! regular expressions, shell-like tokens and text escaping.

mod decimal;
mod number;
mod print;
mod random;
mod regex;
mod text;

pub(crate) use decimal::Decimal;
pub(crate) use number::{parse_complex, parse_float};
pub(crate) use print::{display, is_true, repr};
pub(crate) use random::{Random2, SharedRandom};
pub(crate) use regex::{Pattern, PatternError};
pub(crate) use text::{escape_entities, escape_numeric, quoted_tokens, strip};
