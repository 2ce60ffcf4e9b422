//! Asides: a key inside a key, escaped (opaque-keys §5, levels).
//!
//! Asides exist in the reference only, so the key inside is read without our extensions.

use super::{Mode, definition, usage};
use crate::error::Reason;
use crate::form::{Form, Slot};
use crate::raw::{Draft, MAX_ASIDES, Raw};

/// Doubles dollars, then puts a dollar before each double colon.
pub(crate) fn escape_v1(text: &str) -> String {
    text.replace('$', "$$").replace("::", "$::")
}

/// Doubles dollars, then puts a dollar before each colon.
pub(crate) fn escape_v2(text: &str) -> String {
    text.replace('$', "$$").replace(':', "$:")
}

fn unescape_v1(text: &str) -> Result<String, Reason> {
    let plain = text.replace("$::", "::").replace("$$", "$");
    if escape_v1(&plain) == text { Ok(plain) } else { Err(Reason::Escape) }
}

fn unescape_v2(text: &str) -> Result<String, Reason> {
    let bytes = text.as_bytes();
    let bare = |(at, _): (usize, &str)| at == 0 || bytes.get(at - 1) != Some(&b'$');
    if text.match_indices(':').any(bare) {
        return Err(Reason::Escape);
    }
    let colons = text.replace("$:", ":");
    let runs = colons.split(|c| c != '$').map(str::len);
    if runs.into_iter().any(|run| run % 2 == 1) {
        return Err(Reason::Escape);
    }
    Ok(colons.replace("$$", "$"))
}

type Inner = fn(&str, usize) -> Result<Raw, Reason>;

fn usage_inside(text: &str, levels: usize) -> Result<Raw, Reason> {
    usage(text, Mode::Reference, levels)
}

fn inside(key: &str, levels: usize, inner: Inner) -> Result<Raw, Reason> {
    if levels >= MAX_ASIDES {
        return Err(Reason::TooDeep { limit: MAX_ASIDES });
    }
    inner(key, levels + 1).map_err(Reason::inside)
}

fn v1(whole: &str, text: &str, levels: usize, form: Form, inner: Inner) -> Result<Raw, Reason> {
    let (key, aside_type) = text.split_once("::").unwrap_or((text, ""));
    let aside_type = unescape_v1(aside_type)?;
    let key = inside(&unescape_v1(key)?, levels, inner)?;
    // The text of such a key could not be split again.
    if key.text().contains("::") || key.text().ends_with(':') {
        return Err(Reason::Escape);
    }
    Ok(Draft::new(form).with(Slot::ASIDE, aside_type.as_str()).around(key).finish(whole))
}

fn v2(whole: &str, text: &str, levels: usize, form: Form, inner: Inner) -> Result<Raw, Reason> {
    let (key, aside_type) = text.rsplit_once("::").ok_or(Reason::Escape)?;
    let aside_type = unescape_v2(aside_type)?;
    let key = inside(&unescape_v2(key)?, levels, inner)?;
    Ok(Draft::new(form).with(Slot::ASIDE, aside_type.as_str()).around(key).finish(whole))
}

/// `aside-usage-v1:`.
pub(super) fn usage_v1(whole: &str, text: &str, levels: usize) -> Result<Raw, Reason> {
    v1(whole, text, levels, Form::AsideUsageV1, usage_inside)
}

/// `aside-usage-v2:`.
pub(super) fn usage_v2(whole: &str, text: &str, levels: usize) -> Result<Raw, Reason> {
    v2(whole, text, levels, Form::AsideUsageV2, usage_inside)
}

/// `aside-def-v1:`.
pub(super) fn definition_v1(whole: &str, text: &str, levels: usize) -> Result<Raw, Reason> {
    v1(whole, text, levels, Form::AsideDefinitionV1, definition)
}

/// `aside-def-v2:`.
pub(super) fn definition_v2(whole: &str, text: &str, levels: usize) -> Result<Raw, Reason> {
    v2(whole, text, levels, Form::AsideDefinitionV2, definition)
}
