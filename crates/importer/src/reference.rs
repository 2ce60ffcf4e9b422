//! Reference blocks: `lib_ref` and `random_lib_ref` (unit-composition §1).

use olx::Element;
use opaque_keys::VersionedLibraryRef;
use xblock::Severity::Warning;

use crate::{Finding, plan::Reference};

/// Most bytes of overrides in one reference (unit-composition §2.3).
const MAX_OVERRIDE_BYTES: usize = 64 << 10;

/// Tells whether a tag is that of a reference block.
pub(crate) fn is_reference(tag: &str) -> bool {
    matches!(tag, "lib_ref" | "random_lib_ref")
}

/// Reports what is odd about a reference, and returns the library it draws from. Everything odd is kept as written.
pub(crate) fn check(
    element: &Element,
    file: &str,
    url_name: &str,
    findings: &mut Vec<Finding>,
) -> Option<Reference> {
    let line = element.position.line;
    let mut warn = |code, message: String| {
        findings.push(Finding::new(Warning, code, message).at(file, line).on(&element.name, url_name));
    };
    let mut bytes = 0;
    for name in ["field_overrides", "block_field_overrides"] {
        let Some(text) = element.attr(name) else { continue };
        bytes += text.len();
        match serde_json::from_str::<serde_json::Value>(text) {
            Ok(value) if value.is_object() => {}
            Ok(_) => warn("override_bad_type", format!("{name} is no JSON object")),
            Err(error) => warn("override_bad_type", format!("{name} is no JSON: {error}")),
        }
    }
    if bytes > MAX_OVERRIDE_BYTES {
        warn(
            "overrides_too_large",
            format!("its overrides take {bytes} bytes, more than {MAX_OVERRIDE_BYTES}"),
        );
    }
    let Some(key) = element.attr("library_key").filter(|key| !key.is_empty()) else {
        warn("library_not_selected", "A library has not yet been selected.".to_owned());
        return None;
    };
    let library = match VersionedLibraryRef::parse(key) {
        Ok(library) => library,
        Err(error) => {
            warn("library_missing", error.to_string());
            return None;
        }
    };
    // A version may also be given by its name, which only the library can resolve.
    let version = element.attr("library_version").filter(|text| !text.is_empty());
    let number = version.and_then(|text| text.parse().ok()).or(library.version);
    if version.is_some() && number.is_none() {
        return None;
    }
    let block = (element.name.clone(), url_name.to_owned());
    Some(Reference { library: library.library, version: number, path: file.to_owned(), line, block })
}
