//! Pointers: elements that only name the file their block is in (xblock-core §4.3).

use olx::{Element, Node};

use crate::{source::SourceFile, structure::FileList};

/// Returns the file an element points to, or `None` when the element is the block itself.
///
/// A pointer has no child elements, no text, and no attributes but `url_name` (of `course`: also `org` and
/// `course`).
pub(crate) fn target(element: &Element) -> Option<String> {
    let is_course = element.name == "course";
    let only_names = element.attributes.iter().all(|attribute| match attribute.name.as_str() {
        "url_name" => true,
        "org" | "course" => is_course,
        _ => false,
    });
    let is_empty = element.children.iter().all(|node| match node {
        Node::Element(_) => false,
        Node::Text(text) | Node::CData(text) => text.trim().is_empty(),
        Node::Comment(_) | Node::Pi(_) => true,
    });
    let url_name = element.attr("url_name").filter(|name| !name.is_empty())?;
    (only_names && is_empty).then(|| format!("{}/{}.xml", element.name, path_of(url_name)))
}

/// Returns a name as part of a path: `:` stands for folders.
pub(crate) fn path_of(url_name: &str) -> String {
    url_name.replace(':', "/")
}

/// Returns the files a block's element asks for besides its own, as far as they are there: bodies of `html`,
/// `filename` of the 2012 layout, and topics of `discussion`.
pub(super) fn further_files(element: &Element, url_name: Option<&str>, files: &FileList) -> Vec<SourceFile> {
    let tag = element.name.as_str();
    let mut paths = Vec::new();
    if let Some(filename) = element.attr("filename").filter(|name| !name.is_empty()) {
        if tag == "html" {
            let own = format!("html/{}", path_of(url_name.unwrap_or_default()));
            let folder = own.rsplit_once('/').map_or("html", |(folder, _)| folder);
            paths = body_paths(&format!("{folder}/{filename}.html"));
        } else {
            paths.push(format!("{tag}/{}.xml", path_of(filename)));
        }
    }
    if let (Some(url_name), "discussion") = (url_name, tag) {
        paths.push(format!("discussion/{}.xml", path_of(url_name)));
    }
    let mut found: Vec<SourceFile> = Vec::new();
    for path in paths {
        if let Some((path, asset)) = files.get(&path)
            && !found.iter().any(|file| file.path == *path)
        {
            found.push(SourceFile { path: path.clone(), digest: asset.digest });
        }
    }
    found
}

/// Returns where the body of an `html` block may be: the path, then the path without its leading folders, then
/// those with `.html` for `.xml` (xblock-core §4.3).
fn body_paths(path: &str) -> Vec<String> {
    let stem = path.strip_suffix(".html").filter(|stem| stem.ends_with(".html")).unwrap_or(path);
    let shorter = std::iter::successors(Some(stem), |path| Some(path.split_once('/')?.1));
    let mut paths: Vec<String> = shorter.map(str::to_owned).collect();
    let stems: Vec<_> = paths.iter().filter_map(|p| p.strip_suffix(".xml.html")).map(str::to_owned).collect();
    paths.extend(stems.into_iter().map(|stem| stem + ".html"));
    paths
}

/// Returns the file of the 2012 layout that holds what is inside an element, e.g. `sequential/week1.xml`.
pub(crate) fn body_file(element: &Element) -> Option<String> {
    let filename = element.attr("filename").filter(|name| !name.is_empty())?;
    (element.name != "html").then(|| format!("{}/{}.xml", element.name, path_of(filename)))
}

#[cfg(test)]
mod tests {
    use olx::{Document, Limits};

    use super::*;

    fn pointer(text: &str) -> Option<String> {
        target(&Document::parse(text, &Limits::default()).unwrap().root)
    }

    #[test]
    fn bodies_are_looked_for_without_their_folders() {
        assert_eq!(body_paths("html/w1/a.html"), ["html/w1/a.html", "w1/a.html", "a.html"]);
        assert_eq!(body_paths("html/a.html.html"), ["html/a.html", "a.html"]);
        assert_eq!(body_paths("html/a.xml.html")[2..], ["html/a.html", "a.html"]);
    }

    #[test]
    fn a_pointer_has_nothing_but_a_name() {
        assert_eq!(pointer("<html url_name='a'/>").as_deref(), Some("html/a.xml"));
        assert_eq!(pointer("<html url_name='w1:a'> <!-- x --> </html>").as_deref(), Some("html/w1/a.xml"));
        assert_eq!(pointer("<course url_name='r' org='o' course='c'/>").as_deref(), Some("course/r.xml"));
        for inline in [
            "<html url_name='a' org='o'/>",
            "<html url_name='a' display_name=''/>",
            "<html url_name='a'>x</html>",
            "<html url_name='a'><p/></html>",
            "<html url_name=''/>",
            "<html/>",
        ] {
            assert_eq!(pointer(inline), None, "{inline}");
        }
    }
}
