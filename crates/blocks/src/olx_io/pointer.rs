//! Pointers: elements that only name a file of the course tree (xblock-core §4.3).

use olx::Element;

/// Returns whether an element is a pointer: nothing in it, and no attribute but its name; a course also names its
/// organisation and number.
pub fn is_pointer(element: &Element) -> bool {
    let allowed: &[&str] =
        if element.name == "course" { &["url_name", "org", "course"] } else { &["url_name"] };
    element.child_elements().next().is_none()
        && element.text().trim().is_empty()
        && element.attributes.len() == allowed.len()
        && allowed.iter().all(|name| element.attr(name).is_some())
}

/// Returns the file a pointer names.
pub fn pointer_path(element: &Element) -> String {
    path(&element.name, element.attr("url_name").unwrap_or_default(), "xml")
}

/// Returns the path of a block's file: colons in names are folders.
pub(super) fn path(tag: &str, name: &str, extension: &str) -> String {
    format!("{tag}/{}.{extension}", name.replace(':', "/"))
}
