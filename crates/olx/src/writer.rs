//! From the tree to text, as the reference's XML library prints it.

use crate::{Element, Node};

/// Indentation stops growing here, as it does in the reference's XML library.
const MAX_INDENT: usize = 30;

/// Prints an element without added white space.
pub(crate) fn compact(element: &Element) -> String {
    let mut out = String::new();
    write_element(&mut out, element, None, &[]);
    out
}

/// Prints an element indented by two spaces where it holds no text, with a final newline.
pub(crate) fn pretty(element: &Element) -> String {
    let mut out = String::new();
    write_element(&mut out, element, Some(0), &[]);
    out.push('\n');
    out
}

/// Prints the inside of an element: leading text as it is, then the children as markup.
///
/// Children repeat the namespaces their parent declares, because they leave it.
pub(crate) fn inner(element: &Element) -> String {
    let mut out = String::new();
    let mut leading = true;
    let inherited: Vec<(&str, &str)> = declarations(element).collect();
    for node in &element.children {
        match node {
            Node::Text(text) | Node::CData(text) if leading => out.push_str(text),
            Node::CData(text) | Node::Text(text) => escape_text(&mut out, text),
            Node::Element(child) => write_element(&mut out, child, None, &inherited),
            other => write_leaf(&mut out, other),
        }
        leading = leading && node.as_text().is_some();
    }
    out
}

fn is_declaration(name: &str) -> bool {
    name == "xmlns" || name.starts_with("xmlns:")
}

fn declarations(element: &Element) -> impl Iterator<Item = (&str, &str)> {
    let attributes = element.attributes.iter().filter(|attribute| is_declaration(&attribute.name));
    attributes.map(|attribute| (attribute.name.as_str(), attribute.value.as_str()))
}

/// Writes an element; `indent` is its level, or nothing where white space would be content.
fn write_element(out: &mut String, element: &Element, indent: Option<usize>, inherited: &[(&str, &str)]) {
    out.push('<');
    out.push_str(&element.name);
    for (name, value) in declarations(element) {
        write_attribute(out, name, value);
    }
    for (name, value) in inherited {
        if element.attr(name).is_none() {
            write_attribute(out, name, value);
        }
    }
    for attribute in element.attributes.iter().filter(|attribute| !is_declaration(&attribute.name)) {
        write_attribute(out, &attribute.name, &attribute.value);
    }
    if element.children.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    let has_text = element.children.iter().any(|node| node.as_text().is_some());
    let inner = indent.filter(|_| !has_text).map(|level| level + 1);
    for node in &element.children {
        write_indent(out, inner);
        match node {
            Node::Element(child) => write_element(out, child, inner, &[]),
            other => write_leaf(out, other),
        }
    }
    write_indent(out, inner.map(|level| level - 1));
    out.push_str("</");
    out.push_str(&element.name);
    out.push('>');
}

fn write_indent(out: &mut String, level: Option<usize>) {
    if let Some(level) = level {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", level.min(MAX_INDENT)));
    }
}

fn write_leaf(out: &mut String, node: &Node) {
    match node {
        // Elements are written by their parent, which knows their level.
        Node::Element(_) => {}
        Node::Text(text) => escape_text(out, text),
        Node::CData(text) => {
            out.push_str("<![CDATA[");
            out.push_str(&text.replace("]]>", "]]]]><![CDATA[>"));
            out.push_str("]]>");
        }
        Node::Comment(text) => {
            out.push_str("<!--");
            out.push_str(text);
            out.push_str("-->");
        }
        Node::Pi(text) => {
            out.push_str("<?");
            out.push_str(text);
            out.push_str("?>");
        }
    }
}

fn write_attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    for c in value.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            other => out.push(other),
        }
    }
    out.push('"');
}

fn escape_text(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Document, Element, Limits, Node};

    fn parse(text: &str) -> Element {
        Document::parse(text, &Limits::default()).unwrap().root
    }

    #[test]
    fn escapes_text_and_attributes_differently() {
        let element = Element::new("a").with_attr("b", "<\"&'>\n\t\r\u{e9}").with_text("<\"&'>\n\t\r\u{e9}");
        let expected =
            "<a b=\"&lt;&quot;&amp;'&gt;&#10;&#9;&#13;\u{e9}\">&lt;\"&amp;'&gt;\n\t&#13;\u{e9}</a>";
        assert_eq!(element.outer_xml(), expected);
    }

    #[test]
    fn indents_only_elements_without_text() {
        let printed = parse("<a><b><c/></b><d>x<e><f/></e></d><!-- c --><?p q?></a>").pretty_xml();
        let expected = "<a>\n  <b>\n    <c/>\n  </b>\n  <d>x<e><f/></e></d>\n  <!-- c -->\n  <?p q?>\n</a>\n";
        assert_eq!(printed, expected);
    }

    #[test]
    fn white_space_left_in_the_tree_stops_indentation() {
        assert_eq!(parse("<a> <b><c/></b></a>").pretty_xml(), "<a> <b><c/></b></a>\n");
    }

    #[test]
    fn splits_a_cdata_end_over_two_sections() {
        let mut element = Element::new("a");
        element.children.push(Node::CData("x]]>y".to_owned()));
        assert_eq!(element.outer_xml(), "<a><![CDATA[x]]]]><![CDATA[>y]]></a>");
        assert_eq!(parse(&element.outer_xml()).text(), "x]]>y");
    }

    #[test]
    fn inner_markup_keeps_escapes_but_not_of_leading_text() {
        let root = parse("<a>&lt;p&gt; <b>1 &lt; 2</b> &amp; <!-- c --><![CDATA[<q>]]></a>");
        assert_eq!(root.inner_xml(), "<p> <b>1 &lt; 2</b> &amp; <!-- c -->&lt;q&gt;");
    }

    #[test]
    fn inner_markup_carries_the_namespaces_it_leaves() {
        let root = parse("<a xmlns='u' xmlns:p='v'><b x='1' xmlns:p='w'/></a>");
        assert_eq!(root.inner_xml(), "<b xmlns:p=\"w\" xmlns=\"u\" x=\"1\"/>");
    }
}
